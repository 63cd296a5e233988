"""Watch: wait for the run of one commit until it has ended, and decide whether it succeeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from patchwright.clock import WaitTimer, whole_duration
from patchwright.github import failed_run, missing_run, polling
from patchwright.github.client import ASK_SECONDS, NOT_FOUND, Refused
from patchwright.github.models import Job, Run, Target, Workflow
from patchwright.github.repository import GitHub
from patchwright.halts import WorkflowFailed
from patchwright.progress import Progress

# GitHub creates the run of a push after seconds, and sometimes after minutes.
FIRST_LOOK_SECONDS = 2.0
LOOK_SHARE = 0.2


@dataclass(frozen=True)
class Limits:
    """Limits in seconds: longest pause between two questions, time to end, time to appear."""

    interval: float
    watch: float
    appear: float


@dataclass(frozen=True)
class WatchedRun:
    """A run and its jobs as last seen, for display. `now` returns the time by GitHub's clock."""

    run: Run
    jobs: tuple[Job, ...]
    expected: polling.ExpectedJobs
    now: Callable[[], float]


def runs_of_target(github: GitHub, target: Target) -> tuple[Run, ...]:
    """Return the runs of the target, newest first. On a tag, whatever event has started them."""
    return _runs(github, github.workflow_of(target), target)


def _runs(github: GitHub, workflow: Workflow | None, target: Target) -> tuple[Run, ...]:
    if workflow is None:
        return ()
    return github.runs(workflow, sha=target.sha, ref=target.ref, any_event=target.is_tag)


def newest_run(github: GitHub, target: Target) -> Run | None:
    """Return the newest run of the target, with its latest attempt as it is at this moment, or None."""
    runs = runs_of_target(github, target)
    # The single answer is newer than the list.
    return github.run(runs[0].id) if runs else None


def successful_run(github: GitHub, target: Target) -> Run | None:
    """Return the newest run of the target if its latest attempt succeeded, else None. Do not wait."""
    runs = runs_of_target(github, target)
    return runs[0] if runs and runs[0].is_success else None


def successful_attempts(github: GitHub, target: Target) -> Iterator[tuple[Run, Run]]:
    """Yield each attempt of the target's runs that has succeeded, with its run as it is now.

    What has been published stays published, whatever a later run or attempt does.
    """
    runs = runs_of_target(github, target)
    yield from ((run, run) for run in runs if run.is_success)
    for run in runs:
        yield from ((attempt, run) for attempt in github.earlier_attempts(run) if attempt.is_success)


def watch(  # noqa: PLR0913  each limit is a setting of its own
    github: GitHub,
    target: Target,
    *,
    interval: float,
    watch_timeout: float,
    appear_timeout: float,
    progress: Progress,
    read_file: Callable[[str], str | None] | None = None,
) -> Run:
    """Wait for the target's run, and return it when its latest attempt has succeeded.

    `read_file` returns the text of a file of the target's commit, or None if the commit has no such file.
    Raise WorkflowFailed if the run did not succeed, did not end in time or never appeared, Unavailable if
    GitHub did not answer, and Prerequisite if it refused to answer.
    """
    watcher = _Watcher(github, target, Limits(interval, watch_timeout, appear_timeout), progress, read_file)
    try:
        return watcher.watch()
    finally:
        progress.show(None)
        progress.show_wait(None)


class _Watcher:
    """Waits until one run has appeared, then asks about it and its jobs until it has ended."""

    def __init__(
        self,
        github: GitHub,
        target: Target,
        limits: Limits,
        progress: Progress,
        read_file: Callable[[str], str | None] | None,
    ) -> None:
        self._github, self._target = github, target
        self._limits, self._progress, self._read_file = limits, progress, read_file
        self._workflow = github.workflow_of(target)
        self._appearing, self._running = WaitTimer(github.clock), WaitTimer(github.clock)
        self._expected = polling.ExpectedJobs()
        self._run_id: int | None = None
        self._jobs: tuple[Job, ...] = ()
        self._seen_at = 0.0
        self._awaiting_approval: frozenset[str] = frozenset()

    def watch(self) -> Run:
        """Return the run when it has succeeded."""
        while True:
            run = self._wait_for_appearance()
            try:
                if not run.is_success:
                    run = self._wait_for_end(run)
            except Refused as refused:
                if refused.http_status != NOT_FOUND:
                    raise
                # The run existed. GitHub's lists and its single answers may disagree for a while.
                self._progress.say(f"GitHub does not show {run.title} any more; asking again")
                self._pause_for_appearance()
                continue
            if not run.is_success:
                raise failed_run.halt_for_failure(self._github, run, self._jobs)
            return run

    def _wait_for_appearance(self) -> Run:
        """Return the run of the target that decides, as soon as there is one.

        It is the newest one. On a tag, somebody may have started several: one in progress, else one that has
        succeeded, comes before the others.
        """
        target = self._target
        while True:
            self._workflow = self._workflow or self._github.workflow_of(target)
            runs = _runs(self._github, self._workflow, target)
            if runs and target.is_tag:
                return min(runs, key=lambda run: (run.is_completed, not run.is_success))
            if runs:
                return runs[0]
            self._progress.show_wait(f"a run of {target} to appear")
            self._pause_for_appearance()

    def _pause_for_appearance(self) -> None:
        """Wait a while, longer each time. Raise WorkflowFailed with a diagnosis when the time is up."""
        waited = self._appearing
        seconds_left = self._limits.appear - waited.seconds
        if seconds_left <= 0:
            raise WorkflowFailed(
                f"No run of {self._target} has appeared within {whole_duration(waited.seconds)}.",
                evidence=missing_run.diagnosis(self._github, self._target, self._read_file),
                remedy=[
                    "Run the same command again to keep waiting. The setting `appear-timeout` is the limit."
                ],
            )
        pause = max(FIRST_LOOK_SECONDS, LOOK_SHARE * waited.seconds)
        waited.pause(min(pause, self._limits.interval, seconds_left))

    def _wait_for_end(self, run: Run) -> Run:
        """Return the run when it has ended. Meanwhile, show what happens.

        There are two questions. The answer about the jobs changes with every step, and a changed answer
        counts against the rate limit: ask at each interval, or at every other one. The answer about the run
        rarely changes, and an unchanged answer is free: ask often when the run may end, and before that only
        if the jobs are not due.
        """
        clock = self._github.clock
        run_seen_at = clock.monotonic()
        self._begin(run)
        self._see(run, self._github.jobs(run))
        jobs_seen_at = clock.monotonic()
        while not run.is_completed:
            before = run
            run_due, jobs_due = self._run_due(run, run_seen_at, jobs_seen_at), self._jobs_due(jobs_seen_at)
            self._pause(run, min(run_due, jobs_due) - clock.monotonic())
            since = clock.monotonic()
            if run_due < jobs_due:
                run = self._github.run(run.id)
                run_seen_at = clock.monotonic()
            if run_due >= jobs_due or self._may_have_new_jobs(before, run):
                self._see(run, self._github.jobs(run))
                jobs_seen_at = clock.monotonic()
            if before.status != "waiting":
                self._running.count(since, ASK_SECONDS)
        return run

    def _jobs_due(self, jobs_seen_at: float) -> float:
        """Return the monotonic time at which to ask about the jobs again."""
        now, interval = self._github.now(), self._limits.interval
        return jobs_seen_at + polling.jobs_interval(self._expected, self._jobs, now, interval)

    def _run_due(self, run: Run, run_seen_at: float, jobs_seen_at: float) -> float:
        """Return the monotonic time at which to ask about the run again."""
        now, interval = self._github.now(), self._limits.interval
        if run.status == "waiting":
            return run_seen_at + interval
        wait = polling.seconds_before_end(self._expected, self._jobs, now)
        if wait > 0:
            return min(self._github.clock.monotonic() + wait, max(run_seen_at, jobs_seen_at) + interval)
        return run_seen_at + polling.run_interval(self._expected, self._jobs, now, interval)

    def _may_have_new_jobs(self, before: Run, run: Run) -> bool:
        """Return whether a change of the run is a reason to ask about its jobs at once."""
        if (run.status, run.attempt) != (before.status, before.attempt):
            return True
        # A job may have failed, and the next question about the jobs is not due soon.
        has_changed = run.updated_at > self._seen_at
        return has_changed and self._github.now() - self._seen_at > self._limits.interval / 2

    def _pause(self, run: Run, seconds: float) -> None:
        """Wait. Raise WorkflowFailed when the run's time is up. The time of an approval does not count."""
        seconds_left = self._limits.watch - self._running.seconds
        if seconds_left <= 0:
            raise failed_run.halt_for_timeout(run, self._jobs, self._limits.watch)
        self._progress.show_wait("an approval" if run.status == "waiting" else f"{run.title} to end")
        if seconds > 0:
            self._running.pause(min(seconds, seconds_left), counts=run.status != "waiting")

    def _begin(self, run: Run) -> None:
        """Say which run this is, and learn from the last successful one what to expect of it."""
        if self._run_id == run.id:
            return
        self._run_id = run.id
        self._progress.say(f"{run.title} for {run.head_sha[:10]} on {run.head_branch}: {run.url}")
        if not run.is_completed:
            self._expected = self._learn_from_last_success()

    def _learn_from_last_success(self) -> polling.ExpectedJobs:
        try:
            last = self._github.last_success(self._workflow) if self._workflow else None
            return polling.expected_jobs(last, self._github.jobs(last)) if last else polling.ExpectedJobs()
        except Refused:
            return polling.ExpectedJobs()

    def _see(self, run: Run, jobs: tuple[Job, ...]) -> None:
        """Show what has changed since the last answer about the jobs."""
        before = {job.id: job.state for job in self._jobs}
        self._jobs, self._seen_at = jobs, self._github.now()
        if self._progress.live:
            self._progress.show(WatchedRun(run, jobs, self._expected, self._github.now))
        for job in jobs:
            if before.get(job.id) != job.state:
                self._say_state(job)
        self._say_approvals(run)

    def _say_approvals(self, run: Run) -> None:
        """Say once who must approve what before the run continues."""
        awaiting = frozenset(job.name for job in self._jobs if job.status == "waiting")
        if run.status == "waiting" and all(job.is_completed for job in self._jobs):
            awaiting = frozenset({run.title})
        if awaiting - self._awaiting_approval:
            for approval in self._github.pending_deployments(run) or ("an approval",):
                self._progress.say(f"{run.title} waits for {approval}: {run.url}")
        self._awaiting_approval = awaiting

    def _say_state(self, job: Job) -> None:
        took = whole_duration(job.seconds(self._github.now()) or 0)
        if job.is_failed:
            step = f" in step {job.failed_step}" if job.failed_step else ""
            self._progress.say(f"{job.name}: {job.state}{step} after {took}  {job.url}")
        elif self._progress.live:
            return
        elif job.is_completed:
            self._progress.say(f"{job.name}: {job.state} after {took}")
        elif job.is_running:
            self._progress.say(f"{job.name}: started")
