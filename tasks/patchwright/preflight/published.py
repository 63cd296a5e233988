"""Published: a version that was public before is never released again, even if its tag was deleted."""

from __future__ import annotations

from patchwright.halts import AlreadyPublished, Prerequisite
from patchwright.invocation import task_command
from patchwright.preflight.remote import can_ask_github
from patchwright.releases import outcome
from patchwright.releases.release import Release
from patchwright.releases.runs import run_target


def require_unpublished(release: Release) -> None:
    """Raise AlreadyPublished if the branches or GitHub show that the version was public before."""
    evidence = _find_record(release) or _find_finished_work(release)
    if not evidence and can_ask_github(release):
        evidence = _find_run(release)
    if evidence:
        raise already_published(release, evidence)


def require_no_run(release: Release) -> None:
    """Raise AlreadyPublished if GitHub has a run on the version's tag, which is not on origin now."""
    evidence = _find_run(release)
    if evidence:
        raise already_published(release, evidence)


def already_published(release: Release, evidence: str) -> AlreadyPublished:
    """Return the halt for a version that was public before."""
    plan, remote = release.plan, release.settings.remote
    local = release.git.ref(f"refs/tags/{plan.tag}")
    push = f"git push {remote} refs/tags/{plan.tag}"
    here = f"This clone still has the tag: {push}" if local else "Push it from a clone that still has it."
    return AlreadyPublished(
        f"{plan.version} was public before, but its tag {plan.tag} is not on {remote} any more.",
        evidence=[evidence],
        remedy=[
            "Published versions are never reused: users may have this one. Bring its tag back.",
            here,
            f"Then release the next version: {task_command('patch', plan.series)}",
        ],
        never=[f"Do not release {plan.version} a second time, and do not delete public tags."],
        next_command=push if local else None,
    )


def _find_record(release: Release) -> str | None:
    """Return where the release branch records that the version was public."""
    plan, tip = release.plan, release.origin.branch_tip
    for commit in release.git.commits(tip, f"^{plan.previous}"):
        for kind in (outcome.NOT_PUBLISHED, outcome.BY_HAND):
            line = outcome.record_line(kind, plan.version)
            if line in commit.message.splitlines():
                return f"{commit.sha} on {plan.branch} records `{line}`"
    return None


def _find_finished_work(release: Release) -> str | None:
    """Return evidence that the branches have what only a published release has: clean-up and integration."""
    origin, version = release.origin, release.plan.version
    marks = release.commits.landmarks(origin.branch_tip)
    rendered, now = set(marks.fragments), release.commits.snapshot(origin.branch_tip).fragment_files
    if marks.section is None or not rendered or rendered & set(now):
        return None
    if release.commits.snapshot(origin.mainline_tip).section(version) is None:
        return None
    return (
        f"{release.plan.branch} and {origin.mainline} have the section for {version}, "
        "and its fragments are removed"
    )


def _find_run(release: Release) -> str | None:
    """Return the run of the release workflow on the tag that has published the version, or still may."""
    github, tag = release.github, release.plan.tag
    try:
        workflow = github.workflow_of(run_target(release, "release"))
        found = github.runs_of_ref(workflow, tag) if workflow else ()
    except Prerequisite:
        return None
    run = next((run for run in found if run.is_success or not run.is_completed), None)
    if run is None:
        return None
    return f"{run.title} of {tag} at {run.head_sha}: {run.conclusion or run.status}  {run.url}"
