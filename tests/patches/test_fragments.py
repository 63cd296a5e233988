"""Which fragments a commit added, and what later commits did with them."""

from __future__ import annotations

import pytest

from fake_git import FakeGit
from fake_release import fake_snapshot
from histories import Files, Flavour, History
from patchwright.history.snapshot import Snapshot
from patchwright.patches.fragments import (
    AddedFragment,
    added_fragments,
    changelog_sections,
    is_rendered_in,
)
from patchwright.tools.news_fragments import Fragment
from repository import PYPROJECT, START, section

TEXT = "Repair leap years.\n"


def added(history: History) -> dict[str, list[AddedFragment]]:
    """Return the fragments that each commit of the mainline added since the release branch."""
    git = FakeGit(history)
    branch, tip = history.branches["release-1.24"], history.branches["master"]
    commits = git.commits(tip, f"^{branch}")
    return added_fragments(commits, Snapshot(git, tip), [Snapshot(git, branch)])


def only(history: History, sha: str) -> AddedFragment:
    """Return the one fragment that a commit added."""
    (fragment,) = added(history)[sha]
    return fragment


def move(history: History, old: str, new: str, files: Files | None = None) -> str:
    text = history.text("master", old)
    return history.commit("master", "Move it.", {old: None, new: text, **(files or {})})


def test_a_fragment_belongs_to_the_commit_that_added_it(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.")
    fragment = only(history, sha)
    assert (fragment.path, fragment.current_path) == ("changes/3.bugfix", "changes/3.bugfix")
    assert (fragment.fragment.issue, fragment.fragment.category) == ("3", "bugfix")
    assert fragment.text == TEXT
    assert fragment.editors == ()


def test_a_reverted_revert_restores_a_fragment_also_where_its_directory_was_moved(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.")
    revert = history.revert("master", sha)
    configuration = history.flavour.pyproject.replace("'changes'", "'news'")
    history.commit("master", "Move the fragments.", {"pyproject.toml": configuration})
    message = f"Bring it back\n\nThis reverts commit {revert}."
    history.commit("master", message, {"news/3.bugfix": TEXT})
    assert only(history, sha).current_path == "news/3.bugfix"


def test_files_that_are_not_fragments_are_not_returned(history: History) -> None:
    sha = history.commit("master", "Add files.", {"changes/3.unknown": "x\n", "docs/3.bugfix": "x\n"})
    assert sha not in added(history)


def test_a_removed_fragment_has_no_current_path(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.")
    history.commit("master", "Remove it.", {"changes/3.bugfix": None})
    assert only(history, sha).current_path is None


def test_a_renamed_fragment_belongs_to_the_commit_that_added_it(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.")
    editor = move(history, "changes/3.bugfix", "changes/4.bugfix")
    fragment = only(history, sha)
    assert (fragment.path, fragment.current_path) == ("changes/3.bugfix", "changes/4.bugfix")
    assert fragment.editors == (editor,)
    assert editor not in added(history)


def test_a_fragment_that_moved_to_another_directory_belongs_to_the_commit_that_added_it(
    history: History,
) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.")
    moved = Flavour(fragments="news.d").pyproject
    move(history, "changes/3.bugfix", "news.d/3.bugfix", {"pyproject.toml": moved})
    assert only(history, sha).current_path == "news.d/3.bugfix"


def test_an_edited_fragment_names_its_editors(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.")
    editor = history.commit("master", "Reword it.", {"changes/3.bugfix": "Leap years work.\n"})
    assert only(history, sha).editors == (editor,)
    assert only(history, sha).text == TEXT


def test_a_fragment_that_a_revert_restored_belongs_to_the_commit_that_added_it(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.")
    revert = history.revert("master", sha)
    again = history.revert("master", revert)
    assert only(history, sha).current_path == "changes/3.bugfix"
    assert again not in added(history)


def test_a_fragment_that_was_added_again_belongs_to_both_commits(history: History) -> None:
    first = history.add("master", "3.bugfix", "Repair leap years.")
    history.commit("master", "Remove it.", {"changes/3.bugfix": None})
    second = history.add("master", "3.bugfix", "Repair leap years again.")
    assert only(history, first).current_path is None
    assert only(history, second).current_path == "changes/3.bugfix"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Leap years work.\n", True), ("Tides work.\n", False), (" \n", False)],
    ids=["rendered", "another text", "empty"],
)
def test_a_fragment_is_rendered_if_its_text_is_in_the_changelog(text: str, expected: bool) -> None:  # noqa: FBT001  a column of the table
    snapshot = fake_snapshot("a" * 40, {"pyproject.toml": PYPROJECT})
    fragment = AddedFragment("news/7.repair", None, Fragment("news/7.repair", "", "7", "repair", 0), text)
    changelog = section("1.24.1", "Leap years work. (#7)")
    assert is_rendered_in(changelog, fragment, snapshot) is expected


@pytest.mark.parametrize("files", [{}, {"pyproject.toml": PYPROJECT}], ids=["no towncrier", "no such type"])
def test_a_fragment_of_an_unknown_type_is_compared_by_its_text(files: dict[str, str]) -> None:
    fragment = AddedFragment("news/7.odd", None, Fragment("news/7.odd", "", "7", "odd", 0), "Leap years.\n")
    assert is_rendered_in("- Leap years.\n", fragment, fake_snapshot("a" * 40, files))


def test_the_sections_of_a_changelog_come_in_the_order_of_the_file() -> None:
    changelog = f"{START}\n{section('1.24.1', 'Tides.')}{section('1.24.0', 'Years.')}"
    snapshot = fake_snapshot("a" * 40, {"pyproject.toml": PYPROJECT, "CHANGES.rst": changelog})
    found = changelog_sections(snapshot)
    assert [version for version, _ in found] == ["1.24.1", "1.24.0"]
    assert "Tides." in found[0][1]
