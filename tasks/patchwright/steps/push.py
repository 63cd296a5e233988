"""Origin's release branch is the prepared commit."""

from __future__ import annotations

from patchwright.halts import BranchConflict
from patchwright.preflight import guards
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Origin's release branch is the head, and the head is a prepared release."""
    if release.public_tag:
        return f"{release.plan.tag} is public, at {release.subject[:10]}"
    if not release.is_pushed:
        return None
    release.pinned = release.head
    return f"{release.settings.remote}'s {release.plan.branch} is {release.head[:10]}"


def act(release: Release) -> None:
    """Push the head to the release branch, a fast-forward of what origin shows now."""
    release.look_again()
    if not release.git.is_ancestor(release.branch_tip, release.head):
        raise BranchConflict(f"{release.plan.branch} has moved on {release.settings.remote}.")
    guards.require_startable(release)
    release.push(release.head_name, f"refs/heads/{release.plan.branch}")
