"""The QA run of the pushed commit succeeded."""

from __future__ import annotations

from patchwright.halts import WorkflowFailed
from patchwright.releases import runs
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """GitHub shows a successful run of the QA workflow, of exactly this commit, pushed to the branch."""
    if not release.public_tag and not release.is_pushed and not release.pinned:
        return None
    return runs.proof(release, release.settings.qa_workflow)


def act(release: Release) -> None:
    """Wait for the run and judge it. After a failure a fix may follow: the version stays the same."""
    try:
        runs.act(release, release.settings.qa_workflow)
    except WorkflowFailed as halt:
        branch = release.plan.branch
        fix = f"Or push a fix to {branch} and go on: {release.plan.version} is then made of the new commit."
        halt.remedy = (*halt.remedy, fix)
        raise
