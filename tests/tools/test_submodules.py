"""The submodules of the checkout are checked out in a worktree, from the checkout's own copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchwright.halts import Prerequisite
from patchwright.tools import submodules
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell
from repository import Repository

pytestmark = pytest.mark.journey

ALLOWED = ("-c", "protocol.file.allow=always")


@pytest.fixture
def library(repository: Repository) -> Repository:
    """A repository that the checkout has as the submodule `lib`."""
    library = Repository(repository.path.with_name("library"))
    library.commit("First", {"lib.py": "first\n"})
    repository.commit("Begin", {"almanac.py": "x\n"})
    repository.git(*ALLOWED, "submodule", "--quiet", "add", str(library.path), "lib")
    repository.commit("Add the submodule")
    return library


def add_worktree(repository: Repository, tmp_path: Path) -> Git:
    place = tmp_path / "worktree"
    repository.git("worktree", "add", "--quiet", "--detach", str(place))
    return Git(Shell(place), place)


def update(repository: Repository, worktree: Git) -> None:
    submodules.update(worktree, repository.package_git)


def test_without_submodules_nothing_happens(repository: Repository, tmp_path: Path) -> None:
    repository.commit("Begin", {"almanac.py": "x\n"})
    worktree = add_worktree(repository, tmp_path)
    update(repository, worktree)
    assert sorted(one.name for one in worktree.cwd.iterdir()) == [".git", "almanac.py"]


def test_the_commit_of_the_index_is_checked_out_without_the_network(
    repository: Repository, library: Repository, tmp_path: Path
) -> None:
    library.path.rename(library.path.with_name("moved"))
    worktree = add_worktree(repository, tmp_path)
    update(repository, worktree)
    assert (worktree.cwd / "lib" / "lib.py").read_text() == "first\n"
    assert repository.git("status", "--porcelain") == ""


def test_a_newer_commit_comes_from_the_copy_of_the_checkout(
    repository: Repository, library: Repository, tmp_path: Path
) -> None:
    worktree = add_worktree(repository, tmp_path)
    update(repository, worktree)
    second = library.commit("Second", {"lib.py": "second\n"})
    repository.git("-C", "lib", "fetch", "--quiet")
    repository.git("-C", "lib", "checkout", "--quiet", second)
    newer = repository.commit("Update the submodule")
    library.path.rename(library.path.with_name("moved"))
    worktree.act("checkout", "--quiet", "--detach", newer)
    update(repository, worktree)
    assert (worktree.cwd / "lib" / "lib.py").read_text() == "second\n"


def test_a_changed_file_in_the_worktree_s_copy_is_put_back(
    repository: Repository, library: Repository, tmp_path: Path
) -> None:
    assert library.path.exists()
    worktree = add_worktree(repository, tmp_path)
    update(repository, worktree)
    (worktree.cwd / "lib" / "lib.py").write_text("changed\n")
    update(repository, worktree)
    assert (worktree.cwd / "lib" / "lib.py").read_text() == "first\n"


def test_a_submodule_that_the_checkout_has_not_initialised_is_left_alone(
    repository: Repository, library: Repository, tmp_path: Path
) -> None:
    assert library.path.exists()
    repository.git("submodule", "--quiet", "deinit", "--force", "lib")
    worktree = add_worktree(repository, tmp_path)
    update(repository, worktree)
    assert list((worktree.cwd / "lib").iterdir()) == []


def test_a_commit_that_is_nowhere_halts(repository: Repository, library: Repository, tmp_path: Path) -> None:
    assert library.path.exists()
    repository.git("update-index", "--cacheinfo", f"160000,{'5' * 40},lib")
    repository.git("commit", "--quiet", "--message=Break the submodule")
    worktree = add_worktree(repository, tmp_path)
    with pytest.raises(Prerequisite, match="The submodule lib could not be checked out at 5555555555"):
        update(repository, worktree)
