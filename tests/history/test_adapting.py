"""What is left of a commit when it is picked onto another line of history."""

from __future__ import annotations

import pytest

from fake_git import FakeGit
from histories import YEARS, Files, Flavour, History
from patchwright.history.adapting import Adapter, directories
from patchwright.history.snapshot import Snapshot
from patchwright.tools.git_output import Commit

BRANCH = "release-1.24"
SHAS = ["1" * 40, "2" * 40]
LEAP: Files = {"almanac/years.py": YEARS.format(" and year % 100 != 0")}
FRAGMENT: Files = {"changes/3.bugfix": "Repair leap years.\n"}


def paths(commit: Commit | None) -> list[str]:
    return sorted(commit.paths) if commit else []


def onto_branch(history: History) -> Adapter:
    git = FakeGit(history)
    return Adapter(git, "1.24.1", Snapshot(git, history.branches[BRANCH]))


def onto_mainline(history: History) -> Adapter:
    git = FakeGit(history)
    return Adapter(git, "1.24.1", Snapshot(git, history.branches["master"]), onto_mainline=True)


def adapt(adapter: Adapter, sha: str) -> Commit | None:
    return adapter.adapt(adapter.git.commits("--no-walk=unsorted", sha)[0])


def code_change(adapter: Adapter, sha: str) -> Commit | None:
    return adapter.code_change(adapter.git.commits("--no-walk=unsorted", sha)[0])


def test_a_commit_without_release_changes_is_picked_as_it_is(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    adapted = adapt(onto_branch(history), sha)
    assert adapted
    assert adapted.sha == sha


def test_a_new_version_is_left_out_and_the_copy_names_its_source(history: History) -> None:
    sha = history.commit("master", "Repair leap years.", {**LEAP, **history.flavour.version("1.25a1")})
    adapted = adapt(onto_branch(history), sha)
    assert adapted
    assert paths(adapted) == ["almanac/years.py"]
    assert adapted.picked_from == (sha,)
    assert adapted.author == "Ada Almanac <ada@example.org>"


def test_a_commit_that_only_sets_the_version_leaves_nothing(history: History) -> None:
    sha = history.commit("master", "Go on.", history.flavour.version("1.25a1"))
    assert adapt(onto_branch(history), sha) is None


def test_other_changes_of_the_version_file_stay(history: History) -> None:
    text = "__version__ = '1.25a1'\nNAME = 'almanac'\n"
    sha = history.commit("master", "Name it.", {"almanac/__init__.py": text})
    adapter = onto_branch(history)
    adapted = adapt(adapter, sha)
    assert adapted
    assert Snapshot(adapter.git, adapted.sha).read("almanac/__init__.py") == (
        "__version__ = '0.0'\nNAME = 'almanac'\n"
    )


def test_a_new_fragment_moves_to_the_directory_of_the_other_line(history: History) -> None:
    moved = Flavour(fragments="news.d")
    history.commit("master", "Move the fragments.", {
        "pyproject.toml": moved.pyproject,
        "news.d/2.feature": history.text("master", "changes/2.feature"),
        "changes/2.feature": None,
    })  # fmt: skip  # one commit
    sha = history.commit("master", "Repair leap years.", {**LEAP, "news.d/3.bugfix": "Leap years.\n"})
    assert paths(adapt(onto_branch(history), sha)) == ["almanac/years.py", "changes/3.bugfix"]


def test_without_another_line_fragments_stay_in_place(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    assert paths(adapt(Adapter(FakeGit(history), "1.24.1"), sha)) == ["almanac/years.py", "changes/3.bugfix"]


def test_the_mainline_gets_no_section_and_loses_no_fragment_by_a_pick(history: History) -> None:
    history.add(BRANCH, "3.bugfix", "Repair leap years.")
    sections = history.with_section(BRANCH, history.section(BRANCH, "1.24.1"))
    sha = history.commit(BRANCH, "Do all at once.", {**LEAP, **sections, "changes/3.bugfix": None})
    assert paths(adapt(onto_mainline(history), sha)) == ["almanac/years.py"]
    assert paths(adapt(onto_branch(history), sha)) == [
        "CHANGES.rst", "almanac/years.py", "changes/3.bugfix",
    ]  # fmt: skip  # the branch gets everything


def test_the_mainline_gets_the_sections_of_other_versions(history: History) -> None:
    sections = history.with_section(BRANCH, history.flavour.section("1.23.9", "2025-01-01", {"Misc": ["X"]}))
    sha = history.commit(BRANCH, "Describe an old release.", sections)
    assert paths(adapt(onto_mainline(history), sha)) == ["CHANGES.rst"]


def test_the_code_change_has_no_fragments(history: History) -> None:
    sha = history.add("master", "3.bugfix", "Repair leap years.", LEAP)
    assert paths(code_change(onto_mainline(history), sha)) == ["almanac/years.py"]


def test_a_commit_of_only_fragments_has_no_code_change(history: History) -> None:
    sha = history.commit("master", "Tell it.", FRAGMENT)
    assert code_change(onto_mainline(history), sha) is None


def test_without_a_version_file_a_moved_version_of_the_series_is_left_out(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    history = History(tmp_path_factory.mktemp("h") / "origin.git", Flavour(version_file=None))
    history.begin()
    history.commit("master", "Show the version.", {"docs/conf.py": "release = '1.24.0'\n"})
    sha = history.commit("master", "Repair it.", {**LEAP, "docs/conf.py": "release = '1.24.1'\n"})
    other = history.commit("master", "Go on.", {"docs/conf.py": "release = '2.0'\n"})
    adapter = Adapter(FakeGit(history), "1.24.1")
    assert paths(adapt(adapter, sha)) == ["almanac/years.py"]
    assert paths(adapt(adapter, other)) == ["docs/conf.py"]


def test_the_directories_are_those_of_the_commits_own_configuration(history: History) -> None:
    history.commit("master", "Do without towncrier.", {"pyproject.toml": "[project]\nname = 'almanac'\n"})
    git = FakeGit(history)
    assert directories(Snapshot(git, history.branches[BRANCH])) == ("changes",)
    assert directories(Snapshot(git, history.branches["master"])) == ()


def test_a_fragment_comes_to_the_section_of_its_name(tmp_path_factory: pytest.TempPathFactory) -> None:
    one = "[[tool.towncrier.section]]\nname = '{}'\npath = '{}'\n"
    sections = one + one.format("B", "b")
    history = History(tmp_path_factory.mktemp("h") / "origin.git")
    history.begin()
    history.fork(BRANCH, "master")
    both = history.flavour.pyproject + sections.format("A", "a")
    history.commit(BRANCH, "Have sections.", {"pyproject.toml": both})
    moved = Flavour(fragments="news").pyproject + sections.format("C", "c")
    history.commit("master", "Have others.", {"pyproject.toml": moved})
    sha = history.commit("master", "Fix.", {"news/b/7.bugfix": "B.\n", "news/c/7.bugfix": "C.\n"})
    git = FakeGit(history)
    adapter = Adapter(git, "1.24.1", Snapshot(git, history.branches[BRANCH]))
    assert paths(adapter.adapt(git.commits("--no-walk=unsorted", sha)[0])) == [
        "changes/b/7.bugfix",
        "news/c/7.bugfix",
    ]
