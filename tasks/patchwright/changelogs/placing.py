"""Where a section belongs in a changelog, and its insertion there. Everything else stays byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from packaging.version import Version

from patchwright.changelogs.blank_lines import (
    BLANK,
    NEWLINE,
    count_newlines_at_end,
    normalize,
    trim,
    trim_end,
    trim_start,
)
from patchwright.changelogs.headings import BOM, Markup
from patchwright.changelogs.sections import (
    Marker,
    Section,
    find_marker,
    find_sections,
    find_unreleased,
    markup_of,
    section_for,
)


class Unplaceable(ValueError):
    """A section can't be inserted into a changelog. The message is a sentence with the reason."""


def insert_section(
    text: str,
    section: str,
    version: Version | str,
    markup: Markup | None = None,
    *,
    start_string: str | None = None,
) -> str:
    """Return a changelog with a section of another changelog inserted where its version belongs.

    The newest version comes where towncrier would write it: below the marker, with the blank lines of
    towncrier; but below what is not released yet (`Unreleased`, `Next`). Every other version comes above the
    section that follows it in the order of the file. If the changelog already has the section, return it
    unchanged. Raise Unplaceable.
    """
    version = Version(str(version))
    markup = markup or markup_of(text + "\n\n" + section)
    if not _begins_with(section, version, markup):
        raise Unplaceable(f"The text to insert does not begin with a section for {version}.")
    found = find_sections(text, markup, start_string=start_string)
    same = [one for one in found if one.version == version]
    if len(same) == 1 and _equals(text, same[0], section):
        return text
    if same:
        raise Unplaceable(f"The changelog already has another section for {version}.")
    place = _place([one.version for one in found], version)
    marker = find_marker(text, start_string)
    page = _Page(text, found, marker, start_string)
    unreleased = find_unreleased(text, markup, found, marker) if place == 0 else None
    if unreleased is not None:
        return page.with_section(section, unreleased, place)
    if place == 0 and page.newest_is_on_top:
        return page.with_newest(section)
    return page.with_section(section, _offset(text, found, place, version), place)


def remove_section(
    text: str, version: Version | str, markup: Markup | None = None, *, start_string: str | None = None
) -> str:
    """Return a changelog without the section for a version, and otherwise unchanged."""
    found = section_for(text, version, markup, start_string=start_string)
    return text[: found.start] + text[found.end :] if found else text


def _begins_with(section: str, version: Version, markup: Markup) -> bool:
    found = find_sections(section, markup)
    return bool(found) and found[0].version == version and not section[: found[0].start].strip(BLANK)


def _equals(text: str, present: Section, section: str) -> bool:
    """Return whether a present section equals another. A heading within it may end `present` too early."""
    normal, below = normalize(section), normalize(text[present.start :])
    following = below.removeprefix(normal)[:1]
    return (
        len(normalize(present.text)) <= len(normal) and below.startswith(normal) and following in {"", "\n"}
    )


def _place(versions: Sequence[Version], version: Version) -> int:
    """Return the index of the section above which the new one belongs; at the end, the number of sections."""
    if _is_ascending(versions):
        return len(versions) - _place_descending(versions[::-1], version)
    return _place_descending(versions, version)


def _is_ascending(versions: Sequence[Version]) -> bool:
    """Return whether a file has its oldest release first: within each series, else between neighbours."""
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
    """Return the place in an order that mostly descends.

    If the order allows one place only, return it. If older series are mixed with newer ones, keep a series
    together: above the predecessor in the series, else below the successor in the series, else above the
    nearest lower version.
    """
    lower = [at for at, other in enumerate(versions) if other < version]
    higher = [at for at, other in enumerate(versions) if other > version]
    if not lower:
        return len(versions)
    if not higher or higher[-1] < lower[0]:
        return lower[0]
    predecessors = [at for at in lower if _is_same_series(versions[at], version)]
    successors = [at for at in higher if _is_same_series(versions[at], version)]
    if successors and not predecessors:
        return min(successors, key=lambda at: (versions[at], -at)) + 1
    return max(predecessors or lower, key=lambda at: (versions[at], -at))


def _is_same_series(other: Version, version: Version) -> bool:
    """Return whether two versions differ only in the last part, as 1.24 and 1.24.3 do."""
    length = max(len(version.release) - 1, 1)
    padded = other.release + (0,) * length
    return padded[:length] == version.release[:length]


def _offset(text: str, found: Sequence[Section], place: int, version: Version) -> int:
    """Return the offset of a section at a place.

    If a heading without a version separates the neighbours, the section stays with the one of its series.
    """
    if not found:
        return len(text)
    if place == len(found):
        return found[-1].end
    follows_series = place > 0 and _is_same_series(found[place - 1].version, version)
    if follows_series and not _is_same_series(found[place].version, version):
        return found[place - 1].end
    return found[place].start


@dataclass(frozen=True)
class _Page:
    """A changelog into which a section is inserted."""

    text: str
    found: Sequence[Section]
    marker: Marker | None
    start_string: str | None

    @property
    def newline(self) -> str:
        windows = self.text.count("\r\n")
        return "\r\n" if windows > self.text.count("\n") - windows else "\n"

    @property
    def newest_is_on_top(self) -> bool:
        """Whether the newest section belongs where towncrier writes."""
        if self.marker:
            return not self.found or self.marker.start < self.found[0].start
        return bool(self.found) and not self.text[: self.found[0].start].strip()

    def with_newest(self, section: str) -> str:
        """Return the text with a section where towncrier (26.9) writes it: below the marker, else on top."""
        head, tail = "", trim_start(self.text)
        if self.marker:
            tail = trim_start(self.text[self.marker.end :])
            head = trim_end(self.text[: self.marker.start])
            gap = self.text[len(head) : self.marker.start]
            is_usual = count_newlines_at_end(gap) == 2 and not gap.strip("\r\n")  # noqa: PLR2004  one blank line
            head += gap if is_usual else self.newline * 2
            head += self.text[self.marker.start : self.marker.end]
            # The newline of the usual marker may be part of a project's start string. The text shows it.
            if self.start_string is not None or not tail or self.text[self.marker.end :] != tail:
                head += self.newline
            head += self._convert(section[: len(section) - len(trim_start(section))])
        return (
            head
            + self._convert(trim(section))
            + (self._gap_below(section, 0) + tail if tail else self.newline)
        )

    def with_section(self, section: str, offset: int, place: int) -> str:
        """Return the text with a section at an offset, with the usual blank lines around it."""
        above, below = self.text[:offset], self.text[offset:]
        body = self._convert(trim(section))
        if above.strip(BLANK) and (count_newlines_at_end(above) <= 1 or not below.strip()):
            above = trim_end(above) + self._gap(place)
        if not below.strip():
            return above + body + (self.text[len(trim_end(self.text)) :] if self.text else self.newline)
        return above + body + self._gap_below(section, place) + below

    def _convert(self, text: str) -> str:
        """Return a text with the newlines of this changelog."""
        return NEWLINE.sub(self.newline, text.removeprefix(BOM))

    def _gap_below(self, section: str, place: int) -> str:
        """Return the newlines below a section: its own, or the usual ones if it was the last of its file."""
        own = section[len(trim_end(section)) :]
        some_have_no_blank_line = any(newlines == 1 for _, newlines in self._gaps(place))
        if count_newlines_at_end(own) > 1 or (own and some_have_no_blank_line):
            return self._convert(own)
        return self._gap(place)

    def _gap(self, place: int) -> str:
        """Return the newlines between the sections near a place, or three as in towncrier's templates."""
        gaps = self._gaps(place)
        return self.newline * (min(gaps)[1] if gaps else 3)

    def _gaps(self, place: int) -> list[tuple[int, int]]:
        """Return the distance from a place and the number of newlines of each gap between sections."""
        return [
            (abs(at - place), count_newlines_at_end(above.text))
            for at, (above, below) in enumerate(pairwise(self.found), start=1)
            if above.end == below.start
        ]
