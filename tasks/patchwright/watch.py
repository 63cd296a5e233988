"""Waits for the run of one commit and judges it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from patchwright.clock import Waited
from patchwright.github import GitHub, Job, Run
from patchwright.halts import WorkflowFailed
from patchwright.narrator import Narrator

_FULL_SHA = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Target:
    """The run that is looked for: workflow, full SHA, event, and branch or tag (by its short name)."""

    workflow: str
    sha: str
    ref: str
    event: str = "push"
    is_tag: bool = False

    def __post_init__(self) -> None:
        # GitHub answers a short SHA with nothing, and an empty one with every run.
        if not _FULL_SHA.fullmatch(self.sha):
            raise ValueError(f"not a full SHA: {self.sha!r}")


def proven(github: GitHub, target: Target) -> Run | None:
    """Return the newest run of the target if its latest attempt has succeeded, else None. Waits for nothing."""
    workflow = github.workflow(target.workflow, even_disabled=True)
    runs = github.runs(workflow, sha=target.sha, event=target.event, ref=target.ref)
    return runs[0] if runs and runs[0].is_success else None


def watch(  # noqa: PLR0913  each limit is a setting of its own
    github: GitHub,
    target: Target,
    *,
    interval: float,
    watch_timeout: float,
    appear_timeout: float,
    narrator: Narrator,
    read_file: Callable[[str], str | None] | None = None,
) -> Run:
    """Wait for the target's run and return it when it has succeeded.

    Raises WorkflowFailed where it did not, Unavailable where GitHub could not be asked, Prerequisite where it
    refused to say.
    """
    workflow = github.workflow(target.workflow, even_disabled=True)
    waited = Waited(github.clock)
    while not (runs := github.runs(workflow, sha=target.sha, event=target.event, ref=target.ref)):
        if waited.seconds >= appear_timeout:
            raise WorkflowFailed(f"No run of {workflow.path} for {target.sha[:10]} has appeared.")
        narrator.waiting(f"a run of {workflow.name} for {target.ref} to appear")
        waited.pause(min(5.0, interval))
    run = runs[0]
    narrator.say(f"{run.name} #{run.number}: {run.url}")
    waited = Waited(github.clock)
    while not run.is_completed:
        if waited.seconds >= watch_timeout:
            raise WorkflowFailed(f"{run.name} #{run.number} is still running.", evidence=[run.url])
        narrator.waiting(f"{run.name} #{run.number} to end")
        waited.pause(min(5.0, interval), counts=run.status != "waiting")
        run = github.run(run.id)
    narrator.waiting(None)
    if run.is_success:
        return run
    jobs: tuple[Job, ...] = github.jobs(run)
    failing = [f"{job.name}: {job.conclusion} ({job.url})" for job in jobs if job.is_failed]
    raise WorkflowFailed(f"{run.name} #{run.number} ended with {run.conclusion}.", evidence=[run.url, *failing])
