"""A plan is made from the names of tags and branches, and a name of another form does not count."""

from __future__ import annotations

import pytest

from fake_release import PLAN
from patchwright.halts import VersionConflict
from patchwright.releases import plan
from patchwright.settings import Settings


def refs(*names: str) -> dict[str, str]:
    return {f"refs/tags/{name}": f"{number:040x}" for number, name in enumerate(names)}


def test_the_releases_of_a_series_are_its_final_tags_in_order() -> None:
    tags = refs(
        "v1.24.2",
        "v1.24.10",
        "v1.24",
        "v1.24.3rc1",
        "v1.240.1",
        "v1.24.1.1",
        "v1.2.4",
        "x1.24.5",
        "v1.24.9-a",
    )
    tags["refs/tags/v1.24.2^{}"] = "f" * 40
    found = plan.published_releases(tags, "1.24", Settings())
    assert [release.version for release in found] == ["1.24", "1.24.2", "1.24.10"]
    assert found[1].commit == "f" * 40


def test_a_series_is_not_a_prefix_of_another() -> None:
    assert plan.published_releases(refs("v1.10.1", "v1.1.1"), "1.1", Settings()) == [
        plan.PublishedRelease("1.1.1", "v1.1.1", f"{1:040x}")
    ]


def test_the_settings_name_the_tags() -> None:
    found = plan.published_releases(
        refs("almanac/1.24.0-final", "v1.24.7"), "1.24", Settings(tag="almanac/{version}-final")
    )
    assert [release.tag for release in found] == ["almanac/1.24.0-final"]


def test_a_version_that_was_typed_is_the_next_one_or_halts() -> None:
    plan.require_asserted(None, "1.24.3", "")
    plan.require_asserted("1.24.3", "1.24.3", "")
    with pytest.raises(VersionConflict, match=r"names 1\.24\.4, but the next release is 1\.24\.3"):
        plan.require_asserted("1.24.4", "1.24.3", "the last one is 1.24.2")


def test_the_series_are_those_with_a_release_branch() -> None:
    heads = dict.fromkeys(
        [
            f"refs/heads/{name}"
            for name in ("release-1.9", "release-1.10", "release-1.24-hotfix", "release-x", "master")
        ],
        "0" * 40,
    )
    assert plan.all_series(heads, Settings()) == ["1.9", "1.10"]


def test_the_settings_name_branches_and_tags() -> None:
    settings = Settings(release_branch="stable/{series}", tag="almanac-{version}")
    assert plan.release_branch("1.24", settings) == "stable/1.24"
    assert plan.tag_name("1.24.1", settings) == "almanac-1.24.1"
    assert plan.all_series({"refs/heads/stable/1.24": "0" * 40, "refs/heads/1.9": "0" * 40}, settings) == [
        "1.24"
    ]


def test_a_plan_fills_the_fields_of_settings() -> None:
    assert PLAN.fields == {"version": "1.24.1", "series": "1.24", "date": "2026-01-01"}
    assert PLAN.integration_branch == "patchwright/integrate-v1.24.1"
