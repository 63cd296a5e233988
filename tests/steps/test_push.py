from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from fake_gh import PassingGitHub
from memory_release import BRANCH, FLAVOUR, MAINLINE, MemoryRelease
from patchwright.github.repository import GitHub
from patchwright.halts import BranchConflict, Prerequisite, RefusedPush
from patchwright.integration import preparation
from patchwright.releases import runs
from patchwright.steps import push


@pytest.fixture(autouse=True)
def integrated(monkeypatch: pytest.MonkeyPatch) -> list[MemoryRelease]:
    """The releases whose integration was built. It is a fake here."""
    built: list[MemoryRelease] = []
    monkeypatch.setattr(preparation, "prepare", built.append)
    return built


@pytest.fixture(autouse=True)
def github(release: MemoryRelease) -> PassingGitHub:
    """The GitHub of the release."""
    passing = PassingGitHub()
    release.github = cast("GitHub", passing)
    return passing


@pytest.mark.parametrize("role", ["qa", "release"])
def test_a_workflow_that_was_disabled_after_preflight_stops_the_push(
    release: MemoryRelease, github: PassingGitHub, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setattr(runs, "find_file", lambda _release, _commit, which: f"{which}.yaml")
    release.prepare()
    github.disabled = {f"{role}.yaml"}
    with pytest.raises(Prerequisite, match=f"{role}.yaml is disabled"):
        push.act(release)
    assert release.memory.remote[BRANCH] == release.repair


def test_a_mainline_that_conflicts_now_stops_the_push(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(_release: MemoryRelease) -> None:
        raise BranchConflict("Picking it conflicts.")

    monkeypatch.setattr(preparation, "prepare", conflict)
    release.prepare()
    with pytest.raises(BranchConflict, match="conflicts"):
        push.act(release)
    assert release.memory.remote[BRANCH] == release.repair


def test_an_integration_that_is_left_for_later_is_not_built(
    release: MemoryRelease, integrated: list[MemoryRelease]
) -> None:
    release.resolve(replace(release.plan, integrate_later=True))
    release.prepare()
    push.act(release)
    assert integrated == []


def test_a_release_that_is_not_prepared_is_not_pushed(release: MemoryRelease) -> None:
    assert push.proof(release) is None


def test_a_prepared_release_is_done_once_origin_has_it(release: MemoryRelease) -> None:
    commit = release.prepare()
    assert push.proof(release) is None

    push.act(release)
    release.refresh()

    assert release.memory.remote[BRANCH] == commit
    assert push.proof(release) == f"origin's release-1.24 is at {commit[:10]}"


def test_the_pushed_commit_stays_the_release_commit(release: MemoryRelease) -> None:
    commit = release.push()
    push.proof(release)
    release.memory.remote[BRANCH] = release.memory.add_commit("Theirs", {"theirs.py": "x\n"}, commit)
    release.refresh()
    assert release.commits.release_commit == commit


def test_a_public_tag_is_evidence(release: MemoryRelease) -> None:
    release.publish()
    assert push.proof(release) == f"v1.24.1 is public, at {release.commits.release_commit[:10]}"


def test_a_branch_that_somebody_else_moved_halts(release: MemoryRelease) -> None:
    release.prepare()
    theirs = release.memory.add_commit("Theirs", {"theirs.py": "x\n"}, release.repair)
    release.memory.remote[BRANCH] = theirs

    with pytest.raises(BranchConflict, match=r"release-1\.24 has moved on origin\."):
        push.act(release)

    assert release.memory.remote[BRANCH] == theirs


def test_a_branch_that_was_moved_back_is_not_pushed_again(release: MemoryRelease) -> None:
    release.prepare()
    before = release.memory.tagged_commit("v1.24.0")
    release.memory.remote[BRANCH] = before
    with pytest.raises(BranchConflict, match=r"Somebody withdrew commits from the branches of origin\."):
        push.act(release)
    assert release.memory.remote[BRANCH] == before


def test_a_pick_that_the_mainline_no_longer_has_is_not_pushed(release: MemoryRelease) -> None:
    release.prepare()
    before = release.memory.remote[MAINLINE]
    pick = release.memory.add_commit("Fix", {"fix.py": "x\n"}, before)
    release.resolve(replace(release.plan, picks=(pick,)))
    release.worktree.commit_sha = release.memory.add_commit("Pick", {"fix.py": "x\n"}, release.repair)
    with pytest.raises(BranchConflict, match=r"names commits that cannot be picked\."):
        push.act(release)
    assert release.memory.remote[BRANCH] == release.repair


def test_a_branch_that_somebody_moves_during_the_push_halts(release: MemoryRelease) -> None:
    release.prepare()
    release.memory.pushes = [release.memory.reject]
    with pytest.raises(RefusedPush, match=r"origin rejected the push to refs/heads/release-1\.24"):
        push.act(release)


def test_a_commit_that_keeps_qa_from_starting_halts(release: MemoryRelease) -> None:
    release.check_out()
    release.commit("Version: 1.24.1", FLAVOUR.version("1.24.1"))
    release.commit("Changelog [skip ci]", release.changelog("Leap years. (#7)"))
    with pytest.raises(Prerequisite, match=r"\[skip ci\]"):
        push.act(release)
    assert release.memory.remote[BRANCH] == release.repair
