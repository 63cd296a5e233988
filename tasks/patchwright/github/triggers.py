"""Whether a push can start a workflow: markers in the message, triggers and filters in the workflow file.

The rules are those of docs.github.com ("Skipping workflow runs", "Workflow syntax"), seen in 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_MARKERS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
_TRAILER = re.compile(r"^skip-checks:\s*true\s*\Z", re.MULTILINE)
_PIECES = re.compile(r"\*\*|\*|\?|\+|\[[^\]]+\]|\\.|.", re.DOTALL)
_MEANING = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+"}


def skip_marker(message: str) -> str | None:
    """Return what in a commit's message keeps pushes of it from starting runs."""
    found = [marker for marker in _MARKERS if marker in message.lower()]
    trailer = _TRAILER.search(message)
    return found[0] if found else trailer[0].strip() if trailer else None


def why_not_triggered(text: str, ref: str, *, is_tag: bool) -> str | None:
    """Return why a push of this branch or tag does not start the workflow of this file, None if it does."""
    import yaml  # noqa: PLC0415  the markers above are asked for without it

    try:
        # All scalars stay text: YAML 1.1 reads the key `on` as true.
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  it makes nothing but text, lists and dicts
    except yaml.YAMLError as error:
        return f"is no YAML ({error})"
    triggers = triggers_of(content.get("on")) if isinstance(content, Mapping) else {}
    if not triggers:
        return "has no `on`"
    if "push" not in triggers:
        return f"is not started by pushes, only by {', '.join(triggers)}"
    kind = "tag" if is_tag else "branch"
    if lets_through(triggers["push"], kind, ref):
        return None
    return f"is not started by a push of the {kind} {ref}: its `on: push` is {triggers['push']}"


def matches(patterns: str | Sequence[str], name: str) -> bool:
    """Whether filter patterns let a name through: the last one that matches decides, `!` excludes."""
    through = False
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        excludes = pattern.startswith("!")
        if through is excludes and _regex(pattern.removeprefix("!")).fullmatch(name):
            through = not excludes
    return through


def triggers_of(on: Any) -> dict[str, Any]:  # noqa: ANN401  YAML has text, a list or a mapping here
    """Return the events that a workflow file's `on` names, with their filters."""
    if isinstance(on, str):
        return {on: None}
    return dict(on) if isinstance(on, Mapping) else dict.fromkeys(on or ())


def lets_through(filters: Any, kind: str, ref: str) -> bool:  # noqa: ANN401  YAML has text or a mapping here
    """Whether filters of `on: push` let a push of this `branch` or `tag` through; paths are not looked at."""
    if not isinstance(filters, Mapping):
        return True
    these, those = ("tags", "branches") if kind == "tag" else ("branches", "tags")
    try:
        if these in filters:
            return matches(filters[these], ref)
        if f"{these}-ignore" in filters:
            return not matches(filters[f"{these}-ignore"], ref)
    except re.error:
        return True
    # A filter for the other kind of ref alone excludes this kind.
    return not (those in filters or f"{those}-ignore" in filters)


def _regex(pattern: str) -> re.Pattern[str]:
    """`*` stays within a path segment, `**` does not; `?` and `+` repeat what stands before them."""
    return re.compile("".join(_MEANING.get(piece) or _literal(piece) for piece in _PIECES.findall(pattern)))


def _literal(piece: str) -> str:
    if piece.startswith("[") and len(piece) > 1:
        # Ranges mean the same; what only Python reads as an operation on sets does not.
        inside = re.sub(r"[\[\\&|~]|-(?=-)", r"\\\g<0>", piece[1:-1])
        return f"[{inside}]"
    return piece if piece.startswith("\\") and len(piece) > 1 else re.escape(piece)
