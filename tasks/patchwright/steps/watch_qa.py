"""The QA run of the pushed commit succeeded."""

from __future__ import annotations

from patchwright import watching
from patchwright.release import Release


def proof(release: Release) -> str | None:
    """GitHub shows a successful run of the QA workflow, of exactly this commit, pushed to the branch."""
    if not release.public_tag and not release.is_pushed and not release.pinned:
        return None
    return watching.proof(release, release.settings.qa_workflow)


def act(release: Release) -> None:
    """Wait for the run and judge it."""
    watching.act(release, release.settings.qa_workflow)
