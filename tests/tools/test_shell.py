"""How programs are started, and what happens when they end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess
from pytest_subprocess.fake_popen import FakePopen

from patchwright.halts import CommandFailed, Prerequisite
from patchwright.tools.shell import Shell, environment


class Started:
    """The arguments with which a fake program was started."""

    def __init__(self, fp: FakeProcess, *argv: str, **how: object) -> None:
        self.how: dict[str, object] = {}
        fp.register(argv, callback=self._record, **how)  # type: ignore[arg-type]  # what register takes

    def _record(self, process: FakePopen) -> None:
        self.how = process.kwargs or {}

    @property
    def environment(self) -> dict[str, str]:
        found = self.how["env"]
        assert isinstance(found, dict)
        return found


def test_output_is_returned_unchanged(fp: FakeProcess, tmp_path: Path) -> None:
    fp.register(["git", "status"], stdout=b"one\r\ntwo\xff\n", stderr=b"beware\n", returncode=0)

    output = Shell(tmp_path).ask("git", "status")

    assert output.argv == ("git", "status")
    assert output.stdout.encode(errors="surrogateescape") == b"one\r\ntwo\xff\n"
    assert output.lines == ["one\r", "two\udcff"]
    assert output.stderr == "beware\n"


def test_empty_output_has_no_lines(fp: FakeProcess, tmp_path: Path) -> None:
    fp.register(["true"], stdout=b"")
    output = Shell(tmp_path).ask("true")
    assert (output.lines, output.line) == ([], "")


def test_variables_of_the_maintainer_do_not_change_results(
    fp: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_CONFIG_PARAMETERS",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_GRAFT_FILE",
        "GIT_TRACE2_EVENT",
        "FORCE_COLOR",
        "GH_REPO",
        "HATCH_PROJECT",
        "HATCH_ENV",
        "UV_PROJECT",
        "UV_WORKING_DIR",
    ):
        monkeypatch.setenv(name, "changed")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("SSH_AUTH_SOCK", "agent")
    started = Started(fp, "git", "log")

    Shell(tmp_path).ask("git", "log", env={"GIT_OBJECT_DIRECTORY": "elsewhere"})

    assert "changed" not in started.environment.values()
    assert started.environment["SSH_AUTH_SOCK"] == "agent"
    assert started.environment["LC_ALL"] == "C"
    assert started.environment["NO_COLOR"] == "1"
    assert started.environment["GIT_TERMINAL_PROMPT"] == "0"
    assert started.environment["GIT_OBJECT_DIRECTORY"] == "elsewhere"


def test_only_reading_commands_avoid_optional_locks(fp: FakeProcess, tmp_path: Path) -> None:
    reading, writing = Started(fp, "git", "diff-index"), Started(fp, "git", "add")

    Shell(tmp_path).ask("git", "diff-index")
    Shell(tmp_path).act("git", "add")

    assert reading.environment["GIT_OPTIONAL_LOCKS"] == "0"
    assert "GIT_OPTIONAL_LOCKS" not in writing.environment


def test_standard_input_is_closed_without_input(fp: FakeProcess, tmp_path: Path) -> None:
    received: list[bytes] = []
    closed = Started(fp, "git", "commit")
    fp.register(["git", "tag", "--file=-"], stdin_callable=received.append)

    Shell(tmp_path).act("git", "commit")
    Shell(tmp_path).act("git", "tag", "--file=-", stdin="Grüße\n")

    assert closed.how["stdin"] == subprocess.DEVNULL
    assert received == ["Grüße\n".encode()]


def test_a_program_runs_in_the_given_directory(fp: FakeProcess, tmp_path: Path) -> None:
    default, other = Started(fp, "hatch", "version"), Started(fp, "git", "log")

    Shell(tmp_path).ask("hatch", "version")
    Shell(tmp_path).ask("git", "log", cwd=tmp_path / "tree")

    assert (default.how["cwd"], other.how["cwd"]) == (tmp_path, tmp_path / "tree")


def test_an_unexpected_status_halts_with_the_command_and_the_end_of_its_output(
    fp: FakeProcess, tmp_path: Path
) -> None:
    fp.register(
        ["git", "push", "a b"], returncode=128, stderr="".join(f"line {number}\n" for number in range(30))
    )

    with pytest.raises(CommandFailed) as halted:
        Shell(tmp_path).act("git", "push", "a b")

    assert halted.value.status == 4
    assert halted.value.exit_status == 128
    assert halted.value.evidence[1] == "  (exit status 128)"
    assert halted.value.evidence[-1] == "  line 29"
    assert "  line 9" not in halted.value.evidence


@pytest.mark.parametrize("ok", [None, (0, 3)])
def test_an_expected_status_is_returned(fp: FakeProcess, tmp_path: Path, ok: tuple[int, ...] | None) -> None:
    fp.register(["git", "config"], returncode=3)
    assert Shell(tmp_path).ask("git", "config", ok=ok).status == 3


def test_a_dry_run_reads_and_reports_but_does_not_write(fp: FakeProcess, tmp_path: Path) -> None:
    commands: list[str] = []
    fp.register(["git", "log"], stdout="seen\n")
    shell = Shell(tmp_path, dry=True, on_act=commands.append)

    assert shell.ask("git", "log").line == "seen"
    assert shell.act("git", "commit", "--message", "It's done").stdout == ""

    assert commands == ["git commit --message 'It'\"'\"'s done'"]
    assert [list(call) for call in fp.calls] == [["git", "log"]]


def test_the_environment_follows_changes_of_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/one")
    first = environment({})
    monkeypatch.setenv("HOME", "/other")
    assert (first["HOME"], environment({})["HOME"]) == ("/one", "/other")


@pytest.mark.journey
def test_a_missing_program_is_a_missing_prerequisite(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match="no-such-program could not be started"):
        Shell(tmp_path).ask("no-such-program", "--version")


@pytest.mark.journey
def test_a_missing_directory_is_a_missing_prerequisite(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match="could not be started"):
        Shell(tmp_path).ask(sys.executable, "--version", cwd=tmp_path / "missing")


@pytest.mark.journey
@pytest.mark.parametrize(("timeout", "limit"), [(0.2, None), (60, 0.2)])
def test_a_slow_program_is_terminated_and_its_output_is_shown(
    tmp_path: Path, timeout: float, limit: float | None
) -> None:
    code = "import time; print('working', flush=True); time.sleep(30)"

    with pytest.raises(CommandFailed, match=r"did not finish within 0\.2 seconds") as halted:
        Shell(tmp_path, limit=limit).ask(sys.executable, "-c", code, timeout=timeout)

    assert halted.value.exit_status is None
    assert "  (stopped at its time limit)" in halted.value.evidence
