"""The run that a release waits for: which one it is, its evidence, and the wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fake_gh import QA, REPO, FakeClock, FakeGh, FakeRun, github
from memory_release import MemoryRelease
from patchwright.github.models import Target
from patchwright.halts import WorkflowFailed
from patchwright.practice.runs import JobScript, RunScript
from patchwright.releases import runs

GREEN = RunScript(jobs=[JobScript("test", 90)])
RED = RunScript(jobs=[JobScript("test", 90, conclusion="failure")])
RELEASE = {"id": 8, "name": "release", "path": ".github/workflows/release.yaml", "state": "active"}
URL = f"{REPO.url}/actions/runs/1001"


@dataclass
class World:
    """A pushed release, and GitHub with its runs."""

    release: MemoryRelease
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.commit = self.release.push()
        self.release.github = github(self.clock)
        self.gh = FakeGh(self.clock, workflows=[QA, RELEASE])

    def start(self, script: RunScript) -> None:
        """Let GitHub have a QA run of the pushed commit."""
        self.gh.runs.append(FakeRun(script, sha=self.commit))


@pytest.fixture
def world(release: MemoryRelease) -> Iterator[World]:
    world = World(release)
    with world.gh:
        yield world


def test_qa_runs_on_the_branch_and_the_release_workflow_on_the_tag(world: World) -> None:
    assert runs.run_target(world.release, "qa") == Target("qa", world.commit, "release-1.24")
    assert runs.run_target(world.release, "release") == Target(
        "release", world.commit, "v1.24.1", is_tag=True
    )


def test_without_a_run_there_is_no_evidence(world: World) -> None:
    assert runs.run_evidence(world.release, "qa") is None
    assert world.release.run_urls == {}


def test_a_run_that_has_not_ended_is_no_evidence(world: World) -> None:
    world.start(GREEN)
    assert runs.run_evidence(world.release, "qa") is None


def test_a_run_that_succeeded_is_evidence_and_its_url_is_shown_once(world: World) -> None:
    world.start(GREEN)
    world.clock.sleep(600)
    assert runs.run_evidence(world.release, "qa") == f"run 12 of qa, attempt 1: success {URL}"
    assert world.release.run_urls == {"qa": URL}
    assert runs.run_evidence(world.release, "qa") == "run 12 of qa, attempt 1: success"


def test_a_run_that_failed_is_no_evidence(world: World) -> None:
    world.start(RED)
    world.clock.sleep(600)
    assert runs.run_evidence(world.release, "qa") is None


def test_it_waits_until_the_run_has_succeeded(world: World) -> None:
    world.start(GREEN)
    runs.wait_for_run(world.release, "qa")
    assert world.clock.monotonic() >= 90
    assert runs.run_evidence(world.release, "qa") == "run 12 of qa, attempt 1: success"


def test_a_run_that_fails_halts(world: World) -> None:
    world.start(RED)
    with pytest.raises(WorkflowFailed):
        runs.wait_for_run(world.release, "qa")
    assert world.release.run_urls == {}


def test_a_dry_run_says_what_it_would_watch(tmp_path: Path) -> None:
    dry = MemoryRelease(tmp_path, dry=True)
    runs.wait_for_run(dry, "qa")
    assert dry.shown.said == ["watch the run of workflow qa for <the commit above> on release-1.24"]
