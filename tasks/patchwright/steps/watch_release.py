"""The release run of the tag succeeded."""

from __future__ import annotations

from patchwright.halts import WorkflowFailed
from patchwright.releases import runs
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """GitHub shows a successful run of the release workflow, of exactly this tag and commit."""
    if not release.public_tag:
        return None
    return runs.proof(release, release.settings.release_workflow)


def act(release: Release) -> None:
    """Wait for the run and judge it. The tag is public, and stays where it is whatever becomes of the run."""
    try:
        runs.act(release, release.settings.release_workflow)
    except WorkflowFailed as halt:
        halt.never = (
            *halt.never,
            f"Do not move or delete {release.plan.tag}: it is public, and others have it.",
        )
        raise
