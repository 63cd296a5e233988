"""Waiting for the run of one commit: which run counts, how it ends, and what the waiting costs."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Self

import pytest
from hypothesis import given, settings, strategies as st

from fake_gh import (
    BRANCH,
    QA,
    SHA,
    START,
    FakeClock,
    FakeGh,
    FakeRun,
    Recorder,
    Reply,
    Silence,
    again,
    github,
)
from patchwright.github.client import Refused
from patchwright.github.models import Run, Target
from patchwright.github.watch import WatchedRun, newest_run, successful_run, watch
from patchwright.halts import Prerequisite, Unavailable, WorkflowFailed
from patchwright.practice.runs import Hold, JobScript, RunScript

TARGET = Target("qa", SHA, BRANCH)
TAG = Target("qa", SHA, "v1.24.3", is_tag=True)
URL = "https://github.example/octo/almanac/actions/runs/1001"
GREEN = RunScript(jobs=[JobScript("lint", 30), JobScript("test", 90, needs=["lint"])])
RED = RunScript(jobs=[JobScript("lint", 30), JobScript("test", 90, conclusion="failure", needs=["lint"])])
PUSHED = "on: push\njobs: {}\n"
BRANCHES = "on:\n  push:\n    branches: ['**']\n"


class World:
    """A clock, a progress, a fake gh, and a watch that uses them."""

    def __init__(self, *runs: FakeRun, live: bool = False) -> None:
        self.clock, self.progress = FakeClock(), Recorder(live=live)
        self.gh = FakeGh(
            self.clock, runs=list(runs), others={f"commits/{SHA}": {"commit": {"message": "Fix it"}}}
        )

    def __enter__(self) -> Self:
        self.gh.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.gh.__exit__()

    def watch(  # noqa: PLR0913  each is a limit
        self,
        target: Target = TARGET,
        *,
        interval: float = 30,
        watch_timeout: float = 7200,
        appear_timeout: float = 300,
        patience: float = 600,
        read_file: Callable[[str], str | None] | None = lambda _path: PUSHED,
    ) -> Run:
        return watch(
            github(self.clock, self.progress, patience=patience),
            target,
            interval=interval,
            watch_timeout=watch_timeout,
            appear_timeout=appear_timeout,
            progress=self.progress,
            read_file=read_file,
        )

    def successful_run(self, target: Target = TARGET) -> Run | None:
        return successful_run(github(self.clock, self.progress), target)

    def halts(self, **limits: Any) -> WorkflowFailed:  # noqa: ANN401  the limits of watch
        with pytest.raises(WorkflowFailed) as halted:
            self.watch(**limits)
        return halted.value

    @property
    def took(self) -> float:
        return self.clock.time - START


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world


# Which run counts


def test_other_runs_do_not_count(world: World) -> None:
    decoys = [
        FakeRun(GREEN, START - 9000, id=1, number=1, sha="f" * 40),
        FakeRun(GREEN, START + 5, id=2, number=20, sha="e" * 40),
        FakeRun(GREEN, START - 9000, id=3, number=19, event="workflow_dispatch"),
        FakeRun(GREEN, START - 9000, id=4, number=18, event="pull_request"),
        FakeRun(GREEN, START - 9000, id=5, number=17, event="schedule"),
        FakeRun(GREEN, START - 9000, id=6, number=16, branch="master"),
        FakeRun(
            GREEN,
            START - 9000,
            id=7,
            number=15,
            workflow={**QA, "id": 8, "path": ".github/workflows/qa2.yaml"},
        ),
    ]
    world.gh.runs = decoys
    assert world.successful_run() is None
    world.gh.runs = [*decoys, FakeRun(RED, START + 20)]
    assert world.halts().evidence[0] == URL
    assert world.successful_run() is None


def test_the_newest_run_is_shown_as_it_is_now(world: World) -> None:
    hub = github(world.clock, world.progress)
    assert newest_run(hub, TARGET) is None
    older = FakeRun(RunScript(jobs=[JobScript("test", 10)]), created=world.clock.now() - 60)
    world.gh.runs += [
        older,
        replace(older, script=RunScript(jobs=[JobScript("test", 600)]), id=1002, number=13),
    ]
    run = newest_run(hub, TARGET)
    assert run is not None
    assert (run.number, run.status) == (13, "in_progress")
    assert world.gh.targets(r"actions/runs/1002\?")


def test_a_successful_run_is_found_without_waiting(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START - 9000)]
    run = world.successful_run()
    assert run is not None
    assert (run.id, run.number, run.attempt, run.url) == (1001, 12, 1, URL)
    assert world.watch() == run
    assert world.took == 0


NO_SUCCESS = (
    "failure",
    "cancelled",
    "neutral",
    "skipped",
    "timed_out",
    "action_required",
    "stale",
    "startup_failure",
    "invented",
)


@pytest.mark.parametrize("conclusion", NO_SUCCESS)
def test_only_success_passes(world: World, conclusion: str) -> None:
    world.gh.runs = [FakeRun(RunScript(jobs=[JobScript("lint", 5)], conclusion=conclusion))]
    halt = world.halts()
    assert conclusion.replace("_", " ") in halt.cause
    assert halt.code == 5
    assert world.successful_run() is None


def test_a_run_without_a_conclusion_does_not_pass(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START - 9000)]
    shown = github(world.clock).get("actions/runs/1001")
    world.gh.others["actions/workflows/7/runs"] = {
        "total_count": 1,
        "workflow_runs": [{**shown, "conclusion": None}],
    }
    world.gh.others["actions/runs/1001"] = {**shown, "conclusion": None}
    assert world.successful_run() is None
    assert "no conclusion" in world.halts().cause


def test_only_the_latest_attempt_counts(world: World) -> None:
    failed, succeeded = FakeRun(RED, START - 9000), FakeRun(GREEN, START - 9000)
    world.gh.runs = [again(failed, GREEN, START - 5000)]
    assert world.successful_run() is not None
    world.gh.runs = [again(succeeded, RED, START - 5000)]
    assert world.successful_run() is None
    assert "qa #12 (attempt 2)" in world.halts().cause
    world.gh.runs = [again(succeeded, GREEN, START - 10)]
    assert world.successful_run() is None
    assert world.watch().attempt == 2


def test_only_the_newest_of_two_runs_counts(world: World) -> None:
    world.gh.runs = [
        FakeRun(GREEN, START - 9000, id=1, number=11),
        FakeRun(RED, START - 8000, id=2, number=12),
    ]
    assert world.successful_run() is None


# How a run appears


def test_watch_waits_for_a_run_that_appears_late(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START + 200)]
    assert world.watch().is_success
    assert "a run of qa for 1a2b3c4d5e on release-1.24 to appear" in world.progress.waits
    lists = world.gh.targets("head_sha")
    assert len(lists) < 30
    assert world.gh.counted < 15


def test_a_run_that_never_appears_halts_with_a_diagnosis(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START - 10, event="workflow_dispatch", id=9, number=3)]
    halt = world.halts(appear_timeout=60)
    assert "No run of qa for 1a2b3c4d5e on release-1.24 has appeared within 1 min 00 s" in halt.cause
    assert halt.evidence[0].startswith("No reason was found")
    assert any(
        "qa #3 (.github/workflows/qa.yaml), workflow_dispatch release-1.24" in row for row in halt.evidence
    )
    assert 60 <= world.took < 62
    assert halt.code == 5


def test_the_diagnosis_reads_the_workflow_file_of_the_commit(world: World) -> None:
    evidence = world.halts(target=TAG, read_file={".github/workflows/qa.yaml": BRANCHES}.get).evidence
    assert "is not started by a push of the tag v1.24.3" in evidence[0]


def test_an_outage_does_not_count_as_time_to_appear(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START + 400)]
    world.gh.faults = [("head_sha", Reply(502))] * 16
    assert world.watch(appear_timeout=60).is_success


def test_a_run_that_disappears_for_a_while_is_followed(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN)]
    world.gh.faults = [("runs/1001.exclude", Reply(404)), ("runs/1001/jobs", Reply(404))]
    assert world.watch().is_success
    assert sum("any more; asking again" in said for said in world.progress.said) == 2
    assert sum(URL in said for said in world.progress.said) == 1


def test_a_run_that_disappears_for_good_halts(world: World) -> None:
    world.gh.runs = [FakeRun(RunScript(jobs=[JobScript("test", 9000)]))]
    world.gh.faults = [("runs/1001", Reply(404))] * 500
    assert "has appeared within" in world.halts().cause


# How a run is watched


def test_without_a_terminal_each_change_is_a_line_and_the_url_appears_once(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN)]
    run = world.watch()
    assert run.is_success
    assert world.progress.said == [
        f"qa #12 for 1a2b3c4d5e on release-1.24: {URL}",
        "lint: started",
        "lint: success after 30 s",
        "test: started",
        "test: success after 1 min 30 s",
    ]
    assert list(dict.fromkeys(world.progress.waits)) == ["qa #12 to end", None]


def test_on_a_terminal_the_run_is_shown_and_only_failures_are_lines(world: World) -> None:
    world.progress.live = True
    world.gh.runs = [FakeRun(RED)]
    world.halts()
    first = world.progress.shown[0]
    assert isinstance(first, WatchedRun)
    assert (first.run.id, [job.name for job in first.jobs]) == (1001, ["lint"])
    assert world.progress.shown[-1] is None
    assert world.progress.waits[-1] is None
    assert [said.split("  ")[0] for said in world.progress.said] == [
        f"qa #12 for 1a2b3c4d5e on release-1.24: {URL}",
        "test: failure in step Run after 1 min 30 s",
    ]


def test_a_failed_job_is_shown_before_the_run_ends(world: World) -> None:
    jobs = [JobScript("lint", 20, conclusion="failure"), JobScript("test", 900)]
    world.gh.runs = [FakeRun(RunScript(jobs=jobs))]
    at: dict[str, float] = {}
    world.progress.say = lambda text: at.setdefault(text.split(" after")[0], world.took)  # type: ignore[assignment,method-assign]  # records the time
    world.halts()
    assert 20 <= at["lint: failure in step Run"] <= 20 + 30 + 1


def test_a_job_that_may_fail_does_not_halt(world: World) -> None:
    world.gh.runs = [
        FakeRun(RunScript(jobs=[JobScript("nightly", 20, "failure", may_fail=True), JobScript("test", 60)]))
    ]
    assert world.watch().is_success
    assert any(said.startswith("nightly: failure") for said in world.progress.said)


def test_an_approval_is_shown_once_and_its_time_does_not_count(world: World) -> None:
    hold = Hold("production", ("alice", "bob"))
    held = FakeRun(
        RunScript(jobs=[JobScript("build", 60), JobScript("publish", 60, needs=["build"], hold=hold)])
    )
    held.approved = START + 20_000
    world.gh.runs = [held]
    assert world.watch(watch_timeout=600).is_success
    approvals = [said for said in world.progress.said if "waits for" in said]
    assert approvals == [f"qa #12 waits for approval of environment production by alice, bob: {URL}"]
    assert "an approval" in world.progress.waits
    assert world.took > 20_000


def test_an_approval_without_details_is_shown_too(world: World) -> None:
    held = FakeRun(RunScript(jobs=[JobScript("publish", 60)], hold=Hold("production")), approved=START + 600)
    world.gh.runs = [held]
    world.gh.faults = [("pending", Reply(403))]
    assert world.watch().is_success
    assert f"qa #12 waits for an approval: {URL}" in world.progress.said


def test_a_run_that_takes_too_long_halts_and_can_be_watched_again(world: World) -> None:
    world.gh.runs = [FakeRun(RunScript(jobs=[JobScript("test", 2000)]))]
    halt = world.halts(watch_timeout=600)
    assert halt.cause == "qa #12 of release-1.24 is still running after 10 min 00 s."
    assert halt.evidence == (URL, "  test: in progress")
    assert halt.code == 5
    assert 600 <= world.took < 640
    assert world.watch(watch_timeout=1500).is_success


def test_questions_without_an_answer_are_not_a_failed_run(world: World) -> None:
    cut = Reply(body='{"id"', exits=1, stderr="unexpected EOF")
    reset = Silence(exits=1, stderr="connection reset by peer")
    world.gh.runs = [FakeRun(GREEN)]
    world.gh.faults = [
        ("runs/1001", fault) for fault in (Reply(502), cut, reset, Reply(200, "<html>"), Reply(503))
    ]
    assert world.watch().is_success
    assert sum(said.endswith("; retrying") for said in world.progress.said) >= 1


def test_a_long_outage_is_unavailable_and_not_a_failed_run(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN)]
    world.gh.faults = [("runs/1001", Reply(502))] * 1000
    with pytest.raises(Unavailable) as halted:
        world.watch(patience=120)
    assert halted.value.code == 8
    assert world.progress.waits[-1] is None


def test_a_missing_permission_is_a_prerequisite(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN)]
    world.gh.faults = [
        ("runs/1001/jobs", Reply(403, "{}", {"X-Accepted-GitHub-Permissions": "actions=read"}))
    ]
    with pytest.raises(Refused) as halted:
        world.watch()
    assert halted.value.code == 3


def test_a_missing_workflow_is_a_prerequisite(world: World) -> None:
    world.gh.workflows = []
    with pytest.raises(Prerequisite, match="has no workflow"):
        world.watch()


def test_watch_waits_until_a_rate_limit_ends(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN)]
    world.gh.faults = [("runs/1001/jobs", Reply(429, "", {"Retry-After": "200"}))]
    assert world.watch().is_success
    assert world.took >= 200


def test_watching_continues_after_the_machine_slept(world: World) -> None:
    world.gh.runs = [FakeRun(RunScript(jobs=[JobScript("test", 3000)]))]
    world.clock.oversleeps = [0, 0, 8 * 3600]
    assert world.watch(watch_timeout=600).is_success
    assert len(world.gh.requests) < 20


def test_watching_works_without_the_last_successful_run(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN), FakeRun(GREEN, START - 9000, id=900, number=1, sha="f" * 40)]
    world.gh.faults = [("runs/900/jobs", Reply(404))]
    assert world.watch().is_success


def test_a_failed_run_halts_with_its_failed_jobs(world: World) -> None:
    world.gh.runs = [FakeRun(RED)]
    halt = world.halts()
    assert halt.cause == "qa #12 of release-1.24 ended with failure."
    assert halt.evidence[:2] == (URL, f"test: failure in step Run  {URL}/job/1001101")


# What watching costs


def qa_jobs(stretch: float) -> list[JobScript]:
    steps = ("Set up", "Test")
    tests = [JobScript(f"test {n}", stretch * (300 + 15 * n), needs=["lint"], steps=steps) for n in range(12)]
    package = JobScript("package", stretch * 75, needs=[job.name for job in tests], steps=steps)
    return [JobScript("lint", stretch * 60, steps=steps), *tests, package]


def watch_run(
    before: list[JobScript] | None, jobs: list[JobScript], interval: float = 30
) -> tuple[World, float]:
    """Watch a run after an earlier one. Return the world, and the delay after the end of the run."""
    run = FakeRun(RunScript(jobs=jobs))
    earlier = (
        [FakeRun(RunScript(jobs=before), START - 90_000, id=900, number=1, sha="f" * 40)] if before else []
    )
    with World(run, *earlier) as world:
        assert world.watch(interval=interval).is_success
        return world, world.clock.time - run.state(world.clock.time).updated_at


def test_a_run_of_ten_minutes_and_fourteen_jobs_needs_few_requests() -> None:
    world, late = watch_run(qa_jobs(1.0), qa_jobs(1.03))
    # gh 2.102 sends about 230 requests for such a run at the same interval, and all of them count.
    assert len(world.gh.requests) < 40
    assert world.gh.counted < 23
    assert late <= 5


@pytest.mark.parametrize("interval", [4, 30])
@pytest.mark.parametrize("before", [None, qa_jobs(1.0)], ids=["no earlier run", "an earlier run"])
def test_the_median_delay_after_the_end_is_short(before: list[JobScript] | None, interval: float) -> None:
    lates = [watch_run(before, qa_jobs(0.9 + 0.053 * index), interval)[1] for index in range(5)]
    assert statistics.median(lates) <= min(5, interval)


JOBS = st.lists(
    st.builds(
        JobScript,
        name=st.sampled_from("abcdef"),
        seconds=st.floats(1, 600),
        conclusion=st.sampled_from(["success", "success", "success", "failure", "cancelled", "skipped"]),
        needs=st.lists(st.sampled_from("xyz"), max_size=1),
        starts_after=st.sampled_from([0.0, 0.0, 200.0]),
        may_fail=st.booleans(),
    ),
    min_size=1,
    unique_by=lambda job: job.name,
)


@settings(max_examples=20, deadline=None)
@given(JOBS, st.none() | JOBS, st.floats(0, 100), st.sampled_from([4.0, 10.0, 30.0, 60.0]))
def test_every_run_is_judged_by_its_conclusion_soon_after_its_end(
    jobs: list[JobScript], before: list[JobScript] | None, appears: float, interval: float
) -> None:
    run = FakeRun(RunScript(jobs=jobs), START + appears)
    earlier = [FakeRun(RunScript(jobs=before), START - 9e4, id=900, number=1, sha="f" * 40)] if before else []
    ended = run.state(START + 1e6)
    with World(run, *earlier) as world:
        if ended.conclusion == "success":
            assert world.watch(interval=interval).is_success
        else:
            assert str(ended.conclusion) in world.halts(interval=interval).cause
        assert ended.updated_at <= world.clock.time <= ended.updated_at + 2 * interval + 35
        assert (world.successful_run() is not None) == (ended.conclusion == "success")
