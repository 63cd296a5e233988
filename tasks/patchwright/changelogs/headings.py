"""The headings of a reStructuredText or Markdown text, with their exact offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from pathlib import PurePosixPath

from markdown_it import MarkdownIt


class Markup(Enum):
    """The two markup languages in which towncrier writes."""

    RST = "reStructuredText"
    MARKDOWN = "Markdown"


@dataclass(frozen=True)
class Heading:
    """A heading. `rank` 1 is the highest.

    `start` and `end` are offsets in characters: from its first line, which may be an anchor or an overline,
    to the end of its last line, including the newline.
    """

    title: str
    rank: int
    start: int
    end: int


@dataclass(frozen=True)
class Line:
    """A line and its offsets. `text` is without the newline; `end` is after it."""

    text: str
    start: int
    end: int

    @property
    def is_blank(self) -> bool:
        """Whether the line is empty or white space only."""
        return not self.text.strip()


def markup_of_file(filename: str) -> Markup | None:
    """Return the markup that a file's suffix means, or None for others (`NEWS`, `CHANGES.txt`)."""
    return _SUFFIXES.get(PurePosixPath(filename).suffix.lower())


def find_headings(text: str, markup: Markup) -> list[Heading]:
    """Return the headings of a text, in order, but not those in code, comments and lists."""
    lines = list(split_lines(text))
    return _find_markdown(text, lines) if markup is Markup.MARKDOWN else _find_rst(lines)


def split_lines(text: str) -> Iterator[Line]:
    r"""Yield the lines of a text, split only at \n, \r\n and \r: str.splitlines also splits at form feeds."""
    start = len(BOM) if text.startswith(BOM) else 0
    for match in _LINE.finditer(text, start):
        if match.group():
            yield Line(match["text"], match.start(), match.end())


BOM = "\ufeff"
_SUFFIXES = {
    ".rst": Markup.RST,
    ".rest": Markup.RST,
    ".md": Markup.MARKDOWN,
    ".markdown": Markup.MARKDOWN,
    ".mdx": Markup.MARKDOWN,
}
_LINE = re.compile(r"(?P<text>[^\r\n]*)(?:\r\n|\r|\n|\Z)")

# In reStructuredText (docutils 0.22), a title has a line of one repeated ASCII punctuation character.
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*")
_NO_TITLE = re.compile(r"\s|\.\.(?:\s|$)|[-*+•]\s")
_SHORT = 4  # an underline may be shorter than its title if it has four characters

# An anchor belongs to the heading below it, even across a blank line. A comment must be directly above it.
_RST_ANCHOR = re.compile(r"\.\. _[^_].*:\s*|\.\. (?:rst-)?class::.*")
_RST_COMMENT = re.compile(r"\.\. (?!\[|_|\|)(?!.*::).*")
_MARKDOWN_ANCHOR = re.compile(
    r"<a\s[^>]*(?:/>|>\s*</a>)\s*"  # HTML
    r"|\([^()]+\)=\s*"  # MyST
    r"|\[\]\(\)\s*\{[^}]*\}\s*"  # mkdocs-autorefs
)
_MARKDOWN_COMMENT = re.compile(r"<!--.*-->\s*")
_FRONT_MATTER_KEY = re.compile(r"[\w-]+\s*:")


def _find_rst(lines: list[Line]) -> list[Heading]:
    found: list[Heading] = []
    styles: list[tuple[str, bool]] = []
    at = 0
    while at < len(lines):
        size = _rst_title(lines, at)
        if not size:
            at += 1
            continue
        overlined = size == len(("overline", "title", "underline"))
        style = (lines[at + size - 1].text[0], overlined)
        if style not in styles:
            styles.append(style)
        found.append(
            Heading(
                title=lines[at + overlined].text.strip(),
                rank=styles.index(style) + 1,
                start=_lead(lines, at, _RST_ANCHOR, _RST_COMMENT),
                end=lines[at + size - 1].end,
            )
        )
        at += size
    return found


def _rst_title(lines: list[Line], at: int) -> int:
    """Return the number of lines of the title at a line, or 0 if no title begins there."""
    first, second, third = (lines[at + n].text if at + n < len(lines) else "" for n in range(3))
    if _ADORNMENT.fullmatch(first):
        matching = second.strip() and not _ADORNMENT.fullmatch(second) and third.rstrip() == first.rstrip()
        return 3 if matching and len(first.rstrip()) > 1 else 0
    underline = second.rstrip()
    if not first.strip() or _NO_TITLE.match(first) or not _ADORNMENT.fullmatch(second):
        return 0
    if len(underline) < min(len(first.rstrip()), _SHORT) or _continues_paragraph(lines, at):
        return 0
    return 2


def _continues_paragraph(lines: list[Line], at: int) -> bool:
    above = lines[at - 1].text if at else ""
    return bool(above.strip()) and not _NO_TITLE.match(above) and not _ADORNMENT.fullmatch(above)


def _find_markdown(text: str, lines: list[Line]) -> list[Heading]:
    body = _without_front_matter(lines)
    # Headings need the block structure only, so inline markup stays as it is.
    tokens = MarkdownIt("commonmark").disable("inline").parse("\n".join(body))
    found = []
    for opening, content in pairwise(tokens):
        if opening.type != "heading_open" or opening.level or not opening.map:
            continue
        first, behind = opening.map
        found.append(
            Heading(
                title=content.content.strip(),
                rank=int(opening.tag.removeprefix("h")),
                start=_lead(lines, first, _MARKDOWN_ANCHOR, _MARKDOWN_COMMENT),
                end=lines[behind - 1].end if behind <= len(lines) else len(text),
            )
        )
    return found


def _without_front_matter(lines: list[Line]) -> list[str]:
    texts = [line.text for line in lines]
    if len(texts) > 1 and texts[0].rstrip() == "---" and _FRONT_MATTER_KEY.match(texts[1]):
        for at, line in enumerate(texts[1:], start=1):
            if line.rstrip() in {"---", "..."}:
                return [""] * (at + 1) + texts[at + 1 :]
    return texts


def _lead(lines: list[Line], at: int, anchor: re.Pattern[str], comment: re.Pattern[str]) -> int:
    """Return the offset at which the anchors and comments of the heading at a line begin."""
    first = at
    above = at - 1
    while above >= 0:
        line = lines[above]
        if anchor.fullmatch(line.text) or (comment.fullmatch(line.text) and above == first - 1):
            first = above
        elif not line.is_blank or above < first - 1:
            break
        above -= 1
    return lines[first].start
