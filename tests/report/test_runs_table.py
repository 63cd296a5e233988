"""The live table of a watched run, rendered for terminals of any size."""

from __future__ import annotations

import io

from hypothesis import given, strategies as st
from rich.cells import cell_len
from rich.console import Console

from fake_gh import START, FakeRun, job_json, run_json
from patchwright.github.models import Job, Run, read_job, read_run
from patchwright.github.polling import ExpectedJobs, expected_jobs
from patchwright.practice.runs import Hold, JobScript, RunScript
from patchwright.report.runs_table import RunTable

STEPS = ("Set up", "Test")
QA = RunScript(
    jobs=[
        JobScript("lint", 60, steps=STEPS),
        JobScript("test (3.11)", 200, steps=STEPS, needs=["lint"]),
        JobScript("test (3.12)", 100, "failure", steps=STEPS, needs=["lint"], may_fail=True),
        JobScript("publish", 60, needs=["test (3.11)"], hold=Hold("pypi", ("alice",))),
        JobScript("docs", 60, starts_after=500),
    ]
)


def read_state(script: RunScript, after: float) -> tuple[Run, tuple[Job, ...]]:
    run = FakeRun(script)
    jobs = run.state(START + after).jobs
    return read_run(run_json(run, START + after)), tuple(
        read_job(job_json(run, n, job)) for n, job in enumerate(jobs)
    )


def rendered(  # noqa: PLR0913  the run and the terminal
    script: RunScript,
    after: float,
    *,
    width: int = 80,
    height: int = 40,
    encoding: str = "utf-8",
    expected: ExpectedJobs | None = None,
) -> list[str]:
    run, jobs = read_state(script, after)
    table = RunTable(run, expected or ExpectedJobs(), lambda: START + after)
    table.update(run, jobs)
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    Console(file=out, width=width, height=height, color_system=None).print(table)
    out.seek(0)
    return [text.rstrip() for text in out.read().splitlines()]


def test_the_table_shows_the_run_and_its_jobs() -> None:
    assert rendered(QA, 200) == [
        "qa #12  1a2b3c4d5e on release-1.24",
        "✓ success     lint         1 min 00 s",
        "● in progress test (3.11)  2 min 20 s Test",
        "✗ failure     test (3.12)  1 min 40 s Test",
        "○ queued      docs",
        "━━━━━━━━━━━━             2 of 4 jobs",
    ]


def test_a_job_that_waits_for_an_approval_is_marked() -> None:
    assert "◆ waiting     publish" in rendered(QA, 300)


def test_after_a_successful_run_the_table_estimates_jobs_and_time() -> None:
    green = RunScript(jobs=[JobScript("lint", 60), JobScript("test", 180, needs=["lint"])])
    expected = expected_jobs(*read_state(green, 1000))
    lasts = [
        rendered(green, after, expected=expected)[-1].strip("━╸ ") for after in (0, 130, 200, 239.5, 300)
    ]
    assert lasts == [
        "0 of 2 jobs, about 4 min left",
        "1 of 2 jobs, about 2 min left",
        "1 of 2 jobs, less than 1 min left",
        "1 of 2 jobs, should end now",
        "2 of 2 jobs",
    ]


def test_durations_grow_without_an_update() -> None:
    run, jobs = read_state(QA, 100)
    times = iter([START + 100, START + 107])
    table = RunTable(run, ExpectedJobs(), lambda: next(times))
    table.update(run, jobs)
    out = io.StringIO()
    console = Console(file=out, width=80)
    console.print(table)
    console.print(table)
    assert "40 s" in out.getvalue()
    assert "47 s" in out.getvalue()


def test_a_terminal_without_unicode_gets_ascii() -> None:
    shown = "\n".join(rendered(QA, 200, encoding="ascii"))
    assert shown.isascii()
    assert "x failure     test (3.12)" in shown


def test_names_of_jobs_are_shown_as_text() -> None:
    names = ["[red]x[/red]", "\x1b[31mred\x1b[0m", "a\u202eb", "new\nline", ":smile:"]
    shown = "\n".join(rendered(RunScript(jobs=[JobScript(name, 60) for name in names]), 1))
    assert "[red]x[/red]" in shown
    assert ":smile:" in shown
    assert "new line" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_a_small_terminal_shows_failed_and_running_jobs_first() -> None:
    jobs = [JobScript(f"done {n}", 5) for n in range(30)]
    jobs[7:7] = [JobScript("broken", 5, "failure"), JobScript("busy", 900)]
    shown = rendered(RunScript(jobs=jobs), 60, height=14)
    assert len(shown) <= 14
    assert sum(name in "\n".join(shown) for name in ("broken", "busy")) == 2
    assert "and 24 more jobs" in shown


def test_numbers_of_jobs_agree() -> None:
    jobs = [JobScript(f"done {n}", 5) for n in range(9)]
    assert "and 1 more job" in rendered(RunScript(jobs=jobs), 60, height=14)
    assert rendered(RunScript(jobs=jobs[:1]), 60)[-1].endswith("1 of 1 job")


@given(
    st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=20, unique=True),
    st.integers(20, 200),
    st.floats(0, 1000),
    st.sampled_from([10, 24, 60]),
)
def test_the_table_fits_any_terminal(names: list[str], width: int, after: float, height: int) -> None:
    script = RunScript(jobs=[JobScript(name, 50.0 * n + 1, steps=names) for n, name in enumerate(names)])
    shown = rendered(script, after, width=width, height=height)
    assert max(cell_len(text) for text in shown) <= width
    assert width < 60 or len(shown) <= max(height, 9)
