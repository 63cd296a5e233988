"""Which commits a line of history has: proof, hints, reverts and effects."""

from __future__ import annotations

import pytest

from fake_git import FakeGit
from histories import BEN, TIDES, YEARS, Files, History
from patchwright.history import presence
from patchwright.history.adapting import Adapter
from patchwright.history.presence import Presence
from patchwright.history.snapshot import Snapshot
from patchwright.tools.git_output import Commit

BRANCH = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}
OTHER: Files = {"almanac/years.py": "resolved = 1\n"}


def commits(git: FakeGit, *shas: str) -> list[Commit]:
    return [git.known[sha] for sha in shas]


def look(history: History, *shas: str, effects: bool = True, own: tuple[str, ...] = ()) -> Presence:
    """Return what the release branch has of some commits."""
    git, onto = FakeGit(history), history.branches[BRANCH]
    adapter = Adapter(git, "1.24.1", Snapshot(git, onto))
    return presence.find_presence(
        git, commits(git, *shas), onto, places=("changes",), trusted=own,
        adapt=adapter.adapt if effects else None, code_change=adapter.code_change if effects else None,
    )  # fmt: skip  # what of whom, then how it is tried


def short(history: History) -> str:
    return history.branches[BRANCH][:10]


# Proof


def test_a_commit_in_the_history_is_present(history: History) -> None:
    sha = history.add(BRANCH, "3.bugfix", "Repair it.", LEAP)
    assert look(history, sha).proven == {sha: "it is in the history"}


def test_a_new_commit_is_not_present(history: History) -> None:
    assert look(history, history.add("master", "3.bugfix", "Repair it.", LEAP)) == Presence()


def test_a_commit_whose_source_is_in_the_history_is_present(history: History) -> None:
    source = history.add(BRANCH, "3.bugfix", "Repair it.", LEAP)
    pick = history.pick(source, "master")
    assert look(history, pick).proven == {pick: f"it was picked from {source[:10]}, which is in the history"}


@pytest.mark.parametrize("effects", [True, False])
def test_a_pick_by_name_that_was_resolved_is_present(history: History, *, effects: bool) -> None:
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    history.commit(BRANCH, "Count on the branch.", {"almanac/years.py": "branch = 1\n"})
    history.pick(source, BRANCH, files=OTHER)
    assert look(history, source, effects=effects).proven == {source: f"{short(history)} was picked from it"}


def test_a_pick_by_name_that_was_amended_in_the_same_file_is_asked(history: History) -> None:
    """It would have applied as it is, so that nobody had to resolve anything."""
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    history.pick(source, BRANCH, files=OTHER)
    found = look(history, source)
    assert (found.proven, found.doubts[source].has_landed) == ({}, True)
    assert found.doubts[source].reason == (
        f"{short(history)} was picked from it, but picking it again would conflict in almanac/years.py"
    )


@pytest.mark.parametrize("with_second", [True, False])
def test_a_pick_by_name_of_one_of_two_places_is_asked_even_if_the_other_was_resolved(
    history: History, *, with_second: bool
) -> None:
    """The place that applied without a conflict was left out, and changed later in another way."""
    source = history.add("master", "3.bugfix", "Repair it.", {**LEAP, **TIDE})
    history.commit(BRANCH, "Count on the branch.", {"almanac/years.py": "branch = 1\n"})
    tides = TIDE if with_second else {"almanac/tides.py": history.text(BRANCH, "almanac/tides.py")}
    history.pick(source, BRANCH, files={**OTHER, **tides, "changes/3.bugfix": "Repair it.\n"})
    history.commit(BRANCH, "Go on.", {"almanac/tides.py": "TIDES = 3\n"})
    assert (source in look(history, source).proven) is with_second


def test_a_pick_by_name_that_was_changed_later_is_present(history: History) -> None:
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    pick = history.pick(source, BRANCH)
    history.commit(BRANCH, "Go on.", OTHER)
    assert look(history, source).proven == {source: f"{pick[:10]} was picked from it"}


def test_a_pick_that_would_change_nothing_is_present(history: History) -> None:
    history.commit(BRANCH, "Do both.", {**LEAP, **TIDE})
    sha = history.commit("master", "Repair it.", LEAP)
    assert look(history, sha).proven == {sha: "picking it would change nothing"}


def test_nothing_is_present_if_no_commits_are_given(history: History) -> None:
    assert look(history) == Presence()


def test_what_later_commits_change_is_tried_on_top_of_missing_commits(history: History) -> None:
    first = history.commit("master", "Repair it.", LEAP)
    second = history.commit("master", "Take it back by hand.", {"almanac/years.py": YEARS.format("")})
    assert look(history, first, second) == Presence()


def test_what_only_comes_with_a_missing_commit_is_missing_too(history: History) -> None:
    first = history.add("master", "3.bugfix", "Repair it.", LEAP)
    history.revert("master", first)
    again = history.add("master", "3.bugfix", "Repair it.", LEAP)
    assert look(history, first, again) == Presence()


def test_a_landing_is_not_confirmed_by_a_missing_commit_with_the_same_change(history: History) -> None:
    first = history.add("master", "3.bugfix", "Repair it.", LEAP)
    history.revert("master", first)
    again = history.add("master", "3.bugfix", "Repair it.", LEAP)
    unchanged: Files = {"almanac/years.py": history.text(BRANCH, "almanac/years.py")}
    history.pick(again, BRANCH, files={**unchanged, **TIDE})
    assert set(look(history, first, again).doubts) == {again}


# Reverts


def test_a_pick_that_was_reverted_is_not_present(history: History) -> None:
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    pick = history.pick(source, BRANCH)
    history.revert(BRANCH, pick)
    found = look(history, source)
    assert (found.proven, found.doubts) == ({}, {})
    assert found.reverted == {source: f"{pick[:10]} was picked from it"}


def test_a_revert_may_name_the_source_or_abbreviate(history: History) -> None:
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    history.pick(source, BRANCH)
    undo: Files = {"almanac/years.py": YEARS.format(""), "changes/3.bugfix": None}
    history.commit(BRANCH, f"Revert it\n\nThis reverts commit {source[:9]} (Repair it., 2025-01-07).", undo)
    assert look(history, source).proven == {}


def test_a_revert_may_name_another_pick_of_the_same_source(history: History) -> None:
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    history.fork("release-1.23", BRANCH)
    elsewhere = history.pick(source, "release-1.23")
    history.pick(source, BRANCH)
    undo: Files = {"almanac/years.py": YEARS.format(""), "changes/3.bugfix": None}
    history.commit(BRANCH, f"Revert it\n\nThis reverts commit {elsewhere}.", undo)
    assert look(history, source).proven == {}


def test_a_reverted_revert_and_a_second_landing_count(history: History) -> None:
    first = history.add("master", "3.bugfix", "Repair it.", LEAP)
    second = history.add("master", "4.bugfix", "Repair tides.", TIDE)
    history.revert(BRANCH, history.revert(BRANCH, history.pick(first, BRANCH)))
    history.revert(BRANCH, history.pick(second, BRANCH))
    history.pick(second, BRANCH)
    assert set(look(history, first, second).proven) == {first, second}


def test_a_reverted_merge_reverts_what_it_merged(history: History) -> None:
    history.fork("topic", BRANCH)
    sha = history.commit("topic", "Repair it.", LEAP)
    history.commit(BRANCH, "Mention the moon.", {"README": "The moon.\n"})
    merge = history.merge(BRANCH, "topic", "Merge it.")
    undo: Files = {"almanac/years.py": YEARS.format("")}
    history.commit(BRANCH, f"Revert it\n\nThis reverts commit {merge}, reversing\nchanges.", undo)
    found = look(history, sha)
    assert found.proven == {}
    assert found.reverted == {sha: "it is in the history"}


def test_a_copy_that_was_reverted_is_no_hint(history: History) -> None:
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    history.revert(BRANCH, history.pick(source, BRANCH, named=False))
    assert look(history, source) == Presence()


# Doubts


def test_a_pick_that_was_undone_without_a_revert_is_in_doubt(history: History) -> None:
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    pick = history.pick(source, BRANCH)
    history.commit(BRANCH, "Count as before.", {"almanac/years.py": YEARS.format("")})
    found = look(history, source)
    assert found.proven == {}
    doubt = found.doubts[source]
    assert (doubt.has_landed, doubt.applies) == (True, True)
    assert doubt.reason == (
        f"{pick[:10]} was picked from it, but picking it again would change almanac/years.py"
    )
    assert look(history, source, own=(pick,)).proven


def test_a_pick_whose_content_was_amended_away_is_in_doubt(history: History) -> None:
    source = history.commit("master", "Repair it.", LEAP)
    history.commit(BRANCH, f"Repair it.\n\n(cherry picked from commit {source})", {"README": "Later.\n"})
    assert look(history, source).doubts[source].has_landed


def test_a_pick_that_changed_other_files_is_in_doubt_even_if_its_source_conflicts(history: History) -> None:
    history.commit("master", "Prepare it.", OTHER)
    source = history.commit("master", "Repair it.", LEAP)
    history.commit(BRANCH, f"Repair it.\n\n(cherry picked from commit {source})", {"README": "Later.\n"})
    doubt = look(history, source).doubts[source]
    assert (doubt.has_landed, doubt.applies) == (True, False)
    assert doubt.reason.endswith("but picking it again would conflict in almanac/years.py")


def test_a_backport_with_the_same_author_time_and_subject_is_only_a_hint(history: History) -> None:
    source = history.commit("master", "Repair it.", LEAP)
    history.pick(source, BRANCH, named=False, files=OTHER)
    doubt = look(history, source).doubts[source]
    assert (doubt.has_landed, doubt.applies) == (False, False)
    assert doubt.reason == (
        f"{short(history)} has the same author, time and subject, but picking it would conflict in "
        "almanac/years.py"
    )


def test_a_close_hint_is_in_doubt_even_if_the_commit_applies(history: History) -> None:
    source = history.commit("master", "Repair it.", LEAP)
    history.commit(BRANCH, "Repair it.", TIDE, authored=history.made[source].authored)
    assert look(history, source).doubts[source].applies


def test_a_fragment_or_a_patch_id_does_not_count_if_the_commit_applies(history: History) -> None:
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    history.add(BRANCH, "3.bugfix", "Repair it.", TIDE, author=BEN)
    assert look(history, source) == Presence()


def test_a_backport_is_in_doubt_if_its_pull_request_is_there(history: History) -> None:
    history.commit(BRANCH, "Repair it (#12)", TIDE)
    backport = history.commit("master", "Repair it\n\nThis is a backport of #12.", LEAP)
    reason = look(history, backport).doubts[backport].reason
    assert f"{short(history)} is the pull request that it backports" in reason


def test_a_mention_of_a_pull_request_is_not_a_backport(history: History) -> None:
    history.commit(BRANCH, "Repair it (#12)", TIDE)
    assert look(history, history.commit("master", "Repair it\n\nThis follows #12.", LEAP)) == Presence()


def test_without_a_trial_hints_are_doubts(history: History) -> None:
    source = history.add("master", "3.bugfix", "Repair it.", LEAP)
    history.add(BRANCH, "3.bugfix", "Repair it.", LEAP, author=BEN)
    assert look(history, source, effects=False).doubts[source].reason == (
        f"{short(history)} has the same patch-id"
    )
