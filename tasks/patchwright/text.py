"""Text from outside, made safe to show: no control characters, no hidden direction changes, no secrets."""

from __future__ import annotations

import os
import re
import unicodedata

_SECRETS = re.compile(
    r"""
      (?<=://)[^/\s]+(?=@)                            # credentials in a URL, which may hold an @
    | (?<=[?&]access_token=)[^&\s]+
    | (?<=[?&]token=)[^&\s]+
    | gh[oprsu]_[A-Za-z0-9]{16,}                      # GitHub's forms of tokens
    | github_pat_[A-Za-z0-9_]{16,}
    | pypi-[A-Za-z0-9_-]{16,}
    | (?<=authorization:)[^\n]+                       # an HTTP header
    """,
    re.VERBOSE | re.IGNORECASE,
)
# An environment variable is secret if its name ends in one of these.
_SECRET_SUFFIXES = ("TOKEN", "PASSWORD", "PASSPHRASE", "SECRET", "API_KEY", "_AUTH", "_PAT")
# A shorter value protects nothing, and would be found within other words.
_SHORTEST_SECRET = 6
HIDDEN = "***"


def safe_text(text: str) -> str:
    """Return `text` with secrets hidden and every control, format and surrogate character escaped.

    Newlines and tabs stay. Format characters (Unicode category Cf) include the bidirectional controls, which
    can make a line read differently from what it contains.
    """
    return "".join(_escape(character) for character in hide_secrets(text))


def safe_line(text: str) -> str:
    """Return `text` as `safe_text` does, on one line."""
    return " ".join(safe_text(text).split())


def hide_secrets(text: str) -> str:
    """Return `text` with tokens, credentials in URLs and secrets of the environment replaced by `***`."""
    for name, value in os.environ.items():
        if name.upper().endswith(_SECRET_SUFFIXES) and len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, HIDDEN)
    return _SECRETS.sub(HIDDEN, text)


def quantity(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or the plural: 1 fragment, 2 fragments, 2 branches."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}es" if noun.endswith(("s", "ch", "sh", "x")) else f"{number} {noun}s"


def _escape(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
