"""A fix to the release branch is committed where the next command still works."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from fake_release import HEAD, fake_release
from patchwright.releases.fixing import how_to_commit
from patchwright.releases.release import Release

HOLDER = ["git", "for-each-ref", "--format=%(worktreepath)", "refs/heads/release-1.24"]
LOCAL = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", "refs/heads/release-1.24"]


@pytest.fixture
def release(tmp_path: Path) -> Release:
    checkout = tmp_path / "my almanac"
    checkout.mkdir()
    return fake_release(checkout, refs={"refs/heads/release-1.24": HEAD})


def test_in_a_checkout_of_the_branch_the_fix_is_made_there(fp: FakeProcess, release: Release) -> None:
    fp.register(HOLDER, stdout=f"{release.clone.top}\n")
    assert how_to_commit(release) == ("release-1.24 is checked out here: commit the fix here.",)


def test_another_worktree_of_the_branch_is_named(fp: FakeProcess, release: Release, tmp_path: Path) -> None:
    fp.register(HOLDER, stdout=f"{tmp_path}\n")
    (row,) = how_to_commit(release)
    assert f"is checked out in {tmp_path}: commit the fix there" in row


@pytest.mark.parametrize("is_there", [False, True])
def test_otherwise_a_worktree_is_added(fp: FakeProcess, release: Release, *, is_there: bool) -> None:
    fp.register(HOLDER, stdout="/gone\n" if is_there else "\n")
    fp.register(LOCAL, returncode=0 if is_there else 1, stdout=f"{HEAD}\n" if is_there else "")
    _, row = how_to_commit(release)
    fetch = "" if is_there else "git fetch origin release-1.24:release-1.24 && "
    assert row == f"$ {fetch}git worktree add '{release.clone.top}-release-1.24' release-1.24"
