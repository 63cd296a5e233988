"""What origin has taken back since the release began halts it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memory_release import BRANCH, MAINLINE, MemoryRelease
from patchwright.halts import BranchConflict
from patchwright.releases import withdrawals


def withdrawn(release: MemoryRelease) -> tuple[str, ...]:
    """Return the evidence of the halt, or nothing."""
    try:
        withdrawals.require_nothing_withdrawn(release)
    except BranchConflict as halt:
        return halt.evidence
    return ()


@pytest.mark.parametrize("ref", [BRANCH, MAINLINE])
def test_commits_that_origin_withdrew_since_the_release_began_halt(release: MemoryRelease, ref: str) -> None:
    before = release.memory.remote[ref]
    more = release.memory.add_commit("More", {"more.py": "x\n"}, before)
    release.memory.remote[ref] = more
    release.refresh()
    release.begin()
    assert withdrawn(release) == ()
    release.memory.remote[ref] = before
    release.refresh()
    assert withdrawn(release) == (f"{ref[11:]}: {more[:10]} More (patchwright <patchwright>)",)
    release.memory.remote[ref] = more
    release.refresh()
    assert withdrawn(release) == ()


def revert(release: MemoryRelease, commit: str, subject: str = "Revert it") -> str:
    """Let origin's mainline revert a commit, and return the revert."""
    tip = release.memory.remote[MAINLINE]
    message = f"{subject}\n\nThis reverts commit {commit}."
    release.memory.remote[MAINLINE] = sha = release.memory.add_commit(message, {"more.py": subject}, tip)
    release.refresh()
    return sha


@pytest.fixture
def picking(release: MemoryRelease) -> tuple[MemoryRelease, str]:
    """A release under way that picks a commit of the mainline, and this commit."""
    tip = release.memory.remote[MAINLINE]
    release.memory.remote[MAINLINE] = fix = release.memory.add_commit("More", {"more.py": "x\n"}, tip)
    release.refresh()
    release.resolve(replace(release.plan, picks=(fix,)))
    release.begin()
    assert withdrawn(release) == ()
    return release, fix


def test_a_pick_that_the_mainline_reverted_since_the_release_began_halts(
    picking: tuple[MemoryRelease, str],
) -> None:
    release, fix = picking
    reverting = revert(release, fix)
    (row,) = withdrawn(release)
    assert row.startswith(f"master: {reverting[:10]} Revert it (")
    assert row.endswith(f"reverts {fix[:10]}")
    release.resolve(replace(release.plan, again=(fix,)))
    assert withdrawn(release) == ()


def test_a_revert_that_was_reverted_does_not_halt(picking: tuple[MemoryRelease, str]) -> None:
    release, fix = picking
    revert(release, revert(release, fix), "Revert the revert")
    assert withdrawn(release) == ()


def test_a_revert_of_another_commit_or_before_the_begin_does_not_halt(
    picking: tuple[MemoryRelease, str],
) -> None:
    release, fix = picking
    revert(release, release.repair)
    assert withdrawn(release) == ()
    release.record.forget()
    revert(release, fix)
    release.start_run()
    release.resolve(replace(release.plan, picks=(fix,)))
    release.begin()
    assert withdrawn(release) == ()


def test_a_local_commit_that_was_on_origin_is_withdrawn_even_without_a_record(
    release: MemoryRelease,
) -> None:
    more = release.memory.add_commit("More", {"more.py": "x\n"}, release.repair)
    release.memory.local.update({BRANCH: more, "refs/remotes/origin/release-1.24": more})
    release.refresh()
    assert [one.sha for one in release.commits.local_commits] == [more]
    assert "More" in withdrawn(release)[0]
    del release.memory.local[BRANCH]
    release.refresh()
    assert withdrawn(release) == ()


def test_a_forged_record_cannot_bend_what_git_is_asked(release: MemoryRelease) -> None:
    release.record.begin("--output=x", "f" * 40)
    assert withdrawn(release) == ()


def test_nothing_is_withdrawn_if_both_branches_moved_forward(release: MemoryRelease) -> None:
    pick = release.memory.remote[MAINLINE]
    release.resolve(replace(release.plan, picks=(pick,)))
    assert release.origin.branch_tip
    release.move_branch("Theirs", {"theirs.py": "x\n"})
    release.memory.remote[MAINLINE] = release.memory.add_commit("More", {"more.py": "x\n"}, pick)
    release.refresh()
    withdrawals.require_nothing_withdrawn(release)


def test_a_branch_that_was_replaced_has_lost_what_was_seen(release: MemoryRelease) -> None:
    seen = release.origin.branch_tip
    before = release.memory.tagged_commit("v1.24.0")
    now = release.memory.add_commit("Instead", {"instead.py": "x\n"}, before)
    release.memory.remote[BRANCH] = now
    release.refresh()
    with pytest.raises(BranchConflict) as halted:
        withdrawals.require_nothing_withdrawn(release)
    assert halted.value.cause == "Somebody withdrew commits from the branches of origin."
    assert any(seen[:10] in row for row in halted.value.evidence)
    assert halted.value.never == ("Do not publish again what others withdrew on purpose.",)
