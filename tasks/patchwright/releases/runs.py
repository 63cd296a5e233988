"""Runs: the workflow run that a release waits for, its evidence and the wait."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchwright.github import watch
from patchwright.github.client import Refused
from patchwright.github.models import PUSH, Job, Run, Target
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


def require_enabled(release: Release, *roles: Role) -> None:
    """Raise Prerequisite if a workflow that a push is about to start is disabled now. Ask GitHub once."""
    if release.is_on_github:
        commit = release.commits.release_commit
        release.github.require_enabled(filter(None, (find_file(release, commit, role) for role in roles)))


def run_evidence(release: Release, role: Role) -> str | None:
    """Return evidence that a run of the workflow has succeeded, or None.

    For QA it is the newest run. For the release workflow it is any run on the tag, in any attempt, in which
    each job of the setting `release-jobs` has succeeded too. If GitHub has no run on the tag any more, its
    published release of the tag is evidence as well.
    """
    target = run_target(release, role)
    run = _publishing_run(release, target) if target.is_tag else watch.successful_run(release.github, target)
    if run is None:
        return _release_evidence(release, target) if target.is_tag else None
    is_shown = release.run_urls.get(role) == run.url
    release.run_urls[role] = run.url
    evidence = f"run {run.number} of {target.workflow}, attempt {run.attempt}: success"
    # The URL is shown once: while the run is watched, or here.
    return evidence if is_shown else f"{evidence} {run.url}"


def _publishing_run(release: Release, target: Target) -> Run | None:
    """Return a run on the tag that has succeeded in some attempt, with each job that must have succeeded.

    Add a note if it is not simply the run of the tag's push in its latest attempt.
    """
    for run, latest in watch.successful_attempts(release.github, target):
        jobs = _jobs(release, run, latest)
        if _jobs_without_success(release, jobs):
            continue
        if run.event != PUSH:
            release.note(
                f"{run.title} of {target.ref} was started by {run.event}, not by the push of the tag"
            )
        if not latest.is_success:
            state = (latest.conclusion or latest.status).replace("_", " ")
            release.note(
                f"{run.title} of {target.ref} succeeded in attempt {run.attempt}; now it is: {state}"
            )
        _note_skipped_jobs(release, jobs)
        return run
    return None


def _jobs(release: Release, run: Run, latest: Run) -> tuple[Job, ...]:
    """Return the jobs of an attempt of a run, or none if GitHub has deleted them."""
    try:
        return release.github.jobs(run, attempt=None if run is latest else run.attempt)
    except Refused:
        return ()


def _release_evidence(release: Release, target: Target) -> str | None:
    """Return evidence that GitHub has published the tag's release, if GitHub has no run on the tag any more.

    A run appears soon. If the release is older and has no run, somebody or GitHub has deleted the run.
    """
    github, tag = release.github, release.plan.tag
    if release.settings.release_jobs or watch.runs_of_target(github, target):
        return None
    found = github.published_release(tag)
    if found is None or github.now() - float(found.published_at or 0) < release.settings.appear_timeout:
        return None
    release.note(f"GitHub no longer has a run of {target.workflow} for {tag}; its release page shows {tag}")
    return f"GitHub has no run of {target.workflow} any more, but has published {tag}: {found.url}"


def running_release_run(release: Release) -> Run | None:
    """Return a run of the release workflow on the tag that has not ended, or None."""
    target = run_target(release, "release")
    runs = watch.runs_of_target(release.github, target)
    return next((run for run in runs if not run.is_completed), None)


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
    with release.unlocked():
        if target.is_tag:
            _wait_for_release(release, target)
        else:
            release.run_urls[role] = _watch(release, target).url


def _wait_for_release(release: Release, target: Target) -> None:
    """Wait for a run on the tag. If it fails, another run on the tag may have succeeded meanwhile."""
    try:
        run = _watch(release, target)
        release.run_urls["release"] = run.url
        _require_jobs(release, run)
    except WorkflowFailed:
        if run_evidence(release, "release") is None:
            raise


def _watch(release: Release, target: Target) -> Run:
    settings = release.settings
    return watch.watch(
        release.github,
        target,
        interval=settings.watch_interval,
        watch_timeout=settings.watch_timeout,
        appear_timeout=settings.appear_timeout,
        progress=release.progress,
        read_file=lambda path: release.commits.snapshot(target.sha).read(path),
    )


def _jobs_without_success(release: Release, jobs: Sequence[Job]) -> list[str]:
    """Return which jobs of the setting `release-jobs` have not succeeded, each with its state."""
    rows = []
    for name in release.settings.release_jobs:
        named = [job for job in jobs if job.name == name]
        rows += [f"{name}: {_state(job)}" for job in named if job.conclusion != "success"]
        rows += [] if named else [f"{name}: the run has no such job"]
    return rows


def _require_jobs(release: Release, run: Run) -> None:
    jobs = release.github.jobs(run) if release.settings.release_jobs else ()
    rows = _jobs_without_success(release, jobs)
    if not rows:
        return
    listed = [f"  {job.name}: {_state(job)}" for job in jobs]
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


def _note_skipped_jobs(release: Release, jobs: Sequence[Job]) -> None:
    """Add a note on each job that seems to publish and has not succeeded, unless a setting names the jobs."""
    if release.settings.release_jobs:
        return
    for job in jobs:
        if job.conclusion != "success" and _PUBLISHES.search(job.name):
            release.note(
                f"the job {job.name} of the release run did not succeed ({job.state}). Check that "
                f"{release.plan.version} was published. `release-jobs` can name the jobs that must succeed"
            )


def _state(job: Job) -> str:
    return f"{job.state}  {job.url}".rstrip()
