"""The next command of a halt works when it is pasted where the person is, and never asks for more."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from journeys.ground import BIN, Done, Ground, flags_of
from patchwright.practice.runs import RunScript

pytestmark = pytest.mark.journey


def next_line(done: Done) -> str:
    """Return the next command of a report."""
    (line,) = re.findall(r"^Next:\n  \$ (.*)$", done.err, re.MULTILINE)
    return str(line)


def paste(ground: Ground, line: str, *, cwd: Path | None = None) -> Done:
    """Run a line in a shell, in the directory where the person stands."""
    return ground.run("sh", "-c", line, cwd=cwd)


@contextmanager
def kept_practice(ground: Ground, directory: Path, *flags: str) -> Iterator[Done]:
    """Run a practice ground that is kept. Yield what it has printed when it begins to wait."""
    out, err = ground.root / "out", ground.root / "err"
    argv = [str(BIN / "inv"), "practice", *flags, "--keep", "--directory", str(directory)]
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            argv, cwd=ground.clone, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
            env={**ground.env, "PYTHONUNBUFFERED": "1"}, start_new_session=True,
        )  # fmt: skip  # what and where, then how
    try:
        for _ in range(600):
            if "until you press Ctrl-C" in out.read_text() or process.poll() is not None:
                break
            with_timeout(process)
        yield Done(process.poll() or 0, out.read_text(), err.read_text())
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)


def with_timeout(process: subprocess.Popen[bytes]) -> None:
    """Wait a moment for a process."""
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return


def test_after_practice_the_next_command_makes_a_ground_that_is_kept(ground: Ground) -> None:
    before = ground.refs()
    done = ground.inv("practice", "--fail", "qa", "--directory", str(ground.root / "practice"))
    assert done.status == 5, done.text
    assert next_line(done) == "inv practice --fail qa --keep"
    assert ground.refs() == before


def test_in_a_kept_ground_the_pasted_commands_finish_the_release_there(ground: Ground) -> None:
    before = ground.refs()
    directory = ground.root / "a practice ground's directory"
    with kept_practice(ground, directory, "--fail", "qa") as done:
        assert "workflow failed, exit 5" in done.err, done.text
        (rerun,) = re.findall(r"\$ (\(cd .*gh run rerun.*)$", done.err, re.MULTILINE)
        again = paste(ground, rerun)
        assert again.status == 0, again.text
        finished = paste(ground, next_line(done))
    assert finished.status == 0, finished.text
    assert "Released 1.24.1" in finished.out
    assert ground.refs() == before


def test_after_a_rehearsal_the_next_command_is_the_rehearsal(ground: Ground) -> None:
    before = ground.refs()
    ground.standin.protect("refs/heads/release-1.24")
    typed = ("release.rehearse", "--version", "1.24", "--message", "it's ready", "--patches", "none", "--yes")
    done = ground.inv(*typed)
    assert done.status, done.text
    line = next_line(done)
    assert line == "inv release.rehearse --version 1.24 --message 'it'\"'\"'s ready' --patches none --yes"
    assert ground.refs() == before
    again = paste(ground, line)
    assert again.status == done.status
    assert ground.refs() == before


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("release.preflight", "--version", "1.24.7"), "inv release.preflight --version 1.24.1"),
        (("release.push", "--version", "1.24.7"), "inv release.push --version 1.24.1"),
        (
            ("release.patch", "--version", "1.24.7", "--yes", "--skip-check"),
            "inv release.patch --yes --skip-check --version 1.24.1",
        ),
        (("--dry", "release.patch", "--version", "1.24.7"), "inv --dry release.patch --version 1.24.1"),
    ],
)
def test_a_wrong_version_leads_to_the_same_command_with_the_right_one(
    shared_ground: Ground, typed: tuple[str, ...], expected: str
) -> None:
    before = shared_ground.refs()
    done = shared_ground.inv(*typed)
    assert done.status == 6, done.text
    assert next_line(done) == expected
    assert shared_ground.refs() == before


def test_a_step_leads_to_the_steps_that_it_needs(ground: Ground) -> None:
    before = ground.refs()
    for name, needed in (("push", "checkout"), ("pick", "checkout")):
        done = ground.inv(f"release.{name}", "--version", "1.24")
        assert done.status == 3, done.text
        assert next_line(done) == f"inv release.{needed} --version 1.24"
    assert paste(ground, next_line(done)).status == 0
    for _ in range(6):
        done = ground.inv("release.push", "--version", "1.24")
        if not done.status:
            break
        assert ground.refs() == before
        fixed = paste(ground, next_line(done))
        if "release.pick" in next_line(done):
            # Nobody has agreed to the proposal. The halt names the command that does.
            assert fixed.status == 2, fixed.text
            fixed = paste(ground, next_line(fixed))
        assert fixed.status == 0, fixed.text
    assert done.status == 0, done.text


def test_patches_without_a_value_start_nothing(shared_ground: Ground) -> None:
    before = shared_ground.refs()
    for typed in (("--patches",), ("--patches", "--yes")):
        done = shared_ground.inv("release.patch", "--version", "1.24", *typed)
        assert done.status == 2, done.text
        assert "--patches was given ''" in done.err
    assert shared_ground.refs() == before


def set_up_mainline(ground: Ground) -> None:
    """Let the mainline have tasks.py and settings. The release branch has neither."""
    settings = ground.clone / "pyproject.toml"
    settings.write_text(settings.read_text() + '\n[tool.patchwright]\nversion-subject = "Now {version}"\n')
    ground.git("commit", "--quiet", "--all", "--message", "Set up patchwright.")
    ground.git("push", "--quiet", "origin", "master")
    assert "tasks.py" not in ground.origin("ls-tree", "--name-only", "release-1.24").split()


def test_a_fix_of_a_branch_without_tasks_is_made_and_released(ground: Ground) -> None:
    set_up_mainline(ground)
    ground.standin.script("qa", RunScript(conclusion="failure"))
    halted = ground.inv("release.patch", "--version", "1.24", "--yes")
    assert halted.status == 5, halted.text
    (worktree,) = re.findall(r"^ +\$ (git .*worktree add .*)$", halted.err, re.MULTILINE)
    made = paste(ground, worktree)
    assert made.status == 0, made.text
    fix = Path(shlex.split(worktree)[-2])
    assert not (fix / "tasks.py").exists()
    (fix / "fix.txt").write_text("fixed\n")
    ground.git("add", "fix.txt", cwd=fix)
    ground.git("commit", "--quiet", "--message", "Fix it.", cwd=fix)
    ground.git("push", "--quiet", "origin", "release-1.24", cwd=fix)
    finished = paste(ground, next_line(halted))
    assert finished.status == 0, finished.text
    assert "refs/tags/v1.24.1" in ground.refs()
    assert ground.origin("show", "v1.24.1:fix.txt") == "fixed"


@pytest.mark.parametrize("changed", [False, True])
def test_a_checkout_of_the_release_branch_takes_the_settings_of_the_mainline(
    ground: Ground, *, changed: bool
) -> None:
    set_up_mainline(ground)
    (ground.root / "tasks").mkdir()
    (ground.root / "tasks" / "tasks.py").write_text("from patchwright import ns\n")
    ground.git("switch", "--quiet", "release-1.24")
    if changed:
        settings = ground.clone / "pyproject.toml"
        settings.write_text(settings.read_text() + '\n[tool.patchwright]\nversion-subject = "Old"\n')
        ground.git("commit", "--quiet", "--all", "--message", "Keep an old setting.")
    root = str(ground.root / "tasks")
    for step in ("checkout", "pick", "check", "bump"):
        done = ground.inv("-r", root, f"release.{step}", "--version", "1.24", *flags_of(step))
        assert done.status == 0, done.text
    (place,) = (ground.root).rglob("1.24/release")
    assert ground.git("log", "-1", "--format=%s", cwd=place) == "Now 1.24.1"


TYPED = ("release.patch", "--version", "1.24", "--yes", "--skip-check", "--message", 'it\'s a "fix"')
Change = Callable[[Ground], object]


def rerun(ground: Ground) -> None:
    """Run the last run of a workflow again."""
    ground.standin.rerun(ground.standin.runs[-1].id)


@dataclass(frozen=True)
class Fault:
    """A fault that stops a release, how it is fixed, and the exit status of the halt."""

    name: str
    status: int
    inject: Change
    fix: Change


FAULTS = (
    Fault(
        "a protected release branch", 7,
        lambda ground: ground.standin.protect("refs/heads/release-1.24"),
        lambda ground: ground.standin.unprotect("refs/heads/release-1.24"),
    ),
    Fault(
        "QA fails", 5,
        lambda ground: ground.standin.script("qa", RunScript(conclusion="failure")),
        rerun,
    ),
    Fault(
        "the release workflow fails", 5,
        lambda ground: ground.standin.script("release", RunScript(conclusion="failure")),
        rerun,
    ),
    Fault(
        "a local tag", 3,
        lambda ground: ground.git("tag", "--annotate", "--message", "Mine.", "v1.24.1"),
        lambda ground: ground.git("tag", "--delete", "v1.24.1"),
    ),
)  # fmt: skip  # name and status, then provoke and fix


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_pasted_command_finishes_the_release_when_the_fault_is_fixed(
    ground: Ground, fault: Fault
) -> None:
    fault.inject(ground)
    halted = ground.inv(*TYPED)
    assert halted.status == fault.status, halted.text
    assert shlex.split(next_line(halted)) == ["inv", *TYPED]
    fault.fix(ground)
    finished = paste(ground, next_line(halted))
    assert finished.status == 0, finished.text
    assert "refs/tags/v1.24.1" in ground.refs()


def test_when_nothing_is_left_to_release_the_next_command_shows_the_status(ground: Ground) -> None:
    assert ground.inv(*TYPED).status == 0
    before = ground.refs()
    done = ground.inv(*TYPED)
    assert done.status == 3, done.text
    assert "There is nothing to release" in done.err
    assert next_line(done) == "inv release.status --version 1.24"
    shown = paste(ground, next_line(done))
    assert shown.status == 0, shown.text
    assert ground.refs() == before


def test_a_single_step_is_continued_as_a_single_step(ground: Ground) -> None:
    for name in ("checkout", "pick", "check", "bump", "changelog", "prepare"):
        done = ground.inv(f"release.{name}", "--version", "1.24", *flags_of(name))
        assert done.status == 0, done.text
    ground.standin.protect("refs/heads/release-1.24")
    halted = ground.inv("release.push", "--version", "1.24")
    assert halted.status == 7, halted.text
    assert next_line(halted) == "inv release.push --version 1.24"
    ground.standin.unprotect("refs/heads/release-1.24")
    done = paste(ground, next_line(halted))
    assert done.status == 0, done.text
    assert not ground.standin.runs or "refs/tags/v1.24.1" not in ground.refs()


def test_the_status_of_a_release_that_has_not_begun_shows_what_waits(shared_ground: Ground) -> None:
    done = shared_ground.inv("release.status", "--version", "1.24")
    assert done.status == 0, done.text
    tip = shared_ground.refs()["refs/heads/release-1.24"]
    for fact in ("1.24.0 (v1.24.0 at ", "1.24.1 (v1.24.1)", f"release-1.24, at {tip[:10]}", " fragment"):
        assert fact in done.out
    assert shared_ground.origin("log", "-1", "--format=%s", "release-1.24") in done.out
    assert "to do" not in done.out
    assert done.out.endswith("Next: inv release.patch --version 1.24\n")
