"""A command of the project must leave HEAD and all refs as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from patchwright.halts import CommandFailed, StepFailed
from patchwright.tools.ref_guard import refs_unchanged
from patchwright.tools.worktree import Worktree
from repository import Repository, isolate

pytestmark = pytest.mark.journey
COMMAND = ("make", "version")


class Scene:
    """A repository, and a worktree of it in which commands run."""

    def __init__(self, path: Path) -> None:
        self.repository = Repository(path / "clone")
        self.first = self.repository.commit("Begin", {"a.txt": "1\n"})
        self.repository.git("tag", "old")
        self.repository.git("branch", "other")
        self.worktree = Worktree(self.repository.package_git, path / "work tree")
        self.worktree.check_out(self.first)

    def git(self, *arguments: str) -> str:
        """Run git in the worktree."""
        return self.repository.git("-C", str(self.worktree.path), *arguments)

    def commit(self) -> None:
        self.git("commit", "--quiet", "--allow-empty", "--message=Bump")


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    isolate(monkeypatch)
    return Scene(tmp_path)


@pytest.mark.parametrize(
    "does",
    [
        lambda s: (s.worktree.path / "a.txt").write_text("2\n"),
        lambda s: s.repository.commit("Somebody works in the checkout"),
        lambda s: s.repository.git("switch", "--quiet", "--create", "topic"),
        lambda s: s.repository.git("update-ref", "refs/remotes/origin/x", s.first),
        lambda s: s.repository.git("stash", "--quiet"),
    ],
)
def test_files_and_the_work_of_others_do_not_count(scene: Scene, does: Callable[[Scene], object]) -> None:
    with refs_unchanged(scene.worktree, COMMAND):
        does(scene)
    assert scene.worktree.head() == scene.first


@pytest.mark.parametrize(
    ("does", "moved", "remedy"),
    [
        (lambda s: s.commit(), "HEAD", None),
        (lambda s: s.git("switch", "-c", "x"), "HEAD, refs/heads/x", "update-ref -d refs/heads/x "),
        (lambda s: s.git("tag", "v2"), "refs/tags/v2", "git tag --delete v2"),
        (lambda s: s.git("tag", "--delete", "old"), "refs/tags/old", "Put refs/tags/old back: "),
        (lambda s: s.git("branch", "-D", "other"), "refs/heads/other", "Put refs/heads/other back: "),
    ],
)  # fmt: skip  # one command a line
def test_what_moved_is_named_with_the_way_back(
    scene: Scene, does: Callable[[Scene], object], moved: str, remedy: str | None
) -> None:
    with pytest.raises(StepFailed) as halted, refs_unchanged(scene.worktree, COMMAND):
        does(scene)
    assert halted.value.cause == (
        f"`make version` moved {moved}, but a command of the project must not commit or tag."
    )
    assert remedy is None or any(remedy in row for row in halted.value.remedy)
    assert bool(halted.value.never) == ("refs/tags/v2" in moved)
    assert scene.worktree.head() == scene.first


def test_a_command_that_fails_halts_with_what_it_moved_and_what_it_printed(scene: Scene) -> None:
    def fail() -> None:
        scene.commit()
        raise CommandFailed("make failed.", argv=COMMAND, exit_status=2, output="no key")

    with pytest.raises(StepFailed) as halted, refs_unchanged(scene.worktree, COMMAND):
        fail()
    assert "moved HEAD" in halted.value.cause
    assert halted.value.evidence[-1] == "  no key"


def test_a_question_restores_nothing_and_says_how(scene: Scene) -> None:
    with pytest.raises(StepFailed) as halted, refs_unchanged(scene.worktree, COMMAND, restore=False):
        scene.commit()
    assert scene.worktree.head() != scene.first
    assert halted.value.remedy[-1] == (
        f"Put the worktree back: git -C '{scene.worktree.path}' checkout --detach {scene.first}"
    )


def test_a_failure_that_moves_nothing_stays_itself(scene: Scene) -> None:
    with pytest.raises(CommandFailed), refs_unchanged(scene.worktree, COMMAND):
        raise CommandFailed("make failed.", argv=COMMAND, exit_status=2)
