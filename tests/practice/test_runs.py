from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from patchwright.practice.runs import Hold, JobScript, RunScript, is_listed, run_state

START = 1_000.0
LINT = JobScript("lint", 10.0)
TEST = JobScript("test", 20.0, needs=("lint",), steps=("one", "two"))
ORDER = ["queued", "in_progress", "completed"]


def test_a_job_with_unmet_needs_is_not_listed() -> None:
    script = RunScript([LINT, TEST])
    assert [job.name for job in run_state(script, START, START).jobs] == ["lint"]
    assert [job.name for job in run_state(script, START, START + 10).jobs] == ["lint", "test"]


def test_a_run_is_in_progress_until_its_last_job_has_ended() -> None:
    script = RunScript([LINT, TEST])
    states = [run_state(script, START, START + at) for at in (0, 10, 29.9, 30, 1e6)]
    assert [state.status for state in states] == ["in_progress"] * 3 + ["completed"] * 2
    assert [state.conclusion for state in states] == [None] * 3 + ["success"] * 2
    assert [state.updated_at - START for state in states] == [0, 10, 10, 30, 30]


def test_a_job_is_queued_before_it_starts() -> None:
    script = RunScript([replace(LINT, starts_after=5.0)])
    states = [run_state(script, START, START + at) for at in (4.9, 5.0, 15.0)]
    assert [(state.status, state.jobs[0].status) for state in states] == [
        (status, status) for status in ORDER
    ]


def test_all_steps_take_equally_long_and_the_last_has_the_conclusion_of_the_job() -> None:
    script = RunScript([replace(TEST, needs=(), conclusion="failure")])
    (half,), (whole,) = (run_state(script, START, START + at).jobs for at in (15, 20))
    assert [(step.status, step.conclusion) for step in half.steps] == [
        ("completed", "success"),
        ("in_progress", None),
    ]
    assert [step.conclusion for step in whole.steps] == ["success", "failure"]
    assert whole.steps[-1].completed_at == whole.completed_at == START + 20


def test_a_failure_skips_the_jobs_that_need_it_and_fails_the_run() -> None:
    state = run_state(RunScript([replace(LINT, conclusion="failure"), TEST]), START, START + 10)
    assert [(job.name, job.conclusion) for job in state.jobs] == [("lint", "failure"), ("test", "skipped")]
    assert (state.status, state.conclusion) == ("completed", "failure")


def test_a_run_succeeds_if_a_job_fails_that_may_fail() -> None:
    state = run_state(
        RunScript([replace(LINT, conclusion="failure", may_fail=True), TEST]), START, START + 30
    )
    assert [job.conclusion for job in state.jobs] == ["failure", "success"]
    assert state.conclusion == "success"


@pytest.mark.parametrize(
    ("conclusions", "overall"),
    [
        (["success", "skipped", "neutral"], "success"),
        (["success", "cancelled"], "cancelled"),
        (["timed_out", "failure"], "failure"),
        (["skipped", "skipped"], "skipped"),
        ([], "success"),
    ],
)
def test_a_run_has_the_worst_conclusion_of_its_jobs(conclusions: list[str], overall: str) -> None:
    jobs = [JobScript(str(number), conclusion=end) for number, end in enumerate(conclusions)]
    assert run_state(RunScript(jobs), START, START + 100).conclusion == overall


def test_the_conclusion_of_the_script_overrides_the_conclusions_of_the_jobs() -> None:
    assert run_state(RunScript([LINT], conclusion="stale"), START, START + 10).conclusion == "stale"
    assert run_state(RunScript([LINT], conclusion=""), START, START + 10).conclusion is None
    state = run_state(RunScript([], conclusion="startup_failure"), START, START)
    assert (state.status, state.conclusion) == ("completed", "startup_failure")


def test_a_job_with_an_environment_and_its_run_wait_for_the_approval() -> None:
    hold = Hold("pypi", ("ada", "ben"))
    script = RunScript([LINT, replace(TEST, hold=hold)])
    waiting = run_state(script, START, START + 1e6)
    assert (waiting.status, waiting.conclusion, waiting.holds) == ("waiting", None, (hold,))
    assert waiting.jobs[1].started_at is None
    approved = run_state(script, START, START + 120, approved_at=START + 100)
    assert (approved.conclusion, approved.holds) == ("success", ())
    assert approved.jobs[1].started_at == START + 100


def test_a_run_with_a_hold_starts_none_of_its_jobs() -> None:
    state = run_state(RunScript([LINT, TEST], hold=Hold(status="queued")), START, START + 1e6)
    assert (state.status, [job.name for job in state.jobs]) == ("queued", ["lint"])


def test_a_run_with_a_hold_has_the_status_of_the_hold() -> None:
    assert run_state(RunScript([LINT], hold=Hold(status="requested")), START, START).status == "requested"


def test_lists_show_a_run_after_it_has_appeared_and_while_it_is_not_hidden() -> None:
    script = RunScript(hidden=[(5, 10), (20, 30)])
    shown = [at for at in range(-2, 33) if is_listed(script, START, START + at)]
    assert shown == [*range(5), *range(10, 20), *range(30, 33)]


def test_the_jobs_of_an_earlier_attempt_come_first_and_meet_needs() -> None:
    (lint,) = run_state(RunScript([LINT]), START, START + 10).jobs
    state = run_state(RunScript([TEST]), START + 50, START + 70, carried_jobs=[lint])
    assert [(job.name, job.conclusion) for job in state.jobs] == [("lint", "success"), ("test", "success")]


@st.composite
def scripts(draw: st.DrawFn) -> RunScript:
    """Return a run whose jobs may need earlier jobs."""
    jobs: list[JobScript] = []
    for number in range(draw(st.integers(0, 6))):
        names = [job.name for job in jobs]
        jobs.append(
            JobScript(
                str(number),
                seconds=draw(st.floats(0, 100)),
                conclusion=draw(st.sampled_from(["success", "failure", "cancelled"])),
                needs=draw(st.lists(st.sampled_from(names), unique=True)) if names else (),
                starts_after=draw(st.floats(0, 10)),
                may_fail=draw(st.booleans()),
            )
        )
    return RunScript(jobs)


@given(scripts(), st.floats(0, 1000), st.floats(0, 1000))
def test_a_run_never_returns_to_an_earlier_state(script: RunScript, one: float, other: float) -> None:
    early, late = (run_state(script, START, START + at) for at in sorted((one, other)))
    later = {job.name: job for job in late.jobs}
    for job in early.jobs:
        assert ORDER.index(job.status) <= ORDER.index(later[job.name].status)
        assert job.started_at in {None, later[job.name].started_at}
    assert early.updated_at <= late.updated_at
    assert (early.status != "completed") or early == late


@given(scripts())
def test_every_run_ends_and_no_job_starts_before_the_jobs_that_it_needs(script: RunScript) -> None:
    state = run_state(script, START, START + 1e6)
    jobs = {job.name: job for job in state.jobs}
    assert state.status == "completed"
    assert len(jobs) == len(script.jobs or ())
    for job in jobs.values():
        for need in job.script.needs:
            assert job.ready_at >= (jobs[need].completed_at or 0)
