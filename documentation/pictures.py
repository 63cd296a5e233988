"""Draw the pictures of the documentation: `inv dev.pictures`.

Each picture is a terminal in which `inv release.patch` ran on the practice ground, with real git, hatch,
towncrier and gh. Time does not pass by itself here: a program takes a tenth of a second, and a wait ends at
once. So the text of a picture is always the same, and tests/test_pictures.py can compare it with a new run.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

from invoke import Program
from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.text import Text

import patchwright
from patchwright.clock import SystemClock
from patchwright.practice.github import JobScript, RunScript, StandIn
from patchwright.practice.ground import ground_environment
from patchwright.practice.project import make_project

HERE = Path(__file__).parent
PROGRAMS = Path(sys.executable).parent
COMMAND = "inv release.patch --version 1.24 --yes"
COLUMNS, ROWS = 100, 60
BEGAN = datetime.datetime.fromisoformat("2026-01-02T03:04:05+00:00")
PROGRAM_SECONDS = 0.1
# How long after the start of a run the picture of the live table is taken.
MIDDLE_SECONDS = 390.0
DAY = 86_400.0
# Longer than the terminal needs to show what has changed.
REFRESH_SECONDS = 0.5
STEPS = ("Set up job", "Check out", "Install", "Test", "Upload coverage")
FAILS = "test (3.13, macos)"
LOG = """\
tests/test_tides.py::test_high_water FAILED
E   assert 745 == 770
Error: Process completed with exit code 1."""
_CONTROL = re.compile(r"(\r|\n|\x1b\[\d*A|\x1b\[2K|\x1b\[\?25[hl])")


class Time:
    """Time that passes when a program starts and when patchwright waits, and at no other moment."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: Callable[[], None] | None = None
        self._lock = threading.Lock()
        sys.addaudithook(self._heard)

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return BEGAN.timestamp() + self.passed

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self.passed

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self.passed += seconds
        if self.slept:
            self.slept()

    def _heard(self, event: str, _arguments: tuple[object, ...]) -> None:
        if event == "subprocess.Popen":
            with self._lock:
                self.passed += PROGRAM_SECONDS


class Terminal(io.StringIO):
    """A terminal that keeps what it is given. It knows how to go up and how to erase a line."""

    def isatty(self) -> bool:
        """Return that this is a terminal."""
        return True

    def rows(self) -> list[Text]:
        """Return what the terminal shows now."""
        rows, at = [""], 0
        for piece in _CONTROL.split(self.getvalue()):
            if piece == "\n":
                at += 1
                rows += [""] * (at - len(rows) + 1)
            elif piece.endswith("A") and piece.startswith("\x1b"):
                at -= int(piece[2:-1] or 1)
            elif piece == "\x1b[2K":
                rows[at] = ""
            elif piece and not piece.startswith(("\r", "\x1b[?")):
                rows[at] += piece
        decode = AnsiDecoder().decode_line
        return [decode(_steady(row)) for row in "\n".join(rows).rstrip().split("\n")]


@dataclass
class Shots:
    """What the terminal showed in the middle of QA, and at the end."""

    middle: list[Text]
    end: list[Text]


def main(directory: Path) -> None:
    """Draw every picture in a directory."""
    clock = Time()
    with (
        mock.patch.object(time, "time", clock.now),
        mock.patch.object(time, "monotonic", clock.monotonic),
        mock.patch.object(SystemClock, "sleep", lambda _clock, seconds: clock.sleep(seconds)),
        mock.patch("patchwright.clock.today", return_value=BEGAN.date().isoformat()),
    ):
        good = released(clock, jobs())
        failed = released(clock, jobs(fails=FAILS))
    draw(directory, "release", [Text(f"$ {COMMAND}"), *good.end])
    draw(directory, "watching", since(good.middle, r"\[ ?\d+/\d+\] \S watch-qa "))
    draw(directory, "halt", since(failed.end, "Halted at "))


def released(clock: Time, scripts: list[JobScript]) -> Shots:
    """Run a release whose QA has these jobs, on a practice ground of its own."""
    terminal, middle = Terminal(), list[Text]()
    with tempfile.TemporaryDirectory(prefix="pw-") as temporary, contextlib.ExitStack() as stack:
        root = Path(temporary)
        clock.passed = 0.0
        standin = stack.enter_context(StandIn(root / "github", clock=clock.now, job_seconds=60.0))
        project = make_project(root / "ground", standin)
        before = [replace(job, conclusion="success") for job in scripts]
        standin.add_run(
            "qa",
            project.patches[0],
            branch="master",
            script=RunScript(jobs=before),
            created_at=clock.now() - DAY,
        )
        standin.script("qa", RunScript(jobs=scripts))

        def look() -> None:
            runs = standin.runs[1:]
            if runs and not middle and clock.now() - runs[0].created_at >= MIDDLE_SECONDS:
                time.sleep(REFRESH_SECONDS)
                middle.extend(terminal.rows())

        clock.slept = look
        stack.enter_context(_inside(project.clone, ground_environment(standin, root, PROGRAMS)))
        stack.enter_context(contextlib.redirect_stdout(terminal))
        stack.enter_context(contextlib.redirect_stderr(terminal))
        stack.enter_context(mock.patch.object(sys, "argv", COMMAND.split()))
        Program(namespace=patchwright.ns).run(sys.argv, exit=False)
    return Shots(middle, terminal.rows())


@contextlib.contextmanager
def _inside(clone: Path, variables: dict[str, str]) -> Iterator[None]:
    date = BEGAN.isoformat()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INVOKE_", "GIT_"))}
    shown = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    with (
        mock.patch.dict(os.environ, {**kept, **variables, **shown, **dates}, clear=True),
        contextlib.chdir(clone),
    ):
        yield


def jobs(fails: str = "") -> list[JobScript]:
    """Return fourteen jobs, of which the tests wait for the linters and the rest for the tests."""
    systems = [
        f"{version}, {system}"
        for system in ("linux", "macos", "windows")
        for version in ("3.11", "3.12", "3.13")
    ]
    tests = [f"test ({system})" for system in systems]
    scripts = [
        JobScript("initialize", 20, steps=STEPS),
        JobScript("lint", 60, steps=STEPS, needs=("initialize",)),
    ]
    scripts += [
        JobScript(
            name, 300 + 20 * at, steps=STEPS, needs=("lint",), log=LOG if name == fails else "",
            conclusion="failure" if name == fails else "success",
        )
        for at, name in enumerate(tests)
    ]  # fmt: skip
    scripts += [
        JobScript("document", 120, steps=STEPS, needs=("lint",)),
        JobScript("package", 40, needs=tests),
    ]
    return [*scripts, JobScript("report", 20, needs=("package",))]


def since(rows: list[Text], beginning: str) -> list[Text]:
    """Return the rows from the first one that begins so."""
    at = next(at for at, row in enumerate(rows) if re.match(beginning, row.plain))
    return rows[at:]


def _steady(row: str) -> str:
    """Return a row with the spinner in its first position, and without the name of a temporary directory."""
    row = re.sub(r"\S*/pw-\w{8}/ground", "~", row)
    return re.sub("[\u2801-\u28ff]", "\u280b", row)


def draw(directory: Path, name: str, rows: list[Text]) -> None:
    """Write a picture of what a terminal showed."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for row in rows:
        console.print(row, soft_wrap=False)
    console.save_svg(str(directory / f"{name}.svg"), title="patchwright", unique_id=name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else HERE)
