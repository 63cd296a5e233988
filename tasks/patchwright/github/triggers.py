"""Triggers: find out whether a push starts a workflow, from the commit message and the workflow file.

The rules are from docs.github.com ("Skipping workflow runs", "Workflow syntax"), read in 2026.
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
    """Return the marker in a commit message that keeps a push from starting runs, or None."""
    markers = [marker for marker in _MARKERS if marker in message.lower()]
    trailer = _TRAILER.search(message)
    return markers[0] if markers else trailer[0].strip() if trailer else None


def why_not_triggered(text: str, ref: str, *, is_tag: bool) -> str | None:
    """Return why a push of this branch or tag does not start the workflow, or None if it does.

    The reason is the end of a sentence that begins with the path of the workflow file.
    """
    import yaml  # noqa: PLC0415  it is slow to load, and every preflight needs only `skip_marker`

    try:
        # All scalars stay text: YAML 1.1 reads the key `on` as true.
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  it creates only texts, lists and dicts
    except yaml.YAMLError as error:
        return f"is not valid YAML ({error})"
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
    """Return whether filter patterns accept a name: the last pattern that matches decides, `!` excludes."""
    is_accepted = False
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        excludes = pattern.startswith("!")
        if is_accepted is excludes and _regex(pattern.removeprefix("!")).fullmatch(name):
            is_accepted = not excludes
    return is_accepted


def triggers_of(on: Any) -> dict[str, Any]:  # noqa: ANN401  YAML has text, a list or a mapping here
    """Return the events in `on` of a workflow file, with their filters."""
    if isinstance(on, str):
        return {on: None}
    return dict(on) if isinstance(on, Mapping) else dict.fromkeys(on or ())


def lets_through(filters: Any, kind: str, ref: str) -> bool:  # noqa: ANN401  YAML has text or a mapping here
    """Return whether the filters of `on: push` accept a push of a ref; `kind` is `branch` or `tag`.

    Filters by path are ignored.
    """
    if not isinstance(filters, Mapping):
        return True
    own, other = ("tags", "branches") if kind == "tag" else ("branches", "tags")
    try:
        if own in filters:
            return matches(filters[own], ref)
        if f"{own}-ignore" in filters:
            return not matches(filters[f"{own}-ignore"], ref)
    except re.error:
        return True
    # If only the other kind of ref has a filter, no ref of this kind is accepted.
    return not (other in filters or f"{other}-ignore" in filters)


def _regex(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a filter pattern.

    `*` matches within a path segment, `**` across segments; `?` and `+` repeat the character before them.
    """
    return re.compile("".join(_MEANING.get(piece) or _literal(piece) for piece in _PIECES.findall(pattern)))


def _literal(piece: str) -> str:
    if piece.startswith("[") and len(piece) > 1:
        # Ranges mean the same in Python. Escape what only Python reads as a set operation.
        inside = re.sub(r"[\[\\&|~]|-(?=-)", r"\\\g<0>", piece[1:-1])
        return f"[{inside}]"
    return piece if piece.startswith("\\") and len(piece) > 1 else re.escape(piece)
