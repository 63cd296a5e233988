r"""Blank lines and newlines: texts without the blank lines around them, with \n or \r\n."""

from __future__ import annotations

import re

from patchwright.changelogs.headings import BOM

NEWLINE = re.compile(r"\r\n|\r|\n")
# Characters that leave a text empty.
BLANK = BOM + " \t\r\n"
_BLANK_START = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*")
_BLANK_END = re.compile(r"(?:(?:\r\n|\r|\n)[ \t]*)*\Z")


def trim(text: str) -> str:
    """Return a text without blank lines at its start and end, and without its last newline."""
    return trim_start(trim_end(text))


def trim_start(text: str) -> str:
    """Return a text without the blank lines at its start."""
    return _BLANK_START.sub("", text, count=1)


def trim_end(text: str) -> str:
    """Return a text without its last newline and the blank lines at its end."""
    return _BLANK_END.sub("", text, count=1)


def normalize(section: str) -> str:
    r"""Return a section without blank lines around it, with \n as its newlines."""
    return NEWLINE.sub("\n", trim(section.removeprefix(BOM)))


def count_newlines_at_end(text: str) -> int:
    """Return how many newlines end a text, with any blank lines between them."""
    return len(NEWLINE.findall(text[len(trim_end(text)) :]))
