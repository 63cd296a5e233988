"""Checkout: check out the release branch in patchwright's own worktree."""

from __future__ import annotations

import shlex

from patchwright.halts import BranchConflict
from patchwright.releases import withdrawals
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Return evidence that the worktree is complete and clean, at the commit that the release has come to.

    It may also be at the clean-up of that commit.

    Raise BranchConflict if origin has withdrawn commits, or if the worktree has commits of a person, or an
    edit of the section that is not committed.
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
    if worktree.operation() is None and (changed := worktree.changed_paths()):
        _require_no_edited_section(release, changed)
        return None
    return f"the worktree is at {head[:10]}"


def act(release: Release) -> None:
    """Record the release, and check out its head in the worktree. A person's edits there are kept."""
    # The record comes first: a kill may leave a record without a worktree, but no worktree without a record.
    release.begin()
    release.workspace.branch.check_out(release.commits.head)


def _require_no_edited_section(release: Release, changed: list[str]) -> None:
    """Raise BranchConflict if a person has edited the section in the worktree and not committed the edit.

    `prepare` suggests such an edit. A run that was killed leaves no complete head with only this change.
    """
    commits, where = release.commits, shlex.quote(str(release.workspace.branch.path))
    changelog = commits.snapshot(commits.head).changelog_file
    if not commits.is_complete or changed != [changelog]:
        return
    raise BranchConflict(
        f"{changelog} was edited in patchwright's worktree, and the edit is not committed.",
        evidence=[f"worktree: {where}"],
        remedy=[
            f"To release the edit: git -C {where} commit --all --message 'Edit the changelog.'",
            f"To leave it out: git -C {where} stash",
            "Then run the same command again.",
        ],
    )
