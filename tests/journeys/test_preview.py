"""A preview shows what the release then makes public, and begins nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from journeys import people
from journeys.ground import Ground, Make
from journeys.promises import BRANCH
from journeys.test_prepare import YEARS, conflicting
from patchwright.practice.almanac import FRAGMENTS

pytestmark = pytest.mark.journey

VERSION = ("--version", "1.24")
PREVIEW = ("release.preview", *VERSION)


def rows(ground: Ground, revisions: str) -> list[dict[str, str]]:
    """Return commits of origin as the preview shows them, ancestors first."""
    listed = ground.origin("log", "--reverse", "--format=%s%x00%an <%ae>", revisions).splitlines()
    return [dict(zip(("subject", "author"), row.split("\0"), strict=True)) for row in listed]


@pytest.mark.parametrize("patches", ["mainline", "release-branch"])
def test_the_release_makes_public_what_the_preview_shows(make_ground: Make, patches: str) -> None:
    ground = make_ground(patches)
    before = ground.refs()
    shown = ground.inv(*PREVIEW, "--message", "Repair the almanac", "--json")
    assert shown.status == 0, shown.text
    assert shown.err == ""

    done = ground.inv("release.patch", *VERSION, "--message", "Repair the almanac", "--yes", "--skip-check")

    assert done.status == 0, done.text
    preview: dict[str, Any] = shown.json
    assert (preview["schema"], preview["version"], preview["tag"]) == (1, "1.24.1", "v1.24.1")
    assert preview["problems"] == []
    assert preview["tag_message"] in ground.origin("cat-file", "tag", "v1.24.1")
    changelog = preview["changelog"]
    assert changelog["section"].strip() in ground.show(f"v1.24.1:{changelog['path']}")
    for branch, commits in preview["commits"].items():
        assert commits == rows(ground, f"{before[f'refs/heads/{branch}']}..{branch}")
    proposed = [one["subject"] for one in preview["candidates"] if one["verdict"] == "proposed"]
    assert len(proposed) == (2 if patches == "mainline" else 0)
    assert {key for one in preview["candidates"] for key in one} <= {"sha", "subject", "verdict", "reason"}


def test_the_text_has_the_same_and_leaves_nothing_behind(ground: Ground, tmp_path: Path) -> None:
    done = ground.inv(*PREVIEW, TMPDIR=str(tmp_path))
    assert done.status == 0, done.text
    assert "    - Know that most centuries begin without a leap day. (#417)" in done.out.splitlines()
    assert list(tmp_path.iterdir()) == []
    assert not (ground.root / "state").exists()


def test_a_conflict_is_a_problem_of_the_preview(make_ground: Make) -> None:
    ground = make_ground("release-branch")
    conflicting(ground)
    done = ground.inv(*PREVIEW, "--json")
    assert done.status == 0, done.text
    (problem,) = done.json["problems"]
    assert problem["cause"].startswith("The release would halt at prepare: ")
    assert YEARS in problem["cause"]
    assert done.json["changelog"] is None
    dry = ground.inv("--dry", "release.patch", *VERSION)
    assert dry.status == 7, dry.text
    assert "The release would halt at prepare: " in dry.err


def test_named_patches_are_previewed(ground: Ground) -> None:
    fix = ground.origin("log", "-1", "--format=%H", "--grep=interval of high waters", "master")
    done = ground.inv(*PREVIEW, "--patches", fix[:10], "--json")
    assert done.status == 0, done.text
    subjects = [one["subject"] for one in done.json["commits"]["release-1.24"]]
    assert subjects[0] == "Repair the interval of high waters."
    assert len(subjects) == 4


def test_a_release_under_way_is_previewed_as_it_is(ground: Ground) -> None:
    for step in ("checkout", "pick", "check", "bump", "changelog", "prepare"):
        assert ground.inv(f"release.{step}", *VERSION).status == 0
    head = ground.origin("rev-parse", BRANCH)
    done = ground.inv(*PREVIEW, "--json")
    assert done.status == 0, done.text
    assert json.loads(done.out)["candidates"] == []
    assert len(done.json["commits"]["release-1.24"]) == 5
    assert ground.origin("rev-parse", BRANCH) == head


def test_all_problems_of_a_project_are_reported_at_once(ground: Ground) -> None:
    ground.git("config", "user.signingKey", str(ground.root / "no-such-key"))
    done = ground.inv(*PREVIEW, "--json")
    assert done.status == 0, done.text
    assert [problem["cause"] for problem in done.json["problems"]] == ["git could not sign a test commit."]
    assert done.json["changelog"] is not None


def test_problems_are_named_once_and_in_full(ground: Ground) -> None:
    names = ("418.wonder.rst", "500.repair.rst", "0500.repair.rst")
    fragments = {f"{FRAGMENTS}/{name}": "x\n" for name in names}
    people.pushed(ground, "release-1.24", fragments, "Add odd fragments.")
    done = ground.inv(*PREVIEW, "--json")
    assert done.status == 0, done.text
    causes = [problem["cause"] for problem in done.json["problems"]]
    assert len(causes) == len(set(causes)) == 2
    assert not any(cause.startswith(("2 problems", "The release would halt")) for cause in causes)
    assert "418.wonder.rst" in done.out
    dry = ground.inv("--dry", "release.patch", *VERSION)
    assert dry.status == 3, dry.text
    assert "418.wonder.rst" in dry.err
    assert ground.inv("release.preflight", *VERSION).err.count("418.wonder.rst") == 1


def test_an_integration_for_later_is_not_shown_as_nothing(ground: Ground) -> None:
    done = ground.inv("--dry", "release.patch", *VERSION, "--integrate-later")
    assert done.status == 0, done.text
    assert "gets 0 commits" not in done.out
    assert "almanac gets the integration, which is not built yet" in done.out
