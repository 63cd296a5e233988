"""The release run of the tag succeeded."""

from __future__ import annotations

from patchwright import watching
from patchwright.release import Release


def proof(release: Release) -> str | None:
    """GitHub shows a successful run of the release workflow, of exactly this tag and commit."""
    if not release.public_tag:
        return None
    return watching.proof(release, release.settings.release_workflow)


def act(release: Release) -> None:
    """Wait for the run and judge it."""
    watching.act(release, release.settings.release_workflow)
