from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, strategies as st

from fake_gh import START, FakeRun, job_json, run_json
from patchwright.github.client import NoAnswerError
from patchwright.github.models import (
    Job,
    Run,
    Workflow,
    read_approvals,
    read_job,
    read_list,
    read_run,
    read_workflow,
)
from patchwright.practice.runs import JobScript, RunScript

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
RUN = FakeRun(RunScript(jobs=[JobScript("test", 60, "failure")]))
READERS = {
    read_run: run_json(RUN, START + 100),
    read_job: job_json(RUN, 0, RUN.state(START + 100).jobs[0]),
    read_workflow: dict(RUN.workflow),
}


def of_right_types(known: object) -> bool:
    if isinstance(known, Run):
        return known.title.endswith(f"#{known.number}") or known.attempt > 1
    if isinstance(known, Job):
        return known.state != "" and (known.seconds(START) or 0) >= 0
    return isinstance(known, Workflow) and "/" not in known.file


@pytest.mark.parametrize("wrong", [None, True, 5, -1, "x", "2026-01-01", [], [5], {}, {"a": 1}], ids=repr)
@pytest.mark.parametrize("read", READERS)
def test_a_field_of_any_kind_is_read_or_is_no_answer(read: Any, wrong: object) -> None:  # noqa: ANN401  a reader
    right = READERS[read]
    assert of_right_types(read(right))
    for name in right:
        with contextlib.suppress(NoAnswerError):
            assert of_right_types(read({**right, name: wrong}))


@given(JSON)
def test_any_json_is_read_or_is_no_answer(content: object) -> None:
    for read in (read_run, read_job, read_workflow, read_approvals, read_list("runs", read_run)):
        with contextlib.suppress(NoAnswerError):
            assert read(content) == ()


@pytest.mark.parametrize(
    ("conclusion", "failed", "state"),
    [
        ("success", False, "success"),
        ("skipped", False, "skipped"),
        ("neutral", False, "neutral"),
        ("timed_out", True, "timed out"),
        (None, True, "no conclusion"),
    ],
)
def test_a_completed_job_has_failed_or_not(conclusion: str | None, state: str, *, failed: bool) -> None:
    job = read_job({**READERS[read_job], "conclusion": conclusion})
    assert (job.is_failed, job.state) == (failed, state)


def test_the_failed_step_is_the_first_that_ended_badly() -> None:
    job = read_job(READERS[read_job])
    assert (job.failed_step, job.current_step, job.seconds(START + 9000)) == ("Run", None, 60)
