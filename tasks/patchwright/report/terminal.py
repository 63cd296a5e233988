"""Terminal: print the progress of the steps, the candidates, the status, the summary and the halts."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO, cast

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from patchwright.clock import duration
from patchwright.files import remedy_of
from patchwright.github.watch import WatchedRun
from patchwright.halts import Halt, Prerequisite
from patchwright.history.candidate import Candidate
from patchwright.pipeline import STEPS, Step
from patchwright.progress import Chapter
from patchwright.releases.outcome import NOT_PUBLISHED
from patchwright.releases.release import Release
from patchwright.report.halt import halt_report
from patchwright.report.runs_table import RunTable
from patchwright.text import quantity, safe_line, safe_rows, safe_text

NAME_WIDTH = 17
PIPED_WIDTH = 10_000
REFRESHES_PER_SECOND = 8
MAX_SKIPPED_SHOWN = 30
MAX_CANDIDATES_SHOWN = 500
VERDICTS = ("proposed", "unsure", "skipped")

_MARKS = {"done": "✓", "already done": "=", "would run": "~", "halted": "✗"}
_STYLES = {"done": "green", "already done": "green", "would run": "bold", "halted": "red bold"}


class _Screen:
    """A stream that never raises: after the first error of the system it discards everything.

    A closed pipe, a full disk and a closed terminal do not stop a release. A character that the stream's
    encoding lacks is escaped. `fault` is the error that ended the output.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.fault: Exception | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the stream has
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text as far as it can be written."""
        encoding = self._stream.encoding or "utf-8"
        self._try(lambda: self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding)))
        return len(text)

    def flush(self) -> None:
        """Write what is buffered."""
        self._try(self._stream.flush)

    def _try(self, write: Callable[[], object]) -> None:
        if self.fault:
            return
        try:
            write()
        except (OSError, ValueError) as fault:
            self.fault = fault
            # The interpreter flushes the stream when it ends, and must not fail either.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


class Report:
    """The output of a run: on a terminal updated in place and in colour, elsewhere as plain lines.

    It is the Progress of the steps: `say`, `show_wait` and `show`. If it is `quiet`, it prints only halts.
    With `as_json`, standard output is for one JSON object, so everything else goes to standard error.
    """

    def __init__(self, *, names: Iterable[str] = (), quiet: bool = False, as_json: bool = False) -> None:
        self.out = _console(sys.stderr if as_json else sys.stdout, quiet=quiet)
        self.err = _console(sys.stderr)
        is_updated = self.out.is_terminal and not self.out.is_dumb_terminal
        self.live = is_updated and not quiet and not as_json
        self._names = list(names)
        self._now: _Now | None = None
        self._live: Live | None = None
        self._began = time.monotonic()

    # The progress of the steps

    def say(self, text: str) -> None:
        """Print one line that stays on the terminal."""
        self._print_indented(safe_line(text))

    def show_wait(self, for_what: str | None) -> None:
        """Show what the running step is waiting for."""
        if self._now is None:
            return
        if for_what and not self.live and for_what != self._now.waiting:
            self.say(f"waiting for {for_what}")
        self._now.waiting = for_what

    def show(self, detail: object | None) -> None:
        """Show a WatchedRun as a table under the running step; None removes the table."""
        if self._now is None:
            return
        self._now.detail = None
        if isinstance(detail, WatchedRun):
            table = RunTable(detail.run, detail.expected, detail.now)
            table.update(detail.run, detail.jobs)
            self._now.detail = table

    # Questions

    def present(self, chapters: Sequence[Chapter]) -> None:
        """Print chapters: each heading, and below it the lines as they are."""
        for heading, rows in chapters:
            self.chapter(heading)
            for row in safe_rows(rows):
                self._print_indented(row)

    def confirm(self, question: str) -> bool:
        """Ask on the terminal. Without a terminal, nobody can answer: return True."""
        if not self.can_ask:
            return True
        return (self.ask(f"{question} [y/N] ") or "").lower() in {"y", "yes"}

    def ask(self, question: str) -> str | None:
        """Return what a person answers on the terminal, or None at the end of the input."""
        # The live region would overwrite the answer while it is typed.
        if self._live:
            self._live.stop()
        try:
            return input(question).strip()
        except (EOFError, OSError):
            return None
        finally:
            if self._live:
                self._live.start()

    @property
    def can_ask(self) -> bool:
        """Whether a person is at the terminal."""
        return self.live and sys.stdin.isatty()

    # Steps

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """Show a step as running for as long as the block lasts."""
        self._now = _Now(self._place(step.name), step.name, step.title, _spinner(self.out))
        try:
            if self.live:
                with Live(
                    self._now, console=self.out, refresh_per_second=REFRESHES_PER_SECOND, transient=True
                ) as self._live:
                    yield
            else:
                self.out.print(Text(f"{self._now.place}{step.name}: {step.title}"))
                yield
        except BaseException:
            self._end_step("halted")
            raise
        finally:
            self._now = self._live = None

    def done(self, evidence: str) -> None:
        """Say that the running step has acted and that its proof was found."""
        self._end_step("done", evidence)

    def already_done(self, evidence: str) -> None:
        """Say that the proof of the running step was found before it acted."""
        self._end_step("already done", evidence)

    def would_run(self) -> None:
        """Say that the running step would act if this were not a dry run."""
        self._end_step("would run")

    def command(self, shown: str) -> None:
        """Print a command that starts now, or that a dry run does not start."""
        self.out.print(Text(f"    $ {safe_text(shown)}", style="dim" if self.live else ""))

    def _place(self, name: str) -> str:
        if name not in self._names:
            return ""
        return f"[{self._names.index(name) + 1:>2}/{len(self._names)}] "

    def _end_step(self, word: str, evidence: str = "") -> None:
        """Print the last line of the running step. `word` says how it ended."""
        now = self._now
        if now is None:
            return
        # Preflight only looks, so it is never already done.
        is_preflight = now.name == STEPS[0].name and bool(evidence)
        took = duration(time.monotonic() - now.began)
        if not self.live:
            ending = "" if is_preflight else f" {word}"
            shown = f": {safe_line(evidence)}" if evidence else ""
            self.out.print(Text(f"{now.place}{now.name}{ending}{shown} ({took})"))
            return
        if is_preflight:
            word = "done"
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True, width=NAME_WIDTH)
        row.add_column(ratio=1, overflow="fold")
        row.add_column(justify="right", no_wrap=True)
        row.add_row(
            Text(f"{now.place}{_MARKS[word]}", style=_STYLES[word]),
            Text(now.name, style="bold"),
            Text(safe_line(evidence) if evidence else word),
            Text(took, style="dim"),
        )
        self.out.print(row)

    # The whole release

    def headline(self, release: Release) -> None:
        """Say which release this is, and which local commits are part of it."""
        plan = release.plan
        how = " (dry run: nothing will be changed)" if release.shell.dry else ""
        what = f"Patch release {plan.version} of {release.clone.project.name}"
        self.out.print(
            Text(safe_line(f"{what}, on {plan.branch}, after {plan.previous_tag}{how}"), style="bold")
        )
        for commit in release.commits.local_commits:
            self.say(f"part of the release, on your local {plan.branch}: {commit.short} {commit.subject}")

    def chapter(self, text: str) -> None:
        """Print the heading of a part of the output."""
        self.out.print(Text(safe_line(text), style="bold"))

    def facts(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Print rows in columns, for example names and values.

        Never break a row into lines: if the terminal wraps it, a command or URL can still be copied.
        """
        safe = [[safe_line(cell) for cell in row] for row in rows]
        widths = [max(len(cell) for cell in column) for column in zip(*safe, strict=True)]
        for row in safe:
            cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            self.out.print(Text(f"  {'  '.join(cells)}".rstrip()), soft_wrap=True)

    def candidates(self, candidates: list[Candidate]) -> None:
        """List the candidates by verdict, the newest first, each with its evidence, up to a limit."""
        for verdict in VERDICTS:
            listed = [one for one in reversed(candidates) if one.verdict == verdict]
            shown = listed[: MAX_SKIPPED_SHOWN if verdict == "skipped" else MAX_CANDIDATES_SHOWN]
            for one in shown:
                described = safe_line(f"{one.commit.short} {one.commit.subject} ({one.evidence})")
                self._print_indented(f"{verdict}  {described}")
            if len(shown) < len(listed):
                self._print_indented(f"{verdict}  {quantity(len(listed) - len(shown), 'earlier commit')}")

    def proposal(self, numbered: Sequence[Candidate], skipped: int) -> None:
        """List the candidates that a person chooses from, by number, and count those that are skipped."""
        for verdict in ("proposed", "unsure"):
            listed = [(number, one) for number, one in enumerate(numbered, 1) if one.verdict == verdict]
            if listed:
                self.chapter(f"{verdict.capitalize()}: {quantity(len(listed), 'commit')}")
            for number, one in listed:
                self._print_indented(safe_line(f"{one.commit.short} {one.commit.subject}"), f"{number:>4}  ")
                self._print_indented(safe_line(one.evidence), " " * 8)
        if skipped:
            self.chapter(f"Skipped: {quantity(skipped, 'commit')}")

    def halted(self, halt: Halt) -> None:
        """Print the report of a halt on standard error."""
        width = self.err.width if self.err.is_terminal else None
        self.err.print(halt_report(halt, width=width), soft_wrap=True, end="")

    def summary(self, release: Release) -> None:
        """Print what was released: the version, the tag, the branches, the runs and the duration."""
        plan = release.plan
        arrow = "→" if self.live else "->"
        rows = [
            ("version", f"{plan.previous_version} {arrow} {plan.version}"),
            ("tag", f"{plan.tag} at {release.commits.release_commit}"),
            (plan.branch, release.origin.branch_tip),
            (release.settings.mainline, release.origin.mainline_tip),
            *((f"{workflow} run", url) for workflow, url in release.run_urls.items()),
            *(("note", note) for note in release.notes),
            ("took", duration(time.monotonic() - self._began)),
        ]
        is_closed = release.outcome == NOT_PUBLISHED
        heading = f"Closed {plan.version}: tagged, not published" if is_closed else f"Released {plan.version}"
        self.out.print(Text(heading, style="bold green"))
        self.facts(rows)

    def status(  # noqa: PLR0913  one parameter for each part of the report
        self,
        state: str,
        release: Release,
        steps: list[tuple[Step, str | None]],
        next_command: str | None,
        halt: Mapping[str, Any] | None,
        *,
        context: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Print every step with its evidence, the last halt, and the command to type next.

        Print `context` in place of the steps, if it is given.
        """
        plan = release.plan
        word = {"none": "not started", "in-progress": "in progress"}.get(state, state)
        self.chapter(f"{plan.version} of the series {plan.series} ({plan.tag} on {plan.branch}): {word}")
        halted_step = halt.get("step") if halt else None
        words = (
            (_status_word(step.name, evidence, halted_step), step.name, evidence or "")
            for step, evidence in steps
        )
        self.facts(context or words)
        if halt:
            self.chapter(f"Halted at {halted_step or 'the start'}: {halt.get('cause')}")
            for row in (*halt.get("evidence", ()), *halt.get("remedy", ())):
                self.say(str(row))
        if next_command:
            self.chapter(f"Next: {next_command}")

    def _print_indented(self, text: str, first: str = "    ") -> None:
        """Print a text that is wrapped to the terminal. The first row begins with `first`."""
        # Commands and URLs are not broken, so that they can be copied.
        width = self.out.width - len(first) if self.out.is_terminal else PIPED_WIDTH
        rows = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
        for at, row in enumerate(rows):
            start = " " * len(first) if at else first
            self.out.print(Text(f"{start}{row}".rstrip()), soft_wrap=True)


def _status_word(name: str, evidence: str | None, halted_step: object) -> str:
    if evidence is not None:
        return "done"
    return "halted" if name == halted_step else "to do"


class _Now:
    """The row of the running step in the live region. Rich renders it again at each refresh."""

    def __init__(self, place: str, name: str, title: str, spinner: str) -> None:
        self.place, self.name, self.title = place, name, title
        self.began = time.monotonic()
        self.waiting: str | None = None
        self.detail: RunTable | None = None
        self._spinner = Spinner(spinner)

    def __rich__(self) -> RenderableType:
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True, width=1)
        row.add_column(no_wrap=True, width=NAME_WIDTH)
        row.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        row.add_column(justify="right", no_wrap=True)
        row.add_row(
            Text(self.place.rstrip()),
            self._spinner,
            Text(self.name, style="bold"),
            Text(safe_line(f"waiting for {self.waiting}" if self.waiting else self.title)),
            Text(duration(time.monotonic() - self.began), style="dim"),
        )
        return row if self.detail is None else Group(row, Padding(self.detail, (0, 0, 0, 4)))


def print_json(document: dict[str, object]) -> None:
    """Print one JSON object on standard output. Raise Prerequisite if it can't be written.

    A reader that has closed the pipe does not want it any more.
    """
    if sys.stdout is None:
        return
    screen = _Screen(sys.stdout)
    screen.write(f"{json.dumps(document)}\n")
    screen.flush()
    if isinstance(screen.fault, OSError) and not isinstance(screen.fault, BrokenPipeError):
        raise Prerequisite(
            f"Standard output could not be written: {screen.fault.strerror}.",
            remedy=[remedy_of(screen.fault)],
        )


def _console(stream: TextIO | None, *, quiet: bool = False) -> Console:
    if stream is None:
        # Python has no stream if the descriptor is closed. Continue without output.
        return Console(file=io.StringIO(), quiet=True)
    screen = cast("TextIO", _Screen(stream))
    if stream.isatty():
        return Console(file=screen, markup=False, highlight=False, emoji=False, quiet=quiet)
    # Lines in a file are not wrapped.
    return Console(
        file=screen, markup=False, highlight=False, emoji=False, quiet=quiet,
        soft_wrap=True, width=PIPED_WIDTH, color_system=None, force_terminal=False,
    )  # fmt: skip  # destination, then what it must not do


def _spinner(console: Console) -> str:
    return "dots" if "utf" in console.encoding.lower() else "line"
