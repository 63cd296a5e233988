"""The overview has everything that becomes public, and nothing else."""

from __future__ import annotations

import pytest

from memory_release import MAINLINE, MemoryRelease
from patchwright.integration import preparation
from patchwright.publication import clean_up, overview


@pytest.fixture
def integration(release: MemoryRelease, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commit that was prepared for the mainline."""
    built = release.memory.add_commit("Integrate", {"x.txt": "x\n"}, release.memory.remote[MAINLINE])
    monkeypatch.setattr(preparation, "find_prepared", lambda _release: built)
    return built


def test_every_new_commit_is_listed_by_branch(release: MemoryRelease, integration: str) -> None:
    clean_up.prepare(release)
    found = overview.find_overview(release)
    assert [one.subject for one in found.commits["release-1.24"] or []] == [
        "Version: 1.24.1", "Update changelog for v1.24.1 patch release.", "Clean up news fragments.",
    ]  # fmt: skip  # ancestors first
    assert [one.sha for one in found.commits["master"] or []] == [integration]


@pytest.mark.usefixtures("integration")
def test_it_names_tag_section_and_repository(release: MemoryRelease) -> None:
    found = overview.find_overview(release)
    assert (found.repository, found.tag, found.changelog) == (
        "github.com/octo/almanac",
        "v1.24.1",
        "CHANGES.rst",
    )
    assert "Leap years. (#7)" in found.section


def test_an_integration_that_is_not_built_is_not_counted_as_nothing(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "find_prepared", lambda _release: None)
    found = overview.find_overview(release)
    assert found.commits["master"] is None
    heading, rows = found.chapters()[1]
    assert heading == "master of github.com/octo/almanac gets the integration, which is not built yet"
    assert rows == ()


@pytest.mark.usefixtures("integration")
def test_the_text_has_notes_only_if_there_are_some(release: MemoryRelease) -> None:
    headings = [heading for heading, _ in overview.find_overview(release).chapters()]
    assert "Notes" not in headings
    release.note("news/8.rst was left")
    assert overview.find_overview(release).chapters()[-1] == ("Notes", ("news/8.rst was left",))


@pytest.mark.usefixtures("integration")
def test_a_preview_has_no_names_of_commits(release: MemoryRelease) -> None:
    found = overview.find_overview(release)
    named, unnamed = found.chapters()[0][1], found.chapters(with_names=False)[0][1]
    assert [row.partition(" ")[2] for row in named] == list(unnamed)
