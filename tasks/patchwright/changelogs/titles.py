"""Titles: which release a heading names, and which headings of a changelog begin a release."""

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

    `name` are the words before the version, without words such as "Version". `has_date` is whether the title
    contains a date, and `ends_with_version` whether the version is the last word besides the date.
    """

    heading: Heading
    version: Version
    date: dt.date | None
    name: tuple[str, ...]
    has_date: bool
    ends_with_version: bool


def parse_title(heading: Heading) -> ReleaseTitle | None:
    """Return the release that a heading names, or None."""
    title = _NOISE.sub(" ", heading.title)
    has_date = bool(_DATE.search(title))
    words = [word for word in _BETWEEN_WORDS.split(_DATE.sub(" ", title)) if word.strip(".:-#")]
    versions = [version_in(word) for word in words]
    at = _place_of_version(words, versions, has_date=has_date)
    version = None if at is None or at > _LONGEST_NAME else versions[at]
    if at is None or version is None:
        return None
    name = tuple(word.lower() for word in words[:at] if word.lower() not in _VERSION_WORDS)
    date, is_last = _date(title, words[at]), at == len(words) - 1
    return ReleaseTitle(heading, version, date, name, has_date, ends_with_version=is_last)


def version_in(word: str) -> Version | None:
    """Return the version in a word, after a prefix if any: `v1.24.3`, `almanac-1.24.3`, `release/1.24.3`."""
    try:
        return Version(_PREFIX.sub("", word.rstrip(".:-"), count=1))
    except InvalidVersion:
        return None


def names_unreleased(heading: Heading) -> bool:
    """Return whether a heading is about what is not released yet: `Unreleased`, `[Next]`, `Upcoming release`.

    A heading with a version is about that version, released or not.
    """
    words = _UNRELEASED_WORD.findall(_NOISE.sub(" ", heading.title).lower())
    while words and words[0] in _BEFORE_UNRELEASED:
        del words[0]
    return bool(words) and words[0] in _UNRELEASED and len(words) <= _LONGEST_UNRELEASED


def is_unfinished(title: str) -> bool:
    """Return whether the title of a section says that its version is not released: `1.24.1 (unreleased)`."""
    return _UNFINISHED.search(title) is not None


def release_headings(headings: Sequence[Heading]) -> dict[Heading, ReleaseTitle]:
    """Return the headings that begin the section of a release.

    They are those of the rank at which most releases are, and some of other ranks, because a project may
    have changed its style: higher ones with a known name and nothing after the version ("1.24 Release Notes"
    is the title of a document), and lower ones if there are several ("Python 3.14" is a category).
    """
    titles = [title for title in map(parse_title, headings) if title]
    if not titles:
        return {}
    project = min(titles, key=lambda one: one.heading.rank).name
    with_date = Counter(one.heading.rank for one in titles if one.has_date)
    of_project = Counter(one.heading.rank for one in titles if one.name in {project, ()})
    main = max(of_project, key=lambda rank: (with_date[rank], of_project[rank], -rank))
    names = {one.name for one in titles if one.heading.rank == main} | {()}
    known = Counter(one.heading.rank for one in titles if one.name in names)

    def begins_release(one: ReleaseTitle) -> bool:
        rank = one.heading.rank
        if rank == main:
            return True
        if one.name not in names:
            return False
        return one.has_date or one.ends_with_version if rank < main else known[rank] >= _MIN_AT_LOWER_RANK

    return {one.heading: one for one in titles if begins_release(one)}


_MIN_AT_LOWER_RANK = 3
_UNRELEASED = frozenset({
    "unreleased", "next", "vnext", "upcoming", "forthcoming", "future", "pending", "tbd",
    "development", "dev", "master", "main", "trunk", "head", "released",
})  # fmt: skip  # one list of words
_UNFINISHED = re.compile(
    r"\b(?:un-?released|not (?:yet )?released|to be (?:released|announced|determined)|upcoming|forthcoming"
    r"|pending|in (?:development|progress)|under development|tb[ad]|draft)\b"
    r"|(?<!\w)(?:[xy]{4}|\?{4}|\d{4})-(?:[xm]{2}|\?{2})(?!\w)",
    re.IGNORECASE,
)
_BEFORE_UNRELEASED = frozenset({"in", "the", "not", "yet", "to", "be"})
_UNRELEASED_WORD = re.compile(r"\w+")
_LONGEST_UNRELEASED = 4
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


def _place_of_version(
    words: Sequence[str], versions: Sequence[Version | None], *, has_date: bool
) -> int | None:
    """Return the index of the word that is the version: the first with a dot, else a clear whole number.

    Clear are `v5`, `Version 5` and `Project 5 (2026-01-01)`.
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
    is_clear = not others or words[at][0] in "vV" or (has_date and at == len(words) - 1)
    return at if is_clear else None


def _date(title: str, version: str) -> dt.date | None:
    for match in _ISO_DATE.finditer(title):
        if match.group() in version:
            continue
        try:
            return dt.date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            continue
    return None
