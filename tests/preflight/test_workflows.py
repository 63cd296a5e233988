"""Checks of the workflows that a release needs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_gh import QA, FakeClock, FakeGh, github
from fake_release import FakeCommits, fake_release
from patchwright.halts import Prerequisite
from patchwright.preflight import workflows
from patchwright.preflight.checks import Check
from patchwright.releases.release import Release

RELEASE = {"id": 8, "name": "release", "path": ".github/workflows/release.yaml", "state": "active"}
CHECKS = [(workflows.require_qa_workflow, QA), (workflows.require_release_workflow, RELEASE)]


@pytest.fixture
def gh(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGh]:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    with FakeGh(FakeClock()) as gh:
        yield gh


def on_github(path: Path, gh: FakeGh) -> Release:
    return fake_release(path, github=github(gh.clock))


# require_qa_workflow, require_release_workflow


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_an_enabled_workflow_passes(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    gh.workflows = [workflow]
    check(on_github(tmp_path, gh))


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_an_unknown_workflow_halts(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    gh.workflows = []
    with pytest.raises(Prerequisite, match=rf"^octo/almanac has no workflow `{workflow['name']}`\.$"):
        check(on_github(tmp_path, gh))


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_a_disabled_workflow_halts(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    gh.workflows = [{**workflow, "state": "disabled_manually"}]
    with pytest.raises(Prerequisite, match=f"^The workflow {workflow['path']} is disabled"):
        check(on_github(tmp_path, gh))


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_github_is_not_asked_without_a_url(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    gh.workflows = [workflow]
    check(fake_release(tmp_path, urls=([], []), github=github(gh.clock)))
    assert gh.requests == []


# require_startable


def prepared(path: Path, message: str) -> Release:
    """Return a release whose release commit has this message."""
    return fake_release(path, commits=FakeCommits(is_prepared=True, message=message))


@pytest.mark.parametrize(
    "marker",
    [
        "[skip ci]",
        "[ci skip]",
        "[no ci]",
        "[skip actions]",
        "[actions skip]",
        "[SKIP CI]",
        "\n\nskip-checks: true",
    ],
)
def test_a_marker_that_keeps_github_from_starting_qa_halts(tmp_path: Path, marker: str) -> None:
    with pytest.raises(Prerequisite) as raised:
        workflows.require_startable(prepared(tmp_path, f"Fix it. {marker}"))
    assert raised.value.cause == (
        f"QA would never start: the message of commit ffffffffff contains `{marker.strip().lower()}`."
    )
    assert raised.value.evidence[0].startswith("Fix it.")
    assert raised.value.remedy == ("Add a commit without the marker on top of it.",)


def test_a_marker_in_a_subject_of_the_settings_halts(tmp_path: Path) -> None:
    release = fake_release(tmp_path, commits=FakeCommits(), version_subject="{version} [no ci]")
    with pytest.raises(Prerequisite) as raised:
        workflows.require_startable(release)
    assert raised.value.cause == (
        "QA would never start: a commit subject in the settings contains `[no ci]`."
    )
    assert raised.value.evidence == ("Update changelog for v1.24.1 patch release.", "1.24.1 [no ci]")
    assert raised.value.remedy == ("Remove the marker from `changelog-subject` and `version-subject`.",)


def test_messages_without_a_marker_start_workflows(tmp_path: Path) -> None:
    workflows.require_startable(fake_release(tmp_path, commits=FakeCommits()))
    message = "Skip ci in the documentation.\n\nSee [skip] and ci."
    workflows.require_startable(prepared(tmp_path, message))
