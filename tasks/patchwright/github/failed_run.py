"""Failed run: the halts for a run that did not succeed, with its failed jobs, their steps and their logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from patchwright.clock import whole_duration
from patchwright.github.models import Job, Run
from patchwright.github.repository import GitHub
from patchwright.halts import WorkflowFailed

_REMEDIES = {
    "action_required": "Approve the run on its page.",
    "startup_failure": "Fix the workflow file: GitHub could not start it. The run's page shows the error.",
    "skipped": "Check the conditions in the workflow file: they skipped every job.",
    "stale": "Check the runners: GitHub gave up on the run because nothing happened for too long.",
}


def halt_for_failure(github: GitHub, run: Run, jobs: Sequence[Job]) -> WorkflowFailed:
    """Return the halt for a completed run that did not succeed."""
    remedy = [_REMEDIES[run.conclusion]] if run.conclusion in _REMEDIES else []
    conclusion = (run.conclusion or "no conclusion").replace("_", " ")
    return WorkflowFailed(
        f"{run.title} of {run.head_branch} ended with {conclusion}.",
        evidence=[run.url, *_failures(github, jobs)],
        remedy=[
            *remedy,
            "Run the failed jobs again. The next command then watches the new attempt.",
            f"$ {github.rerun_command(run)}",
        ],
    )


def halt_for_timeout(run: Run, jobs: Sequence[Job], limit: float) -> WorkflowFailed:
    """Return the halt for a run that took longer than `limit` seconds."""
    open_jobs = [f"  {job.name}: {job.state}" for job in jobs if not job.is_completed]
    return WorkflowFailed(
        f"{run.title} of {run.head_branch} is still running after {whole_duration(limit)}.",
        evidence=[run.url, *open_jobs],
        remedy=["Run the same command again to keep watching. The setting `watch-timeout` is the limit."],
    )


def _failures(github: GitHub, jobs: Sequence[Job]) -> Iterator[str]:
    """Yield the failed jobs, each with its failed step, its address and the end of its log."""
    logs = {log.job.id: log for log in github.failing_logs(jobs)}
    for job in jobs:
        if not job.is_failed:
            continue
        where = f" in step {job.failed_step}" if job.failed_step else ""
        yield f"{job.name}: {job.state}{where}  {job.url}"
        log = logs.get(job.id)
        if log and log.missing:
            yield f"  Its log is not available ({log.missing}); see {job.url}"
        elif log:
            yield from (f"  | {text}" for text in log.lines)
