"""The run that a release waits for: which one it is, its evidence, and the wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from fake_gh import QA, REPO, START, FakeClock, FakeGh, FakeRun, PassingGitHub, github, iso, run_json
from memory_release import MemoryRelease
from patchwright.github.models import Job, Target
from patchwright.github.repository import GitHub
from patchwright.halts import Prerequisite, WorkflowFailed
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


def test_github_is_asked_once_whether_both_workflows_are_enabled(world: World) -> None:
    runs.require_enabled(world.release, "qa", "release")
    assert len(world.gh.targets("^actions/workflows")) == 1
    world.gh.workflows = [QA, {**RELEASE, "state": "disabled_manually"}]
    with pytest.raises(Prerequisite, match=rf"^The workflow {RELEASE['path']} is disabled"):
        runs.require_enabled(world.release, "qa", "release")
    runs.require_enabled(world.release, "qa")


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


# Which run on the tag shows that the version was published


@dataclass
class Published:
    """A release with a public tag, and GitHub with the runs on the tag."""

    release: MemoryRelease
    gh: FakeGh
    clock: FakeClock

    def add(self, script: RunScript, **more: Any) -> None:  # noqa: ANN401  the fields of a run
        run = FakeRun(script, sha=self.release.commits.release_commit, branch="v1.24.1", workflow=RELEASE)
        self.gh.runs.append(replace(run, **more))

    def evidence(self) -> str | None:
        return runs.run_evidence(self.release, "release")


@pytest.fixture
def tagged(release: MemoryRelease) -> Iterator[Published]:
    clock = FakeClock()
    release.publish()
    release.github = github(clock)
    with FakeGh(clock, workflows=[QA, RELEASE]) as gh:
        yield Published(release, gh, clock)


@pytest.mark.parametrize("event", ["workflow_dispatch", "release", "create"])
def test_a_run_that_another_event_started_on_the_tag_counts_with_a_note(
    tagged: Published, event: str
) -> None:
    tagged.add(RED)
    tagged.add(GREEN, id=1002, number=13, event=event)
    tagged.clock.sleep(600)
    assert tagged.evidence() == f"run 13 of release, attempt 1: success {REPO.url}/actions/runs/1002"
    assert tagged.release.notes == [
        f"release #13 of v1.24.1 was started by {event}, not by the push of the tag"
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"event": "pull_request"},
        {"event": "pull_request_target"},
        {"branch": "master", "event": "workflow_dispatch"},
        {"sha": "f" * 40, "event": "workflow_dispatch"},
        {"workflow": {**RELEASE, "id": 9}, "event": "workflow_dispatch"},
    ],
)
def test_a_run_of_another_ref_commit_or_workflow_does_not_count(
    tagged: Published, other: dict[str, Any]
) -> None:
    tagged.add(GREEN, **other)
    tagged.clock.sleep(600)
    assert tagged.evidence() is None


def test_a_later_run_that_fails_does_not_take_the_publication_back(tagged: Published) -> None:
    tagged.add(GREEN)
    tagged.add(RED, id=1002, number=13, event="workflow_dispatch")
    tagged.clock.sleep(600)
    assert str(tagged.evidence()).startswith("run 12 of release")


def test_it_waits_for_a_run_in_progress_rather_than_for_one_that_failed(tagged: Published) -> None:
    tagged.add(RED)
    tagged.clock.sleep(600)
    tagged.add(GREEN, id=1002, number=13, event="workflow_dispatch", created=tagged.clock.now())
    runs.wait_for_run(tagged.release, "release")
    assert tagged.release.run_urls == {"release": f"{REPO.url}/actions/runs/1002"}


def test_a_success_that_came_while_another_run_failed_is_enough(tagged: Published) -> None:
    tagged.add(RED, created=tagged.clock.now())
    tagged.add(GREEN, id=1002, number=13, event="workflow_dispatch", created=tagged.clock.now() + 1)
    tagged.gh.runs.reverse()
    runs.wait_for_run(tagged.release, "release")


def test_an_earlier_attempt_that_succeeded_counts_with_a_note(tagged: Published) -> None:
    tagged.add(RED, attempt=3)
    tagged.clock.sleep(600)
    run = run_json(tagged.gh.runs[0], tagged.clock.now())
    for number, conclusion in ((1, "success"), (2, "cancelled")):
        attempt = {**run, "run_attempt": number, "conclusion": conclusion}
        tagged.gh.others[f"actions/runs/1001/attempts/{number}"] = attempt
    tagged.gh.others["actions/runs/1001/attempts/1/jobs"] = {"total_count": 0, "jobs": []}
    assert str(tagged.evidence()).startswith("run 12 of release, attempt 1: success")
    assert tagged.release.notes == ["release #12 of v1.24.1 succeeded in attempt 1; now it is: failure"]


def published_release(tagged: Published, **fields: object) -> None:
    """Let GitHub have a release of the tag that was published an hour ago."""
    tagged.gh.others["releases/tags/v1.24.1"] = {
        "tag_name": "v1.24.1", "html_url": "https://page", "draft": False,
        "published_at": iso(tagged.clock.now() - 3600), **fields,
    }  # fmt: skip  # a release as GitHub describes it


def test_a_published_release_counts_if_github_has_no_run_any_more(tagged: Published) -> None:
    assert tagged.evidence() is None
    published_release(tagged)
    assert str(tagged.evidence()).endswith("has published v1.24.1: https://page")
    assert len(tagged.release.notes) == 1


@pytest.mark.parametrize(
    "fields",
    [{"draft": True}, {"published_at": None}, {"tag_name": "v1.24.10"}, {"published_at": iso(START)}],
)
def test_a_draft_or_a_young_release_does_not_count(tagged: Published, fields: dict[str, object]) -> None:
    published_release(tagged, **fields)
    assert tagged.evidence() is None


def test_a_published_release_does_not_count_beside_a_run_that_failed(tagged: Published) -> None:
    published_release(tagged)
    tagged.add(RED)
    tagged.clock.sleep(600)
    assert tagged.evidence() is None


def test_jobs_that_must_succeed_cannot_be_seen_in_a_published_release(tagged: Published) -> None:
    published_release(tagged)
    require(tagged.release, "publish")
    assert tagged.evidence() is None


def test_a_run_that_has_not_ended_may_still_publish(tagged: Published) -> None:
    assert runs.running_release_run(tagged.release) is None
    tagged.add(GREEN)
    running = runs.running_release_run(tagged.release)
    assert running is not None
    assert running.id == 1001
    tagged.clock.sleep(600)
    assert runs.running_release_run(tagged.release) is None
