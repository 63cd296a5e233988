"""Filters: the patterns for branches, tags and paths in a workflow file, by GitHub's rules.

The rules are from docs.github.com ("Filter pattern cheat sheet"), read in 2026.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

_PIECES = re.compile(r"\*\*/|\*\*|\*|\?|\+|\[[^\]]+\]|\\.|.", re.DOTALL)
# `*` stays within a segment of a path. `**/` also matches no directory at all.
_STARS = {"**/": "(?:.+/)?", "**": ".*", "*": "[^/]*"}
_QUANTIFIERS = {(1, False): "", (0, False): "?", (1, True): "+", (0, True): "*"}


def matches(patterns: str | Sequence[str], name: str) -> bool:
    """Return whether filter patterns accept a name: the last pattern that matches decides, `!` excludes.

    Raise re.error if a pattern has no meaning.
    """
    is_accepted = False
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        excludes = pattern.startswith("!")
        if is_accepted is excludes and _regex(pattern.removeprefix("!")).fullmatch(name):
            is_accepted = not excludes
    return is_accepted


@functools.cache
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_parts(pattern)), re.DOTALL)


def _parts(pattern: str) -> Iterator[str]:
    """Yield the parts of a pattern's regular expression.

    `?` and `+` repeat the character before them. Several of them are combined into one, because Python gives
    `*+` and `??` other meanings.
    """
    part, least, has_more = "", 1, False
    for piece in _PIECES.findall(pattern):
        if part and piece in {"?", "+"}:
            least, has_more = (0, has_more) if piece == "?" else (least, True)
        else:
            yield _repeat(part, least, has_more=has_more)
            part, least, has_more = _STARS.get(piece) or _literal(piece), 1, False
    yield _repeat(part, least, has_more=has_more)


def _repeat(part: str, least: int, *, has_more: bool) -> str:
    # A star repeats already.
    return part if part in _STARS.values() else part + _QUANTIFIERS[least, has_more]


def _literal(piece: str) -> str:
    if piece.startswith("[") and len(piece) > 1:
        # Ranges mean the same in Python. Escape what only Python reads as a set operation.
        inside = re.sub(r"[\[\\&|~^]|-(?=-)", r"\\\g<0>", piece[1:-1])
        return f"[{inside}]"
    return re.escape(piece[1:]) if piece.startswith("\\") and len(piece) > 1 else re.escape(piece)
