"""The stand-in, also with the real gh 2.102: the commands that releases and users run."""

from __future__ import annotations

import http.client
import json
import math
import re
import time
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from patchwright.practice.github import TOKEN, Fault, Hold, JobScript, RunScript, StandIn
from practice.ground import Ground
from practice.memory_hosting import MASTER

FAILING_JOB = JobScript("test", 2, "failure", log="collected 3 items\nassert 1 == 2")
FAILURE = RunScript([JobScript("lint", 1), FAILING_JOB])
RUNS = "repos/practice/almanac/actions/runs"


def run_id(ground: Ground) -> str:
    """Return the id of the latest run."""
    return str(ground.standin.runs[-1].id)


def fetch(ground: Ground, path: str) -> Any:  # noqa: ANN401  JSON of many shapes
    return json.loads(ground.run("gh", "api", path).stdout)


def get(standin: StandIn, path: str, token: str = TOKEN, etag: str = "") -> HTTPResponse:
    """Return the answer of the API to a request through the proxy. Its body has been read."""
    connection = http.client.HTTPConnection(standin.proxy_url.removeprefix("http://"), timeout=5)
    headers = {"authorization": f"token {token}", "if-none-match": etag}
    connection.request("GET", f"http://api.github.localhost{path}", headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def wait_for_runs(ground: Ground) -> None:
    """Wait until every run has ended."""
    while any(ground.standin.state(run).status != "completed" for run in ground.standin.runs):
        time.sleep(0.02)


def find_etag(output: str) -> str:
    """Return the ETag in the output of `gh api --include`."""
    found = re.search(r"(?m)^Etag: (\S+)", output)
    assert found, output
    return found[1]


def test_the_api_needs_the_token_of_the_stand_in(memory_standin: StandIn) -> None:
    assert get(memory_standin, "/user").status == 200
    assert get(memory_standin, "/user", token="wrong").status == 401  # noqa: S106  no secret


def test_an_unchanged_answer_has_no_body_and_is_free(memory_standin: StandIn) -> None:
    first = get(memory_standin, "/user")
    again = get(memory_standin, "/user", etag=str(first.headers["etag"]))
    assert (first.status, again.status) == (200, 304)
    assert first.headers["x-ratelimit-used"] == again.headers["x-ratelimit-used"] == "1"
    assert [request.status for request in memory_standin.api_requests] == [200, 304]
    assert [request.status for request in memory_standin.counted_requests] == [200]


def test_a_fault_affects_as_many_requests_as_it_says(memory_standin: StandIn) -> None:
    memory_standin.fault(Fault("/user", status=503, times=2))
    assert [get(memory_standin, "/user").status for _ in range(3)] == [503, 503, 200]
    assert get(memory_standin, "/").status == 200


def test_the_environment_leads_gh_and_git_to_the_stand_in(memory_standin: StandIn, tmp_path: Path) -> None:
    environment = memory_standin.environment(tmp_path)
    assert environment["http_proxy"] == environment["HTTP_PROXY"] == memory_standin.proxy_url
    assert environment["GH_TOKEN"] == environment["GH_HOST"] == ""
    hosts = Path(environment["GH_CONFIG_DIR"]) / "hosts.yml"
    assert f"oauth_token: {TOKEN}\n" in hosts.read_text()
    assert hosts.stat().st_mode & 0o077 == 0


def test_the_usual_script_applies_until_it_is_removed(memory_standin: StandIn) -> None:
    conclusions = []
    for script in (RunScript(conclusion="failure"), None):
        memory_standin.usually("qa", script)
        run = memory_standin.add_run("qa", MASTER, branch="master")
        memory_standin.rerun(run.id)
        conclusions.append(run.state(5000.0).conclusion)
    assert conclusions == ["failure", "success"]


def test_a_forgotten_workflow_is_not_listed(memory_standin: StandIn) -> None:
    assert memory_standin.workflow_names() == {"qa", "release"}
    memory_standin.forget_workflow(".github/workflows/qa.yaml")
    assert memory_standin.workflow_names() == {"release"}


@pytest.mark.journey
def test_auth_status_shows_the_account(ground: Ground) -> None:
    assert "Logged in to github.localhost account practitioner" in ground.run("gh", "auth", "status").stdout


@pytest.mark.journey
def test_a_wrong_token_is_rejected(ground: Ground) -> None:
    hosts = ground.project.directory / "home" / "gh" / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("practice", "phishing"))
    ground.run("gh", "auth", "status", ok=False)
    assert "Bad credentials (HTTP 401)" in ground.run("gh", "api", "user", ok=False).stderr


@pytest.mark.journey
def test_repo_view_shows_the_repository_and_the_default_branch(ground: Ground) -> None:
    view = ground.run("gh", "repo", "view", "--json", "nameWithOwner,defaultBranchRef").stdout
    assert json.loads(view) == {"nameWithOwner": "practice/almanac", "defaultBranchRef": {"name": "master"}}


@pytest.mark.journey
def test_workflows_are_listed_before_the_first_push_with_their_state(ground: Ground) -> None:
    ground.standin.workflow("qa").state = "disabled_manually"
    lines = ground.run("gh", "workflow", "list", "--all").stdout.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [["qa", "disabled_manually"], ["release", "active"]]


@pytest.mark.journey
def test_a_push_starts_the_run_of_its_workflow_file(ground: Ground) -> None:
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


@pytest.mark.journey
def test_run_list_finds_a_workflow_by_its_file_name(ground: Ground) -> None:
    ground.commit("Fix.")
    assert "Fix." in ground.run("gh", "run", "list", "--workflow", "qa.yaml", "--limit", "1").stdout


@pytest.mark.journey
def test_the_run_of_a_tag_has_the_name_of_the_tag_and_the_peeled_commit(ground: Ground) -> None:
    ground.run("git", "tag", "-s", "-m", "Release.", "v1.24.1", "origin/release-1.24")
    ground.run("git", "push", "--quiet", "origin", "refs/tags/v1.24.1")
    commit = ground.run("git", "rev-parse", "origin/release-1.24").stdout.strip()
    (run,) = fetch(ground, RUNS)["workflow_runs"]
    assert (run["name"], run["path"]) == ("release", ".github/workflows/release.yaml")
    assert (run["head_branch"], run["head_sha"], run["event"]) == ("v1.24.1", commit, "push")


@pytest.mark.journey
@pytest.mark.parametrize(("query", "count"), [("{sha}", 1), ("{short}", 0), ("", 2)])
def test_a_filter_by_commit_needs_the_full_hash_and_an_empty_filter_is_ignored(
    ground: Ground, query: str, count: int
) -> None:
    ground.commit("One.")
    sha = ground.commit("Two.")
    path = f"{RUNS}?head_sha={query.format(sha=sha, short=sha[:8])}"
    assert fetch(ground, path)["total_count"] == count


@pytest.mark.journey
def test_lists_have_pages(ground: Ground) -> None:
    for number in range(3):
        ground.standin.add_run("qa", ground.project.patches[0], branch="master", created_at=1e9 + number)
    first = fetch(ground, f"{RUNS}?per_page=2")
    assert (first["total_count"], len(first["workflow_runs"])) == (3, 2)
    whole = ground.run("gh", "api", "--paginate", "--jq", ".workflow_runs[].run_number", f"{RUNS}?per_page=2")
    assert whole.stdout.split() == ["3", "2", "1"]


@pytest.mark.journey
def test_run_watch_follows_a_run_until_it_ends(ground: Ground) -> None:
    ground.commit("Fix.")
    watched = ground.run(
        "gh", "run", "watch", run_id(ground), "--interval", "1", "--compact", "--exit-status"
    )
    assert "initialize" in watched.stdout
    assert ground.standin.state(ground.standin.runs[0]).conclusion == "success"


@pytest.mark.journey
@pytest.mark.parametrize(("flags", "ok"), [((), True), (("--exit-status",), False)])
def test_run_watch_fails_for_a_failed_run_only_with_exit_status(
    ground: Ground, flags: tuple[str, ...], *, ok: bool
) -> None:
    ground.standin.script("qa", FAILURE)
    ground.commit("Fix.")
    ground.run("gh", "run", "watch", run_id(ground), "--interval", "1", *flags, ok=ok)
    wait_for_runs(ground)


@pytest.mark.journey
def test_run_view_shows_the_jobs_and_the_log_of_the_failure(ground: Ground) -> None:
    ground.standin.script("qa", FAILURE)
    ground.commit("Fix.")
    wait_for_runs(ground)
    view = json.loads(
        ground.run("gh", "run", "view", run_id(ground), "--json", "status,conclusion,jobs").stdout
    )
    assert (view["status"], view["conclusion"]) == ("completed", "failure")
    assert [(job["name"], job["conclusion"]) for job in view["jobs"]] == [
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


@pytest.mark.journey
def test_the_log_of_a_job_can_be_read_until_it_expires(ground: Ground) -> None:
    ground.standin.script("qa", FAILURE, RunScript(FAILURE.jobs, logs=False))
    for message in ("One.", "Two."):
        ground.commit(message)
        wait_for_runs(ground)
        job = fetch(ground, f"{RUNS}/{run_id(ground)}/jobs")["jobs"][1]["id"]
        log = ground.run("gh", "api", f"repos/practice/almanac/actions/jobs/{job}/logs", ok=message == "One.")
        assert ("assert 1 == 2" in log.stdout) is (message == "One.")
    assert "HTTP 410" in ground.run("gh", "run", "view", run_id(ground), "--log-failed", ok=False).stderr


@pytest.mark.journey
def test_a_job_with_unmet_needs_is_not_listed_yet(ground: Ground) -> None:
    ground.standin.script("qa", RunScript([JobScript("first", 1e9), JobScript("second", needs=["first"])]))
    ground.commit("Fix.")
    (job,) = fetch(ground, f"{RUNS}/{run_id(ground)}/jobs")["jobs"]
    assert (job["name"], job["status"], job["completed_at"]) == ("first", "in_progress", None)


@pytest.mark.journey
def test_a_rerun_of_the_failed_jobs_is_a_new_attempt_of_the_same_run(ground: Ground) -> None:
    ground.standin.script("qa", FAILURE, RunScript([JobScript("lint", 1), JobScript("test", 2)]))
    ground.commit("Fix.")
    wait_for_runs(ground)
    before = fetch(ground, f"{RUNS}/{run_id(ground)}")
    ground.run("gh", "run", "rerun", run_id(ground), "--failed")
    wait_for_runs(ground)
    after = fetch(ground, f"{RUNS}/{run_id(ground)}")
    attempts = [(run["run_attempt"], run["conclusion"]) for run in (before, after)]
    assert attempts == [(1, "failure"), (2, "success")]
    assert before["id"] == after["id"]
    assert fetch(ground, f"{RUNS}/{run_id(ground)}/attempts/1")["conclusion"] == "failure"
    all_jobs = fetch(ground, f"{RUNS}/{run_id(ground)}/jobs?filter=all")["jobs"]
    assert [(job["run_attempt"], job["conclusion"]) for job in all_jobs] == [
        (1, "success"),
        (1, "failure"),
        (2, "success"),
        (2, "success"),
    ]
    assert "Attempt #1" in ground.run("gh", "run", "view", run_id(ground), "--attempt", "1").stdout


@pytest.mark.journey
def test_a_new_attempt_of_a_successful_run_can_fail(ground: Ground) -> None:
    ground.commit("Fix.")
    wait_for_runs(ground)
    ground.standin.rerun(int(run_id(ground)), FAILURE)
    wait_for_runs(ground)
    (run,) = fetch(ground, RUNS)["workflow_runs"]
    assert (run["run_attempt"], run["conclusion"]) == (2, "failure")


@pytest.mark.journey
def test_a_run_waits_for_an_approval_and_names_the_reviewers(ground: Ground) -> None:
    hold = Hold("pypi", ("practitioner", "ada"))
    ground.standin.script("qa", RunScript([JobScript("publish", 1, hold=hold)]))
    ground.commit("Fix.")
    path = f"{RUNS}/{run_id(ground)}"
    assert fetch(ground, path)["status"] == "waiting"
    (pending,) = fetch(ground, f"{path}/pending_deployments")
    assert pending["environment"]["name"] == "pypi"
    assert [who["reviewer"]["login"] for who in pending["reviewers"]] == ["practitioner", "ada"]
    approve = ("-f", "state=approved", "-f", "comment=fine", "-F", "environment_ids[]=1")
    ground.run("gh", "api", "--method", "POST", f"{path}/pending_deployments", *approve)
    wait_for_runs(ground)
    assert fetch(ground, path)["conclusion"] == "success"
    assert fetch(ground, f"{path}/pending_deployments") == []


@pytest.mark.journey
def test_a_completed_run_may_have_no_conclusion_or_an_unknown_one(ground: Ground) -> None:
    ground.standin.script("qa", RunScript([], conclusion=""), RunScript([], conclusion="half_done"))
    for expected in (None, "half_done"):
        ground.commit("Fix.")
        run = fetch(ground, f"{RUNS}/{run_id(ground)}")
        assert (run["status"], run["conclusion"]) == ("completed", expected)


@pytest.mark.journey
def test_added_runs_are_listed_together_with_the_runs_of_pushes(ground: Ground) -> None:
    sha = ground.commit("Fix.")
    other = ground.project.patches[0]
    ground.standin.add_run("qa", other, branch="master", created_at=1e9)
    ground.standin.add_run("qa", sha, branch="master", event="schedule")
    ground.standin.add_run("qa", sha, branch="master", path=".github/workflows/nightly.yaml")
    runs = fetch(ground, RUNS)["workflow_runs"]
    assert sorted((run["event"], run["path"].rpartition("/")[2], run["head_sha"] == sha) for run in runs) == [
        ("push", "nightly.yaml", True),
        ("push", "qa.yaml", False),
        ("push", "qa.yaml", True),
        ("schedule", "qa.yaml", True),
    ]
    assert [run["conclusion"] for run in runs if run["head_sha"] == other] == ["success"]


@pytest.mark.journey
def test_a_run_may_appear_late_or_be_hidden_from_lists(ground: Ground) -> None:
    ground.standin.script("qa", RunScript(appears_after=10), RunScript(hidden=[(0, math.inf)]))
    ground.commit("Late.")
    assert fetch(ground, RUNS)["total_count"] == 0
    wait_for_runs(ground)
    assert fetch(ground, RUNS)["total_count"] == 1
    ground.commit("Vanishing.")
    assert fetch(ground, RUNS)["total_count"] == 1
    assert fetch(ground, f"{RUNS}/{run_id(ground)}")["display_title"] == "Vanishing."


@pytest.mark.journey
def test_the_api_shows_disabled_actions_and_omits_a_forgotten_workflow(ground: Ground) -> None:
    ground.standin.switch_actions(on=False)
    ground.commit("Fix.")
    ground.standin.forget_workflow(".github/workflows/release.yaml")
    assert fetch(ground, RUNS)["total_count"] == 0
    assert fetch(ground, "repos/practice/almanac/actions/permissions")["enabled"] is False
    workflows = fetch(ground, "repos/practice/almanac/actions/workflows")["workflows"]
    assert [workflow["name"] for workflow in workflows] == ["qa"]


@pytest.mark.journey
def test_a_release_is_not_found_before_it_is_published(ground: Ground) -> None:
    view = ("gh", "release", "view", "v1.24.1", "--json", "tagName,isDraft")
    assert "release not found" in ground.run(*view, ok=False).stderr
    ground.standin.publish("v1.24.1")
    assert json.loads(ground.run(*view).stdout) == {"tagName": "v1.24.1", "isDraft": False}


@pytest.mark.journey
def test_only_a_changed_answer_counts_against_the_rate_limit(ground: Ground) -> None:
    ground.standin.script("qa", RunScript([JobScript("long", 1e6, steps=["one"])]))
    ground.commit("Fix.")
    path = f"{RUNS}/{run_id(ground)}"
    etag = find_etag(ground.run("gh", "api", "--include", path).stdout)
    command = ("gh", "api", "--include", path, "--header", f"If-None-Match: {etag}")
    count = len(ground.standin.counted_requests)
    time.sleep(0.1)
    again = ground.run(*command, ok=False)
    assert again.stdout.startswith("HTTP/1.1 304")
    assert again.stderr.strip() == "gh: HTTP 304"
    assert len(ground.standin.counted_requests) == count
    assert len(ground.standin.api_requests) == count + 1
    assert re.search(rf"(?m)^X-Ratelimit-Remaining: {5000 - count}\s*$", again.stdout)
    ground.standin.rerun(int(run_id(ground)), FAILURE)
    assert ground.run(*command).stdout.startswith("HTTP/1.1 200")
    assert len(ground.standin.counted_requests) == count + 1


@pytest.mark.journey
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault(status=502), "HTTP 502"),
        (Fault(status=429, headers={"retry-after": "7"}), "HTTP 429"),
        (Fault(kind="html"), "invalid character '<'"),
        (Fault(kind="truncate"), "unexpected end of JSON input|unexpected EOF"),
        (Fault(kind="reset", times=math.inf), "connection reset|EOF"),
    ],
)
def test_a_fault_lets_the_next_requests_fail(ground: Ground, fault: Fault, message: str) -> None:
    ground.standin.fault(fault)
    command = ("gh", "run", "list")
    assert re.search(message, ground.run(*command, ok=False).stderr)
    ground.standin.heal()
    ground.run(*command)


@pytest.mark.journey
def test_a_fault_affects_only_the_requests_that_it_matches(ground: Ground) -> None:
    ground.standin.fault(Fault("/actions/runs", status=403, times=2))
    ground.run("gh", "workflow", "list")
    for ok in (False, False, True):
        ground.run("gh", "api", RUNS, ok=ok)


@pytest.mark.journey
def test_the_stand_in_logs_every_request(ground: Ground) -> None:
    ground.run("gh", "api", f"{RUNS}?head_sha=1")
    ground.run("git", "ls-remote", "--quiet", "origin")
    (request,) = ground.standin.api_requests
    assert (request.method, request.target, request.status) == ("GET", f"/{RUNS}?head_sha=1", 200)
    assert {other.host for other in ground.standin.requests} == {"api.github.localhost", "github.localhost"}


@pytest.mark.journey
def test_an_unknown_query_and_an_unknown_host_get_an_error(ground: Ground) -> None:
    unknown = ground.run("gh", "api", "graphql", "-f", "query=query Nobody { viewer { login } }", ok=False)
    assert "does not know the query 'Nobody'" in unknown.stderr
    connection = http.client.HTTPConnection(ground.standin.proxy_url.removeprefix("http://"), timeout=5)
    connection.request("GET", "http://example.org/simple/")
    answer = connection.getresponse()
    assert (answer.status, b"stand-in for GitHub" in answer.read()) == (404, True)
    connection.close()
