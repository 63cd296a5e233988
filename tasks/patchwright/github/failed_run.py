"""What a release is halted with when a run has not succeeded: which jobs, which steps, what they said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from patchwright.durations import whole_duration
from patchwright.github.models import Job, Run
from patchwright.github.repository import GitHub
from patchwright.halts import WorkflowFailed

_MEANINGS = {
    "action_required": "Somebody has to allow this run on its page first.",
    "startup_failure": "GitHub could not start it: its page says what is wrong with the workflow file.",
    "skipped": "The conditions in the workflow file skipped every job of it.",
    "stale": "GitHub gave it up because nothing happened for too long.",
}


def failed(github: GitHub, run: Run, jobs: Sequence[Job]) -> WorkflowFailed:
    """Return the halt for a completed run that did not succeed."""
    remedy = [_MEANINGS[run.conclusion]] if run.conclusion in _MEANINGS else []
    ended = (run.conclusion or "no conclusion").replace("_", " ")
    return WorkflowFailed(
        f"{run.title} of {run.head_branch} ended with {ended}.",
        evidence=[run.url, *_failures(github, jobs)],
        remedy=[
            *remedy,
            "To run what failed again, and then go on with its newest attempt:",
            f"$ {github.rerun_command(run)}",
        ],
    )


def still_running(run: Run, jobs: Sequence[Job], limit: float) -> WorkflowFailed:
    """Return the halt for a run that took longer than `limit` seconds."""
    open_jobs = [f"  {job.name}: {job.state}" for job in jobs if not job.is_completed]
    return WorkflowFailed(
        f"{run.title} of {run.head_branch} is still running after {whole_duration(limit)}.",
        evidence=[run.url, *open_jobs],
        remedy=["Run the same command again to go on watching; the setting `watch-timeout` is the limit."],
    )


def _failures(github: GitHub, jobs: Sequence[Job]) -> Iterator[str]:
    logs = {log.job.id: log for log in github.failing_logs(jobs)}
    for job in jobs:
        if not job.is_failed:
            continue
        where = f" in step {job.failed_step}" if job.failed_step else ""
        yield f"{job.name}: {job.state}{where}  {job.url}"
        log = logs.get(job.id)
        if log and log.missing:
            yield f"  Its log can't be had ({log.missing}); see {job.url}"
        elif log:
            yield from (f"  | {text}" for text in log.lines)
