"""Runs: the workflow run that a release waits for, its evidence and the wait."""

from __future__ import annotations

import contextlib
import re

from patchwright.github import watch
from patchwright.github.client import Refused
from patchwright.github.models import Job, Run, Target
from patchwright.halts import WorkflowFailed
from patchwright.releases.release import Release
from patchwright.releases.workflow_files import Role, find_file, workflow_name

# A job with such a name probably publishes. This is a hint: it is only reported.
_PUBLISHES = re.compile(r"publish|deploy|release|upload|pypi", re.IGNORECASE)


def run_target(release: Release, role: Role) -> Target:
    """Return which run the release needs: of QA on the branch, of the release workflow on the tag.

    One workflow may have both roles: the ref tells their runs apart.
    """
    commit = release.commits.release_commit
    workflow, path = workflow_name(release.settings, role), find_file(release, commit, role)
    if role == "release":
        return Target(workflow, commit, release.plan.tag, is_tag=True, path=path)
    return Target(workflow, commit, release.plan.branch, path=path)


def run_evidence(release: Release, role: Role) -> str | None:
    """Return evidence that the newest run of the workflow has succeeded, or None.

    In the release run, each job of the setting `release-jobs` must have succeeded too.
    """
    target = run_target(release, role)
    run = watch.successful_run(release.github, target)
    if run is None:
        return None
    if role == "release":
        if _jobs_without_success(release, run):
            return None
        _note_skipped_jobs(release, run)
    is_shown = release.run_urls.get(role) == run.url
    release.run_urls[role] = run.url
    evidence = f"run {run.number} of {target.workflow}, attempt {run.attempt}: success"
    # The URL is shown once: while the run is watched, or here.
    return evidence if is_shown else f"{evidence} {run.url}"


def require_qa_success(release: Release, commit: str) -> None:
    """Raise WorkflowFailed if the newest QA run of a commit does not have success now.

    Somebody may have started another attempt since QA passed, or deleted the run.
    """
    plan, workflow = release.plan, release.settings.qa_workflow
    path = find_file(release, commit, "qa")
    run = watch.newest_run(release.github, Target(workflow, commit, plan.branch, path=path))
    if run is not None and run.is_success:
        return
    if run is None:
        raise WorkflowFailed(
            f"GitHub no longer has a run of {workflow} for {commit[:10]} on {plan.branch}, "
            f"so {plan.tag} was not pushed.",
            remedy=["Find out who deleted the run. Another push to the branch starts a new one."],
        )
    state = f"ended with {run.conclusion or 'no conclusion'}" if run.is_completed else f"is {run.status} now"
    raise WorkflowFailed(
        f"{run.title} of {plan.branch} {state.replace('_', ' ')}, so {plan.tag} was not pushed.",
        evidence=[f"release commit: {commit}", run.url],
        remedy=["Run the same command again: it waits for the latest attempt, and then pushes the tag."],
    )


def wait_for_run(release: Release, role: Role) -> None:
    """Wait for the run of the workflow with this role. A dry run only says so.

    Raise WorkflowFailed, Unavailable or Prerequisite if the run does not succeed, or if a job of the setting
    `release-jobs` does not.
    """
    target = run_target(release, role)
    if release.shell.dry:
        release.progress.say(
            f"watch the run of workflow {target.workflow} for {release.head_name} on {target.ref}"
        )
        return
    settings = release.settings
    run = watch.watch(
        release.github,
        target,
        interval=settings.watch_interval,
        watch_timeout=settings.watch_timeout,
        appear_timeout=settings.appear_timeout,
        progress=release.progress,
        read_file=lambda path: release.commits.snapshot(target.sha).read(path),
    )
    release.run_urls[role] = run.url
    if role == "release":
        _require_jobs(release, run)


def _jobs_without_success(release: Release, run: Run) -> list[str]:
    """Return the jobs of the setting `release-jobs` that have not succeeded in a run, each with its state."""
    names = release.settings.release_jobs
    jobs = release.github.jobs(run) if names else ()
    rows = []
    for name in names:
        named = [job for job in jobs if job.name == name]
        rows += [f"{name}: {_state(job)}" for job in named if job.conclusion != "success"]
        rows += [] if named else [f"{name}: the run has no such job"]
    return rows


def _require_jobs(release: Release, run: Run) -> None:
    rows = _jobs_without_success(release, run)
    if not rows:
        return
    listed = [f"  {job.name}: {_state(job)}" for job in release.github.jobs(run)]
    raise WorkflowFailed(
        f"{run.title} of {run.head_branch} succeeded, but not every job of the setting `release-jobs` did.",
        evidence=[run.url, *rows, "all jobs of the run:", *listed],
        remedy=[
            "Fix what kept the job from running, and run all jobs again:",
            f"$ {release.github.rerun_command(run, failed_only=False)}",
            "If a name is wrong, correct `release-jobs`: it takes the names that the run's page shows.",
            "If you have published by hand, remove the job from `release-jobs`.",
        ],
    )


def _note_skipped_jobs(release: Release, run: Run) -> None:
    """Add a note on each job that seems to publish and has not succeeded, unless a setting names the jobs."""
    if release.settings.release_jobs:
        return
    # The jobs of an old run may have been deleted.
    with contextlib.suppress(Refused):
        for job in release.github.jobs(run):
            if job.conclusion != "success" and _PUBLISHES.search(job.name):
                release.note(
                    f"the job {job.name} of the release run did not succeed ({job.state}): check that "
                    f"{release.plan.version} was published; `release-jobs` can name jobs that must succeed"
                )


def _state(job: Job) -> str:
    return f"{job.state}  {job.url}".rstrip()
