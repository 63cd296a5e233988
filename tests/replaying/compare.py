"""Compare the proposals and the integration of patchwright with the picks of the maintainers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from patchwright.changelogs import sections
from patchwright.halts import Halt
from patchwright.history.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchwright.history.candidate import Candidate
    from patchwright.tools.git import Git
    from replaying.past import Past


@dataclass(frozen=True)
class Verdict:
    """How a part of a replay compares: a word to count by, whether it is as the maintainers had it, and why.

    `counts` is false where there was nothing to compare.
    """

    word: str
    same: bool
    why: str = ""
    counts: bool = True


def picks(past: Past, judged: Sequence[Candidate]) -> Verdict:
    """Compare the proposal with the maintainers' picks."""
    expected = set(past.picks)
    proposed = {one.commit.sha for one in judged if one.verdict == "proposed"}
    unsure = {one.commit.sha for one in judged if one.verdict == "unsure"}
    reasons = {one.commit.sha: one.reason for one in judged}
    more, fewer = sorted(proposed - expected), sorted(expected - proposed)
    why = [f"+{sha[:10]} ({reasons[sha]})" for sha in more]
    why += [f"-{sha[:10]} ({reasons.get(sha, 'it brings no news')})" for sha in fewer]
    if unsure:
        return Verdict("unsure", same=False, why="; ".join([f"{len(unsure)} unsure", *why]))
    if not more and not fewer:
        return Verdict("same", same=True)
    word = "more and fewer" if more and fewer else "more" if more else "fewer"
    return Verdict(word, same=False, why="; ".join(why))


def mainline(git: Git, past: Past, ours: str) -> Verdict:  # noqa: PLR0911  each is a way to differ
    """Compare the mainline's changelog after the integration with what the maintainers left there."""
    version = past.this.version
    if past.integrated is None:
        return Verdict(
            "never integrated", same=True, why="the section never came to the mainline", counts=False
        )
    try:
        mine, theirs, before = (Snapshot(git, sha) for sha in (ours, past.integrated, past.mainline))
        if _lines(mine.changelog) == _lines(theirs.changelog):
            return Verdict("identical", same=True)
        my_order, their_order = (_order(tree) for tree in (mine, theirs))
        if _without(theirs, version) != _without(before, version):
            same = _neighbours(my_order, version) == _neighbours(their_order, version)
            why = "they changed more of the changelog at once"
            return Verdict("same place" if same else "other place", same=same, why=why)
        if my_order != their_order:
            why = f"ours {_around(my_order, version)}, theirs {_around(their_order, version)}"
            return Verdict("other place", same=False, why=why)
    except (Halt, sections.Ambiguous) as problem:
        return Verdict("unreadable", same=False, why=str(problem))
    if _section(mine, version) != _section(theirs, version):
        return Verdict("same place", same=True, why="they worded the section otherwise on the mainline")
    return Verdict("same place", same=True, why="only blank lines differ, or a heading that is no release's")


def _section(tree: Snapshot, version: str) -> list[str]:
    return _lines(tree.section(version) or "")


def _lines(text: str) -> list[str]:
    return [row.rstrip() for row in text.splitlines() if row.strip()]


def _order(tree: Snapshot) -> list[Version]:
    found = sections.find_sections(tree.changelog, tree.markup, start_string=tree.start_string)
    return [one.version for one in found]


def _without(tree: Snapshot, version: str) -> list[str]:
    section = tree.section(version)
    return _lines(tree.changelog.replace(section, "", 1) if section else tree.changelog)


def _neighbours(order: list[Version], version: str) -> tuple[Version | None, Version | None]:
    at = order.index(Version(version))
    return order[at - 1] if at else None, order[at + 1] if at + 1 < len(order) else None


def _around(order: list[Version], version: str) -> str:
    above, below = _neighbours(order, version)
    return f"between {above or 'the top'} and {below or 'the end'}"
