"""The models that are read from the JSON of GitHub."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, strategies as st

from fake_gh import BRANCH, SHA, START, FakeRun, job_json, run_json
from patchwright.github.client import NoAnswerError
from patchwright.github.models import (
    Approval,
    Job,
    Run,
    Target,
    Workflow,
    read_about,
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


def is_plausible(known: object) -> bool:
    if isinstance(known, Run):
        return known.title.endswith(f"#{known.number}") or known.attempt > 1
    if isinstance(known, Job):
        return known.state != "" and (known.seconds(START) or 0) >= 0
    return isinstance(known, Workflow) and "/" not in known.file


@pytest.mark.parametrize("wrong", [None, True, 5, -1, "x", "2026-01-01", [], [5], {}, {"a": 1}], ids=repr)
@pytest.mark.parametrize("read", READERS)
def test_a_reader_accepts_or_refuses_a_field_of_any_type(read: Any, wrong: object) -> None:  # noqa: ANN401  a reader
    right = READERS[read]
    assert is_plausible(read(right))
    for name in right:
        with contextlib.suppress(NoAnswerError):
            assert is_plausible(read({**right, name: wrong}))


@given(JSON)
def test_a_reader_accepts_or_refuses_any_json(content: object) -> None:
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
def test_the_conclusion_decides_whether_a_job_has_failed(
    conclusion: str | None, state: str, *, failed: bool
) -> None:
    job = read_job({**READERS[read_job], "conclusion": conclusion})
    assert (job.is_failed, job.state) == (failed, state)


def test_the_failed_step_is_the_first_step_that_failed() -> None:
    job = read_job(READERS[read_job])
    assert (job.failed_step, job.current_step, job.seconds(START + 9000)) == ("Run", None, 60)


@pytest.mark.parametrize("sha", ["", "1a2b3c4", SHA.upper(), SHA + "0", f"{SHA}\n"])
def test_a_target_needs_a_full_sha(sha: str) -> None:
    with pytest.raises(ValueError, match="not a full SHA"):
        Target("qa", sha, BRANCH)


def test_a_target_is_shown_with_workflow_commit_and_ref() -> None:
    assert str(Target("qa", SHA, BRANCH)) == "qa for 1a2b3c4d5e on release-1.24"


@pytest.mark.parametrize(
    ("approval", "shown"),
    [
        (Approval("production", ("alice", "bob")), "approval of environment production by alice, bob"),
        (Approval("production", ()), "approval of environment production"),
    ],
)
def test_an_approval_is_shown_with_environment_and_reviewers(approval: Approval, shown: str) -> None:
    assert str(approval) == shown


NAMED = {"full_name": "octo/almanac"}


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        ({**NAMED, "fork": False, "archived": False}, (None, None, False)),
        ({**NAMED, "fork": False, "archived": True, "permissions": {"push": True}}, (None, True, True)),
        (
            {
                **NAMED,
                "fork": True,
                "parent": {"full_name": "a/b"},
                "archived": False,
                "permissions": {"push": False},
            },
            ("a/b", False, False),
        ),
    ],
)
def test_the_facts_about_a_repository_are_read(content: object, facts: tuple[object, ...]) -> None:
    about = read_about(content)
    assert (about.parent, about.may_push, about.is_archived) == facts


def test_a_fork_without_a_parent_is_refused() -> None:
    with pytest.raises(NoAnswerError, match="no valid `parent`"):
        read_about({**NAMED, "fork": True, "archived": False})


@pytest.mark.parametrize("full_name", [None, "", "almanac", "/almanac", "octo/", "octo/almanac/tree"])
def test_a_repository_without_a_full_name_is_refused(full_name: str | None) -> None:
    with pytest.raises(NoAnswerError, match="full_name"):
        read_about({"full_name": full_name, "fork": False, "archived": False})
