"""Answers: those of git that never change, because the question names every object in full."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

T = TypeVar("T")
# One full object name: negated, its n-th parent, its tree, a path in it; or a range of two names.
_FULL_NAME = re.compile(
    r"\^?[0-9a-f]{40}(?:\^\d|\^\{tree\}|:.*)?(?:\.\.\.?[0-9a-f]{40})?", re.ASCII | re.DOTALL
)


class Answers:
    """The answers so far. A key is the kind of the question, then the objects and options that it names."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Any] = {}

    def once(self, key: tuple[str, ...], answer: Callable[[], T]) -> T:
        """Return an answer. Ask only once if the key names every object in full: the answer never changes.

        Two threads may both ask. They get the same answer.
        """
        if not _is_lasting(key):
            return answer()
        if key not in self._known:
            self._known[key] = answer()
        return cast("T", self._known[key])

    def once_found(self, key: tuple[str, ...], answer: Callable[[], T | None]) -> T | None:
        """Return an answer as `once` does, but ask again if it is None: a missing object may be fetched."""
        found = cast("T | None", self._known.get(key))
        if found is None:
            found = answer()
            if found is not None and _is_lasting(key):
                self._known[key] = found
        return found


def is_full_name(word: str) -> bool:
    """Return whether a word names objects in full, so that no ref and no abbreviation decides."""
    return _FULL_NAME.fullmatch(word) is not None


def _is_lasting(key: tuple[str, ...]) -> bool:
    return all(map(is_full_name, _revisions(key)))


def _revisions(key: tuple[str, ...]) -> Iterator[str]:
    """Yield the words of a command that name objects."""
    for word in key[1:]:
        if word == "--":
            return
        if not word.startswith("-"):
            yield word
