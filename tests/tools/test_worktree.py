"""The worktree that patchwright owns, with real git: made, broken, made anew, committed in, left alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from patchwright.halts import Prerequisite, StepFailed
from patchwright.tools.git import Git
from patchwright.tools.git_locks import LIVE_SECONDS
from patchwright.tools.shell import Shell
from patchwright.tools.worktree import Worktree
from repository import Repository

pytestmark = pytest.mark.journey


@pytest.fixture
def tip(repository: Repository) -> str:
    repository.commit("One", {"a.txt": "1\n", "b.txt": "1\n"})
    return repository.commit("Two", {"a.txt": "2\n"})


@pytest.fixture
def tree(repository: Repository, tip: str, tmp_path: Path) -> Worktree:
    worktree = Worktree(repository.asked, tmp_path / "state" / "release")
    worktree.stand_at(tip)
    return worktree


def admin_of(tree: Worktree) -> Path:
    """Return where git keeps the worktree's HEAD and index."""
    found = tree.admin
    assert found is not None
    return found


def test_it_stands_at_a_commit_and_the_checkout_knows_nothing_of_it(
    repository: Repository, tree: Worktree, tip: str
) -> None:
    assert (tree.exists, tree.head(), tree.operation(), tree.changed()) == (True, tip, None, [])
    assert (tree.path / "a.txt").read_text() == "2\n"
    assert repository.git("branch", "--show-current") == "master"
    assert repository.git("status", "--porcelain") == ""


def test_one_that_was_never_made_is_none(repository: Repository, tmp_path: Path) -> None:
    tree = Worktree(repository.asked, tmp_path / "none")
    assert (tree.exists, tree.head(), tree.operation(), tree.admin) == (False, None, None, None)


def test_it_goes_elsewhere_and_drops_what_lies_about(
    repository: Repository, tree: Worktree, tip: str
) -> None:
    (tree.path / "a.txt").write_text("edited\n")
    tree.stand_at(repository.git("rev-parse", f"{tip}^"))
    assert (tree.path / "a.txt").read_text() == "1\n"
    assert tree.changed() == []


@pytest.mark.parametrize("loss", ["index", "HEAD", "directory", "link"])
def test_one_that_lost_something_is_made_anew(tree: Worktree, tip: str, loss: str) -> None:
    if loss == "directory":
        for path in (*tree.path.glob("*.txt"), tree.path / ".git"):
            path.unlink()
        tree.path.rmdir()
    elif loss == "link":
        (tree.path / ".git").write_text("gitdir: /nowhere\n")
    else:
        (admin_of(tree) / loss).unlink()
    assert not tree.exists

    tree.stand_at(tip)

    assert (tree.exists, tree.head(), tree.changed()) == (True, tip, [])


def test_one_whose_git_was_killed_is_broken_once_its_lock_is_old(tree: Worktree, tip: str) -> None:
    lock = admin_of(tree) / "index.lock"
    lock.touch()
    long_ago = time.time() - LIVE_SECONDS - 1
    os.utime(lock, (long_ago, long_ago))
    assert not tree.exists

    tree.stand_at(tip)

    assert tree.exists


def test_only_what_was_named_is_committed(tree: Worktree, tip: str) -> None:
    (tree.path / "a.txt").write_text("3\n")
    tree.add(["a.txt"])
    tree.commit(["a.txt"], "# Three\n\n# not a comment")
    made = tree.git.commits("-1", "HEAD")[0]
    assert (made.parents, set(made.paths), made.message) == ((tip,), {"a.txt"}, "# Three\n\n# not a comment")


def test_a_commit_that_would_hold_more_is_not_made(tree: Worktree, tip: str) -> None:
    for name in ("a.txt", "b.txt"):
        (tree.path / name).write_text("3\n")
    tree.add(["a.txt", "b.txt"])
    with pytest.raises(StepFailed, match=r"would hold more than it should: b\.txt"):
        tree.commit(["a.txt"], "Three")
    assert tree.head() == tip


def test_a_commit_to_which_a_hook_adds_is_taken_back(
    repository: Repository, tree: Worktree, tip: str
) -> None:
    hook = repository.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho formatted > b.txt\ngit add b.txt\n")
    hook.chmod(0o755)
    (tree.path / "a.txt").write_text("3\n")
    tree.add(["a.txt"])
    with pytest.raises(StepFailed, match=r"holds more than it should: b\.txt"):
        tree.commit(["a.txt"], "Three")
    assert tree.head() == tip


def test_there_is_no_empty_commit(tree: Worktree) -> None:
    with pytest.raises(StepFailed, match="nothing to commit"):
        tree.commit(["a.txt"], "Three")


def test_a_commit_keeps_whose_it_was(repository: Repository, tree: Worktree) -> None:
    repository.git(
        "commit",
        "--quiet",
        "--allow-empty",
        "--author=Ben <ben@example.org>",
        "--date=2025-05-05T05:05:05+0200",
        "-m",
        "x",
    )
    (tree.path / "a.txt").write_text("3\n")
    tree.add(["a.txt"])
    tree.commit(["a.txt"], "Three", like=repository.asked.commits("-1", "HEAD")[0])
    made = tree.git.commits("-1", "HEAD")[0]
    assert (made.author, made.date) == ("Ben <ben@example.org>", "2025-05-05T05:05:05+02:00")


def test_names_that_look_like_patterns_are_names(tree: Worktree) -> None:
    for name in ("*.rst", ":(top)x.rst", "a.rst"):
        (tree.path / name).write_text("x\n")
    tree.add(["*.rst", ":(top)x.rst"])
    tree.commit(["*.rst", ":(top)x.rst"], "Odd names")
    tree.remove([":(top)x.rst"])
    assert tree.changed() == [":(top)x.rst"]
    assert tree.untracked(".") == ["a.rst"]


def test_edits_are_set_aside_as_a_commit_that_no_ref_names(tree: Worktree) -> None:
    assert tree.set_aside() is None
    (tree.path / "a.txt").write_text("edited\n")
    aside = tree.set_aside()
    assert aside is not None
    assert tree.git.text(f"{aside}:a.txt") == "edited\n"


def test_an_operation_of_someone_else_is_left_to_them(repository: Repository, tree: Worktree) -> None:
    other = repository.commit("Other", {"a.txt": "other\n"})
    (tree.path / "a.txt").write_text("mine\n")
    tree.add(["a.txt"])
    tree.commit(["a.txt"], "Mine")
    tree.require_calm()
    tree.git.ask("merge", other, ok=(1,))
    assert (tree.operation(), tree.unmerged()) == ("merge", ["a.txt"])
    with pytest.raises(Prerequisite, match="A merge is in progress"):
        tree.require_calm()


@pytest.mark.parametrize("resolution", ["resolved\n", "ours\n"])
def test_a_resolution_is_committed_also_where_it_changes_nothing(
    repository: Repository, tree: Worktree, resolution: str
) -> None:
    patch = repository.commit("Patch", {"a.txt": "patched\n"})
    (tree.path / "a.txt").write_text("ours\n")
    tree.add(["a.txt"])
    tree.commit(["a.txt"], "Ours")
    before = tree.head()
    tree.git.ask("cherry-pick", "-x", patch, ok=(1,))
    assert (tree.operation(), tree.unmerged()) == ("cherry-pick", ["a.txt"])
    (tree.path / "a.txt").write_text(resolution)
    tree.add(["a.txt"])

    tree.continue_pick()

    made = tree.git.commits("-1", "HEAD")[0]
    assert tree.operation() is None
    assert (made.parents, made.subject, made.picked_from) == ((before,), "Patch", (patch,))
    assert (tree.path / "a.txt").read_text() == resolution


def test_a_dry_one_is_only_told_of(repository: Repository, tip: str, tmp_path: Path) -> None:
    told: list[str] = []
    dry = Git(Shell(repository.path, dry=True, on_act=told.append), repository.path)
    tree = Worktree(dry, tmp_path / "state" / "release")
    tree.stand_at(tip)
    tree.add(["a.txt"])
    tree.commit(["a.txt"], "Three")
    assert not (tmp_path / "state").exists()
    assert [row.split()[1] for row in told][-2:] == ["--literal-pathspecs", "commit"]
    assert any(row.startswith("git worktree add") and tip in row for row in told)


def test_a_pick_that_was_committed_when_git_was_killed_is_not_made_twice(
    repository: Repository, tree: Worktree
) -> None:
    source = repository.commit("Three", {"b.txt": "3\n"})
    tree.git.act("cherry-pick", "-x", source)
    made = tree.head()
    (admin_of(tree) / "CHERRY_PICK_HEAD").write_text(f"{source}\n")
    assert tree.operation() == "cherry-pick"

    tree.continue_pick()

    assert tree.head() == made
    assert tree.operation() is None
