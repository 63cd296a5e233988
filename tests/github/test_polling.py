from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from fake_gh import START
from patchwright.github.models import Job
from patchwright.github.polling import (
    FALLOUT_SECONDS,
    FIRST_SECONDS,
    NEAR_SECONDS,
    UNKNOWN_SECONDS,
    Expected,
    Span,
    between_jobs,
    between_runs,
    until_it_may_end,
)

# lint first, then two tests side by side, then package.
EXPECTED = Expected(
    {"lint": Span(50, 50), "a": Span(300, 350), "b": Span(400, 450), "package": Span(100, 550)}
)
UNKNOWN = Expected()


def job(
    name: str, started: float | None = None, ended: float | None = None, conclusion: str = "success"
) -> Job:
    """Return a job that started and ended so many seconds after the run."""
    status = "queued" if started is None else "in_progress" if ended is None else "completed"
    return Job(
        id=hash(name),
        name=name,
        status=status,
        conclusion=conclusion if status == "completed" else None,
        url="",
        started_at=None if started is None else START + started,
        completed_at=None if ended is None else START + ended,
        steps=(),
    )


LINTED = job("lint", 0, 50)
TESTING = (LINTED, job("a", 50), job("b", 50))
PACKAGING = (LINTED, job("a", 50, 350), job("b", 50, 450), job("package", 450))


@pytest.mark.parametrize(
    ("jobs", "after", "left"),
    [
        ((job("lint"),), 0, 550),
        ((job("lint", 0),), 20, 530),
        (TESTING, 50, 500),
        (TESTING, 400, 150),
        (PACKAGING, 450, 100),
        (PACKAGING, 600, 0),
    ],
)
def test_what_is_left_is_the_longest_job_and_what_follows(
    jobs: tuple[Job, ...], after: float, left: float
) -> None:
    assert EXPECTED.left(jobs, START + after) == left


def test_what_was_never_seen_cannot_be_judged() -> None:
    assert UNKNOWN.left(TESTING, START) is None
    assert EXPECTED.left((*TESTING, job("new", 50)), START) is None
    assert EXPECTED.left((*TESTING, job("new", 50, 60)), START + 60) == 490


def test_after_a_failure_nothing_follows() -> None:
    jobs = (LINTED, job("a", 50, 200, "failure"), job("b", 50))
    assert EXPECTED.left(jobs, START + 200) == 250


def test_all_jobs_that_are_known_of_count() -> None:
    assert EXPECTED.total(TESTING) == 4
    assert UNKNOWN.total(TESTING) == 3
    assert EXPECTED.total((*TESTING, job("new"))) == 5


def test_while_jobs_take_their_time_nothing_can_end() -> None:
    assert until_it_may_end(EXPECTED, TESTING, START + 50) == pytest.approx(0.8 * 500)
    assert until_it_may_end(EXPECTED, PACKAGING, START + 535) == 0


@pytest.mark.parametrize("jobs", [(), (LINTED,), (LINTED, job("a", 50, 350), job("b", 50, 450))], ids=len)
def test_where_nothing_runs_the_run_may_end(jobs: tuple[Job, ...]) -> None:
    assert until_it_may_end(EXPECTED, jobs, START + 500) == 0


def test_a_failure_may_bring_others_with_it_for_a_while() -> None:
    jobs = (LINTED, job("a", 50, 200, "failure"), job("b", 50))
    assert until_it_may_end(EXPECTED, jobs, START + 210) == 0
    assert until_it_may_end(EXPECTED, jobs, START + 200 + FALLOUT_SECONDS) > 0


@pytest.mark.parametrize(
    ("expected", "after", "interval", "gap"),
    [
        (EXPECTED, 540, 30, NEAR_SECONDS),
        (EXPECTED, 540, 2, 2),
        (UNKNOWN, 540, 30, UNKNOWN_SECONDS),
        (UNKNOWN, 540, 2, 2),
        (EXPECTED, 550 + 200, 30, 10),
        (EXPECTED, 5500, 30, 30),
    ],
)
def test_the_end_is_looked_for_often(expected: Expected, after: float, interval: float, gap: float) -> None:
    assert between_runs(expected, PACKAGING, START + after, interval) == gap


@pytest.mark.parametrize(
    ("jobs", "after", "gap"),
    [
        ((), 0, 10),
        ((job("lint"),), 0, 10),
        (TESTING, 60, 60),
        (TESTING, 240, 30),
        (PACKAGING, 455, 60),
        (PACKAGING, 540, 60),
    ],
)
def test_jobs_are_looked_at_where_they_can_end(jobs: tuple[Job, ...], after: float, gap: float) -> None:
    assert between_jobs(EXPECTED, jobs, START + after, 30) == gap


@pytest.mark.parametrize(
    ("age", "gap"), [(0, 1), (4, 1), (20, 4), (40, UNKNOWN_SECONDS), (600, UNKNOWN_SECONDS)]
)
def test_a_run_that_may_be_short_is_looked_at_often_while_it_is_young(age: float, gap: float) -> None:
    assert between_runs(UNKNOWN, (job("lint", 0),), START + age, 30) == gap


JOBS = st.lists(
    st.builds(
        job,
        name=st.sampled_from(["lint", "a", "b", "package", "new"]),
        started=st.none() | st.floats(0, 1000),
        ended=st.none() | st.floats(0, 1000),
        conclusion=st.sampled_from(["success", "failure", "skipped", "cancelled"]),
    ),
    unique_by=lambda one: one.name,
).map(tuple)


@given(JOBS, st.floats(-100, 5000), st.floats(1, 120), st.sampled_from([EXPECTED, UNKNOWN]))
def test_waits_are_never_negative_and_never_too_long(
    jobs: tuple[Job, ...], after: float, interval: float, expected: Expected
) -> None:
    now = START + after
    assert until_it_may_end(expected, jobs, now) >= 0
    assert min(FIRST_SECONDS, interval) <= between_runs(expected, jobs, now, interval) <= interval
    assert 0 < between_jobs(expected, jobs, now, interval) <= 2 * interval
    left = expected.left(jobs, now)
    assert left is None or left >= 0
