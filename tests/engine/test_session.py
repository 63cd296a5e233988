"""The session: one run of inv, its halts with their exit status, and the effects of Invoke's own flags."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from invoke import Config, Context, Program
from pytest_subprocess import FakeProcess

import patchwright
from fake_release import fake_release
from patchwright.engine import lock, session
from patchwright.halts import Bug, Halt, Interrupted, Prerequisite, StepFailed, WorkflowFailed
from patchwright.progress import SilentProgress
from patchwright.releases.request import Request
from patchwright.report.terminal import Report
from repository import Project

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CLONE = ["git", "rev-parse", "--path-format=absolute"]


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Restore the signal handlers: an interrupted run ignores further signals."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run_inv(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Run inv with the arguments in this process, and return what it writes to standard output."""
    Program(namespace=patchwright.ns).run(["inv", *argv], exit=False)
    output = capsys.readouterr()
    assert output.err == ""
    return output.out


def status_of(*argv: str) -> int:
    """Run inv with the arguments in this process, and return its exit status."""
    with pytest.raises(SystemExit) as raised:
        Program(namespace=patchwright.ns).run(["inv", *argv])
    return int(str(raised.value.code))


def test_a_halt_is_reported_with_its_step_and_raised() -> None:
    halt = WorkflowFailed("qa failed.")
    with pytest.raises(WorkflowFailed) as raised, session.report_halts(Context(), Report(), "watch-qa"):
        raise halt
    assert raised.value is halt
    assert (halt.step, halt.code) == ("watch-qa", 5)


def test_a_halt_keeps_the_step_that_it_already_names() -> None:
    halt = Prerequisite("gh is missing.")
    halt.step = "preflight"
    with pytest.raises(Prerequisite), session.report_halts(Context(), Report(), "patch"):
        raise halt
    assert halt.step == "preflight"


def test_any_other_exception_is_reported_as_a_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(Bug) as raised, session.report_halts(Context(), Report()):
        raise ZeroDivisionError("by \x1b[31mzero")
    assert raised.value.code == 1
    errors = capsys.readouterr().err
    assert "ZeroDivisionError" in errors
    assert "test_session.py" in errors
    assert "\x1b" not in errors


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't start new thread")])
def test_too_little_memory_and_too_many_threads_are_no_bugs(error: Exception) -> None:
    with pytest.raises(StepFailed) as raised, session.report_halts(Context(), Report(), "changelog"):
        raise error
    assert "end other programs" in raised.value.remedy[0]


@pytest.mark.parametrize(
    ("step", "kind"), [(None, Prerequisite), ("preflight", Prerequisite), ("changelog", StepFailed)]
)
def test_an_error_of_the_system_is_no_bug(step: str | None, kind: type[Halt]) -> None:
    with pytest.raises(kind) as raised, session.report_halts(Context(), Report(), step):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/state/news")
    assert raised.value.cause == "The system refused an operation (No space left on device): /state/news."
    assert raised.value.remedy[0].startswith("Free some space")


def test_ctrl_c_interrupts_the_run() -> None:
    with (
        pytest.raises(Interrupted, match=r"interrupted by Ctrl-C\.") as raised,
        session.report_halts(Context(), Report()),
    ):
        raise KeyboardInterrupt
    assert raised.value.code == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts_the_run_and_is_named(number: signal.Signals) -> None:
    with pytest.raises(Interrupted, match=number.name) as raised, session.report_halts(Context(), Report()):
        os.kill(os.getpid(), number)
    assert raised.value.code == 130


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with session.report_halts(Context(), Report()):
        os.kill(os.getpid(), signal.SIGHUP)


def test_the_signal_handlers_are_restored_after_a_task() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with session.report_halts(Context(), Report()):
        assert signal.getsignal(signal.SIGTERM) is not before[1]
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.parametrize("halt", [WorkflowFailed("qa failed."), Interrupted("stopped")])
def test_no_session_is_open_after_a_halt(halt: Halt) -> None:
    context = Context()
    with pytest.raises(type(halt)), session.report_halts(context, Report()):
        raise halt
    assert session.current(context) is None


def test_outside_a_clone_the_run_halts_with_exit_status_3(
    fp: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fp.register([*CLONE, fp.any()], returncode=128)
    fp.register(
        ["git", "rev-parse", "--show-toplevel"], returncode=128, stderr="fatal: not a git repository\n"
    )
    assert status_of("release.status", "--version", "1.24") == 3
    output = capsys.readouterr()
    assert output.out == ""
    assert "is not inside a git repository" in output.err
    assert "fatal: not a git repository" in output.err


def test_the_release_of_a_session_is_unknown_until_it_is_open(tmp_path: Path) -> None:
    running = session.Session(object(), Report(), Request("1.24"), only_asks=True)
    with pytest.raises(LookupError):
        _ = running.release
    running.open_release = release = fake_release(tmp_path)
    assert running.release is release


def next_command_of(
    monkeypatch: pytest.MonkeyPatch, request: Request, halt: Halt, *, has_finished: bool
) -> str | None:
    """Report a halt of a session whose release has not started, and return the next command."""
    context = Context()
    running = session.Session(context.config, Report(), request, only_asks=True)
    monkeypatch.setattr(session, "_open", [running])
    monkeypatch.setattr(session, "_finished", [context.config] if has_finished else [object()])
    monkeypatch.setattr("sys.argv", ["inv", "release.patch", "--version", "1.23,1.24,1.25"])
    with pytest.raises(type(halt)), session.report_halts(context, Report()):
        raise halt
    return halt.next_command


def test_the_next_command_is_the_one_that_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request("1.23", later=("1.24", "1.25"))
    halt = Prerequisite("It is missing.")
    shown = next_command_of(monkeypatch, request, halt, has_finished=False)
    assert shown == "inv release.patch --version 1.23,1.24,1.25"
    assert halt.remedy == ()


def test_the_next_command_does_not_name_what_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request("1.24", later=("1.25",), yes=True)
    shown = next_command_of(monkeypatch, request, Prerequisite("It is missing."), has_finished=True)
    assert shown == "inv release.patch --version 1.24,1.25 --yes"


def test_a_halt_with_its_own_next_command_names_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request("1.23", later=("1.24", "1.25"))
    halt = Prerequisite("It is missing.", next_command="gh auth login")
    assert next_command_of(monkeypatch, request, halt, has_finished=False) == "gh auth login"
    assert halt.remedy == ("Then release the rest: inv release.patch --version 1.24,1.25",)


def test_closing_a_session_runs_its_exits_once(tmp_path: Path) -> None:
    running = session.Session(object(), Report(), Request("1.24"), only_asks=False)
    running.exits.enter_context(lock.hold(tmp_path, "1.24", SilentProgress()))
    running.close()
    running.close()
    with lock.hold(tmp_path, "1.24", SilentProgress()):
        pass


@pytest.mark.parametrize(
    ("hide", "is_quiet"), [(None, False), ("err", False), ("out", True), ("both", True), (True, True)]
)
def test_hide_makes_the_report_quiet(hide: object, *, is_quiet: bool) -> None:
    report = session.new_report(Context(Config(overrides={"run": {"hide": hide}})))
    assert report.out.quiet is is_quiet


@pytest.mark.journey
class TestInvokesOwnFlags:
    """--dry, --echo, --hide and -T work with patchwright as they do with Invoke."""

    @pytest.fixture(autouse=True)
    def clone(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
        monkeypatch.chdir(project.path)
        return project

    def test_echo_shows_each_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        shown = run_inv(capsys, "--echo", "release.status", "--version", "1.24")
        assert "    $ git ls-remote -- origin 'refs/heads/*' 'refs/tags/*'\n" in shown
        assert "1.24.1 of the series 1.24 (v1.24.1 on release-1.24): not started" in shown

    def test_hide_silences_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run_inv(capsys, "--hide=out", "release.status", "--version", "1.24") == ""

    def test_dry_changes_nothing_and_shows_the_commands(
        self, clone: Project, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = clone.git("for-each-ref")
        shown = run_inv(capsys, "--dry", "release.checkout", "--version", "1.24")
        assert "    $ git worktree add " in shown
        assert "checkout would run" in shown
        assert clone.git("for-each-ref") == before
        assert not (clone.path.parent / "state").exists()

    def test_the_time_limit_applies_to_every_command(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "bin").mkdir()
        slow = tmp_path / "bin" / "git"
        slow.write_text("#!/bin/sh\nexec sleep 30\n")
        slow.chmod(0o755)
        monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
        assert status_of("-T", "1", "release.status", "--version", "1.24") == 4
        assert "git did not finish within 1 seconds" in capsys.readouterr().err

    def test_json_is_the_only_text_on_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        shown = run_inv(capsys, "release.status", "--version", "1.24", "--json")
        assert shown.startswith('{"schema": 1, "series": "1.24"')
        assert shown.count("\n") == 1


@pytest.mark.parametrize("error", [Prerequisite("gh is missing."), ZeroDivisionError("at last")])
def test_a_document_is_printed_for_whatever_stops_the_block(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(type(error)), session.one_document(lambda halt: {"halt": halt.kind}):
        raise error
    assert capsys.readouterr().out in {'{"halt": "prerequisite"}\n', '{"halt": "bug in patchwright"}\n'}


def test_a_document_is_not_printed_twice(capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> None:
        with session.one_document(lambda _halt: {"halt": 1}) as print_document:
            print_document({"halt": None})
            raise Prerequisite("The disk is full.")

    with pytest.raises(Prerequisite):
        run()
    assert capsys.readouterr().out == '{"halt": null}\n'


def test_with_json_everything_else_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    report = session.new_report(Context(), as_json=True)
    report.say("retrying")
    report.command("git ls-remote")
    output = capsys.readouterr()
    assert output.out == ""
    assert "retrying" in output.err
    assert "git ls-remote" in output.err
