from __future__ import annotations

import pytest

from memory_release import MemoryRelease
from patchwright.halts import WorkflowFailed
from patchwright.releases import runs
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
