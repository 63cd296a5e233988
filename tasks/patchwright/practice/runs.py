"""Runs: what the script of a workflow run contains, and the state of the run at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

# A run succeeds only if each of its jobs has one of these conclusions.
_PASSING = frozenset({"success", "skipped", "neutral"})


@dataclass(frozen=True)
class Hold:
    """An approval that a job waits for before it starts: its environment and the users who may approve.

    `status` is the status of the waiting job and run. GitHub's is `waiting` for an environment.
    """

    environment: str = ""
    reviewers: tuple[str, ...] = ()
    status: str = "waiting"


@dataclass(frozen=True)
class JobScript:
    """The script of a job. It starts `starts_after` seconds after its `needs` and ends `seconds` later.

    All steps take equally long. All steps succeed except the last one: it has the conclusion of the job, and
    `log` is its log. With `may_fail`, the run succeeds even if the job fails.
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
    """The script of a run. It appears `appears_after` seconds after its push, and then its jobs run.

    If `jobs` is None, the run has the jobs of the workflow file. `conclusion` overrides the conclusion that
    the jobs give the run (empty means null in the API); the last job of the file gets it too. With `hold`,
    no job starts before an approval. No list shows the run during the `hidden` spans, in seconds after it
    appeared. If `logs` is false, its logs have expired.
    """

    jobs: Sequence[JobScript] | None = None
    appears_after: float = 0.0
    conclusion: str | None = None
    hold: Hold | None = None
    hidden: Sequence[tuple[float, float]] = ()
    logs: bool = True


@dataclass(frozen=True)
class StepState:
    """The state of a step at a time. Times are seconds since the epoch, or None if still in the future."""

    name: str
    number: int
    status: str
    conclusion: str | None
    started_at: float | None
    completed_at: float | None


@dataclass(frozen=True)
class JobState:
    """The state of a job at a time. `ready_at` is the time when its needs were met and lists show it."""

    script: JobScript
    status: str
    conclusion: str | None
    ready_at: float
    started_at: float | None
    completed_at: float | None
    steps: tuple[StepState, ...]

    @property
    def name(self) -> str:
        """The name of the job, as the run shows it."""
        return self.script.name

    @property
    def is_held(self) -> bool:
        """Whether the job waits for an approval."""
        return self.status not in {"queued", "in_progress", "completed"}

    @property
    def moments(self) -> tuple[float, ...]:
        """The times at which the job has changed so far."""
        return tuple(at for at in (self.ready_at, self.started_at, self.completed_at) if at is not None)


@dataclass(frozen=True)
class RunState:
    """The state of a run at a time, with the jobs that lists show then."""

    status: str
    conclusion: str | None
    updated_at: float
    jobs: tuple[JobState, ...]

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The approvals that jobs wait for, without duplicates."""
        return tuple(dict.fromkeys(job.script.hold for job in self.jobs if job.script.hold and job.is_held))


@dataclass(frozen=True)
class _Span:
    """The times and conclusion of a job. The start and end are infinite before an approval."""

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
    """Return the state at `now` of a run that started at `started_at`.

    `approved_at` is the time of the approval. `carried_jobs` are the finished jobs of earlier attempts. They
    come before the jobs of the script.
    """
    own_jobs = tuple(_with_hold(job, script.hold) for job in script.jobs or ())
    spans = _spans(own_jobs, started_at, math.inf if approved_at is None else approved_at)
    listed = (
        *carried_jobs,
        *(_job_state(job, spans[job.name], now) for job in own_jobs if spans[job.name].ready <= now),
    )
    moments = [started_at, *(moment for job in listed for moment in job.moments)]
    is_complete = len(listed) == len(carried_jobs) + len(own_jobs) and all(
        job.status == "completed" for job in listed
    )
    return RunState(
        status="completed" if is_complete else _status(listed),
        conclusion=_run_conclusion(script, listed) if is_complete else None,
        updated_at=max(moments),
        jobs=listed,
    )


def is_listed(script: RunScript, created_at: float, now: float) -> bool:
    """Return whether lists at `now` show a run that appeared at `created_at`."""
    age = now - created_at
    return age >= 0 and not any(since <= age < until for since, until in script.hidden)


def _with_hold(job: JobScript, hold: Hold | None) -> JobScript:
    if hold is None or job.needs or job.hold is not None:
        return job
    return replace(job, hold=hold)


def _spans(jobs: Iterable[JobScript], started_at: float, approved_at: float) -> dict[str, _Span]:
    """Return the span of each job. A need outside these jobs is met from the start."""
    by_name = {job.name: job for job in jobs}
    spans: dict[str, _Span] = {}

    def span(name: str) -> _Span:
        if name not in spans:
            job = by_name[name]
            needs = [(by_name[need], span(need)) for need in job.needs if need in by_name]
            spans[name] = _span(job, needs, started_at, approved_at)
        return spans[name]

    for name in by_name:
        span(name)
    return spans


def _span(
    job: JobScript, needs: Sequence[tuple[JobScript, _Span]], started_at: float, approved_at: float
) -> _Span:
    ready = max([started_at, *(span.end for _, span in needs)])
    if any(span.conclusion != "success" and not other.may_fail for other, span in needs):
        return _Span(ready, ready, ready, "skipped")
    start = max(ready, approved_at if job.hold else ready) + job.starts_after
    return _Span(ready, start, start + job.seconds, job.conclusion)


def _job_state(job: JobScript, span: _Span, now: float) -> JobState:
    if now < span.start:
        status = job.hold.status if job.hold and math.isinf(span.start) else "queued"
        return JobState(job, status, None, span.ready, None, None, ())
    has_ended = now >= span.end
    return JobState(
        script=job,
        status="completed" if has_ended else "in_progress",
        conclusion=span.conclusion if has_ended else None,
        ready_at=span.ready,
        started_at=span.start,
        completed_at=span.end if has_ended else None,
        steps=() if span.conclusion == "skipped" else tuple(_step_states(job, span, now)),
    )


def _step_states(job: JobScript, span: _Span, now: float) -> Iterable[StepState]:
    each = job.seconds / max(1, len(job.steps))
    for number, name in enumerate(job.steps, start=1):
        start = span.start + each * (number - 1)
        last = number == len(job.steps)
        # The last step ends exactly when its job ends, in spite of rounding.
        end = span.end if last else start + each
        if now >= end:
            yield StepState(name, number, "completed", span.conclusion if last else "success", start, end)
        elif now >= start:
            yield StepState(name, number, "in_progress", None, start, None)
        else:
            yield StepState(name, number, "pending", None, None, None)


def _status(listed: Sequence[JobState]) -> str:
    """Return the status of a run that has not completed."""
    statuses = {job.status for job in listed}
    hold_statuses = [job.status for job in listed if job.is_held]
    if "in_progress" in statuses:
        return "in_progress"
    if hold_statuses:
        return hold_statuses[0]
    return "in_progress" if "completed" in statuses else "queued"


def _run_conclusion(script: RunScript, jobs: Sequence[JobState]) -> str | None:
    return _worst_conclusion(jobs) if script.conclusion is None else script.conclusion or None


def _worst_conclusion(jobs: Sequence[JobState]) -> str:
    """Return the worst conclusion of the jobs, without the jobs that may fail."""
    conclusions: Mapping[str, None] = dict.fromkeys(
        job.conclusion for job in jobs if job.conclusion is not None and not job.script.may_fail
    )
    bad = [conclusion for conclusion in conclusions if conclusion not in _PASSING]
    if "failure" in bad:
        return "failure"
    if bad:
        return bad[0]
    return "skipped" if list(conclusions) == ["skipped"] else "success"
