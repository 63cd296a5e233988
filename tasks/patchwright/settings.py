"""Settings: the written process as the default, then [tool.patchwright], then Invoke's configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from string import Formatter
from typing import Any, get_type_hints

from patchwright.halts import Prerequisite

Argv = tuple[str, ...]
ENVIRONMENT_PREFIX = "INVOKE_PATCHWRIGHT_"
MAINLINE_VIA = ("push", "pull-request")
_DEVELOP = ("hatch", "--env", "develop", "run")


class ConfigurationError(Prerequisite):
    """A setting is unknown, or is not of its type. Names where it is set and its key."""

    def __init__(self, where: str, key: str, problem: str) -> None:
        super().__init__(
            f"{where}: `{key}` {problem}.",
            remedy=["Mend the setting; the README's section on settings lists every key with its type."],
        )


@dataclass(frozen=True)
class Settings:
    """How one project releases. Commands are argv; `{version}`, `{series}` and `{date}` are filled in."""

    remote: str = "origin"
    mainline: str = "master"
    mainline_via: str = "push"
    release_branch: str = "release-{series}"
    tag: str = "v{version}"
    qa_workflow: str = "qa"
    release_workflow: str = "release"
    checks: tuple[Argv, ...] = ((*_DEVELOP, "linters"), (*_DEVELOP, "testers"), (*_DEVELOP, "docsgen"))
    version_command: Argv = ("hatch", "version")
    bump_command: Argv = ("hatch", "version", "{version}")
    changelog_command: Argv = (
        *_DEVELOP, "towncrier", "build", "--keep", "--version", "{version}", "--date", "{date}",
    )  # fmt: skip  # one command
    patch_types: Argv = (
        "bug", "bugfix", "doc", "docs", "fix", "fixed", "misc", "repair", "security", "trivial",
    )  # fmt: skip  # one list
    sign: bool = True
    watch_interval: float = 30.0
    watch_timeout: float = 7200.0
    appear_timeout: float = 300.0
    patience: float = 600.0
    command_timeout: float = 3600.0
    version_subject: str = "Version: {version}"
    changelog_subject: str = "Update changelog for v{version} patch release."
    clean_up_subject: str = "Clean up news fragments."
    tag_message: str = "Release v{version} patch: {message}."


REQUIRED_FIELDS = {"release_branch": "series", "tag": "version"}
ALLOWED_FIELDS = {
    "release_branch": {"series"},
    "tag": {"version"},
    "tag_message": {"version", "series", "message"},
}
DEFAULT_FIELDS = {"version", "series", "date"}


def load(
    pyproject: Path, configured: Mapping[str, Mapping[str, Any]], environment: Mapping[str, str]
) -> Settings:
    """Return the settings in force: defaults, under pyproject.toml, under Invoke's configuration.

    `configured` are the `patchwright` parts of Invoke's configuration (invoke.yaml, a collection's own) by
    where they are set, and `environment` gives INVOKE_PATCHWRIGHT_*: read here because Invoke only looks up
    variables for keys that the running task's collection configures, and a `post` task runs with the root
    collection's (Invoke 3.0).
    Raises ConfigurationError.
    """
    values: dict[str, Any] = {}
    values.update(_checked(f"{pyproject.name} [tool.patchwright]", _from_pyproject(pyproject)))
    for where, table in configured.items():
        values.update(_checked(where, table))
    values.update(_from_environment(environment))
    return Settings(**values)


def _from_pyproject(pyproject: Path) -> Mapping[str, Any]:
    import tomllib  # noqa: PLC0415  `inv --list` does without

    try:
        document = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Prerequisite(f"{pyproject.name} is not TOML: {error}.") from None
    table = document.get("tool", {}).get("patchwright", {})
    if not isinstance(table, dict):
        raise ConfigurationError(pyproject.name, "tool.patchwright", "must be a table")
    return table


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {field.name: field.type for field in fields(Settings)}
    values = {}
    for name in sorted(environment):
        if not name.startswith(ENVIRONMENT_PREFIX):
            continue
        key = name.removeprefix(ENVIRONMENT_PREFIX).lower()
        if key not in known:
            raise ConfigurationError("the environment", name, f"is no setting of patchwright's{_near(key)}")
        values[key] = _from_text(name, known[key], environment[name])
        _check_fields("the environment", name, key, values[key])
    return values


def _from_text(name: str, kind: Any, text: str) -> Any:  # noqa: ANN401  a setting's own type
    if kind == "float":
        try:
            return _number("the environment", name, float(text))
        except ValueError:
            raise ConfigurationError(
                "the environment", name, f"must be a number of seconds, not {text!r}"
            ) from None
    if kind == "bool":
        if text.lower() not in {"0", "1", "false", "true", "no", "yes"}:
            raise ConfigurationError("the environment", name, f"must be true or false, not {text!r}")
        return text.lower() in {"1", "true", "yes"}
    if kind != "str":
        raise ConfigurationError("the environment", name, "is a command: set it in pyproject.toml, as a list")
    return text


def _checked(where: str, table: Mapping[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(Settings)
    values = {}
    for written in table:
        key = written.replace("-", "_")
        if key not in hints:
            raise ConfigurationError(where, written, f"is no setting of patchwright's{_near(key)}")
        if key in values:
            raise ConfigurationError(where, written, "is set twice, with - and with _")
        values[key] = _typed(where, written, hints[key], table[written])
        _check_fields(where, written, key, values[key])
    return values


def _typed(where: str, key: str, kind: Any, value: Any) -> Any:  # noqa: ANN401  a setting's own type
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(where, key, float(value))
    if kind is float:
        raise ConfigurationError(where, key, f"must be a number of seconds, not {value!r}")
    if kind is bool and not isinstance(value, bool):
        raise ConfigurationError(where, key, f"must be true or false, not {value!r}")
    if kind is str and (not isinstance(value, str) or not value.strip()):
        raise ConfigurationError(where, key, f"must be text, not {value!r}")
    if kind == Argv:
        return _argv(where, key, value)
    if kind == tuple[Argv, ...]:
        if isinstance(value, str) or not isinstance(value, (list, tuple)):
            raise ConfigurationError(
                where, key, f"must be a list of commands, each a list of words, not {value!r}"
            )
        return tuple(_argv(where, f"{key}[{index}]", command) for index, command in enumerate(value))
    return value


def _argv(where: str, key: str, value: Any) -> Argv:  # noqa: ANN401  whatever was configured
    words = value if isinstance(value, (list, tuple)) else None
    if not words or not all(isinstance(word, str) and word for word in words):
        raise ConfigurationError(
            where, key, f'must be a list of words such as ["hatch", "version"], not {value!r}'
        )
    return tuple(words)


def _number(where: str, key: str, value: float) -> float:
    if not 0 < value <= 30 * 24 * 3600:
        raise ConfigurationError(
            where, key, f"must be more than 0 seconds and at most 30 days, not {value!r}"
        )
    return value


def _check_fields(where: str, written: str, key: str, value: Any) -> None:  # noqa: ANN401  a setting's own type
    if key == "mainline_via" and value not in MAINLINE_VIA:
        raise ConfigurationError(where, written, f"must be one of {', '.join(MAINLINE_VIA)}, not {value!r}")
    allowed = ALLOWED_FIELDS.get(key, DEFAULT_FIELDS)
    for text in _templates(value):
        try:
            names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        except ValueError as error:
            raise ConfigurationError(where, written, f"has a brace out of place ({error})") from None
        if not names <= allowed:
            known = ", ".join(f"{{{name}}}" for name in sorted(allowed))
            raise ConfigurationError(where, written, f"may only use {known}, not {text!r}")
        needed = REQUIRED_FIELDS.get(key)
        if needed and needed not in names:
            raise ConfigurationError(where, written, f"must contain {{{needed}}}, and {text!r} does not")


def _templates(value: Any) -> Iterator[str]:  # noqa: ANN401  a setting's own type
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _templates(part)


def _near(key: str) -> str:
    import difflib  # noqa: PLC0415  only for a typo

    close = difflib.get_close_matches(key, [field.name for field in fields(Settings)], n=1)
    return f" (is {close[0].replace('_', '-')} meant?)" if close else ""


def filled(command: Argv, **values: str) -> Argv:
    """Return a command with its `{...}` fields filled in, each within its own word."""
    return tuple(filled_text(word, **values) for word in command)


def filled_text(text: str, **values: str) -> str:
    """Return a text with its `{...}` fields filled in."""
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], text)
