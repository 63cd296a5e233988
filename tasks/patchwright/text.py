"""Text from outside, made safe to show: no control characters, no hidden direction changes, no secrets."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from patchwright.masking import hide_secrets

# A longer line is cut where it is shown.
LONGEST_LINE = 5_000
# More of a text is not searched for secrets, and not shown.
LONGEST_TEXT = 1_000_000


def safe_text(text: str) -> str:
    """Return `text` with secrets hidden and every control, format and surrogate character escaped.

    Newlines and tabs stay. Format characters (Unicode category Cf) include the bidirectional controls, which
    can make a line read differently from what it contains.
    """
    hidden = hide_secrets(_end_of(text))
    escaped = _escape(hidden)
    # An escape may complete what looks like a secret.
    return hidden if escaped == hidden else hide_secrets(escaped)


def safe_line(text: str) -> str:
    """Return `text` as `safe_text` does, on one line, and cut if it is very long."""
    return cut(" ".join(safe_text(text).split()))


def safe_lines(text: str) -> list[str]:
    """Return the lines of the output of a program as `safe_text` does. A very long line is cut."""
    text = _end_of(text.replace("\r\n", "\n").replace("\r", "\n"))
    return [cut(line) for line in safe_text(text).split("\n")] if text else []


def safe_rows(rows: Sequence[str]) -> tuple[str, ...]:
    """Return rows as `safe_text` does. A secret may span rows: then the text is split into rows again."""
    shown = [safe_text(row) for row in rows]
    whole = safe_text("\n".join(rows))
    return tuple(cut(row) for row in (shown if "\n".join(shown) == whole else whole.split("\n")))


def escaped_line(text: str) -> str:
    """Return `text` on one line with control characters escaped. Secrets in it are not hidden."""
    return " ".join(_escape(text).split())


def quantity(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or the plural: 1 fragment, 2 fragments, 2 branches."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}es" if noun.endswith(("s", "ch", "sh", "x")) else f"{number} {noun}s"


def _end_of(text: str) -> str:
    """Return the end of a very long text, from the beginning of a line."""
    if len(text) <= LONGEST_TEXT:
        return text
    _, newline, end = text[-LONGEST_TEXT:].partition("\n")
    note = f"[the first {len(text) - len(end):,} characters are not shown]"
    return f"{note}{newline}{end}"


def cut(line: str) -> str:
    """Return a line without what is beyond its longest length."""
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[:LONGEST_LINE]} [{len(line) - LONGEST_LINE:,} more characters]"


def _escape(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape_character(character) for character in text)


def _escape_character(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
