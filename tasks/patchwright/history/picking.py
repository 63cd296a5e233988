"""Pick commits onto another line of history, and predict the conflicts."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from patchwright.halts import BranchConflict, CommandFailed
from patchwright.history.presence import Adapt, find_present
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit
from patchwright.tools.worktree import Worktree

# How many earlier commits of the same paths are tried as prerequisites, one by one and together.
_MAX_TRIED_ALONE = 12
_MAX_TRIED_TOGETHER = 4
# Finding the common base of more commits takes longer than it saves.
_MAX_ENDS = 30


@dataclass(frozen=True)
class Conflict:
    """A commit that does not apply, and the paths in which it conflicts.

    `theirs` are the last commits of the other line that changed these paths. `prerequisites` are commits that
    make this commit apply if they are picked before it.
    """

    commit: Commit
    paths: tuple[str, ...]
    theirs: tuple[Commit, ...] = ()
    prerequisites: tuple[Commit, ...] = ()

    @property
    def rows(self) -> list[str]:
        """The conflict as lines of evidence."""
        rows = [f"{self.commit.short} {self.commit.subject} ({self.commit.author})"]
        rows += [f"  conflicts in {path}" for path in self.paths]
        rows += [
            f"  changed on the other branch by {other.short} {other.subject} ({other.author})"
            for other in self.theirs
        ]
        rows += [f"  it needs {other.short} {other.subject}" for other in self.prerequisites]
        return rows


def sort_commits(git: Git, shas: Sequence[str]) -> list[Commit]:
    """Return the commits with these names, ancestors first."""
    if len(shas) <= 1:
        return git.commits("--no-walk=unsorted", *shas) if shas else []
    # For many commits, finding the base costs more than walking to the first commit.
    base = git.merge_base(*shas) if len(shas) <= _MAX_ENDS else None
    order = git.rev_list("--reverse", "--topo-order", *shas, *([f"^{base}"] if base else []))
    rank = {sha: at for at, sha in enumerate([*([base] if base else []), *order])}
    found = git.commits("--no-walk=unsorted", *dict.fromkeys(shas))
    return sorted(found, key=lambda commit: rank[commit.sha])


# What several commits would change


def is_empty_together(git: Git, sources: Sequence[Commit], onto: str, adapt: Adapt) -> bool:
    """Return whether the sources, squashed into one commit, would change nothing on the other line."""
    adapted = [commit for source in sources if (commit := adapt(source))]
    if not adapted:
        return True
    base = adapted[0].parents[0]
    tip, conflict = _simulate_picks(git, adapted, base)
    if conflict:
        return False
    squashed = git.write_commit(git.tree(tip), base, "together\n")
    return _changes_nothing(git, replace(adapted[-1], sha=squashed, parents=(base,)), onto)


def _changes_nothing(git: Git, source: Commit, onto: str) -> bool:
    picked, conflicts = git.simulate_pick(source, onto)
    return not conflicts and git.tree(picked) == git.tree(onto)


# What will conflict


def predict_conflict(git: Git, sources: Sequence[Commit], onto: str) -> Conflict | None:
    """Return the first conflict that picking the sources in order would have. Only objects are written."""
    _, conflict = _simulate_picks(git, sources, onto)
    return explain_conflict(git, conflict.commit, conflict.paths, onto) if conflict else None


def _simulate_picks(git: Git, sources: Sequence[Commit], onto: str) -> tuple[str, Conflict | None]:
    """Return the commit that picking the sources in order would make, up to the first conflict."""
    tip = onto
    for source in sources:
        tip, paths = git.simulate_pick(source, tip)
        if paths:
            return tip, Conflict(source, tuple(paths))
    return tip, None


def explain_conflict(git: Git, source: Commit, paths: tuple[str, ...], onto: str) -> Conflict:
    """Return a conflict with the commits of the other side, and with prerequisites if some are found."""
    base = git.merge_base(source.sha, onto)
    not_base = [f"^{base}"] if base else []
    theirs = {}
    for path in paths:
        for commit in git.commits("-1", "--no-merges", onto, *not_base, "--", f":(literal,top){path}"):
            theirs[commit.sha] = commit
    return Conflict(source, paths, tuple(theirs.values()), find_prerequisites(git, source, paths, onto))


def find_prerequisites(git: Git, source: Commit, paths: Sequence[str], onto: str) -> tuple[Commit, ...]:
    """Return commits of the source's line that make the source apply if they are picked before it.

    The candidates are the last commits that changed the paths: each alone, the nearest first, then several
    together. Return nothing if none of them helps.
    """
    literal = [f":(literal,top){path}" for path in paths]
    earlier = git.commits(
        f"--max-count={_MAX_TRIED_ALONE}", "--no-merges", source.parents[0], f"^{onto}", "--", *literal
    )
    present = find_present(git, earlier, onto)
    missing = [commit for commit in earlier if commit.sha not in present and commit.parents]
    alone = [[commit] for commit in reversed(missing)]
    together = [missing[-many:] for many in range(2, min(_MAX_TRIED_TOGETHER, len(missing)) + 1)]
    for tried in (*alone, *together):
        _, conflict = _simulate_picks(git, [*tried, source], onto)
        if conflict is None:
            return tuple(tried)
    return ()


# Picking


def pick(worktree: Worktree, sources: Sequence[Commit], *, adapt: Adapt) -> None:
    """Cherry-pick commits onto the worktree's HEAD in the given order. Skip those that would be empty.

    Each commit is picked as `adapt` returns it, and names its source as `git cherry-pick -x` does. Raise
    BranchConflict at a conflict, and leave it in the worktree to be resolved.
    """
    for source in sources:
        adapted = adapt(source)
        if adapted is None:
            continue
        try:
            worktree.pick(adapted, names_source=source.sha not in adapted.picked_from)
        except CommandFailed:
            if worktree.operation() != "cherry-pick":
                raise
            _require_resolved(worktree, source)
            if worktree.changed_paths():
                raise
            worktree.git.act("cherry-pick", "--skip")


def commit_resolved(worktree: Worktree) -> None:
    """Commit a pick in progress whose conflicts are resolved. Raise BranchConflict if they are not."""
    if worktree.exists and worktree.operation() == "cherry-pick":
        _require_resolved(worktree, None)
        worktree.continue_pick()


def _require_resolved(worktree: Worktree, source: Commit | None) -> None:
    unmerged = worktree.unmerged_paths()
    if not unmerged:
        return
    paths = ", ".join(unmerged)
    picked = f"Picking {source.short} ({source.subject}) conflicts in {paths}." if source else None
    unresolved = f"A pick still conflicts in {paths}."
    where = shlex.quote(os.fspath(worktree.path))
    rows = explain_conflict(worktree.git, source, tuple(unmerged), "HEAD").rows if source else []
    raise BranchConflict(
        picked or unresolved,
        evidence=[f"worktree: {where}", *rows],
        remedy=[
            f"Edit the files in the worktree, then: git -C {where} add {shlex.join(unmerged)}",
            f"Or skip this commit: git -C {where} restore --source=HEAD --staged --worktree :/",
            f"Or undo this pick: git -C {where} cherry-pick --abort",
        ],
    )
