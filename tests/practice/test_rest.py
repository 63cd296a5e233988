from __future__ import annotations

import json
from typing import Any

import pytest

from patchwright.practice.actions import Run
from patchwright.practice.faults import API_HOST
from patchwright.practice.github import LOG_HOST, Hold, JobScript, Ruleset, RunScript, StandIn
from patchwright.practice.rest import Rest
from patchwright.practice.shapes import Shapes
from patchwright.practice.wire import Answer, Request
from practice.memory_hosting import BRANCH, MASTER, TAG

HERE = "/repos/practice/almanac"
FAILED = RunScript([JobScript("lint", 1), JobScript("test", 2, "failure", log="assert 1 == 2")])
ENDED = 500.0  # The clock of the stand-in shows 1000. A run from this time has ended.


def ask(standin: StandIn, path: str, query: str = "", method: str = "GET", **fields: str) -> Answer:
    """Return the answer to a request below the repository."""
    body = json.dumps(fields).encode()
    return rest(standin).answer(Request(method, API_HOST, f"{HERE}{path}", query, {}, body))


def read(standin: StandIn, path: str, query: str = "") -> Any:  # noqa: ANN401  JSON of many shapes
    return json.loads(ask(standin, path, query).body)


def rest(standin: StandIn) -> Rest:
    return Rest(standin, Shapes("practice", "almanac", "master"))


def add_run(
    standin: StandIn, script: RunScript = FAILED, workflow: str = "qa", at: float | None = ENDED
) -> Run:
    return standin.add_run(workflow, MASTER, branch="master", script=script, created_at=at)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"), ("DELETE", "/actions/runs"), ("GET", "/branches/missing"),
        ("GET", "/releases/tags/v9"), ("GET", "/actions/runs/1"), ("GET", "/actions/jobs/1"),
        ("GET", "/actions/workflows/missing.yaml"), ("GET", "/pulls/1"),
    ],
)  # fmt: skip  # one request, one pair
def test_a_path_to_nothing_is_not_found(memory_standin: StandIn, method: str, path: str) -> None:
    assert ask(memory_standin, path, method=method).status == 404


def test_a_branch_has_its_commit_and_its_protection(memory_standin: StandIn) -> None:
    memory_standin.protect("refs/heads/master")
    for name, sha, protected in (("master", MASTER, True), ("release-1.24", BRANCH, False)):
        branch = read(memory_standin, f"/branches/{name}")
        assert (branch["commit"]["sha"], branch["protected"]) == (sha, protected)


@pytest.mark.parametrize(
    ("ref", "target"),
    [("heads/master", {"sha": MASTER, "type": "commit"}), ("tags/v1.24.0", {"sha": TAG, "type": "tag"})],
)
def test_a_ref_has_its_object_and_the_type(memory_standin: StandIn, ref: str, target: object) -> None:
    assert read(memory_standin, f"/git/ref/{ref}")["object"] == target


def test_a_commit_is_found_by_its_hash(memory_standin: StandIn) -> None:
    assert read(memory_standin, f"/commits/{MASTER}")["sha"] == MASTER
    assert ask(memory_standin, "/commits/0000").status == 422


def test_rulesets_are_shown_as_a_list_one_by_one_and_by_branch(memory_standin: StandIn) -> None:
    parameters: dict[str, object] = {"operator": "contains", "pattern": "#"}
    rules: dict[str, dict[str, object]] = {"creation": {}, "commit_message_pattern": parameters}
    memory_standin.add_ruleset(Ruleset(7, "tags", "tag", ("refs/tags/v*",), {"creation": {}}))
    memory_standin.add_ruleset(Ruleset(8, "branches", "branch", ("refs/heads/release/*",), rules))
    memory_standin.add_ruleset(Ruleset(9, "tried", "branch", rules=rules, enforcement="evaluate"))

    assert [one["id"] for one in read(memory_standin, "/rulesets", "targets=tag")] == [7]
    assert len(read(memory_standin, "/rulesets")) == 3
    whole = read(memory_standin, "/rulesets/7")
    assert (whole["current_user_can_bypass"], whole["rules"]) == ("never", [{"type": "creation"}])
    assert whole["conditions"]["ref_name"]["include"] == ["refs/tags/v*"]
    assert ask(memory_standin, "/rulesets/1").status == 404
    shown = read(memory_standin, "/rules/branches/release%2F1.24")
    assert [(one["type"], one["ruleset_id"]) for one in shown] == [
        ("creation", 8), ("commit_message_pattern", 8),
    ]  # fmt: skip  # one rule each
    assert shown[1]["parameters"] == parameters
    assert read(memory_standin, "/rules/branches/master") == []


def test_releases_are_listed_newest_first(memory_standin: StandIn) -> None:
    for tag in ("v1.24.1", "v1.24.2"):
        memory_standin.publish(tag)
    assert [one["tag_name"] for one in read(memory_standin, "/releases")] == ["v1.24.2", "v1.24.1"]


def test_a_branch_can_have_only_one_open_pull_request(memory_standin: StandIn) -> None:
    fields = {"title": "Integrate", "head": "practice:release-1.24", "base": "master"}
    statuses = [ask(memory_standin, "/pulls", method="POST", **fields).status for _ in range(2)]
    assert statuses == [201, 422]
    assert [pull["number"] for pull in read(memory_standin, "/pulls", "head=practice:release-1.24")] == [1]
    assert read(memory_standin, "/pulls", "base=other") == []
    assert ask(memory_standin, "/pulls", method="POST", **{**fields, "head": "missing"}).status == 422


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2), ("branch=", 2), ("branch=master", 2), ("branch=other", 0), ("event=schedule", 0),
        (f"head_sha={MASTER}", 2), (f"head_sha={MASTER[:8]}", 0), ("status=failure", 1),
        ("status=completed", 2), ("actor=practitioner", 2),
    ],
)  # fmt: skip  # one filter, one pair
def test_runs_are_filtered_by_the_query(memory_standin: StandIn, query: str, count: int) -> None:
    add_run(memory_standin)
    add_run(memory_standin, RunScript([]))
    assert read(memory_standin, "/actions/runs", query)["total_count"] == count


def test_the_runs_of_a_workflow_are_found_by_its_file_name(memory_standin: StandIn) -> None:
    qa = add_run(memory_standin)
    add_run(memory_standin, workflow="release")
    runs = read(memory_standin, "/actions/workflows/qa.yaml/runs")["workflow_runs"]
    assert [run["id"] for run in runs] == [qa.id]


def test_a_page_has_a_link_to_the_next_page(memory_standin: StandIn) -> None:
    for _ in range(3):
        add_run(memory_standin)
    first = ask(memory_standin, "/actions/runs", "per_page=2&event=push")
    assert len(json.loads(first.body)["workflow_runs"]) == 2
    assert f"{HERE}/actions/runs?per_page=2&event=push&page=2>" in first.headers["link"]
    last = ask(memory_standin, "/actions/runs", "per_page=2&page=2")
    assert len(json.loads(last.body)["workflow_runs"]) == 1
    assert "link" not in last.headers


def test_the_jobs_of_all_attempts_can_be_listed(memory_standin: StandIn) -> None:
    run = add_run(memory_standin)
    memory_standin.rerun(run.id, RunScript([JobScript("test", 1e6)]), failed_only=True)
    path = f"/actions/runs/{run.id}/jobs"
    attempts = [job["run_attempt"] for job in read(memory_standin, path, "filter=all")["jobs"]]
    assert attempts == [1, 1, 2, 2]
    assert [job["run_attempt"] for job in read(memory_standin, path)["jobs"]] == [2, 2]
    first = read(memory_standin, f"/actions/runs/{run.id}/attempts/1/jobs")["jobs"]
    assert [job["conclusion"] for job in first] == ["success", "failure"]
    assert read(memory_standin, f"/actions/jobs/{first[1]['id']}")["name"] == "test"
    (annotation,) = read(memory_standin, f"/check-runs/{first[1]['id']}/annotations")
    assert annotation["annotation_level"] == "failure"


def test_only_a_completed_run_can_be_run_again(memory_standin: StandIn) -> None:
    run = add_run(memory_standin)
    path = f"/actions/runs/{run.id}/rerun-failed-jobs"
    memory_standin.script("qa", RunScript([JobScript("test", 1e6)]))
    assert [ask(memory_standin, path, method="POST").status for _ in range(2)] == [201, 403]
    assert len(run.attempts) == 2


def test_a_pending_deployment_can_be_approved(memory_standin: StandIn) -> None:
    run = add_run(memory_standin, RunScript([JobScript("publish", 0, hold=Hold("pypi", ("ada",)))]))
    path = f"/actions/runs/{run.id}/pending_deployments"
    assert [one["environment"]["name"] for one in read(memory_standin, path)] == ["pypi"]
    assert ask(memory_standin, path, method="POST", state="rejected").status == 422
    assert ask(memory_standin, path, method="POST", state="approved").status == 200
    assert read(memory_standin, path) == []


def test_the_log_of_a_completed_job_is_at_the_url_of_the_answer(memory_standin: StandIn) -> None:
    run = add_run(memory_standin)
    job = read(memory_standin, f"/actions/runs/{run.id}/jobs")["jobs"][1]["id"]
    redirect = ask(memory_standin, f"/actions/jobs/{job}/logs")
    assert (redirect.status, redirect.headers["location"]) == (302, f"http://{LOG_HOST}/jobs/{job}.txt")
    log = rest(memory_standin).log(Request("GET", LOG_HOST, f"/jobs/{job}.txt", "", {}, b""))
    assert b"assert 1 == 2" in log.body
    archive = rest(memory_standin).log(Request("GET", LOG_HOST, f"/runs/{run.id}/1.zip", "", {}, b""))
    assert archive.body.startswith(b"PK")


@pytest.mark.parametrize(
    ("script", "at", "status"),
    [(FAILED, ENDED, 302), (RunScript([], logs=False), ENDED, 410), (FAILED, None, 404)],
)
def test_a_run_has_logs_after_its_end_until_they_expire(
    memory_standin: StandIn, script: RunScript, at: float | None, status: int
) -> None:
    run = add_run(memory_standin, script, at=at)
    assert ask(memory_standin, f"/actions/runs/{run.id}/logs").status == status


def test_a_log_that_does_not_exist_is_not_found(memory_standin: StandIn) -> None:
    for path in ("/jobs/1.txt", "/runs/1/1.zip", "/other"):
        assert rest(memory_standin).log(Request("GET", LOG_HOST, path, "", {}, b"")).status == 404


def test_permissions_and_workflows_show_what_is_disabled(memory_standin: StandIn) -> None:
    memory_standin.switch_actions(on=False)
    memory_standin.workflow("qa").state = "disabled_manually"
    assert read(memory_standin, "/actions/permissions")["enabled"] is False
    assert read(memory_standin, "/actions/workflows/qa.yaml")["state"] == "disabled_manually"
    names = [one["name"] for one in read(memory_standin, "/actions/workflows")["workflows"]]
    assert names == ["qa", "release"]
