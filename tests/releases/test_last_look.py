"""The facts that justify a push are read again: what was taken back is not published."""

from __future__ import annotations

import pytest

from memory_release import BRANCH, MemoryRelease
from patchwright.halts import BranchConflict
from patchwright.releases import last_look


def test_before_the_tag_is_public_the_release_can_be_abandoned(release: MemoryRelease) -> None:
    commit = release.push()
    release.memory.remote[BRANCH] = release.repair
    release.refresh()
    with pytest.raises(BranchConflict) as halted:
        last_look.require_on_branch(release, commit, "nothing happened")
    assert any("inv release.abandon" in row for row in halted.value.remedy)


def test_after_the_tag_is_public_the_release_cannot_be_abandoned(release: MemoryRelease) -> None:
    release.publish()
    commit = release.commits.release_commit
    release.memory.remote[BRANCH] = release.repair
    release.refresh()
    with pytest.raises(BranchConflict) as halted:
        last_look.require_on_branch(release, commit, "nothing happened")
    assert not any("abandon" in row for row in halted.value.remedy)


def test_a_commit_on_the_branch_may_be_released(release: MemoryRelease) -> None:
    commit = release.push()
    release.move_branch("Theirs", {"theirs.py": "x\n"})
    release.refresh()
    last_look.require_on_branch(release, commit, "nothing happened")
    last_look.require_not_reverted(release, commit)


def test_a_revert_of_an_older_release_is_none_of_this_one(release: MemoryRelease) -> None:
    commit = release.push()
    older = release.memory.tagged_commit("v1.24.0")
    release.move_branch(f'Revert "1.24.0"\n\nThis reverts commit {older}.', {"theirs.py": "x\n"})
    release.refresh()
    last_look.require_not_reverted(release, commit)
