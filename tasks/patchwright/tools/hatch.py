"""hatch: argv in, facts out; and where a Hatch project keeps its version."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from patchwright.halts import StepFailed
from patchwright.tools.shell import Output

# hatchling's own default for `source = "regex"` (1.27): an assignment to __version__ or VERSION, as a string.
_ASSIGNMENT = r"(?i)^(__version__|VERSION)(?: ?\: ?str)? *= *([\'\"])v?(?P<version>.+?)\2"
_INTERNAL = ("hatch-build", "hatch-static-analysis", "hatch-test", "hatch-uv")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

Reader = Callable[[str], str | None]


@dataclass(frozen=True)
class VersionSource:
    """Where a project keeps its version: a file and, in group `version`, what matches it.

    `path` is None where no file holds the version (a version from git tags, or from code that must run).
    """

    path: str | None
    pattern: str = _ASSIGNMENT
    kind: str = "regex"

    def version_in(self, text: str) -> str | None:
        """Return the version that a text of the file holds."""
        try:
            found = re.search(self.pattern, text, re.MULTILINE)
            return found["version"].strip() if found else None
        except (re.error, IndexError):
            return None

    def put_in(self, text: str, version: str) -> str:
        """Return a text of the file with another version in the place of the one that it holds."""
        found = re.search(self.pattern, text, re.MULTILINE)
        return text[: found.start("version")] + version + text[found.end("version") :] if found else text


def version_source(read: Reader) -> VersionSource | None:
    """Return where a tree's version is kept, by pyproject.toml and hatch.toml; None where they do not say.

    `read` returns the text of a path in the tree. Hatch reads `[project] version`, else hatch.toml's
    `[version]` or `[tool.hatch.version]` (hatch 1.18).
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
    """Return the environment that `hatch --env NAME ...` names; None where a command names none."""
    if command[:1] != ("hatch",):
        return None
    return next((value for flag, value in pairwise(command) if flag in {"-e", "--env"}), None)


def environments(read: Reader) -> frozenset[str] | None:
    """Return the environments that a tree defines, Hatch's own among them; None where only Hatch can tell.

    They are tables of `[tool.hatch.envs]` or of hatch.toml's `[envs]`. Collectors may add some (hatch 1.18).
    """
    own, table = _toml(read("hatch.toml")), _toml(read("pyproject.toml")).get("tool", {}).get("hatch", {})
    if any("collectors" in place.get("env", {}) for place in (own, table)):
        return None
    return frozenset({"default", *_INTERNAL, *table.get("envs", {}), *own.get("envs", {})})


def stated_version(output: Output) -> str:
    """Return the version that a version command printed: one line of standard output, and nothing else.

    Raises StepFailed for noise, for colours, and for anything that is no PEP 440 version.
    """
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415  `inv --list` does without

    lines = [row.strip() for row in _ANSI.sub("", output.stdout).splitlines() if row.strip()]
    command = " ".join(output.argv)
    if len(lines) != 1:
        raise StepFailed(
            f"`{command}` should print the version on one line, and printed {len(lines)} lines.",
            evidence=[f"  {row}" for row in lines[:10]],
            remedy=[
                "Run it once by hand, so that Hatch has made its environment, and look at what it prints."
            ],
        )
    try:
        Version(lines[0])
    except InvalidVersion:
        raise StepFailed(f"`{command}` printed no version: {lines[0]}") from None
    return lines[0]


def _toml(text: str | None) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  `inv --list` does without

    try:
        return tomllib.loads(text or "")
    except tomllib.TOMLDecodeError:
        return {}
