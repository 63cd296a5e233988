from __future__ import annotations

import pytest

from memory_release import MemoryRelease
from patchwright.halts import Prerequisite, WorkflowFailed
from patchwright.releases import outcome, runs
from patchwright.steps import watch_release


@pytest.fixture(autouse=True)
def evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let GitHub show a successful run of any workflow."""
    monkeypatch.setattr(runs, "run_evidence", lambda _release, workflow: f"run 12 of {workflow}")


def test_github_is_not_asked_before_the_tag(release: MemoryRelease) -> None:
    release.push()
    assert watch_release.proof(release) is None


def test_a_successful_run_of_the_tag_is_evidence(release: MemoryRelease) -> None:
    release.publish()
    assert watch_release.proof(release) == "run 12 of release"


def test_it_waits_for_the_release_workflow(release: MemoryRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[str] = []
    monkeypatch.setattr(runs, "wait_for_run", lambda _release, workflow: waited.append(workflow))
    watch_release.act(release)
    assert waited == ["release"]


def test_a_failed_run_leaves_the_tag_where_it_is(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait_for_run(_release: MemoryRelease, _workflow: str) -> None:
        raise WorkflowFailed("release failed.", never=["Do not re-run it."])

    monkeypatch.setattr(runs, "wait_for_run", wait_for_run)
    with pytest.raises(WorkflowFailed) as halted:
        watch_release.act(release)
    assert halted.value.never == (
        "Do not re-run it.",
        "Do not move or delete v1.24.1: it is public, and others have it.",
    )


@pytest.mark.parametrize("kind", [WorkflowFailed, Prerequisite])
def test_a_run_that_failed_or_cannot_be_found_has_ways_out(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch, kind: type[WorkflowFailed | Prerequisite]
) -> None:
    def wait_for_run(_release: MemoryRelease, _workflow: str) -> None:
        raise kind("It is gone.")

    monkeypatch.setattr(runs, "wait_for_run", wait_for_run)
    release.publish()
    release.record.begin()
    with pytest.raises(kind) as halted:
        watch_release.act(release)
    assert "inv release.abandon --version 1.24.1" in halted.value.remedy[-1]
    assert "inv release.patch --version 1.24.1 --published" in halted.value.remedy[-2]
    assert halted.value.next_command is None
    release.record.add_published("http://run/\x1b[1m")
    with pytest.raises(kind) as halted:
        watch_release.act(release)
    assert "\x1b" not in "".join(halted.value.evidence)
    assert halted.value.next_command == "inv release.patch --version 1.24.1 --published"


def test_a_workflow_that_is_gone_is_no_evidence(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_evidence(_release: MemoryRelease, _workflow: str) -> None:
        raise Prerequisite("The workflow release is gone.")

    monkeypatch.setattr(runs, "run_evidence", run_evidence)
    release.publish()
    assert watch_release.proof(release) is None


def test_what_a_person_says_is_evidence_and_so_is_its_record(release: MemoryRelease) -> None:
    release.publish()
    release.outcome = outcome.BY_HAND
    assert watch_release.proof(release) == "you say that 1.24.1 was published by hand"
    commit = release.move_branch("Clean up.\n\nTagged-not-published: 1.24.1", {"news/7.bugfix.rst": None})
    release.refresh()
    shown = watch_release.proof(release)
    assert shown == f"1.24.1 is closed: tagged, not published ({commit[:10]} records it)"
