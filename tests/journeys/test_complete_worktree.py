"""The worktree is as complete as the checkout: every file, submodules, filters and hooks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from histories import Files, History, released_history
from journeys.workshop import EVERYTHING, MakeShop, Workshop
from patchwright.halts import Prerequisite, StepFailed
from patchwright.releases.release import Release

pytestmark = pytest.mark.journey

BRANCH, MAINLINE = "release-1.24", "master"
LEAP: Files = {"almanac/years.py": "def is_leap(year):\n    return year % 400 == 0\n"}


def add_fix(history: History) -> None:
    history.add("master", "3.bugfix", "Repair leap years.", LEAP)


@pytest.fixture
def shop(make_shop: MakeShop) -> Workshop:
    """A clone in which a fix on the mainline waits to be released."""
    return make_shop(add_fix)


def release_all(shop: Workshop) -> Release:
    """Release the fix, up to the end."""
    return shop.run(shop.open("1.24", shop.history.branches[MAINLINE]), EVERYTHING)


def check_out(shop: Workshop) -> Path:
    """Check out the release branch, and return the worktree."""
    release = shop.run(shop.open("1.24", shop.history.branches[MAINLINE]), ("checkout",))
    return release.workspace.branch.path


def files(path: Path) -> set[str]:
    """Return the files below a directory, without those of git."""
    found = (str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())
    return {name for name in found if ".git" not in Path(name).parts}


def write_script(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


# F5


@pytest.mark.parametrize("mode", ["--cone", "--no-cone", "--sparse-index", "by hand"])
def test_a_sparse_checkout_has_a_complete_worktree(shop: Workshop, mode: str) -> None:
    if mode == "by hand":
        shop.git("config", "core.sparseCheckout", "true")
        (shop.clone / ".git" / "info").mkdir(exist_ok=True)
        (shop.clone / ".git" / "info" / "sparse-checkout").write_text("/almanac/\n")
        shop.git("read-tree", "-m", "-u", "HEAD")
    else:
        shop.git("sparse-checkout", "init", mode)
        shop.git("sparse-checkout", "set", "almanac")
    tracked = set(shop.origin("ls-tree", "-r", "--name-only", BRANCH).splitlines())

    worktree = check_out(shop)

    assert {name for name in tracked if "/.git" not in name} <= files(worktree)
    # A command of a person keeps it complete.
    shop.git("reset", "--hard", "--quiet", cwd=worktree)
    shop.git("checkout", "--quiet", "--detach", "v1.24.0", cwd=worktree)
    assert {name for name in tracked if "/.git" not in name} <= files(worktree)
    release_all(shop)
    assert "almanac/years.py" in shop.origin("diff", "--name-only", "v1.24.0", "v1.24.1")


def test_a_sparse_worktree_of_an_earlier_version_is_completed(shop: Workshop) -> None:
    worktree = check_out(shop)
    shop.git("update-index", "--skip-worktree", "pyproject.toml", cwd=worktree)
    (worktree / "pyproject.toml").unlink()
    release = shop.open("1.24", shop.history.branches[MAINLINE])
    release.workspace.branch.check_out(release.commits.start)
    assert (worktree / "pyproject.toml").is_file()


# F6


@pytest.fixture
def library(tmp_path: Path) -> History:
    """A repository that is a submodule of the project."""
    return released_history(tmp_path / "library.git")


def with_submodule(make_shop: MakeShop, library: History, name: str = "library", *more: str) -> Workshop:
    """Return a clone of a project with an initialised submodule, whose origin is then gone."""

    def add(history: History) -> None:
        rows = [f'[submodule "{name}"]', "path = lib/almanac", f"url = {library.directory}", *more, ""]
        links = {"lib/almanac": library.branches["release-1.24"]}
        for branch in (BRANCH, MAINLINE):
            history.commit(branch, "Use the library.", {".gitmodules": "\n".join(rows)}, links=links)
        history.add(MAINLINE, "3.bugfix", "Repair leap years.", LEAP)

    shop = make_shop(add)
    shop.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--checkout")
    library.directory.rename(library.directory.with_name("gone.git"))
    return shop


@pytest.mark.parametrize(
    ("name", "more"), [("library", ""), ("a name", "ignore = all"), ("library", "update = none")]
)
def test_a_submodule_of_the_checkout_is_there_without_the_network(
    make_shop: MakeShop, library: History, name: str, more: str
) -> None:
    shop = with_submodule(make_shop, library, name, more)
    before = shop.git("config", "--local", "--list")
    assert (check_out(shop) / "lib" / "almanac" / "almanac" / "years.py").is_file()
    release_all(shop)
    assert shop.git("config", "--local", "--list") == before
    assert shop.origin("ls-tree", "v1.24.1", "lib/almanac") == shop.origin("ls-tree", BRANCH, "lib/almanac")


def test_a_submodule_that_another_branch_has_is_there(make_shop: MakeShop, library: History) -> None:
    shop = with_submodule(make_shop, library)
    shop.git("checkout", "--quiet", "--force", "--detach", "v1.24.0")
    subprocess.run(("rm", "-rf", str(shop.clone / "lib")), check=True)
    assert (check_out(shop) / "lib" / "almanac" / "almanac" / "years.py").is_file()


def test_a_submodule_that_the_checkout_has_not_initialised_is_left_alone(
    make_shop: MakeShop, library: History
) -> None:
    shop = with_submodule(make_shop, library)
    shop.git("submodule", "--quiet", "deinit", "--all", "--force")
    assert not list((check_out(shop) / "lib" / "almanac").iterdir())


def test_a_picked_commit_of_a_submodule_is_checked_out(make_shop: MakeShop, library: History) -> None:
    shop = with_submodule(make_shop, library, "library", "ignore = all")
    newer = library.branches["master"]
    move = shop.history.commit(
        MAINLINE,
        "Move the library.",
        shop.history.flavour.fragment("9.bugfix", "Move."),
        links={"lib/almanac": newer},
    )

    release = shop.run(shop.open("1.24", move), EVERYTHING)

    assert newer in shop.origin("ls-tree", "v1.24.1", "lib/almanac")
    assert release.workspace.branch.changed_paths() == []
    assert shop.git("rev-parse", "HEAD", cwd=release.workspace.branch.path / "lib" / "almanac") == newer


def test_a_commit_of_a_submodule_that_is_nowhere_halts_and_names_it(
    make_shop: MakeShop, library: History
) -> None:
    shop = with_submodule(make_shop, library)
    shop.history.commit(BRANCH, "Move the library.", links={"lib/almanac": "5" * 40})
    with pytest.raises(Prerequisite) as halted:
        check_out(shop)
    assert halted.value.cause == (
        "The submodule library could not be checked out at 5555555555 in patchwright's worktree."
    )


# F7


@pytest.mark.parametrize("place", [".husky/_", "hooks", "link"])
def test_untracked_hooks_of_the_checkout_run(shop: Workshop, tmp_path: Path, place: str) -> None:
    ran = tmp_path / "ran"
    directory = tmp_path / "elsewhere" if place == "link" else shop.clone / place
    write_script(directory / "pre-commit", f"echo pre-commit >> '{ran}'")
    write_script(directory / "commit-msg", 'printf "\\nReviewed-by: Hook\\n" >> "$1"')
    if place == "link":
        (shop.clone / "link").symlink_to(directory)
    shop.git("config", "core.hooksPath", place)

    release_all(shop)

    assert ran.read_text().count("pre-commit") >= 2
    version = shop.origin("log", "-1", "--format=%B", f"{BRANCH}~1")
    assert version.rstrip().endswith("Reviewed-by: Hook")


# F8


def with_filter(shop: Workshop, script: str) -> None:
    """Let the clone use a required filter for all Python files."""
    program = write_script(shop.clone.parent / "filter", script)
    for key, value in {"clean": "cat", "smudge": str(program), "required": "true"}.items():
        shop.git("config", f"filter.vault.{key}", value)


@pytest.fixture
def encrypted(make_shop: MakeShop) -> Workshop:
    """A clone of a project whose Python files have the filter `vault`."""

    def add(history: History) -> None:
        for branch in (BRANCH, MAINLINE):
            history.commit(branch, "Encrypt.", {".gitattributes": "*.py filter=vault\n"})
        add_fix(history)

    return make_shop(add)


def test_a_filter_that_lacks_its_keys_in_a_worktree_is_named(encrypted: Workshop) -> None:
    with_filter(encrypted, 'test -f "$(git rev-parse --git-dir)/vault/key" && cat')
    with pytest.raises(Prerequisite) as halted:
        release_all(encrypted)
    assert halted.value.cause.startswith("The filter vault failed for almanac/")
    release = encrypted.open("1.24", encrypted.history.branches[MAINLINE])
    for worktree in (release.workspace.branch, release.workspace.mainline):
        if worktree.admin is None:
            continue
        assert any(str(worktree.admin) in row for row in halted.value.remedy)
        (worktree.admin / "vault").mkdir()
        (worktree.admin / "vault" / "key").touch()

    assert check_out(encrypted).joinpath("almanac", "years.py").is_file()


def test_a_filter_whose_program_is_missing_is_named(encrypted: Workshop) -> None:
    with_filter(encrypted, "exec no-such-program")
    with pytest.raises(Prerequisite, match="The filter vault failed"):
        release_all(encrypted)
    with_filter(encrypted, "cat")
    release_all(encrypted)


def test_the_keys_of_git_crypt_are_found(encrypted: Workshop) -> None:
    with_filter(encrypted, 'test -f "$(git rev-parse --git-dir)/git-crypt/keys/default" && cat')
    keys = encrypted.clone / ".git" / "git-crypt" / "keys"
    keys.mkdir(parents=True)
    (keys / "default").touch()
    release_all(encrypted)


def test_a_filter_that_is_configured_for_the_checkout_alone_works(
    encrypted: Workshop, tmp_path: Path
) -> None:
    program = write_script(tmp_path / "filter", "sed s/400/4/")
    (tmp_path / "own").write_text(f'[filter "vault"]\n\tsmudge = {program}\n\tclean = cat\n')
    encrypted.git("config", f"includeIf.gitdir:{encrypted.clone}/.git.path", str(tmp_path / "own"))
    assert "year % 4 " in (check_out(encrypted) / "almanac" / "years.py").read_text()


# F9


def test_a_worktree_that_git_links_with_relative_paths_is_found(shop: Workshop) -> None:
    worktree = check_out(shop)
    link = worktree / ".git"
    admin = Path(link.read_text().strip().removeprefix("gitdir: "))
    up = "/".join([".."] * len(worktree.parts[1:]))
    link.write_text(f"gitdir: {up}{admin}\n")
    (admin / "gitdir").write_text(f"{'/'.join(['..'] * len(admin.parts[1:]))}{link}\n")
    marker = worktree / "untracked"
    marker.touch()

    release_all(shop)

    assert "v1.24.1" in shop.origin("tag")
    assert marker.exists()


def test_a_repository_of_somebody_else_is_not_taken_for_the_worktree(shop: Workshop) -> None:
    release = shop.open("1.24", shop.history.branches[MAINLINE])
    worktree = release.workspace.branch
    worktree.path.mkdir(parents=True)
    shop.git("init", "--quiet", cwd=worktree.path)
    assert (worktree.admin, worktree.exists, worktree.head()) == (None, False, None)


# F10


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg", "prepare-commit-msg"])
def test_a_hook_that_refuses_a_detached_head_is_named_with_its_words(shop: Workshop, hook: str) -> None:
    script = write_script(
        shop.clone / ".git" / "hooks" / hook,
        'git symbolic-ref -q HEAD >/dev/null || { echo "You are not on a branch." >&2; exit 1; }',
    )
    before = shop.origin("for-each-ref")

    with pytest.raises(StepFailed) as halted:
        release_all(shop)

    assert halted.value.cause == f"The hook {hook} refused the commit."
    assert any("You are not on a branch." in row for row in halted.value.evidence)
    assert shop.origin("for-each-ref") == before
    script.unlink()
    release_all(shop)
    assert "v1.24.1" in shop.origin("tag")
