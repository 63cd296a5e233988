"""Estimates from the last successful run, and the pauses between questions."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from fake_gh import START, FakeRun, run_json
from patchwright.github.models import Job, read_run
from patchwright.github.polling import (
    FALLOUT_SECONDS,
    FIRST_SECONDS,
    NEAR_SECONDS,
    UNKNOWN_SECONDS,
    ExpectedJobs,
    Span,
    expected_jobs,
    jobs_interval,
    run_interval,
    seconds_before_end,
)
from patchwright.practice.runs import RunScript

# First lint, then two tests in parallel, then package.
EXPECTED = ExpectedJobs(
    {"lint": Span(50, 50), "a": Span(300, 350), "b": Span(400, 450), "package": Span(100, 550)}
)
UNKNOWN = ExpectedJobs()


def job(
    name: str, started: float | None = None, ended: float | None = None, conclusion: str = "success"
) -> Job:
    """Return a job whose start and end are in seconds after the start of the run."""
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
def test_the_remaining_time_is_the_longest_job_and_what_follows_it(
    jobs: tuple[Job, ...], after: float, left: float
) -> None:
    assert EXPECTED.seconds_left(jobs, START + after) == left


def test_a_run_with_an_unknown_open_job_has_no_estimate() -> None:
    assert UNKNOWN.seconds_left(TESTING, START) is None
    assert EXPECTED.seconds_left((*TESTING, job("new", 50)), START) is None
    assert EXPECTED.seconds_left((*TESTING, job("new", 50, 60)), START + 60) == 490


def test_after_a_failure_no_jobs_follow() -> None:
    jobs = (LINTED, job("a", 50, 200, "failure"), job("b", 50))
    assert EXPECTED.seconds_left(jobs, START + 200) == 250


def test_the_total_counts_listed_and_expected_jobs() -> None:
    assert EXPECTED.total_jobs(TESTING) == 4
    assert UNKNOWN.total_jobs(TESTING) == 3
    assert EXPECTED.total_jobs((*TESTING, job("new"))) == 5


def test_a_run_cannot_end_before_its_jobs() -> None:
    assert seconds_before_end(EXPECTED, TESTING, START + 50) == pytest.approx(0.8 * 500)
    assert seconds_before_end(EXPECTED, PACKAGING, START + 535) == 0


@pytest.mark.parametrize("jobs", [(), (LINTED,), (LINTED, job("a", 50, 350), job("b", 50, 450))], ids=len)
def test_a_run_without_running_jobs_may_end(jobs: tuple[Job, ...]) -> None:
    assert seconds_before_end(EXPECTED, jobs, START + 500) == 0


def test_a_run_may_end_soon_after_a_failure() -> None:
    jobs = (LINTED, job("a", 50, 200, "failure"), job("b", 50))
    assert seconds_before_end(EXPECTED, jobs, START + 210) == 0
    assert seconds_before_end(EXPECTED, jobs, START + 200 + FALLOUT_SECONDS) > 0


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
def test_questions_about_a_run_are_frequent_near_its_end(
    expected: ExpectedJobs, after: float, interval: float, gap: float
) -> None:
    assert run_interval(expected, PACKAGING, START + after, interval) == gap


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
def test_questions_about_jobs_are_frequent_when_a_job_may_end(
    jobs: tuple[Job, ...], after: float, gap: float
) -> None:
    assert jobs_interval(EXPECTED, jobs, START + after, 30) == gap


@pytest.mark.parametrize(
    ("age", "gap"), [(0, 1), (4, 1), (20, 4), (40, UNKNOWN_SECONDS), (600, UNKNOWN_SECONDS)]
)
def test_questions_about_a_young_run_are_frequent(age: float, gap: float) -> None:
    assert run_interval(UNKNOWN, (job("lint", 0),), START + age, 30) == gap


def test_expected_jobs_have_the_spans_of_the_earlier_run() -> None:
    run = read_run(run_json(FakeRun(RunScript(jobs=[])), START))
    jobs = (LINTED, job("a", 50, 350), job("docs"))
    assert expected_jobs(run, jobs) == ExpectedJobs({"lint": Span(50, 50), "a": Span(300, 350)})


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
def test_pauses_are_never_negative_and_never_too_long(
    jobs: tuple[Job, ...], after: float, interval: float, expected: ExpectedJobs
) -> None:
    now = START + after
    assert seconds_before_end(expected, jobs, now) >= 0
    assert min(FIRST_SECONDS, interval) <= run_interval(expected, jobs, now, interval) <= interval
    assert 0 < jobs_interval(expected, jobs, now, interval) <= 2 * interval
    left = expected.seconds_left(jobs, now)
    assert left is None or left >= 0
