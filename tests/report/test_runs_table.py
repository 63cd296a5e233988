from __future__ import annotations

import io

from hypothesis import given, strategies as st
from rich.cells import cell_len
from rich.console import Console

from fake_gh import START, FakeRun, job_json, run_json
from patchwright.github.models import Job, Run, read_job, read_run
from patchwright.github.polling import Expected, expected_from
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


def facts(script: RunScript, after: float) -> tuple[Run, tuple[Job, ...]]:
    run = FakeRun(script)
    jobs = run.state(START + after).jobs
    return read_run(run_json(run, START + after)), tuple(
        read_job(job_json(run, n, job)) for n, job in enumerate(jobs)
    )


def rendered(  # noqa: PLR0913  what a terminal is
    script: RunScript,
    after: float,
    *,
    width: int = 80,
    height: int = 40,
    encoding: str = "utf-8",
    expected: Expected | None = None,
) -> list[str]:
    run, jobs = facts(script, after)
    table = RunTable(run, expected or Expected(), lambda: START + after)
    table.update(run, jobs)
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    Console(file=out, width=width, height=height, color_system=None).print(table)
    out.seek(0)
    return [text.rstrip() for text in out.read().splitlines()]


def test_a_run_is_shown_with_its_jobs() -> None:
    assert rendered(QA, 200) == [
        "qa #12  1a2b3c4d5e on release-1.24",
        "✓ success     lint         1 min 00 s",
        "● in progress test (3.11)  2 min 20 s Test",
        "✗ failure     test (3.12)  1 min 40 s Test",
        "○ queued      docs",
        "━━━━━━━━━━━━             2 of 4 jobs",
    ]


def test_who_is_waited_for_is_seen() -> None:
    assert "◆ waiting     publish" in rendered(QA, 300)


def test_with_a_history_the_jobs_to_come_and_the_time_left_are_known() -> None:
    green = RunScript(jobs=[JobScript("lint", 60), JobScript("test", 180, needs=["lint"])])
    expected = expected_from(*facts(green, 1000))
    lasts = [
        rendered(green, after, expected=expected)[-1].strip("━╸ ") for after in (0, 130, 200, 239.5, 300)
    ]
    assert lasts == [
        "0 of 2 jobs, about 4 min left",
        "1 of 2 jobs, about 2 min left",
        "1 of 2 jobs, less than a minute left",
        "1 of 2 jobs, done any moment now",
        "2 of 2 jobs",
    ]


def test_durations_go_on_without_an_update() -> None:
    run, jobs = facts(QA, 100)
    times = iter([START + 100, START + 107])
    table = RunTable(run, Expected(), lambda: next(times))
    table.update(run, jobs)
    out = io.StringIO()
    console = Console(file=out, width=80)
    console.print(table)
    console.print(table)
    assert "40 s" in out.getvalue()
    assert "47 s" in out.getvalue()


def test_without_unicode_there_is_ascii() -> None:
    shown = "\n".join(rendered(QA, 200, encoding="ascii"))
    assert shown.isascii()
    assert "x failure     test (3.12)" in shown


def test_names_are_data() -> None:
    names = ["[red]x[/red]", "\x1b[31mred\x1b[0m", "a\u202eb", "new\nline", ":smile:"]
    shown = "\n".join(rendered(RunScript(jobs=[JobScript(name, 60) for name in names]), 1))
    assert "[red]x[/red]" in shown
    assert ":smile:" in shown
    assert "new line" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_where_there_is_not_room_for_all_the_failed_and_the_running_stay() -> None:
    jobs = [JobScript(f"done {n}", 5) for n in range(30)]
    jobs[7:7] = [JobScript("broken", 5, "failure"), JobScript("busy", 900)]
    shown = rendered(RunScript(jobs=jobs), 60, height=14)
    assert len(shown) <= 14
    assert sum(name in "\n".join(shown) for name in ("broken", "busy")) == 2
    assert "and 24 more jobs" in shown


@given(
    st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=20, unique=True),
    st.integers(20, 200),
    st.floats(0, 1000),
    st.sampled_from([10, 24, 60]),
)
def test_it_fits_any_terminal(names: list[str], width: int, after: float, height: int) -> None:
    script = RunScript(jobs=[JobScript(name, 50.0 * n + 1, steps=names) for n, name in enumerate(names)])
    shown = rendered(script, after, width=width, height=height)
    assert max(cell_len(text) for text in shown) <= width
    assert width < 60 or len(shown) <= max(height, 9)
