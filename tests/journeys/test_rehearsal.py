"""A rehearsal on a copy, and the practice ground as a newcomer starts it."""

from __future__ import annotations

import pytest

from journeys.ground import Ground

pytestmark = pytest.mark.journey


def test_a_rehearsal_shows_the_release_and_changes_neither_origin_nor_the_clone(ground: Ground) -> None:
    before, local = ground.refs(), ground.git("for-each-ref")

    done = ground.inv("release.rehearse", "--version", "1.24", "--yes", "--message", "Repair years and tides")

    assert done.status == 0, done.text
    for told in (
        "Released 1.24.1",
        "Release v1.24.1 patch: Repair years and tides.",
        "Version: 1.24.1",
        "(#417)",
    ):
        assert told in done.out
    assert ground.refs() == before
    assert ground.git("for-each-ref") == local
    assert ground.git("status", "--porcelain") == ""
    assert not ground.standin.runs


def test_the_practice_ground_runs_a_release_that_halts_at_the_requested_place(ground: Ground) -> None:
    directory = ground.root / "practice"

    done = ground.inv("practice", "--fail", "qa", "--directory", str(directory))

    assert done.status == 5, done.text
    assert "Halted at watch-qa: workflow failed, exit 5" in done.err
    origin = str(directory / "github" / "practice" / "almanac.git")
    assert ground.git("--git-dir", origin, "tag", "--list") == "v1.24.0"
    assert ground.git("--git-dir", origin, "log", "-1", "--format=%s", "release-1.24") == (
        "Update changelog for v1.24.1 patch release."
    )
