"""A changelog's text: its sections by version, and one section put where its version belongs.

Offsets count characters, and what is not inserted stays as it is, byte for byte. This module is only imported
late, so that it may import packaging and markdown-it at once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from packaging.version import Version

from patchwright.changelogs.headings import BOM, Heading, Line, Markup, headings, named_markup, split_lines
from patchwright.changelogs.titles import releases, version_in


class Ambiguous(ValueError):
    """A changelog has several sections for one version."""


class Unplaceable(ValueError):
    """A section can't be put into a changelog; the message is a sentence that says why."""


class NotProven(ValueError):
    """A changelog did not gain just the one section; the message is a sentence that says what differs."""


@dataclass(frozen=True)
class Section:
    """What a changelog says of one release: from what belongs to its heading to where the next one begins.

    Directly behind towncrier's marker, blank lines beyond the one that towncrier leaves are the section's:
    its template begins with them.
    """

    version: Version
    date: dt.date | None
    start: int
    end: int
    heading: str
    text: str


@dataclass(frozen=True)
class Gained:
    """The section that a changelog gained, and whether it is `alone`.

    It is when nothing else changed but blank lines and the kind of newlines: towncrier (26.9) writes a file
    with CRLF back with LF, and evens the blank lines around its marker.
    """

    section: Section
    alone: bool


def markup_of(text: str, filename: str = "") -> Markup:
    """Return the markup that the file's name tells, else the one in which more is found.

    Sections count first, then headings: underlined titles are headings in both.
    """
    named = named_markup(filename)
    if named:
        return named
    markups = (Markup.RST, Markup.MARKDOWN)
    return max(markups, key=lambda markup: (len(sections(text, markup)), len(headings(text, markup))))


def sections(text: str, markup: Markup | None = None, *, start_string: str | None = None) -> list[Section]:
    """Return the sections of releases in `text`, in file order.

    A section ends where the next heading of its rank or of a higher one begins. The last one also ends before
    what is at the end for the whole file: links defined for versions, an included file. Titles above the
    marker are the document's. `markup` None is guessed; `start_string` None is the usual marker.
    """
    markup = markup or markup_of(text)
    marker = _marker(text, start_string)
    everything = headings(text, markup)
    below = [heading for heading in everything if not marker or heading.end > marker.start]
    named = releases(below) or releases(everything)
    found = []
    for at, heading in enumerate(everything):
        if heading in named:
            title = named[heading]
            ending = (one for one in everything[at + 1 :] if one in named or one.rank <= heading.rank)
            following = next(ending, None)
            start = _start(text, heading, marker)
            end = following.start if following else _footer(text, heading.end)
            found.append(Section(title.version, title.date, start, end, heading.title, text[start:end]))
    return found


def section_for(
    text: str, version: Version | str, markup: Markup | None = None, *, start_string: str | None = None
) -> Section | None:
    """Return the section for `version`, by PEP 440 (1.24 is 1.24.0), or None; raises Ambiguous."""
    version = Version(str(version))
    same = [found for found in sections(text, markup, start_string=start_string) if found.version == version]
    if len(same) > 1:
        titles = ", ".join(repr(found.heading) for found in same)
        raise Ambiguous(f"The changelog has {len(same)} sections for {version}: {titles}.")
    return same[0] if same else None


def insert(
    text: str,
    section: str,
    version: Version | str,
    markup: Markup | None = None,
    *,
    start_string: str | None = None,
) -> str:
    """Return `text` with `section`, as another changelog has it, put where `version` belongs.

    The newest version comes where towncrier would have put it: behind the marker, with blank lines as
    towncrier leaves them. Any other comes above the section that follows it in the order that the file has.
    `text` comes back as it is when it has the section already. Raises Unplaceable.
    """
    version = Version(str(version))
    markup = markup or markup_of(text + "\n\n" + section)
    if not _begins_with(section, version, markup):
        raise Unplaceable(f"The text to insert does not begin with a section for {version}.")
    found = sections(text, markup, start_string=start_string)
    same = [one for one in found if one.version == version]
    if len(same) == 1 and _reads_as(text, same[0], section):
        return text
    if same:
        raise Unplaceable(f"The changelog has a section for {version} already, and it reads otherwise.")
    place = _place([one.version for one in found], version)
    page = _Page(text, found, _marker(text, start_string), start_string)
    if place == 0 and page.is_topped_by_towncrier:
        return page.topped_with(section)
    return page.with_section(section, _offset(text, found, place, version), place)


def only_gained(  # noqa: PLR0913  two texts, a section, and how to read them
    before: str,
    after: str,
    section: str,
    version: Version | str,
    markup: Markup | None = None,
    *,
    start_string: str | None = None,
) -> None:
    """Return when `after` is `before` and `section`, once, and nothing else; raise NotProven otherwise.

    Blank lines that part the section from its neighbours, and those around the marker, may differ.
    """
    version = Version(str(version))
    markup = markup or markup_of(after)
    before, after = _evened(before, start_string), _evened(after, start_string)
    was = sections(before, markup, start_string=start_string)
    now = sections(after, markup, start_string=start_string)
    new = [one for one in now if one.version == version]
    if any(one.version == version for one in was):
        raise NotProven(f"The changelog had a section for {version} before.")
    if len(new) != 1:
        raise NotProven(f"The changelog has {len(new)} sections for {version}.")
    if [_trimmed(one.text) for one in was] != [_trimmed(one.text) for one in now if one.version != version]:
        raise NotProven(f"Not only the section for {version} differs: other sections changed.")
    start = new[0].end - len(_trimmed_start(new[0].text))
    end = start + next((len(core) for core in _cores(section) if after.startswith(core, start)), 0)
    if end == start or after[end : end + 1] not in {"", "\r", "\n"}:
        raise NotProven(f"The section for {version} does not read as it did where it came from.")
    head, tail = _trimmed_end(after[:start]), _trimmed_start(after[end:])
    between = before[len(head) : len(before) - len(tail)]
    if not before.startswith(head) or before != head + between + tail or between.strip():
        raise NotProven(f"Not only the section for {version} differs: the text outside of sections changed.")


def gained(
    before: str,
    after: str,
    version: Version | str,
    markup: Markup | None = None,
    *,
    start_string: str | None = None,
) -> Gained:
    """Return the section for `version` that `after` has and `before` lacks; raises NotProven or Ambiguous.

    Where nothing else changed, the section is all that came: what follows it was there before, even if no
    heading parts the two, and headings within it do not end it.
    """
    version = Version(str(version))
    markup = markup or markup_of(after)
    new = section_for(after, version, markup, start_string=start_string)
    if new is None:
        raise NotProven(f"The changelog has no section for {version}.")
    if any(one.version == version for one in sections(before, markup, start_string=start_string)):
        raise NotProven(f"The changelog had a section for {version} before.")
    was, now = _full_lines(before), _full_lines(after)
    above = sum(line.start < new.start for line in now)
    below = len(was) - above
    end = now[-below].start if 0 < below < len(now) else len(after)
    kept = [line for line in now if line.start < new.start or line.start >= end]
    others = [
        one for one in sections(after, markup, start_string=start_string) if new.start < one.start < end
    ]
    alone = not others and [line.text for line in was] == [line.text for line in kept]
    return Gained(replace(new, end=end, text=after[new.start : end]) if alone else new, alone)


# Where a section begins and ends.


@dataclass(frozen=True)
class _Marker:
    """Where the words stand behind which towncrier writes; their own newlines are part of them."""

    start: int
    end: int


_USUAL_MARKER = re.compile(r"^.*towncrier release notes start.*(?:\r\n|\r|\n|\Z)", re.MULTILINE)


def _marker(text: str, start_string: str | None) -> _Marker | None:
    words = (start_string or "").rstrip("\n")
    newlines = len(start_string or "") - len(words)
    any_newline = r"(?:\r\n|\r|\n)"
    pattern = any_newline.join(map(re.escape, words.split("\n"))) + any_newline + f"{{0,{newlines}}}"
    match = (re.search(pattern, text) if words else None) or _USUAL_MARKER.search(text)
    return _Marker(*match.span()) if match else None


def _start(text: str, heading: Heading, marker: _Marker | None) -> int:
    """Return where the section of a heading begins: never before the marker."""
    if not marker or marker.end > heading.end or text[marker.end : heading.start].strip():
        return heading.start
    own_newline = _NEWLINE.match(text, marker.end)
    return own_newline.end() if own_newline else marker.end


_VERSION_LINK = re.compile(r"\[(?P<markdown>[^\]]+)\]:\s|\.\. _`?(?P<rst>[^:`]+)`?:\s")
_INCLUDE = re.compile(r"\.\. include::\s")


def _footer(text: str, start: int) -> int:
    """Return where the section ends that nothing follows: before what is for the whole file."""
    end = len(text)
    for line in reversed([line for line in split_lines(text) if line.start >= start]):
        if _is_for_whole_file(line):
            end = line.start
        elif not line.blank:
            break
    return end


def _is_for_whole_file(line: Line) -> bool:
    link = _VERSION_LINK.match(line.text)
    if not link:
        return bool(_INCLUDE.match(line.text))
    label = link["markdown"] or link["rst"]
    return label.lower() == "unreleased" or version_in(label) is not None


# Where a section goes.


def _begins_with(section: str, version: Version, markup: Markup) -> bool:
    found = sections(section, markup)
    return bool(found) and found[0].version == version and not section[: found[0].start].strip(_NOTHING)


def _reads_as(text: str, there: Section, section: str) -> bool:
    """Tell whether a section is there as given; a heading within it may cut short what `there` spans."""
    core = _core(section)
    follows = _core(text[there.start :]).removeprefix(core)[:1]
    return (
        len(_core(there.text)) <= len(core)
        and _core(text[there.start :]).startswith(core)
        and follows in {"", "\n"}
    )


def _place(versions: Sequence[Version], version: Version) -> int:
    """Return which of the sections the new one goes above; at the end: how many there are."""
    if _rises(versions):
        return len(versions) - _place_descending(versions[::-1], version)
    return _place_descending(versions, version)


def _rises(versions: Sequence[Version]) -> bool:
    """Tell whether a file has its oldest release first: within each series, else from line to line."""
    by_series: dict[tuple[int, ...], list[Version]] = {}
    for version in versions:
        by_series.setdefault(version.release[:-1], []).append(version)
    within = [pair for series in by_series.values() for pair in pairwise(series)]
    balances = [
        sum((above < below) - (above > below) for above, below in pairs)
        for pairs in (within, pairwise(versions))
    ]
    return (balances[0] or balances[1]) > 0


def _place_descending(versions: Sequence[Version], version: Version) -> int:
    """Return the place in an order that falls, if not everywhere.

    Where the order leaves one place, that is it. Where older series are strewn among newer ones, maintainers
    keep a series together: above its predecessor in the series, else below its successor there, else above
    the nearest lower version.
    """
    lower = [at for at, other in enumerate(versions) if other < version]
    higher = [at for at, other in enumerate(versions) if other > version]
    if not lower:
        return len(versions)
    if not higher or higher[-1] < lower[0]:
        return lower[0]
    predecessors = [at for at in lower if _is_of_series(versions[at], version)]
    successors = [at for at in higher if _is_of_series(versions[at], version)]
    if successors and not predecessors:
        return min(successors, key=lambda at: (versions[at], -at)) + 1
    return max(predecessors or lower, key=lambda at: (versions[at], -at))


def _is_of_series(other: Version, version: Version) -> bool:
    """Tell whether a version differs from `version` in the last part at most, as 1.24 does from 1.24.3."""
    length = max(len(version.release) - 1, 1)
    padded = other.release + (0,) * length
    return padded[:length] == version.release[:length]


def _offset(text: str, found: Sequence[Section], place: int, version: Version) -> int:
    """Return where a section goes that comes at `place`.

    Where a heading without a version parts the neighbours, it stays with the one that is of its series.
    """
    if not found:
        return len(text)
    if place == len(found):
        return found[-1].end
    above_is_kin = place > 0 and _is_of_series(found[place - 1].version, version)
    if above_is_kin and not _is_of_series(found[place].version, version):
        return found[place - 1].end
    return found[place].start


@dataclass(frozen=True)
class _Page:
    """A changelog that takes a section in."""

    text: str
    found: Sequence[Section]
    marker: _Marker | None
    start_string: str | None

    @property
    def newline(self) -> str:
        windows = self.text.count("\r\n")
        return "\r\n" if windows > self.text.count("\n") - windows else "\n"

    @property
    def is_topped_by_towncrier(self) -> bool:
        """Whether the newest section comes where towncrier writes."""
        if self.marker:
            return not self.found or self.marker.start < self.found[0].start
        return bool(self.found) and not self.text[: self.found[0].start].strip()

    def topped_with(self, section: str) -> str:
        """Return the text with a section as towncrier (26.9) writes it: behind the marker, else on top."""
        head, tail = "", _trimmed_start(self.text)
        if self.marker:
            tail = _trimmed_start(self.text[self.marker.end :])
            head = _trimmed_end(self.text[: self.marker.start]) + self.newline * 2
            head += self.text[self.marker.start : self.marker.end]
            # Whether the usual marker's own newline is part of a project's start string, its text shows.
            if self.start_string is not None or not tail or self.text[self.marker.end :] != tail:
                head += self.newline
            head += self._own(section[: len(section) - len(_trimmed_start(section))])
        return (
            head
            + self._own(_trimmed(section))
            + (self._gap_below(section, 0) + tail if tail else self.newline)
        )

    def with_section(self, section: str, offset: int, place: int) -> str:
        """Return the text with a section at an offset, parted from its neighbours as they are."""
        above, below = self.text[:offset], self.text[offset:]
        body = self._own(_trimmed(section))
        if above.strip(_NOTHING) and (_newlines_at_end(above) <= 1 or not below.strip()):
            above = _trimmed_end(above) + self._gap(place)
        if not below.strip():
            return above + body + (self.text[len(_trimmed_end(self.text)) :] if self.text else self.newline)
        return above + body + self._gap_below(section, place) + below

    def _own(self, text: str) -> str:
        """Return `text` with the newlines of this changelog."""
        return _NEWLINE.sub(self.newline, text.removeprefix(BOM))

    def _gap_below(self, section: str, place: int) -> str:
        """Return what ends a section: its own blank lines, or, if it was its file's last, the usual ones."""
        own = section[len(_trimmed_end(section)) :]
        parted_by_none = any(newlines == 1 for _, newlines in self._gaps(place))
        if _newlines_at_end(own) > 1 or (own and parted_by_none):
            return self._own(own)
        return self._gap(place)

    def _gap(self, place: int) -> str:
        """Return the newlines that part sections near `place`; towncrier's templates leave three."""
        gaps = self._gaps(place)
        return self.newline * (min(gaps)[1] if gaps else 3)

    def _gaps(self, place: int) -> list[tuple[int, int]]:
        """Return how far from `place` sections are parted, and by how many newlines."""
        return [
            (abs(at - place), _newlines_at_end(above.text))
            for at, (above, below) in enumerate(pairwise(self.found), start=1)
            if above.end == below.start
        ]


# Texts without what does not count.

_NOTHING = BOM + " \t\r\n"
_NEWLINE = re.compile(r"\r\n|\r|\n")
_BLANK_START = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*")
_BLANK_END = re.compile(r"(?:(?:\r\n|\r|\n)[ \t]*)*\Z")


def _trimmed_start(text: str) -> str:
    """Return `text` without the blank lines that it begins with."""
    return _BLANK_START.sub("", text, count=1)


def _trimmed_end(text: str) -> str:
    """Return `text` without its last newline, and the blank lines that it ends with."""
    return _BLANK_END.sub("", text, count=1)


def _trimmed(text: str) -> str:
    return _trimmed_start(_trimmed_end(text))


def _core(section: str) -> str:
    r"""Return a section without blank lines around it, its newlines as \n."""
    return _NEWLINE.sub("\n", _trimmed(section.removeprefix(BOM)))


def _cores(section: str) -> tuple[str, str]:
    """Return a section as it reads with either kind of newlines."""
    return _core(section), _core(section).replace("\n", "\r\n")


def _evened(text: str, start_string: str | None) -> str:
    """Return `text` with one blank line above its marker."""
    marker = _marker(text, start_string)
    return _trimmed_end(text[: marker.start]) + "\n\n" + text[marker.start :] if marker else text


def _full_lines(text: str) -> list[Line]:
    return [line for line in split_lines(text) if not line.blank]


def _newlines_at_end(text: str) -> int:
    return len(_NEWLINE.findall(text[len(_trimmed_end(text)) :]))
