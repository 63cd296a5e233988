"""What a person sees: plain lines in a file, a live region on a terminal, nothing from outside that acts."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from rich.text import Text

from patchwright.durations import duration
from patchwright.engine.runner import Step
from patchwright.halts import BranchConflict, Halt, Standing
from patchwright.report.terminal import Report

PUSH = Step("push", "origin's release branch is that commit")
NASTY = "a\x1b[31mred\x1b[0m [bold]b[/bold]\u202e :smile: https://user:secret@example.org/\r\nnext"
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    @property
    def rows(self) -> list[str]:
        """What was written, by lines, without colours and movements of the cursor."""
        return [row.split("\r")[-1] for row in _ESCAPES.sub("", self.getvalue()).split("\n")]


On = Callable[[int], tuple[Report, Terminal]]


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> On:
    """Return a maker of reports on terminals of a width."""
    for name in ("NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def make(width: int) -> tuple[Report, Terminal]:
        terminal = Terminal()
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("LINES", "25")
        monkeypatch.setattr("sys.stdout", terminal)
        monkeypatch.setattr("sys.stderr", terminal)
        return Report(names=["preflight", "push"]), terminal

    return make


@pytest.fixture
def halt() -> Halt:
    made = BranchConflict(
        "The branch has moved.", evidence=["$ git push", "  " + "x" * 150, NASTY], remedy=["Go on. " * 30],
        never=["Do not force-push."], next_command="inv release.patch --version 1.24",
    )  # fmt: skip  # what happened, then what to do
    made.step = "push"
    made.standing = Standing(("the tag",), ("a commit",), ("your checkout",))
    return made


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3725, "1 h 02 min"),
    ],
)
def test_durations_are_told_as_people_tell_them(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_in_a_file_a_step_is_two_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(names=["preflight", "push"])
    with report.step(PUSH):
        report.waiting("git push")
        report.waiting("git push")
        report.done("origin's release-1.24 is 1a2b3c4")
    begun, waiting, done = capsys.readouterr().out.splitlines()
    assert begun == "[ 2/2] push: origin's release branch is that commit"
    assert waiting == "    waiting for git push"
    assert re.fullmatch(r"\[ 2/2\] push done: origin's release-1\.24 is 1a2b3c4 \(0\.\d s\)", done)


def test_in_a_file_a_line_is_as_long_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Report().say("x" * 500)
    assert capsys.readouterr().out == f"    {'x' * 500}\n"


def test_a_step_that_halts_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(names=["push"])
    with pytest.raises(BranchConflict), report.step(PUSH):
        raise BranchConflict("moved")
    assert capsys.readouterr().out.splitlines()[-1].startswith("[ 1/1] push halted (")


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_a_step_ends_as_one_row_that_fits(on_terminal: On, width: int) -> None:
    report, terminal = on_terminal(width)
    assert report.live
    with report.step(PUSH):
        report.waiting("git push " + "x" * 200)
        report.show(Text("a table"))
        report.done("origin's release-1.24 is 1a2b3c4")
    assert all(len(row) <= width for row in terminal.rows)
    (ended,) = (row for row in terminal.rows if "✓" in row)
    assert re.fullmatch(r"\[ 2/2\] ✓ push +origin's release-1\.24 is 1a2b3c4 +0\.\d s", ended)
    assert len(ended) == width


@pytest.mark.parametrize("width", [80, 120])
def test_long_evidence_is_folded_and_not_cut(on_terminal: On, width: int) -> None:
    report, terminal = on_terminal(width)
    with report.step(PUSH):
        report.stands("0123456789" * 30)
    assert all(len(row) <= width for row in terminal.rows)
    assert "".join(re.findall(r"\d{10,}", " ".join(terminal.rows))) == "0123456789" * 30


@pytest.mark.parametrize("how", ["file", "terminal"])
def test_what_comes_from_outside_is_shown_and_does_nothing(
    on_terminal: On, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    if how == "terminal":
        report, terminal = on_terminal(120)
        report.say(NASTY)
        told = terminal.getvalue()
    else:
        Report().say(NASTY)
        told = capsys.readouterr().out
    assert told.strip() == r"a\x1b[31mred\x1b[0m [bold]b[/bold]\u202e :smile: https://***@example.org/\r next"


def test_no_colour_is_no_colour(on_terminal: On, monkeypatch: pytest.MonkeyPatch, halt: Halt) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    report, terminal = on_terminal(80)
    report.chapter("A chapter")
    report.halted(halt)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", terminal.getvalue())


def test_a_halt_in_a_file_has_a_line_for_each_thing(capsys: pytest.CaptureFixture[str], halt: Halt) -> None:
    Report().halted(halt)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.isprintable() or set(told.err) - set("\n") == {c for c in told.err if c.isprintable()}
    rows = told.err.splitlines()
    assert rows[0] == "Halted at push: branch conflict, exit 7"
    for part in (
        "The branch has moved.",
        "$ git push",
        "x" * 150,
        "the tag",
        "a commit",
        "your checkout",
        "Do not force-push.",
    ):
        assert any(part in row for row in rows), part
    assert "secret" not in told.err
    assert rows[-1].endswith("inv release.patch --version 1.24")


@pytest.mark.parametrize("width", [80, 120])
def test_a_halt_on_a_terminal_wraps_prose_and_keeps_what_is_copied_whole(
    on_terminal: On, width: int, halt: Halt
) -> None:
    report, terminal = on_terminal(width)
    report.halted(halt)
    prose = [row for row in terminal.rows if "Go on." in row]
    assert len(prose) > 1
    assert all(len(row) <= width for row in prose)
    assert any("x" * 150 in row for row in terminal.rows)
    assert any(row.endswith("inv release.patch --version 1.24") for row in terminal.rows)


def test_when_quiet_halts_are_told_and_nothing_else(capsys: pytest.CaptureFixture[str], halt: Halt) -> None:
    report = Report(names=["push"], quiet=True)
    report.say("something")
    with report.step(PUSH):
        report.done("evidence")
    report.halted(halt)
    told = capsys.readouterr()
    assert told.out == ""
    assert "The branch has moved." in told.err


def test_facts_stand_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    Report().facts([("tag", "v1.24.1"), ("release-1.24", "y" * 200)])
    assert capsys.readouterr().out == f"  tag           v1.24.1\n  release-1.24  {'y' * 200}\n"
