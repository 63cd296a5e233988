"""`release.abandon`: what it deletes in the clone, and what it reports about the rest."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from invoke import Context

from commands.conftest import UseRelease
from fake_release import PLAN, REFS, TAG, FakeCommits, fake_release
from memory_release import FLAVOUR, SAVED, MemoryRelease, MemoryWorktree
from patchwright.commands import abandon
from patchwright.halts import VersionConflict
from patchwright.tools.worktree import Worktree


class DeletableWorktree(MemoryWorktree):
    """A worktree that can be deleted."""

    def save_edits(self) -> str | None:  # type: ignore[override]  # as the real one, None if nothing changed
        return super().save_edits() if self.changed_paths() else None

    def discard(self) -> None:
        self.acts.append(("discard", None))


@pytest.fixture
def release(tmp_path: Path) -> MemoryRelease:
    release = MemoryRelease(tmp_path)
    release.worktree = DeletableWorktree(release.memory, tmp_path / "worktree")
    release.start_run()
    release.workspace.mainline = cast("Worktree", DeletableWorktree(release.memory, tmp_path / "mainline"))
    return release


def test_worktree_and_record_are_deleted(release: MemoryRelease) -> None:
    release.prepare()
    release.record.begin()
    head = str(release.worktree.head())
    assert abandon.abandon(release) == [
        f"the worktree {release.worktree.path} was deleted",
        f"it had 2 commits that had not been pushed (git log {head[:10]})",
        "the journal of 1.24.1 was deleted",
        "1.24.1 was not pushed to origin",
    ]
    assert ("discard", None) in release.worktree.acts
    assert not release.record.exists


def test_edits_in_the_worktree_are_saved_before_it_is_deleted(release: MemoryRelease) -> None:
    release.check_out()
    release.worktree.write({"years.py": "edited\n"})
    assert abandon.abandon(release)[1] == (
        f"its edits were saved as commit {SAVED} (git stash apply {SAVED[:10]})"
    )
    assert [name for name, _ in release.worktree.acts] == ["save_edits", "discard"]


def test_a_clone_without_the_release_has_nothing_to_delete(release: MemoryRelease) -> None:
    assert abandon.abandon(release) == [
        "this clone had no worktree and no journal of 1.24.1",
        "1.24.1 was not pushed to origin",
    ]


def test_a_pushed_version_stays_on_the_release_branch(release: MemoryRelease) -> None:
    tip = release.push()
    assert abandon.abandon(release)[-1].startswith(
        f"origin's release-1.24 stays at {tip[:10]}, with version 1.24.1; the next release continues"
    )


def test_local_commits_and_the_local_tag_stay(release: MemoryRelease) -> None:
    ahead = release.memory.add_commit("Repair", {"tides.py": "x\n"}, release.repair)
    release.memory.local["refs/heads/release-1.24"] = ahead
    release.memory.local["refs/tags/v1.24.1"] = release.repair
    release.start_run()
    assert abandon.abandon(release)[-2:] == [
        "your local tag v1.24.1 stays: patchwright did not create it",
        "your local release-1.24 stays, 1 commit ahead of origin",
    ]


def test_a_diverged_local_branch_stays(release: MemoryRelease) -> None:
    elsewhere = release.memory.add_commit("Elsewhere", FLAVOUR.version("1.24.9"), release.plan.previous)
    release.memory.local["refs/heads/release-1.24"] = elsewhere
    release.start_run()
    assert abandon.abandon(release)[-1] == "your local release-1.24 stays as it is"


def test_a_public_release_cannot_be_abandoned(tmp_path: Path) -> None:
    release = fake_release(tmp_path, refs={**REFS, f"refs/tags/{PLAN.tag}": TAG}, commits=FakeCommits())
    release.record.begin()
    with pytest.raises(VersionConflict, match=r"v1\.24\.1 is public on origin") as halted:
        abandon.abandon(release)
    assert halted.value.next_command == "inv release.patch --version 1.24"
    assert release.record.exists


def test_the_task_prints_what_was_deleted_and_what_remains(
    release: MemoryRelease, use_release: UseRelease, capsys: pytest.CaptureFixture[str]
) -> None:
    use_release(release)
    abandon.run(Context(), "1.24", yes=False)
    shown = capsys.readouterr().out
    assert "this clone had no worktree and no journal of 1.24.1" in shown
    assert "1.24.1 was not pushed to origin" in shown
