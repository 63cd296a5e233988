"""The maintainer's own branches afterwards: brought up where nothing can be lost, else left with a note."""

from __future__ import annotations

import pytest

from patchwright.engine import resolve
from patchwright.integration import fast_forward
from patchwright.progress import Silent
from patchwright.releases import plan
from patchwright.releases.release import Release
from patchwright.tools.shell import Shell
from repository import Project

pytestmark = pytest.mark.journey


@pytest.fixture
def behind(project: Project) -> tuple[str, str]:
    """Commits that origin's master and release branch have gained, and the clone has not."""
    tips = []
    for branch in ("master", "release-1.24"):
        project.git("checkout", "--quiet", "--detach", branch)
        tips.append(project.commit(f"More on {branch}", {"more.txt": f"{branch}\n"}))
        project.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
    project.git("checkout", "--quiet", "master")
    return tips[0], tips[1]


def brought_up(project: Project) -> list[str]:
    """Bring the local branches up, and return the notes on what was left."""
    release: Release = resolve.enter(Shell(project.path), {}, {}, Silent())
    resolve.choose(release, plan.request("1.24"))
    notes = fast_forward.local_branches(release)
    return [note for note in notes if "was fast-forwarded to" not in note]


def branches(project: Project) -> tuple[str, str]:
    return project.git("rev-parse", "refs/heads/master"), project.git("rev-parse", "refs/heads/release-1.24")


def test_a_branch_follows_checked_out_or_not(project: Project, behind: tuple[str, str]) -> None:
    assert brought_up(project) == []
    assert branches(project) == behind
    assert (project.path / "more.txt").read_text() == "master\n"
    assert project.git("status", "--porcelain") == ""


def test_untracked_files_that_are_not_in_the_way_stay(project: Project, behind: tuple[str, str]) -> None:
    project.write({"mine.txt": "mine\n"})
    assert brought_up(project) == []
    assert branches(project) == behind
    assert (project.path / "mine.txt").read_text() == "mine\n"


def test_a_branch_with_edits_is_left(project: Project, behind: tuple[str, str]) -> None:
    before = branches(project)
    project.write({"almanac.py": "edited\n"})
    assert brought_up(project) == [
        f"your master is checked out with changes; git merge --ff-only {behind[0][:10]} brings it up"
    ]
    assert branches(project) == (before[0], behind[1])
    assert (project.path / "almanac.py").read_text() == "edited\n"


def test_a_branch_whose_new_file_is_there_untracked_is_left(
    project: Project, behind: tuple[str, str]
) -> None:
    before = branches(project)
    project.write({"more.txt": "mine\n"})
    (note,) = brought_up(project)
    assert note.startswith("your master was left as it is: ")
    assert branches(project) == (before[0], behind[1])
    assert (project.path / "more.txt").read_text() == "mine\n"


def test_a_branch_with_commits_of_its_own_is_left(project: Project, behind: tuple[str, str]) -> None:
    own = project.commit("Mine")
    assert brought_up(project) == ["your master has commits that origin lacks; it was left as it is"]
    assert branches(project) == (own, behind[1])


def test_a_branch_in_another_work_tree_follows_there(project: Project, behind: tuple[str, str]) -> None:
    elsewhere = project.path.with_name("elsewhere")
    project.git("worktree", "add", "--quiet", str(elsewhere), "release-1.24")
    assert brought_up(project) == []
    assert branches(project) == behind
    assert (elsewhere / "more.txt").read_text() == "release-1.24\n"


@pytest.mark.usefixtures("behind")
def test_a_branch_that_is_not_there_is_not_made(project: Project) -> None:
    project.git("branch", "--quiet", "--delete", "--force", "release-1.24")
    assert brought_up(project) == []
    assert project.git("branch", "--list", "release-*") == ""
