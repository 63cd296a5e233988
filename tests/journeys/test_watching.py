"""Watch runs with the real gh and the stand-in for GitHub, through everything that GitHub may do."""

from __future__ import annotations

import math
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from journeys.ground import BIN
from patchwright.github.client import Refused
from patchwright.github.models import Run, Target
from patchwright.github.repository import GitHub, Repo
from patchwright.github.watch import successful_run, watch
from patchwright.halts import Prerequisite, Unavailable, WorkflowFailed
from patchwright.practice import github as practice
from patchwright.practice.runs import Hold, JobScript, RunScript
from patchwright.tools.shell import Shell

pytestmark = pytest.mark.journey

# Seconds since the epoch: 2026-01-02T03:04:05Z.
START = 1767323045.0
BRANCH = "release-1.24"
WORKFLOW = ".github/workflows/qa.yaml"
FILE = "on:\n  push:\n    branches: ['release-*']\njobs: {}\n"
GREEN = RunScript(jobs=[JobScript("lint", 10), JobScript("test", 20, needs=["lint"])])
RED = RunScript(
    jobs=[JobScript("lint", 10), JobScript("test", 10, "failure", log="\x1b[31mboom\x1b[0m\nAssertionError")]
)


class Clock:
    """A clock on which time passes only while somebody sleeps."""

    def __init__(self) -> None:
        self._slept = 0.0
        self._later: list[tuple[float, Callable[[], object]]] = []

    def now(self) -> float:
        return START + self._slept

    def monotonic(self) -> float:
        return self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += seconds
        due = [call for when, call in self._later if when <= self._slept]
        self._later = [(when, call) for when, call in self._later if when > self._slept]
        for call in due:
            call()

    def call_after(self, seconds: float, call: Callable[[], object]) -> None:
        """Call something at the end of the sleep in which these seconds have passed."""
        self._later.append((self._slept + seconds, call))


@dataclass
class ReactingProgress:
    """A progress that keeps what is said, and does something when certain words are."""

    said: list[str] = field(default_factory=list)
    when: dict[str, Callable[[], object]] = field(default_factory=dict)
    live: bool = False

    def say(self, text: str) -> None:
        self.said.append(text)
        for words in [words for words in self.when if words in text]:
            self.when.pop(words)()

    def present(self, chapters: object) -> None:
        """Show nothing."""

    def confirm(self, question: str) -> bool:  # noqa: ARG002  nobody is asked
        return True

    def show_wait(self, for_what: str | None) -> None:
        """Show nothing."""

    def show(self, detail: object | None) -> None:
        """Show nothing."""

    def has_said(self, words: str) -> bool:
        return any(words in text for text in self.said)


class Place:
    """The stand-in with one commit, and what watches it."""

    def __init__(self, standin: practice.StandIn, clock: Clock, sha: str) -> None:
        self.standin, self.clock, self.sha = standin, clock, sha
        self.teller = ReactingProgress()
        self.target = Target("qa", sha, BRANCH)
        standin.workflow("qa")

    def github(self, *, patience: float = 200) -> GitHub:
        repo = Repo(practice.GIT_HOST, self.standin.owner, self.standin.name)
        return GitHub(
            Shell(self.standin.bare), repo, progress=self.teller, clock=self.clock, patience=patience
        )

    def start(self, script: RunScript, *, event: str = "push", branch: str = BRANCH, ago: float = 0) -> int:
        began = self.clock.now() - ago
        return self.standin.add_run(
            "qa", self.sha, branch=branch, event=event, script=script, created_at=began
        ).id

    def watch(
        self, *, watch_timeout: float = 3000, appear_timeout: float = 100, patience: float = 200
    ) -> Run:
        return watch(
            self.github(patience=patience),
            self.target,
            interval=10,
            watch_timeout=watch_timeout,
            appear_timeout=appear_timeout,
            progress=self.teller,
            read_file=lambda path: FILE if path == WORKFLOW else None,
        )

    def halts(self, **limits: float) -> WorkflowFailed:
        with pytest.raises(WorkflowFailed) as halted:
            self.watch(**limits)
        return halted.value


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    clock = Clock()

    def date(_handler: BaseHTTPRequestHandler, _timestamp: float | None = None) -> str:
        return formatdate(clock.now(), usegmt=True)

    # The time in the head of an answer is that of the stand-in's clock.
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", date)
    monkeypatch.setenv("PATH", f"{BIN}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    standin = practice.StandIn(tmp_path / "github", clock=clock.now)
    for name, value in standin.environment(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    sha = one_commit(standin.bare)
    with standin:
        yield Place(standin, clock, sha)


def one_commit(bare: Path, message: str = "Practice") -> str:
    """Make a bare repository with one commit, and return that."""

    def git(*arguments: str) -> str:
        someone = ("-c", "user.name=practice", "-c", "user.email=practice@example.org")
        argv = ["git", "--git-dir", str(bare), *someone, *arguments]
        return subprocess.run(
            argv, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL
        ).stdout.strip()

    git("init", "--quiet", "--bare", str(bare))
    return git("commit-tree", git("mktree"), "-m", message)


def test_the_run_of_the_push_is_found_among_others_and_watched(place: Place) -> None:
    place.start(GREEN, event="workflow_dispatch", ago=900)
    place.start(GREEN, event="pull_request", ago=900)
    place.start(GREEN, branch="master", ago=900)
    place.standin.add_run("qa", place.sha, branch=BRANCH, path=".github/workflows/other.yaml", script=GREEN)
    assert successful_run(place.github(), Target(WORKFLOW, place.sha, BRANCH)) is None
    right = place.start(GREEN, ago=-20)
    place.target = Target(WORKFLOW, place.sha, BRANCH)
    run = place.watch()
    assert run.id == right
    assert successful_run(place.github(), place.target) == run
    assert "lint: success after 10 s" in place.teller.said
    assert place.teller.said[-1] == "test: success after 20 s"


def test_polling_costs_no_requests_while_nothing_changes(place: Place) -> None:
    place.start(GREEN, ago=900)
    place.start(RunScript(jobs=[JobScript("lint", 10), JobScript("test", 60, needs=["lint"])]))
    place.watch()
    runs = [asked.status for asked in place.standin.api_requests if "/actions/runs/" in asked.target]
    assert runs.count(304) >= 2
    assert len(place.standin.counted_requests) < len(place.standin.api_requests)


def test_a_run_that_never_appears_is_explained(place: Place) -> None:
    place.standin.workflow("qa").state = "disabled_manually"
    place.standin.switch_actions(on=False)
    place.start(GREEN, event="schedule", ago=900)
    evidence = place.halts(appear_timeout=10).evidence
    command = "gh workflow enable qa.yaml -R github.localhost/practice/almanac"
    assert evidence[0] == f"The workflow is disabled (disabled_manually). To enable it: {command}"
    assert evidence[1].startswith("GitHub Actions are disabled")
    assert evidence[-1].startswith(f"  qa #1 ({WORKFLOW}), schedule release-1.24: success http")


def test_a_skip_marker_in_the_message_explains_a_missing_run(place: Place) -> None:
    sha = one_commit(place.standin.bare, "Fix it [skip ci]")
    place.target = Target("qa", sha, "hotfix")
    evidence = place.halts(appear_timeout=5).evidence
    assert evidence[0] == "The commit message contains `[skip ci]`, so a push of the commit starts no runs."
    assert "is not started by a push of the branch hotfix" in evidence[1]
    assert evidence[2] == "GitHub has no runs of the commit."


def test_a_failure_shows_its_log_and_a_rerun_replaces_it(place: Place) -> None:
    run_id = place.start(RED)
    halt = place.halts()
    assert halt.cause == "qa #1 of release-1.24 ended with failure."
    url = f"http://github.localhost/practice/almanac/actions/runs/{run_id}"
    assert halt.evidence[0] == url
    assert halt.evidence[1].startswith(f"test: failure in step Run  {url}/job/")
    assert halt.evidence[2:] == ("  | boom", "  | AssertionError", "  | Process completed with exit code 1.")
    assert place.teller.has_said("test: failure in step Run after 10 s")
    command = halt.remedy[1].removeprefix("$ ")
    place.standin.script("qa", GREEN)
    subprocess.run(shlex.split(command), check=True, capture_output=True, cwd=place.standin.bare)
    run = place.watch()
    assert (run.id, run.attempt, run.conclusion) == (run_id, 2, "success")
    place.standin.rerun(run_id, RunScript(jobs=[JobScript("lint", 1, "cancelled")]))
    assert "ended with cancelled" in place.halts().cause


def test_an_expired_log_is_reported(place: Place) -> None:
    place.start(RunScript(jobs=[JobScript("test", 10, "failure")], logs=False))
    told = place.halts().evidence[2]
    assert told.startswith("  Its log is not available (")
    assert "/job/" in told


def test_a_job_that_may_fail_does_not_halt(place: Place) -> None:
    place.start(RunScript(jobs=[JobScript("nightly", 5, "failure", may_fail=True), JobScript("test", 20)]))
    assert place.watch().is_success
    assert place.teller.has_said("nightly: failure")


@pytest.mark.parametrize("conclusion", ["skipped", "neutral", "action_required", "startup_failure"])
def test_only_success_passes(place: Place, conclusion: str) -> None:
    place.start(RunScript(jobs=[JobScript("test", 1)], conclusion=conclusion), ago=60)
    assert conclusion.replace("_", " ") in place.halts().cause
    assert successful_run(place.github(), place.target) is None


def test_waiting_for_an_approval_does_not_count_against_the_limit(place: Place) -> None:
    hold = Hold("pypi", ("alice", "bob"))
    run_id = place.start(
        RunScript(jobs=[JobScript("build", 10), JobScript("publish", 10, needs=["build"], hold=hold)])
    )

    def approve_later() -> None:
        place.clock.call_after(60, lambda: place.standin.approve(run_id))

    place.teller.when["approval of environment pypi by alice, bob: http"] = approve_later
    assert place.watch(watch_timeout=50).is_success
    assert sum("waits for" in text for text in place.teller.said) == 1


def test_the_limit_halts_and_the_next_command_continues_to_watch(place: Place) -> None:
    run_id = place.start(RunScript(jobs=[JobScript("test", 9000)]))
    for _ in range(2):
        halt = place.halts(watch_timeout=15)
        assert "is still running after 15 s" in halt.cause
        assert halt.evidence[1] == "  test: in progress"
    place.standin.rerun(run_id, GREEN)
    assert place.watch().attempt == 2


@pytest.mark.parametrize(
    "fault",
    [
        practice.Fault("/jobs", 502),
        practice.Fault("/jobs", 503, body="<html>"),
        practice.Fault("/jobs", kind="html"),
        practice.Fault("/jobs", kind="truncate"),
        practice.Fault("/jobs", kind="reset"),
        practice.Fault("/jobs", kind="hang"),
        practice.Fault("/jobs", 200, body='{"total_count": 1}'),
    ],
    ids=["502", "503", "page", "cut", "reset", "hang", "other JSON"],
)
def test_an_unanswered_request_is_not_a_failed_run(
    place: Place, monkeypatch: pytest.MonkeyPatch, fault: practice.Fault
) -> None:
    monkeypatch.setattr("patchwright.github.client.ASK_SECONDS", 1.5)
    fault.times = 3
    place.standin.fault(fault)
    place.start(GREEN)
    assert place.watch().is_success
    assert place.teller.has_said("GitHub did not answer (")
    assert place.teller.has_said("GitHub answers again")


def test_an_outage_longer_than_patience_halts_as_unavailable(place: Place) -> None:
    place.start(GREEN)
    place.standin.fault(practice.Fault("/actions/runs/", 502, times=math.inf))
    with pytest.raises(Unavailable, match="GitHub did not answer for"):
        place.watch(patience=30)


def test_a_missing_network_halts_as_unavailable(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://nowhere.invalid:1")
    with pytest.raises(Unavailable) as halted:
        place.watch(patience=10)
    assert "error connecting to nowhere.invalid" in halted.value.evidence[1]


@pytest.mark.parametrize(
    "fault",
    [
        practice.Fault("/jobs", 429, {"retry-after": "40"}),
        practice.Fault(
            "/jobs",
            403,
            {"retry-after": "40"},
            body='{"message": "You have exceeded a secondary rate limit."}',
        ),
    ],
    ids=["429", "403"],
)
def test_a_secondary_rate_limit_is_waited_out(place: Place, fault: practice.Fault) -> None:
    place.standin.fault(fault)
    place.start(GREEN)
    began = place.clock.now()
    assert place.watch().is_success
    assert place.clock.now() - began >= 40
    assert place.teller.has_said("limits the rate of requests until")


def test_the_hourly_rate_limit_is_waited_out_until_its_reset(place: Place) -> None:
    reset = place.clock.now() + 50
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{reset:.0f}"}
    place.standin.fault(practice.Fault("/jobs", 403, headers, body='{"message": "API rate limit exceeded"}'))
    place.start(GREEN)
    assert place.watch().is_success
    assert place.clock.now() >= reset


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (practice.Fault("/actions", 401), "does not accept the token"),
        (
            practice.Fault("/actions", 403, {"x-accepted-github-permissions": "actions=read"}),
            "the permission actions:read",
        ),
        (practice.Fault("/actions", 404), "lacks the permission actions:read on practice/almanac"),
    ],
    ids=["401", "403", "404"],
)
def test_a_refusal_of_github_names_the_missing_permission(
    place: Place, fault: practice.Fault, told: str
) -> None:
    place.standin.fault(fault)
    with pytest.raises(Refused) as halted:
        place.watch()
    assert told in " ".join([halted.value.cause, *halted.value.remedy])
    assert len(place.standin.api_requests) == 1


def test_a_missing_login_halts_with_the_command_to_log_in(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GH_CONFIG_DIR", str(tmp_path / "none"))
    with pytest.raises(Prerequisite) as halted:
        place.watch()
    assert halted.value.next_command == "gh auth login --hostname github.localhost"


def test_watching_halts_without_gh(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Prerequisite, match="gh could not be started"):
        place.watch()


def test_a_run_that_is_listed_only_sometimes_is_found(place: Place) -> None:
    place.start(RunScript(jobs=[JobScript("test", 110)], hidden=[(0, 10), (80, 5000)]))
    assert place.watch().is_success


def test_a_workflow_that_is_missing_or_means_two_halts_with_what_there_is(place: Place) -> None:
    place.standin.workflow("qa", ".github/workflows/nightly.yml")
    with pytest.raises(Prerequisite, match="2 workflows that match `qa`"):
        place.github().workflow("qa")
    assert place.github().workflow("qa.yaml").path == WORKFLOW
    with pytest.raises(Prerequisite, match="no workflow `release`") as halted:
        place.github().workflow("release")
    assert len(halted.value.evidence) == 2
