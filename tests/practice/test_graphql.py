from __future__ import annotations

import json
from typing import Any

import pytest

from patchwright.practice.faults import API_HOST
from patchwright.practice.github import StandIn
from patchwright.practice.graphql import GraphQL
from patchwright.practice.shapes import Shapes
from patchwright.practice.wire import Request

PULL = {"title": "Integrate", "headRefName": "release-1.24", "baseRefName": "master"}


def query(standin: StandIn, name: str, kind: str = "query", /, **variables: Any) -> Any:  # noqa: ANN401  JSON of many shapes
    """Return the answer to a query."""
    body = json.dumps({"query": f"{kind} {name}($x: ID!) {{ x }}", "variables": variables}).encode()
    request = Request("POST", API_HOST, "/graphql", "", {}, body)
    return json.loads(GraphQL(standin, Shapes("practice", "almanac", "master")).answer(request).body)


def open_pull(standin: StandIn, **fields: str) -> Any:  # noqa: ANN401  JSON of many shapes
    answer = query(standin, "PullRequestCreate", "mutation", input={**PULL, **fields})
    return answer["data"]["createPullRequest"]


def test_an_unknown_query_gets_an_error(memory_standin: StandIn) -> None:
    answer = query(memory_standin, "Nobody")
    assert answer["data"] is None
    assert answer["errors"] == [{"message": "The stand-in does not know the query 'Nobody'."}]


def test_the_viewer_is_the_user_of_the_token(memory_standin: StandIn) -> None:
    assert query(memory_standin, "UserCurrent")["data"]["viewer"]["login"] == "practitioner"


def test_only_the_repository_of_the_stand_in_exists(memory_standin: StandIn) -> None:
    own = query(memory_standin, "RepositoryInfo", owner="practice", name="almanac")
    assert own["data"]["repository"]["defaultBranchRef"] == {"name": "master"}
    other = query(memory_standin, "RepositoryInfo", owner="practice", name="other")
    assert other["data"]["repository"] is None
    assert "'practice/other'" in other["errors"][0]["message"]


def test_a_pull_request_is_created_and_found_by_number_and_branch(memory_standin: StandIn) -> None:
    created = open_pull(memory_standin)["pullRequest"]
    assert (created["number"], created["state"]) == (1, "OPEN")
    by_number = query(memory_standin, "PullRequestByNumber", pr_number=1)
    assert by_number["data"]["repository"]["pullRequest"] == created
    by_branch = query(memory_standin, "PullRequestForBranch", headRefName="release-1.24")
    assert by_branch["data"]["repository"]["pullRequests"]["nodes"] == [created]


def test_a_list_of_pull_requests_is_filtered_by_branch_and_state(memory_standin: StandIn) -> None:
    open_pull(memory_standin)
    for variables in ({"headRefName": "other"}, {"state": ["MERGED"]}):
        answer = query(memory_standin, "PullRequestList", **variables)
        assert answer["data"]["repository"]["pullRequests"]["totalCount"] == 0


def test_a_pull_request_of_a_missing_branch_is_rejected(memory_standin: StandIn) -> None:
    assert open_pull(memory_standin, headRefName="missing") is None
    assert memory_standin.pulls.opened == []
    missing = query(memory_standin, "PullRequestByNumber", pr_number=1)
    assert "with the number of 1" in missing["errors"][0]["message"]


@pytest.mark.parametrize(
    ("tag", "release"), [("v1.24.1", {"databaseId": 500_000_001, "isDraft": False}), ("v1", None)]
)
def test_only_a_published_release_is_found(memory_standin: StandIn, tag: str, release: object) -> None:
    memory_standin.publish("v1.24.1")
    answer = query(memory_standin, "RepositoryReleaseByTag", tagName=tag)
    assert answer["data"]["repository"]["release"] == release
