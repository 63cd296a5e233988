"""The maintainer's own branches follow origin after a release, if nothing can be lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from fake_release import HEAD, MAINLINE, REFS, TAG, FakeCommits, fake_release
from patchwright.engine import resolve
from patchwright.integration import fast_forward
from patchwright.progress import SilentProgress
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, parse_request
from patchwright.tools.shell import Shell
from repository import Project

VERIFY = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options"]
NO_OBJECT = "0" * 40


@pytest.fixture
def new_tips(project: Project) -> tuple[str, str]:
    """Commits that origin's master and release branch have, and the clone's branches lack."""
    tips = []
    for branch in ("master", "release-1.24"):
        project.git("checkout", "--quiet", "--detach", branch)
        tips.append(project.commit(f"More on {branch}", {"more.txt": f"{branch}\n"}))
        project.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
    project.git("checkout", "--quiet", "master")
    return tips[0], tips[1]


def update_branches(project: Project) -> list[str]:
    """Update the local branches. Return the notes on branches that did not move."""
    release = resolve.open_clone(Shell(project.path), {}, {}, SilentProgress())
    resolve.resolve_release(release, parse_request(Flags("1.24")))
    notes = fast_forward.update_branches(release)
    return [note for note in notes if "was fast-forwarded to" not in note]


def local_tips(project: Project) -> tuple[str, str]:
    return project.git("rev-parse", "refs/heads/master"), project.git("rev-parse", "refs/heads/release-1.24")


@pytest.mark.journey
def test_branches_move_whether_checked_out_or_not(project: Project, new_tips: tuple[str, str]) -> None:
    assert update_branches(project) == []
    assert local_tips(project) == new_tips
    assert (project.path / "more.txt").read_text() == "master\n"
    assert project.git("status", "--porcelain") == ""


@pytest.mark.journey
def test_other_untracked_files_stay(project: Project, new_tips: tuple[str, str]) -> None:
    project.write({"mine.txt": "mine\n"})
    assert update_branches(project) == []
    assert local_tips(project) == new_tips
    assert (project.path / "mine.txt").read_text() == "mine\n"


@pytest.mark.journey
def test_a_branch_with_edits_does_not_move(project: Project, new_tips: tuple[str, str]) -> None:
    before = local_tips(project)
    project.write({"almanac.py": "edited\n"})
    (note,) = update_branches(project)
    assert note == (
        "your master is checked out with uncommitted changes; "
        f"to update it, run: git merge --ff-only {new_tips[0][:10]}"
    )
    assert local_tips(project) == (before[0], new_tips[1])
    assert (project.path / "almanac.py").read_text() == "edited\n"


@pytest.mark.journey
def test_a_branch_does_not_move_over_an_untracked_file(project: Project, new_tips: tuple[str, str]) -> None:
    before = local_tips(project)
    project.write({"more.txt": "mine\n"})
    (note,) = update_branches(project)
    assert note.startswith("your master was not changed: ")
    assert local_tips(project) == (before[0], new_tips[1])
    assert (project.path / "more.txt").read_text() == "mine\n"


@pytest.mark.journey
def test_a_branch_with_local_commits_does_not_move(project: Project, new_tips: tuple[str, str]) -> None:
    own = project.commit("Mine")
    assert update_branches(project) == ["your master has commits that origin lacks, so it was not changed"]
    assert local_tips(project) == (own, new_tips[1])


@pytest.mark.journey
def test_a_branch_moves_together_with_its_work_tree(project: Project, new_tips: tuple[str, str]) -> None:
    other = project.path.with_name("other")
    project.git("worktree", "add", "--quiet", str(other), "release-1.24")
    assert update_branches(project) == []
    assert local_tips(project) == new_tips
    assert (other / "more.txt").read_text() == "release-1.24\n"


@pytest.mark.journey
@pytest.mark.usefixtures("new_tips")
def test_a_missing_branch_is_not_created(project: Project) -> None:
    project.git("branch", "--quiet", "--delete", "--force", "release-1.24")
    assert update_branches(project) == []
    assert project.git("branch", "--list", "release-*") == ""


@pytest.mark.journey
def test_a_branch_does_not_move_over_an_ignored_file(project: Project, new_tips: tuple[str, str]) -> None:
    before = local_tips(project)
    (project.path / ".git" / "info" / "exclude").write_text("more.txt\n")
    project.write({"more.txt": "mine\n"})
    (note,) = update_branches(project)
    assert note.startswith("your master was not changed: ")
    assert local_tips(project) == (before[0], new_tips[1])
    assert (project.path / "more.txt").read_text() == "mine\n"


@pytest.mark.journey
@pytest.mark.parametrize("is_locked", [False, True])
def test_a_branch_of_a_worktree_that_is_gone_stays_with_a_note(
    project: Project, new_tips: tuple[str, str], *, is_locked: bool
) -> None:
    before = local_tips(project)
    other = project.path.with_name("other")
    project.git("worktree", "add", "--quiet", str(other), "release-1.24")
    if is_locked:
        project.git("worktree", "lock", str(other))
    shutil.rmtree(other)
    (note,) = update_branches(project)
    assert str(other) in note
    assert note.endswith("run: git worktree prune")
    assert local_tips(project) == (new_tips[0], before[1])


@pytest.mark.journey
@pytest.mark.parametrize("operation", ["rebase", "apply", "update-refs", "bisect"])
def test_a_branch_under_an_operation_stays(
    project: Project, new_tips: tuple[str, str], operation: str
) -> None:
    before = local_tips(project)
    other = project.path.with_name("other")
    project.git("worktree", "add", "--quiet", str(other), "release-1.24")
    if operation == "bisect":
        project.git("-C", str(other), "bisect", "start")
        project.git("-C", str(other), "checkout", "--quiet", "--detach")
    elif operation == "update-refs":
        project.git("-C", str(other), "checkout", "--quiet", "-b", "work")
        project.git("-C", str(other), "commit", "--quiet", "--allow-empty", "-m", "Work.")
        editor = ("-c", "sequence.editor=sed -i '1i break'")
        project.git("-C", str(other), *editor, "rebase", "--quiet", "-i", "--update-refs", "--root")
    else:
        editor = ("-c", "sequence.editor=sed -i '1i break'")
        project.git("-C", str(other), *editor, "rebase", "--quiet", "-i", "--root")
        if operation == "apply":
            admin = Path(project.git("-C", str(other), "rev-parse", "--absolute-git-dir"))
            (admin / "rebase-merge").rename(admin / "rebase-apply")
    (note,) = update_branches(project)
    name = "bisect" if operation == "bisect" else "rebase"
    assert note == f"your release-1.24 was not changed: a {name} of this branch is in progress in {other}"
    assert local_tips(project) == (new_tips[0], before[1])


# Without git


def register_branches(fp: FakeProcess, mainline: str) -> None:
    """Let the release branch be up to date, and the mainline be at a commit."""
    fp.register([*VERIFY, "refs/heads/release-1.24"], stdout=f"{HEAD}\n")
    fp.register([*VERIFY, "refs/heads/master"], stdout=f"{mainline}\n")


def test_a_question_that_git_cannot_answer_is_a_note(tmp_path: Path, fp: FakeProcess) -> None:
    register_branches(fp, HEAD)
    fp.register(["git", "merge-base", "--is-ancestor", HEAD, MAINLINE], returncode=128)
    notes = fast_forward.update_branches(fake_release(tmp_path, commits=FakeCommits()))
    assert notes == ["your master was not changed: git failed."]


def test_branches_that_are_up_to_date_need_no_note(tmp_path: Path, fp: FakeProcess) -> None:
    register_branches(fp, MAINLINE)
    assert fast_forward.update_branches(fake_release(tmp_path, commits=FakeCommits())) == []


def register_move(fp: FakeProcess, *, stderr: str = "") -> None:
    """Let git move the mainline, which is not checked out, to its new tip, or refuse with an error."""
    register_branches(fp, HEAD)
    fp.register(["git", "merge-base", "--is-ancestor", HEAD, MAINLINE])
    fp.register(["git", "worktree", "list", "--porcelain", "-z"], stdout="worktree /no\0HEAD x\0detached\0")
    fp.register(
        ["git", "update-ref", "-m", "patchwright: fast-forward", "refs/heads/master", MAINLINE, HEAD],
        stderr=stderr,
        returncode=128 if stderr else 0,
    )


def test_a_branch_that_moved_is_noted(tmp_path: Path, fp: FakeProcess) -> None:
    register_move(fp)
    notes = fast_forward.update_branches(fake_release(tmp_path, commits=FakeCommits()))
    assert notes == ["your master was fast-forwarded to eeeeeeeeee"]


def test_a_branch_that_git_cannot_move_is_noted(tmp_path: Path, fp: FakeProcess) -> None:
    register_move(fp, stderr="\nfatal: Unable to create 'master.lock'\nAnother git process runs\n")
    notes = fast_forward.update_branches(fake_release(tmp_path, commits=FakeCommits()))
    assert notes == ["your master was not changed: fatal: Unable to create 'master.lock'"]


def tagged(path: Path) -> Release:
    """Return a release whose tag is on origin."""
    refs = {**REFS, "refs/tags/v1.24.1": TAG}
    return fake_release(path, refs=refs, commits=FakeCommits())


def test_a_published_tag_that_the_clone_has_is_not_created(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register([*VERIFY, "refs/tags/v1.24.1"], stdout=f"{TAG}\n")
    assert fast_forward.create_tag(tagged(tmp_path)) == []


def test_a_published_tag_is_created_only_if_the_clone_has_none(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register([*VERIFY, "refs/tags/v1.24.1"], returncode=1)
    fp.register(["git", "update-ref", "refs/tags/v1.24.1", TAG, NO_OBJECT])
    assert fast_forward.create_tag(tagged(tmp_path)) == []


@pytest.mark.parametrize(
    ("stderr", "problem"),
    [
        ("fatal: reference already exists\nhint: more\n", "fatal: reference already exists"),
        ("", "git failed."),
    ],
)
def test_a_tag_that_git_cannot_create_is_noted(
    tmp_path: Path, fp: FakeProcess, stderr: str, problem: str
) -> None:
    fp.register([*VERIFY, "refs/tags/v1.24.1"], stdout=f"{HEAD}\n")
    fp.register(["git", "update-ref", "refs/tags/v1.24.1", TAG, NO_OBJECT], stderr=stderr, returncode=128)
    notes = fast_forward.create_tag(tagged(tmp_path))
    assert notes == [f"git could not create the tag v1.24.1 in your clone: {problem}"]
