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
from patchwright.tools.shell import Output

# The default pattern of hatchling for `source = "regex"` (1.27): a string assigned to __version__ or VERSION.
_ASSIGNMENT = r"(?i)^(__version__|VERSION)(?: ?\: ?str)? *= *([\'\"])v?(?P<version>.+?)\2"
_INTERNAL = ("hatch-build", "hatch-static-analysis", "hatch-test", "hatch-uv")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

Reader = Callable[[str], str | None]


@dataclass(frozen=True)
class VersionSource:
    """Where a project keeps its version: a file, and a pattern whose group `version` matches the version.

    `path` is None if no file contains the version, as with a version from git tags or from code.
    """

    path: str | None
    pattern: str = _ASSIGNMENT
    kind: str = "regex"

    def version_in(self, text: str) -> str | None:
        """Return the version in a text of the file, or None."""
        try:
            found = re.search(self.pattern, text, re.MULTILINE)
            return found["version"].strip() if found else None
        except (re.error, IndexError):
            return None

    def replace_version(self, text: str, version: str) -> str:
        """Return a text of the file with its version replaced by another version."""
        found = re.search(self.pattern, text, re.MULTILINE)
        return text[: found.start("version")] + version + text[found.end("version") :] if found else text


def version_source(read: Reader) -> VersionSource | None:
    """Return where pyproject.toml and hatch.toml say that the version is, or None if they do not say it.

    `read` returns the text of a path in the project. Hatch reads `[project] version`, then `[version]` in
    hatch.toml, then `[tool.hatch.version]` (hatch 1.18).
    """
    pyproject = _toml(read("pyproject.toml"))
    project = pyproject.get("project", {})
    if isinstance(project.get("version"), str):
        return VersionSource("pyproject.toml", r"^version\s*=\s*([\'\"])(?P<version>.+?)\1", "static")
    in_pyproject = pyproject.get("tool", {}).get("hatch", {})
    table = _toml(read("hatch.toml")).get("version") or in_pyproject.get("version")
    if not isinstance(table, dict):
        return None
    kind, path, pattern = table.get("source", "regex"), table.get("path"), table.get("pattern")
    if kind != "regex" or not isinstance(path, str):
        return VersionSource(None, kind=str(kind))
    if pattern is True or not isinstance(pattern, str):
        return VersionSource(path)
    return VersionSource(path, pattern)


def environment_of(command: tuple[str, ...]) -> str | None:
    """Return the environment that `hatch --env NAME ...` names, or None if the command names none."""
    if command[:1] != ("hatch",):
        return None
    return next((value for flag, value in pairwise(command) if flag in {"-e", "--env"}), None)


def environments(read: Reader) -> frozenset[str] | None:
    """Return the environments that a project defines, and those of Hatch itself. None means unknown.

    They are tables of `[tool.hatch.envs]`, or of `[envs]` in hatch.toml. With collectors only Hatch knows the
    environments (hatch 1.18).
    """
    own, table = _toml(read("hatch.toml")), _toml(read("pyproject.toml")).get("tool", {}).get("hatch", {})
    if any("collectors" in settings.get("env", {}) for settings in (own, table)):
        return None
    return frozenset({"default", *_INTERNAL, *table.get("envs", {}), *own.get("envs", {})})


def stated_version(output: Output) -> str:
    """Return the version that a version command printed. Terminal colours are ignored.

    Raise StepFailed if it printed more than one line, or anything but a PEP 440 version.
    """
    lines = [row.strip() for row in _ANSI.sub("", output.stdout).splitlines() if row.strip()]
    command = " ".join(output.argv)
    if len(lines) != 1:
        raise StepFailed(
            f"`{command}` should print the version on one line, but it printed {len(lines)} lines.",
            evidence=[f"  {row}" for row in lines[:10]],
            remedy=[
                "Run the command once by hand, so that Hatch creates its environment, and read its output."
            ],
        )
    try:
        Version(lines[0])
    except InvalidVersion:
        raise StepFailed(f"`{command}` printed no version: {lines[0]}") from None
    return lines[0]


def _toml(text: str | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text or "")
    except tomllib.TOMLDecodeError:
        return {}
