"""Runs table: the live table of a watched run and its jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from patchwright.clock import whole_duration
from patchwright.github.models import Job, Run
from patchwright.github.polling import ExpectedJobs
from patchwright.text import quantity, safe_line

# The lines around the rows: those of this table, those of the step above it, and one for the cursor.
OTHER_LINES = 6
FEWEST_ROWS = 3
# The width of state, duration, gaps and a useful part of a step's name.
OTHER_COLUMNS = 44
SHORTEST_NAME = 16
NARROW = 60
BAR_WIDTH = 24
_MINUTE = 60

# Colours that are readable on dark and light backgrounds. They repeat what the word beside them says.
_STYLES = {
    "failed": "bold red",
    "waiting": "bold magenta",
    "running": "bold",
    "queued": "dim",
    "success": "green",
}
_SYMBOLS = {"failed": "✗", "waiting": "◆", "running": "●", "queued": "○", "success": "✓", "skipped": "-"}
_ASCII_SYMBOLS = {
    "failed": "x",
    "waiting": "!",
    "running": "*",
    "queued": ".",
    "success": "+",
    "skipped": "-",
}
# The order of importance. If a terminal is too small for all jobs, the last kinds are hidden first.
_RANKS = ("failed", "waiting", "running", "queued", "success", "skipped")


class RunTable:
    """A run and its jobs as of the last `update`. Each rendering computes the durations from `now`."""

    def __init__(self, run: Run, expected: ExpectedJobs, now: Callable[[], float]) -> None:
        self._expected, self._now = expected, now
        # One tuple, because another thread renders the table while it is updated.
        self._seen: tuple[Run, tuple[Job, ...]] = (run, ())

    def update(self, run: Run, jobs: tuple[Job, ...]) -> None:
        """Show this state of the run from now on."""
        self._seen = (run, jobs)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        run, jobs = self._seen
        now = self._now()
        yield _header(run)
        shown = _most_important(jobs, max(console.height - OTHER_LINES, FEWEST_ROWS))
        if shown:
            yield _rows(shown, now, options)
        if len(shown) < len(jobs):
            yield Text(f"and {quantity(len(jobs) - len(shown), 'more job')}", style="dim")
        yield self._progress(run, jobs, now)

    def _progress(self, run: Run, jobs: Sequence[Job], now: float) -> RenderableType:
        completed, total = sum(job.is_completed for job in jobs), self._expected.total_jobs(jobs)
        remaining = None if run.is_completed else self._expected.seconds_left(jobs, now)
        elapsed = max(now - run.started_at, 0)
        share = completed / max(total, 1) if remaining is None else elapsed / max(elapsed + remaining, 1)
        row = Table.grid(padding=(0, 1))
        row.add_row(
            ProgressBar(
                100, 100 * share, BAR_WIDTH, style="dim", complete_style="green", finished_style="green"
            ),
            Text(
                f"{completed} of {quantity(total, 'job')}{_estimate(remaining)}",
                no_wrap=True,
                overflow="ellipsis",
            ),
        )
        return row


def _header(run: Run) -> Text:
    header = Text(no_wrap=True, overflow="ellipsis")
    header.append(safe_line(run.title), style="bold")
    header.append(f"  {safe_line(f'{run.head_sha[:10]} on {run.head_branch}')}")
    return header


def _most_important(jobs: Sequence[Job], limit: int) -> Sequence[Job]:
    """Return the `limit` most important jobs, in the order of the run."""
    if len(jobs) <= limit:
        return jobs
    ranked = sorted(jobs, key=lambda job: _RANKS.index(_kind(job)))
    important = {job.id for job in ranked[:limit]}
    return [job for job in jobs if job.id in important]


def _rows(jobs: Sequence[Job], now: float, options: ConsoleOptions) -> Table:
    symbols = _ASCII_SYMBOLS if options.ascii_only else _SYMBOLS
    wide = options.max_width >= NARROW
    table = Table.grid(padding=(0, 1), expand=True)
    # Columns whose contents change have a minimal width, so that the others do not move.
    table.add_column(no_wrap=True, min_width=len("* in progress"))
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=None if wide else 1)
    table.add_column(no_wrap=True, justify="right", min_width=len("59 min 59 s"))
    if wide:
        table.columns[1].max_width = max(options.max_width - OTHER_COLUMNS, SHORTEST_NAME)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for job in jobs:
        kind = _kind(job)
        took = job.seconds(now)
        cells = [
            Text(safe_line(f"{symbols[kind]} {job.state}"), style=_STYLES.get(kind, "")),
            Text(safe_line(job.name)),
            Text("" if took is None or kind == "skipped" else whole_duration(took)),
            Text(safe_line((job.failed_step if job.is_failed else job.current_step) or ""), style="dim"),
        ]
        table.add_row(*cells[: len(table.columns)])
    return table


def _kind(job: Job) -> str:
    if job.is_completed:
        return "failed" if job.is_failed else "success" if job.conclusion == "success" else "skipped"
    return "running" if job.is_running else "waiting" if job.status == "waiting" else "queued"


def _estimate(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 1:
        return ", should end now"
    if seconds < _MINUTE:
        return ", less than 1 min left"
    return f", about {round(seconds / _MINUTE)} min left"
