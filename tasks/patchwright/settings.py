"""Settings: how a project releases. The defaults are those of the written release process."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from string import Formatter
from typing import Any, get_type_hints

from patchwright.halts import Prerequisite
from patchwright.versions import is_development_of

Argv = tuple[str, ...]
_ENVIRONMENT_PREFIX = "INVOKE_PATCHWRIGHT_"
_CHOICES = {"mainline_via": ("push", "pull-request"), "version_source": ("auto", "tag", "file")}
_REPOSITORY = re.compile(r"(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", re.ASCII)
_DEVELOP = ("hatch", "--env", "develop", "run")


class ConfigurationError(Prerequisite):
    """A setting is unknown or has a wrong value. The cause names where it is set and its key."""

    def __init__(self, where: str, key: str, problem: str) -> None:
        super().__init__(
            f"{where}: `{key}` {problem}.",
            remedy=["Correct the setting. documentation/settings.md lists every key with its type."],
        )


@dataclass(frozen=True)
class Settings:
    """The settings of one project. `{version}`, `{series}` and `{date}` in texts are filled in."""

    remote: str = "origin"
    repository: str = ""
    mainline: str = "master"
    mainline_via: str = "push"
    release_branch: str = "release-{series}"
    tag: str = "v{version}"
    qa_workflow: str = "qa"
    release_workflow: str = "release"
    release_jobs: Argv = ()
    checks: tuple[Argv, ...] = ((*_DEVELOP, "linters"), (*_DEVELOP, "testers"), (*_DEVELOP, "docsgen"))
    version_source: str = "auto"
    version_command: Argv = ("hatch", "version")
    bump_command: Argv = ("hatch", "version", "{version}")
    development_version: str = ""
    changelog_command: Argv = (
        *_DEVELOP, "towncrier", "build", "--keep", "--version", "{version}", "--date", "{date}",
    )  # fmt: skip  # one command
    patch_types: Argv = (
        "bug", "bugfix", "doc", "docs", "fix", "fixed", "misc", "repair", "security", "trivial",
    )  # fmt: skip  # one list
    release_only: Argv = ()
    sign: bool = True
    watch_interval: float = 30.0
    watch_timeout: float = 7200.0
    appear_timeout: float = 300.0
    patience: float = 600.0
    command_timeout: float = 3600.0
    version_subject: str = "Version: {version}"
    development_subject: str = "Start of development for release {next}."
    changelog_subject: str = "Update changelog for v{version} patch release."
    clean_up_subject: str = "Clean up news fragments."
    tag_message: str = "Release v{version} patch: {message}."


_REQUIRED_FIELDS = {"release_branch": "series", "tag": "version", "development_version": "next"}
_ALLOWED_FIELDS = {
    "release_branch": {"series"},
    "tag": {"version"},
    "development_version": {"next"},
    "development_subject": {"version", "series", "date", "next", "development"},
    "tag_message": {"version", "series", "message"},
}
_MAY_BE_EMPTY = {"release_jobs", "release_only"}
# Names of jobs come from GitHub and may contain any character.
_NO_TEMPLATES = {"release_jobs", "release_only"}
_DEFAULT_FIELDS = {"version", "series", "date"}


def load_settings(
    pyproject: Path, configured: Mapping[str, Mapping[str, Any]], environment: Mapping[str, str]
) -> Settings:
    """Return the settings: the defaults, then pyproject.toml, then Invoke's configuration, then variables.

    Later ones override earlier ones. `configured` are the `patchwright` parts of Invoke's configuration
    (invoke.yaml, a collection's own), by where they are set. `environment` may have INVOKE_PATCHWRIGHT_*
    variables. They are read here because Invoke only reads variables for keys that the running task's
    collection configures (Invoke 3.0).

    Raise ConfigurationError if a setting is wrong, and Prerequisite if pyproject.toml is not TOML.
    """
    return load_settings_of(pyproject.name, _read(pyproject), configured, environment)


def load_settings_of(
    name: str, text: str, configured: Mapping[str, Mapping[str, Any]], environment: Mapping[str, str]
) -> Settings:
    """Return the settings as `load_settings` does, from the text of a pyproject.toml with this name."""
    values: dict[str, Any] = {}
    values.update(_check_table(f"{name} [tool.patchwright]", _table(name, text)))
    for where, table in configured.items():
        values.update(_check_table(where, table))
    values.update(_from_environment(environment))
    return Settings(**values)


def has_table(pyproject: Path | str) -> bool:
    """Return whether a pyproject.toml, by its path or its text, has settings of patchwright."""
    try:
        return bool(_table("pyproject.toml", pyproject if isinstance(pyproject, str) else _read(pyproject)))
    except Prerequisite:
        return False


def is_configured(pyproject: Path) -> bool:
    """Return whether a pyproject.toml has a table of towncrier or of patchwright."""
    try:
        text = _read(pyproject)
        return any(bool(_table(pyproject.name, text, tool)) for tool in ("towncrier", "patchwright"))
    except Prerequisite:
        return False


def _read(pyproject: Path) -> str:
    if not pyproject.is_file():
        if pyproject.exists():
            raise Prerequisite(f"{pyproject} is not a regular file.", remedy=["Replace it with the file."])
        return ""
    try:
        return pyproject.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Prerequisite(f"{pyproject.name} is not TOML: {error}.") from None


def _table(name: str, text: str, tool: str = "patchwright") -> Mapping[str, Any]:
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Prerequisite(f"{name} is not TOML: {error}.") from None
    tools = document.get("tool", {})
    table = tools.get(tool, {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise ConfigurationError(name, f"tool.{tool}", "must be a table")
    return table


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {field.name: field.type for field in fields(Settings)}
    values = {}
    for name in sorted(environment):
        if not name.startswith(_ENVIRONMENT_PREFIX):
            continue
        key = name.removeprefix(_ENVIRONMENT_PREFIX).lower()
        if key not in known:
            raise ConfigurationError(
                "the environment", name, f"is not a setting of patchwright{_suggestion(key)}"
            )
        values[key] = _convert_text(name, known[key], environment[name])
        _check_fields("the environment", name, key, values[key])
    return values


def _convert_text(name: str, kind: Any, text: str) -> Any:  # noqa: ANN401  the type of the setting
    if kind == "float":
        try:
            return _convert_number("the environment", name, float(text))
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


def _check_table(where: str, table: Mapping[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(Settings)
    values = {}
    for name in table:
        key = name.replace("-", "_")
        if key not in hints:
            raise ConfigurationError(where, name, f"is not a setting of patchwright{_suggestion(key)}")
        if key in values:
            raise ConfigurationError(where, name, "is set twice, with - and with _")
        values[key] = _convert(where, name, hints[key], table[name])
        _check_fields(where, name, key, values[key])
    return values


def _convert(where: str, key: str, kind: Any, value: Any) -> Any:  # noqa: ANN401  the type of the setting
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _convert_number(where, key, float(value))
    if kind is float:
        raise ConfigurationError(where, key, f"must be a number of seconds, not {value!r}")
    if kind is bool and not isinstance(value, bool):
        raise ConfigurationError(where, key, f"must be true or false, not {value!r}")
    if kind is str and (not isinstance(value, str) or not value.strip()):
        raise ConfigurationError(where, key, f"must be text, not {value!r}")
    if kind == Argv and value == [] and key.replace("-", "_") in _MAY_BE_EMPTY:
        return ()
    if kind == Argv:
        return _convert_argv(where, key, value)
    if kind == tuple[Argv, ...]:
        if isinstance(value, str) or not isinstance(value, (list, tuple)):
            raise ConfigurationError(
                where, key, f"must be a list of commands, each a list of words, not {value!r}"
            )
        return tuple(_convert_argv(where, f"{key}[{index}]", command) for index, command in enumerate(value))
    return value


def _convert_argv(where: str, key: str, value: Any) -> Argv:  # noqa: ANN401  any configured value
    words = value if isinstance(value, (list, tuple)) else None
    if not words or not all(isinstance(word, str) and word for word in words):
        raise ConfigurationError(
            where, key, f'must be a list of words such as ["hatch", "version"], not {value!r}'
        )
    return tuple(words)


def _convert_number(where: str, key: str, value: float) -> float:
    if not 0 < value <= 30 * 24 * 3600:
        raise ConfigurationError(
            where, key, f"must be more than 0 seconds and at most 30 days, not {value!r}"
        )
    return value


def _check_fields(where: str, name: str, key: str, value: Any) -> None:  # noqa: ANN401  the type of the setting
    if key in _CHOICES and value not in _CHOICES[key]:
        raise ConfigurationError(where, name, f"must be one of {', '.join(_CHOICES[key])}, not {value!r}")
    if key == "repository" and not _REPOSITORY.fullmatch(value):
        raise ConfigurationError(where, name, f"must be OWNER/NAME or HOST/OWNER/NAME, not {value!r}")
    if key in _NO_TEMPLATES:
        return
    allowed = _ALLOWED_FIELDS.get(key, _DEFAULT_FIELDS)
    for text in _templates(value):
        try:
            used = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        except ValueError as error:
            raise ConfigurationError(where, name, f"is not a valid template ({error})") from None
        if not used <= allowed:
            known = ", ".join(f"{{{field}}}" for field in sorted(allowed))
            raise ConfigurationError(where, name, f"may only use {known}, not {text!r}")
        needed = _REQUIRED_FIELDS.get(key)
        if needed and needed not in used:
            raise ConfigurationError(where, name, f"must contain {{{needed}}}, but {text!r} does not")
    if key == "development_version" and not is_development_of(fill_text(value, next="1.0.1"), "1.0.1"):
        raise ConfigurationError(
            where, name, f"must be a development version such as {{next}}.dev0, not {value!r}"
        )


def _templates(value: Any) -> Iterator[str]:  # noqa: ANN401  the type of the setting
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _templates(part)


def _suggestion(key: str) -> str:
    close = difflib.get_close_matches(key, [field.name for field in fields(Settings)], n=1)
    return f" (did you mean {close[0].replace('_', '-')}?)" if close else ""


def fill_command(command: Argv, **values: str) -> Argv:
    """Return a command with its `{...}` fields filled in. A value never becomes more than one word."""
    return tuple(fill_text(word, **values) for word in command)


def fill_text(text: str, **values: str) -> str:
    """Return a text with its `{...}` fields filled in."""
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], text)
