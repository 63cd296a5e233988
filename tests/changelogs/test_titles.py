"""Titles as projects write them, and the releases that they name."""

from __future__ import annotations

import datetime as dt

import pytest
from packaging.version import Version

from patchwright.changelogs.headings import Heading
from patchwright.changelogs.titles import names_unreleased, parse_title, release_headings


def heading(title: str, rank: int = 1, at: int = 0) -> Heading:
    return Heading(title, rank, at, at + 1)


@pytest.mark.parametrize(
    ("title", "version"),
    [
        ("Almanac 1.24.3 (2026-11-22)", "1.24.3"),
        ("v1.24.3", "1.24.3"),
        ("1.24.3", "1.24.3"),
        ("Version 1.24.3 - 2026-11-22", "1.24.3"),
        ("1.24.3, 2026-11-22", "1.24.3"),
        ("pip 24.1b1 (2024-05-06)", "24.1b1"),
        ("py3status 3.1", "3.1"),
        ("python3-openid 3.2.0 (2020-06-29)", "3.2.0"),
        ("almanac-1.24.3", "1.24.3"),
        ("almanac==1.24.3", "1.24.3"),
        ("release/1.24.3", "1.24.3"),
        ("[1.24.3](https://example.org/compare/1.24.2...1.24.3) - 2026-11-22", "1.24.3"),
        ("[v1.24.3 (2026-11-22)](https://example.org/releases/tag/v1.24.3)", "1.24.3"),
        ("[1.24.3] - 2026-11-22", "1.24.3"),
        ("`1.24.3 <https://example.org/tree/1.24.2>`_ - 2026-11-22", "1.24.3"),
        (":release:`1.24.3 <2026.11.22>`", "1.24.3"),
        ("**1.24.3** (22nd November, 2026)", "1.24.3"),
        ('<a name="1.2"></a>1.24.3', "1.24.3"),
        ("3.116.2 (2026-09-01) {: #3.116.1 }", "3.116.2"),
        ("YANKED 3.115.1 (2026-07-21)", "3.115.1"),
        ("Changes in synapse v0.19.0-rc2 (2017-02-02)", "0.19.0rc2"),
        ("Changes between 1.3.0 and 1.3.1", "1.3.1"),
        ('0.24.0 "Xenotime" (2023-08-10)', "0.24.0"),
        ("1.24.3: the moon", "1.24.3"),
        ("2026.11.22", "2026.11.22"),
        ("26.11 (22/11/2026)", "26.11"),
        ("1.24.3 \N{EM DASH} Nov 22, 2026", "1.24.3"),
        ("1.24.3.dev0 (unreleased)", "1.24.3.dev0"),
        ("1!2.0", "1!2.0"),
        ("v5", "5"),
        ("Version 5", "5"),
        ("Black 24 (2026-11-22)", "24"),
        ("# ## almanac v1.24.3 (2026-11-22)", "1.24.3"),
    ],
)
def test_a_title_names_a_release(title: str, version: str) -> None:
    found = parse_title(heading(title))
    assert found
    assert found.version == Version(version)


@pytest.mark.parametrize(
    "title",
    [
        "Changelog",
        "Older versions",
        "Unreleased",
        "2026-11-22",
        "22 November 2026",
        "November 2026",
        "Nov 22, 2026",
        "1.24.x",
        "Repairs",
        "Python 3",
        "5 things that changed",
        "The long road that has brought us at last to 2.0",
        "Issues #12 and #13",
    ],
)
def test_a_title_names_no_release(title: str) -> None:
    assert parse_title(heading(title)) is None


@pytest.mark.parametrize(
    ("title", "date"),
    [
        ("Almanac 1.24.3 (2026-11-22)", dt.date(2026, 11, 22)),
        ("1.24.3 - 2026/1/2", dt.date(2026, 1, 2)),
        ("2026.11.22 (2026-11-23)", dt.date(2026, 11, 23)),
        ("1.24.3 (2026-13-22)", None),
        ("1.24.3", None),
    ],
)
def test_the_date_of_a_release_is_found(title: str, date: dt.date | None) -> None:
    found = parse_title(heading(title))
    assert found
    assert found.date == date


def test_categories_with_versions_are_not_releases() -> None:
    titles = [
        heading("Almanac 1.24.3", 2, 0),
        heading("Python 3.14", 3, 1),
        heading("Python 3.13", 3, 2),
        heading("Almanac 1.24.2", 2, 3),
        heading("Python 3.12", 3, 4),
    ]
    assert list(release_headings(titles)) == [titles[0], titles[3]]


def test_the_title_of_a_document_is_not_a_release() -> None:
    titles = [heading("v1.24 Release Notes", 1, 0), heading("v1.24.1", 2, 1), heading("v1.24.0", 2, 2)]
    assert list(release_headings(titles)) == titles[1:]


def test_a_project_may_have_changed_its_style() -> None:
    newer = [heading("v9.1", 1, 0), heading("v9.0", 1, 2)]
    older = [heading(f"v8.{minor}", 2, 10 - minor) for minor in (3, 2, 1)]
    misc = [heading("Misc", 2, 1)]
    assert list(release_headings([newer[0], *misc, newer[1], *older])) == [*newer, *older]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Unreleased", True),
        ("[Unreleased](https://example.org)", True),
        ("Next release", True),
        ("UPCOMING", True),
        ("In development", True),
        ("Not yet released", True),
        ("To be released", True),
        ("Nextcloud support", False),
        ("What comes next", False),
        ("Next steps for people who write plugins", False),
        ("", False),
    ],
)
def test_a_heading_names_what_is_not_released(title: str, *, expected: bool) -> None:
    assert names_unreleased(Heading(title, 1, 0, 0)) is expected
