from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from memory_release import MAINLINE, MemoryRelease
from patchwright.halts import RefusedPush, StepFailed
from patchwright.integration import build, preparation, pull_request, verification
from patchwright.integration.pull_request import PullRequest
from patchwright.settings import Settings
from patchwright.steps import integrate_master

INTEGRATED = "integrated.txt"
REQUEST_BRANCH = "refs/heads/patchwright/integrate-v1.24.1"
URL = "https://github.com/octo/almanac/pull/3"


class Integration:
    """An integration that adds one file to the mainline, and GitHub's pull request for it."""

    def __init__(self, release: MemoryRelease) -> None:
        self.release = release
        self.request: PullRequest | None = None
        self.opened = 0
        self.opened_again = 0
        self.verified: list[tuple[str, str]] = []
        self.problem: StepFailed | None = None
        self.prepared: str | None = None

    def find_missing(self, _release: MemoryRelease, commit: str) -> bool:
        return INTEGRATED not in self.release.memory.files_at(commit)

    def build(self, _release: MemoryRelease, base: str) -> str:
        return self.release.memory.add_commit("Integrate", {INTEGRATED: "x\n"}, base)

    def require_whole(self, _release: MemoryRelease, base: str, tip: str) -> None:
        self.verified.append((base, tip))
        if self.problem:
            raise self.problem

    def find_prepared(self, _release: MemoryRelease) -> str | None:
        return self.prepared

    def open_once(self, _release: MemoryRelease, *, again: bool = False) -> None:
        self.opened += 1
        self.opened_again += again
        self.request = PullRequest(3, URL, "open")

    def push_request(self) -> str:
        """Let origin have the integration on the pull request's branch."""
        commit = self.build(self.release, self.release.memory.remote[MAINLINE])
        self.release.memory.remote[REQUEST_BRANCH] = commit
        self.release.refresh()
        return commit


Arrange = Callable[[MemoryRelease], Integration]


@pytest.fixture
def arrange(monkeypatch: pytest.MonkeyPatch) -> Arrange:
    """Return a function that publishes a release and lets its integration be a fake."""

    def arrange(release: MemoryRelease) -> Integration:
        release.publish()
        integration = Integration(release)
        for name in ("find_missing", "build"):
            monkeypatch.setattr(build, name, getattr(integration, name))
        monkeypatch.setattr(verification, "require_whole", integration.require_whole)
        monkeypatch.setattr(preparation, "find_prepared", integration.find_prepared)
        monkeypatch.setattr(pull_request, "find_pull_request", lambda _release: integration.request)
        monkeypatch.setattr(pull_request, "open_once", integration.open_once)
        return integration

    return arrange


@pytest.fixture
def integration(release: MemoryRelease, arrange: Arrange) -> Integration:
    """The integration of a public release."""
    return arrange(release)


def move_mainline(release: MemoryRelease, name: str = "theirs") -> None:
    """Let somebody else push to the mainline."""
    memory = release.memory
    memory.remote[MAINLINE] = memory.add_commit("Theirs", {f"{name}.py": "x\n"}, memory.remote[MAINLINE])


def test_before_the_tag_there_is_no_evidence(release: MemoryRelease) -> None:
    release.push()
    assert integrate_master.proof(release) is None


def test_a_mainline_that_lacks_something_is_no_evidence(integration: Integration) -> None:
    assert integrate_master.proof(integration.release) is None


def test_the_integration_is_pushed_to_the_mainline(integration: Integration) -> None:
    release = integration.release
    integrate_master.act(release)
    release.refresh()
    tip = release.memory.remote[MAINLINE]
    assert integrate_master.proof(release) == f"master at {tip[:10]} has patches, changelog and clean-up"
    assert integration.opened == 0


def test_what_is_pushed_was_verified_on_the_tip_that_it_was_built_on(integration: Integration) -> None:
    release = integration.release
    before = release.memory.remote[MAINLINE]
    integrate_master.act(release)
    assert integration.verified == [(before, release.memory.remote[MAINLINE])]


@pytest.mark.parametrize("via", ["push", "pull-request"])
def test_nothing_is_pushed_if_what_was_built_is_not_the_release(
    tmp_path: Path, arrange: Arrange, via: str
) -> None:
    release = MemoryRelease(tmp_path, Settings(mainline_via=via))
    integration = arrange(release)
    integration.problem = StepFailed("It is not whole.")
    before = dict(release.memory.remote)
    with pytest.raises(StepFailed):
        integrate_master.act(release)
    assert release.memory.remote == before
    assert integration.opened == 0


def test_a_mainline_that_moves_during_the_push_is_integrated_on_its_new_tip(
    integration: Integration,
) -> None:
    release = integration.release
    release.memory.pushes = [lambda: move_mainline(release)]
    integrate_master.act(release)
    assert {INTEGRATED, "theirs.py"} <= set(release.memory.files_at(release.memory.remote[MAINLINE]))


def test_a_push_whose_answer_is_lost_is_done(integration: Integration) -> None:
    release = integration.release

    def lose_answer() -> None:
        release.memory.remote[MAINLINE] = integration.build(release, release.memory.remote[MAINLINE])
        release.memory.reject()

    release.memory.pushes = [lose_answer]
    integrate_master.act(release)
    assert integrate_master.proof(release)
    assert sum(act[0] == "push" for act in release.memory.acts) == 1


def test_a_mainline_that_keeps_moving_halts_after_the_last_try(integration: Integration) -> None:
    release = integration.release
    numbers = iter(range(integrate_master.TRIES))
    release.memory.pushes = [
        lambda: move_mainline(release, f"theirs{next(numbers)}")
    ] * integrate_master.TRIES
    with pytest.raises(RefusedPush):
        integrate_master.act(release)
    assert release.memory.pushes == []
    assert integration.opened == 0


def test_a_protected_mainline_gets_a_pull_request(integration: Integration) -> None:
    release = integration.release
    release.memory.pushes = [release.memory.reject]

    integrate_master.act(release)

    assert (integration.opened, integration.opened_again) == (1, 1)
    assert INTEGRATED in release.memory.files_at(release.memory.remote[REQUEST_BRANCH])
    assert release.shown.said == ["origin rejected the push to master; opening a pull request instead"]
    assert integrate_master.proof(release) == f"pull request open: {URL}"
    assert release.notes == [f"merge the pull request to bring the release to master: {URL}"]


def test_a_protected_mainline_elsewhere_than_on_github_halts(integration: Integration) -> None:
    release = integration.release
    release.memory.url = "/srv/almanac.git"
    release.refresh()
    release.memory.pushes = [release.memory.reject]
    with pytest.raises(RefusedPush, match="origin rejected the push to refs/heads/master"):
        integrate_master.act(release)
    assert integration.opened == 0


def test_a_project_that_wants_pull_requests_gets_one(tmp_path: Path, arrange: Arrange) -> None:
    release = MemoryRelease(tmp_path, Settings(mainline_via="pull-request"))
    integration = arrange(release)
    before = release.memory.remote[MAINLINE]
    integrate_master.act(release)
    assert integration.opened == 1
    assert release.memory.remote[MAINLINE] == before


def test_a_pull_request_that_was_begun_is_finished(integration: Integration) -> None:
    tip = integration.push_request()
    integrate_master.act(integration.release)
    assert (integration.opened, integration.opened_again) == (1, 0)
    assert integration.release.memory.remote[REQUEST_BRANCH] == tip


@pytest.mark.parametrize(
    ("state", "evidence"), [("open", f"pull request open: {URL}"), ("merged", f"pull request merged: {URL}")]
)
def test_a_pull_request_with_the_integration_is_evidence(
    integration: Integration, state: str, evidence: str
) -> None:
    integration.push_request()
    integration.request = PullRequest(3, URL, state)
    assert integrate_master.proof(integration.release) == evidence


@pytest.mark.parametrize("request_of", [None, PullRequest(3, URL, "closed")])
def test_a_branch_without_an_open_pull_request_is_no_evidence(
    integration: Integration, request_of: PullRequest | None
) -> None:
    integration.push_request()
    integration.request = request_of
    assert integrate_master.proof(integration.release) is None


def test_a_pull_request_that_lacks_something_is_no_evidence(integration: Integration) -> None:
    release = integration.release
    release.memory.remote[REQUEST_BRANCH] = release.memory.remote[MAINLINE]
    release.refresh()
    integration.request = PullRequest(3, URL, "open")
    assert integrate_master.proof(release) is None
