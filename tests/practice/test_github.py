"""The real gh 2.102 in front of the stand-in: every command that a release or a person uses."""

from __future__ import annotations

import http.client
import json
import math
import re
import time
from typing import Any

import pytest

from patchwright.practice.github import Fault, Hold, JobScript, RunScript
from practice.ground import Ground

pytestmark = pytest.mark.journey

FAILING = JobScript("test", 2, "failure", log="collected 3 items\nassert 1 == 2")
RED = RunScript([JobScript("lint", 1), FAILING])
RUNS = "repos/practice/almanac/actions/runs"


def run_id(ground: Ground) -> str:
    """The id of the latest run."""
    return str(ground.standin.runs[-1].id)


def fetched(ground: Ground, path: str) -> Any:  # noqa: ANN401  JSON of many shapes
    return json.loads(ground.run("gh", "api", path).stdout)


def ended(ground: Ground) -> None:
    """Wait until every run has ended."""
    while any(ground.standin.state(run).status != "completed" for run in ground.standin.runs):
        time.sleep(0.02)


def etag_of(included: str) -> str:
    """The ETag in what `gh api --include` shows."""
    found = re.search(r"(?m)^Etag: (\S+)", included)
    assert found, included
    return found[1]


def test_auth_status_is_content(ground: Ground) -> None:
    assert "Logged in to github.localhost account practitioner" in ground.run("gh", "auth", "status").stdout


def test_a_wrong_token_is_refused(ground: Ground) -> None:
    hosts = ground.project.directory / "home" / "gh" / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("practice", "phishing"))
    ground.run("gh", "auth", "status", ok=False)
    assert "Bad credentials (HTTP 401)" in ground.run("gh", "api", "user", ok=False).stderr


def test_repo_view_names_repository_and_default_branch(ground: Ground) -> None:
    shown = ground.run("gh", "repo", "view", "--json", "nameWithOwner,defaultBranchRef").stdout
    assert json.loads(shown) == {"nameWithOwner": "practice/almanac", "defaultBranchRef": {"name": "master"}}


def test_workflows_are_listed_before_anybody_pushed_and_with_their_state(ground: Ground) -> None:
    ground.standin.workflow("qa").state = "disabled_manually"
    lines = ground.run("gh", "workflow", "list", "--all").stdout.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [["qa", "disabled_manually"], ["release", "active"]]


def test_a_push_starts_the_run_that_its_workflow_file_asks_for(ground: Ground) -> None:
    sha = ground.commit("Fix a tide.")
    fields = "attempt,conclusion,displayTitle,event,headBranch,headSha,name,number,status,workflowName"
    listed = ground.run("gh", "run", "list", "--workflow", "qa", "--commit", sha, "--json", fields).stdout
    (run,) = json.loads(listed)
    assert run.pop("status") in {"queued", "in_progress", "completed"}
    assert run.pop("conclusion") in {"", "success"}
    assert run == {
        "attempt": 1,
        "displayTitle": "Fix a tide.",
        "event": "push",
        "headBranch": "master",
        "headSha": sha,
        "name": "qa",
        "number": 1,
        "workflowName": "qa",
    }


def test_run_list_finds_a_workflow_by_its_file(ground: Ground) -> None:
    ground.commit("Fix.")
    assert "Fix." in ground.run("gh", "run", "list", "--workflow", "qa.yaml", "--limit", "1").stdout


def test_a_tags_run_has_the_tags_name_and_the_peeled_commit(ground: Ground) -> None:
    ground.run("git", "tag", "-s", "-m", "Release.", "v1.24.1", "origin/release-1.24")
    ground.run("git", "push", "--quiet", "origin", "refs/tags/v1.24.1")
    commit = ground.run("git", "rev-parse", "origin/release-1.24").stdout.strip()
    (run,) = fetched(ground, RUNS)["workflow_runs"]
    assert (run["name"], run["path"]) == ("release", ".github/workflows/release.yaml")
    assert (run["head_branch"], run["head_sha"], run["event"]) == ("v1.24.1", commit, "push")


@pytest.mark.parametrize(("query", "count"), [("{sha}", 1), ("{short}", 0), ("", 2)])
def test_a_filter_by_commit_takes_full_hashes_and_an_empty_one_is_none(
    ground: Ground, query: str, count: int
) -> None:
    ground.commit("One.")
    sha = ground.commit("Two.")
    path = f"{RUNS}?head_sha={query.format(sha=sha, short=sha[:8])}"
    assert fetched(ground, path)["total_count"] == count


def test_lists_come_in_pages(ground: Ground) -> None:
    for number in range(3):
        ground.standin.add_run("qa", ground.project.patches[0], branch="master", created_at=1e9 + number)
    first = fetched(ground, f"{RUNS}?per_page=2")
    assert (first["total_count"], len(first["workflow_runs"])) == (3, 2)
    whole = ground.run("gh", "api", "--paginate", "--jq", ".workflow_runs[].run_number", f"{RUNS}?per_page=2")
    assert whole.stdout.split() == ["3", "2", "1"]


def test_run_watch_follows_a_run_to_its_end(ground: Ground) -> None:
    ground.commit("Fix.")
    watched = ground.run(
        "gh", "run", "watch", run_id(ground), "--interval", "1", "--compact", "--exit-status"
    )
    assert "initialize" in watched.stdout
    assert ground.standin.state(ground.standin.runs[0]).conclusion == "success"


@pytest.mark.parametrize(("flags", "ok"), [((), True), (("--exit-status",), False)])
def test_run_watch_tells_failure_only_when_asked(ground: Ground, flags: tuple[str, ...], *, ok: bool) -> None:
    ground.standin.script("qa", RED)
    ground.commit("Fix.")
    ground.run("gh", "run", "watch", run_id(ground), "--interval", "1", *flags, ok=ok)
    ended(ground)


def test_run_view_shows_the_jobs_and_the_failing_log(ground: Ground) -> None:
    ground.standin.script("qa", RED)
    ground.commit("Fix.")
    ended(ground)
    shown = json.loads(
        ground.run("gh", "run", "view", run_id(ground), "--json", "status,conclusion,jobs").stdout
    )
    assert (shown["status"], shown["conclusion"]) == ("completed", "failure")
    assert [(job["name"], job["conclusion"]) for job in shown["jobs"]] == [
        ("lint", "success"),
        ("test", "failure"),
    ]
    log = ground.run("gh", "run", "view", run_id(ground), "--log-failed").stdout
    assert [line.split("Z ", 1)[1] for line in log.splitlines()] == [
        "collected 3 items",
        "assert 1 == 2",
        "##[error]Process completed with exit code 1.",
    ]
    assert {tuple(line.split("\t")[:2]) for line in log.splitlines()} == {("test", "Run")}
    assert "Process completed with exit code 1." in ground.run("gh", "run", "view", run_id(ground)).stdout


def test_one_jobs_log_can_be_had_and_expired_logs_cannot(ground: Ground) -> None:
    ground.standin.script("qa", RED, RunScript(RED.jobs, logs=False))
    for message in ("One.", "Two."):
        ground.commit(message)
        ended(ground)
        job = fetched(ground, f"{RUNS}/{run_id(ground)}/jobs")["jobs"][1]["id"]
        log = ground.run("gh", "api", f"repos/practice/almanac/actions/jobs/{job}/logs", ok=message == "One.")
        assert ("assert 1 == 2" in log.stdout) is (message == "One.")
    assert "HTTP 410" in ground.run("gh", "run", "view", run_id(ground), "--log-failed", ok=False).stderr


def test_a_job_with_unmet_needs_is_not_listed_yet(ground: Ground) -> None:
    ground.standin.script("qa", RunScript([JobScript("first", 1e9), JobScript("second", needs=["first"])]))
    ground.commit("Fix.")
    (job,) = fetched(ground, f"{RUNS}/{run_id(ground)}/jobs")["jobs"]
    assert (job["name"], job["status"], job["completed_at"]) == ("first", "in_progress", None)


def test_rerunning_the_failed_jobs_raises_the_attempt_and_keeps_the_id(ground: Ground) -> None:
    ground.standin.script("qa", RED, RunScript([JobScript("lint", 1), JobScript("test", 2)]))
    ground.commit("Fix.")
    ended(ground)
    before = fetched(ground, f"{RUNS}/{run_id(ground)}")
    ground.run("gh", "run", "rerun", run_id(ground), "--failed")
    ended(ground)
    after = fetched(ground, f"{RUNS}/{run_id(ground)}")
    told = [(run["run_attempt"], run["conclusion"]) for run in (before, after)]
    assert told == [(1, "failure"), (2, "success")]
    assert before["id"] == after["id"]
    assert fetched(ground, f"{RUNS}/{run_id(ground)}/attempts/1")["conclusion"] == "failure"
    everything = fetched(ground, f"{RUNS}/{run_id(ground)}/jobs?filter=all")["jobs"]
    assert [(job["run_attempt"], job["conclusion"]) for job in everything] == [
        (1, "success"),
        (1, "failure"),
        (2, "success"),
        (2, "success"),
    ]
    assert "Attempt #1" in ground.run("gh", "run", "view", run_id(ground), "--attempt", "1").stdout


def test_a_green_run_can_turn_red_by_another_attempt(ground: Ground) -> None:
    ground.commit("Fix.")
    ended(ground)
    ground.standin.rerun(int(run_id(ground)), RED)
    ended(ground)
    (run,) = fetched(ground, RUNS)["workflow_runs"]
    assert (run["run_attempt"], run["conclusion"]) == (2, "failure")


def test_a_run_waits_for_an_approval_and_says_whose(ground: Ground) -> None:
    hold = Hold("pypi", ("practitioner", "ada"))
    ground.standin.script("qa", RunScript([JobScript("publish", 1, hold=hold)]))
    ground.commit("Fix.")
    path = f"{RUNS}/{run_id(ground)}"
    assert fetched(ground, path)["status"] == "waiting"
    (pending,) = fetched(ground, f"{path}/pending_deployments")
    assert pending["environment"]["name"] == "pypi"
    assert [who["reviewer"]["login"] for who in pending["reviewers"]] == ["practitioner", "ada"]
    approve = ("-f", "state=approved", "-f", "comment=fine", "-F", "environment_ids[]=1")
    ground.run("gh", "api", "--method", "POST", f"{path}/pending_deployments", *approve)
    ended(ground)
    assert fetched(ground, path)["conclusion"] == "success"
    assert fetched(ground, f"{path}/pending_deployments") == []


def test_a_completed_run_may_have_no_conclusion_or_one_that_nobody_knows(ground: Ground) -> None:
    ground.standin.script("qa", RunScript([], conclusion=""), RunScript([], conclusion="half_done"))
    for expected in (None, "half_done"):
        ground.commit("Fix.")
        run = fetched(ground, f"{RUNS}/{run_id(ground)}")
        assert (run["status"], run["conclusion"]) == ("completed", expected)


def test_runs_by_hand_stand_beside_those_of_pushes(ground: Ground) -> None:
    sha = ground.commit("Fix.")
    other = ground.project.patches[0]
    ground.standin.add_run("qa", other, branch="master", created_at=1e9)
    ground.standin.add_run("qa", sha, branch="master", event="schedule")
    ground.standin.add_run("qa", sha, branch="master", path=".github/workflows/nightly.yaml")
    runs = fetched(ground, RUNS)["workflow_runs"]
    assert sorted((run["event"], run["path"].rpartition("/")[2], run["head_sha"] == sha) for run in runs) == [
        ("push", "nightly.yaml", True),
        ("push", "qa.yaml", False),
        ("push", "qa.yaml", True),
        ("schedule", "qa.yaml", True),
    ]
    assert [run["conclusion"] for run in runs if run["head_sha"] == other] == ["success"]


def test_a_run_appears_late_and_may_vanish_again(ground: Ground) -> None:
    ground.standin.script("qa", RunScript(appears_after=10), RunScript(hidden=[(0, math.inf)]))
    ground.commit("Late.")
    assert fetched(ground, RUNS)["total_count"] == 0
    ended(ground)
    assert fetched(ground, RUNS)["total_count"] == 1
    ground.commit("Vanishing.")
    assert fetched(ground, RUNS)["total_count"] == 1
    assert fetched(ground, f"{RUNS}/{run_id(ground)}")["display_title"] == "Vanishing."


def test_a_switched_off_or_forgotten_workflow_can_be_told(ground: Ground) -> None:
    ground.standin.switch_actions(on=False)
    ground.commit("Fix.")
    ground.standin.forget_workflow(".github/workflows/release.yaml")
    assert fetched(ground, RUNS)["total_count"] == 0
    assert fetched(ground, "repos/practice/almanac/actions/permissions")["enabled"] is False
    workflows = fetched(ground, "repos/practice/almanac/actions/workflows")["workflows"]
    assert [workflow["name"] for workflow in workflows] == ["qa"]


def test_a_release_is_not_found_before_it_is_published(ground: Ground) -> None:
    view = ("gh", "release", "view", "v1.24.1", "--json", "tagName,isDraft")
    assert "release not found" in ground.run(*view, ok=False).stderr
    ground.standin.publish("v1.24.1")
    assert json.loads(ground.run(*view).stdout) == {"tagName": "v1.24.1", "isDraft": False}


def test_an_unchanged_answer_is_free_and_a_changed_one_is_not(ground: Ground) -> None:
    ground.standin.script("qa", RunScript([JobScript("long", 1e6, steps=["one"])]))
    ground.commit("Fix.")
    path = f"{RUNS}/{run_id(ground)}"
    etag = etag_of(ground.run("gh", "api", "--include", path).stdout)
    asking = ("gh", "api", "--include", path, "--header", f"If-None-Match: {etag}")
    used = len(ground.standin.counted_requests)
    time.sleep(0.1)
    again = ground.run(*asking, ok=False)
    assert again.stdout.startswith("HTTP/1.1 304")
    assert again.stderr.strip() == "gh: HTTP 304"
    assert len(ground.standin.counted_requests) == used
    assert len(ground.standin.api_requests) == used + 1
    assert re.search(rf"(?m)^X-Ratelimit-Remaining: {5000 - used}\s*$", again.stdout)
    ground.standin.rerun(int(run_id(ground)), RED)
    assert ground.run(*asking).stdout.startswith("HTTP/1.1 200")
    assert len(ground.standin.counted_requests) == used + 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(status=502), "HTTP 502"),
        (Fault(status=429, headers={"retry-after": "7"}), "HTTP 429"),
        (Fault(kind="html"), "invalid character '<'"),
        (Fault(kind="truncate"), "unexpected end of JSON input|unexpected EOF"),
        (Fault(kind="reset", times=math.inf), "connection reset|EOF"),
    ],
)
def test_requests_go_wrong_as_often_as_they_are_told(ground: Ground, fault: Fault, said: str) -> None:
    ground.standin.fault(fault)
    asking = ("gh", "run", "list")
    assert re.search(said, ground.run(*asking, ok=False).stderr)
    ground.standin.heal()
    ground.run(*asking)


def test_a_fault_strikes_only_what_it_names(ground: Ground) -> None:
    ground.standin.fault(Fault("/actions/runs", status=403, times=2))
    ground.run("gh", "workflow", "list")
    for ok in (False, False, True):
        ground.run("gh", "api", RUNS, ok=ok)


def test_what_is_asked_is_kept(ground: Ground) -> None:
    ground.run("gh", "api", f"{RUNS}?head_sha=1")
    ground.run("git", "ls-remote", "--quiet", "origin")
    (asked,) = ground.standin.api_requests
    assert (asked.method, asked.target, asked.status) == ("GET", f"/{RUNS}?head_sha=1", 200)
    assert {other.host for other in ground.standin.requests} == {"api.github.localhost", "github.localhost"}


def test_an_unknown_query_and_an_unknown_host_are_told_so(ground: Ground) -> None:
    unknown = ground.run("gh", "api", "graphql", "-f", "query=query Nobody { viewer { login } }", ok=False)
    assert "does not know the query 'Nobody'" in unknown.stderr
    connection = http.client.HTTPConnection(ground.standin.proxy_url.removeprefix("http://"), timeout=5)
    connection.request("GET", "http://example.org/simple/")
    answer = connection.getresponse()
    assert (answer.status, b"stand-in for GitHub" in answer.read()) == (404, True)
    connection.close()
