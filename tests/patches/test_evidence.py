"""The verdict on each commit of the mainline, and the reason that people read."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_git import history_release
from histories import TIDES, YEARS, Files, Flavour, History, several_series
from patchwright.history.candidate import Candidate
from patchwright.patches.evidence import judge_candidates
from repository import isolate

BRANCH = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}


def judge(history: History, version: str = "1.24.1") -> dict[str, Candidate]:
    """Return the candidates by their commits."""
    release = history_release(history, history.directory.parent / "clone", version)
    return {one.commit.sha: one for one in judge_candidates(release)}


def fragments(**texts: str) -> Files:
    return {f"changes/{name.replace('_', '.').strip('.')}": f"{text}\n" for name, text in texts.items()}


def patch_1_24_1(history: History) -> str:
    """Release 1.24.1 with a change that only the branch has, and integrate it. Return its section."""
    history.add(BRANCH, "90.bugfix", "Repair the branch.", {"almanac/branch.py": "BRANCH = 1\n"})
    section = history.release(BRANCH, "1.24.1")
    history.integrate("1.24.1", section)
    return section


# Proposed


def test_a_commit_with_a_fragment_of_a_patch_type_is_proposed(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    one = judge(history)[sha]
    assert (one.verdict, one.reason) == ("proposed", "it adds changes/3.bugfix")


def move_fragments(history: History, branch: str) -> str:
    """Move the fragments of a branch from changes to news."""
    configuration = history.flavour.pyproject.replace("'changes'", "'news'")
    files: Files = {"pyproject.toml": configuration}
    for path, text in history.news(branch).items():
        files |= {path: None, path.replace("changes/", "news/"): f"{text}\n"}
    return history.commit(branch, "Move the fragments.", files)


def test_a_fragment_still_counts_after_both_lines_have_moved_the_directory(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    moved = move_fragments(history, "master")
    move_fragments(history, BRANCH)
    found = judge(history)
    assert (found[sha].verdict, found[sha].reason) == ("proposed", "it adds news/3.bugfix")
    assert moved not in found


def test_a_patch_that_landed_again_is_proposed_if_the_branch_only_has_its_fragment(history: History) -> None:
    first = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.commit(
        BRANCH, "Repair leap years.", {**TIDE, **fragments(_3_bugfix="Repair leap years.")},
        authored=history.made[first].authored,
    )  # fmt: skip  # what, then when
    history.revert("master", first)
    again = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    found = judge(history)
    assert found[first].verdict == "skipped"
    assert found[again].verdict != "skipped"


def test_a_patch_that_would_change_nothing_is_skipped_without_a_sign_of_it(history: History) -> None:
    move_fragments(history, BRANCH)
    first = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.commit("master", "Undo it.", {"almanac/years.py": YEARS.format(""), "changes/3.bugfix": None})
    again = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    message = f"Repair leap years.\n\n(cherry picked from commit {first})"
    history.commit(BRANCH, message, {**LEAP, "news/3.bugfix": "Repair leap years.\n"})
    one = judge(history)[again]
    assert one.verdict == "skipped"
    assert one.reason == "release-1.24 already has it: picking it would change nothing"


def test_candidates_come_ancestors_first(history: History) -> None:
    shas = [
        history.add("master", "4.bugfix", "Repair tides.", TIDE),
        history.add("master", "3.bugfix", "Repair leap years.", LEAP),
    ]
    assert [sha for sha, one in judge(history).items() if one.verdict == "proposed"] == shas


def test_a_fragment_that_was_released_with_a_patch_of_a_newer_series_still_counts(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    section = history.flavour.section("1.25.1", "2025-01-20", {"Bugfix": ["Repair leap years. (#3)"]})
    history.integrate("1.25.1", section, gone=["changes/3.bugfix"])
    assert judge(history)[sha].verdict == "proposed"


# Skipped


def test_a_commit_that_the_branch_has_is_skipped(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    pick = history.pick(sha, BRANCH)
    one = judge(history)[sha]
    assert one.verdict == "skipped"
    assert one.reason == f"release-1.24 already has it: {pick[:10]} was picked from it"


def test_a_reverted_commit_is_skipped(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.revert("master", sha)
    one = judge(history)[sha]
    assert one.verdict == "skipped"
    assert one.reason == "it was reverted, or it reverts a commit that release-1.24 never had"


def test_a_commit_whose_revert_was_reverted_is_proposed_once(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.revert("master", history.revert("master", sha))
    assert [one.commit.sha for one in judge(history).values() if one.verdict == "proposed"] == [sha]


def test_a_commit_is_unsure_if_the_branch_has_another_fragment_of_its_name(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair it on the branch.", {"almanac/branch.py": "BRANCH = 1\n"})
    history.commit("master", "Move the fragments.", {
        "pyproject.toml": Flavour(fragments="news.d").pyproject,
        "news.d/2.feature": history.text("master", "changes/2.feature"),
        "changes/2.feature": None,
    })  # fmt: skip  # one commit
    sha = history.commit("master", "Repair it.", {**LEAP, "news.d/3.bugfix": "Leap years.\n"})
    one = judge(history)[sha]
    assert one.verdict == "unsure"
    assert one.reason == ("release-1.24 has a fragment of the same name with another text: changes/3.bugfix")


@pytest.mark.parametrize("how", ["-x", "same"])
def test_a_released_commit_is_skipped_by_its_line_or_its_effect(history: History, how: str) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    if how == "-x":
        history.pick(sha, BRANCH)
    else:
        history.add(BRANCH, "9.bugfix", "Repair leap years.", LEAP)
    history.integrate("1.24.1", history.release(BRANCH, "1.24.1"))
    one = judge(history, "1.24.2")[sha]
    assert one.verdict == "skipped"
    assert one.reason.startswith("release-1.24 already has it: ")


@pytest.mark.parametrize("files", [{"almanac/years.py": "branch = 1\n"}, TIDE], ids=["conflict", "change"])
def test_a_commit_is_unsure_if_the_changelog_of_the_series_has_only_the_words_of_its_fragment(
    history: History, files: Files
) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.add(BRANCH, "9.bugfix", "Repair leap years.", files)
    history.integrate("1.24.1", history.release(BRANCH, "1.24.1"))
    one = judge(history, "1.24.2")[sha]
    assert one.verdict == "unsure"
    assert one.reason == (
        "its fragment is already in the changelog of release-1.24: changes/3.bugfix; "
        "but release-1.24 does not have exactly this change"
    )


def test_a_commit_without_a_fragment_of_a_patch_type_is_skipped(history: History) -> None:
    one_type = history.add("master", "3.feature", "Tell eclipses.", {"a.py": "a\n"})
    same_type = history.commit("master", "Tell two.", fragments(_4_feature="A", _5_feature="B"))
    two_types = history.commit("master", "Tell both.", fragments(_6_feature="A", _7_removal="B"))
    found = judge(history)
    assert {found[sha].verdict for sha in (one_type, same_type, two_types)} == {"skipped"}
    assert [found[sha].reason for sha in (one_type, same_type, two_types)] == [
        "its fragment is of type feature, which is not a patch type",
        "its fragments are of type feature, which is not a patch type",
        "its fragments are of types feature and removal, which are not patch types",
    ]


def test_a_commit_whose_fragment_was_removed_is_skipped(history: History) -> None:
    one = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    two = history.commit("master", "Repair both.", fragments(_4_bugfix="A", _5_bugfix="B"))
    history.commit("master", "Remove them.", dict.fromkeys(history.news("master")))
    found = judge(history)
    assert found[one].reason == "its fragment no longer exists on master"
    assert found[two].reason == "its fragments no longer exist on master"


def test_a_commit_whose_fragment_was_released_with_a_new_series_is_skipped(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    section = history.flavour.section("1.25.0", "2025-01-20", {"Bugfix": ["Repair leap years. (#3)"]})
    history.integrate("1.25.0", section, gone=["changes/3.bugfix"])
    one = judge(history)[sha]
    assert (one.verdict, one.reason) == ("skipped", "its fragment was released with 1.25.0")


def test_a_commit_that_the_last_release_was_made_without_is_unsure(history: History) -> None:
    earlier = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    patch_1_24_1(history)
    later = history.add("master", "5.bugfix", "Repair tides.", TIDE)
    found = judge(history, "1.24.2")
    assert found[earlier].verdict == "unsure"
    assert found[earlier].was_passed_over
    assert found[earlier].reason == "v1.24.1 was released without it, although it adds changes/3.bugfix"
    assert found[later].verdict == "proposed"


def test_a_commit_before_a_later_pick_is_unsure(history: History) -> None:
    earlier = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    later = history.add("master", "5.bugfix", "Repair tides.", TIDE)
    history.pick(later, BRANCH)
    found = judge(history)
    assert found[earlier].verdict == "unsure"
    assert found[earlier].reason == (
        f"the later commit {later[:10]} was picked without it, although it adds changes/3.bugfix"
    )


def test_a_commit_that_changes_a_file_that_the_branch_does_not_have_is_skipped(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair eclipses.", {"almanac/eclipses.py": "SAROS = 1\n"})
    one = judge(history)[sha]
    assert one.verdict == "skipped"
    assert one.reason == "it changes almanac/eclipses.py, which release-1.24 does not have"


# Unsure


def test_a_commit_with_fragments_of_patch_types_and_other_types_is_unsure(history: History) -> None:
    sha = history.commit("master", "Do both.", {**LEAP, **fragments(_3_bugfix="A", _4_feature="B")})
    one = judge(history)[sha]
    assert one.verdict == "unsure"
    assert one.reason == "its fragments are of patch types and of other types: bugfix and feature"


@pytest.mark.parametrize("message", ["Count as before.", f"Revert it\n\nThis reverts commit {'5' * 40}."])
def test_a_commit_that_was_undone_on_the_mainline_without_its_name_is_unsure(
    history: History, message: str
) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.commit("master", message, {"almanac/years.py": YEARS.format("")})
    one = judge(history)[sha]
    assert (one.verdict, one.reason) == ("unsure", "master no longer has all of it: it was undone there")


def test_a_rewritten_revert_of_a_revert_is_not_skipped(history: History) -> None:
    """The rewritten commits name those that they were before."""
    history.fork("before", "master")
    old = history.add("before", "3.bugfix", "Repair leap years.", LEAP)
    old_revert = history.revert("before", old)
    first = history.add("master", "3.bugfix", "Repair leap years. Reviewed.", LEAP)
    undo: Files = {"almanac/years.py": YEARS.format(""), "changes/3.bugfix": None}
    history.commit("master", f"Revert it\n\nThis reverts commit {old}.", undo)
    again: Files = {**LEAP, "changes/3.bugfix": "Repair leap years.\n"}
    last = history.commit("master", f"Revert the revert\n\nThis reverts commit {old_revert}.", again)
    found = judge(history)
    assert found[first].reason == "its fragment no longer exists on master"
    assert found[last].verdict == "unsure"
    assert found[last].reason == "master still has it, although a commit claims to revert it"


def test_a_fix_that_landed_again_without_its_fragment_is_unsure(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.commit("master", f"Revert\n\nThis reverts commit {sha}.", {"almanac/years.py": YEARS.format("")})
    history.commit("master", "Repair it again.", LEAP)
    one = judge(history)[sha]
    assert one.verdict == "unsure"
    assert one.reason == "master still has it, although a commit claims to revert it"


# No candidates


def test_a_release_with_its_changelog_section_has_no_candidates(history: History) -> None:
    history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.release(BRANCH, "1.24.1")
    assert judge(history) == {}


def test_commits_that_change_no_fragment_are_not_candidates(history: History) -> None:
    sha = history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
    assert sha not in judge(history)


def test_a_project_without_towncrier_has_no_candidates(tmp_path: Path, history: History) -> None:
    del history
    plain = History(tmp_path / "plain.git", Flavour())
    plain.begin()
    plain.fork(BRANCH, "master")
    plain.tag("1.24.0", BRANCH)
    assert judge(plain) == {}


@pytest.mark.journey
@pytest.mark.parametrize("version", ["1.24.4", "1.25.2"])
def test_real_git_gives_the_same_verdicts_and_reasons_as_the_fake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    isolate(monkeypatch)
    history = several_series(tmp_path / "origin.git")
    main = history.main
    history.revert(
        main, history.add(main, "11.bugfix", "Repair leap years.", {"almanac/leaps.py": "A = 1\n"})
    )
    history.fork("topic", main)
    history.commit("topic", "Count differently.", {"almanac/zero.py": "ZERO = 2\n"})
    history.add("topic", "12.bugfix", "Repair the year zero.")
    history.commit(main, "Mention the moon.", {"README": "The moon.\n"})
    history.merge(main, "topic", "Merge pull request #12")
    history.add(main, "13.bugfix", "Repair eclipses.", {"almanac/eclipses.py": "SAROS = 6586\n"})
    fake = judge_candidates(history_release(history, tmp_path, version))
    real = judge_candidates(history_release(history, tmp_path, version, real=True))
    assert {one.verdict for one in fake} >= {"proposed", "skipped"}
    assert real == fake
