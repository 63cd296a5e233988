"""The local release branch: commits that origin lacks are released; a diverged branch halts."""

from __future__ import annotations

import pytest

from journeys.ground import Make

pytestmark = pytest.mark.journey


def test_local_commits_are_listed_and_released(make_ground: Make) -> None:
    ground = make_ground("release-branch")
    ground.git("checkout", "--quiet", "release-1.24")
    (ground.clone / ".auxiliary/data/towncrier/+local.repair.rst").write_text("Repair it locally.\n")
    ground.git("add", "--all")
    ground.git("commit", "--quiet", "--message", "Repair it locally.")
    ground.git("checkout", "--quiet", "master")

    done = ground.inv("release.patch", "--version", "1.24", "--yes")

    assert done.status == 0, done.text
    assert "part of the release, on your local release-1.24:" in done.out
    assert "Repair it locally." in ground.subjects("v1.24.1")
    assert "Repair it locally." in ground.show("master:documentation/changelog.rst")
    assert ground.git("rev-parse", "release-1.24") == ground.refs()["refs/heads/release-1.24"]


def test_a_diverged_local_branch_halts_before_anything(make_ground: Make) -> None:
    ground = make_ground("release-branch")
    before = ground.refs()
    ground.git("branch", "--quiet", "release-1.24", "origin/release-1.24~1")
    ground.git("checkout", "--quiet", "release-1.24")
    ground.git("commit", "--quiet", "--allow-empty", "--message", "Elsewhere")
    ground.git("checkout", "--quiet", "master")

    done = ground.inv("release.patch", "--version", "1.24", "--yes")

    assert done.status == 7, done.text
    assert "have diverged" in done.err
    assert ground.refs() == before
