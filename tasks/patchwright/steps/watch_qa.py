"""Watch QA: wait until QA has passed on exactly the pushed commit."""

from __future__ import annotations

from patchwright.halts import Prerequisite, WorkflowFailed
from patchwright.releases import runs
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Return evidence that GitHub has a successful QA run of exactly this commit, pushed to the branch.

    Once the tag is public, QA cannot change it any more: a missing run, or one that is red now, is a note.
    """
    if release.origin.tag:
        return _find_evidence_after_tag(release)
    if not release.commits.is_pushed and not release.pushed_commit:
        return None
    return runs.run_evidence(release, "qa")


def _find_evidence_after_tag(release: Release) -> str:
    plan, workflow = release.plan, release.settings.qa_workflow
    commit = release.commits.release_commit[:10]
    try:
        evidence = runs.run_evidence(release, "qa")
    except Prerequisite as refused:
        evidence, problem = None, refused.cause
    else:
        problem = f"GitHub shows no successful run of {workflow} for {commit} now"
    if evidence is None:
        release.note(f"{problem}; {plan.tag} was public already")
    return evidence or f"{plan.tag} is public, so QA is not needed any more"


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
