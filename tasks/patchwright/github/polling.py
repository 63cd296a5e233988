"""How long a run may still take, judged by the last one that succeeded: when it is worth asking again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from patchwright.github.models import Job, Run

NEAR_SECONDS = 5.0
UNKNOWN_SECONDS = 8.0
STARTING_SECONDS = 10.0
# A run that is young may be a short one: it is looked at again after this share of its age, in seconds.
YOUNG_SHARE = 0.2
FIRST_SECONDS = 1.0
# A job rarely takes less than this share of what it took the last time.
EARLY_SHARE = 0.8
# Jobs that depend on a failed one are skipped, and others of its matrix are cancelled, within this time.
FALLOUT_SECONDS = 60.0
# How much longer to wait between two looks, for each second that a run is overdue.
OVERDUE_SHARE = 0.05


@dataclass(frozen=True)
class Span:
    """What a job took: `seconds`, and when it ended, in seconds after the run's start."""

    seconds: float
    ended: float


@dataclass(frozen=True)
class Expected:
    """What the jobs of the last successful run took, by their names; empty where there was none."""

    jobs: Mapping[str, Span] = field(default_factory=dict)

    def left(self, jobs: Sequence[Job], now: float, *, share: float = 1.0) -> float | None:
        """Return how many seconds the run takes from now if each job takes `share` of what it took; or None.

        None is for a run that can't be judged: a job that is not done has never been seen.
        """
        open_jobs = [job for job in jobs if not job.is_completed]
        if not self.jobs or any(job.name not in self.jobs for job in open_jobs):
            return None
        lefts = [-self.overdue(job, now, share=share) for job in open_jobs]
        return max([0.0, *lefts]) + share * self._tail(jobs)

    def overdue(self, job: Job, now: float, *, share: float = 1.0) -> float:
        """Return how many seconds longer than `share` of what is expected a job has run; 0 if never seen."""
        span = self.jobs.get(job.name)
        return (job.seconds(now) or 0.0) - share * span.seconds if span else 0.0

    def total(self, jobs: Sequence[Job]) -> int:
        """Return how many jobs the run will have, so far as can be known."""
        return len({job.name for job in jobs} | self.jobs.keys())

    def _tail(self, jobs: Sequence[Job]) -> float:
        """Return how long the last run went on after the jobs that are listed now had ended."""
        if any(job.is_failed for job in jobs):
            return 0.0
        ended = [self.jobs[job.name].ended for job in jobs if job.name in self.jobs]
        return max(span.ended for span in self.jobs.values()) - max(ended, default=0.0)


def expected_from(run: Run, jobs: Sequence[Job]) -> Expected:
    """Return what a run of the same workflow lets expect."""
    return Expected(
        {
            job.name: Span(job.completed_at - job.started_at, job.completed_at - run.started_at)
            for job in jobs
            if job.started_at is not None and job.completed_at is not None
        }
    )


def until_it_may_end(expected: Expected, jobs: Sequence[Job], now: float) -> float:
    """Return for how many seconds nothing can end the run; 0 where it may end at any moment."""
    if not any(job.is_running or job.status == "queued" for job in jobs):
        return 0.0
    if any(job.is_failed and now - (job.completed_at or now) < FALLOUT_SECONDS for job in jobs):
        return 0.0
    return expected.left(jobs, now, share=EARLY_SHARE) or 0.0


def between_runs(expected: Expected, jobs: Sequence[Job], now: float, interval: float) -> float:
    """Return the seconds between two looks at a run that may end at any moment."""
    if expected.left(jobs, now) is None:
        age = now - min((job.started_at for job in jobs if job.started_at is not None), default=now)
        return min(max(FIRST_SECONDS, YOUNG_SHARE * age), UNKNOWN_SECONDS, interval)
    overdue = max((expected.overdue(job, now) for job in jobs if job.is_running), default=0.0)
    return min(max(NEAR_SECONDS, OVERDUE_SHARE * overdue), interval)


def between_jobs(expected: Expected, jobs: Sequence[Job], now: float, interval: float) -> float:
    """Return the seconds between two looks at the jobs: `interval`, or twice that where that tells as much.

    It does while no job can end so soon, and when the run may end, since it is then looked at often itself.
    """
    if not any(job.started_at for job in jobs):
        return min(STARTING_SECONDS, interval)
    running = [job for job in jobs if job.is_running]
    soonest = min((-expected.overdue(job, now, share=EARLY_SHARE) for job in running), default=0.0)
    may_end = expected.left(jobs, now, share=EARLY_SHARE) == 0
    return 2 * interval if may_end or soonest > 2 * interval else interval
