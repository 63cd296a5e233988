"""The version, the changelog and the fragments of a project at one commit."""

from __future__ import annotations

import pytest

from fake_git import FakeGit
from fake_release import fake_snapshot
from histories import History
from patchwright.changelogs.headings import Markup
from patchwright.halts import BranchConflict, Prerequisite, StepFailed, VersionConflict
from patchwright.history.snapshot import Snapshot
from repository import PYPROJECT, START, section

TITLE = "Changes\n*******\n\n"
BEFORE = f"{TITLE}{START}\n{section('1.24.0', 'Leap years. (#1)')}"
AFTER = f"{TITLE}{START}\n{section('1.24.1', 'Tides. (#2)')}{section('1.24.0', 'Leap years. (#1)')}"
SHA = "a" * 40


def snapshot(changelog: str | None = BEFORE, **files: str) -> Snapshot:
    """Return a snapshot with a changelog and other files."""
    changelogs = {} if changelog is None else {"CHANGES.rst": changelog}
    return fake_snapshot(SHA, {"pyproject.toml": PYPROJECT, **changelogs, **files})


def test_a_file_is_read_once(history: History) -> None:
    git = FakeGit(history)
    files = Snapshot(git, history.branches["master"])
    assert files.read("almanac/__init__.py") == "__version__ = '0.0'\n"
    git.trees.clear()
    assert files.read("almanac/__init__.py") == "__version__ = '0.0'\n"
    assert files.read_all(["almanac/__init__.py"]) == {"almanac/__init__.py": "__version__ = '0.0'\n"}


def test_a_file_that_does_not_exist_is_none(history: History) -> None:
    assert Snapshot(FakeGit(history), history.branches["master"]).read("missing.txt") is None


def test_the_version_is_read_from_the_file_that_hatch_reads() -> None:
    files = fake_snapshot(SHA, {"pyproject.toml": PYPROJECT, "almanac.py": '__version__ = "1.24.0"\n'})
    assert files.version_source
    assert files.version_source.path == "almanac.py"
    assert files.version == "1.24.0"


@pytest.mark.parametrize("files", [{}, {"pyproject.toml": PYPROJECT}])
def test_without_a_file_that_holds_it_there_is_no_version(files: dict[str, str]) -> None:
    assert fake_snapshot(SHA, files).version is None


def test_without_a_configuration_the_snapshot_halts() -> None:
    with pytest.raises(Prerequisite):
        _ = fake_snapshot(SHA, {}).configuration


def test_the_changelog_is_empty_if_its_file_does_not_exist() -> None:
    assert snapshot(None).changelog == ""
    assert snapshot(None).section("1.24.0") is None


def test_a_section_is_found_by_its_version() -> None:
    assert str(snapshot().section("1.24.0")).strip() == section("1.24.0", "Leap years. (#1)").strip()
    assert snapshot().section("1.24.1") is None
    assert snapshot().markup is Markup.RST


def test_two_sections_for_a_version_halt() -> None:
    twice = snapshot(BEFORE + section("1.24", "Again. (#1)"))
    with pytest.raises(VersionConflict) as halted:
        twice.section("1.24.0")
    assert list(halted.value.evidence) == [f"CHANGES.rst at {SHA}"]
    assert list(halted.value.remedy) == ["Keep only one section for the version in the changelog."]


def test_the_section_that_a_new_changelog_adds_is_returned() -> None:
    gained = snapshot().gained_section(AFTER, "1.24.1")
    assert gained.strip() == section("1.24.1", "Tides. (#2)").strip()


def test_a_new_changelog_without_the_section_halts() -> None:
    with pytest.raises(StepFailed) as halted:
        snapshot().gained_section(BEFORE, "1.24.1")
    assert list(halted.value.evidence) == ["file: CHANGES.rst"]


def test_a_new_changelog_with_more_than_the_section_halts() -> None:
    with pytest.raises(StepFailed, match=r"More than the section for 1\.24\.1 changed in CHANGES\.rst\."):
        snapshot().gained_section(AFTER.replace("Leap years.", "Years."), "1.24.1")


def test_a_section_is_added_where_its_version_belongs() -> None:
    assert snapshot().with_section(section("1.24.1", "Tides. (#2)"), "1.24.1") == AFTER


def test_another_section_for_the_version_halts() -> None:
    with pytest.raises(BranchConflict, match=r"not clear where in CHANGES\.rst the section") as halted:
        snapshot().with_section(section("1.24.0", "Other years. (#1)"), "1.24.0")
    assert list(halted.value.remedy) == [
        "Add the section to the changelog by hand, then run the same command again."
    ]


def test_the_fragments_are_the_files_that_towncrier_renders() -> None:
    files = fake_snapshot(
        SHA,
        {
            "pyproject.toml": PYPROJECT,
            "news/7.repair": "Leap years.\n",
            "news/8.unknown": "x\n",
            "news/.gitignore": "!.gitignore\n",
            "docs/9.repair": "x\n",
        },
    )
    assert set(files.fragment_files) == {"news/7.repair", "news/8.unknown", "news/.gitignore"}
    assert [one.path for one in files.fragments.fragments] == ["news/7.repair"]
    assert files.fragments.unknown == ("news/8.unknown",)


def test_the_rendered_fragments_are_those_whose_text_is_in_the_section(history: History) -> None:
    history.add("master", "3.bugfix", "Repair leap years.")
    files = Snapshot(FakeGit(history), history.branches["master"])
    text = history.flavour.section("1.24.1", "2025-01-20", {"Bugfix": ["Repair leap years. (#3)"]})
    assert files.rendered_fragments(text) == {
        "changes/3.bugfix": files.fragment_files["changes/3.bugfix"],
    }
