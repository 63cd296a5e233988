"""Runs: the workflow run that a release waits for, its evidence and the wait."""

from __future__ import annotations

from patchwright.github import watch
from patchwright.github.models import Target
from patchwright.halts import WorkflowFailed
from patchwright.releases.release import Release


def run_target(release: Release, workflow: str) -> Target:
    """Return which run the release needs: of QA on the branch, of the release workflow on the tag."""
    commit = release.commits.release_commit
    if workflow == release.settings.release_workflow:
        return Target(workflow, commit, release.plan.tag, is_tag=True)
    return Target(workflow, commit, release.plan.branch)


def run_evidence(release: Release, workflow: str) -> str | None:
    """Return evidence that the newest run of the workflow has succeeded, or None."""
    run = watch.successful_run(release.github, run_target(release, workflow))
    if run is None:
        return None
    is_shown = release.run_urls.get(workflow) == run.url
    release.run_urls[workflow] = run.url
    evidence = f"run {run.number} of {workflow}, attempt {run.attempt}: success"
    # The URL is shown once: while the run is watched, or here.
    return evidence if is_shown else f"{evidence} {run.url}"


def require_qa_success(release: Release, commit: str) -> None:
    """Raise WorkflowFailed if the newest QA run of a commit does not have success now.

    Somebody may have started another attempt since QA passed, or deleted the run.
    """
    plan, workflow = release.plan, release.settings.qa_workflow
    run = watch.newest_run(release.github, Target(workflow, commit, plan.branch))
    if run is not None and run.is_success:
        return
    if run is None:
        raise WorkflowFailed(
            f"GitHub no longer has a run of {workflow} for {commit[:10]} on {plan.branch}, "
            f"so {plan.tag} was not pushed.",
            remedy=["Find out who deleted the run. Another push to the branch starts a new one."],
        )
    state = f"ended with {run.conclusion or 'no conclusion'}" if run.is_completed else f"is {run.status}"
    raise WorkflowFailed(
        f"{run.title} of {plan.branch} {state.replace('_', ' ')} now, so {plan.tag} was not pushed.",
        evidence=[f"release commit: {commit}", run.url],
        remedy=["Run the same command again: it waits for the latest attempt, and then pushes the tag."],
    )


def wait_for_run(release: Release, workflow: str) -> None:
    """Wait for the run of the workflow. A dry run only says so.

    Raise WorkflowFailed, Unavailable or Prerequisite if the run does not succeed.
    """
    target = run_target(release, workflow)
    if release.shell.dry:
        release.progress.say(f"watch the run of workflow {workflow} for {release.head_name} on {target.ref}")
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
    release.run_urls[workflow] = run.url
