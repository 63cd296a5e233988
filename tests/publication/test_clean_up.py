"""The clean-up is built once on the release commit, and again on what others have pushed."""

from __future__ import annotations

from memory_release import FRAGMENT, MemoryRelease
from patchwright.publication import clean_up
from patchwright.releases import outcome


def test_the_clean_up_is_kept_and_the_release_commit_stays_checked_out(release: MemoryRelease) -> None:
    head = release.commits.head
    assert not clean_up.is_prepared(release)
    clean_up.prepare(release)
    assert clean_up.is_prepared(release)
    assert release.worktree.head() == head
    commit = release.git.commits(str(release.commits.clean_up), f"^{head}")[0]
    assert (commit.subject, set(commit.paths)) == ("Clean up news fragments.", {FRAGMENT})


def test_without_fragments_nothing_has_to_be_prepared(release: MemoryRelease) -> None:
    release.commit("Drop the news", {FRAGMENT: None})
    release.worktree.check_out(str(release.worktree.head()))
    later = release.commit("Reword", release.changelog("Most centuries: Leap years. (#7)"))
    assert release.worktree.head() == later
    assert clean_up.is_prepared(release)


def test_the_prepared_clean_up_is_built_once(release: MemoryRelease) -> None:
    clean_up.prepare(release)
    first = release.commits.clean_up
    release.worktree.acts.clear()
    clean_up.prepare(release)
    assert clean_up.build(release, release.commits.head) == first
    assert release.worktree.acts == []


def test_on_another_tip_it_is_built_again(release: MemoryRelease) -> None:
    clean_up.prepare(release)
    first = release.commits.clean_up
    theirs = release.memory.add_commit("Theirs", {"theirs.py": "x\n"}, release.commits.head)
    built = clean_up.build(release, theirs)
    assert built != first
    assert release.git.commits(built, f"^{theirs}")[0].paths == {FRAGMENT}


def test_a_recorded_outcome_is_in_a_new_message(release: MemoryRelease) -> None:
    clean_up.prepare(release)
    first = release.commits.clean_up
    release.outcome = outcome.NOT_PUBLISHED
    built = clean_up.build(release, release.commits.head)
    assert built != first
    assert "Tagged-not-published: 1.24.1" in release.git.commits("-1", built)[0].message
