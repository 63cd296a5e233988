"""The integration that was built already is found, and used only if it is exactly what is needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from fake_git import FakeGit
from fake_release import PLAN
from memory_release import MAINLINE, MemoryRelease, MemoryWorktree
from patchwright.integration import build, preparation, verification
from patchwright.tools.worktree import Worktree

REQUEST = "refs/heads/patchwright/integrate-v1.24.1"


@dataclass
class Integration:
    """A release, what its mainline lacks, and what the integration's worktree has."""

    release: MemoryRelease
    worktree: MemoryWorktree
    missing: bool = True
    problems: tuple[str, ...] = ()
    builds: int = 0

    def commit(self, message: str) -> str:
        """Check out a commit on the mainline in the integration's worktree, as a build does."""
        sha = self.release.memory.add_commit(message, {"x.txt": "x\n"}, self.release.memory.remote[MAINLINE])
        self.worktree.check_out(sha)
        return sha

    def build(self, _release: MemoryRelease, base: str) -> str:
        assert base == preparation.find_base(self.release)
        self.builds += 1
        return self.commit("Integrate")


@pytest.fixture
def integration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Integration:
    release = MemoryRelease(tmp_path)
    release.prepare()
    worktree = MemoryWorktree(release.memory, tmp_path / "mainline")
    release.workspace.mainline = cast("Worktree", worktree)
    made = Integration(release, worktree)
    monkeypatch.setattr(build, "find_missing", lambda *_: made.missing)
    monkeypatch.setattr(build, "build", made.build)
    monkeypatch.setattr(verification, "find_problems", lambda *_: list(made.problems))
    return made


def test_the_base_is_the_branch_of_the_pull_request_if_it_exists(integration: Integration) -> None:
    release = integration.release
    assert preparation.find_base(release) == release.memory.remote[MAINLINE]
    release.memory.remote[REQUEST] = release.repair
    release.refresh()
    assert preparation.find_base(release) == release.repair
    assert f"refs/heads/{PLAN.integration_branch}" == REQUEST


def test_nothing_has_to_be_built_if_nothing_is_missing(integration: Integration) -> None:
    integration.missing = False
    assert preparation.prepare(integration.release) == integration.release.memory.remote[MAINLINE]
    assert integration.builds == 0


def test_what_was_built_is_not_built_again(integration: Integration) -> None:
    first = preparation.prepare(integration.release)
    assert preparation.find_prepared(integration.release) == first
    assert preparation.prepare(integration.release) == first
    assert integration.builds == 1


def test_without_a_worktree_nothing_is_prepared(integration: Integration) -> None:
    assert preparation.find_prepared(integration.release) is None


@pytest.mark.parametrize("state", ["a pick in progress", "edits", "not whole"])
def test_an_unfinished_integration_is_not_used(integration: Integration, state: str) -> None:
    integration.commit("Integrate")
    if state == "a pick in progress":
        integration.worktree.pending = "cherry-pick"
    elif state == "edits":
        integration.worktree.write({"x.txt": "y\n"})
    else:
        integration.problems = ("missing: the changelog section",)
    assert preparation.find_prepared(integration.release) is None


@pytest.mark.parametrize(("named", "is_used"), [("the head", True), ("an earlier clean-up", False)])
def test_commits_that_name_a_source_which_the_branch_will_not_have_are_stale(
    integration: Integration, named: str, *, is_used: bool
) -> None:
    release = integration.release
    clean_up = release.memory.add_commit("Clean up", {"news/7.bugfix.rst": None}, release.repair)
    source = release.commits.head if named == "the head" else clean_up
    built = integration.commit(f"Clean up news fragments.\n\n(cherry picked from commit {source})")
    assert preparation.find_prepared(release) == (built if is_used else None)


def test_a_pick_of_a_patch_names_whatever_the_patch_names(
    integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = integration.release
    elsewhere = "9" * 40
    monkeypatch.setattr(FakeGit, "is_ancestor", lambda *_: False)
    built = integration.commit(
        f"Leap years.\n\n"
        f"(cherry picked from commit {elsewhere})\n(cherry picked from commit {release.repair})"
    )
    assert preparation.find_prepared(release) == built
