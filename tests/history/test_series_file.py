"""Which file of the mainline has the changelog of a release branch."""

from __future__ import annotations

import pytest

from fake_release import fake_snapshot
from patchwright.history.series_file import find_series_files
from patchwright.history.snapshot import Snapshot
from repository import PYPROJECT, START, section

OLD, OWN, NEWER = (section(version, f"News of {version}.") for version in ("1.23.9", "1.24.0", "1.25.0"))


def snapshot(files: dict[str, str], filename: str = "CHANGES.rst") -> Snapshot:
    """Return a snapshot with files and a configured changelog."""
    return fake_snapshot("a" * 40, {"pyproject.toml": PYPROJECT.replace("CHANGES.rst", filename), **files})


def changelog(*parts: str) -> str:
    return f"{START}\n{''.join(parts)}"


BRANCH = snapshot({"CHANGES.rst": changelog(OWN, OLD)})


@pytest.mark.parametrize(
    ("files", "filename", "expected"),
    [
        ({"CHANGES.rst": changelog(NEWER, OWN, OLD)}, "CHANGES.rst", ["CHANGES.rst"]),
        ({"NEWS.rst": changelog(NEWER, OWN, OLD), "OLD.rst": changelog(OWN)}, "NEWS.rst", ["NEWS.rst"]),
        ({"new.rst": changelog(NEWER), "docs/1.24.rst": changelog(OWN)}, "new.rst", ["docs/1.24.rst"]),
        ({"new.rst": changelog(NEWER), "HISTORY": changelog(OWN, OLD)}, "new.rst", ["HISTORY"]),
        ({"new.rst": changelog(NEWER), "a.rst": changelog(OWN), "b.rst": OWN}, "new.rst", ["a.rst", "b.rst"]),
        ({"new.rst": changelog(NEWER)}, "new.rst", []),
        ({"new.rst": changelog(NEWER), "x.rst": changelog(OWN.replace("News", "Olds"))}, "new.rst", []),
        ({"new.rst": changelog(NEWER), "x.rst": changelog(OLD)}, "new.rst", []),
        ({"CHANGES.rst": changelog(NEWER)}, "CHANGES.rst", ["CHANGES.rst"]),
        ({}, "CHANGES.rst", ["CHANGES.rst"]),
        ({"new.rst": changelog(NEWER), "news/1.repair.rst": changelog(OWN)}, "new.rst", []),
    ],
    ids=[
        "the same file", "another name", "one file a series", "no suffix", "two copies", "none",
        "other words", "another series", "begun anew", "no changelog yet", "a fragment",
    ],
)  # fmt: skip  # the cases, then their names
def test_the_file_that_has_the_earlier_sections_of_the_series_is_found(
    files: dict[str, str], filename: str, expected: list[str]
) -> None:
    assert find_series_files(snapshot(files, filename), BRANCH, "1.24.1") == expected


def test_the_section_of_the_release_itself_does_not_count() -> None:
    own = section("1.24.1", "New.")
    branch = snapshot({"CHANGES.rst": changelog(own, OWN)})
    mainline = snapshot({"new.rst": changelog(own, NEWER), "old.rst": changelog(OWN)}, "new.rst")
    assert find_series_files(mainline, branch, "1.24.1") == ["old.rst"]


def test_the_first_patch_of_a_series_goes_by_the_other_sections() -> None:
    branch = snapshot({"CHANGES.rst": changelog(OLD)})
    mainline = snapshot({"new.rst": changelog(NEWER), "old.rst": changelog(OLD)}, "new.rst")
    assert find_series_files(mainline, branch, "1.24.1") == ["old.rst"]
