"""The output: plain lines in a file, a live region on a terminal, and text from outside made safe."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from fake_gh import START, FakeRun, job_json, run_json
from fake_release import HEAD, MAINLINE, FakeCommits, fake_commit, fake_release
from patchwright.github.models import read_job, read_run
from patchwright.github.polling import ExpectedJobs
from patchwright.github.watch import WatchedRun
from patchwright.halts import BranchConflict, Effects, Halt, Prerequisite
from patchwright.history.candidate import Candidate, Verdict
from patchwright.pipeline import STEPS, STEPS_BY_NAME
from patchwright.practice.runs import JobScript, RunScript
from patchwright.report.terminal import MAX_SKIPPED_SHOWN, Report, print_json
from patchwright.tools.git_output import Commit

PREFLIGHT, PUSH = STEPS_BY_NAME["preflight"], STEPS_BY_NAME["push"]
NASTY = "a\x1b[31mred\x1b[0m [bold]b[/bold]\u202e :smile: https://user:secret@example.org/\r\nnext"
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")


class Terminal(io.StringIO):
    """A terminal that records what is written to it."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    @property
    def rows(self) -> list[str]:
        """The lines that were written, without colours and movements of the cursor."""
        return [row.split("\r")[-1] for row in _ESCAPES.sub("", self.getvalue()).split("\n")]


def watched_run() -> WatchedRun:
    """Return a run whose job has been running for five seconds."""
    run = FakeRun(RunScript(jobs=[JobScript("lint", 30)]))
    jobs = tuple(read_job(job_json(run, at, job)) for at, job in enumerate(run.state(START + 5).jobs))
    return WatchedRun(read_run(run_json(run, START + 5)), jobs, ExpectedJobs(), lambda: START + 5)


On = Callable[[int], tuple[Report, Terminal]]


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> On:
    """Return a function that creates a report on a terminal of a given width."""
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
    halt = BranchConflict(
        "The branch has moved.", evidence=["$ git push", "  " + "x" * 150, NASTY], remedy=["Go on. " * 30],
        never=["Do not force-push."], next_command="inv release.patch --version 1.24",
    )  # fmt: skip  # the evidence, then the remedy
    halt.step = "push"
    halt.effects = Effects(("the tag",), ("a commit",), ("your checkout",))
    return halt


def test_in_a_file_a_step_has_a_first_and_a_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(names=["preflight", "push"])
    with report.step(PUSH):
        report.show_wait("git push")
        report.show_wait("git push")
        report.done("origin's release-1.24 is 1a2b3c4")
    begun, waiting, done = capsys.readouterr().out.splitlines()
    assert begun == "[ 2/2] push: Push the release branch"
    assert waiting == "    waiting for git push"
    assert re.fullmatch(r"\[ 2/2\] push done: origin's release-1\.24 is 1a2b3c4 \(0\.\d s\)", done)


def test_in_a_file_the_lines_of_preflight_say_what_was_checked(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(names=[step.name for step in STEPS])
    with report.step(PREFLIGHT):
        report.already_done("23 checks passed")
    first, last = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"\[ 1/\d\d\] preflight: Check everything that could fail later; change nothing", first
    )
    assert re.fullmatch(r"\[ 1/\d\d\] preflight: 23 checks passed \(0\.\d s\)", last)


def test_in_a_file_the_last_line_says_that_a_step_was_already_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = Report(names=["push"])
    with report.step(PUSH):
        report.already_done("origin's release-1.24 is 1a2b3c4")
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("[ 1/1] push already done: origin's release-1.24 is 1a2b3c4 (")


def test_in_a_file_the_last_line_of_a_dry_run_says_that_a_step_would_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = Report(names=["push"])
    with report.step(PUSH):
        report.command("git push")
        report.would_run()
    _, command, last = capsys.readouterr().out.splitlines()
    assert command == "    $ git push"
    assert last.startswith("[ 1/1] push would run (")


def test_in_a_file_a_line_is_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    Report().say("x" * 500)
    assert capsys.readouterr().out == f"    {'x' * 500}\n"


def test_the_last_line_says_that_a_step_halted(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(names=["push"])
    with pytest.raises(BranchConflict), report.step(PUSH):
        raise BranchConflict("moved")
    assert capsys.readouterr().out.splitlines()[-1].startswith("[ 1/1] push halted (")


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_a_step_ends_with_one_row_that_fits(on_terminal: On, width: int) -> None:
    report, terminal = on_terminal(width)
    assert report.live
    with report.step(PUSH):
        report.show_wait("git push " + "x" * 200)
        report.show(watched_run())
        report.done("origin's release-1.24 is 1a2b3c4")
    assert all(len(row) <= width for row in terminal.rows)
    (last,) = (row for row in terminal.rows if "✓ push" in row)
    assert re.fullmatch(r"\[ 2/2\] ✓ push +origin's release-1\.24 is 1a2b3c4 +0\.\d s", last)
    assert len(last) == width


@pytest.mark.parametrize(
    ("name", "end", "mark"),
    [
        ("push", Report.done, "✓"),
        ("push", Report.already_done, "="),
        ("preflight", Report.already_done, "✓"),
    ],
)
def test_on_a_terminal_a_mark_says_how_a_step_ended(
    on_terminal: On, name: str, end: Callable[[Report, str], None], mark: str
) -> None:
    report, terminal = on_terminal(80)
    with report.step(STEPS_BY_NAME[name]):
        end(report, "evidence")
    assert any(f"{mark} {name} " in row and "evidence" in row for row in terminal.rows)


def test_on_a_terminal_a_watched_run_is_a_table_until_it_is_removed(on_terminal: On) -> None:
    report, terminal = on_terminal(80)
    with report.step(PUSH):
        report.show(watched_run())
    assert any("in progress lint" in row for row in terminal.rows)
    report, terminal = on_terminal(80)
    with report.step(PUSH):
        report.show(watched_run())
        report.show(None)
    assert not any("in progress lint" in row for row in terminal.rows)


@pytest.mark.parametrize("width", [80, 120])
def test_long_evidence_is_folded_and_complete(on_terminal: On, width: int) -> None:
    report, terminal = on_terminal(width)
    with report.step(PUSH):
        report.already_done("0123456789" * 30)
    assert all(len(row) <= width for row in terminal.rows)
    assert "".join(re.findall(r"\d{10,}", " ".join(terminal.rows))) == "0123456789" * 30


@pytest.mark.parametrize("how", ["file", "terminal"])
def test_text_from_outside_is_shown_escaped(
    on_terminal: On, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    if how == "terminal":
        report, terminal = on_terminal(120)
        report.say(NASTY)
        shown = terminal.getvalue()
    else:
        Report().say(NASTY)
        shown = capsys.readouterr().out
    assert (
        shown.strip() == r"a\x1b[31mred\x1b[0m [bold]b[/bold]\u202e :smile: https://***@example.org/\r next"
    )


def test_no_color_switches_colours_off(on_terminal: On, monkeypatch: pytest.MonkeyPatch, halt: Halt) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    report, terminal = on_terminal(80)
    report.chapter("A chapter")
    report.halted(halt)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", terminal.getvalue())


def test_in_a_file_a_halt_has_a_line_for_each_part(capsys: pytest.CaptureFixture[str], halt: Halt) -> None:
    Report().halted(halt)
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.replace("\n", "").isprintable()
    rows = output.err.splitlines()
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
    assert "secret" not in output.err
    assert rows[-1].endswith("inv release.patch --version 1.24")


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_a_halt_wraps_prose_and_does_not_break_commands(
    on_terminal: On, width: int, halt: Halt
) -> None:
    report, terminal = on_terminal(width)
    report.halted(halt)
    prose = [row for row in terminal.rows if "Go on." in row]
    assert len(prose) > 1
    assert all(len(row) <= width for row in prose)
    assert any("x" * 150 in row for row in terminal.rows)
    assert any(row.endswith("inv release.patch --version 1.24") for row in terminal.rows)


def test_a_quiet_report_prints_only_halts(capsys: pytest.CaptureFixture[str], halt: Halt) -> None:
    report = Report(names=["push"], quiet=True)
    report.say("something")
    with report.step(PUSH):
        report.done("evidence")
    report.halted(halt)
    output = capsys.readouterr()
    assert output.out == ""
    assert "The branch has moved." in output.err


def test_facts_are_printed_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    Report().facts([("tag", "v1.24.1"), ("release-1.24", "y" * 200)])
    assert capsys.readouterr().out == f"  tag           v1.24.1\n  release-1.24  {'y' * 200}\n"


def test_facts_without_a_value_have_no_trailing_spaces(capsys: pytest.CaptureFixture[str]) -> None:
    Report().facts([("to do", "push", ""), ("done", "check", "3 checks passed")])
    assert capsys.readouterr().out == "  to do  push\n  done   check  3 checks passed\n"


def candidate(number: int, verdict: Verdict, reason: str) -> Candidate:
    return Candidate(fake_commit(f"{number:040x}"[::-1], message=f"Change {number}."), verdict, reason)


# Questions


def test_chapters_keep_their_lines_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    Report().present([("Section", ["almanac 1.24.1", "", "  - Leap years.", NASTY]), ("Notes", ())])
    shown = capsys.readouterr().out.splitlines()
    assert shown[:4] == ["Section", "    almanac 1.24.1", "", "      - Leap years."]
    assert shown[-1] == "Notes"
    assert NASTY not in shown[4]


def test_without_a_terminal_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("it was asked"))
    assert Report().confirm("Publish?")


@pytest.mark.parametrize(
    ("answer", "agrees"),
    [("y", True), (" Yes ", True), ("n", False), ("what?", False), ("", False), (None, False)],
)
@pytest.mark.parametrize("in_step", [True, False])
def test_on_a_terminal_only_yes_agrees(
    on_terminal: On, monkeypatch: pytest.MonkeyPatch, answer: str | None, *, agrees: bool, in_step: bool
) -> None:
    questions = []

    def reply(question: str) -> str:
        questions.append(question)
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", reply)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    report, _ = on_terminal(80)
    with report.step(STEPS[0]) if in_step else contextlib.nullcontext():
        assert report.confirm("Publish?") is agrees
    assert questions == ["Publish? [y/N] "]


def test_candidates_are_listed_by_verdict_with_their_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    Report().candidates(
        [
            candidate(1, "skipped", "its fragment is of type enhance"),
            candidate(2, "unsure", "it changes two fragments"),
            candidate(3, "proposed", "it adds news/7.repair.rst"),
        ]
    )
    assert capsys.readouterr().out.splitlines() == [
        "    proposed  3000000000 Change 3. (it adds news/7.repair.rst)",
        "    unsure  2000000000 Change 2. (it changes two fragments)",
        "    skipped  1000000000 Change 1. (its fragment is of type enhance)",
    ]


@pytest.mark.parametrize(
    ("total", "first"),
    [
        (MAX_SKIPPED_SHOWN, "    skipped  0000000000 Change 0. (reason)"),
        (MAX_SKIPPED_SHOWN + 1, "    skipped  1 earlier commit"),
        (MAX_SKIPPED_SHOWN + 12, "    skipped  12 earlier commits"),
    ],
)
def test_only_the_newest_of_many_skipped_candidates_are_listed(
    capsys: pytest.CaptureFixture[str], total: int, first: str
) -> None:
    Report().candidates([candidate(number, "skipped", "reason") for number in range(total)])
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == first
    assert len(rows) == min(total, MAX_SKIPPED_SHOWN + 1)
    assert f"Change {total - 1}." in rows[-1]


@dataclass
class CommitsAhead(FakeCommits):
    """Commits of a release, some of which are only on the local branch."""

    local_commits: tuple[Commit, ...] = ()


def test_the_headline_names_the_release_and_its_local_commits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ahead = CommitsAhead(local_commits=(fake_commit("a" * 40, message="Repair tides."),))
    Report().headline(fake_release(tmp_path, commits=ahead))
    assert capsys.readouterr().out.splitlines() == [
        f"Patch release 1.24.1 of {tmp_path.name}, on release-1.24, after v1.24.0",
        "    part of the release, on your local release-1.24: aaaaaaaaaa Repair tides.",
    ]


def test_the_headline_of_a_dry_run_says_that_nothing_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Report().headline(fake_release(tmp_path, dry=True, commits=CommitsAhead()))
    assert capsys.readouterr().out.endswith("after v1.24.0 (dry run: nothing will be changed)\n")


def test_the_summary_has_versions_commits_runs_and_notes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = fake_release(tmp_path, commits=FakeCommits())
    release.run_urls["qa"] = "https://github.example/qa"
    release.notes.append("your master was fast-forwarded")
    Report().summary(release)
    *rows, took = capsys.readouterr().out.splitlines()
    assert rows == [
        "Released 1.24.1",
        "  version       1.24.0 -> 1.24.1",
        f"  tag           v1.24.1 at {HEAD}",
        f"  release-1.24  {HEAD}",
        f"  master        {MAINLINE}",
        "  qa run        https://github.example/qa",
        "  note          your master was fast-forwarded",
    ]
    assert re.fullmatch(r"  took          \d\.\d s", took)


STATUS = """\
1.24.1 of the series 1.24 (v1.24.1 on release-1.24): halted
  done    checkout  the worktree is at 1a2b3c4
  halted  pick
  to do   push
Halted at pick: The pick conflicts.
    both changed almanac.py
    Resolve the conflict.
Next: inv release.patch --version 1.24
"""


def test_the_status_has_steps_evidence_halt_and_next_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    halt = BranchConflict(
        "The pick conflicts.", evidence=["both changed almanac.py"], remedy=["Resolve the conflict."]
    )
    halt.step = "pick"
    checkout, pick = STEPS_BY_NAME["checkout"], STEPS_BY_NAME["pick"]
    steps = [(checkout, "the worktree is at 1a2b3c4"), (pick, None), (PUSH, None)]
    release = fake_release(tmp_path)
    Report().status("halted", release, steps, "inv release.patch --version 1.24", halt.as_json())
    assert capsys.readouterr().out == STATUS


@pytest.mark.parametrize(
    ("state", "words"), [("none", "not started"), ("in-progress", "in progress"), ("done", "done")]
)
def test_the_status_begins_with_the_state_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str, words: str
) -> None:
    Report().status(state, fake_release(tmp_path), [], None, None)
    assert capsys.readouterr().out == f"1.24.1 of the series 1.24 (v1.24.1 on release-1.24): {words}\n"


def test_json_is_printed_as_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"evidence": "a\nb \x1b[31m ü"})
    output = capsys.readouterr()
    assert (output.out.count("\n"), output.out.isascii(), output.err) == (1, True, "")
    assert "\x1b" not in output.out
    assert json.loads(output.out) == {"evidence": "a\nb \x1b[31m ü"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EPIPE, errno.EBADF])
def test_the_screen_never_raises(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    class Broken(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr("sys.stdout", Broken())
    monkeypatch.setattr("sys.stderr", Broken())
    report = Report()
    report.say("one")
    report.halted(Prerequisite("no"))
    report.say("two")


def test_a_character_that_the_terminal_lacks_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    Report().say("Länge → 3")
    assert written.getvalue() == b"    L\\xe4nge \\u2192 3\n"


def test_json_that_cannot_be_written_is_a_halt(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123  a device
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(Prerequisite, match="Standard output could not be written: No space left"):
            print_json({"schema": 1})
        monkeypatch.undo()
