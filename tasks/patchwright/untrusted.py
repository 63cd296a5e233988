"""Text from outside, made safe to show: no control characters, no direction tricks, no secrets."""

from __future__ import annotations

import os
import re
import unicodedata

_SECRETS = re.compile(
    r"""
      (?P<url>(?<=://)[^/\s@'"]+(?=@))                # credentials in a URL
    | gh[oprsu]_[A-Za-z0-9]{16,}                      # GitHub's token formats
    | github_pat_[A-Za-z0-9_]{16,}
    | (?<=authorization:)\s*\S+(?:\s+\S+)?            # an HTTP header
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SECRET_VARIABLES = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
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
    """Return `text` with tokens and the credentials of URLs replaced by `***`."""
    for name in _SECRET_VARIABLES:
        value = os.environ.get(name)
        if value:
            text = text.replace(value, HIDDEN)
    return _SECRETS.sub(HIDDEN, text)


def _shown(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
