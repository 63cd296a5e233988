"""Blank lines around a text are trimmed, and newlines are normalized."""

from __future__ import annotations

import pytest

from patchwright.changelogs.blank_lines import count_newlines_at_end, normalize, trim, trim_end, trim_start


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_blank_lines_are_trimmed_with_any_kind_of_newlines(newline: str) -> None:
    text = " \n\n  one\n\ntwo  \n\t\n\n".replace("\n", newline)
    body = "  one\n\ntwo  ".replace("\n", newline)
    assert trim_start(text) == body + "\n\t\n\n".replace("\n", newline)
    assert trim_end(text) == " \n\n".replace("\n", newline) + body
    assert trim(text) == body


def test_a_text_without_blank_lines_stays_unchanged() -> None:
    assert trim("  one\ntwo  ") == "  one\ntwo  "
    assert trim("") == ""


def test_a_normalized_section_has_unix_newlines_and_no_byte_order_mark() -> None:
    assert normalize("\ufeff\r\none\r\n\r\ntwo\rthree\n\n") == "one\n\ntwo\nthree"


@pytest.mark.parametrize(("text", "count"), [("one", 0), ("one\n", 1), ("one\r\n \r\n", 2), ("\n\n", 2)])
def test_newlines_at_the_end_are_counted(text: str, count: int) -> None:
    assert count_newlines_at_end(text) == count
