from __future__ import annotations

from dataclasses import dataclass

import pytest

from patchwright.practice.actions import Actions, Run
from patchwright.practice.hosting import Commit
from patchwright.practice.runs import JobScript, RunScript
from patchwright.practice.workflows import WorkflowFile

COMMIT = Commit("1" * 40, "2" * 40, (), "Ada", "a@x", "t", "Ada", "a@x", "t", "Fix.\n\nBody.")
QA = WorkflowFile(".github/workflows/qa.yaml", "qa", {}, (JobScript("lint", 10), JobScript("test", 20)))
BROKEN = WorkflowFile("w.yaml", "w.yaml", {}, (), broken=True)
FAILURE = RunScript(conclusion="failure")


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def actions(clock: Clock) -> Actions:
    return Actions(clock, 2.0)


def start(actions: Actions, file: WorkflowFile = QA) -> Run:
    run = actions.start(file, "push", "master", COMMIT)
    assert run is not None
    return run


def test_run_ids_increase_and_each_workflow_numbers_its_own_runs(actions: Actions) -> None:
    runs = [start(actions), start(actions), start(actions, BROKEN)]
    assert [run.number for run in runs] == [1, 2, 1]
    assert runs[0].id < runs[1].id < runs[2].id


def test_a_run_without_a_script_follows_its_workflow_file(actions: Actions, clock: Clock) -> None:
    run = start(actions)
    clock.now += 19
    assert run.state(clock.now).status == "in_progress"
    clock.now += 1
    assert run.state(clock.now).conclusion == "success"


def test_a_run_follows_the_next_script_then_the_usual_script_then_the_file(actions: Actions) -> None:
    actions.scripts["qa"] = [FAILURE, RunScript(conclusion="cancelled")]
    actions.usual_scripts["qa"] = RunScript(conclusion="stale")
    conclusions = [start(actions).state(2000.0).conclusion for _ in range(3)]
    del actions.usual_scripts["qa"]
    assert [*conclusions, start(actions).state(2000.0).conclusion] == [
        "failure",
        "cancelled",
        "stale",
        "success",
    ]


def test_a_scripted_failure_is_the_failure_of_the_last_job_of_the_file(actions: Actions) -> None:
    actions.scripts["qa"] = [FAILURE]
    assert [job.conclusion for job in start(actions).state(2000.0).jobs] == ["success", "failure"]


def test_a_run_is_not_listed_or_found_before_it_appears(actions: Actions, clock: Clock) -> None:
    actions.scripts["qa"] = [RunScript(appears_after=5)]
    run = start(actions)
    assert (actions.listed_runs(), actions.known_runs()) == ([], ())
    with pytest.raises(LookupError):
        actions.find_run(run.id)
    clock.now += 5
    assert (actions.listed_runs(), actions.find_run(run.id)) == ([run], run)


def test_the_list_starts_with_the_newest_run(actions: Actions, clock: Clock) -> None:
    first = start(actions)
    clock.now += 1
    second = start(actions)
    workflow = actions.workflow("other.yaml", "qa")
    old = actions.add(workflow, "push", "master", COMMIT, RunScript(), created_at=500.0)
    assert actions.listed_runs() == [second, first, old]


def test_a_new_attempt_does_not_change_the_earlier_attempts(actions: Actions, clock: Clock) -> None:
    actions.scripts["qa"] = [FAILURE]
    run = start(actions)
    clock.now += 100
    actions.rerun(run)
    assert (run.state(clock.now).status, run.state(clock.now, 1).conclusion) == ("in_progress", "failure")
    clock.now += 100
    assert (run.state(clock.now).conclusion, run.state(clock.now, 1).conclusion) == ("success", "failure")
    actions.rerun(run, FAILURE)
    clock.now += 100
    assert [run.state(clock.now, number).conclusion for number in (1, 2, 3)] == [
        "failure",
        "success",
        "failure",
    ]


def test_a_rerun_of_the_failed_jobs_takes_over_the_other_jobs(actions: Actions, clock: Clock) -> None:
    actions.scripts["qa"] = [FAILURE]
    run = start(actions)
    clock.now = 2000.0
    actions.rerun(run, failed_only=True)
    clock.now = 3000.0
    lint, test = run.state(clock.now).jobs
    assert (lint.completed_at, lint.conclusion) == (1010.0, "success")
    assert (test.started_at, test.conclusion) == (2000.0, "success")


def test_a_job_has_a_different_id_in_each_attempt(actions: Actions, clock: Clock) -> None:
    run = start(actions)
    first = actions.job_id(run, 1, "lint")
    actions.rerun(run)
    assert first == actions.job_id(run, 1, "lint") != actions.job_id(run, 2, "lint")
    job_run, attempt, job = actions.find_job(first)
    assert (job_run, attempt, job.name) == (run, 1, "lint")
    with pytest.raises(LookupError):
        actions.find_job(1)
    assert clock.now == 1000.0


@pytest.mark.parametrize("number", [0, 2])
def test_an_attempt_that_does_not_exist_raises_lookup_error(actions: Actions, number: int) -> None:
    with pytest.raises(LookupError):
        start(actions).attempt(number)


def test_disabled_workflows_and_disabled_actions_start_no_runs(actions: Actions) -> None:
    workflow = actions.workflow(QA.path, QA.name)
    workflow.state = "disabled_manually"
    assert actions.start(QA, "push", "master", COMMIT) is None
    workflow.state = "active"
    actions.enabled = False
    assert actions.start(QA, "push", "master", COMMIT) is None


def test_a_broken_workflow_file_gets_a_run_with_a_startup_failure(actions: Actions) -> None:
    state = start(actions, BROKEN).state(1000.0)
    assert (state.status, state.conclusion, state.jobs) == ("completed", "startup_failure", ())


def test_a_workflow_is_found_by_its_id_and_by_its_file_name(actions: Actions) -> None:
    workflow = actions.workflow(QA.path, "qa")
    assert actions.find_workflow("qa.yaml") is actions.find_workflow(str(workflow.id)) is workflow
    with pytest.raises(LookupError):
        actions.find_workflow("qa")
