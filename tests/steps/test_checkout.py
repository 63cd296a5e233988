from __future__ import annotations

import pytest

from memory_release import FRAGMENT, MemoryRelease
from patchwright.halts import BranchConflict
from patchwright.steps import checkout


def test_a_clean_up_that_a_person_committed_stays_checked_out(release: MemoryRelease) -> None:
    release.prepare()
    mine = release.commit("Remove the news.", {FRAGMENT: None})
    assert checkout.proof(release) == f"the worktree is at {mine[:10]}"


def test_without_a_worktree_there_is_no_evidence(release: MemoryRelease) -> None:
    assert checkout.proof(release) is None


def test_the_worktree_gets_the_tip_of_the_release_branch(release: MemoryRelease) -> None:
    checkout.act(release)
    release.refresh()
    assert release.worktree.head() == release.repair
    assert checkout.proof(release) == f"the worktree is at {release.repair[:10]}"


def test_a_worktree_at_another_commit_is_no_evidence(release: MemoryRelease) -> None:
    release.worktree.check_out(release.plan.previous)
    assert checkout.proof(release) is None


def test_a_worktree_with_edits_is_no_evidence(release: MemoryRelease) -> None:
    release.check_out()
    release.worktree.write({"years.py": "edited\n"})
    assert checkout.proof(release) is None


def test_an_edit_of_the_section_that_is_not_committed_halts(release: MemoryRelease) -> None:
    release.prepare()
    section = release.memory.files_at(release.commits.head)["CHANGES.rst"]
    release.worktree.write({"CHANGES.rst": section.replace("Leap years.", "Leap years!")})
    with pytest.raises(BranchConflict) as raised:
        checkout.proof(release)
    assert raised.value.cause == (
        "CHANGES.rst was edited in patchwright's worktree, and the edit is not committed."
    )
    assert "commit --all" in raised.value.remedy[0]
    release.worktree.write({"years.py": "edited\n"})
    assert checkout.proof(release) is None


def test_a_changelog_that_is_changed_before_the_section_is_committed_halts_nothing(
    release: MemoryRelease,
) -> None:
    release.check_out()
    release.worktree.write({"CHANGES.rst": "half written\n"})
    assert checkout.proof(release) is None


def test_the_edits_of_a_pick_in_progress_belong_to_the_next_step(release: MemoryRelease) -> None:
    release.check_out()
    release.worktree.write({"years.py": "half picked\n"})
    release.worktree.pending = "cherry-pick"
    assert checkout.proof(release) == f"the worktree is at {release.repair[:10]}"


def test_another_operation_in_the_worktree_is_checked(release: MemoryRelease) -> None:
    release.check_out()
    checkout.proof(release)
    assert release.worktree.acts == [("require_no_operation", None)]


def test_edits_are_left_to_the_worktree_which_keeps_them(release: MemoryRelease) -> None:
    release.check_out()
    release.worktree.write({"years.py": "edited\n"})
    checkout.act(release)
    assert release.worktree.acts == [("check_out", release.repair)]


def test_the_release_is_recorded_before_the_worktree_is_created(release: MemoryRelease) -> None:
    recorded: list[bool] = []
    check_out = release.worktree.check_out

    def watch(commit: str) -> None:
        recorded.append(release.record.is_under_way)
        check_out(commit)

    release.worktree.check_out = watch  # type: ignore[method-assign]  # to see the order
    checkout.act(release)
    assert recorded == [True]


def test_a_public_tag_needs_no_worktree(release: MemoryRelease) -> None:
    release.publish()
    assert checkout.proof(release) == "v1.24.1 is public, so the worktree is not needed any more"


def test_a_dry_run_creates_and_records_nothing(dry: MemoryRelease) -> None:
    checkout.act(dry)
    assert not dry.worktree.exists
    assert not dry.record.exists
