"""Which commits of a release have which role, and which commits still count after reverts."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from fake_git import FakeGit
from fake_release import fake_commit
from histories import TIDES, YEARS, Files, History
from patchwright.history.landmarks import Landmarks, find_landmarks, reverted_by, without_reverted

SHAS = [f"{number:040x}" for number in range(1, 9)]
BRANCH = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}


def landmarks(history: History, version: str = "1.24.1") -> Landmarks:
    """Return the landmarks of the release branch since 1.24.0."""
    git = FakeGit(history)
    return find_landmarks(git, git.tagged_commit("v1.24.0"), history.branches[BRANCH], version)


def subjects(marks: Landmarks) -> list[str]:
    return [commit.subject for commit in marks.patches]


def test_a_release_has_a_version_commit_a_changelog_commit_and_a_clean_up(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP)
    section = history.release(BRANCH, "1.24.1")
    marks = landmarks(history)
    assert marks.version_commit
    assert marks.version_commit.subject == "Version: 1.24.1"
    assert marks.changelog_commit
    assert marks.changelog_commit.subject == "Update changelog for v1.24.1 patch release."
    assert marks.section
    assert marks.section.strip() == section.strip()
    assert list(marks.fragments) == ["changes/3.bugfix"]
    assert [commit.subject for commit in marks.clean_ups] == [
        "Clean up news fragments.",  # of 1.24.0, behind its tag
        "Clean up news fragments.",
    ]
    assert subjects(marks) == ["Repair leap years."]


def test_one_commit_may_set_the_version_and_write_the_changelog(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP)
    history.release(BRANCH, "1.24.1", together=True)
    marks = landmarks(history)
    assert marks.version_commit
    assert marks.version_commit == marks.changelog_commit
    assert subjects(marks) == ["Repair leap years."]


def test_before_the_release_there_are_patches_only(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP)
    marks = landmarks(history)
    assert (marks.version_commit, marks.changelog_commit, marks.section) == (None, None, None)
    assert marks.fragments == {}
    assert subjects(marks) == ["Repair leap years."]


def test_the_landmarks_of_another_version_are_not_those_of_this_one(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP)
    history.release(BRANCH, "1.24.1")
    marks = landmarks(history, "1.24.2")
    assert (marks.version_commit, marks.changelog_commit, marks.section) == (None, None, None)


def test_merges_and_reverted_commits_are_not_patches(history: History) -> None:
    history.revert(BRANCH, history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP))
    history.fork("topic", BRANCH)
    history.commit("topic", "Repair tides.", TIDE)
    history.commit(BRANCH, "Mention the moon.", {"README": "The moon.\n"})
    history.merge(BRANCH, "topic", "Merge the tides.")
    assert subjects(landmarks(history)) == ["Repair tides.", "Mention the moon."]


@given(st.lists(st.one_of(st.none(), st.integers(0, 7)), min_size=1, max_size=8))
def test_a_commit_counts_unless_its_last_revert_counts(targets: list[int | None]) -> None:
    commits = [
        fake_commit(
            sha,
            message=f"Do {at}"
            if target is None or target >= at
            else f"Revert it\n\nThis reverts commit {SHAS[target]}.",
        )
        for at, (sha, target) in enumerate(zip(SHAS, targets, strict=False))
    ]
    # A revert counts if no revert that counts reverts it. The last commit is looked at first.
    counts: dict[int, bool] = {}
    for at in reversed(range(len(commits))):
        reverters = [later for later in range(at + 1, len(commits)) if targets[later] == at]
        counts[at] = not any(counts[later] for later in reverters)
    is_revert = [target is not None and target < at for at, target in enumerate(targets)]
    expected = [SHAS[at] for at in range(len(commits)) if counts[at] and not is_revert[at]]
    assert [one.sha for one in without_reverted(commits)] == expected


def test_a_revert_that_names_a_pick_reverts_no_other_pick_of_the_source() -> None:
    message = f"Repair it\n\n(cherry picked from commit {SHAS[0]})"
    first, second = (fake_commit(sha, message=message) for sha in SHAS[1:3])
    revert = fake_commit(SHAS[3], message=f"Revert it\n\nThis reverts commit {first.sha}.")
    names = {first.sha: frozenset(SHAS[:2])}
    assert without_reverted([first, second, revert], names) == [second]


def test_a_revert_that_names_the_source_of_a_pick_reverts_the_pick() -> None:
    pick = fake_commit(SHAS[1], message=f"Repair it\n\n(cherry picked from commit {SHAS[0]})")
    revert = fake_commit(SHAS[2], message=f"Revert it\n\nThis reverts commit {SHAS[0]}.")
    assert without_reverted([pick, revert]) == []


def test_a_change_that_landed_again_after_its_revert_counts() -> None:
    picks = [
        fake_commit(sha, message=f"Repair it\n\n(cherry picked from commit {SHAS[0]})") for sha in SHAS[1:3]
    ]
    revert = fake_commit(SHAS[3], message=f"Revert it\n\nThis reverts commit {SHAS[0]}.")
    assert without_reverted([picks[0], revert, picks[1]]) == [picks[1]]


def test_the_reverted_commits_are_read_from_gits_own_line() -> None:
    message = f"Revert it\n\nThis reverts commit {SHAS[0]}, reversing\nchanges made to {SHAS[1]}."
    assert reverted_by(fake_commit(SHAS[2], message=message)) == (SHAS[0],)
    assert reverted_by(fake_commit(SHAS[2], message=f"See: This reverts commit {SHAS[0]}.")) == ()


def test_a_fragment_after_the_changelog_commit_is_late(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP)
    history.commit(
        BRANCH, "Update changelog.", history.with_section(BRANCH, history.section(BRANCH, "1.24.1"))
    )
    assert landmarks(history).late == ()
    history.add(BRANCH, "4.bugfix", "Repair tides.", TIDE)
    history.commit(BRANCH, "Word it better.", {"changes/3.bugfix": "Leap years leap.\n"})
    assert landmarks(history).late == ("changes/3.bugfix", "changes/4.bugfix")
    assert list(landmarks(history).fragments) == ["changes/3.bugfix"]


def test_the_fragments_are_those_of_the_section_that_was_written_last(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP)
    section = history.section(BRANCH, "1.24.1")
    history.commit(
        BRANCH, "Update changelog.", {**history.with_section(BRANCH, section), "changes/3.bugfix": None}
    )
    history.add(BRANCH, "4.bugfix", "Repair tides.", TIDE)
    text = history.text(BRANCH, "CHANGES.rst").replace(" (#3)\n", " (#3)\n- Repair tides. (#4)\n")
    last = history.commit(BRANCH, "Add tides.", {"CHANGES.rst": text})
    marks = landmarks(history)
    assert sorted(marks.fragments) == ["changes/3.bugfix", "changes/4.bugfix"]
    assert marks.changelog_commit
    assert (marks.changelog_commit.sha, marks.late, marks.withdrawn) == (last, (), ())


def test_a_fragment_that_a_revert_removed_is_withdrawn(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP)
    sha = history.add(BRANCH, "4.bugfix", "Repair tides.", TIDE)
    history.commit(
        BRANCH, "Update changelog.", history.with_section(BRANCH, history.section(BRANCH, "1.24.1"))
    )
    assert landmarks(history).withdrawn == ()
    history.revert(BRANCH, sha)
    assert landmarks(history).withdrawn == ("changes/4.bugfix",)


def test_a_clean_up_before_the_tag_withdraws_nothing(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP)
    history.commit(
        BRANCH, "Update changelog.", history.with_section(BRANCH, history.section(BRANCH, "1.24.1"))
    )
    history.commit(BRANCH, "Clean up.", {"changes/3.bugfix": None, "docs/x": "x\n"})
    marks = landmarks(history)
    assert (marks.late, marks.withdrawn, list(marks.fragments)) == ((), (), ["changes/3.bugfix"])
