from __future__ import annotations

import pytest

from memory_release import MemoryRelease
from patchwright.halts import Prerequisite, Unavailable, WorkflowFailed
from patchwright.releases import runs
from patchwright.steps import watch_qa


@pytest.fixture(autouse=True)
def evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let GitHub show a successful run of any workflow."""
    monkeypatch.setattr(runs, "run_evidence", lambda _release, workflow: f"run 12 of {workflow}")


def fail_with(monkeypatch: pytest.MonkeyPatch, halt: Exception | None) -> list[str]:
    """Let the wait for a run end with a halt; return the workflows that were waited for."""
    waited: list[str] = []

    def wait_for_run(_release: MemoryRelease, workflow: str) -> None:
        waited.append(workflow)
        if halt:
            raise halt

    monkeypatch.setattr(runs, "wait_for_run", wait_for_run)
    return waited


def test_github_is_not_asked_before_the_push(release: MemoryRelease) -> None:
    release.prepare()
    assert watch_qa.proof(release) is None


def test_a_successful_run_of_the_pushed_commit_is_evidence(release: MemoryRelease) -> None:
    release.push()
    assert watch_qa.proof(release) == "run 12 of qa"


def test_the_commit_that_this_run_pushed_counts_although_the_branch_has_moved(
    release: MemoryRelease,
) -> None:
    release.remember_pushed(release.push())
    release.move_branch("Theirs", {"theirs.py": "x\n"})
    release.refresh()
    assert watch_qa.proof(release) == "run 12 of qa"


def test_the_run_is_shown_after_the_tag_is_public(release: MemoryRelease) -> None:
    release.publish()
    assert watch_qa.proof(release) == "run 12 of qa"
    assert release.notes == []


@pytest.mark.parametrize("problem", [None, Prerequisite("The workflow qa is gone.")])
def test_a_missing_or_red_run_is_a_note_once_the_tag_is_public(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch, problem: Prerequisite | None
) -> None:
    def run_evidence(_release: MemoryRelease, _workflow: str) -> None:
        if problem:
            raise problem

    monkeypatch.setattr(runs, "run_evidence", run_evidence)
    release.publish()
    assert watch_qa.proof(release) == "v1.24.1 is public, so QA is not needed any more"
    assert len(release.notes) == 1
    assert release.notes[0].endswith("; v1.24.1 was public already")


def test_it_waits_for_qa(release: MemoryRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = fail_with(monkeypatch, None)
    watch_qa.act(release)
    assert waited == ["qa"]


def test_a_failed_run_can_be_fixed_under_the_same_version(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, WorkflowFailed("qa failed.", remedy=["Read the log."]))
    with pytest.raises(WorkflowFailed) as halted:
        watch_qa.act(release)
    first, second = halted.value.remedy
    assert first == "Read the log."
    assert second == (
        "Or push a fix to release-1.24 and run the same command again: "
        "1.24.1 is then released from the new commit."
    )


def test_another_halt_passes_as_it_is(release: MemoryRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    halt = Unavailable("GitHub did not answer.")
    fail_with(monkeypatch, halt)
    with pytest.raises(Unavailable) as halted:
        watch_qa.act(release)
    assert halted.value is halt
    assert halt.remedy == ()
