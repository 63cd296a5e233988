"""Which commits belong to a patch, and what happens to patches that conflict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fake_git import history_release
from fake_release import fake_release
from histories import BEN, TIDES, YEARS, Files, History
from patchwright.history.candidate import Candidate
from patchwright.patches.evidence import judge_candidates
from patchwright.patches.fragments import AddedFragment
from patchwright.patches.related import is_patch
from patchwright.tools.news_fragments import Fragment

BRANCH = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}


def judge(history: History) -> dict[str, Candidate]:
    """Return the candidates by their commits."""
    release = history_release(history, history.directory.parent / "clone")
    return {one.commit.sha: one for one in judge_candidates(release)}


def verdicts(history: History) -> dict[str, tuple[str, str]]:
    """Return verdict and reason of the candidates that are not skipped, by their commits."""
    return {sha: (one.verdict, one.reason) for sha, one in judge(history).items() if one.verdict != "skipped"}


@pytest.mark.parametrize(("category", "expected"), [("bugfix", True), ("BugFix", True), ("feature", False)])
def test_the_patch_types_are_a_setting(tmp_path: Path, category: str, expected: bool) -> None:  # noqa: FBT001  a column of the table
    fragment = Fragment(f"changes/3.{category}", "", "3", category, 0)
    added = AddedFragment(fragment.path, fragment.path, fragment, "Text.\n")
    assert is_patch(fake_release(tmp_path), added) is expected


# Related commits


def test_a_commit_that_edits_the_fragment_comes_with_it(history: History) -> None:
    fix = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    edit = history.commit("master", "Reword it.", {"changes/3.bugfix": "Leap years are right.\n"})
    assert verdicts(history) == {
        fix: ("proposed", "it adds changes/3.bugfix"),
        edit: ("proposed", f"it edits a fragment of {fix[:10]}"),
    }


def test_an_edit_with_other_changes_does_not_come_with_it(history: History) -> None:
    fix = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    history.commit("master", "Go on.", {"changes/3.bugfix": "Leap years.\n", "README": "Moon.\n"})
    assert set(verdicts(history)) == {fix}


def merge_topic(history: History, *, fragment: str = "3.bugfix") -> dict[str, str]:
    """Merge a branch of two changes and a commit with their fragment. Return the commits."""
    history.fork("topic", "master")
    shas = {
        "first": history.commit("topic", "Count differently.", LEAP),
        "second": history.commit("topic", "Test it.", {"tests/years.py": "pass\n"}),
        "fragment": history.add("topic", fragment, "Repair leap years."),
    }
    history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
    history.merge("master", "topic", "Merge pull request #3")
    return shas


def test_a_pull_request_comes_as_a_whole(history: History) -> None:
    shas = merge_topic(history)
    together = ("proposed", f"it was merged together with {shas['fragment'][:10]}")
    assert verdicts(history) == {
        shas["first"]: together,
        shas["second"]: together,
        shas["fragment"]: ("proposed", "it adds changes/3.bugfix"),
    }


def test_a_pull_request_for_a_feature_does_not_come(history: History) -> None:
    merge_topic(history, fragment="3.feature")
    assert verdicts(history) == {}


def test_a_feature_of_the_same_pull_request_does_not_come(history: History) -> None:
    history.fork("topic", "master")
    history.add("topic", "4.feature", "Tell tides.", TIDE)
    fix = history.add("topic", "3.bugfix", "Repair leap years.", LEAP)
    history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
    history.merge("master", "topic", "Merge pull request #3")
    assert set(verdicts(history)) == {fix}


def test_commits_of_a_large_merge_are_judged_one_by_one(history: History) -> None:
    history.fork("topic", "master")
    for at in range(30):
        history.commit("topic", f"Go {at}.", {"almanac/steps.py": f"step = {at}\n"})
    fix = history.add("topic", "3.bugfix", "Repair leap years.", LEAP)
    history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
    history.merge("master", "topic", "Merge branch develop")
    assert set(verdicts(history)) == {fix}


def test_the_described_change_is_found_by_its_issue(history: History) -> None:
    change = history.commit("master", "Count at last (#3).", LEAP)
    history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
    fragment = history.add("master", "3.bugfix", "Centuries are rarely leap years.")
    assert verdicts(history) == {
        change: ("proposed", f"{fragment[:10]} adds its fragment"),
        fragment: ("proposed", "it adds changes/3.bugfix"),
    }


def test_the_described_change_is_found_by_its_words(history: History) -> None:
    change = history.commit("master", "Repair the interval of high waters.", TIDE, author=BEN)
    fragment = history.add("master", "4.bugfix", "Repair the interval between high waters.")
    assert verdicts(history)[change] == ("proposed", f"{fragment[:10]} adds its fragment")


def test_the_described_change_may_come_after_its_fragment(history: History) -> None:
    fragment = history.add("master", "3.bugfix", "Centuries are rarely leap years.")
    change = history.commit("master", "Count at last (#3).", LEAP)
    assert set(verdicts(history)) == {fragment, change}


def test_a_neighbour_by_the_same_author_is_only_unsure(history: History) -> None:
    change = history.commit("master", "Fix it.", LEAP, author=BEN)
    fragment = history.add("master", "3.bugfix", "Centuries count.", author=BEN)
    assert verdicts(history)[change] == (
        "unsure",
        f"{fragment[:10]} may add its fragment: they are adjacent and by the same author",
    )


def test_a_neighbour_by_another_author_is_not_a_candidate(history: History) -> None:
    history.commit("master", "Fix it.", LEAP, author=BEN)
    fragment = history.add("master", "3.bugfix", "Centuries count.")
    assert set(verdicts(history)) == {fragment}


def test_a_related_commit_that_the_branch_has_is_not_added(history: History) -> None:
    change = history.commit("master", "Count at last (#3).", LEAP)
    fragment = history.add("master", "3.bugfix", "Centuries are rarely leap years.")
    history.pick(change, BRANCH)
    assert set(verdicts(history)) == {fragment}


# Conflicts


def test_a_prerequisite_is_proposed_with_the_commit_that_needs_it(history: History) -> None:
    before = history.commit("master", "Name the century.", {"almanac/years.py": YEARS.format("  # C")})
    history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
    fix = history.add("master", "3.bugfix", "Repair it.", {"almanac/years.py": YEARS.format(" - 1  # C")})
    assert verdicts(history) == {
        before: ("proposed", f"{fix[:10]} does not apply without it"),
        fix: ("proposed", "it adds changes/3.bugfix"),
    }


def test_a_commit_on_top_of_a_feature_is_unsure(history: History) -> None:
    feature = history.add("master", "3.feature", "Count anew.", {"almanac/years.py": YEARS.format("  # N")})
    fix = history.add("master", "4.bugfix", "Repair it.", {"almanac/years.py": YEARS.format(" + 1  # N")})
    needs = f"it applies only after {feature[:10]}, whose fragment is of type feature"
    assert verdicts(history) == {fix: ("unsure", f"it adds changes/4.bugfix; but {needs}")}


def test_a_commit_that_conflicts_with_the_branch_is_proposed_with_a_warning(history: History) -> None:
    history.commit(BRANCH, "Count on the branch.", {"almanac/years.py": YEARS.format("  # branch")})
    fix = history.add("master", "3.bugfix", "Repair it.", LEAP)
    one = judge(history)[fix]
    assert one == replace(
        one, verdict="proposed", reason="it adds changes/3.bugfix; it will conflict", will_conflict=True
    )


# Files that the branch does not have

SUNS, MOONS = "almanac/suns.py", "almanac/moons.py"


def test_a_fix_of_a_file_that_a_prerequisite_of_another_adds_is_proposed(history: History) -> None:
    """The prerequisite is found after the fix was judged."""
    both: Files = {SUNS: "SUN = 1\n", "almanac/years.py": YEARS.format("  # C")}
    before = history.commit("master", "Name the century.", both)
    fix = history.add("master", "3.bugfix", "Repair the sun.", {SUNS: "SUN = 2\n"})
    history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
    other = history.add("master", "4.bugfix", "Repair it.", {"almanac/years.py": YEARS.format(" - 1  # C")})
    assert {sha: verdict for sha, (verdict, _) in verdicts(history).items()} == dict.fromkeys(
        (before, fix, other), "proposed"
    )


def test_a_fix_of_a_file_that_a_conflicting_fix_adds_is_proposed(history: History) -> None:
    history.commit(BRANCH, "Count on the branch.", {"almanac/years.py": YEARS.format("  # branch")})
    adder = history.add("master", "3.bugfix", "Repair the sun.", {SUNS: "SUN = 1\n", **LEAP})
    fix = history.add("master", "4.bugfix", "Repair it again.", {SUNS: "SUN = 2\n"})
    found = judge(history)
    assert [found[sha].verdict for sha in (adder, fix)] == ["proposed", "proposed"]
    assert found[fix].reason == f"it adds changes/4.bugfix; it needs {adder[:10]}"
    assert found[fix].will_conflict


def test_a_fix_of_a_file_that_an_unsure_commit_adds_is_unsure(history: History) -> None:
    mixed: Files = {SUNS: "SUN = 1\n", "changes/4.feature": "Tell the sun.\n"}
    adder = history.add("master", "3.bugfix", "Repair the sun.", mixed)
    fix = history.add("master", "5.bugfix", "Repair it again.", {SUNS: "SUN = 2\n"})
    needs = f"it applies only after {adder[:10]}, which is unsure"
    assert verdicts(history)[fix] == ("unsure", f"it adds changes/5.bugfix; but {needs}")


def test_a_fix_that_also_changes_a_file_of_the_branch_is_unsure(history: History) -> None:
    history.commit("master", "Tell the sun.", {SUNS: "SUN = 1\n"})
    fix = history.add("master", "3.bugfix", "Repair both.", {SUNS: "SUN = 2\n", **LEAP})
    verdict, reason = verdicts(history)[fix]
    assert verdict == "unsure"
    assert reason.endswith(f"{SUNS}, which {BRANCH} does not have, and almanac/years.py, which it has")


def test_a_fix_of_a_file_that_may_have_another_name_on_the_branch_is_unsure(history: History) -> None:
    history.commit("master", "Tell the moon.", {MOONS: "MOON = 1\n"})
    history.commit(BRANCH, "Tell the moon.", {MOONS: "MOON = 1\n"})
    moved = history.commit("master", "Rename it.", {MOONS: None, SUNS: "MOON = 1\nSUN = 1\n"})
    fix = history.add("master", "3.bugfix", "Repair it.", {SUNS: "MOON = 2\nSUN = 1\n"})
    verdict, reason = verdicts(history)[fix]
    assert verdict == "unsure"
    assert reason.endswith(f"which {BRANCH} does not have; {moved[:10]} may have moved it there")


def test_a_prerequisite_that_is_unsure_makes_its_commit_unsure(history: History) -> None:
    mixed: Files = {"almanac/years.py": YEARS.format("  # C"), "changes/4.bugfix": "Name the century.\n"}
    before = history.commit("master", "Name the century.", mixed)
    pick = history.pick(before, BRANCH)
    history.revert(BRANCH, pick)
    fix = history.add("master", "5.bugfix", "Repair it.", {"almanac/years.py": YEARS.format(" - 1  # C")})
    found = verdicts(history)
    assert {sha: found[sha][0] for sha in (before, fix)} == {before: "unsure", fix: "unsure"}
    assert found[fix][1].endswith(f"it applies only after {before[:10]}, which is unsure")
