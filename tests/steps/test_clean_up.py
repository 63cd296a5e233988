from __future__ import annotations

import pytest

from memory_release import BRANCH, FRAGMENT, MemoryRelease
from patchwright.halts import BranchConflict, RefusedPush
from patchwright.releases.outcome import NOT_PUBLISHED
from patchwright.steps import clean_up


def test_before_the_tag_there_is_no_evidence(release: MemoryRelease) -> None:
    release.push()
    assert clean_up.proof(release) is None


def test_the_rendered_fragments_are_removed_and_no_other_file(release: MemoryRelease) -> None:
    release.publish()
    tip = release.move_branch("Add another fragment", {"news/9.repair.rst": "Tides.\n"})
    release.refresh()
    assert clean_up.proof(release) is None

    clean_up.act(release)
    release.refresh()

    commit = release.git.commits(release.memory.remote[BRANCH], f"^{tip}")[0]
    assert (commit.subject, set(commit.paths)) == ("Clean up news fragments.", {FRAGMENT})
    assert clean_up.proof(release) == "release-1.24 has none of the rendered fragments"


def test_a_fragment_that_was_edited_since_stays_with_a_note(release: MemoryRelease) -> None:
    release.publish()
    release.move_branch("Edit the fragment", {FRAGMENT: "Leap years, all of them.\n"})
    release.refresh()
    assert clean_up.proof(release) == "release-1.24 has none of the rendered fragments"
    assert release.notes == [
        f"{FRAGMENT} was left on release-1.24: its text is not the one in the section of 1.24.1"
    ]


def test_a_branch_that_moves_during_the_push_is_cleaned_up_on_its_new_tip(release: MemoryRelease) -> None:
    release.publish()
    release.memory.pushes = [lambda: release.move_branch("Theirs", {"theirs.py": "x\n"})]
    clean_up.act(release)
    release.refresh()
    assert clean_up.proof(release)
    assert "theirs.py" in release.memory.files_at(release.memory.remote[BRANCH])


def test_a_push_whose_answer_is_lost_is_done(release: MemoryRelease) -> None:
    release.publish()

    def lose_answer() -> None:
        release.memory.remote[BRANCH] = str(release.worktree.head())
        release.memory.reject()

    release.memory.pushes = [lose_answer]
    clean_up.act(release)
    assert clean_up.proof(release)
    assert sum(act[0] == "push" for act in release.memory.acts) == 1


def test_a_branch_that_lost_the_release_keeps_its_fragments(release: MemoryRelease) -> None:
    release.publish()
    release.memory.remote[BRANCH] = release.repair
    with pytest.raises(BranchConflict, match="so its news fragments were not removed"):
        clean_up.act(release)
    assert release.memory.remote[BRANCH] == release.repair


def test_a_protected_branch_halts_at_once(release: MemoryRelease) -> None:
    release.publish()
    release.memory.pushes = [release.memory.reject] * 2
    with pytest.raises(RefusedPush):
        clean_up.act(release)
    assert len(release.memory.pushes) == 1


def test_a_branch_that_keeps_moving_halts_after_the_last_try(release: MemoryRelease) -> None:
    release.publish()
    numbers = iter(range(clean_up.TRIES))
    release.memory.pushes = [
        lambda: release.move_branch(f"Theirs {next(numbers)}", {"theirs.py": "x\n"})
    ] * clean_up.TRIES
    with pytest.raises(RefusedPush):
        clean_up.act(release)
    assert release.memory.pushes == []


def test_a_dry_run_shows_the_commands_and_changes_nothing(dry: MemoryRelease) -> None:
    before = dict(dry.memory.remote)
    clean_up.act(dry)
    assert dry.worktree.acts == [("check_out", dry.repair), ("commit", "Clean up news fragments.")]
    assert dry.memory.acts[-1][-1] == f"<the commit above>:{BRANCH}"
    assert dry.memory.remote == before


def test_the_commit_records_what_a_person_says(release: MemoryRelease) -> None:
    release.publish()
    release.outcome = NOT_PUBLISHED
    clean_up.act(release)
    release.refresh()
    tip = release.memory.remote[BRANCH]
    commit = release.git.commits(tip, f"^{release.origin.tagged_commit}")[-1]
    assert commit.message == "Clean up news fragments.\n\nTagged-not-published: 1.24.1"
    assert set(commit.paths) == {FRAGMENT}
    assert clean_up.proof(release)
    clean_up.act(release)
    assert release.memory.remote[BRANCH] == tip


def test_without_fragments_the_record_is_an_empty_commit(release: MemoryRelease) -> None:
    release.publish()
    release.move_branch("Clean up by hand", {FRAGMENT: None})
    release.outcome = NOT_PUBLISHED
    release.refresh()
    assert clean_up.proof(release) is None
    clean_up.act(release)
    release.refresh()
    later = release.git.commits(release.memory.remote[BRANCH], f"^{release.origin.tagged_commit}")
    assert later[-1].paths == set()
    assert clean_up.proof(release)
