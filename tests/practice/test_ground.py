from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_subprocess import FakeProcess
from pytest_subprocess.fake_popen import FakePopen

from patchwright.halts import BadArgument, Prerequisite
from patchwright.invocation import ENTERING, TYPED
from patchwright.practice import ground
from patchwright.practice.github import StandIn
from patchwright.practice.ground import Options, ground_environment, parse_options
from patchwright.practice.project import Project
from patchwright.report.terminal import Report

COMMAND = ["inv", "release.patch", "--version", "1.24", "--yes"]
FLAGS: dict[str, Any] = {
    "patches": "mainline", "fail": "", "directory": None,
    "newer_series": False, "by_hand": False, "keep": False,
}  # fmt: skip  # as on the command line


@dataclass
class Runner:
    """Runs the practice ground without git, and keeps its stand-ins."""

    directory: Path
    capsys: pytest.CaptureFixture[str]
    standins: list[StandIn] = field(default_factory=list)

    def run(self, **options: Any) -> tuple[int, str]:  # noqa: ANN401  the values of Options
        """Return the exit status and the output of the practice ground."""
        status = ground.run(Options(directory=self.directory, **options), Report())
        return status, self.capsys.readouterr().out

    def make_project(self, directory: Path, standin: StandIn, **_options: object) -> Project:
        self.standins.append(standin)
        return Project(directory, directory / "almanac", standin, standin.remote_url, signed=True, patches=())


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    runner = Runner(tmp_path, capsys)
    monkeypatch.setattr(ground, "make_project", runner.make_project)
    monkeypatch.setattr(shutil, "which", lambda program, **_path: f"/bin/{program}")
    return runner


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        ({}, Options()),
        ({"patches": "release-branch", "fail": "qa"}, Options("release-branch", "qa")),
        ({"by_hand": True}, Options(by_hand=True, keep=True)),
        ({"keep": True, "newer_series": True}, Options(newer_series=True, keep=True)),
        ({"version_source": "tag"}, Options(version_source="tag")),
        ({"directory": "/new/ground"}, Options(directory=Path("/new/ground"))),
    ],
)
def test_options_follow_from_the_flags(flags: dict[str, Any], options: Options) -> None:
    assert parse_options(**{**FLAGS, **flags}) == options


@pytest.mark.parametrize(
    ("flags", "cause"),
    [
        ({"patches": "x"}, "--patches was given 'x'; it must be one of mainline, release-branch."),
        ({"fail": "x"}, "--fail was given 'x'; it must be one of qa, release."),
        ({"directory": "/"}, "--directory was given '/'; it must be a directory that does not exist yet."),
    ],
)
def test_a_wrong_flag_is_a_bad_argument(flags: dict[str, Any], cause: str) -> None:
    with pytest.raises(BadArgument) as halt:
        parse_options(**{**FLAGS, **flags})
    assert halt.value.cause == cause


def test_the_environment_hides_the_configuration_of_the_user(memory_standin: StandIn, tmp_path: Path) -> None:
    environment = ground_environment(memory_standin, tmp_path, Path("/programs"))
    assert Path(environment["GIT_CONFIG_GLOBAL"]).read_text() == ""
    assert environment["PATH"].startswith("/programs:")
    for name in ("GH_CONFIG_DIR", "XDG_STATE_HOME", "HATCH_DATA_DIR"):
        assert Path(environment[name]).is_relative_to(tmp_path)


def test_missing_programs_are_named_before_anything_is_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        shutil, "which", lambda program, **_path: None if program in {"gh", "hatch"} else program
    )
    with pytest.raises(Prerequisite) as halt:
        ground.run(Options(directory=tmp_path / "new"), Report())
    assert halt.value.cause == "The practice ground needs programs that are not on PATH: hatch, gh."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [0, 5])
def test_the_exit_status_is_that_of_the_release(
    fp: FakeProcess, runner: Runner, tmp_path: Path, status: int
) -> None:
    fp.register(COMMAND, returncode=status)
    exit_status, output = runner.run()
    assert exit_status == status
    assert output.rstrip().endswith(f" rm -r {tmp_path}")


def test_a_finished_release_has_hints(fp: FakeProcess, runner: Runner, tmp_path: Path) -> None:
    fp.register(COMMAND)
    _, output = runner.run()
    assert f"history    git -C {tmp_path / 'almanac'} log --oneline --graph --all" in output


def test_after_a_halt_the_hints_leave_it_on_the_screen(
    fp: FakeProcess, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    fp.register(COMMAND, returncode=5)
    _, output = runner.run(failing_workflow="qa", keep=True)
    _, _, hints = output.partition("signing ")
    before, after, _ = hints.partition("The stand-in has stopped.")
    assert after
    assert len(before.splitlines()) <= 1 + 5
    assert "Use another terminal" in before


@pytest.mark.parametrize("keep", [False, True])
def test_the_release_knows_what_the_person_can_type_next(
    fp: FakeProcess, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, keep: bool
) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    seen: list[dict[str, str]] = []

    def see(process: FakePopen) -> None:
        seen.append(process._FakePopen__kwargs["env"])  # type: ignore[attr-defined]  # noqa: SLF001  it has no other way

    monkeypatch.setattr(time, "sleep", interrupt)
    monkeypatch.setattr("sys.argv", ["inv", "practice", "--fail", "qa", "--directory", "a b"])
    fp.register(COMMAND, callback=see)
    runner.run(keep=keep)
    (environment,) = seen
    if keep:
        assert TYPED not in environment
        assert environment[ENTERING] == f"cd {tmp_path / 'almanac'} && . ../activate"
    else:
        assert ENTERING not in environment
        assert environment[TYPED] == "inv practice --fail qa --keep"


def test_the_chosen_workflow_fails_once(fp: FakeProcess, runner: Runner) -> None:
    fp.register(COMMAND, returncode=5)
    runner.run(failing_workflow="qa")
    (standin,) = runner.standins
    assert [script.conclusion for script in standin.actions.scripts["qa"]] == ["failure"]


def test_by_hand_starts_no_release_and_shows_the_commands_for_another_terminal(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    status, output = runner.run(by_hand=True, keep=True)
    assert status == 0
    assert "Look at the result" not in output
    assert "inv release.preflight --version 1.24" in output
    assert f"curl -X POST {runner.standins[0].proxy_url}/_control/fix/qa" in output
    assert "The stand-in has stopped. The practice ground is still there:" in output
