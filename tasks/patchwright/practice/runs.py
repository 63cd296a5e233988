"""What a workflow run is told to do, and what can be seen of it at a moment: pure functions of the clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

# The conclusions of a job that let its run succeed; every other one does not.
_PASSING = frozenset({"success", "skipped", "neutral"})


@dataclass(frozen=True)
class Hold:
    """What keeps a job from starting until somebody approves: an environment and who may approve.

    `status` is what the job and the run show meanwhile; GitHub says `waiting` for an environment.
    """

    environment: str = ""
    reviewers: tuple[str, ...] = ()
    status: str = "waiting"


@dataclass(frozen=True)
class JobScript:
    """What a job does: it starts `starts_after` seconds after its `needs`, and ends `seconds` later.

    The steps share the time evenly and succeed, but for the last one: it ends as the job does, and `log` is
    its log. The failure of a job that `may_fail` leaves its run green.
    """

    name: str
    seconds: float = 2.0
    conclusion: str = "success"
    steps: Sequence[str] = ("Set up job", "Check out", "Run")
    log: str = ""
    needs: Sequence[str] = ()
    starts_after: float = 0.0
    may_fail: bool = False
    hold: Hold | None = None


@dataclass(frozen=True)
class RunScript:
    """What a run does: it appears `appears_after` seconds after its push, and its jobs run.

    `jobs` of None are those of the workflow file. `conclusion` is the run's, whatever its jobs say (an empty
    one is the API's null); with the jobs of the file, the last of them ends so as well. `hold` keeps all jobs
    from starting. `hidden` are spans (seconds after it appeared, from and until) in which no list shows it.
    Without `logs`, those have expired.
    """

    jobs: Sequence[JobScript] | None = None
    appears_after: float = 0.0
    conclusion: str | None = None
    hold: Hold | None = None
    hidden: Sequence[tuple[float, float]] = ()
    logs: bool = True


@dataclass(frozen=True)
class StepState:
    """A step of a job at a moment. Times are seconds since the epoch; None has not come yet."""

    name: str
    number: int
    status: str
    conclusion: str | None
    started_at: float | None
    completed_at: float | None


@dataclass(frozen=True)
class JobState:
    """A job at a moment; `ready_at` is when its needs were met and it was listed."""

    script: JobScript
    status: str
    conclusion: str | None
    ready_at: float
    started_at: float | None
    completed_at: float | None
    steps: tuple[StepState, ...]

    @property
    def name(self) -> str:
        """The job's name, as the run shows it."""
        return self.script.name

    @property
    def is_held(self) -> bool:
        """Whether it waits for an approval."""
        return self.status not in {"queued", "in_progress", "completed"}

    @property
    def moments(self) -> tuple[float, ...]:
        """When this job changed, so far."""
        return tuple(at for at in (self.ready_at, self.started_at, self.completed_at) if at is not None)


@dataclass(frozen=True)
class RunState:
    """A run at a moment, with the jobs that are listed then."""

    status: str
    conclusion: str | None
    updated_at: float
    jobs: tuple[JobState, ...]

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The approvals that jobs wait for now, each once."""
        return tuple(dict.fromkeys(job.script.hold for job in self.jobs if job.script.hold and job.is_held))


@dataclass(frozen=True)
class _Span:
    """When a job is listed, starts and ends (infinity: not before an approval), and how it ends."""

    ready: float
    start: float
    end: float
    conclusion: str


def run_state(
    script: RunScript,
    started_at: float,
    now: float,
    *,
    approved_at: float | None = None,
    carried_jobs: Sequence[JobState] = (),
) -> RunState:
    """Return what is seen at `now` of a run that started to act at `started_at`.

    `approved_at` is when the approval that jobs wait for was given. `carried_jobs` are the jobs that an earlier
    attempt has done; they stand before the script's own.
    """
    jobs = tuple(_with_hold(job, script.hold) for job in script.jobs or ())
    spans = _spans(jobs, started_at, math.inf if approved_at is None else approved_at)
    listed = (
        *carried_jobs,
        *(_job_state(job, spans[job.name], now) for job in jobs if spans[job.name].ready <= now),
    )
    moments = [started_at, *(moment for job in listed for moment in job.moments)]
    done = len(listed) == len(carried_jobs) + len(jobs) and all(job.status == "completed" for job in listed)
    return RunState(
        status="completed" if done else _status(listed),
        conclusion=_run_conclusion(script, listed) if done else None,
        updated_at=max(moments),
        jobs=listed,
    )


def is_listed(script: RunScript, created_at: float, now: float) -> bool:
    """Whether lists of runs show, at `now`, a run that appeared at `created_at`."""
    age = now - created_at
    return age >= 0 and not any(since <= age < until for since, until in script.hidden)


def _with_hold(job: JobScript, hold: Hold | None) -> JobScript:
    if hold is None or job.needs or job.hold is not None:
        return job
    return replace(job, hold=hold)


def _spans(jobs: Iterable[JobScript], started_at: float, approved_at: float) -> dict[str, _Span]:
    """Return when each job happens; a need that is none of these jobs is met from the start."""
    by_name = {job.name: job for job in jobs}
    spans: dict[str, _Span] = {}

    def span(name: str) -> _Span:
        if name not in spans:
            job = by_name[name]
            needed = [(by_name[need], span(need)) for need in job.needs if need in by_name]
            spans[name] = _span(job, needed, started_at, approved_at)
        return spans[name]

    for name in by_name:
        span(name)
    return spans


def _span(
    job: JobScript, needed: Sequence[tuple[JobScript, _Span]], started_at: float, approved_at: float
) -> _Span:
    ready = max([started_at, *(span.end for _, span in needed)])
    if any(span.conclusion != "success" and not other.may_fail for other, span in needed):
        return _Span(ready, ready, ready, "skipped")
    start = max(ready, approved_at if job.hold else ready) + job.starts_after
    return _Span(ready, start, start + job.seconds, job.conclusion)


def _job_state(job: JobScript, span: _Span, now: float) -> JobState:
    if now < span.start:
        status = job.hold.status if job.hold and math.isinf(span.start) else "queued"
        return JobState(job, status, None, span.ready, None, None, ())
    done = now >= span.end
    return JobState(
        script=job,
        status="completed" if done else "in_progress",
        conclusion=span.conclusion if done else None,
        ready_at=span.ready,
        started_at=span.start,
        completed_at=span.end if done else None,
        steps=() if span.conclusion == "skipped" else tuple(_step_states(job, span, now)),
    )


def _step_states(job: JobScript, span: _Span, now: float) -> Iterable[StepState]:
    each = job.seconds / max(1, len(job.steps))
    for number, name in enumerate(job.steps, start=1):
        start = span.start + each * (number - 1)
        last = number == len(job.steps)
        # The last step ends with its job to the bit, whatever the division did.
        end = span.end if last else start + each
        if now >= end:
            yield StepState(name, number, "completed", span.conclusion if last else "success", start, end)
        elif now >= start:
            yield StepState(name, number, "in_progress", None, start, None)
        else:
            yield StepState(name, number, "pending", None, None, None)


def _status(listed: Sequence[JobState]) -> str:
    """Return the status of a run that has not completed."""
    seen = {job.status for job in listed}
    held = [job.status for job in listed if job.is_held]
    if "in_progress" in seen:
        return "in_progress"
    if held:
        return held[0]
    return "in_progress" if "completed" in seen else "queued"


def _run_conclusion(script: RunScript, jobs: Sequence[JobState]) -> str | None:
    return _worst_conclusion(jobs) if script.conclusion is None else script.conclusion or None


def _worst_conclusion(jobs: Sequence[JobState]) -> str:
    """Return how a run ends whose jobs ended so: the gravest of them, but for those that may fail."""
    ends: Mapping[str, None] = dict.fromkeys(
        job.conclusion for job in jobs if job.conclusion is not None and not job.script.may_fail
    )
    grave = [end for end in ends if end not in _PASSING]
    if "failure" in grave:
        return "failure"
    if grave:
        return grave[0]
    return "skipped" if list(ends) == ["skipped"] else "success"
