"""`release.status`: the state of a release, for people and as JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from invoke import Context

from commands.conftest import UseRelease
from fake_release import PLAN, REFS, TAG, FakeCommits, fake_release
from patchwright.commands import status
from patchwright.engine.runner import StepModule
from patchwright.halts import AlreadyPublished, Prerequisite, Unavailable
from patchwright.pipeline import STEPS, STEPS_BY_NAME, Step
from patchwright.preflight import published
from patchwright.releases.release import Release

HALT = Prerequisite("gh is not on PATH.", evidence=["PATH: /bin"]).as_json()
HALT_AT_TAG = {**HALT, "step": "tag"}


def release_with(
    path: Path, *, tag: bool = False, begun: bool = False, halt: dict[str, Any] | None = None
) -> Release:
    """Return a release that is public, recorded or halted."""
    refs = {**REFS, f"refs/tags/{PLAN.tag}": TAG} if tag else REFS
    release = fake_release(path, refs=refs, commits=FakeCommits())
    if begun or halt:
        release.record.begin()
    if halt:
        release.record.add_halt(halt)
    return release


def proofs(done: int) -> list[tuple[Step, str | None]]:
    """Return the steps with evidence for the first ones."""
    return [(step, f"{step.name} is proven" if at < done else None) for at, step in enumerate(STEPS)]


@pytest.mark.parametrize(
    ("world", "done", "state"),
    [
        ({}, 0, "none"),
        ({"begun": True}, 3, "in-progress"),
        ({"begun": True, "halt": HALT}, 3, "halted"),
        ({"begun": True, "halt": HALT_AT_TAG}, 3, "halted"),
        ({"tag": True}, 10, "in-progress"),
        ({"tag": True, "halt": HALT}, 10, "halted"),
        ({"tag": True, "halt": HALT_AT_TAG}, 10, "in-progress"),
        ({"tag": True}, len(STEPS), "done"),
        ({"tag": True, "halt": HALT}, len(STEPS), "done"),
    ],
)
def test_the_state_follows_the_proofs_first(
    world: Mapping[str, Any], done: int, state: str, tmp_path: Path
) -> None:
    assert status.find_state(release_with(tmp_path, **world), proofs(done)) == state


def test_a_version_at_the_head_shows_that_the_release_is_in_progress(tmp_path: Path) -> None:
    commits = FakeCommits({**FakeCommits().files, "almanac.py": '__version__ = "1.24.1"\n'})
    assert status.find_state(fake_release(tmp_path, commits=commits), proofs(0)) == "in-progress"


def test_the_document_has_exactly_the_keys_of_schema_1(tmp_path: Path) -> None:
    document = status.as_document(release_with(tmp_path, halt=HALT), proofs(2), "halted")
    assert json.loads(json.dumps(document)) == {
        "schema": 1,
        "series": "1.24",
        "version": "1.24.1",
        "tag": "v1.24.1",
        "branch": "release-1.24",
        "state": "halted",
        "steps": [
            {"name": step.name, "done": at < 2, "evidence": f"{step.name} is proven" if at < 2 else None}
            for at, step in enumerate(STEPS)
        ],
        "next": "inv release.patch --version 1.24",
        "halt": HALT,
    }


@pytest.mark.parametrize("state", ["none", "in-progress", "done"])
def test_the_document_has_a_halt_only_in_the_state_halted(state: str, tmp_path: Path) -> None:
    document = status.as_document(release_with(tmp_path, halt=HALT), proofs(0), state)
    assert document["halt"] is None
    assert document["next"] == (None if state == "done" else "inv release.patch --version 1.24")


def test_the_evidence_in_the_document_is_one_safe_line(tmp_path: Path) -> None:
    document = status.as_document(release_with(tmp_path), [(STEPS[0], "a\nb \x1b[31m")], "in-progress")
    assert cast("list[Any]", document["steps"])[0]["evidence"] == "a b \\x1b[31m"


def test_a_proof_that_halts_is_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def proof(_release: Release) -> str:
        raise Prerequisite("No network.")

    module = cast("StepModule", SimpleNamespace(proof=proof))
    monkeypatch.setattr(status, "module_of", lambda _step: module)
    assert status.find_proof(release_with(tmp_path), STEPS_BY_NAME["tag"]) is None


def test_a_release_that_has_begun_has_passed_preflight(tmp_path: Path) -> None:
    release = release_with(tmp_path, begun=True)
    assert status.find_proof(release, STEPS_BY_NAME["preflight"]) == "the release is in progress"


def test_a_release_that_has_not_begun_is_printed_without_a_search_for_proofs(
    tmp_path: Path, use_release: UseRelease, capsys: pytest.CaptureFixture[str]
) -> None:
    use_release(release_with(tmp_path))
    status.run(Context(), "1.24", as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["state"] == "none"
    assert not any(step["done"] for step in document["steps"])


def test_the_status_for_people_names_every_step_and_the_next_command(
    tmp_path: Path, use_release: UseRelease, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip  # the fixtures
    monkeypatch.setattr(status, "find_proof", lambda _release, _step: None)
    monkeypatch.setattr(status, "find_lost_tag", lambda _release: None)
    use_release(release_with(tmp_path, begun=True))
    status.run(Context(), "1.24", as_json=False)
    shown = capsys.readouterr().out
    assert all(step.name in shown for step in STEPS)
    assert shown.endswith("Next: inv release.patch --version 1.24\n")


def test_a_version_whose_tag_was_deleted_is_halted_at_the_tag(
    tmp_path: Path, use_release: UseRelease, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip  # the fixtures
    def lost(_release: Release) -> None:
        raise AlreadyPublished("1.24.1 was public before.", next_command="git push origin refs/tags/v1.24.1")

    monkeypatch.setattr(published, "require_unpublished", lost)
    use_release(release_with(tmp_path, begun=True, halt=HALT))
    status.run(Context(), "1.24", as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["state"], document["next"]) == ("halted", "git push origin refs/tags/v1.24.1")
    assert (document["halt"]["step"], document["halt"]["cause"]) == ("tag", "1.24.1 was public before.")
    assert [step["name"] for step in document["steps"] if not step["done"]] == [
        "tag", "watch-release", "clean-up", "integrate-master",
    ]  # fmt: skip  # the steps from the tag on


def test_without_an_answer_nothing_is_known_of_an_earlier_tag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_release: Release) -> None:
        raise Unavailable("GitHub did not answer.")

    monkeypatch.setattr(published, "require_unpublished", silent)
    assert status.find_lost_tag(release_with(tmp_path, begun=True)) is None
    monkeypatch.setattr(published, "require_unpublished", pytest.fail)
    assert status.find_lost_tag(release_with(tmp_path, tag=True)) is None
