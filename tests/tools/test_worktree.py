"""The worktree that patchwright owns, with real git: created, broken, created again, and committed in."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from patchwright.halts import CommandFailed, Prerequisite, StepFailed
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
def told() -> list[str]:
    """What the worktree has told of the work that it has kept."""
    return []


@pytest.fixture
def worktree(repository: Repository, tip: str, tmp_path: Path, told: list[str]) -> Worktree:
    created = Worktree(repository.package_git, tmp_path / "state" / "release", told.append)
    created.check_out(tip)
    return created


def admin_of(worktree: Worktree) -> Path:
    """Return where git keeps the worktree's HEAD and index."""
    found = worktree.admin
    assert found is not None
    return found


def test_it_checks_out_a_commit_and_the_checkout_does_not_change(
    repository: Repository, worktree: Worktree, tip: str
) -> None:
    assert (worktree.exists, worktree.head(), worktree.operation(), worktree.changed_paths()) == (
        True,
        tip,
        None,
        [],
    )
    assert (worktree.path / "a.txt").read_text() == "2\n"
    assert repository.git("branch", "--show-current") == "master"
    assert repository.git("status", "--porcelain") == ""


def test_a_missing_worktree_does_not_exist(repository: Repository, tmp_path: Path) -> None:
    worktree = Worktree(repository.package_git, tmp_path / "none")
    assert (worktree.exists, worktree.head(), worktree.operation(), worktree.admin) == (
        False,
        None,
        None,
        None,
    )


def kept_in(repository: Repository) -> list[str]:
    """Return the refs under which a person's work is kept."""
    return repository.git("for-each-ref", "--format=%(refname)", "refs/patchwright").splitlines()


def commit_by_hand(worktree: Worktree, text: str) -> str:
    """Commit as a person does in the worktree, and return the commit."""
    (worktree.path / "b.txt").write_text(text)
    git = ("git", "-C", str(worktree.path))
    subprocess.run((*git, "commit", "--quiet", "--all", "--message=By hand"), check=True)
    return str(worktree.head())


def test_edits_are_kept_under_a_name_when_another_commit_is_checked_out(
    repository: Repository, worktree: Worktree, tip: str, told: list[str]
) -> None:
    (worktree.path / "a.txt").write_text("edited\n")
    worktree.check_out(repository.git("rev-parse", f"{tip}^"))
    assert (worktree.path / "a.txt").read_text() == "1\n"
    assert worktree.changed_paths() == []
    (kept,) = kept_in(repository)
    assert repository.git("show", f"{kept}:a.txt") == "edited"
    assert "git stash apply" in told[0]


def test_commits_made_by_hand_are_kept_and_those_of_patchwright_are_not(
    repository: Repository, worktree: Worktree, tip: str, told: list[str]
) -> None:
    (worktree.path / "a.txt").write_text("3\n")
    worktree.add(["a.txt"])
    worktree.commit(["a.txt"], "By patchwright")
    worktree.check_out(tip)
    assert (kept_in(repository), told) == ([], [])

    commit = commit_by_hand(worktree, "mine\n")
    worktree.check_out(tip)

    (kept,) = kept_in(repository)
    assert repository.git("rev-parse", kept) == commit
    assert "1 commit that patchwright did not make" in told[0]
    assert commit[:10] in told[0]


def test_commits_that_are_used_again_are_kept_without_a_word(
    repository: Repository, worktree: Worktree, tip: str, told: list[str]
) -> None:
    commit = commit_by_hand(worktree, "mine\n")
    worktree.check_out(tip, reused={commit})
    assert [repository.git("rev-parse", name) for name in kept_in(repository)] == [commit]
    assert told == []


def test_commits_that_a_branch_has_need_no_other_name(
    repository: Repository, worktree: Worktree, tip: str, told: list[str]
) -> None:
    repository.git("branch", "mine", commit_by_hand(worktree, "mine\n"))
    worktree.check_out(tip)
    assert (kept_in(repository), told) == ([], [])


@pytest.mark.parametrize("reason", ["a lock", "no index"])
def test_the_work_in_a_broken_worktree_is_kept(
    repository: Repository, worktree: Worktree, tip: str, told: list[str], reason: str
) -> None:
    commit = commit_by_hand(worktree, "mine\n")
    (worktree.path / "resolution.txt").write_text("mine\n")
    if reason == "a lock":
        lock = admin_of(worktree) / "index.lock"
        lock.touch()
        os.utime(lock, (0, 0))
    else:
        (admin_of(worktree) / "index").unlink()

    worktree.check_out(tip)

    aside = worktree.path.with_name("release-kept-1")
    assert (aside / "resolution.txt").read_text() == "mine\n"
    assert not (aside / ".git").exists()
    assert [repository.git("rev-parse", name) for name in kept_in(repository)] == [commit]
    assert str(aside) in told[-1]
    assert (worktree.exists, worktree.head(), worktree.untracked_files(".")) == (True, tip, [])


def test_a_directory_of_somebody_else_is_kept(
    repository: Repository, tip: str, tmp_path: Path, told: list[str]
) -> None:
    place = tmp_path / "state" / "occupied"
    (place / "deep").mkdir(parents=True)
    (place / "deep" / "mine.txt").write_text("mine\n")
    Worktree(repository.package_git, place, told.append).check_out(tip)
    assert (place.with_name("occupied-kept-1") / "deep" / "mine.txt").read_text() == "mine\n"
    assert (place / "a.txt").read_text() == "2\n"


def test_conflicts_that_are_half_resolved_are_kept(
    repository: Repository, worktree: Worktree, tip: str, told: list[str]
) -> None:
    clash = commit_by_hand(worktree, "clash\n")
    worktree.check_out(tip)
    commit_by_hand(worktree, "other\n")
    source = repository.package_git.commits("--no-walk", clash)[0]
    with pytest.raises(CommandFailed):
        worktree.pick(source, names_source=True)
    (worktree.path / "b.txt").write_text("half resolved\n")

    worktree.check_out(tip)

    assert (worktree.path.with_name("release-kept-1") / "b.txt").read_text() == "half resolved\n"
    assert (worktree.operation(), worktree.changed_paths()) == (None, [])
    assert len(kept_in(repository)) == 2
    assert "release-kept-1" in told[-1]


@pytest.mark.parametrize("loss", ["index", "HEAD", "directory", "link"])
def test_a_broken_worktree_is_created_again(worktree: Worktree, tip: str, loss: str) -> None:
    if loss == "directory":
        for path in (*worktree.path.glob("*.txt"), worktree.path / ".git"):
            path.unlink()
        worktree.path.rmdir()
    elif loss == "link":
        (worktree.path / ".git").write_text("gitdir: /nowhere\n")
    else:
        (admin_of(worktree) / loss).unlink()
    assert not worktree.exists

    worktree.check_out(tip)

    assert (worktree.exists, worktree.head(), worktree.changed_paths()) == (True, tip, [])


def test_a_worktree_with_an_old_lock_is_created_again(worktree: Worktree, tip: str) -> None:
    lock = admin_of(worktree) / "index.lock"
    lock.touch()
    long_ago = time.time() - LIVE_SECONDS - 1
    os.utime(lock, (long_ago, long_ago))
    assert not worktree.exists

    worktree.check_out(tip)

    assert worktree.exists


def test_only_the_given_paths_are_committed(worktree: Worktree, tip: str) -> None:
    (worktree.path / "a.txt").write_text("3\n")
    worktree.add(["a.txt"])
    worktree.commit(["a.txt"], "# Three\n\n# not a comment")
    commit = worktree.git.commits("-1", "HEAD")[0]
    assert (commit.parents, set(commit.paths), commit.message) == (
        (tip,),
        {"a.txt"},
        "# Three\n\n# not a comment",
    )


def test_a_commit_with_other_staged_paths_is_not_created(worktree: Worktree, tip: str) -> None:
    for name in ("a.txt", "b.txt"):
        (worktree.path / name).write_text("3\n")
    worktree.add(["a.txt", "b.txt"])
    with pytest.raises(StepFailed, match=r"would contain more than it should: b\.txt"):
        worktree.commit(["a.txt"], "Three")
    assert worktree.head() == tip


def test_a_commit_to_which_a_hook_adds_a_path_is_undone(
    repository: Repository, worktree: Worktree, tip: str
) -> None:
    hook = repository.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho formatted > b.txt\ngit add b.txt\n")
    hook.chmod(0o755)
    (worktree.path / "a.txt").write_text("3\n")
    worktree.add(["a.txt"])
    with pytest.raises(StepFailed, match=r"contains more than it should: b\.txt"):
        worktree.commit(["a.txt"], "Three")
    assert worktree.head() == tip


def test_an_empty_commit_is_not_created(worktree: Worktree) -> None:
    with pytest.raises(StepFailed, match="nothing to commit"):
        worktree.commit(["a.txt"], "Three")


def test_a_commit_takes_author_and_date_from_another(repository: Repository, worktree: Worktree) -> None:
    repository.git(
        "commit",
        "--quiet",
        "--allow-empty",
        "--author=Ben <ben@example.org>",
        "--date=2025-05-05T05:05:05+0200",
        "-m",
        "x",
    )
    (worktree.path / "a.txt").write_text("3\n")
    worktree.add(["a.txt"])
    worktree.commit(["a.txt"], "Three", like=repository.package_git.commits("-1", "HEAD")[0])
    commit = worktree.git.commits("-1", "HEAD")[0]
    assert (commit.author, commit.date) == ("Ben <ben@example.org>", "2025-05-05T05:05:05+02:00")


def test_names_that_look_like_patterns_are_only_names(worktree: Worktree) -> None:
    for name in ("*.rst", ":(top)x.rst", "a.rst"):
        (worktree.path / name).write_text("x\n")
    worktree.add(["*.rst", ":(top)x.rst"])
    worktree.commit(["*.rst", ":(top)x.rst"], "Odd names")
    worktree.remove([":(top)x.rst"])
    assert worktree.changed_paths() == [":(top)x.rst"]
    assert worktree.untracked_files(".") == ["a.rst"]


def test_edits_are_saved_as_a_commit_that_no_ref_names(worktree: Worktree) -> None:
    assert worktree.save_edits() is None
    (worktree.path / "a.txt").write_text("edited\n")
    saved = worktree.save_edits()
    assert saved is not None
    assert worktree.git.text(f"{saved}:a.txt") == "edited\n"


def test_another_git_operation_halts(repository: Repository, worktree: Worktree) -> None:
    other = repository.commit("Other", {"a.txt": "other\n"})
    (worktree.path / "a.txt").write_text("mine\n")
    worktree.add(["a.txt"])
    worktree.commit(["a.txt"], "Mine")
    worktree.require_no_operation()
    worktree.git.ask("merge", other, ok=(1,))
    assert (worktree.operation(), worktree.unmerged_paths()) == ("merge", ["a.txt"])
    with pytest.raises(Prerequisite, match="A merge is in progress"):
        worktree.require_no_operation()


@pytest.mark.parametrize("resolution", ["resolved\n", "ours\n"])
def test_a_resolution_is_committed_even_if_it_changes_nothing(
    repository: Repository, worktree: Worktree, resolution: str
) -> None:
    patch = repository.commit("Patch", {"a.txt": "patched\n"})
    (worktree.path / "a.txt").write_text("ours\n")
    worktree.add(["a.txt"])
    worktree.commit(["a.txt"], "Ours")
    before = worktree.head()
    worktree.git.ask("cherry-pick", "-x", patch, ok=(1,))
    assert (worktree.operation(), worktree.unmerged_paths()) == ("cherry-pick", ["a.txt"])
    (worktree.path / "a.txt").write_text(resolution)
    worktree.add(["a.txt"])

    worktree.continue_pick()

    commit = worktree.git.commits("-1", "HEAD")[0]
    assert worktree.operation() is None
    assert (commit.parents, commit.subject, commit.picked_from) == ((before,), "Patch", (patch,))
    assert (worktree.path / "a.txt").read_text() == resolution


def test_a_dry_run_only_reports_the_commands(repository: Repository, tip: str, tmp_path: Path) -> None:
    commands: list[str] = []
    dry = Git(Shell(repository.path, dry=True, on_act=commands.append), repository.path)
    worktree = Worktree(dry, tmp_path / "state" / "release")
    worktree.check_out(tip)
    worktree.add(["a.txt"])
    worktree.commit(["a.txt"], "Three")
    assert not (tmp_path / "state").exists()
    assert [row.split()[1] for row in commands][-2:] == ["--literal-pathspecs", "commit"]
    assert any(row.startswith("git worktree add") and tip in row for row in commands)


def test_a_pick_that_a_killed_git_had_committed_is_not_repeated(
    repository: Repository, worktree: Worktree
) -> None:
    source = repository.commit("Three", {"b.txt": "3\n"})
    worktree.git.act("cherry-pick", "-x", source)
    commit = worktree.head()
    (admin_of(worktree) / "CHERRY_PICK_HEAD").write_text(f"{source}\n")
    assert worktree.operation() == "cherry-pick"

    worktree.continue_pick()

    assert worktree.head() == commit
    assert worktree.operation() is None


def test_the_remedy_for_an_operation_is_a_command_that_works(repository: Repository, tip: str) -> None:
    worktree = Worktree(repository.package_git, repository.path.with_name("with space"))
    worktree.check_out(tip)
    worktree.git.act("bisect", "start")
    with pytest.raises(Prerequisite, match="A bisect is in progress") as halted:
        worktree.require_no_operation()
    (remedy,) = halted.value.remedy

    subprocess.run(shlex.split(remedy.removeprefix("Abort it: ")), check=True, capture_output=True)

    worktree.require_no_operation()


def test_looking_for_changes_does_not_write_the_index(worktree: Worktree) -> None:
    path, index = worktree.path / "a.txt", admin_of(worktree) / "index"
    # The time of the file differs from the one in the index, so git must compare the contents.
    os.utime(path, (1, 1))
    before, stat_before = index.read_bytes(), index.stat()

    assert worktree.changed_paths() == []
    path.write_text("edited\n")
    assert worktree.changed_paths() == ["a.txt"]

    assert index.read_bytes() == before
    assert index.stat().st_mtime_ns == stat_before.st_mtime_ns
    # The check is sharp: a plain git status refreshes the index here.
    path.write_text("2\n")
    os.utime(path, (2, 2))
    subprocess.run(["git", "status"], cwd=worktree.path, check=True, capture_output=True)
    assert index.read_bytes() != before


@pytest.mark.parametrize(
    ("key", "value"), [("status.branch", "true"), ("status.showStash", "true"), ("status.short", "true")]
)
def test_changed_paths_do_not_depend_on_the_configuration(
    repository: Repository, worktree: Worktree, key: str, value: str
) -> None:
    repository.git("config", key, value)
    repository.git("config", "color.status", "always")
    repository.git("config", "status.renames", "true")
    (worktree.path / "a.txt").rename(worktree.path / "c.txt")
    (worktree.path / "b.txt").write_text("staged\n")
    worktree.add(["b.txt", "c.txt"])
    assert worktree.changed_paths() == ["a.txt", "b.txt", "c.txt"]
