"""The live table of a watched run. Imported late: it needs rich."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from patchwright.durations import whole_duration
from patchwright.github.models import Job, Run
from patchwright.github.polling import Expected
from patchwright.text import line

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

# The lines around the rows: ours, those of whoever shows the table, and one for the cursor.
OTHER_LINES = 6
FEWEST_ROWS = 3
# What state, duration and gaps take of the width, with enough of a step's name to be of use.
OTHER_COLUMNS = 44
SHORTEST_NAME = 16
NARROW = 60
BAR_WIDTH = 24
_MINUTE = 60

# Colours that are readable on dark and on light, and say nothing that the word beside them does not.
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
# Where there is not room for all, the last ones are left out first.
_RANKS = ("failed", "waiting", "running", "queued", "success", "skipped")


class RunTable:
    """A run and its jobs as of the last `update`. Durations go on with `now` whenever it is rendered."""

    def __init__(self, run: Run, expected: Expected, now: Callable[[], float]) -> None:
        self._expected, self._now = expected, now
        # One tuple, since it is rendered in another thread than it is updated in.
        self._seen: tuple[Run, tuple[Job, ...]] = (run, ())

    def update(self, run: Run, jobs: tuple[Job, ...]) -> None:
        """Show this from now on."""
        self._seen = (run, jobs)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        run, jobs = self._seen
        now = self._now()
        yield _header(run)
        shown = _most_important(jobs, max(console.height - OTHER_LINES, FEWEST_ROWS))
        if shown:
            yield _rows(shown, now, options)
        if len(shown) < len(jobs):
            yield Text(f"and {len(jobs) - len(shown)} more jobs", style="dim")
        yield self._progress(run, jobs, now)

    def _progress(self, run: Run, jobs: Sequence[Job], now: float) -> RenderableType:
        done, total = sum(job.is_completed for job in jobs), self._expected.total(jobs)
        left = None if run.is_completed else self._expected.left(jobs, now)
        gone = max(now - run.started_at, 0)
        share = done / max(total, 1) if left is None else gone / max(gone + left, 1)
        row = Table.grid(padding=(0, 1))
        row.add_row(
            ProgressBar(
                100, 100 * share, BAR_WIDTH, style="dim", complete_style="green", finished_style="green"
            ),
            Text(f"{done} of {total} jobs{_estimate(left)}", no_wrap=True, overflow="ellipsis"),
        )
        return row


def _header(run: Run) -> Text:
    header = Text(no_wrap=True, overflow="ellipsis")
    header.append(line(run.title), style="bold")
    header.append(f"  {line(f'{run.head_sha[:10]} on {run.head_branch}')}")
    return header


def _most_important(jobs: Sequence[Job], most: int) -> Sequence[Job]:
    """Return the jobs for which there is room, in the run's own order."""
    if len(jobs) <= most:
        return jobs
    ranked = sorted(jobs, key=lambda job: _RANKS.index(_kind(job)))
    kept = {job.id for job in ranked[:most]}
    return [job for job in jobs if job.id in kept]


def _rows(jobs: Sequence[Job], now: float, options: ConsoleOptions) -> Table:
    symbols = _ASCII_SYMBOLS if options.ascii_only else _SYMBOLS
    wide = options.max_width >= NARROW
    table = Table.grid(padding=(0, 1), expand=True)
    # What would change as jobs go on has a width of its own, so that nothing jumps.
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
            Text(line(f"{symbols[kind]} {job.state}"), style=_STYLES.get(kind, "")),
            Text(line(job.name)),
            Text("" if took is None or kind == "skipped" else whole_duration(took)),
            Text(line((job.failed_step if job.is_failed else job.current_step) or ""), style="dim"),
        ]
        table.add_row(*cells[: len(table.columns)])
    return table


def _kind(job: Job) -> str:
    if job.is_completed:
        return "failed" if job.is_failed else "success" if job.conclusion == "success" else "skipped"
    return "running" if job.is_running else "waiting" if job.status == "waiting" else "queued"


def _estimate(left: float | None) -> str:
    if left is None:
        return ""
    if left < 1:
        return ", done any moment now"
    if left < _MINUTE:
        return ", less than a minute left"
    return f", about {round(left / _MINUTE)} min left"
