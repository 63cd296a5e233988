"""Watch release: wait until the release workflow has published."""

from __future__ import annotations

from patchwright.halts import WorkflowFailed
from patchwright.releases import runs
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Return evidence that GitHub has a successful release run of exactly this tag and commit."""
    if not release.origin.tag:
        return None
    return runs.run_evidence(release, "release")


def act(release: Release) -> None:
    """Wait for the release run. Raise WorkflowFailed if it fails; the public tag stays where it is."""
    try:
        runs.wait_for_run(release, "release")
    except WorkflowFailed as halt:
        halt.never = (
            *halt.never,
            f"Do not move or delete {release.plan.tag}: it is public, and others have it.",
        )
        raise
