"""Everything that a person sees: progress, halts, plan, status and summary. Imported late: it needs rich."""

from __future__ import annotations

import io
import json
import os
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from patchwright.durations import duration
from patchwright.text import line, plain

if TYPE_CHECKING:
    from patchwright.engine.runner import Step
    from patchwright.halts import Halt
    from patchwright.history.candidate import Candidate
    from patchwright.releases.release import Release

NAME_WIDTH = 17
PIPED_WIDTH = 10_000
REFRESHES_A_SECOND = 8
LEFT_OUT_SHOWN = 30


class _Console(Console):
    """A console whose reader may leave: what is told to nobody is no reason to stop."""

    def on_broken_pipe(self) -> None:
        """Go on in silence; standard output then goes nowhere, also when the interpreter closes it."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


class Report:
    """What a run tells, on a terminal in place and in colour, elsewhere as plain lines.

    It is the narrator of the steps: `say`, `waiting` and `show`. When `quiet`, it tells of halts only.
    """

    def __init__(self, *, names: Iterable[str] = (), quiet: bool = False) -> None:
        self.out = _console(sys.stdout, quiet=quiet)
        self.err = _console(sys.stderr)
        self.live = self.out.is_terminal and not self.out.is_dumb_terminal and not quiet
        self._names = list(names)
        self._now: _Now | None = None
        self._began = time.monotonic()

    # The narrator of the steps

    def say(self, text: str) -> None:
        """Print one line that is worth keeping."""
        told = line(text)
        # Commands and URLs stay whole, to be copied.
        width = self.out.width - 4 if self.out.is_terminal else PIPED_WIDTH
        for row in textwrap.wrap(told, width, break_long_words=False, break_on_hyphens=False) or [""]:
            self.out.print(Text(f"    {row}"), soft_wrap=True)

    def waiting(self, for_what: str | None) -> None:
        """Show what the running step is waiting for."""
        if self._now is None:
            return
        if for_what and not self.live and for_what != self._now.waiting:
            self.say(f"waiting for {for_what}")
        self._now.waiting = for_what

    def show(self, detail: object | None) -> None:
        """Show a renderable under the running step for as long as it runs; None takes it away."""
        if self._now is not None:
            self._now.detail = detail  # type: ignore[assignment]  # a renderable; narrator.py does not import rich

    # Steps

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """Show a step as running for as long as the block lasts."""
        self._now = _Now(self._place(step.name), step.name, step.title, _spinner(self.out))
        try:
            if self.live:
                with Live(self._now, console=self.out, refresh_per_second=REFRESHES_A_SECOND, transient=True):
                    yield
            else:
                self.out.print(Text(f"{self._now.place}{step.name}: {step.title}"))
                yield
        except BaseException:
            self._settle("halted", "red bold", "")
            raise
        finally:
            self._now = None

    def done(self, evidence: str) -> None:
        """Say that the running step has acted and is proven."""
        self._settle("done", "green", evidence)

    def stands(self, evidence: str) -> None:
        """Say that the running step was proven before it acted."""
        self._settle("stands", "green", evidence)

    def would_act(self) -> None:
        """Say that the running step is not proven, and would act."""
        self._settle("would act", "bold", "")

    def command(self, shown: str) -> None:
        """Print a command that is started, or that would be when dry."""
        self.out.print(Text(f"    $ {plain(shown)}", style="dim" if self.live else ""))

    def _place(self, name: str) -> str:
        if name not in self._names:
            return ""
        return f"[{self._names.index(name) + 1:>2}/{len(self._names)}] "

    def _settle(self, word: str, style: str, evidence: str) -> None:
        now = self._now
        if now is None:
            return
        took = time.monotonic() - now.began
        if not self.live:
            told = f": {line(evidence)}" if evidence else ""
            self.out.print(Text(f"{now.place}{now.name} {word}{told} ({duration(took)})"))
            return
        mark = {"done": "✓", "stands": "=", "would act": "~", "halted": "✗"}[word]
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True, width=NAME_WIDTH)
        row.add_column(ratio=1, overflow="fold")
        row.add_column(justify="right", no_wrap=True)
        row.add_row(
            Text(f"{now.place}{mark}", style=style),
            Text(now.name, style="bold"),
            Text(line(evidence) if evidence else word),
            Text(duration(took), style="dim"),
        )
        self.out.print(row)

    # The whole

    def headline(self, release: Release) -> None:
        """Say which release this is, before its first step."""
        plan = release.plan
        how = " (dry: nothing will be changed)" if release.shell.dry else ""
        what = f"Patch release {plan.version} of {release.clone.top.name}"
        self.out.print(Text(line(f"{what}, on {plan.branch}, after {plan.previous_tag}{how}"), style="bold"))
        for commit in release.local_commits():
            self.say(f"of your local {plan.branch}, to be released: {commit.short} {commit.subject}")

    def chapter(self, text: str) -> None:
        """Print a line that begins a part of what is told."""
        self.out.print(Text(line(text), style="bold"))

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Print names with what they stand for, in two columns.

        Commands and URLs are never broken into lines: a terminal that wraps them lets them be copied whole.
        """
        pairs = [(line(name), line(value)) for name, value in rows]
        width = max((len(name) for name, _ in pairs), default=0)
        for name, value in pairs:
            self.out.print(Text(f"  {name:<{width}}  {value}"), soft_wrap=True)

    def candidates(self, judged: list[Candidate]) -> None:
        """List the commits of the mainline that were looked at, each with its reason; of many, the last."""
        for title in ("picked", "unsure", "left out"):
            listed = [one for one in judged if one.verdict == title]
            shown = listed[-LEFT_OUT_SHOWN:] if title == "left out" else listed
            if len(shown) < len(listed):
                self.say(f"{title}: {len(listed) - len(shown)} earlier commits with news")
            for one in shown:
                self.say(f"{title}: {one.commit.short} {one.commit.subject} ({one.reason})")

    def halted(self, halt: Halt) -> None:
        """Print the report of a halt, on standard error."""
        from patchwright.report.halt import halt_report  # noqa: PLC0415  most runs do without

        width = self.err.width if self.err.is_terminal else None
        self.err.print(halt_report(halt, width=width), soft_wrap=True, end="")

    def summary(self, release: Release) -> None:
        """Print what was released: versions, commits, runs, durations."""
        plan = release.plan
        arrow = "→" if self.live else "->"
        rows = [
            ("version", f"{plan.previous_version} {arrow} {plan.version}"),
            ("tag", f"{plan.tag} at {release.subject}"),
            (plan.branch, release.branch_tip),
            (release.settings.mainline, release.mainline_tip),
            *((f"{workflow} run", url) for workflow, url in release.runs.items()),
            *(("note", note) for note in release.notes),
            ("took", duration(time.monotonic() - self._began)),
        ]
        self.out.print(Text(f"Released {plan.version}", style="bold green"))
        self.facts(rows)

    def status(
        self,
        state: str,
        release: Release,
        steps: list[tuple[Step, str | None]],
        following: str | None,
        halt: Mapping[str, Any] | None,
    ) -> None:
        """Print every step with its proof, the halt where there is one, and what to type next."""
        plan = release.plan
        word = {"none": "not begun", "in-progress": "under way"}.get(state, state)
        self.chapter(f"{plan.version} of the series {plan.series} ({plan.tag} on {plan.branch}): {word}")
        stopped = halt.get("step") if halt else None
        self.facts(
            (
                f"{_mark(step.name, evidence, stopped):<6}  {step.name}",
                evidence or f"to become true: {step.title}",
            )
            for step, evidence in steps
        )
        if halt:
            self.chapter(f"Halted at {stopped or 'the start'}: {halt.get('cause')}")
            for row in (*halt.get("evidence", ()), *halt.get("remedy", ())):
                self.say(str(row))
        if following:
            self.chapter(f"Next: {following}")


def _mark(name: str, evidence: str | None, stopped: object) -> str:
    if evidence is not None:
        return "done"
    return "halted" if name == stopped else "to do"


class _Now:
    """The running step, as the live region shows it: rendered anew at each refresh."""

    def __init__(self, place: str, name: str, title: str, spinner: str) -> None:
        self.place, self.name, self.title = place, name, title
        self.began = time.monotonic()
        self.waiting: str | None = None
        self.detail: RenderableType | None = None
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
            Text(line(f"waiting for {self.waiting}" if self.waiting else self.title)),
            Text(duration(time.monotonic() - self.began), style="dim"),
        )
        return row if self.detail is None else Group(row, Padding(self.detail, (0, 0, 0, 4)))


def print_json(document: dict[str, object]) -> None:
    """Print one JSON object on standard output and nothing else."""
    print(json.dumps(document))  # noqa: T201  this is standard output's


def _console(stream: TextIO | None, *, quiet: bool = False) -> Console:
    if stream is None:
        # Python has no stream where the descriptor was closed; what is told to nobody is no reason to stop.
        return _Console(file=io.StringIO(), quiet=True)
    if stream.isatty():
        return _Console(file=stream, markup=False, highlight=False, emoji=False, quiet=quiet)
    # Lines in a file are as long as they are.
    return _Console(
        file=stream, markup=False, highlight=False, emoji=False, quiet=quiet,
        soft_wrap=True, width=PIPED_WIDTH, color_system=None, force_terminal=False,
    )  # fmt: skip  # where it goes, and what it does not do


def _spinner(console: Console) -> str:
    return "dots" if "utf" in console.encoding.lower() else "line"
