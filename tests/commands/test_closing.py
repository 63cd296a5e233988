"""What a person says about a public version: asked, believed or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fake_gh import PassingGitHub
from memory_release import MemoryRelease
from patchwright.commands import closing
from patchwright.github.models import Run
from patchwright.github.repository import GitHub
from patchwright.halts import BadArgument, Interrupted, VersionConflict
from patchwright.releases import outcome, runs
from patchwright.report.terminal import Report

CLOSED = "Clean up.\n\nTagged-not-published: 1.24.1"


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryRelease:
    """A release with a public tag, and without a release run."""
    release = MemoryRelease(tmp_path)
    release.github = cast("GitHub", PassingGitHub())
    release.publish()
    monkeypatch.setattr(runs, "run_evidence", lambda _release, _workflow: None)
    monkeypatch.setattr(runs, "running_release_run", lambda _release: None)
    return release


def record(release: MemoryRelease) -> None:
    release.move_branch(CLOSED, {"news/7.bugfix.rst": None})
    release.refresh()


def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a release run be in progress."""
    run = SimpleNamespace(
        title="release #12", head_branch="v1.24.1", id=1001, url="http://run", status="queued"
    )
    monkeypatch.setattr(runs, "running_release_run", lambda _release: cast("Run", run))


def published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "run_evidence", lambda _release, _workflow: "run 12 of release: success")


def test_without_a_terminal_closing_needs_the_flag(release: MemoryRelease) -> None:
    closing.confirm(release, Report(), yes=True)
    with pytest.raises(BadArgument) as halted:
        closing.confirm(release, Report(), yes=False)
    assert halted.value.next_command == "inv release.abandon --version 1.24.1 --yes"


@pytest.mark.parametrize(("answer", "is_yes"), [("y", True), ("YES ", True), ("", False), ("n", False)])
def test_on_a_terminal_it_asks(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch, answer: str, *, is_yes: bool
) -> None:
    report = Report()
    report.live = True
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr("builtins.input", ask)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    if is_yes:
        closing.confirm(release, report, yes=False)
    else:
        with pytest.raises(Interrupted, match=r"You declined to close 1\.24\.1"):
            closing.confirm(release, report, yes=False)
    assert asked == ["Close 1.24.1 as tagged, not published? [y/N] "]


def test_a_closed_version_is_not_asked_about_again(release: MemoryRelease) -> None:
    record(release)
    closing.confirm(release, Report(), yes=False)


def test_a_published_version_is_not_closed(release: MemoryRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch)
    with pytest.raises(VersionConflict, match="was published, so it cannot be closed"):
        closing.confirm(release, Report(), yes=True)


@pytest.mark.parametrize(
    "say", [lambda release: closing.confirm(release, Report(), yes=True), closing.believe_published]
)
def test_nothing_is_said_while_a_run_may_still_publish(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch, say: Callable[[MemoryRelease], None]
) -> None:
    running(monkeypatch)
    with pytest.raises(VersionConflict) as halted:
        say(release)
    assert halted.value.remedy[-1] == "$ gh run cancel 1001"
    assert release.outcome is None


def test_a_closed_version_is_not_released(release: MemoryRelease) -> None:
    closing.require_open(release)
    record(release)
    with pytest.raises(VersionConflict, match=r"1\.24\.1 is closed") as halted:
        closing.require_open(release)
    assert halted.value.next_command == "inv release.abandon --version 1.24.1 --yes"


def test_a_word_is_believed_if_no_run_says_it(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing.believe_published(release)
    assert release.outcome == outcome.BY_HAND
    release.outcome = None
    published(monkeypatch)
    closing.believe_published(release)
    assert release.outcome is None


def test_a_word_about_a_version_without_a_tag_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VersionConflict, match=r"but v1\.24\.1 is not on origin"):
        closing.believe_published(MemoryRelease(tmp_path))
