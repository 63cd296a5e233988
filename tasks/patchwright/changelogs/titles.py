"""Which release a heading names, and which headings of a changelog are its releases'."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from patchwright.changelogs.headings import Heading


@dataclass(frozen=True)
class ReleaseTitle:
    """A heading that names a release.

    `name` is what stands before the version, without words such as "Version". `dated` and `final` say whether
    a date stands in the title, and whether the version is the last word beside it.
    """

    heading: Heading
    version: Version
    date: dt.date | None
    name: tuple[str, ...]
    dated: bool
    final: bool


def release_title(heading: Heading) -> ReleaseTitle | None:
    """Return which release a heading names; None where it names none."""
    title = _NOISE.sub(" ", heading.title)
    dated = bool(_DATE.search(title))
    words = [word for word in _BETWEEN_WORDS.split(_DATE.sub(" ", title)) if word.strip(".:-#")]
    versions = [version_in(word) for word in words]
    at = _place_of_version(words, versions, dated=dated)
    version = None if at is None or at > _LONGEST_NAME else versions[at]
    if at is None or version is None:
        return None
    name = tuple(word.lower() for word in words[:at] if word.lower() not in _VERSION_WORDS)
    return ReleaseTitle(heading, version, _date(title, words[at]), name, dated, final=at == len(words) - 1)


def version_in(word: str) -> Version | None:
    """Return the version that a word is, but for a prefix: `v1.24.3`, `almanac-1.24.3`, `release/1.24.3`."""
    try:
        return Version(_PREFIX.sub("", word.rstrip(".:-"), count=1))
    except InvalidVersion:
        return None


def releases(headings: Sequence[Heading]) -> dict[Heading, ReleaseTitle]:
    """Return the headings that begin the sections of releases.

    They are those on the rank where versions are at home, and of other ranks where a project changed its
    style over the years: higher ones with a name that is known and nothing behind the version ("1.24 Release
    Notes" is the title of a document), and lower ones when several do the same ("Python 3.14" is a category).
    """
    named = [release for release in map(release_title, headings) if release]
    if not named:
        return {}
    project = min(named, key=lambda one: one.heading.rank).name
    dated = Counter(one.heading.rank for one in named if one.dated)
    ours = Counter(one.heading.rank for one in named if one.name in {project, ()})
    home = max(ours, key=lambda rank: (dated[rank], ours[rank], -rank))
    names = {one.name for one in named if one.heading.rank == home} | {()}
    known = Counter(one.heading.rank for one in named if one.name in names)

    def belongs(one: ReleaseTitle) -> bool:
        rank = one.heading.rank
        if rank == home:
            return True
        if one.name not in names:
            return False
        return one.dated or one.final if rank < home else known[rank] >= _LOWER_RANK_NEEDS

    return {one.heading: one for one in named if belongs(one)}


_LOWER_RANK_NEEDS = 3
_LONGEST_NAME = 5

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_ISO_DATE = re.compile(r"(?<![\d.])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d.])")
_DATE = re.compile(
    rf"""
      (?<![\d.])\d{{4}}([-/])\d{{1,2}}\1\d{{1,2}}(?!\d)
    | (?<![\d.])\d{{1,2}}([-/])\d{{1,2}}\2\d{{4}}(?!\d)
    | \b\d{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH}[ ,-]+\d{{4}}\b
    | \b{_MONTH}[ ]\d{{1,2}}(?:st|nd|rd|th)?,?[ ]\d{{4}}\b
    | \b{_MONTH}[ ,]+\d{{4}}\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NOISE = re.compile(
    r"\{[^{}]*\}\s*$"  # attributes, as in `{#1.24.3}`
    r"|<[^<>]*>"  # HTML tags, and the targets of reStructuredText links
    r"|(?<=\])\([^()]*\)|(?<=\])\[[^\[\]]*\]"  # the targets of Markdown links
    r"|:[\w+-]+:(?=`)"  # roles
)
_BETWEEN_WORDS = re.compile(
    "[\\s,;()\\[\\]{}<>\"'`*|\N{EM DASH}\N{EN DASH}]+"  # white space, brackets, quotes, dashes
    r"|:(?=\s|$)"
    r"|_+(?=\s|$)"  # the end of a reStructuredText link
)
_PREFIX = re.compile(
    r"(?:.*[/@=]|[A-Za-z][\w.-]*?[-_])?(?:v|ver|version|release|rel)?[-_.]?(?=\d)", re.IGNORECASE
)
_VERSION_WORDS = frozenset({
    "version", "release", "v", "ver", "rel", "changes", "in", "news", "for", "unreleased", "yanked",
})  # fmt: skip  # one list of words


def _place_of_version(words: Sequence[str], versions: Sequence[Version | None], *, dated: bool) -> int | None:
    """Return which word is the version: the first with a dot, else a whole number that is nothing else.

    Such are `v5`, `Version 5` and `Project 5 (2026-01-01)`.
    """
    dotted = [at for at, version in enumerate(versions) if version and "." in words[at]]
    if dotted:
        between = [word.lower() for word in words[:2]] == ["changes", "between"]
        return dotted[-1] if between else dotted[0]
    numbers = [at for at, version in enumerate(versions) if version]
    if not numbers:
        return None
    at = numbers[-1]
    others = {word.lower() for word in (*words[:at], *words[at + 1 :])} - _VERSION_WORDS
    certain = not others or words[at][0] in "vV" or (dated and at == len(words) - 1)
    return at if certain else None


def _date(title: str, version: str) -> dt.date | None:
    for match in _ISO_DATE.finditer(title):
        if match.group() in version:
            continue
        try:
            return dt.date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            continue
    return None
