"""Push: push the release branch."""

from __future__ import annotations

from patchwright.halts import BranchConflict
from patchwright.integration import preparation
from patchwright.patches import choice
from patchwright.preflight import series, workflows
from patchwright.releases import runs, withdrawals
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Return evidence that the tip of origin's release branch is the head, and that the head is prepared."""
    if release.origin.tag:
        return f"{release.plan.tag} is public, at {release.commits.release_commit[:10]}"
    if not release.commits.is_pushed:
        return None
    release.remember_pushed(release.commits.head)
    return f"{release.settings.remote}'s {release.plan.branch} is at {release.commits.head[:10]}"


def act(release: Release) -> None:
    """Push the head to the release branch, as a fast-forward of what origin has now.

    Raise BranchConflict if somebody else has moved the branch, if a pick is no longer on the mainline, if the
    integration conflicts with what the mainline has now, or if a commit mixes the version with changes that
    conflict there. Raise Prerequisite if the push could not start QA, or the tag the release workflow.
    """
    head = release.commits.head
    release.refresh()
    withdrawals.require_nothing_withdrawn(release)
    if release.plan.picks is not None:
        choice.require_pickable(release, release.plan.picks)
    # The worktree no longer fits the release if it is not built on the new tip.
    if release.commits.head != head:
        raise BranchConflict(f"{release.plan.branch} has moved on {release.settings.remote}.")
    workflows.require_startable(release)
    series.require_separable_version(release)
    if not release.plan.integrate_later:
        # The mainline may have moved since everything was prepared.
        preparation.prepare(release)
    runs.require_enabled(release, "qa", "release")
    release.origin.push(release.head_name, f"refs/heads/{release.plan.branch}")
