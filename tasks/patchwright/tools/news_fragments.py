"""News fragments: which files towncrier reads as fragments, and whether a section has them (26.9)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import lru_cache

from patchwright.tools.towncrier import Config


@dataclass(frozen=True)
class Fragment:
    """A news fragment. `issue` is empty if the fragment is an orphan, which names no issue."""

    path: str
    section: str
    issue: str
    category: str
    counter: int


@dataclass(frozen=True)
class Fragments:
    """The files in the directories of fragments, except those that towncrier is configured to ignore.

    `unknown` are files of no known type: towncrier silently ignores them, or refuses to build if `ignore` is
    configured. `misspelt` are those of them that look like fragments. `stray` look like fragments, too, but
    are in no directory of a section: towncrier ignores them. `duplicates` are fragments with equal issue,
    type and number, and `invalid_issues` are fragments whose issue does not match `issue_pattern`: towncrier
    refuses to build with either.
    """

    fragments: tuple[Fragment, ...] = ()
    unknown: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    invalid_issues: tuple[str, ...] = ()
    misspelt: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()


_NEVER_FRAGMENTS = (".gitignore", ".gitkeep", ".keep", "readme", "readme.md", "readme.rst")
_NO_FRAGMENT = re.compile(r"[._]|readme|template|\d+(?:\.\d+)+(?:\.[a-z]+)?$", re.IGNORECASE)
_ISSUE = re.compile(r"\W?(?:[A-Za-z]+[-_]?)?\d+")
_TEXT_FILES = frozenset({"rst", "rest", "md", "txt"})
_TEMPLATES = frozenset({"in", "j2", "jinja", "jinja2", "tmpl", "tpl", "template"})
_NEARLY = 0.75


def fragments(config: Config, paths: Iterable[str]) -> Fragments:
    """Return which of the repository's `paths` are fragments, and which files among them are invalid.

    Like towncrier, skip files in other directories and in subdirectories that are not a section.
    """
    found: list[Fragment] = []
    unknown, invalid_issues = [], []
    ordered = sorted(paths)
    if config.is_undecided:
        config = config.decided_by({posixpath.dirname(path) for path in ordered}.__contains__)
    for section in config.sections:
        directory = config.directory_of(section)
        orphans: dict[str, int] = {}
        for path in ordered:
            basename = posixpath.basename(path)
            if posixpath.dirname(path) != ("" if directory == "." else directory) or _is_ignored(
                basename, config
            ):
                continue
            parts = _parse_name(basename, config)
            if parts is None:
                unknown.append(path)
                continue
            issue, category, counter = parts
            if config.orphan_prefix and issue.startswith(config.orphan_prefix):
                issue, counter = "", orphans.get(category, 0)
                orphans[category] = counter + 1
            if config.issue_pattern and issue and not re.fullmatch(config.issue_pattern, issue):
                invalid_issues.append(path)
            found.append(Fragment(path, section, issue, category, counter))
    return Fragments(
        tuple(found),
        tuple(unknown),
        _duplicates(found),
        tuple(invalid_issues),
        misspelt=tuple(path for path in unknown if _looks_like_fragment(posixpath.basename(path), config)),
        stray=tuple(path for path in ordered if _is_stray(path, config)),
    )


def _is_stray(path: str, config: Config) -> bool:
    """Return whether a file below the fragment directories looks like a fragment, but is in no section."""
    directory, basename = posixpath.split(path)
    if config.sections_in(directory or ".") or _is_ignored(basename, config):
        return False
    places = (*config.directories, *([config.directory] if config.directory else []))
    is_below = any(path.startswith(f"{place}/") for place in places)
    return is_below and (_parse_name(basename, config) is not None or _looks_like_fragment(basename, config))


def _looks_like_fragment(basename: str, config: Config) -> bool:
    """Return whether a file of no known type is probably a fragment whose name is misspelt.

    It begins with an issue or as an orphan, or contains a word that is nearly a type, or a word where the
    type belongs. Other files are for people: `README.txt`, `notes.txt`, `1.24.0.rst`.
    """
    if _NO_FRAGMENT.match(basename):
        return False
    issue, *words = basename.split(".")
    types = [one.directory.lower() for one in config.types]
    is_orphan = bool(config.orphan_prefix) and issue.startswith(config.orphan_prefix)
    if is_orphan or _ISSUE.fullmatch(issue):
        return True
    if issue[:1].isdecimal():
        words += re.split(r"[-_]", issue)[1:]
    words = [word.lower() for word in words]
    has_place_of_type = len(words) > 1 and words[-1] in _TEXT_FILES and words[-2] not in _TEMPLATES
    return has_place_of_type or any(
        get_close_matches(word, types, n=1, cutoff=_NEARLY) for word in words if word not in _TEXT_FILES
    )


def counterpart(path: str, source: Config, target: Config) -> str | None:
    """Return where `target` keeps the fragment that `source` keeps at a path, or None if that is not clear.

    Sections are the same if their names are the same. If the directory of a section differs, the directory
    was moved as a whole; but not if `target` still uses the old directory for other fragments. A section
    whose directory stayed and whose name is new on both sides was renamed.
    """
    directory, name = posixpath.split(path)
    if target.is_undecided and source.top_level:
        target = target.at_top_level()
    names = source.sections_in(directory or ".")
    known = {section for section in names if section in target.sections}
    if not known:
        others = target.sections_in(directory or ".")
        return path if names and others and not any(other in source.sections for other in others) else None
    places = {target.directory_of(section) for section in known}
    if len(known) < len(names) or len(places) > 1:
        return None
    place = places.pop()
    if place == (directory or "."):
        return path
    is_moved = not target.sections_in(directory or ".")
    return posixpath.normpath(posixpath.join(place, name)) if is_moved else None


def is_rendered(section: str, fragment: str, showcontent: bool, issue: str | None) -> bool:  # noqa: FBT001  a column of the configuration
    """Return whether a changelog section contains a fragment.

    It does if it contains the words of each line of the fragment's text. A type without `showcontent` is
    shown by its issue alone, if the fragment names an issue. Only words are compared: templates add bullets
    and punctuation and make an entry of each line, and wrapping changes the white space.
    """
    if not showcontent and issue:
        return _names_issue(section, issue)
    words = _words(section)
    return all(_words(line) in words for line in fragment.splitlines() if _words(line).strip())


def _parse_name(basename: str, config: Config) -> tuple[str, str, int] | None:
    """Return issue, type and counter from a file's name, or None if it contains no known type.

    The type is the last part between dots that is a type, but never the first part. The parts before it are
    the issue.
    """
    categories = {one.directory for one in config.types}
    parts = basename.split(".")
    places = [at for at, part in enumerate(parts) if at and part in categories]
    if not places:
        return None
    at = places[-1]
    issue = ".".join(parts[:at]).strip()
    if issue.isdecimal():
        issue = str(int(issue))
    number = parts[at + 1 : at + 2]
    return issue, parts[at], int(number[0]) if number and number[0].isdecimal() else 0


_WORD = re.compile(r"\w+")


# Cached, because each section of a long changelog is compared with many fragments.
@lru_cache(maxsize=1024)
def _words(text: str) -> str:
    """Return the words of a text, with one space before, between and after them."""
    return " ".join(["", *_WORD.findall(text), ""])


def _names_issue(section: str, issue: str) -> bool:
    """Return whether a section names an issue, not only as part of a date or a version."""
    return bool(re.search(rf"(?<![\w])(?<!\d[.-]){re.escape(issue)}(?!\w)(?![.-]\d)", section))


def _is_ignored(basename: str, config: Config) -> bool:
    patterns = [*_NEVER_FRAGMENTS, *(pattern.lower() for pattern in config.ignore)]
    if config.template is not None:
        patterns.append(posixpath.basename(config.template))
    return any(fnmatchcase(basename.lower(), pattern) for pattern in patterns)


def _duplicates(found: Iterable[Fragment]) -> tuple[str, ...]:
    by_key: dict[tuple[str, str, str, int], list[str]] = {}
    for one in found:
        by_key.setdefault((one.section, one.issue, one.category, one.counter), []).append(one.path)
    return tuple(path for paths in by_key.values() if len(paths) > 1 for path in paths)
