"""What the commits of a release are, told by their trees and not by their words."""

from __future__ import annotations

import pytest

from patchwright.landmarks import Landmarks, survey
from repository import PYPROJECT, START, Repository, section, version

pytestmark = pytest.mark.journey

OLD = section("1.24.0", "First.")
NEW = section("1.24.1", "Leap years are right. (#7)")


@pytest.fixture
def previous(repository: Repository) -> str:
    files = {
        "pyproject.toml": PYPROJECT,
        "CHANGES.rst": f"{START}\n{OLD}",
        "news/.gitignore": "!.gitignore\n",
    }
    return repository.commit("Begin", {**files, **version("1.24.0")})


def surveyed(repository: Repository, previous: str) -> Landmarks:
    return survey(repository.asked, previous, repository.git("rev-parse", "HEAD"), "1.24.1")


def test_nothing_is_there_before_the_release_begins(repository: Repository, previous: str) -> None:
    patch = repository.commit(
        "Leap years", {"years.py": "x\n", "news/7.repair.rst": "Leap years are right.\n"}
    )
    marks = surveyed(repository, previous)
    assert (marks.version_commit, marks.changelog_commit, marks.section) == (None, None, None)
    assert (dict(marks.fragments), marks.clean_ups) == ({}, ())
    assert [commit.sha for commit in marks.patches] == [patch]


def test_each_commit_is_known_for_what_it_did(repository: Repository, previous: str) -> None:
    patch = repository.commit(
        "Leap years", {"years.py": "x\n", "news/7.repair.rst": "Leap years are right.\n"}
    )
    bump = repository.commit("whatever", version("1.24.1"))
    changelog = repository.commit("whatever", {"CHANGES.rst": f"{START}\n{NEW}{OLD}"})
    clean_up = repository.commit("whatever", {"news/7.repair.rst": None})

    marks = surveyed(repository, previous)

    assert marks.version_commit is not None
    assert marks.changelog_commit is not None
    assert (marks.version_commit.sha, marks.changelog_commit.sha) == (bump, changelog)
    assert [commit.sha for commit in marks.clean_ups] == [clean_up]
    assert [commit.sha for commit in marks.patches] == [patch]
    assert marks.section is not None
    assert "Leap years are right. (#7)" in marks.section
    assert dict(marks.fragments) == {
        "news/7.repair.rst": repository.git("rev-parse", f"{bump}:news/7.repair.rst")
    }


def test_changelog_before_version_is_known_as_well(repository: Repository, previous: str) -> None:
    repository.commit("Leap years", {"news/7.repair.rst": "Leap years are right.\n", "years.py": "x\n"})
    changelog = repository.commit("Update changelog.", {"CHANGES.rst": f"{START}\n{NEW}{OLD}"})
    bump = repository.commit("Bump version to 1.24.1.", version("1.24.1"))
    marks = surveyed(repository, previous)
    assert marks.version_commit is not None
    assert marks.changelog_commit is not None
    assert (marks.version_commit.sha, marks.changelog_commit.sha) == (bump, changelog)


def test_a_fragment_that_the_changelog_commit_removed_was_rendered(
    repository: Repository, previous: str
) -> None:
    repository.commit("Leap years", {"news/7.repair.rst": "Leap years are right.\n", "years.py": "x\n"})
    repository.commit("Changelog", {"CHANGES.rst": f"{START}\n{NEW}{OLD}", "news/7.repair.rst": None})
    assert set(surveyed(repository, previous).fragments) == {"news/7.repair.rst"}


def test_a_fragment_that_is_not_in_the_section_was_not_rendered(
    repository: Repository, previous: str
) -> None:
    fragments = {"news/7.repair.rst": "Leap years are right.\n", "news/8.repair.rst": "Something else.\n"}
    repository.commit("Leap years", {"years.py": "x\n", **fragments})
    repository.commit("Changelog", {"CHANGES.rst": f"{START}\n{NEW}{OLD}"})
    assert set(surveyed(repository, previous).fragments) == {"news/7.repair.rst"}


def test_a_version_that_went_and_came_back_counts_from_where_it_stays(
    repository: Repository, previous: str
) -> None:
    repository.commit("Version: 1.24.1", version("1.24.1"))
    repository.commit("Revert", version("1.24.0"))
    bump = repository.commit("Version: 1.24.1", version("1.24.1"))
    marks = surveyed(repository, previous)
    assert marks.version_commit is not None
    assert marks.version_commit.sha == bump


def test_commits_that_bring_nothing_are_no_patches(repository: Repository, previous: str) -> None:
    empty = repository.commit("Start QA again")
    repository.git("checkout", "--quiet", "-b", "side", previous)
    side = repository.commit("Side", {"side.py": "x\n"})
    repository.git("checkout", "--quiet", "master")
    repository.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    marks = surveyed(repository, previous)
    assert [commit.sha for commit in marks.patches] == [side]
    assert empty in [commit.sha for commit in marks.commits]
    assert len(marks.commits) == 3
