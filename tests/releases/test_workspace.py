"""The worktrees of a series have a stable path outside the clone."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from patchwright.halts import Prerequisite, StepFailed
from patchwright.releases.workspace import Workspace, worktree_place
from patchwright.settings import Settings
from patchwright.tools import ref_guard
from patchwright.tools.git import Clone, Git
from patchwright.tools.shell import Shell


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's state directory."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def clone_at(path: str, common: str | None = None) -> Clone:
    return Clone(Path(path), Path(common or f"{path}/.git"), shallow=False)


@pytest.fixture
def unmoved_refs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no ref move: tests/tools/test_ref_guard.py is about the refs."""
    monkeypatch.setattr(ref_guard, "read_refs", lambda _worktree: ref_guard.Refs({}, frozenset()))


def create_workspace(path: Path) -> Workspace:
    """Return the workspace of a clone, whose release branch is checked out as far as a command can see."""
    git = Git(Shell(path), path)
    workspace = Workspace(git, Settings(version_command=("hatch", "version")), path / "state")
    workspace.branch.path.mkdir(parents=True)
    return workspace


def test_the_place_is_the_same_in_every_worktree_of_a_clone() -> None:
    linked = clone_at("/elsewhere/tree", "/a/almanac/.git")
    assert worktree_place(clone_at("/a/almanac"), "1.24") == worktree_place(linked, "1.24")


def test_clones_and_series_have_places_of_their_own(state: Path) -> None:
    one, other = clone_at("/a/almanac"), clone_at("/b/almanac")
    places = {worktree_place(one, "1.24"), worktree_place(one, "1.25"), worktree_place(other, "1.24")}
    assert len(places) == 3
    assert all(place.is_relative_to(state / "patchwright") for place in places)
    assert all(place.parent.name.startswith("almanac-") for place in places)


def test_a_clone_with_a_name_that_is_not_utf_8_has_a_place() -> None:
    assert worktree_place(clone_at("/a/\udcff"), "1.24").name == "1.24"


def test_branch_and_mainline_have_worktrees_of_their_own(tmp_path: Path) -> None:
    clone = clone_at(str(tmp_path))
    workspace = Workspace(Git(Shell(tmp_path), tmp_path), Settings(), worktree_place(clone, "1.24"))
    assert workspace.branch.path == worktree_place(clone, "1.24") / "release"
    assert workspace.mainline.path == worktree_place(clone, "1.24") / "mainline"
    assert not workspace.branch.exists


@pytest.mark.usefixtures("unmoved_refs")
def test_the_version_command_runs_in_the_worktree(tmp_path: Path, fp: FakeProcess) -> None:
    workspace = create_workspace(tmp_path)
    command = fp.register(["hatch", "version"], stdout="1.24.1\n")
    assert workspace.stated_version() == "1.24.1"
    kwargs = command.calls[0].kwargs
    assert kwargs is not None
    assert kwargs["cwd"] == workspace.branch.path


@pytest.mark.usefixtures("unmoved_refs")
def test_an_output_that_is_not_a_version_halts(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register(["hatch", "version"], stdout="none\n")
    with pytest.raises(StepFailed, match="none"):
        create_workspace(tmp_path).stated_version()


def test_a_person_without_a_home_is_told_to_set_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Without HOME and without an entry for the user, platformdirs returns a relative path.
    monkeypatch.setattr("patchwright.releases.workspace.user_state_path", lambda *_, **__: Path("~/state"))
    with pytest.raises(Prerequisite, match="not absolute") as halted:
        worktree_place(Clone(tmp_path, tmp_path / ".git", shallow=False), "1.24")
    assert "HOME" in halted.value.remedy[0]
