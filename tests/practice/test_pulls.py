"""Pull requests, also opened and read with the real gh 2.102."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from patchwright.halts import CommandFailed
from patchwright.practice.pulls import MergeMethod, Pull, Pulls
from practice.ground import Ground
from practice.memory_hosting import BRANCH, MASTER, TAGGED, MemoryHosting

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
    """Open a pull request from `integrate` to master and return its URL."""
    ground.run("git", "commit", "--quiet", "--allow-empty", "-m", "Integrate.")
    ground.run("git", "push", "--quiet", "origin", "HEAD:refs/heads/integrate")
    return ground.run(*CREATE).stdout.strip()


@pytest.fixture
def pulls(tmp_path: Path) -> Pulls:
    return Pulls(MemoryHosting(tmp_path, "practice", "almanac"))


def open_pull(pulls: Pulls, head: str = "release-1.24", base: str = "master") -> Pull:
    return pulls.open(title="Integrate", body="", head=head, base=base, now=1.0)


def fetch(ground: Ground, path: str) -> Any:  # noqa: ANN401  JSON of many shapes
    return json.loads(ground.run("gh", "api", f"repos/practice/almanac/{path}").stdout)


def test_pull_requests_have_consecutive_numbers_and_the_head_of_their_branch(pulls: Pulls) -> None:
    first, second = open_pull(pulls), open_pull(pulls, "master", "release-1.24")
    assert [(pull.number, pull.head_sha) for pull in (first, second)] == [(1, BRANCH), (2, MASTER)]
    assert pulls.find(2) is second
    for number in (0, 3):
        with pytest.raises(LookupError):
            pulls.find(number)


@pytest.mark.parametrize(("head", "base"), [("missing", "master"), ("release-1.24", "missing")])
def test_a_pull_request_cannot_be_opened_without_its_branches(pulls: Pulls, head: str, base: str) -> None:
    with pytest.raises(KeyError):
        open_pull(pulls, head, base)
    assert pulls.opened == []


def test_the_pull_requests_from_a_branch_are_listed_by_state_newest_first(pulls: Pulls) -> None:
    first, second = open_pull(pulls), open_pull(pulls)
    first.state = "closed"
    assert pulls.from_branch("release-1.24") == [second]
    assert pulls.from_branch("release-1.24", "all") == [second, first]
    assert pulls.from_branch("master", "all") == []


def test_only_open_pull_requests_get_a_new_head(pulls: Pulls) -> None:
    first, second = open_pull(pulls), open_pull(pulls)
    first.state = "closed"
    pulls.update_head("release-1.24", TAGGED)
    assert (first.head_sha, second.head_sha) == (BRANCH, TAGGED)


@pytest.mark.journey
def test_a_pull_request_is_opened_and_found_by_its_branch(ground: Ground, pull: str) -> None:
    assert pull == "http://github.localhost/practice/almanac/pull/1"
    (listed,) = fetch(ground, "pulls?head=practice:integrate")
    assert (listed["number"], listed["state"], listed["title"]) == (1, "open", "Integrate")
    assert listed["head"]["sha"] == ground.head
    assert fetch(ground, "pulls?head=practice:other") == []
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


@pytest.mark.journey
@pytest.mark.usefixtures("pull")
def test_a_branch_can_have_only_one_open_pull_request(ground: Ground) -> None:
    assert "already exists" in ground.run(*CREATE, ok=False).stderr
    fields = ("-f", "title=T", "-f", "head=integrate", "-f", "base=master")
    assert "HTTP 422" in ground.run("gh", "api", "repos/practice/almanac/pulls", *fields, ok=False).stderr


@pytest.mark.journey
def test_a_pull_request_needs_branches_that_exist(ground: Ground) -> None:
    assert "Head sha can't be blank" in ground.run(*CREATE, ok=False).stderr
    assert "no pull requests found" in ground.run("gh", "pr", "view", "integrate", ok=False).stderr
    assert "Could not resolve" in ground.run("gh", "pr", "view", "7", ok=False).stderr


@pytest.mark.journey
@pytest.mark.usefixtures("pull")
def test_a_push_to_the_branch_updates_the_pull_request(ground: Ground) -> None:
    ground.run("git", "commit", "--quiet", "--allow-empty", "-m", "More.")
    ground.run("git", "push", "--quiet", "origin", "HEAD:refs/heads/integrate")
    assert fetch(ground, "pulls/1")["head"]["sha"] == ground.head


@pytest.mark.journey
@pytest.mark.usefixtures("pull")
@pytest.mark.parametrize(("method", "parents"), [("merge", 2), ("squash", 1)])
def test_a_merge_moves_the_base_as_a_push_does(ground: Ground, method: MergeMethod, parents: int) -> None:
    ground.standin.protect("refs/heads/master")
    merged = ground.standin.merge(1, method)
    ground.run("git", "fetch", "--quiet")
    assert ground.run("git", "rev-parse", "origin/master").stdout.strip() == merged.merge_commit
    parent_commits = ground.run("git", "show", "--no-patch", "--format=%P", "origin/master").stdout.split()
    assert len(parent_commits) == parents
    assert ground.standin.events[-1].new == merged.merge_commit
    assert ground.standin.runs[-1].commit.sha == merged.merge_commit
    view = json.loads(ground.run("gh", "pr", "view", "1", "--json", "state,mergeCommit").stdout)
    assert view == {"state": "MERGED", "mergeCommit": {"oid": merged.merge_commit}}
    assert fetch(ground, "pulls?head=practice:integrate") == []
    assert fetch(ground, "pulls?head=practice:integrate&state=all")[0]["merged_at"]


@pytest.mark.journey
def test_a_pull_request_with_a_conflict_is_not_merged(ground: Ground) -> None:
    for branch in ("integrate", "master"):
        ground.run("git", "checkout", "--quiet", "--detach", "origin/master")
        (ground.project.clone / "README.rst").write_text(f"{branch}\n")
        ground.run("git", "commit", "--quiet", "-a", "-m", branch)
        ground.run("git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
    ground.run(*CREATE)
    with pytest.raises(CommandFailed):
        ground.standin.merge(1)
    assert fetch(ground, "pulls/1")["state"] == "open"
    with pytest.raises(LookupError):
        ground.standin.merge(2)
