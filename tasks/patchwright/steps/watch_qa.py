"""Watch QA: wait until QA has passed on exactly the pushed commit."""

from __future__ import annotations

from patchwright.halts import WorkflowFailed
from patchwright.releases import runs
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Return evidence that GitHub has a successful QA run of exactly this commit, pushed to the branch."""
    if not release.origin.tag and not release.commits.is_pushed and not release.pushed_commit:
        return None
    return runs.run_evidence(release, "qa")


def act(release: Release) -> None:
    """Wait for the QA run. Raise WorkflowFailed if it fails; a fix is then released as the same version."""
    try:
        runs.wait_for_run(release, "qa")
    except WorkflowFailed as halt:
        plan = release.plan
        fix = (
            f"Or push a fix to {plan.branch} and run the same command again: "
            f"{plan.version} is then released from the new commit."
        )
        halt.remedy, halt.on_branch = (*halt.remedy, fix), True
        raise
