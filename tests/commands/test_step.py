"""A step runs alone in a session of its own, and all steps of a release run in one session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from invoke import Context

from commands.conftest import UseRelease
from fake_release import FakeCommits, fake_release
from patchwright.commands import step as command
from patchwright.engine import runner
from patchwright.halts import BadArgument, StepFailed
from patchwright.integration import fast_forward
from patchwright.pipeline import LATE_STEPS, STEPS, STEPS_BY_NAME, Step
from patchwright.releases.release import Release
from patchwright.report.terminal import Report


@pytest.fixture
def release(tmp_path: Path) -> Release:
    release = fake_release(tmp_path, commits=FakeCommits())
    release.record.begin()
    return release


@pytest.fixture(autouse=True)
def steps_run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the steps that were run. No step does anything."""
    names: list[str] = []

    def run(step: Step, _release: Release, _report: Report) -> None:
        names.append(step.name)

    monkeypatch.setattr(runner, "run", run)
    monkeypatch.setattr(fast_forward, "update_branches", lambda _release: ["your master was fast-forwarded"])
    monkeypatch.setattr(fast_forward, "create_tag", lambda _release: [])
    return names


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
def test_a_step_alone_opens_its_own_session(
    step: Step, release: Release, use_release: UseRelease, options: dict[str, Any], steps_run: list[str]
) -> None:
    closed: list[str] = []
    use_release(release).exits.callback(closed.append, "closed")
    command.run(Context(), step, "1.24")
    is_preflight = step.name == "preflight"
    assert options == {
        "prefers_last": step.name in LATE_STEPS,
        "reports_all": is_preflight,
        "only_asks": is_preflight,
        "task": step.name,
    }
    assert (steps_run, closed) == ([step.name], ["closed"])


def test_a_wrong_version_starts_nothing(steps_run: list[str]) -> None:
    with pytest.raises(BadArgument):
        command.run(Context(), STEPS[1], "new")
    assert steps_run == []


def test_all_steps_run_in_one_session_that_is_closed_at_the_end(
    release: Release, use_release: UseRelease, steps_run: list[str]
) -> None:
    closed: list[str] = []
    running = use_release(release)
    running.exits.callback(lambda: closed.append(steps_run[-1]))
    command.run_all(Context(), running)
    assert steps_run == [step.name for step in STEPS]
    assert closed == [STEPS[-1].name]


def test_no_step_runs_after_one_that_halts(
    release: Release, use_release: UseRelease, monkeypatch: pytest.MonkeyPatch, steps_run: list[str]
) -> None:
    def run(step: Step, _release: Release, _report: Report) -> None:
        if step.name == "watch-qa":
            raise StepFailed("It failed.")
        steps_run.append(step.name)

    monkeypatch.setattr(runner, "run", run)
    with pytest.raises(StepFailed) as halted:
        command.run_all(Context(), use_release(release))
    assert halted.value.step == "watch-qa"
    assert steps_run[-1] == "push"


def test_a_step_that_halts_is_named_by_the_halt(
    release: Release, use_release: UseRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> None:
        raise StepFailed("It failed.")

    monkeypatch.setattr(runner, "run", run)
    use_release(release)
    with pytest.raises(StepFailed) as halted:
        command.run(Context(), STEPS_BY_NAME["bump"], "1.24")
    assert halted.value.step == "bump"


def test_the_last_step_updates_the_clone_and_finishes_the_record(
    release: Release, use_release: UseRelease, capsys: pytest.CaptureFixture[str]
) -> None:
    use_release(release)
    command.run(Context(), STEPS[-1], "1.24")
    assert release.record.content.finished
    shown = capsys.readouterr().out
    assert "Released 1.24.1" in shown
    assert "your master was fast-forwarded" in shown


def test_a_finished_release_cannot_fail_any_more(
    release: Release,
    use_release: UseRelease,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use_release(release)

    def fail(_release: Release) -> list[str]:
        raise StepFailed("The disk is full.")

    for place in ("outcome.find_outcome", "fast_forward.create_tag"):
        monkeypatch.setattr(f"patchwright.commands.step.{place}", fail)
    monkeypatch.setattr(release.record, "finish", lambda: fail(release))
    command.run(Context(), STEPS[-1], "1.24")
    shown = capsys.readouterr().out
    assert "Released 1.24.1" in shown
    assert "not everything was done in this clone: The disk is full." in shown


def test_a_dry_run_of_the_last_step_finishes_nothing(
    tmp_path: Path, use_release: UseRelease, capsys: pytest.CaptureFixture[str]
) -> None:
    release = fake_release(tmp_path, dry=True, commits=FakeCommits())
    use_release(release)
    command.run(Context(), STEPS[-1], "1.24")
    assert release.notes == []
    assert "Released" not in capsys.readouterr().out
