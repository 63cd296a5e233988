"""Text from outside, made safe to show: no control characters, no direction tricks, no secrets."""

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
# Variables of the environment whose values are nobody else's business, by the ends of their names.
_SECRET_VARIABLES = ("TOKEN", "PASSWORD", "PASSPHRASE", "SECRET", "API_KEY", "_AUTH", "_PAT")
# What is shorter hides nothing, and would be found within other words.
_SHORTEST = 6
HIDDEN = "***"


def plain(text: str) -> str:
    """Return `text` with secrets hidden and every control, format and surrogate character escaped.

    Newlines and tabs stay. Format characters (Unicode category Cf) hold the bidirectional controls, which can
    make a line read otherwise than it is.
    """
    return "".join(_shown(character) for character in without_secrets(text))


def line(text: str) -> str:
    """Return `text` made safe as `plain` does, on one line."""
    return " ".join(plain(text).split())


def without_secrets(text: str) -> str:
    """Return `text` with tokens, credentials of URLs and secrets of the environment replaced by `***`."""
    for name, value in os.environ.items():
        if name.upper().endswith(_SECRET_VARIABLES) and len(value) >= _SHORTEST:
            text = text.replace(value, HIDDEN)
    return _SECRETS.sub(HIDDEN, text)


def _shown(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
