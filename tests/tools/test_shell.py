"""The one door: what programs are started with, and what becomes of their ends."""

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
    """What a faked program was started with."""

    def __init__(self, fp: FakeProcess, *argv: str, **how: object) -> None:
        self.how: dict[str, object] = {}
        fp.register(argv, callback=self._hear, **how)  # type: ignore[arg-type]  # what register takes

    def _hear(self, process: FakePopen) -> None:
        self.how = process.kwargs or {}

    @property
    def environment(self) -> dict[str, str]:
        found = self.how["env"]
        assert isinstance(found, dict)
        return found


def test_what_a_program_says_comes_back_as_it_was_said(fp: FakeProcess, tmp_path: Path) -> None:
    fp.register(["git", "status"], stdout=b"one\r\ntwo\xff\n", stderr=b"beware\n", returncode=0)

    output = Shell(tmp_path).ask("git", "status")

    assert output.argv == ("git", "status")
    assert output.stdout.encode(errors="surrogateescape") == b"one\r\ntwo\xff\n"
    assert output.lines == ["one\r", "two\udcff"]
    assert output.stderr == "beware\n"


def test_no_output_is_no_line(fp: FakeProcess, tmp_path: Path) -> None:
    fp.register(["true"], stdout=b"")
    output = Shell(tmp_path).ask("true")
    assert (output.lines, output.line) == ([], "")


def test_the_environment_of_the_maintainer_bends_nothing(
    fp: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_CONFIG_KEY_0",
        "GIT_TRACE2_EVENT",
        "FORCE_COLOR",
        "GH_REPO",
    ):
        monkeypatch.setenv(name, "bent")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("SSH_AUTH_SOCK", "kept")
    started = Started(fp, "git", "log")

    Shell(tmp_path).ask("git", "log", env={"GIT_OBJECT_DIRECTORY": "elsewhere"})

    assert "bent" not in started.environment.values()
    assert started.environment["SSH_AUTH_SOCK"] == "kept"
    assert started.environment["LC_ALL"] == "C"
    assert started.environment["NO_COLOR"] == "1"
    assert started.environment["GIT_TERMINAL_PROMPT"] == "0"
    assert started.environment["GIT_OBJECT_DIRECTORY"] == "elsewhere"


def test_reading_takes_no_optional_lock_and_writing_may(fp: FakeProcess, tmp_path: Path) -> None:
    reading, writing = Started(fp, "git", "diff-index"), Started(fp, "git", "add")

    Shell(tmp_path).ask("git", "diff-index")
    Shell(tmp_path).act("git", "add")

    assert reading.environment["GIT_OPTIONAL_LOCKS"] == "0"
    assert "GIT_OPTIONAL_LOCKS" not in writing.environment


def test_standard_input_is_closed_unless_something_is_given(fp: FakeProcess, tmp_path: Path) -> None:
    given: list[bytes] = []
    closed = Started(fp, "git", "commit")
    fp.register(["git", "tag", "--file=-"], stdin_callable=given.append)

    Shell(tmp_path).act("git", "commit")
    Shell(tmp_path).act("git", "tag", "--file=-", stdin="Grüße\n")

    assert closed.how["stdin"] == subprocess.DEVNULL
    assert given == ["Grüße\n".encode()]


def test_a_program_works_where_it_is_told_to(fp: FakeProcess, tmp_path: Path) -> None:
    here, there = Started(fp, "hatch", "version"), Started(fp, "git", "log")

    Shell(tmp_path).ask("hatch", "version")
    Shell(tmp_path).ask("git", "log", cwd=tmp_path / "tree")

    assert (here.how["cwd"], there.how["cwd"]) == (tmp_path, tmp_path / "tree")


def test_a_status_that_is_not_expected_halts_with_the_command_and_the_tail(
    fp: FakeProcess, tmp_path: Path
) -> None:
    fp.register(
        ["git", "push", "a b"], returncode=128, stderr="".join(f"line {number}\n" for number in range(30))
    )

    with pytest.raises(CommandFailed) as halted:
        Shell(tmp_path).act("git", "push", "a b")

    assert halted.value.status == 4
    assert halted.value.exited == 128
    assert halted.value.evidence[1] == "  (exit status 128)"
    assert halted.value.evidence[-1] == "  line 29"
    assert "  line 9" not in halted.value.evidence


@pytest.mark.parametrize("ok", [None, (0, 3)])
def test_a_status_that_is_expected_is_an_answer(
    fp: FakeProcess, tmp_path: Path, ok: tuple[int, ...] | None
) -> None:
    fp.register(["git", "config"], returncode=3)
    assert Shell(tmp_path).ask("git", "config", ok=ok).status == 3


def test_a_dry_shell_reads_and_tells_and_does_not_write(fp: FakeProcess, tmp_path: Path) -> None:
    told: list[str] = []
    fp.register(["git", "log"], stdout="seen\n")
    shell = Shell(tmp_path, dry=True, on_act=told.append)

    assert shell.ask("git", "log").line == "seen"
    assert shell.act("git", "commit", "--message", "It's done").stdout == ""

    assert told == ["git commit --message 'It'\"'\"'s done'"]
    assert [list(call) for call in fp.calls] == [["git", "log"]]


def test_the_environment_is_built_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/one")
    first = environment({})
    monkeypatch.setenv("HOME", "/other")
    assert (first["HOME"], environment({})["HOME"]) == ("/one", "/other")


@pytest.mark.journey
def test_a_program_that_is_not_there_is_a_missing_prerequisite(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match="no-such-program could not be started"):
        Shell(tmp_path).ask("no-such-program", "--version")


@pytest.mark.journey
def test_a_directory_that_is_not_there_is_a_missing_prerequisite(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match="could not be started"):
        Shell(tmp_path).ask(sys.executable, "--version", cwd=tmp_path / "gone")


@pytest.mark.journey
@pytest.mark.parametrize(("timeout", "limit"), [(0.2, None), (60, 0.2)])
def test_a_program_that_takes_too_long_is_ended_and_what_it_said_is_shown(
    tmp_path: Path, timeout: float, limit: float | None
) -> None:
    code = "import time; print('working', flush=True); time.sleep(30)"

    with pytest.raises(CommandFailed, match=r"did not finish within 0\.2 seconds") as halted:
        Shell(tmp_path, limit=limit).ask(sys.executable, "-c", code, timeout=timeout)

    assert halted.value.exited is None
    assert "  (no answer in time)" in halted.value.evidence
