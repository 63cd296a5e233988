"""Puts commits onto another line of history, each once; knows which are there already and which will conflict."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from patchwright.git import Commit, Git
from patchwright.halts import BranchConflict, CommandFailed
from patchwright.worktree import Worktree


@dataclass(frozen=True)
class Conflict:
    """A commit that would not apply, the paths in which it would not, and who changed them on both sides."""

    commit: Commit
    paths: tuple[str, ...]
    prerequisites: tuple[Commit, ...] = ()


def present(git: Git, sources: Sequence[Commit], onto: str) -> dict[str, str]:
    """Return those of the sources that a line of history holds already, each with how that is known.

    Known by being in it, by an `-x` line on either side, or by an equal patch-id.
    """
    found: dict[str, str] = {}
    if not sources:
        return found
    asked = {source.sha for source in sources} | {name for source in sources for name in source.picked_from}
    held = asked - set(git.missing(sorted(asked)))
    inside = held - set(git.rev_list("--no-walk=unsorted", *sorted(held))) if not held else _inside(git, held, onto)
    for source in sources:
        if source.sha in inside:
            found[source.sha] = "it is in the history"
        elif origin := next((name for name in source.picked_from if name in inside), None):
            found[source.sha] = f"it was picked from {origin[:10]}, which is in the history"
    rest = [source for source in sources if source.sha not in found]
    found.update(_picked_already(git, rest, onto))
    return found


def _inside(git: Git, commits: Iterable[str], onto: str) -> set[str]:
    names = sorted(commits)
    outside = set(git.rev_list(*names, f"^{onto}"))
    return set(names) - outside


def _picked_already(git: Git, sources: Sequence[Commit], onto: str) -> dict[str, str]:
    """Those that a commit of `onto` names in an `-x` line, or equals in its patch-id."""
    if not sources:
        return {}
    since = [f"^{base}" for base in {git.merge_base(source.sha, onto) for source in sources} if base]
    # A commit that brings a source changes the same paths, which keeps the patch-ids to a few.
    paths = sorted({path for source in sources for path in source.paths})
    others = git.commits("--no-merges", onto, *since[:1], "--", *paths) if len(since) == 1 else git.commits(
        "--no-merges", onto, f"^{git.ask('merge-base', '--octopus', onto, *(s.sha for s in sources)).line}", "--", *paths
    )
    named = {name: other for other in others for name in other.picked_from}
    ids = git.patch_ids([source.sha for source in sources])
    same = {patch: sha for sha, patch in git.patch_ids([other.sha for other in others]).items()}
    found = {}
    for source in sources:
        if source.sha in named:
            found[source.sha] = f"{named[source.sha].short} was picked from it"
        elif ids.get(source.sha) in same:
            found[source.sha] = f"{same[ids[source.sha]][:10]} is the same patch"
    return found


def predicted(git: Git, sources: Sequence[Commit], onto: str) -> list[Conflict]:
    """Return the first of the sources that would conflict when all are picked in order, in a list; else none."""
    at = onto
    for source in sources:
        at, conflicts = git.picked(source, at)
        if conflicts:
            return [Conflict(source, tuple(conflicts))]
    return []


def pick(tree: Worktree, sources: Sequence[Commit], *, next_command: str, names: Mapping[str, str] | None = None) -> None:
    """Cherry-pick commits onto the worktree's HEAD in the given order, with `-x`; what is empty is passed over.

    A conflict leaves the worktree ready for a person and halts; a resolution that was made is taken up.
    """
    if tree.operation() == "cherry-pick":
        _take_up(tree, next_command)
    for source in sources:
        if names and source.sha in names:
            continue
        try:
            tree.git.act("cherry-pick", "-x", source.sha)
        except CommandFailed:
            if tree.operation() != "cherry-pick":
                raise
            _require_resolved(tree, next_command, source)
            if tree.changed():
                raise
            tree.git.act("cherry-pick", "--skip")


def _take_up(tree: Worktree, next_command: str) -> None:
    _require_resolved(tree, next_command, None)
    tree.continue_pick()


def _require_resolved(tree: Worktree, next_command: str, source: Commit | None) -> None:
    unmerged = tree.unmerged()
    if not unmerged:
        return
    what = f"Picking {source.short} ({source.subject}) conflicts" if source else "A pick conflicts"
    where = os.fspath(tree.path)
    raise BranchConflict(
        f"{what} in {', '.join(unmerged)}.",
        evidence=[f"worktree: {where}", *(f"both sides changed: {path}" for path in unmerged)],
        remedy=[
            f"Resolve it in the worktree: edit the files there, then: git -C {where} add {' '.join(unmerged)}",
            f"Or drop what was begun: git -C {where} cherry-pick --abort",
        ],
        next_command=next_command,
    )
