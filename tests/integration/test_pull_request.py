"""The pull request that integrates a release is found and opened once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_subprocess import FakeProcess

from fake_gh import REPO
from fake_release import FakeCommits, fake_release
from patchwright.github.repository import Repo
from patchwright.halts import BranchConflict
from patchwright.integration import pull_request
from patchwright.integration.pull_request import PullRequest
from patchwright.releases.release import Release

BODY = """\
v1.24.1 was released from `release-1.24`. This pull request adds to `master` what it still lacks:

- the patches from the release branch
- the changelog section for 1.24.1
- the removal of the news fragments that this section contains

You can use a merge commit, a rebase or a squash. patchwright looks at the content of `master`, not \
at how it was merged."""
CREATE = [
    "gh", "pr", "create", "--repo", "github.example/octo/almanac",
    "--head", "patchwright/integrate-v1.24.1", "--base", "master",
    "--title", "Integrate v1.24.1 into master", "--body", BODY,
]  # fmt: skip  # one command


def url(number: int) -> str:
    return f"https://github.example/octo/almanac/pull/{number}"


def pull(number: int, state: str, *, merged: bool = False) -> dict[str, Any]:
    """Return a pull request as GitHub's REST API shows it."""
    merged_at = "2026-01-02T03:04:05Z" if merged else None
    return {"number": number, "html_url": url(number), "state": state, "merged_at": merged_at}


class Listing:
    """A repository on GitHub with these pull requests; `queries` are the questions that it answered."""

    def __init__(self, *pulls: object) -> None:
        self.repo = REPO
        self.pulls = pulls
        self.queries: list[tuple[str, dict[str, str]]] = []

    def current_repo(self) -> Repo:
        return self.repo

    def get(self, path: str, **query: str) -> list[object]:
        self.queries.append((path, query))
        return list(self.pulls)


def release_with(path: Path, *pulls: object, dry: bool = False) -> Release:
    return fake_release(path, dry=dry, commits=FakeCommits(), github=Listing(*pulls))


# find_pull_request


@pytest.mark.parametrize(
    ("pulls", "expected"),
    [
        ([], None),
        ([pull(1, "open")], PullRequest(1, url(1), "open")),
        ([pull(1, "closed", merged=True)], PullRequest(1, url(1), "merged")),
        ([pull(3, "closed"), pull(2, "closed")], PullRequest(3, url(3), "closed")),
        ([pull(3, "closed"), pull(2, "open")], PullRequest(2, url(2), "open")),
        ([pull(3, "closed"), pull(2, "closed", merged=True)], PullRequest(2, url(2), "merged")),
        (["not a pull request", pull(1, "open")], PullRequest(1, url(1), "open")),
    ],
)
def test_an_open_or_merged_pull_request_is_preferred(
    tmp_path: Path, pulls: list[object], expected: PullRequest | None
) -> None:
    assert pull_request.find_pull_request(release_with(tmp_path, *pulls)) == expected


def test_only_pull_requests_from_the_integration_branch_are_listed(tmp_path: Path) -> None:
    listing = Listing()
    pull_request.find_pull_request(fake_release(tmp_path, commits=FakeCommits(), github=listing))
    ((path, query),) = listing.queries
    assert path == "pulls"
    assert (query["head"], query["base"]) == ("octo:patchwright/integrate-v1.24.1", "master")
    assert (query["state"], query["sort"], query["direction"]) == ("all", "created", "desc")


# open_once


def test_a_missing_pull_request_is_opened(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register(CREATE)
    pull_request.open_once(release_with(tmp_path))
    assert fp.call_count(CREATE) == 1


@pytest.mark.parametrize("existing", [pull(1, "open"), pull(1, "closed", merged=True)])
def test_an_open_or_merged_pull_request_is_not_opened_again(tmp_path: Path, existing: dict[str, Any]) -> None:
    pull_request.open_once(release_with(tmp_path, existing))


def test_a_closed_pull_request_halts(tmp_path: Path) -> None:
    with pytest.raises(BranchConflict) as raised:
        pull_request.open_once(release_with(tmp_path, pull(1, "closed")))
    assert raised.value.cause == ("The pull request that integrates v1.24.1 was closed without being merged.")
    assert raised.value.evidence == (url(1),)
    assert raised.value.remedy == (
        "Reopen it, or bring the release to the mainline by hand.",
        "Or delete patchwright/integrate-v1.24.1 on origin: patchwright then opens a new pull request.",
        "Then run the same command again.",
    )


def test_a_new_one_is_opened_after_the_branch_of_a_closed_one_was_deleted(
    tmp_path: Path, fp: FakeProcess
) -> None:
    fp.register(CREATE)
    pull_request.open_once(release_with(tmp_path, pull(1, "closed")), again=True)
    assert fp.call_count(CREATE) == 1
    pull_request.open_once(release_with(tmp_path, pull(1, "open")), again=True)
    assert fp.call_count(CREATE) == 1


def test_a_dry_run_shows_the_command_and_asks_nothing(tmp_path: Path) -> None:
    listing = Listing(pull(1, "closed"))
    release = fake_release(tmp_path, dry=True, commits=FakeCommits(), github=listing)
    commands: list[str] = []
    release.shell.on_act = commands.append
    pull_request.open_once(release)
    assert [command.split()[:3] for command in commands] == [["gh", "pr", "create"]]
    assert listing.queries == []
