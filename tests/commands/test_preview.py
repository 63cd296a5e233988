"""`release.preview`: what it shows of a release that was built in a copy, and of one that cannot be built."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fake_release import HEAD, FakeCommits, fake_commit, fake_release
from patchwright.commands import preview
from patchwright.commands.preview import Preview
from patchwright.halts import AlreadyPublished, BranchConflict, Halt, Prerequisite, combine
from patchwright.history.candidate import Candidate
from patchwright.patches import choice
from patchwright.preflight import problems
from patchwright.publication.overview import Overview
from patchwright.releases.release import Release
from patchwright.releases.request import Request
from patchwright.report.terminal import Report

FIX = fake_commit("a" * 40, message="Repair leap years.")
CANDIDATE = Candidate(FIX, "proposed", "it adds news/7.repair.rst")
OVERVIEW = Overview(
    repository="github.com/octo/almanac",
    tag="v1.24.1",
    tag_message="Release v1.24.1 patch: Leap years.",
    changelog="CHANGES.rst",
    section="almanac 1.24.1\n\n- Leap years.\n",
    commits={"release-1.24": [FIX], "master": []},
    notes=("news/8.rst was left",),
)
CONFLICT = BranchConflict("Picking it conflicts.", evidence=["worktree: /tmp/x", "in years.py"])
PROBLEM = Prerequisite("gh is not on PATH.", remedy=["Install it."])


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """A release that has one candidate and no problem, and whose copy is a fake."""
    monkeypatch.setattr(choice, "collect_candidates", lambda _release: [CANDIDATE])
    monkeypatch.setattr(choice, "proposed_commits", lambda _candidates: (FIX.sha,))
    monkeypatch.setattr(problems, "find_problems", lambda *_: [])
    monkeypatch.setattr(preview, "build_overview", lambda _release: OVERVIEW)
    return fake_release(tmp_path, commits=FakeCommits())


def test_the_proposed_commits_are_previewed(release: Release) -> None:
    found = preview.find_preview(release, Request("1.24"))
    assert found == Preview([CANDIDATE], OVERVIEW, [])
    assert release.plan.picks == (FIX.sha,)


def test_recorded_picks_are_not_chosen_again(release: Release) -> None:
    release.resolve(replace(release.plan, picks=()))
    assert preview.find_preview(release, Request("1.24")).candidates == []
    assert release.plan.picks == ()


def test_what_stops_the_build_is_the_last_problem(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    def conflict(_release: Release) -> Overview:
        raise CONFLICT

    monkeypatch.setattr(problems, "find_problems", lambda *_: [PROBLEM])
    monkeypatch.setattr(preview, "build_overview", conflict)
    found = preview.find_preview(release, Request("1.24"))
    assert (found.overview, found.problems) == (None, [PROBLEM, CONFLICT])


def test_a_problem_that_a_check_has_found_is_not_repeated(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, other = Prerequisite(PROBLEM.cause), Prerequisite("hatch is not on PATH.")

    def halted(_release: Release) -> Overview:
        both = combine([again, other])
        both.step = "changelog"
        raise both

    monkeypatch.setattr(problems, "find_problems", lambda *_: [combine([PROBLEM, CONFLICT])])
    monkeypatch.setattr(preview, "build_overview", halted)
    found = preview.find_preview(release, Request("1.24"))
    assert [problem.cause for problem in found.problems] == [
        PROBLEM.cause,
        CONFLICT.cause,
        "The release would halt at changelog: hatch is not on PATH.",
    ]


def test_a_version_that_was_public_before_is_not_built(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = AlreadyPublished("1.24.1 was public before.")
    monkeypatch.setattr(problems, "find_problems", lambda *_: [PROBLEM, public])
    monkeypatch.setattr(preview, "build_overview", pytest.fail)
    assert preview.find_preview(release, Request("1.24")) == Preview([], None, [public])


def test_the_document_has_every_key_even_without_an_overview(release: Release) -> None:
    whole = preview.as_document(release, Preview([CANDIDATE], OVERVIEW, []))
    broken = preview.as_document(release, Preview([], None, [PROBLEM]))
    assert list(whole) == list(broken)
    assert whole["candidates"] == [
        {"sha": FIX.sha, "subject": FIX.subject, "verdict": "proposed", "reason": CANDIDATE.reason}
    ]
    assert whole["commits"] == {
        "release-1.24": [{"subject": FIX.subject, "author": FIX.author}], "master": []
    }  # fmt: skip  # two branches
    assert (broken["changelog"], broken["commits"], broken["tag_message"]) == (None, None, None)
    assert json.loads(json.dumps(broken))["problems"][0]["cause"] == PROBLEM.cause


def test_a_halt_of_the_copy_names_the_step_and_not_the_copy() -> None:
    halt: Halt = preview.halt_at("prepare", CONFLICT)
    assert halt.cause == "The release would halt at prepare: Picking it conflicts."
    assert halt.evidence == ("in years.py",)


def test_the_text_shows_no_names_of_commits_that_will_be_others(
    release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    release.origin.refs = {**release.origin.refs, "refs/tags/v1.24.1": HEAD}
    preview.show(release, Preview([], OVERVIEW, [PROBLEM]), Report())
    shown = capsys.readouterr().out.splitlines()
    assert f"    {FIX.subject} ({FIX.author})" in shown
    assert shown[-2:] == ["Problem: gh is not on PATH.", "    Install it."]
