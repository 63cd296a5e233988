"""Polling: estimate from the last successful run how long a run may take, and when to ask about it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from patchwright.github.models import Job, Run

NEAR_SECONDS = 5.0
UNKNOWN_SECONDS = 8.0
STARTING_SECONDS = 10.0
# A young run may be a short one: ask about it again after this share of its age, in seconds.
YOUNG_SHARE = 0.2
FIRST_SECONDS = 1.0
# A job rarely takes less than this share of its last duration.
EARLY_SHARE = 0.8
# Within this time, GitHub skips the jobs that need a failed one, and cancels the others of its matrix.
FALLOUT_SECONDS = 60.0
# How much longer to wait between two questions, for each second that a run is overdue.
OVERDUE_SHARE = 0.05


@dataclass(frozen=True)
class Span:
    """The duration of a job, and its end in seconds after the start of the run."""

    seconds: float
    end: float


@dataclass(frozen=True)
class ExpectedJobs:
    """The jobs of the last successful run by their names. Empty if there was no such run."""

    spans: Mapping[str, Span] = field(default_factory=dict)

    def seconds_left(self, jobs: Sequence[Job], now: float, *, share: float = 1.0) -> float | None:
        """Return how many seconds the run still takes if each job takes `share` of its last duration.

        Return None if a job is not completed and was not in the last successful run.
        """
        open_jobs = [job for job in jobs if not job.is_completed]
        if not self.spans or any(job.name not in self.spans for job in open_jobs):
            return None
        remaining = [-self.seconds_overdue(job, now, share=share) for job in open_jobs]
        return max([0.0, *remaining]) + share * self._seconds_after(jobs)

    def seconds_overdue(self, job: Job, now: float, *, share: float = 1.0) -> float:
        """Return how many seconds longer than `share` of its last duration a job has run; 0 if unknown."""
        span = self.spans.get(job.name)
        return (job.seconds(now) or 0.0) - share * span.seconds if span else 0.0

    def total_jobs(self, jobs: Sequence[Job]) -> int:
        """Return how many jobs the run will probably have."""
        return len({job.name for job in jobs} | self.spans.keys())

    def _seconds_after(self, jobs: Sequence[Job]) -> float:
        """Return how long the last run continued after the end of these jobs."""
        if any(job.is_failed for job in jobs):
            return 0.0
        ends = [self.spans[job.name].end for job in jobs if job.name in self.spans]
        return max(span.end for span in self.spans.values()) - max(ends, default=0.0)


def expected_jobs(run: Run, jobs: Sequence[Job]) -> ExpectedJobs:
    """Return what to expect of a run if an earlier run of its workflow had these jobs."""
    return ExpectedJobs(
        {
            job.name: Span(job.completed_at - job.started_at, job.completed_at - run.started_at)
            for job in jobs
            if job.started_at is not None and job.completed_at is not None
        }
    )


def seconds_before_end(expected: ExpectedJobs, jobs: Sequence[Job], now: float) -> float:
    """Return for how many seconds the run cannot end; 0 if it may end at any moment."""
    if not any(job.is_running or job.status == "queued" for job in jobs):
        return 0.0
    if any(job.is_failed and now - (job.completed_at or now) < FALLOUT_SECONDS for job in jobs):
        return 0.0
    return expected.seconds_left(jobs, now, share=EARLY_SHARE) or 0.0


def run_interval(expected: ExpectedJobs, jobs: Sequence[Job], now: float, interval: float) -> float:
    """Return the seconds between two questions about a run that may end at any moment."""
    if expected.seconds_left(jobs, now) is None:
        age = now - min((job.started_at for job in jobs if job.started_at is not None), default=now)
        return min(max(FIRST_SECONDS, YOUNG_SHARE * age), UNKNOWN_SECONDS, interval)
    overdue = max((expected.seconds_overdue(job, now) for job in jobs if job.is_running), default=0.0)
    return min(max(NEAR_SECONDS, OVERDUE_SHARE * overdue), interval)


def jobs_interval(expected: ExpectedJobs, jobs: Sequence[Job], now: float, interval: float) -> float:
    """Return the seconds between two questions about the jobs: `interval`, or twice that if it is enough.

    It is enough while no job can end so soon. It is also enough if the run may end, because the watcher then
    asks often about the run itself.
    """
    if not any(job.started_at for job in jobs):
        return min(STARTING_SECONDS, interval)
    running = [job for job in jobs if job.is_running]
    soonest = min((-expected.seconds_overdue(job, now, share=EARLY_SHARE) for job in running), default=0.0)
    may_end = expected.seconds_left(jobs, now, share=EARLY_SHARE) == 0
    return 2 * interval if may_end or soonest > 2 * interval else interval
