"""The sections of a changelog by version, and the section that a change of the changelog added.

Offsets count characters.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from packaging.version import Version

from patchwright.changelogs.blank_lines import NEWLINE, normalize, trim, trim_end, trim_start
from patchwright.changelogs.headings import Heading, Line, Markup, find_headings, markup_of_file, split_lines
from patchwright.changelogs.titles import names_unreleased, release_headings, version_in


class Ambiguous(ValueError):
    """A changelog has several sections for one version."""


class NotProven(ValueError):
    """A change of a changelog is not the expected one. The message is a sentence with the difference."""


@dataclass(frozen=True)
class Section:
    """The part of a changelog about one release, from the anchors of its heading to the next section.

    towncrier leaves one blank line below its marker. More blank lines there belong to the section, because
    its template begins with them.
    """

    version: Version
    date: dt.date | None
    start: int
    end: int
    heading: str
    text: str


@dataclass(frozen=True)
class Addition:
    """The section that a change added to a changelog, and whether the change did nothing else.

    Different blank lines and newlines do not count: towncrier (26.9) writes a file with CRLF back with LF,
    and changes the blank lines around its marker.
    """

    section: Section
    is_only_change: bool


@dataclass(frozen=True)
class Marker:
    """The place of the text below which towncrier writes. It includes the newlines of the start string."""

    start: int
    end: int


def markup_of(text: str, filename: str = "") -> Markup:
    """Return the markup that a file's name shows, else the markup in which the text has more sections.

    If the sections are equally many, the headings decide: underlined titles are headings in both markups.
    """
    markup = markup_of_file(filename)
    if markup:
        return markup
    markups = (Markup.RST, Markup.MARKDOWN)
    return max(markups, key=lambda one: (len(find_sections(text, one)), len(find_headings(text, one))))


def find_sections(
    text: str, markup: Markup | None = None, *, start_string: str | None = None
) -> list[Section]:
    """Return the sections of releases in a changelog, in the order of the file.

    A section ends at the next heading of its rank or of a higher rank. The last one also ends before lines at
    the end that are for the whole file: links for versions, an included file. A heading above the marker is a
    title of the document. Without `markup`, guess it. Without `start_string`, look for the usual marker.
    """
    markup = markup or markup_of(text)
    marker = find_marker(text, start_string)
    headings = find_headings(text, markup)
    below = [heading for heading in headings if not marker or heading.end > marker.start]
    titles = release_headings(below) or release_headings(headings)
    found = []
    for at, heading in enumerate(headings):
        if heading in titles:
            title = titles[heading]
            ends = (one for one in headings[at + 1 :] if one in titles or one.rank <= heading.rank)
            following = next(ends, None)
            start = _start(text, heading, marker)
            end = following.start if following else _end_of_last(text, heading.end)
            found.append(Section(title.version, title.date, start, end, heading.title, text[start:end]))
    return found


def section_for(
    text: str, version: Version | str, markup: Markup | None = None, *, start_string: str | None = None
) -> Section | None:
    """Return the section for a version, or None. Raise Ambiguous if there are several.

    Versions are compared by PEP 440: 1.24 equals 1.24.0.
    """
    version = Version(str(version))
    same = [one for one in find_sections(text, markup, start_string=start_string) if one.version == version]
    if len(same) > 1:
        titles = ", ".join(repr(one.heading) for one in same)
        raise Ambiguous(f"The changelog has {len(same)} sections for {version}: {titles}.")
    return same[0] if same else None


def find_addition(
    before: str,
    after: str,
    version: Version | str,
    markup: Markup | None = None,
    *,
    start_string: str | None = None,
) -> Addition:
    """Return the section for `version` that `after` has and `before` lacks. Raise NotProven or Ambiguous.

    If nothing else changed, the section is exactly the added text: text that followed before is not part of
    it, even without a heading between the two, and a heading within the added text does not end it.
    """
    version = Version(str(version))
    markup = markup or markup_of(after)
    new = section_for(after, version, markup, start_string=start_string)
    if new is None:
        raise NotProven(f"The changelog has no section for {version}.")
    if any(one.version == version for one in find_sections(before, markup, start_string=start_string)):
        raise NotProven(f"The changelog already had a section for {version}.")
    old_lines, new_lines = _full_lines(before), _full_lines(after)
    above = sum(line.start < new.start for line in new_lines)
    below = len(old_lines) - above
    end = new_lines[-below].start if 0 < below < len(new_lines) else len(after)
    around = [line for line in new_lines if line.start < new.start or line.start >= end]
    others = [
        one for one in find_sections(after, markup, start_string=start_string) if new.start < one.start < end
    ]
    is_only_change = not others and [line.text for line in old_lines] == [line.text for line in around]
    section = replace(new, end=end, text=after[new.start : end]) if is_only_change else new
    return Addition(section, is_only_change)


def require_only_addition(  # noqa: PLR0913  two texts, a section, and how to read them
    before: str,
    after: str,
    section: str,
    version: Version | str,
    markup: Markup | None = None,
    *,
    start_string: str | None = None,
) -> None:
    """Raise NotProven unless `after` is `before` with `section` added once and nothing else changed.

    Blank lines between the section and its neighbours, and around the marker, may differ.
    """
    version = Version(str(version))
    markup = markup or markup_of(after)
    before, after = _with_even_marker(before, start_string), _with_even_marker(after, start_string)
    old = find_sections(before, markup, start_string=start_string)
    found = find_sections(after, markup, start_string=start_string)
    new = [one for one in found if one.version == version]
    if any(one.version == version for one in old):
        raise NotProven(f"The changelog already had a section for {version}.")
    if len(new) != 1:
        raise NotProven(f"The changelog has {len(new)} sections for {version}.")
    if [trim(one.text) for one in old] != [trim(one.text) for one in found if one.version != version]:
        raise NotProven(f"More than the section for {version} changed: other sections changed.")
    start = new[0].end - len(trim_start(new[0].text))
    end = start + _length_at(after, start, section)
    if end == start or after[end : end + 1] not in {"", "\r", "\n"}:
        raise NotProven(f"The section for {version} differs from its source.")
    head, tail = trim_end(after[:start]), trim_start(after[end:])
    between = before[len(head) : len(before) - len(tail)]
    if not before.startswith(head) or before != head + between + tail or between.strip():
        raise NotProven(f"More than the section for {version} changed: the text outside of sections changed.")


def find_unreleased(text: str, markup: Markup, found: Sequence[Section], marker: Marker | None) -> int | None:
    """Return where the part about what is not released yet ends, or None if no such part is on top.

    It is below the marker, if any, and above the first section. It begins with a heading such as `Unreleased`
    or `Next`, and ends at the next heading of its rank or of a higher rank.
    """
    headings = find_headings(text, markup)
    first = found[0].start if found else len(text)
    above = marker.end if marker else 0
    opening = next((one for one in headings if above <= one.end <= first and names_unreleased(one)), None)
    if opening is None:
        return None
    ends = (one.start for one in headings if one.start > opening.start and one.rank <= opening.rank)
    end = next(ends, None)
    return min(first, _end_of_last(text, opening.end) if end is None else end)


def find_marker(text: str, start_string: str | None) -> Marker | None:
    """Return the place of a start string, with any kind of newlines, else that of the usual marker."""
    words = (start_string or "").rstrip("\n")
    newlines = len(start_string or "") - len(words)
    any_newline = r"(?:\r\n|\r|\n)"
    pattern = any_newline.join(map(re.escape, words.split("\n"))) + any_newline + f"{{0,{newlines}}}"
    match = (re.search(pattern, text) if words else None) or _USUAL_MARKER.search(text)
    return Marker(*match.span()) if match else None


_USUAL_MARKER = re.compile(r"^.*towncrier release notes start.*(?:\r\n|\r|\n|\Z)", re.MULTILINE)
_VERSION_LINK = re.compile(r"\[(?P<markdown>[^\]]+)\]:\s|\.\. _`?(?P<rst>[^:`]+)`?:\s")
_INCLUDE = re.compile(r"\.\. include::\s")


def _start(text: str, heading: Heading, marker: Marker | None) -> int:
    """Return where the section of a heading begins, never before the marker."""
    if not marker or marker.end > heading.end or text[marker.end : heading.start].strip():
        return heading.start
    newline = NEWLINE.match(text, marker.end)
    return newline.end() if newline else marker.end


def _end_of_last(text: str, start: int) -> int:
    """Return where the last section ends: before the lines that are for the whole file."""
    end = len(text)
    for line in reversed([line for line in split_lines(text) if line.start >= start]):
        if _is_for_whole_file(line):
            end = line.start
        elif not line.is_blank:
            break
    return end


def _is_for_whole_file(line: Line) -> bool:
    link = _VERSION_LINK.match(line.text)
    if not link:
        return bool(_INCLUDE.match(line.text))
    label = link["markdown"] or link["rst"]
    return label.lower() == "unreleased" or version_in(label) is not None


def _length_at(text: str, start: int, section: str) -> int:
    """Return the length of a section at an offset, with either kind of newlines, or 0 if it is not there."""
    unix = normalize(section)
    return next((len(one) for one in (unix, unix.replace("\n", "\r\n")) if text.startswith(one, start)), 0)


def _with_even_marker(text: str, start_string: str | None) -> str:
    """Return a text with one blank line above its marker."""
    marker = find_marker(text, start_string)
    return trim_end(text[: marker.start]) + "\n\n" + text[marker.start :] if marker else text


def _full_lines(text: str) -> list[Line]:
    return [line for line in split_lines(text) if not line.is_blank]
