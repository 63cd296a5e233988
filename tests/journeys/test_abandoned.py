"""Abandon a release: local work is removed; what is public stays and is reported."""

from __future__ import annotations

import json

import pytest

from journeys import promises
from journeys.ground import Ground
from journeys.test_release import require_released
from patchwright.practice.runs import RunScript

pytestmark = pytest.mark.journey

ABANDON = ("release.abandon", "--version", "1.24")
PATCH = ("release.patch", "--version", "1.24")


def left_of_it(ground: Ground) -> list[str]:
    """Return the worktrees and files that patchwright created."""
    trees = [row for row in ground.git("worktree", "list").splitlines() if "state" in row]
    state = [str(path) for path in (ground.root / "state").rglob("*") if path.is_file()]
    journal = [str(path) for path in (ground.clone / ".git" / "patchwright").glob("*.json")]
    return [*trees, *state, *journal]


def test_abandon_removes_local_work_and_publishes_nothing(ground: Ground) -> None:
    witness = promises.begin(ground)
    for step in ("checkout", "pick", "check", "bump", "changelog"):
        assert ground.inv(f"release.{step}", "--version", "1.24").status == 0
    assert left_of_it(ground)

    done = ground.inv(*ABANDON)

    assert done.status == 0, done.text
    assert "it had 4 commits that had not been pushed" in done.out
    assert "1.24.1 was not pushed to origin" in done.out
    assert left_of_it(ground) == []
    assert ground.refs() == witness.before.refs
    assert witness.broken() == []
    again = ground.inv(*ABANDON)
    assert again.status == 0
    assert "this clone had no worktree and no journal of 1.24.1" in again.out


def test_abandon_keeps_pushed_commits_and_the_next_release_continues_from_them(ground: Ground) -> None:
    ground.standin.script("qa", RunScript(conclusion="failure"))
    assert ground.inv(*PATCH).status == 5
    pushed = ground.refs()

    done = ground.inv(*ABANDON)

    assert done.status == 0, done.text
    tip = pushed["refs/heads/release-1.24"]
    assert f"origin's release-1.24 stays at {tip[:10]}, with version 1.24.1" in done.out
    assert left_of_it(ground) == []
    assert ground.refs() == pushed
    ground.standin.rerun(ground.standin.runs[-1].id)
    assert ground.inv(*PATCH).status == 0
    require_released(ground)
    assert ground.origin("rev-parse", "v1.24.1^{commit}") == tip


def test_a_release_with_a_public_tag_cannot_be_abandoned(ground: Ground) -> None:
    ground.standin.script("release", RunScript(conclusion="failure"))
    assert ground.inv(*PATCH).status == 5
    public, here = ground.refs(), left_of_it(ground)

    done = ground.inv(*ABANDON)

    assert done.status == 6
    assert "v1.24.1 is public on origin and cannot be withdrawn." in done.err
    assert "inv release.patch --version 1.24" in done.err
    assert ground.refs() == public
    assert left_of_it(ground) == here


def test_a_dry_run_removes_nothing(ground: Ground) -> None:
    assert ground.inv("release.checkout", "--version", "1.24").status == 0
    here = left_of_it(ground)

    done = ground.inv("--dry", *ABANDON)

    assert done.status == 0, done.text
    assert "git worktree remove" in done.out
    assert left_of_it(ground) == here


def test_abandon_saves_edits_in_the_worktree_as_a_commit(ground: Ground) -> None:
    assert ground.inv("release.checkout", "--version", "1.24").status == 0
    status = ground.inv("release.status", "--version", "1.24", "--json")
    assert json.loads(status.out)["state"] == "in-progress"
    worktree = next((ground.root / "state").glob("patchwright/*/1.24/release"))
    (worktree / "README.rst").write_text("A thought.\n")

    done = ground.inv(*ABANDON)

    assert done.status == 0, done.text
    kept = done.out.split("its edits were saved as commit ")[1].split()[0]
    assert ground.git("show", f"{kept}:README.rst") == "A thought."
