"""Checkout: check out the release branch in patchwright's own worktree."""

from __future__ import annotations

from patchwright.releases import withdrawals
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Return evidence that the worktree is complete and clean, at the commit that the release has come to.

    It may also be at the clean-up of that commit.

    Raise BranchConflict if origin has withdrawn commits, or if the worktree has commits of a person.
    """
    if release.origin.tag:
        return f"{release.plan.tag} is public, so the worktree is not needed any more"
    withdrawals.require_nothing_withdrawn(release)
    release.commits.require_own_worktree()
    worktree = release.workspace.branch
    if not worktree.exists:
        return None
    worktree.require_no_operation()
    head = worktree.head()
    if head is None or release.commits.head not in {head, release.commits.cleaned_up(head)}:
        return None
    if worktree.operation() is None and worktree.changed_paths():
        return None
    return f"the worktree is at {head[:10]}"


def act(release: Release) -> None:
    """Record the release, and check out its head in the worktree. A person's edits there are kept."""
    # The record comes first: a kill may leave a record without a worktree, but no worktree without a record.
    release.begin()
    release.workspace.branch.check_out(release.commits.head)
