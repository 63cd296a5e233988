"""The front of a release: how its parts are created, refreshed and replaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fake_gh import Recorder
from memory_release import BRANCH, FLAVOUR, MemoryRelease
from patchwright.halts import Prerequisite
from patchwright.releases.release import Release
from patchwright.settings import Settings
from patchwright.tools.git import Clone
from patchwright.tools.shell import Shell


def test_a_release_has_no_plan_before_it_is_resolved(tmp_path: Path) -> None:
    clone = Clone(tmp_path, tmp_path / ".git", shallow=False)
    release = Release(Shell(tmp_path), Settings(), clone, Recorder())
    assert not release.is_planned
    with pytest.raises(LookupError):
        _ = release.plan


def test_a_resolved_release_has_its_plan_and_the_refs_that_were_read(release: MemoryRelease) -> None:
    refs = release.origin.refs
    release.memory.remote = {}
    release.resolve(replace(release.plan, version="1.24.2"))
    assert release.is_planned
    assert release.plan.version == "1.24.2"
    assert release.origin.refs is refs


def test_chosen_patches_are_the_picks_of_the_plan(release: MemoryRelease) -> None:
    release.choose(("a" * 40,))
    assert release.plan.picks == ("a" * 40,)


def test_a_refresh_reads_the_remote_and_the_worktree_again(release: MemoryRelease) -> None:
    assert release.origin.branch_tip == release.commits.head == release.repair
    tip = release.move_branch("Theirs", {"theirs.py": "x\n"})
    assert release.origin.branch_tip == release.repair
    release.refresh()
    assert release.origin.branch_tip == release.commits.head == tip


def test_a_refresh_can_leave_the_remote_alone(release: MemoryRelease) -> None:
    assert release.commits.head == release.repair
    release.move_branch("Theirs", {"theirs.py": "x\n"})
    head = release.memory.add_commit("Version: 1.24.1", FLAVOUR.version("1.24.1"), release.repair)
    release.worktree.check_out(head)
    release.refresh(origin=False)
    assert release.origin.branch_tip == release.repair
    assert release.commits.head == head


def test_the_pushed_commit_is_the_release_commit_until_the_run_ends(release: MemoryRelease) -> None:
    commit = release.push()
    release.remember_pushed(commit)
    release.memory.remote[BRANCH] = release.memory.add_commit("Theirs", {"theirs.py": "x\n"}, commit)
    release.refresh()
    assert release.commits.release_commit == commit
    assert release.commits.head != commit


def test_a_note_is_added_once(release: MemoryRelease) -> None:
    for text in ("one", "two", "one"):
        release.note(text)
    assert release.notes == ["one", "two"]


def test_a_command_names_the_head_if_it_exists(release: MemoryRelease, tmp_path: Path) -> None:
    assert release.head_name == release.repair
    dry = MemoryRelease(tmp_path / "dry", dry=True)
    assert dry.head_name == "<the commit above>"


@pytest.mark.parametrize(
    ("url", "is_on_github"),
    [
        ("https://github.com/octo/almanac", True),
        ("/srv/almanac.git", False),
    ],
)
def test_a_remote_is_on_github_or_not(release: MemoryRelease, url: str, *, is_on_github: bool) -> None:
    release.memory.url = url
    release.refresh()
    assert release.is_on_github == is_on_github


def test_the_repository_on_github_is_the_one_that_is_pushed_to(release: MemoryRelease) -> None:
    assert release.github.repo.slug == "octo/almanac"
    assert release.github is release.github


def test_a_remote_elsewhere_than_on_github_halts(release: MemoryRelease) -> None:
    release.memory.url = "/srv/almanac.git"
    release.refresh()
    with pytest.raises(Prerequisite, match=r"The remote origin is not a repository on GitHub\.") as halted:
        _ = release.github
    assert halted.value.evidence == ("push URL: /srv/almanac.git",)
