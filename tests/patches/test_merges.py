"""Which merges are proposed as one change."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_git import history_release
from histories import YEARS, Files, History, released_history
from patchwright.history.candidate import Candidate
from patchwright.patches import merges
from patchwright.patches.evidence import judge_candidates

BRANCH = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}


@pytest.fixture
def history(tmp_path: Path) -> History:
    return released_history(tmp_path / "origin.git")


def pull_request(history: History, number: int, files: Files) -> tuple[str, str]:
    """Merge a pull request with a change and a fragment. Return the change and the merge."""
    topic = f"topic-{number}"
    history.fork(topic, "master")
    change = history.commit(topic, f"Change {number}.", files)
    history.add(topic, f"{number}.bugfix", f"Repair {number}.")
    history.commit("master", f"Mention {number}.", {f"notes/{number}": "Noted.\n"})
    return change, history.merge("master", topic, f"Merge pull request #{number}")


def open_ones(history: History) -> dict[str, Candidate]:
    release = history_release(history, history.directory.parent / "clone")
    found = judge_candidates(release)
    return {one.commit.sha: one for one in found if one.verdict != "skipped"}


@pytest.mark.parametrize(
    ("as_merges", "as_commits", "is_merge"), [(0, 0, False), (0, 1, False), (1, 1, False), (2, 1, True)]
)
def test_the_habit_of_the_branch_decides(
    history: History, as_merges: int, as_commits: int, *, is_merge: bool
) -> None:
    for number in range(as_merges + as_commits):
        change, merge = pull_request(history, 10 + number, {f"file-{number}": "1\n"})
        history.pick(merge if number < as_merges else change, BRANCH)
    change, merge = pull_request(history, 30, LEAP)
    found = open_ones(history)
    assert (merge in found, change in found) == (is_merge, not is_merge)


def test_a_huge_merge_is_a_branch_of_its_own(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    history.pick(pull_request(history, 10, {"one": "1\n"})[1], BRANCH)
    _, merge = pull_request(history, 30, LEAP)
    assert merge in open_ones(history)
    monkeypatch.setattr(merges, "MAX_PULL_REQUEST", 1)
    assert merge not in open_ones(history)


def test_commits_without_a_merge_stay_commits(history: History) -> None:
    history.pick(pull_request(history, 10, {"one": "1\n"})[1], BRANCH)
    direct = history.add("master", "31.bugfix", "Repair it.", LEAP)
    assert open_ones(history)[direct].kind == "fragment"
