"""The halts for runs that failed or took too long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fake_gh import START, FakeClock, FakeGh, FakeRun, Reply, github
from patchwright.github.failed_run import halt_for_failure, halt_for_timeout
from patchwright.halts import WorkflowFailed
from patchwright.practice.runs import JobScript, RunScript

URL = "https://github.example/octo/almanac/actions/runs/1001"
STAMP = "2026-11-22T14:35:56.1234567Z"
RERUN = "$ gh run rerun 1001 --failed -R github.example/octo/almanac"


@pytest.fixture
def gh() -> Iterator[FakeGh]:
    with FakeGh(FakeClock(START + 3600)) as fake:
        yield fake


def failure(gh: FakeGh, script: RunScript) -> WorkflowFailed:
    gh.runs = [FakeRun(script)]
    hub = github(gh.clock)
    run = hub.run(1001)
    return halt_for_failure(hub, run, hub.jobs(run))


def test_a_failure_has_jobs_steps_and_logs_and_the_command_to_rerun(gh: FakeGh) -> None:
    gh.logs = {
        "1001100": Reply(body=f"lint\tRun\t{STAMP} x.py:1: E501\nlint\tRun\t{STAMP} ##[error]Exit 1\n"),
        "1001101": Reply(body="", exits=1, stderr="HTTP 410: logs have expired\n"),
    }
    halt = failure(
        gh,
        RunScript(
            jobs=[
                JobScript("lint", 30, "failure", log="x.py:1: E501"),
                JobScript("test", 60, "timed_out"),
                JobScript("docs", 5),
                JobScript("package", 5, needs=["lint"]),
            ]
        ),
    )
    assert halt.cause == "qa #12 of release-1.24 ended with failure."
    assert halt.evidence == (
        URL,
        f"lint: failure in step Run  {URL}/job/1001100",
        "  | x.py:1: E501",
        "  | Exit 1",
        f"test: timed out in step Run  {URL}/job/1001101",
        f"  Its log is not available (HTTP 410: logs have expired); see {URL}/job/1001101",
    )
    assert halt.remedy == (
        "Run the failed jobs again. The next command then watches the new attempt.",
        RERUN,
    )
    assert (halt.code, halt.next_command) == (5, None)


@pytest.mark.parametrize(
    ("conclusion", "remedy"),
    [
        ("action_required", "Approve the run on its page."),
        ("startup_failure", "Fix the workflow file"),
        ("skipped", "Check the conditions in the workflow file"),
        ("stale", "Check the runners"),
    ],
)
def test_a_special_conclusion_has_a_remedy_of_its_own(gh: FakeGh, conclusion: str, remedy: str) -> None:
    halt = failure(gh, RunScript(jobs=[JobScript("lint", 5)], conclusion=conclusion))
    assert halt.cause == f"qa #12 of release-1.24 ended with {conclusion.replace('_', ' ')}."
    assert halt.remedy[0].startswith(remedy)
    assert halt.remedy[-1] == RERUN


def test_a_timeout_lists_the_open_jobs(gh: FakeGh) -> None:
    gh.runs = [FakeRun(RunScript(jobs=[JobScript("lint", 30), JobScript("test", 9000)]))]
    hub = github(gh.clock)
    run = hub.run(1001)
    halt = halt_for_timeout(run, hub.jobs(run), 600)
    assert halt.cause == "qa #12 of release-1.24 is still running after 10 min 00 s."
    assert halt.evidence == (URL, "  test: in progress")
    assert "`watch-timeout`" in halt.remedy[0]
    assert halt.code == 5
