"""Which commits another line of history already has, which would conflict, and how the others are picked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fake_git import FakeGit
from fake_release import fake_commit
from histories import BEN, TIDES, YEARS, Files, History
from patchwright.halts import BranchConflict, CommandFailed
from patchwright.history import picking
from patchwright.history.presence import Adapt
from patchwright.tools.git_output import Commit
from patchwright.tools.worktree import Worktree

BRANCH = "release-1.24"
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
TIDE: Files = {"almanac/tides.py": TIDES.format(12.4)}


def commits(git: FakeGit, *shas: str) -> list[Commit]:
    return [git.known[sha] for sha in shas]


# What several commits would change


def test_commits_are_sorted_by_ancestry(history: History) -> None:
    first = history.commit("master", "One.", LEAP)
    second = history.commit("master", "Two.", TIDE)
    git = FakeGit(history)
    assert [one.sha for one in picking.sort_commits(git, [second, first])] == [first, second]
    assert [one.sha for one in picking.sort_commits(git, [second])] == [second]
    assert picking.sort_commits(git, []) == []


def test_squashed_commits_are_empty_together(history: History) -> None:
    shas = [
        history.commit("master", "Repair one half.", {"almanac/years.py": "half = 1\n"}),
        history.commit("master", "Repair it.", LEAP),
    ]
    git = FakeGit(history)
    before = history.branches[BRANCH]
    assert not picking.is_empty_together(git, commits(git, *shas), before, lambda source: source)
    history.commit(BRANCH, "Repair it at once.", LEAP)
    git = FakeGit(history)
    after = history.branches[BRANCH]
    assert picking.is_empty_together(git, commits(git, *shas), after, lambda source: source)
    assert picking.is_empty_together(git, commits(git, *shas), before, lambda _: None)


# Conflicts


def test_commits_that_apply_have_no_conflict(history: History) -> None:
    shas = [history.commit("master", "One.", LEAP), history.commit("master", "Two.", TIDE)]
    git = FakeGit(history)
    assert picking.predict_conflict(git, commits(git, *shas), history.branches[BRANCH]) is None


def test_a_conflict_names_both_sides(history: History) -> None:
    theirs = history.commit(BRANCH, "Count on the branch.", {"almanac/years.py": "branch = 1\n"}, author=BEN)
    sha = history.commit("master", "Repair it.", LEAP)
    git = FakeGit(history)
    conflict = picking.predict_conflict(git, commits(git, sha), history.branches[BRANCH])
    assert conflict
    assert conflict.rows == [
        f"{sha[:10]} Repair it. (Ada Almanac <ada@example.org>)",
        "  conflicts in almanac/years.py",
        f"  changed on the other branch by {theirs[:10]} Count on the branch. ({BEN})",
    ]


def test_a_conflict_names_the_commit_that_must_come_first(history: History) -> None:
    before = history.commit("master", "Rename it.", {"almanac/years.py": "name = 1\n"})
    sha = history.commit("master", "Repair it.", LEAP)
    git = FakeGit(history)
    conflict = picking.predict_conflict(git, commits(git, sha), history.branches[BRANCH])
    assert conflict
    assert [one.sha for one in conflict.prerequisites] == [before]
    assert conflict.rows[-1] == f"  it needs {before[:10]} Rename it."


def test_several_prerequisites_are_found_together(history: History) -> None:
    shas = [history.commit("master", f"Go {at}.", {"almanac/years.py": f"go = {at}\n"}) for at in range(2)]
    sha = history.commit("master", "Repair it.", LEAP)
    git = FakeGit(history)
    found = picking.find_prerequisites(git, git.known[sha], ("almanac/years.py",), history.branches[BRANCH])
    assert [one.sha for one in found] == shas


def test_without_a_helpful_commit_there_are_no_prerequisites(history: History) -> None:
    history.commit(BRANCH, "Count on the branch.", {"almanac/years.py": "branch = 1\n"})
    sha = history.commit("master", "Repair it.", LEAP)
    git = FakeGit(history)
    onto = history.branches[BRANCH]
    assert picking.find_prerequisites(git, git.known[sha], ("almanac/years.py",), onto) == ()


# Picking


@dataclass
class FakeWorktree:
    """A worktree in which picks stop, with these unmerged and changed paths, if `stops` is the operation."""

    stops: str | None = None
    unmerged: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    in_progress: str | None = None
    exists: bool = True
    path: Path = Path("/state/almanac")
    commands: list[str] = field(default_factory=list)

    @property
    def git(self) -> SimpleNamespace:
        return SimpleNamespace(
            act=self._act, merge_base=lambda *_: None, commits=lambda *_: [], missing=lambda _: [],
            rev_list=lambda *_: [],
        )  # fmt: skip  # what picking asks

    def _act(self, *arguments: str) -> None:
        self.commands.append(" ".join(arguments))
        if self.stops and arguments[-1] != "--skip":
            self.in_progress = self.stops
            raise CommandFailed("git failed.", argv=("git", *arguments), exit_status=1)

    def pick(self, commit: Commit, *, names_source: bool) -> None:
        self._act("cherry-pick", *(["-x"] if names_source else []), commit.sha)

    def operation(self) -> str | None:
        return self.in_progress

    def unmerged_paths(self) -> list[str]:
        return self.unmerged

    def changed_paths(self) -> list[str]:
        return self.changed

    def continue_pick(self) -> None:
        self.commands.append("continue")


SOURCE = fake_commit("a" * 40, message="Repair it.")


def pick(worktree: FakeWorktree, *sources: Commit, adapt: Adapt = lambda source: source) -> list[str]:
    """Pick commits and return the commands that did it."""
    picking.pick(cast("Worktree", worktree), sources, adapt=adapt)
    return worktree.commands


def commit_resolved(worktree: FakeWorktree) -> list[str]:
    picking.commit_resolved(cast("Worktree", worktree))
    return worktree.commands


def test_commits_are_picked_in_order_and_name_their_source() -> None:
    second = fake_commit("b" * 40)
    assert pick(FakeWorktree(), SOURCE, second) == [
        f"cherry-pick -x {SOURCE.sha}", f"cherry-pick -x {second.sha}",
    ]  # fmt: skip  # one command a commit


def test_an_adapted_commit_is_picked_in_place_of_its_source() -> None:
    adapted = fake_commit("b" * 40, message=f"Repair it.\n\n(cherry picked from commit {SOURCE.sha})")
    assert pick(FakeWorktree(), SOURCE, adapt=lambda _: adapted) == [f"cherry-pick {adapted.sha}"]


def test_a_commit_of_which_nothing_is_left_is_not_picked() -> None:
    assert pick(FakeWorktree(), SOURCE, adapt=lambda _: None) == []


def test_an_empty_pick_is_skipped() -> None:
    assert pick(FakeWorktree("cherry-pick"), SOURCE) == [
        f"cherry-pick -x {SOURCE.sha}", "cherry-pick --skip",
    ]  # fmt: skip  # what git stopped at, then how it goes on


def test_a_pick_that_fails_before_it_starts_is_a_failed_command() -> None:
    worktree = FakeWorktree("rebase")
    with pytest.raises(CommandFailed):
        pick(worktree, SOURCE)


def test_a_pick_whose_commit_fails_is_a_failed_command() -> None:
    worktree = FakeWorktree("cherry-pick", changed=["almanac/years.py"])
    with pytest.raises(CommandFailed):
        pick(worktree, SOURCE)


def test_a_conflict_halts_with_the_commands_that_end_it() -> None:
    worktree = FakeWorktree("cherry-pick", unmerged=["almanac/years.py", "a b"])
    with pytest.raises(BranchConflict) as halted:
        pick(worktree, SOURCE)
    assert halted.value.cause == "Picking aaaaaaaaaa (Repair it.) conflicts in almanac/years.py, a b."
    assert list(halted.value.evidence[:2]) == [
        "worktree: /state/almanac",
        "aaaaaaaaaa Repair it. (Ada <ada@example.org>)",
    ]
    assert list(halted.value.remedy) == [
        "Edit the files in the worktree, then: git -C /state/almanac add almanac/years.py 'a b'",
        "Or skip this commit: git -C /state/almanac restore --source=HEAD --staged --worktree :/",
        "Or undo this pick: git -C /state/almanac cherry-pick --abort",
    ]


def test_a_resolved_pick_is_committed() -> None:
    assert commit_resolved(FakeWorktree(in_progress="cherry-pick")) == ["continue"]


def test_a_pick_that_is_not_resolved_halts() -> None:
    with pytest.raises(BranchConflict) as halted:
        commit_resolved(FakeWorktree(in_progress="cherry-pick", unmerged=["almanac/years.py"]))
    assert halted.value.cause == "A pick still conflicts in almanac/years.py."


@pytest.mark.parametrize(
    "worktree", [FakeWorktree(), FakeWorktree(in_progress="merge"), FakeWorktree(exists=False)]
)
def test_without_a_pick_in_progress_nothing_is_committed(worktree: FakeWorktree) -> None:
    assert commit_resolved(worktree) == []
