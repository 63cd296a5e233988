"""Leftovers: what of a change a commit lacks, by what picking the change onto it would do, hunk by hunk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit

# The lines that git writes around a conflict and between its sides (git 2.39).
_OURS, _BETWEEN, _THEIRS = "<<<<<<< ", "=======", ">>>>>>> "


@dataclass(frozen=True)
class Leftovers:
    """What picking a change onto a commit would do.

    `changing` are the paths in which a part of it applies and would change something. `conflicts` has the
    hunks that conflict, by path: both sides as one text.
    """

    changing: frozenset[str]
    conflicts: Mapping[str, frozenset[str]]

    def hunks(self, path: str) -> frozenset[str]:
        """Return the hunks that conflict in a path. A binary file and a deleted one have none."""
        return self.conflicts.get(path, frozenset())


def find_leftovers(git: Git, change: Commit, onto: str) -> Leftovers:
    """Return what a commit lacks of a change. Only objects are written."""
    picked, paths = git.simulate_pick(change, onto)
    texts = git.texts(f"{commit}:{path}" for path in paths for commit in (picked, onto))
    changing = set(git.changed_paths(onto, picked)).difference(paths)
    conflicts = {}
    for path in paths:
        before = texts[f"{onto}:{path}"]
        rest, hunks = _split(texts[f"{picked}:{path}"] or "", before or "")
        conflicts[path] = hunks
        if hunks and rest.rstrip("\n") != (before or "").rstrip("\n"):
            changing.add(path)
    return Leftovers(frozenset(changing), conflicts)


def _split(merged: str, before: str) -> tuple[str, frozenset[str]]:
    """Return a merged text in which all conflicts are resolved to our side, and the hunks that conflict."""
    rest: list[str] = []
    hunk: list[str] | None = None
    hunks = set()
    for line in merged.splitlines(keepends=True):
        if hunk is None:
            if line.startswith(_OURS):
                hunk = []
            else:
                rest.append(line)
        elif line.startswith(_THEIRS):
            rest += _our_side(hunk, before)
            hunks.add("".join(hunk))
            hunk = None
        else:
            hunk.append(line)
    return "".join(rest), frozenset(hunks)


def _our_side(hunk: list[str], before: str) -> list[str]:
    """Return our side of a hunk. A heading of our text may look like the line between the sides."""
    ends = [at for at, line in enumerate(hunk) if line.rstrip("\r\n") == _BETWEEN]
    found = (hunk[:at] for at in reversed(ends) if "".join(hunk[:at]) in before)
    return next(found, hunk[: ends[0]] if ends else hunk)
