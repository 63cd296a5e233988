"""Waits for the run of one commit and judges it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from patchwright.clock import Waited
from patchwright.durations import whole_duration
from patchwright.github import failed_run, polling
from patchwright.github.client import ASK_SECONDS, NOT_FOUND, Refused
from patchwright.github.models import Job, Run
from patchwright.github.repository import GitHub
from patchwright.halts import WorkflowFailed
from patchwright.progress import Narrator

if TYPE_CHECKING:
    from patchwright.report.runs_table import RunTable

_FULL_SHA = re.compile(r"[0-9a-f]{40}")
# GitHub takes seconds to create the run of a push, and now and then minutes.
FIRST_LOOK_SECONDS = 2.0
LOOK_SHARE = 0.2


@dataclass(frozen=True)
class Target:
    """The run that is looked for: workflow, full SHA, branch or tag (by its short name), and event."""

    workflow: str
    sha: str
    ref: str
    event: str = "push"
    is_tag: bool = False

    def __post_init__(self) -> None:
        # GitHub answers a short SHA with nothing, and takes an empty one for no filter.
        if not _FULL_SHA.fullmatch(self.sha):
            raise ValueError(f"not a full SHA: {self.sha!r}")

    def __str__(self) -> str:
        return f"{self.workflow} for {self.sha[:10]} on {self.ref}"


@dataclass(frozen=True)
class Limits:
    """How long is waited, in seconds: between two looks at most, for the end, for the run to appear."""

    interval: float
    watch: float
    appear: float


def proven(github: GitHub, target: Target) -> Run | None:
    """Return the newest run of the target if its latest attempt has succeeded, else None, without waiting."""
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
    """Wait for the target's run, and return it when its latest attempt has succeeded.

    `read_file` returns a file of the target's commit by its path, None where the commit has no such file.
    Raises WorkflowFailed where the run ended otherwise, did not end in time or never appeared, Unavailable
    where GitHub could not be asked, Prerequisite where it refused to answer.
    """
    watcher = _Watcher(github, target, Limits(interval, watch_timeout, appear_timeout), narrator, read_file)
    try:
        return watcher.watch()
    finally:
        narrator.show(None)
        narrator.waiting(None)


class _Watcher:
    """Looks for one run, and at it and its jobs until it has ended."""

    def __init__(
        self,
        github: GitHub,
        target: Target,
        limits: Limits,
        narrator: Narrator,
        read_file: Callable[[str], str | None] | None,
    ) -> None:
        self._github, self._target = github, target
        self._limits, self._narrator, self._read_file = limits, narrator, read_file
        self._workflow = github.workflow(target.workflow, even_disabled=True)
        self._appearing, self._running = Waited(github.clock), Waited(github.clock)
        self._expected = polling.Expected()
        self._run: Run | None = None
        self._jobs: tuple[Job, ...] = ()
        self._seen_at = 0.0
        self._held: frozenset[str] = frozenset()
        self._table: RunTable | None = None

    def watch(self) -> Run:
        """Return the run when it has succeeded."""
        while True:
            run = self._appeared()
            try:
                if not run.is_success:
                    run = self._ended(run)
            except Refused as refused:
                if refused.http_status != NOT_FOUND:
                    raise
                # It was there: lists and single answers of GitHub's may disagree for a while.
                self._narrator.say(f"GitHub does not find {run.title} any more, which is looked for again")
                self._pause_for_appearance()
                continue
            if not run.is_success:
                raise failed_run.failed(self._github, run, self._jobs)
            return run

    def _appeared(self) -> Run:
        """Return the newest run of the target as soon as there is one."""
        target = self._target
        while True:
            runs = self._github.runs(self._workflow, sha=target.sha, event=target.event, ref=target.ref)
            if runs:
                return runs[0]
            self._narrator.waiting(f"a run of {target} to appear")
            self._pause_for_appearance()

    def _pause_for_appearance(self) -> None:
        """Wait a while, longer each time. Raises WorkflowFailed, with a diagnosis, when it took too long."""
        waited = self._appearing
        left = self._limits.appear - waited.seconds
        if left <= 0:
            from patchwright.github import missing_run  # noqa: PLC0415  it needs yaml, and is needed at this halt alone

            raise WorkflowFailed(
                f"No run of {self._target} has appeared within {whole_duration(waited.seconds)}.",
                evidence=missing_run.diagnosis(self._github, self._target, self._read_file),
                remedy=[
                    "Run the same command again to go on waiting; the setting `appear-timeout` is the limit."
                ],
            )
        waited.pause(min(max(FIRST_LOOK_SECONDS, LOOK_SHARE * waited.seconds), self._limits.interval, left))

    def _ended(self, run: Run) -> Run:
        """Return the run when it has ended, having shown what happened meanwhile.

        Two things are asked for. The jobs, whose answer changes with every step and then counts against the
        rate limit: at each interval, or at every other. The run, whose answer hardly ever changes and is free
        while it does not: often when it may end, and before that only where the jobs are not due.
        """
        clock = self._github.clock
        at_run = clock.monotonic()
        self._open(run)
        self._see(run, self._github.jobs(run))
        at_jobs = clock.monotonic()
        while not run.is_completed:
            before, run_due, jobs_due = run, self._run_due(run, at_run, at_jobs), self._jobs_due(at_jobs)
            self._pause(run, min(run_due, jobs_due) - clock.monotonic())
            began = clock.monotonic()
            if run_due < jobs_due:
                run = self._github.run(run.id)
                at_run = clock.monotonic()
            if run_due >= jobs_due or self._is_news(before, run):
                self._see(run, self._github.jobs(run))
                at_jobs = clock.monotonic()
            if before.status != "waiting":
                self._running.count(began, ASK_SECONDS)
        return run

    def _jobs_due(self, at_jobs: float) -> float:
        """Return the monotonic time at which to look at the jobs again, which were looked at then."""
        now, interval = self._github.now(), self._limits.interval
        return at_jobs + polling.between_jobs(self._expected, self._jobs, now, interval)

    def _run_due(self, run: Run, at_run: float, at_jobs: float) -> float:
        """Return the monotonic time at which to look at the run again."""
        now, interval = self._github.now(), self._limits.interval
        if run.status == "waiting":
            return at_run + interval
        wait = polling.until_it_may_end(self._expected, self._jobs, now)
        if wait > 0:
            return min(self._github.clock.monotonic() + wait, max(at_run, at_jobs) + interval)
        return at_run + polling.between_runs(self._expected, self._jobs, now, interval)

    def _is_news(self, before: Run, run: Run) -> bool:
        """Whether a change of the run is a reason to look at its jobs at once."""
        if (run.status, run.attempt) != (before.status, before.attempt):
            return True
        # Something has happened, and nothing of it is seen before long: a job may have failed.
        unseen = run.updated_at > self._seen_at
        return unseen and self._github.now() - self._seen_at > self._limits.interval / 2

    def _pause(self, run: Run, seconds: float) -> None:
        """Wait. Raises WorkflowFailed when the run has had its time; waits for people are not counted."""
        left = self._limits.watch - self._running.seconds
        if left <= 0:
            raise failed_run.still_running(run, self._jobs, self._limits.watch)
        self._narrator.waiting("an approval" if run.status == "waiting" else f"{run.title} to end")
        if seconds > 0:
            self._running.pause(min(seconds, left), counts=run.status != "waiting")

    def _open(self, run: Run) -> None:
        """Show the run for the first time, and learn from the last successful one what to expect."""
        if self._run is not None and self._run.id == run.id:
            return
        self._run = run
        self._narrator.say(f"{run.title} for {run.head_sha[:10]} on {run.head_branch}: {run.url}")
        if not run.is_completed:
            self._expected = self._learned()
        if self._narrator.live:
            from patchwright.report.runs_table import RunTable  # noqa: PLC0415  it needs rich

            self._table = RunTable(run, self._expected, self._github.now)
            self._narrator.show(self._table)

    def _learned(self) -> polling.Expected:
        try:
            last = self._github.last_success(self._workflow, event=self._target.event)
            return polling.expected_from(last, self._github.jobs(last)) if last else polling.Expected()
        except Refused:
            return polling.Expected()

    def _see(self, run: Run, jobs: tuple[Job, ...]) -> None:
        """Tell what has changed since the last look."""
        before = {job.id: job.state for job in self._jobs}
        self._jobs, self._seen_at = jobs, self._github.now()
        if self._table:
            self._table.update(run, jobs)
        for job in jobs:
            if before.get(job.id) != job.state:
                self._tell(job)
        self._tell_of_holds(run)

    def _tell_of_holds(self, run: Run) -> None:
        """Tell, once, who has to approve what before the run goes on."""
        held = frozenset(job.name for job in self._jobs if job.status == "waiting")
        if run.status == "waiting" and all(job.is_completed for job in self._jobs):
            held = frozenset({run.title})
        if held - self._held:
            for approval in self._github.pending_deployments(run) or ("an approval",):
                self._narrator.say(f"{run.title} waits for {approval}: {run.url}")
        self._held = held

    def _tell(self, job: Job) -> None:
        took = job.seconds(self._github.now())
        if job.is_failed:
            step = f" in step {job.failed_step}" if job.failed_step else ""
            self._narrator.say(f"{job.name}: {job.state}{step} after {whole_duration(took or 0)}  {job.url}")
        elif self._narrator.live:
            return
        elif job.is_completed:
            self._narrator.say(f"{job.name}: {job.state} after {whole_duration(took or 0)}")
        elif job.is_running:
            self._narrator.say(f"{job.name}: started")
