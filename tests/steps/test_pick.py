from __future__ import annotations

from dataclasses import replace

import pytest

from memory_release import MAINLINE, MemoryRelease
from patchwright.halts import BranchConflict
from patchwright.history.presence import Presence
from patchwright.patches import choice
from patchwright.steps import pick
from patchwright.tools.git_output import Commit


@pytest.fixture
def patches(release: MemoryRelease, monkeypatch: pytest.MonkeyPatch) -> list[Commit]:
    """Two commits of the mainline, of which the release branch has the first one."""
    base = release.memory.remote[MAINLINE]
    first = release.memory.add_commit("Repair tides.", {"tides.py": "12\n"}, base)
    second = release.memory.add_commit("Repair moons.", {"moons.py": "28\n"}, first)
    release.memory.remote[MAINLINE] = second
    wanted = release.git.commits(second, f"^{base}")
    present = {first: "picked from it"}
    monkeypatch.setattr(choice, "wanted_patches", lambda _release: wanted)
    monkeypatch.setattr(choice, "find_presence", lambda _release, _wanted: Presence(dict(present)))
    return wanted


def test_a_missing_patch_is_no_evidence(release: MemoryRelease, patches: list[Commit]) -> None:
    assert len(patches) == 2
    assert pick.proof(release) is None


def test_every_patch_is_evidence(
    release: MemoryRelease, patches: list[Commit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        choice,
        "find_presence",
        lambda _release, _wanted: Presence(dict.fromkeys([commit.sha for commit in patches], "the same")),
    )
    shown = ", ".join(commit.short for commit in patches)
    assert pick.proof(release) == f"release-1.24 has every patch: {shown}"


def test_a_release_without_picks_has_nothing_to_do(release: MemoryRelease) -> None:
    assert pick.proof(release) == "the release has no patch to pick"


def test_a_pick_in_progress_is_not_done(release: MemoryRelease) -> None:
    release.check_out()
    release.worktree.pending = "cherry-pick"
    assert pick.proof(release) is None


def test_a_public_tag_is_evidence(release: MemoryRelease) -> None:
    release.publish()
    assert pick.proof(release) == "v1.24.1 is public"


def test_the_missing_patches_are_picked(release: MemoryRelease, patches: list[Commit]) -> None:
    release.check_out()
    pick.act(release)
    assert release.memory.acts[-1] == ("cherry-pick", "-x", patches[1].sha)
    assert release.shown.said == [
        f"{patches[0].short} Repair tides. (already there: picked from it)",
        f"{patches[1].short} Repair moons.",
    ]


def test_patches_that_were_proposed_are_recorded_before_the_pick(
    release: MemoryRelease, patches: list[Commit]
) -> None:
    release.resolve(replace(release.plan, picks=None))
    release.record.begin()
    release.check_out()

    pick.act(release)

    picks = tuple(commit.sha for commit in patches)
    assert release.plan.picks == picks
    assert release.record.content.picks == picks


def test_a_pick_that_still_conflicts_halts(release: MemoryRelease, patches: list[Commit]) -> None:
    assert patches
    release.check_out()
    release.worktree.pending, release.worktree.conflicts = "cherry-pick", ["tides.py"]
    with pytest.raises(BranchConflict, match=r"conflicts in tides\.py"):
        pick.act(release)
    assert not any(act[0] == "cherry-pick" for act in release.memory.acts)
