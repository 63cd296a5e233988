"""Which commits patchwright made: what a commit does decides, and not its subject."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memory_release import FLAVOUR, FRAGMENT, MAINLINE, MemoryRelease
from patchwright.releases.own_commits import OwnCommits


def is_own(release: MemoryRelease, sha: str, *more_parents: str) -> bool:
    """Return whether a commit, if it had more parents, is patchwright's own."""
    commits = release.commits
    own = OwnCommits(
        release.git, release.plan, release.origin, commits.tips, commits.start,
        snapshot=commits.snapshot, landmarks=commits.landmarks, is_from_tag=commits.version_is_from_tag,
    )  # fmt: skip  # the world, then what is known of commits
    (commit,) = release.git.commits("--no-walk=unsorted", sha)
    return own.is_own(replace(commit, parents=(*commit.parents, *more_parents)))


def test_version_and_section_are_own_whatever_their_subjects_are(release: MemoryRelease) -> None:
    release.check_out()
    version = release.commit("Anything", FLAVOUR.version("1.24.1"))
    section = release.commit("Something", release.changelog("Leap years. (#7)"))
    assert is_own(release, version)
    assert is_own(release, section)


def test_a_version_commit_that_changes_more_is_not_own(release: MemoryRelease) -> None:
    release.check_out()
    mixed = release.commit("Version: 1.24.1", {**FLAVOUR.version("1.24.1"), "years.py": "leap = 4000\n"})
    assert not is_own(release, mixed)


def test_a_pick_is_own_if_its_source_is_public(release: MemoryRelease) -> None:
    public = release.memory.remote[MAINLINE]
    private = release.memory.add_commit("Mine", {"mine.py": "x\n"}, public)
    release.check_out()
    picks = [
        release.commit(f"Pick\n\n(cherry picked from commit {source})", {"more.py": f"{source}\n"})
        for source in (public, private)
    ]
    assert [is_own(release, pick) for pick in picks] == [True, False]


def test_a_merge_is_not_own(release: MemoryRelease) -> None:
    release.check_out()
    version = release.commit("Version: 1.24.1", FLAVOUR.version("1.24.1"))
    assert not is_own(release, version, release.memory.remote[MAINLINE])


def test_a_section_is_replaced_only_for_the_sake_of_its_fragments(release: MemoryRelease) -> None:
    release.prepare()
    late = "news/8.bugfix.rst"
    release.commit("Add a late fragment", {late: "Months.\n"})
    replaced = release.commit("Again", release.changelog("Leap years. (#7)", "Months. (#8)"))
    assert is_own(release, replaced)
    lost = release.commit("Again", release.changelog("Months. (#8)"))
    assert FRAGMENT not in release.commits.landmarks(lost).fragments
    assert not is_own(release, lost)


def test_an_edit_of_the_section_is_part_of_the_release(release: MemoryRelease) -> None:
    release.prepare()
    edit = release.commit("Reword", release.changelog("Most centuries: Leap years. (#7)"))
    assert release.commits.foreign_commits == []
    assert release.commits.head == edit


@pytest.mark.parametrize("loses", ["a fragment", "an earlier section", "the section"])
def test_an_edit_that_loses_something_is_a_commit_of_a_person(release: MemoryRelease, loses: str) -> None:
    release.prepare()
    ((path, text),) = release.changelog("Leap years. (#7)").items()
    edited = {
        "a fragment": release.changelog("Repairs.")[path],
        "an earlier section": str(text).replace("1.24.0", "1.24"),
        "the section": str(text).replace("1.24.1", "1.24.3"),
    }
    edit = release.commit("Reword", {path: edited[loses]})
    assert [one.sha for one in release.commits.foreign_commits] == [edit]
