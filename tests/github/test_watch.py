from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
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
from patchwright.github.models import Run
from patchwright.github.watch import Target, proven, watch
from patchwright.halts import Prerequisite, Unavailable, WorkflowFailed
from patchwright.practice.runs import Hold, JobScript, RunScript

TARGET = Target("qa", SHA, BRANCH)
TAG = Target("qa", SHA, "v1.24.3", is_tag=True)
URL = "https://github.example/octo/almanac/actions/runs/1001"
GREEN = RunScript(jobs=[JobScript("lint", 30), JobScript("test", 90, needs=["lint"])])
RED = RunScript(jobs=[JobScript("lint", 30), JobScript("test", 90, conclusion="failure", needs=["lint"])])
STAMP = "2026-11-22T14:35:56.1234567Z"
PUSHED = "on: push\njobs: {}\n"


class World:
    """A clock, a narrator, a made gh, and what watches through it."""

    def __init__(self, *runs: FakeRun, live: bool = False) -> None:
        self.clock, self.narrator = FakeClock(), Recorder(live=live)
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
            github(self.clock, self.narrator, patience=patience),
            target,
            interval=interval,
            watch_timeout=watch_timeout,
            appear_timeout=appear_timeout,
            narrator=self.narrator,
            read_file=read_file,
        )

    def proven(self, target: Target = TARGET) -> Run | None:
        return proven(github(self.clock, self.narrator), target)

    def halts(self, **limits: Any) -> WorkflowFailed:  # noqa: ANN401  those of watch
        with pytest.raises(WorkflowFailed) as halted:
            self.watch(**limits)
        return halted.value

    @property
    def took(self) -> float:
        return self.clock.time - START


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        yield made


# The right run.


@pytest.mark.parametrize("sha", ["", "1a2b3c4", SHA.upper(), SHA + "0", f"{SHA}\n"])
def test_a_target_is_a_full_sha(sha: str) -> None:
    with pytest.raises(ValueError, match="not a full SHA"):
        Target("qa", sha, BRANCH)


def test_decoys_do_not_count(world: World) -> None:
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
    assert world.proven() is None
    world.gh.runs = [*decoys, FakeRun(RED, START + 20)]
    assert world.halts().evidence[0] == URL
    assert world.proven() is None


def test_a_run_that_has_succeeded_is_proven_at_once(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START - 9000)]
    run = world.proven()
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
def test_success_alone_passes(world: World, conclusion: str) -> None:
    world.gh.runs = [FakeRun(RunScript(jobs=[JobScript("lint", 5)], conclusion=conclusion))]
    halt = world.halts()
    assert conclusion.replace("_", " ") in halt.cause
    assert halt.code == 5
    assert world.proven() is None


def test_no_conclusion_is_no_success(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START - 9000)]
    shown = github(world.clock).get("actions/runs/1001")
    world.gh.others["actions/workflows/7/runs"] = {
        "total_count": 1,
        "workflow_runs": [{**shown, "conclusion": None}],
    }
    world.gh.others["actions/runs/1001"] = {**shown, "conclusion": None}
    assert world.proven() is None
    assert "no conclusion" in world.halts().cause


def test_a_second_attempt_supersedes_the_first_in_both_directions(world: World) -> None:
    failed, succeeded = FakeRun(RED, START - 9000), FakeRun(GREEN, START - 9000)
    world.gh.runs = [again(failed, GREEN, START - 5000)]
    assert world.proven() is not None
    world.gh.runs = [again(succeeded, RED, START - 5000)]
    assert world.proven() is None
    assert "qa #12 (attempt 2)" in world.halts().cause
    world.gh.runs = [again(succeeded, GREEN, START - 10)]
    assert world.proven() is None
    assert world.watch().attempt == 2


def test_of_two_runs_the_newer_counts(world: World) -> None:
    world.gh.runs = [
        FakeRun(GREEN, START - 9000, id=1, number=11),
        FakeRun(RED, START - 8000, id=2, number=12),
    ]
    assert world.proven() is None


# Appearing.


def test_a_run_that_appears_late_is_waited_for(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START + 200)]
    assert world.watch().is_success
    assert "a run of qa for 1a2b3c4d5e on release-1.24 to appear" in world.narrator.waits
    lists = world.gh.targets("head_sha")
    assert len(lists) < 30
    assert world.gh.counted < 15


def test_a_run_that_never_appears_halts_with_what_there_is(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START - 10, event="workflow_dispatch", id=9, number=3)]
    halt = world.halts(appear_timeout=60)
    assert "No run of qa for 1a2b3c4d5e on release-1.24 has appeared within 1 min 00 s" in halt.cause
    assert halt.evidence[0].startswith("No reason is to be seen")
    assert any(
        "qa #3 (.github/workflows/qa.yaml), workflow_dispatch release-1.24" in told for told in halt.evidence
    )
    assert 60 <= world.took < 62
    assert halt.code == 5


@pytest.mark.parametrize(
    ("changed", "text", "told"),
    [
        (
            {"workflows": [{**QA, "state": "disabled_manually"}]},
            PUSHED,
            "gh workflow enable qa.yaml -R github.example",
        ),
        (
            {"actions/permissions": {"enabled": False}},
            PUSHED,
            "https://github.example/octo/almanac/settings/actions",
        ),
        ({f"commits/{SHA}": {"commit": {"message": "Fix it [skip ci]"}}}, PUSHED, "`[skip ci]`"),
        (
            {f"commits/{SHA}": {"commit": {"message": "Fix it\n\n\nskip-checks: true\n"}}},
            PUSHED,
            "`skip-checks: true`",
        ),
        ({}, "on: pull_request\n", "is not started by pushes, only by pull_request"),
        ({}, "on:\n  push:\n    branches: [master]\n", "is not started by a push of the branch release-1.24"),
        ({}, None, "has no file .github/workflows/qa.yaml"),
        ({}, PUSHED, "GitHub knows no run of that commit at all."),
    ],
)
def test_why_there_is_no_run_is_told(
    world: World, changed: dict[str, Any], text: str | None, told: str
) -> None:
    world.gh.workflows = changed.pop("workflows", [QA])
    world.gh.others |= changed
    evidence = world.halts(read_file=lambda _path: text).evidence
    assert any(told in line for line in evidence), evidence


def test_a_tag_is_no_branch(world: World) -> None:
    branches = "on:\n  push:\n    branches: ['**']\n"
    evidence = world.halts(target=TAG, read_file=lambda _path: branches).evidence
    assert "is not started by a push of the tag v1.24.3" in evidence[0]
    evidence = world.halts(target=TAG, read_file=None).evidence
    assert "More than three tags" in evidence[1]


def test_an_outage_does_not_use_up_the_time_to_appear(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN, START + 400)]
    world.gh.faults = [("head_sha", Reply(502))] * 16
    assert world.watch(appear_timeout=60).is_success


def test_a_run_that_is_listed_now_and_then_is_followed(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN)]
    world.gh.faults = [("runs/1001.exclude", Reply(404)), ("runs/1001/jobs", Reply(404))]
    assert world.watch().is_success
    assert sum("looked for again" in said for said in world.narrator.said) == 2
    assert sum(URL in said for said in world.narrator.said) == 1


def test_a_run_that_is_gone_for_good_halts(world: World) -> None:
    world.gh.runs = [FakeRun(RunScript(jobs=[JobScript("test", 9000)]))]
    world.gh.faults = [("runs/1001", Reply(404))] * 500
    assert "has appeared within" in world.halts().cause


# Watching.


def test_piped_each_change_is_a_line_and_the_url_is_told_once(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN)]
    run = world.watch()
    assert run.is_success
    assert world.narrator.said == [
        f"qa #12 for 1a2b3c4d5e on release-1.24: {URL}",
        "lint: started",
        "lint: success after 30 s",
        "test: started",
        "test: success after 1 min 30 s",
    ]
    assert list(dict.fromkeys(world.narrator.waits)) == ["qa #12 to end", None]


def test_on_a_terminal_there_is_a_table_and_lines_are_for_failures(world: World) -> None:
    from patchwright.report.runs_table import RunTable  # noqa: PLC0415  it needs rich, as in what is tested

    world.narrator.live = True
    world.gh.runs = [FakeRun(RED)]
    world.halts()
    assert isinstance(world.narrator.shown[0], RunTable)
    assert world.narrator.shown[-1] is None
    assert world.narrator.waits[-1] is None
    told = [said.split("  ")[0] for said in world.narrator.said]
    assert told == [
        f"qa #12 for 1a2b3c4d5e on release-1.24: {URL}",
        "test: failure in step Run after 1 min 30 s",
    ]


def test_a_failed_job_is_shown_before_the_run_ends(world: World) -> None:
    jobs = [JobScript("lint", 20, conclusion="failure"), JobScript("test", 900)]
    world.gh.runs = [FakeRun(RunScript(jobs=jobs))]
    at: dict[str, float] = {}
    world.narrator.say = lambda text: at.setdefault(text.split(" after")[0], world.took)  # type: ignore[assignment,method-assign]  # notes when
    world.halts()
    assert 20 <= at["lint: failure in step Run"] <= 20 + 30 + 1


def test_a_job_that_may_fail_does_not_halt(world: World) -> None:
    world.gh.runs = [
        FakeRun(RunScript(jobs=[JobScript("nightly", 20, "failure", may_fail=True), JobScript("test", 60)]))
    ]
    assert world.watch().is_success
    assert any(said.startswith("nightly: failure") for said in world.narrator.said)


def test_an_approval_is_shown_once_and_its_time_is_not_counted(world: World) -> None:
    hold = Hold("production", ("alice", "bob"))
    held = FakeRun(
        RunScript(jobs=[JobScript("build", 60), JobScript("publish", 60, needs=["build"], hold=hold)])
    )
    held.approved = START + 20_000
    world.gh.runs = [held]
    assert world.watch(watch_timeout=600).is_success
    told = [said for said in world.narrator.said if "waits for" in said]
    assert told == [f"qa #12 waits for environment production, to be approved by alice, bob: {URL}"]
    assert "an approval" in world.narrator.waits
    assert world.took > 20_000


def test_an_approval_of_which_nothing_is_known_is_shown_too(world: World) -> None:
    held = FakeRun(RunScript(jobs=[JobScript("publish", 60)], hold=Hold("production")), approved=START + 600)
    world.gh.runs = [held]
    world.gh.faults = [("pending", Reply(403))]
    assert world.watch().is_success
    assert f"qa #12 waits for an approval: {URL}" in world.narrator.said


def test_a_run_that_takes_too_long_halts_and_watching_goes_on_when_asked_again(world: World) -> None:
    world.gh.runs = [FakeRun(RunScript(jobs=[JobScript("test", 2000)]))]
    halt = world.halts(watch_timeout=600)
    assert halt.cause == "qa #12 of release-1.24 is still running after 10 min 00 s."
    assert halt.evidence == (URL, "  test: in progress")
    assert halt.code == 5
    assert 600 <= world.took < 640
    assert world.watch(watch_timeout=1500).is_success


def test_could_not_ask_is_not_failed(world: World) -> None:
    cut = Reply(body='{"id"', exits=1, stderr="unexpected EOF")
    reset = Silence(exits=1, stderr="connection reset by peer")
    world.gh.runs = [FakeRun(GREEN)]
    world.gh.faults = [
        ("runs/1001", fault) for fault in (Reply(502), cut, reset, Reply(200, "<html>"), Reply(503))
    ]
    assert world.watch().is_success
    assert sum("tried again" in said for said in world.narrator.said) >= 1


def test_a_long_outage_is_unavailable_and_not_a_failure(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN)]
    world.gh.faults = [("runs/1001", Reply(502))] * 1000
    with pytest.raises(Unavailable) as halted:
        world.watch(patience=120)
    assert halted.value.code == 8
    assert world.narrator.waits[-1] is None


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


def test_a_limit_is_waited_out(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN)]
    world.gh.faults = [("runs/1001/jobs", Reply(429, "", {"Retry-After": "200"}))]
    assert world.watch().is_success
    assert world.took >= 200


def test_a_laptop_that_slept_through_the_run_picks_it_up(world: World) -> None:
    world.gh.runs = [FakeRun(RunScript(jobs=[JobScript("test", 3000)]))]
    world.clock.oversleeps = [0, 0, 8 * 3600]
    assert world.watch(watch_timeout=600).is_success
    assert len(world.gh.asked) < 20


def test_a_history_that_cannot_be_had_does_not_matter(world: World) -> None:
    world.gh.runs = [FakeRun(GREEN), FakeRun(GREEN, START - 9000, id=900, number=1, sha="f" * 40)]
    world.gh.faults = [("runs/900/jobs", Reply(404))]
    assert world.watch().is_success


# The failing log.


def test_a_failure_comes_with_jobs_steps_and_logs_and_the_command_to_rerun(world: World) -> None:
    jobs = [
        JobScript("lint", 30, "failure", log="x.py:1: E501"),
        JobScript("test", 60, "timed_out"),
        JobScript("docs", 5),
        JobScript("package", 5, needs=["lint"]),
    ]
    world.gh.runs = [FakeRun(RunScript(jobs=jobs))]
    world.gh.logs = {
        "1001100": Reply(body=f"lint\tRun\t{STAMP} x.py:1: E501\nlint\tRun\t{STAMP} ##[error]Exit 1\n"),
        "1001101": Reply(body="", exits=1, stderr="HTTP 410: logs have expired\n"),
    }
    halt = world.halts()
    assert halt.cause == "qa #12 of release-1.24 ended with failure."
    assert halt.evidence == (
        URL,
        f"lint: failure in step Run  {URL}/job/1001100",
        "  | x.py:1: E501",
        "  | Exit 1",
        f"test: timed out in step Run  {URL}/job/1001101",
        f"  Its log can't be had (HTTP 410: logs have expired); see {URL}/job/1001101",
    )
    assert halt.remedy[-1] == "$ gh run rerun 1001 --failed -R github.example/octo/almanac"
    assert halt.next_command is None


# Thrift.


def qa_jobs(stretch: float) -> list[JobScript]:
    steps = ("Set up", "Test")
    tests = [JobScript(f"test {n}", stretch * (300 + 15 * n), needs=["lint"], steps=steps) for n in range(12)]
    package = JobScript("package", stretch * 75, needs=[job.name for job in tests], steps=steps)
    return [JobScript("lint", stretch * 60, steps=steps), *tests, package]


def watched(
    before: list[JobScript] | None, jobs: list[JobScript], interval: float = 30
) -> tuple[World, float]:
    """Watch a run of these jobs, of which there was one `before`, and return how late its end was noticed."""
    run = FakeRun(RunScript(jobs=jobs))
    earlier = (
        [FakeRun(RunScript(jobs=before), START - 90_000, id=900, number=1, sha="f" * 40)] if before else []
    )
    with World(run, *earlier) as world:
        assert world.watch(interval=interval).is_success
        return world, world.clock.time - run.state(world.clock.time).updated_at


def test_a_run_of_ten_minutes_and_fourteen_jobs_costs_little() -> None:
    world, late = watched(qa_jobs(1.0), qa_jobs(1.03))
    # gh 2.102 asks about 230 times for such a run, at the same interval, and all of them count.
    assert len(world.gh.asked) < 40
    assert world.gh.counted < 23
    assert late <= 5


@pytest.mark.parametrize("interval", [4, 30])
@pytest.mark.parametrize("before", [None, qa_jobs(1.0)], ids=["without a history", "with one"])
def test_the_end_is_noticed_soon_in_the_median(before: list[JobScript] | None, interval: float) -> None:
    lates = [watched(before, qa_jobs(0.9 + 0.053 * index), interval)[1] for index in range(5)]
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
def test_every_run_is_judged_as_it_ended_and_not_long_after(
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
        assert (world.proven() is not None) == (ended.conclusion == "success")
