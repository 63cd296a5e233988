"""Documents: the values of TOML and JSON files by their keys, and where a value is in the text."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any

Key = tuple[str | int, ...]

# What the string literals of each format look like. A candidate counts only if the parser agrees.
_TOML_STRING = re.compile(
    r"\"\"\"(?:\\.|[^\\])*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'", re.DOTALL
)
_JSON_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"")
_MARK = "patchwright: here"


def parse_document(path: str, text: str) -> Any | None:  # noqa: ANN401  what a file of any shape holds
    """Return the content of a TOML or JSON file, or None if its name or its text is neither.

    A lock file may be either.
    """
    for suffixes, parse in _PARSERS:
        if path.endswith(suffixes):
            try:
                return parse(text.removeprefix("\ufeff"))
            except (ValueError, RecursionError):
                continue
    return None


_PARSERS: tuple[tuple[tuple[str, ...], Callable[[str], Any]], ...] = (
    ((".toml", ".lock"), tomllib.loads),
    ((".json", ".lock"), json.loads),
)


def leaves(document: Any, key: Key = ()) -> dict[Key, Any]:  # noqa: ANN401  as above
    """Return every value that holds no other values, by its key. The items of a list have indexes."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(document, dict):
        items = list(document.items())
    elif isinstance(document, list):
        items = list(enumerate(document))
    if not items:
        return {key: document}
    found: dict[Key, Any] = {}
    for name, value in items:
        found.update(leaves(value, (*key, name)))
    return found


def value_at(document: Any, key: Key) -> Any:  # noqa: ANN401  as above
    """Return the value at a key of a document, or None."""
    for name in key:
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list) and isinstance(name, int) and name < len(document):
            document = document[name]
        else:
            return None
    return document


def find_literal(path: str, text: str, key: Key) -> tuple[int, int] | None:
    """Return where the text has the string literal of a key's value, with its quotes, or None.

    Each literal with this value is replaced in turn, until the parser finds the replacement at the key. A
    value that is escaped is not found.
    """
    value = value_at(parse_document(path, text), key)
    if not isinstance(value, str):
        return None
    pattern = _JSON_STRING if path.endswith(".json") else _TOML_STRING
    for found in pattern.finditer(text):
        changed = f'{text[: found.start()]}"{_MARK}"{text[found.end() :]}'
        if found[0].strip("\"'") == value and value_at(parse_document(path, changed), key) == _MARK:
            return found.span()
    return None
