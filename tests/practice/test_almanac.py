from __future__ import annotations

import tomllib

import pytest

from patchwright.practice import almanac


def test_the_first_commit_has_the_version_in_the_file_that_hatch_reads() -> None:
    files = almanac.beginning()
    configuration = tomllib.loads(files["pyproject.toml"] or "")
    assert configuration["tool"]["hatch"]["version"]["path"] == almanac.VERSION_FILE
    assert "__version__ = '1.24a0'" in str(files[almanac.VERSION_FILE])


def test_towncrier_reads_the_fragments_and_writes_the_changelog_of_the_almanac() -> None:
    towncrier = tomllib.loads(almanac.beginning()["pyproject.toml"] or "")["tool"]["towncrier"]
    assert towncrier["directory"] == almanac.FRAGMENTS
    assert towncrier["filename"] == almanac.CHANGELOG
    fragments = [
        path
        for files in (almanac.TIDES, almanac.ECLIPSES, almanac.REPAIRED_YEARS, almanac.REPAIRED_TIDES)
        for path in files
        if path.startswith(f"{almanac.FRAGMENTS}/")
    ]
    assert len(fragments) == 4
    assert {path.split(".")[-2] for path in fragments} <= {kind["directory"] for kind in towncrier["type"]}


@pytest.mark.parametrize(("signed", "settings"), [(True, {}), (False, {"sign": False})])
def test_an_unsigned_project_disables_signing(signed: bool, settings: dict[str, bool]) -> None:  # noqa: FBT001  a parameter
    configuration = tomllib.loads(almanac.beginning(signed=signed)["pyproject.toml"] or "")
    assert configuration["tool"].get("patchwright", {}) == settings


@pytest.mark.parametrize("files", [almanac.REPAIRED_YEARS, almanac.REPAIRED_TIDES])
def test_each_patch_changes_its_module_and_adds_a_fragment(files: almanac.Files) -> None:
    original = {**almanac.beginning(), **almanac.TIDES}
    (module,) = (path for path in files if path.startswith("almanac/"))
    assert files[module] != original[module]
    assert [path in original for path in files if path.startswith(almanac.FRAGMENTS)] == [False]


def test_a_section_has_a_title_a_heading_and_its_entries() -> None:
    assert almanac.section("1.24.0", "2025-03-03", "Repairs", ["One.", "Two."]).splitlines() == [
        "almanac 1.24.0 (2025-03-03)",
        "===========================",
        "",
        "Repairs",
        "-------",
        "",
        "- One.",
        "- Two.",
    ]


def test_the_changelog_has_two_blank_lines_between_sections() -> None:
    text = str(almanac.changelog("second", "first")[almanac.CHANGELOG])
    assert text.endswith(".. towncrier release notes start\n\nsecond\n\n\nfirst\n")
