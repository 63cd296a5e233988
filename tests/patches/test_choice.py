"""The patches of a release: named, chosen by evidence, or already present."""

from __future__ import annotations

import pytest

from fake_git import history_release
from fake_release import fake_commit
from histories import BEN, TIDES, YEARS, Files, History
from patchwright.halts import BadArgument, BranchConflict
from patchwright.history import picking
from patchwright.history.candidate import Candidate
from patchwright.history.presence import Presence
from patchwright.patches import choice
from patchwright.releases.release import Release

BRANCH = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}
A, B, C = "a" * 40, "b" * 40, "c" * 40
CANDIDATES = [
    Candidate(fake_commit(A, message="Repair it."), "proposed", "it adds changes/3.bugfix"),
    Candidate(fake_commit(B, message="Guess."), "unsure", "it may belong to it"),
    Candidate(fake_commit(C, message="Add it."), "skipped", "its fragment is of type feature"),
]


def open_release(history: History) -> Release:
    return history_release(history, history.directory.parent / "clone")


def shas(release: Release) -> list[str]:
    return [commit.sha for commit in choice.wanted_patches(release)]


# Named commits


def test_named_commits_are_resolved_in_the_order_of_history_and_once(history: History) -> None:
    first = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    second = history.add("master", "4.bugfix", "Repair tides.", TIDE)
    release = open_release(history)
    assert choice.resolve_named(release, (second[:9], first, second)).picks == (
        first,
        second,
    )


def test_a_commit_may_be_picked_again(history: History) -> None:
    first = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    second = history.add("master", "4.bugfix", "Repair tides.", TIDE)
    release = open_release(history)
    choice.choose_named(release, (f"{second[:9]}:again", first))
    assert (release.plan.picks, release.plan.again) == ((first, second), (second,))
    assert choice.patch_command(release, (first, second), again=(second,)).endswith(
        f" {first[:12]},{second[:12]}:again"
    )


def test_commits_of_the_release_branch_may_be_named(history: History) -> None:
    sha = history.add(BRANCH, "3.bugfix", "Repair leap years.", LEAP)
    assert choice.resolve_named(open_release(history), (sha,)).picks == (sha,)


def test_an_unknown_name_is_a_bad_argument(history: History) -> None:
    with pytest.raises(BadArgument) as halted:
        choice.resolve_named(open_release(history), ("0123456789",))
    assert halted.value.cause == ("--patches names 0123456789, which is unknown or ambiguous in this clone.")


def test_a_commit_of_another_branch_is_a_bad_argument(history: History) -> None:
    history.fork("topic", "master")
    sha = history.commit("topic", "Go on.", {"x": "x\n"})
    with pytest.raises(BadArgument) as halted:
        choice.resolve_named(open_release(history), (sha,))
    assert (
        halted.value.cause
        == f"--patches names {sha[:10]}, which is neither on origin's master nor on release-1.24."
    )


def test_a_merge_of_a_pull_request_stands_for_its_commits(history: History) -> None:
    history.fork("topic", "master")
    part = history.commit("topic", "Count differently.", LEAP)
    history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
    sha = history.merge("master", "topic", "Merge it")
    named = choice.resolve_named(open_release(history), (part[:9], sha))
    assert named == choice.Named((sha,), ())


@pytest.mark.parametrize("which", ["of the release branch", "into a topic"])
def test_another_merge_is_a_bad_argument(history: History, which: str) -> None:
    if which == "into a topic":
        history.fork("topic", "master")
        history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
        sha = history.merge("topic", "master", "Merge master")
        history.commit("master", "Mention the sun.", {"README": "The sun.\n"})
        history.merge("master", "topic", "Merge it")
        problem = "a merge that was not made on master itself; name the commits that it merged"
    else:
        history.commit(BRANCH, "Repair leap years.", LEAP)
        sha = history.merge("master", BRANCH, "Merge it")
        problem = f"a merge of {BRANCH} into master, and no change of master"
    with pytest.raises(BadArgument) as halted:
        choice.resolve_named(open_release(history), (sha,))
    assert halted.value.cause == f"--patches names {sha[:10]}, which is {problem}."
    assert halted.value.remedy[0].startswith("List them with: git log ")


def test_the_first_commit_is_a_bad_argument(history: History) -> None:
    first = next(iter(history.made))
    with pytest.raises(BadArgument) as halted:
        choice.resolve_named(open_release(history), (first,))
    assert halted.value.cause == f"--patches names {first[:10]}, which is the first commit."


# Chosen commits


def test_the_chosen_picks_are_the_wanted_patches(history: History) -> None:
    first = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    second = history.add("master", "4.bugfix", "Repair tides.", TIDE)
    release = open_release(history)
    release.choose((second,))
    assert shas(release) == [second]
    release.choose((second, first))
    assert shas(release) == [first, second]
    release.choose(())
    assert shas(release) == []


def test_without_chosen_picks_the_proposed_commits_are_the_wanted_patches(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    assert shas(open_release(history)) == [sha]


def test_an_unsure_commit_halts_instead_of_being_left_out(history: History) -> None:
    history.commit("master", "Fix it.", LEAP, author=BEN)
    history.add("master", "3.bugfix", "Centuries count.", author=BEN)
    with pytest.raises(BadArgument):
        choice.wanted_patches(open_release(history))


def test_candidates_are_collected_again_if_a_line_has_moved(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    release = open_release(history)
    candidates = choice.collect_candidates(release)
    assert choice.collect_candidates(release) is candidates
    assert choice.proposed_commits(candidates) == (sha,)
    release.origin.refs["refs/heads/master"] = history.made[sha].parents[0]
    assert choice.proposed_commits(choice.collect_candidates(release)) == ()


def test_unsure_commits_are_among_the_proposed_ones_only_on_request() -> None:
    assert choice.proposed_commits(CANDIDATES) == (A,)
    assert choice.proposed_commits(CANDIDATES, unsure=True) == (A, B)


def test_an_unsure_candidate_halts_with_the_command_for_each_answer(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = open_release(history)
    monkeypatch.setattr(choice, "find_presence", lambda *_: Presence())
    monkeypatch.setattr(picking, "sort_commits", lambda *_: [])
    with pytest.raises(BadArgument) as halted:
        choice.require_clear(release, CANDIDATES)
    command = "inv release.patch --version 1.24 --patches"
    assert halted.value.cause == "It is not clear which commits of master belong in 1.24.1."
    assert list(halted.value.evidence) == ["unsure: bbbbbbbbbb Guess. (fragment: it may belong to it)"]
    assert list(halted.value.remedy) == [
        f"To release only the proposed commits: {command} {A[:12]}",
        f"To release the unsure commits too: {command} {A[:12]},{B[:12]}",
    ]
    assert halted.value.next_command == f"{command} {A[:12]}"


@pytest.mark.parametrize("is_named", [True, False])
def test_the_command_with_an_unsure_commit_is_not_asked_again(history: History, *, is_named: bool) -> None:
    """A pick that was reverted, and one that was undone by hand: naming them alone would ask again."""
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    pick = history.pick(sha, BRANCH)
    if is_named:
        history.revert(BRANCH, pick)
    else:
        undo: Files = {"almanac/years.py": YEARS.format(""), "changes/3.bugfix": None}
        history.commit(BRANCH, "Count as before.", undo)
    release = open_release(history)
    with pytest.raises(BadArgument) as halted:
        choice.wanted_patches(release)
    assert halted.value.remedy[1].endswith(f" --patches {sha[:12]}:again")
    choice.choose_named(release, (f"{sha[:12]}:again",))
    wanted = choice.wanted_patches(release)
    choice.require_decided(release, wanted, choice.find_presence(release, wanted), is_recorded=True)
    assert choice.find_present(release, wanted) == {}


def test_without_unsure_candidates_nothing_halts(history: History) -> None:
    choice.require_clear(open_release(history), [CANDIDATES[0], CANDIDATES[2]])


def test_the_command_for_no_picks_names_none(history: History) -> None:
    assert choice.patch_command(open_release(history), ()) == (
        "inv release.patch --version 1.24 --patches none"
    )


# Present commits and conflicts


def test_a_wanted_patch_that_the_branch_has_is_present(history: History) -> None:
    first = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    second = history.add("master", "4.bugfix", "Repair tides.", TIDE)
    pick = history.pick(first, BRANCH)
    release = open_release(history)
    release.choose((first, second))
    assert choice.find_present(release, choice.wanted_patches(release)) == {
        first: f"{pick[:10]} was picked from it"
    }


def test_a_pick_that_was_reverted_on_the_branch_is_not_present(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.revert(BRANCH, history.pick(sha, BRANCH))
    release = open_release(history)
    release.choose((sha,))
    assert choice.find_present(release, choice.wanted_patches(release)) == {}


def test_a_patch_that_is_only_probably_there_halts_with_both_answers(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.pick(sha, BRANCH)
    history.commit(BRANCH, "Count as before.", {"almanac/years.py": YEARS.format("")})
    release = open_release(history)
    release.choose((sha,))
    wanted = choice.wanted_patches(release)
    with pytest.raises(BranchConflict) as halted:
        choice.require_decided(release, wanted, choice.find_presence(release, wanted))
    assert (
        halted.value.cause
        == "release-1.24 may already have some of the patches, or they were reverted there."
    )
    command = "inv release.patch --version 1.24 --patches"
    assert list(halted.value.remedy) == [
        f"To pick them anyway: {command} {sha[:12]}:again", f"To leave them out: {command} none",
    ]  # fmt: skip  # one row an answer
    release.choose((sha,), (sha,))
    choice.require_decided(release, wanted, choice.find_presence(release, wanted))
    assert choice.find_present(release, wanted) == {}


@pytest.mark.parametrize("pick", ["5" * 40, "5" * 9, "--all"])
def test_a_recorded_pick_that_is_no_commit_halts_and_names_the_journal(history: History, pick: str) -> None:
    release = open_release(history)
    release.choose((pick,))
    with pytest.raises(BranchConflict) as halted:
        choice.wanted_patches(release)
    assert halted.value.cause == "The journal of 1.24.1 names commits that cannot be picked."
    assert halted.value.evidence == (
        f"journal: {release.journal.path('1.24')}",
        f"{pick} is not the full name of a commit in this clone",
    )


def test_a_patch_that_would_change_nothing_but_the_version_is_present(history: History) -> None:
    sha = history.commit("master", "Go on.", history.flavour.version("1.25a1"))
    release = open_release(history)
    release.choose((sha,))
    assert choice.find_present(release, choice.wanted_patches(release)) == {
        sha: "picking it would change nothing"
    }


def test_the_first_conflict_of_the_wanted_patches_is_predicted(history: History) -> None:
    theirs = history.commit(BRANCH, "Count on the branch.", {"almanac/years.py": "branch = 1\n"})
    first = history.add("master", "3.bugfix", "Repair tides.", TIDE)
    second = history.add("master", "4.bugfix", "Repair leap years.", LEAP)
    release = open_release(history)
    release.choose((first, second))
    conflict = choice.predict_conflict(release, choice.wanted_patches(release))
    assert conflict
    assert conflict.commit.sha == second
    assert [one.sha for one in conflict.theirs] == [theirs]


def test_patches_that_apply_have_no_conflict(history: History) -> None:
    history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    release = open_release(history)
    assert choice.predict_conflict(release, choice.wanted_patches(release)) is None


def test_the_adapter_leaves_out_the_version_of_the_mainline(history: History) -> None:
    sha = history.commit("master", "Repair it.", {**LEAP, **history.flavour.version("1.25a1")})
    release = open_release(history)
    release.choose((sha,))
    (commit,) = choice.wanted_patches(release)
    adapted = choice.adapter(release).adapt(commit)
    assert adapted
    assert adapted.paths == {"almanac/years.py"}
