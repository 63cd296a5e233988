"""Fixing: where a person commits a fix to the release branch, so that their next command still works."""

from __future__ import annotations

import shlex
from pathlib import Path

from patchwright.releases.release import Release


def how_to_commit(release: Release) -> tuple[str, ...]:
    """Return where to commit to the release branch.

    A release branch may have no tasks.py and no settings. So the person gets a worktree for it, and runs the
    next command where they are now.
    """
    branch, ref = release.plan.branch, f"refs/heads/{release.plan.branch}"
    holder = release.git.ask("for-each-ref", "--format=%(worktreepath)", ref).line
    if holder and Path(holder) == release.clone.top:
        return (f"{branch} is checked out here: commit the fix here.",)
    if holder and Path(holder).exists():
        return (f"{branch} is checked out in {holder}: commit the fix there. Run the next command here.",)
    return (
        f"Commit the fix in a worktree of {branch}, and run the next command here:",
        f"$ {_add_worktree(release, ref)}",
    )


def _add_worktree(release: Release, ref: str) -> str:
    branch, top = release.plan.branch, release.clone.top
    path = top.parent / f"{top.name}-{branch.replace('/', '-')}"
    local, tip = release.git.ref(ref), release.origin.branch_tip
    add = shlex.join(["git", "worktree", "add", str(path), branch])
    if local and release.git.is_ancestor(tip, local):
        return add
    fetch = shlex.join(["git", "fetch", release.settings.remote, f"{branch}:{branch}"])
    return f"{fetch} && {add}"
