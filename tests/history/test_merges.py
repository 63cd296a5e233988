"""Which commits a merge has brought."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_git import FakeGit
from histories import History, released_history
from patchwright.history.merges import find_merges, is_merge, merged_commits


@pytest.fixture
def history(tmp_path: Path) -> History:
    return released_history(tmp_path / "origin.git")


def test_a_merge_has_brought_the_commits_of_its_second_parent(history: History) -> None:
    history.fork("topic", "master")
    first = history.commit("topic", "Count.", {"one": "1\n"})
    history.commit("master", "Mention the moon.", {"README": "The moon.\n"})
    between = history.merge("topic", "master", "Merge master")
    second = history.commit("topic", "Count again.", {"one": "2\n"})
    merge = history.merge("master", "topic", "Merge pull request #3")
    git = FakeGit(history)
    assert [commit.sha for commit in merged_commits(git, merge)] == [first, second]
    found = find_merges(git, [first, merge, between, "0" * 40, merge])
    assert found[merge] == {first, second}
    assert found.keys() == {merge, between}


@pytest.mark.parametrize(("parents", "expected"), [(0, False), (1, False), (2, True), (3, False)])
def test_an_octopus_is_no_merge_of_one_line(history: History, parents: int, *, expected: bool) -> None:
    tips = []
    for number in range(max(parents - 1, 0)):
        history.fork(f"topic-{number}", "master")
        tips.append(history.commit(f"topic-{number}", "Count.", {f"{number}": "1\n"}))
    first = next(iter(history.made))
    sha = history.commit("master", "Merge", merges=" ".join(tips)) if parents else first
    assert is_merge(FakeGit(history).known[sha]) is expected
