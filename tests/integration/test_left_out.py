"""A patch that a person skipped is remembered in the worktree, and recorded in a commit of the mainline."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from fake_git import FakeGit
from fake_release import fake_commit
from histories import History
from patchwright.integration import left_out
from patchwright.releases.release import Release
from patchwright.tools.git_output import pick_line

ONE, TWO = "a" * 40, "b" * 40


class FakeWorktree:
    """A worktree that keeps objects."""

    def __init__(self, head: str) -> None:
        self.objects: dict[str, str] = {}
        self.head = lambda: head

    def keep(self, name: str, sha: str) -> None:
        self.objects[name] = sha

    def kept(self, name: str) -> str | None:
        return self.objects.get(name)


@pytest.fixture
def release(history: History) -> Release:
    mainline = FakeWorktree(history.branches[history.main])
    fake = SimpleNamespace(
        git=FakeGit(history),
        workspace=SimpleNamespace(mainline=mainline),
        plan=SimpleNamespace(previous=history.branches["release-1.24"]),
    )
    return cast("Release", fake)


def test_the_worktree_remembers_each_empty_pick(release: Release) -> None:
    assert left_out.find_kept(release) == set()
    for source in (ONE, TWO):
        left_out.keep(release, [fake_commit("9" * 40, message=f"Repair.\n\n{pick_line(source)}")])
    left_out.keep(release, [fake_commit("8" * 40, message=f"Go.\n\n{pick_line('c' * 40)}", added=["a.py"])])
    assert left_out.find_kept(release) == {ONE, TWO}


def test_a_line_of_the_mainline_is_a_record(history: History) -> None:
    sha = history.commit("master", left_out.record_in("Change it.", [ONE, TWO]), {"a.py": "a = 1\n"})
    fake = SimpleNamespace(
        git=FakeGit(history), plan=SimpleNamespace(previous=history.branches["release-1.24"])
    )
    found = left_out.find_recorded(cast("Release", fake), sha)
    assert {name: commit.sha for name, commit in found.items()} == {ONE: sha, TWO: sha}
    assert left_out.find_recorded(cast("Release", fake), f"{sha}^1") == {}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Change it.", f"Change it.\n\nLeft-out: {ONE}\nLeft-out: {TWO}"),
        (f"It.\n\n{pick_line(TWO)}", f"It.\n\n{pick_line(TWO)}\nLeft-out: {ONE}\nLeft-out: {TWO}"),
    ],
)
def test_the_lines_are_trailers(message: str, expected: str) -> None:
    assert left_out.record_in(message, [ONE, TWO]) == expected
    assert left_out.record_in(message, []) == message


def test_an_empty_commit_with_such_a_line_is_a_record() -> None:
    message = left_out.record_in("Leave it.", [ONE])
    assert left_out.is_record(fake_commit("1" * 40, message=message))
    assert not left_out.is_record(fake_commit("1" * 40, message="Leave it."))
    assert not left_out.is_record(fake_commit("1" * 40, message=message, added=["a.py"]))
