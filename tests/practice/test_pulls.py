"""Pull requests, opened and seen through the real gh 2.102."""

from __future__ import annotations

import json
from typing import Any

import pytest

from patchwright.halts import CommandFailed
from patchwright.practice.pulls import MergeMethod
from practice.ground import Ground

pytestmark = pytest.mark.journey

CREATE = (
    "gh",
    "pr",
    "create",
    "--base",
    "master",
    "--head",
    "integrate",
    "--title",
    "Integrate",
    "--body",
    "Please.",
)


@pytest.fixture
def pull(ground: Ground) -> str:
    """The URL of a pull request from `integrate` to master."""
    ground.run("git", "commit", "--quiet", "--allow-empty", "-m", "Integrate.")
    ground.run("git", "push", "--quiet", "origin", "HEAD:refs/heads/integrate")
    return ground.run(*CREATE).stdout.strip()


def fetched(ground: Ground, path: str) -> Any:  # noqa: ANN401  JSON of many shapes
    return json.loads(ground.run("gh", "api", f"repos/practice/almanac/{path}").stdout)


def test_a_pull_request_is_opened_and_found_by_its_branch(ground: Ground, pull: str) -> None:
    assert pull == "http://github.localhost/practice/almanac/pull/1"
    (listed,) = fetched(ground, "pulls?head=practice:integrate")
    assert (listed["number"], listed["state"], listed["title"]) == (1, "open", "Integrate")
    assert listed["head"]["sha"] == ground.head
    assert fetched(ground, "pulls?head=practice:other") == []
    fields = "number,url,state,mergeable,headRefName,baseRefName"
    for which in ("1", "integrate"):
        assert json.loads(ground.run("gh", "pr", "view", which, "--json", fields).stdout) == {
            "number": 1,
            "url": pull,
            "state": "OPEN",
            "mergeable": "MERGEABLE",
            "headRefName": "integrate",
            "baseRefName": "master",
        }
    assert "Integrate" in ground.run("gh", "pr", "list").stdout
    assert "Please." in ground.run("gh", "pr", "view", "1").stdout


@pytest.mark.usefixtures("pull")
def test_a_branch_has_one_open_pull_request(ground: Ground) -> None:
    assert "already exists" in ground.run(*CREATE, ok=False).stderr
    fields = ("-f", "title=T", "-f", "head=integrate", "-f", "base=master")
    assert "HTTP 422" in ground.run("gh", "api", "repos/practice/almanac/pulls", *fields, ok=False).stderr


def test_a_pull_request_needs_branches_that_exist(ground: Ground) -> None:
    assert "Head sha can't be blank" in ground.run(*CREATE, ok=False).stderr
    assert "no pull requests found" in ground.run("gh", "pr", "view", "integrate", ok=False).stderr
    assert "Could not resolve" in ground.run("gh", "pr", "view", "7", ok=False).stderr


@pytest.mark.usefixtures("pull")
def test_a_pull_request_follows_its_branch(ground: Ground) -> None:
    ground.run("git", "commit", "--quiet", "--allow-empty", "-m", "More.")
    ground.run("git", "push", "--quiet", "origin", "HEAD:refs/heads/integrate")
    assert fetched(ground, "pulls/1")["head"]["sha"] == ground.head


@pytest.mark.usefixtures("pull")
@pytest.mark.parametrize(("method", "parents"), [("merge", 2), ("squash", 1)])
def test_merging_moves_the_base_as_a_push_does(ground: Ground, method: MergeMethod, parents: int) -> None:
    ground.standin.protect("refs/heads/master")
    merged = ground.standin.merge(1, method)
    ground.run("git", "fetch", "--quiet")
    assert ground.run("git", "rev-parse", "origin/master").stdout.strip() == merged.merge_commit
    shown = ground.run("git", "show", "--no-patch", "--format=%P", "origin/master").stdout.split()
    assert len(shown) == parents
    assert ground.standin.events[-1].new == merged.merge_commit
    assert ground.standin.runs[-1].commit.sha == merged.merge_commit
    shown = json.loads(ground.run("gh", "pr", "view", "1", "--json", "state,mergeCommit").stdout)
    assert shown == {"state": "MERGED", "mergeCommit": {"oid": merged.merge_commit}}
    assert fetched(ground, "pulls?head=practice:integrate") == []
    assert fetched(ground, "pulls?head=practice:integrate&state=all")[0]["merged_at"]


def test_a_pull_request_that_conflicts_is_not_merged(ground: Ground) -> None:
    for branch in ("integrate", "master"):
        ground.run("git", "checkout", "--quiet", "--detach", "origin/master")
        (ground.project.clone / "README.rst").write_text(f"{branch}\n")
        ground.run("git", "commit", "--quiet", "-a", "-m", branch)
        ground.run("git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
    ground.run(*CREATE)
    with pytest.raises(CommandFailed):
        ground.standin.merge(1)
    assert fetched(ground, "pulls/1")["state"] == "open"
    with pytest.raises(LookupError):
        ground.standin.merge(2)
