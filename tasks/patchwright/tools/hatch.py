"""Hatch: where a project keeps its version, which environments it defines, and what Hatch prints."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from packaging.version import InvalidVersion, Version

from patchwright.halts import StepFailed
from patchwright.text import safe_lines
from patchwright.tools import tag_version
from patchwright.tools.documents import Key, find_literal, parse_document, value_at
from patchwright.tools.shell import Output

# The default pattern of hatchling for `source = "regex"` (1.27): a string assigned to __version__ or VERSION.
_ASSIGNMENT = r"(?i)^(__version__|VERSION)(?: ?\: ?str)? *= *([\'\"])v?(?P<version>.+?)\2"
_INTERNAL = ("hatch-build", "hatch-static-analysis", "hatch-test", "hatch-uv")
# `hatch run NAME:SCRIPT`; a name that begins with `+` or `-` selects environments of a matrix.
_BEFORE_SCRIPT = re.compile(r"(?P<name>\w[\w.-]*):\S")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

Reader = Callable[[str], str | None]


# A version that is written in `[project]` (PEP 621).
STATIC = "static"


@dataclass(frozen=True)
class VersionSource:
    """Where a project keeps its version: in a file, at a key or where a pattern has its group `version`.

    `path` is None if no file contains the version, as with a version from git tags or from code. `commits` is
    whether Hatch commits or tags by itself when it sets the version.
    """

    path: str | None
    pattern: str = _ASSIGNMENT
    kind: str = "regex"
    key: Key = ()
    commits: bool = False

    @property
    def is_tag(self) -> bool:
        """Whether a tool reads the version from git's tags."""
        return self.kind in tag_version.KINDS

    def version_in(self, text: str) -> str | None:
        """Return the version in a text of the file, or None."""
        if self.key:
            value = value_at(parse_document(str(self.path), text), self.key)
            return value.strip() if isinstance(value, str) else None
        span = self.span_in(text)
        return text[slice(*span)].strip() if span else None

    def span_in(self, text: str) -> tuple[int, int] | None:
        """Return where the version is in a text of the file, with its quotes if it is at a key, or None."""
        if self.key:
            return find_literal(str(self.path), text, self.key)
        try:
            found = re.search(self.pattern, text, re.MULTILINE)
            return found.span("version") if found and found["version"] is not None else None
        except (re.error, IndexError):
            return None


def version_source(read: Reader) -> VersionSource | None:
    """Return where pyproject.toml and hatch.toml say that the version is, or None if they do not say it.

    `read` returns the text of a path in the project. Hatch reads `[project] version`, then `[version]` in
    hatch.toml, then `[tool.hatch.version]` (hatch 1.18).
    """
    pyproject = _toml(read("pyproject.toml"))
    in_pyproject = value_at(pyproject, ("tool", "hatch", "version"))
    table = _toml(read("hatch.toml")).get("version") or in_pyproject
    kind = tag_version.find_kind(pyproject, has_hatch=isinstance(table, dict))
    if kind:
        return VersionSource(None, kind=kind)
    if isinstance(value_at(pyproject, ("project", "version")), str):
        return VersionSource("pyproject.toml", kind=STATIC, key=("project", "version"))
    return _hatch_source(table) if isinstance(table, dict) else None


def _hatch_source(table: dict[str, Any]) -> VersionSource:
    """Return where the table of Hatch says that the version is."""
    kind, path, pattern = table.get("source", "regex"), table.get("path"), table.get("pattern")
    if kind == "nodejs":
        # hatch-nodejs-version 0.4 reads package.json if no path is set.
        path = path if isinstance(path, str) else "package.json"
        return VersionSource(path, kind=kind, key=("version",))
    # hatch-regex-commit 0.0.4 reads as `regex` does. It commits and tags unless it is told not to.
    commits = kind == "regex_commit" and (table.get("commit", True) or table.get("tag", True))
    if kind not in {"regex", "regex_commit"} or not isinstance(path, str):
        return VersionSource(None, kind=str(kind), commits=bool(commits))
    if not pattern or not isinstance(pattern, str):
        return VersionSource(path, kind=kind, commits=bool(commits))
    return VersionSource(path, pattern, kind, commits=bool(commits))


def project_name(read: Reader) -> str:
    """Return the name of the project, normalized as package indexes do, or an empty text."""
    name = value_at(_toml(read("pyproject.toml")), ("project", "name"))
    return normalize_name(name) if isinstance(name, str) else ""


def normalize_name(name: str) -> str:
    """Return a project's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def environment_of(command: tuple[str, ...]) -> str | None:
    """Return the environment that a command of Hatch names, or None if it names none.

    It is named by `hatch --env NAME run ...` or by `hatch run NAME:...`.
    """
    if command[:1] != ("hatch",):
        return None
    named = next((value for flag, value in pairwise(command) if flag in {"-e", "--env"}), None)
    script = next((value for word, value in pairwise(command) if word == "run"), "")
    found = _BEFORE_SCRIPT.match(script)
    return named or (found["name"] if found else None)


def environments(read: Reader) -> frozenset[str] | None:
    """Return the environments that a project defines, and those of Hatch itself. None means unknown.

    They are tables of `[tool.hatch.envs]`, or of `[envs]` in hatch.toml. With collectors only Hatch knows the
    environments (hatch 1.18).
    """
    own, table = _tables(read)
    if any("collectors" in settings.get("env", {}) for settings in (own, table)):
        return None
    return frozenset({"default", *_INTERNAL, *table.get("envs", {}), *own.get("envs", {})})


def environment(read: Reader, name: str) -> dict[str, Any]:
    """Return the options of an environment, with those of its template, or nothing if it has none.

    A name such as `test.py3.11` is one environment of the matrix `test`. A matrix is not inherited from a
    template (hatch 1.18).
    """
    own, table = _tables(read)
    envs = {**table.get("envs", {}), **own.get("envs", {})}
    base = name.partition(".")[0]
    if name not in envs and isinstance(envs.get(base), dict) and "matrix" in envs[base]:
        return {key: value for key, value in environment(read, base).items() if key != "matrix"}
    options: dict[str, Any] = {}
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        found = envs.get(name, {})
        found = found if isinstance(found, dict) else {}
        inherited = {key: value for key, value in found.items() if len(seen) == 1 or key != "matrix"}
        options = {**inherited, **options}
        name = name if found.get("detached") else str(found.get("template", "default"))
    return options


def is_defined(name: str, known: frozenset[str], read: Reader) -> bool:
    """Return whether a name is that of an environment, or of one environment of a matrix."""
    base = name.partition(".")[0]
    return name in known or (base in known and "matrix" in environment(read, base))


def stated_version(output: Output) -> str:
    """Return the version that a version command printed. Terminal colours are ignored.

    Raise StepFailed if it printed more than one line, or anything but a PEP 440 version.
    """
    lines = [row.strip() for row in _ANSI.sub("", output.stdout).splitlines() if row.strip()]
    command = " ".join(output.argv)
    if len(lines) != 1:
        raise StepFailed(
            f"`{command}` should print the version on one line, but it printed {len(lines)} lines.",
            evidence=[f"  {row}" for row in safe_lines("\n".join(lines))[:10]],
            remedy=[
                "Run the command once by hand, so that Hatch creates its environment, and read its output."
            ],
        )
    try:
        Version(lines[0])
    except (InvalidVersion, ValueError):
        # Python reads no number of more than 4,300 digits.
        raise StepFailed(f"`{command}` printed no version: {lines[0]}") from None
    return lines[0]


def _tables(read: Reader) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of Hatch in hatch.toml, and those in pyproject.toml."""
    own, table = _toml(read("hatch.toml")), value_at(_toml(read("pyproject.toml")), ("tool", "hatch"))
    return _only_tables(own), _only_tables(table)


def _only_tables(settings: Any) -> dict[str, Any]:  # noqa: ANN401  TOML is anything
    """Return the tables in a table. Hatch itself refuses settings of another type."""
    found = settings if isinstance(settings, dict) else {}
    return {key: value for key, value in found.items() if isinstance(value, dict)}


def _toml(text: str | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text or "")
    except (ValueError, RecursionError):
        return {}
