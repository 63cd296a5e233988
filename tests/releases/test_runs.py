"""The run that a release waits for: which one it is, its evidence, and the wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from fake_gh import QA, REPO, FakeClock, FakeGh, FakeRun, PassingGitHub, github
from memory_release import MemoryRelease
from patchwright.github.models import Job, Target
from patchwright.github.repository import GitHub
from patchwright.halts import WorkflowFailed
from patchwright.practice.runs import JobScript, RunScript
from patchwright.releases import runs
from patchwright.releases.workflow_files import SETTINGS
from repository import WORKFLOW_FILES

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
    qa, release = WORKFLOW_FILES
    assert runs.run_target(world.release, "qa") == Target("qa", world.commit, "release-1.24", path=qa)
    assert runs.run_target(world.release, "release") == Target(
        "release", world.commit, "v1.24.1", is_tag=True, path=release
    )


def test_the_runs_of_one_workflow_for_both_are_told_apart_by_their_refs(world: World) -> None:
    world.release.settings = replace(world.release.settings, qa_workflow="qa", release_workflow="qa")
    qa, release = (runs.run_target(world.release, role) for role in SETTINGS)
    assert (qa.ref, qa.is_tag, release.ref, release.is_tag) == ("release-1.24", False, "v1.24.1", True)
    world.start(GREEN)
    world.clock.sleep(600)
    assert runs.run_evidence(world.release, "qa")
    assert runs.run_evidence(world.release, "release") is None


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


# The jobs of the release run


@pytest.fixture
def published(release: MemoryRelease) -> PassingGitHub:
    """GitHub of a release whose release run has succeeded."""
    release.publish()
    passing = PassingGitHub()
    release.github = cast("GitHub", passing)
    return passing


def job(name: str, conclusion: str | None = "success", status: str = "completed") -> Job:
    return Job(1, name, status, conclusion, "", None, None, ())


def require(release: MemoryRelease, *names: str) -> None:
    release.settings = replace(release.settings, release_jobs=names)


@pytest.mark.parametrize(
    ("jobs", "rows"),
    [
        ([job("build"), job("publish", "skipped")], ("publish: skipped",)),
        ([job("build"), job("publish", "failure")], ("publish: failure",)),
        ([job("build"), job("publish", "neutral")], ("publish: neutral",)),
        ([job("build"), job("publish", None, "queued")], ("publish: queued",)),
        ([job("build")], ("publish: the run has no such job",)),
        ([job("build"), job("Publish"), job("publish (linux)")], ("publish: the run has no such job",)),
        ([job("build"), job("publish"), job("publish", "skipped")], ("publish: skipped",)),
    ],
)
def test_a_named_job_that_did_not_succeed_halts(
    release: MemoryRelease, published: PassingGitHub, jobs: list[Job], rows: tuple[str, ...]
) -> None:
    require(release, "build", "publish")
    published.listed_jobs = tuple(jobs)
    assert runs.run_evidence(release, "release") is None
    with pytest.raises(WorkflowFailed) as halted:
        runs.wait_for_run(release, "release")
    assert halted.value.cause == (
        "release #12 of v1.24.1 succeeded, but not every job of the setting `release-jobs` did."
    )
    assert halted.value.evidence[1 : 1 + len(rows)] == rows


def test_named_jobs_that_succeeded_are_evidence(release: MemoryRelease, published: PassingGitHub) -> None:
    require(release, "build", "publish")
    published.listed_jobs = (job("build"), job("publish"), job("announce the release", "skipped"))
    runs.wait_for_run(release, "release")
    assert runs.run_evidence(release, "release") == "run 12 of release, attempt 1: success"
    assert release.notes == []


def test_named_jobs_are_only_looked_for_in_the_release_run(
    release: MemoryRelease, published: PassingGitHub
) -> None:
    require(release, "publish")
    published.listed_jobs = (job("test"),)
    assert runs.run_evidence(release, "qa")


@pytest.mark.parametrize(
    ("name", "conclusion", "is_noted"),
    [
        ("publish", "skipped", True),
        ("Deploy to PyPI", "skipped", True),
        ("release / upload (linux)", "failure", True),
        ("publish", "success", False),
        ("announce", "skipped", False),
    ],
)
def test_a_skipped_job_that_seems_to_publish_is_noted(
    release: MemoryRelease, published: PassingGitHub, name: str, conclusion: str, *, is_noted: bool
) -> None:
    published.listed_jobs = (job("build"), job(name, conclusion))
    assert runs.run_evidence(release, "release")
    assert len(release.notes) == is_noted
    assert all(f"the job {name} of the release run" in note for note in release.notes)
