"""One run of inv: what stops it is told and sets the exit status; what Invoke's own flags ask for happens."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from invoke import Context, Program
from pytest_subprocess import FakeProcess

import patchwright
from patchwright.engine import session
from patchwright.halts import Bug, Halt, Interrupted, Prerequisite, WorkflowFailed
from patchwright.report.terminal import Report
from repository import Project

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CLONE = ["git", "rev-parse", "--path-format=absolute"]


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Handle signals afterwards as before: a run that is interrupted ends deaf to them."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def told_by(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Run inv with the arguments in this process, and return what it writes to standard output."""
    Program(namespace=patchwright.ns).run(["inv", *argv], exit=False)
    told = capsys.readouterr()
    assert told.err == ""
    return told.out


def status_of(*argv: str) -> int:
    """Run inv with the arguments in this process, and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        Program(namespace=patchwright.ns).run(["inv", *argv])
    return int(str(ended.value.code))


def test_a_halt_is_told_with_its_step_and_passes() -> None:
    halt = WorkflowFailed("qa failed.")
    with pytest.raises(WorkflowFailed) as raised, session.halting(Context(), Report(), "watch-qa"):
        raise halt
    assert raised.value is halt
    assert (halt.step, halt.code) == ("watch-qa", 5)


def test_a_halt_tells_the_step_that_it_names_itself() -> None:
    halt = Prerequisite("gh is missing.")
    halt.step = "preflight"
    with pytest.raises(Prerequisite), session.halting(Context(), Report(), "patch"):
        raise halt
    assert halt.step == "preflight"


def test_what_should_never_happen_is_told_as_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Bug) as raised, session.halting(Context(), Report()):
        raise ZeroDivisionError("by \x1b[31mzero")
    assert raised.value.code == 1
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "test_session.py" in told
    assert "\x1b" not in told


def test_ctrl_c_is_an_interruption() -> None:
    with (
        pytest.raises(Interrupted, match=r"stopped by Ctrl-C\.") as raised,
        session.halting(Context(), Report()),
    ):
        raise KeyboardInterrupt
    assert raised.value.code == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_ended_is_an_interruption_that_names_the_signal(number: signal.Signals) -> None:
    with pytest.raises(Interrupted, match=number.name) as raised, session.halting(Context(), Report()):
        os.kill(os.getpid(), number)
    assert raised.value.code == 130


def test_signals_mean_what_they_meant_before_once_a_task_is_done() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with session.halting(Context(), Report()):
        assert signal.getsignal(signal.SIGTERM) is not before[1]
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.parametrize("halt", [WorkflowFailed("qa failed."), Interrupted("stopped")])
def test_nothing_is_open_after_a_halt(halt: Halt) -> None:
    context = Context()
    with pytest.raises(type(halt)), session.halting(context, Report()):
        raise halt
    assert session.current(context) is None


def test_outside_a_clone_it_halts_with_the_status_of_a_missing_prerequisite(
    fp: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fp.register([*CLONE, fp.any()], returncode=128)
    fp.register(
        ["git", "rev-parse", "--show-toplevel"], returncode=128, stderr="fatal: not a git repository\n"
    )
    assert status_of("release.status", "--version", "1.24") == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "is in no git work tree" in told.err
    assert "fatal: not a git repository" in told.err


@pytest.mark.journey
class TestInvokesOwnFlags:
    """--dry, --echo, --hide and -T mean with patchwright what they mean to Invoke."""

    @pytest.fixture(autouse=True)
    def clone(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
        monkeypatch.chdir(project.path)
        return project

    def test_echo_shows_each_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        told = told_by(capsys, "--echo", "release.status", "--version", "1.24")
        assert "    $ git ls-remote -- origin 'refs/heads/*' 'refs/tags/*'\n" in told
        assert "1.24.1 of the series 1.24 (v1.24.1 on release-1.24): not begun" in told

    def test_hide_leaves_nothing_on_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert told_by(capsys, "--hide=out", "release.status", "--version", "1.24") == ""

    def test_dry_changes_nothing_and_shows_what_it_would_do(
        self, clone: Project, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = clone.git("for-each-ref")
        told = told_by(capsys, "--dry", "release.checkout", "--version", "1.24")
        assert "    $ git worktree add " in told
        assert "checkout would act" in told
        assert clone.git("for-each-ref") == before
        assert not (clone.path.parent / "state").exists()

    def test_a_time_limit_holds_for_every_command(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "bin").mkdir()
        slow = tmp_path / "bin" / "git"
        slow.write_text("#!/bin/sh\nexec sleep 30\n")
        slow.chmod(0o755)
        monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
        assert status_of("-T", "1", "release.status", "--version", "1.24") == 4
        assert "git did not finish within 1 seconds" in capsys.readouterr().err

    def test_json_is_all_there_is_on_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        told = told_by(capsys, "release.status", "--version", "1.24", "--json")
        assert told.startswith('{"schema": 1, "series": "1.24"')
        assert told.count("\n") == 1
