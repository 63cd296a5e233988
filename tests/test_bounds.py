"""Nothing from outside is kept, shown or asked for without a limit: each is tried at ten times the limit.

The limits of the streams of programs are tested with real programs, in tools/test_streams.py.
"""

from __future__ import annotations

import importlib
import json
import math
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from fake_gh import REPO, START, FakeClock, FakeGh, Recorder
from fake_release import fake_snapshot
from patchwright import files, halts, text
from patchwright.github import client, repository
from patchwright.github.client import parse_answer
from patchwright.github.repository import GitHub, failing_lines
from patchwright.halts import CommandFailed, Prerequisite, Unavailable
from patchwright.history import snapshot
from patchwright.releases.journal import Journal, Record
from patchwright.report.terminal import MAX_CANDIDATES_SHOWN, Report
from patchwright.tools.shell import Shell
from report.test_terminal import candidate
from repository import PYPROJECT

ROOT = Path(__file__).parent.parent


def table() -> list[str]:
    """Return the constants that the architecture lists as bounds."""
    page = (ROOT / "documentation" / "architecture.md").read_text(encoding="utf-8")
    rows = page.partition("## Bounds")[2].partition("## The tests")[0]
    return re.findall(r"`((?:\w+\.)+[A-Z_]+)`", rows)


def test_every_bound_of_the_table_is_a_constant() -> None:
    for name in table():
        module, _, constant = name.rpartition(".")
        assert getattr(importlib.import_module(f"patchwright.{module}"), constant) > 0
    assert len(table()) >= 12


@pytest.mark.parametrize("separator", ["", " ", "\n"])
def test_a_line_of_20_mb_is_shown_in_part(separator: str, capsys: pytest.CaptureFixture[str]) -> None:
    long = ("x" * 9_999 + separator) * 2_000
    halt = CommandFailed(long, argv=("gh",), exit_status=1, output=long)
    tracemalloc.start()
    Report().say(long)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * len(long)
    for shown in (*capsys.readouterr().out.splitlines(), *text.safe_lines(long), halt.cause, *halt.evidence):
        assert len(shown) < text.LONGEST_LINE + 100


def test_the_end_of_a_very_long_text_is_shown() -> None:
    long = "line\n" * (2 * text.LONGEST_TEXT) + "last\n"
    shown = text.safe_text(long)
    assert shown.startswith("[the first 9,")
    assert shown.endswith("last\n")
    assert len(shown) <= text.LONGEST_TEXT + 100


def test_a_halt_keeps_its_first_rows() -> None:
    halt = Prerequisite("Why.", evidence=[f"path {number}" for number in range(10 * halts.MOST_ROWS)])
    assert len(halt.evidence) == halts.MOST_ROWS + 1
    assert halt.evidence[-1] == "[1,800 more rows]"


def test_of_a_long_log_the_end_is_shown() -> None:
    log = [f"build\ttest\t2026-11-22T14:00:00.1Z {'x' * 99} {number}" for number in range(20_000)]
    log += [f"build\ttest\t2026-11-22T14:00:00.1Z {'y' * 20_000_000}"]
    shown = failing_lines(log, "test")
    assert len(shown) <= repository.LOG_LINES
    assert all(len(line) < text.LONGEST_LINE + 100 for line in shown)


def test_a_list_that_does_not_end_halts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "MOST_PAGES", 3)
    with FakeGh(FakeClock(START)) as gh:
        gh.workflows = [
            {"id": number, "path": f"w/{number}.yaml", "name": "x", "state": "active"}
            for number in range(3_000)
        ]
        with pytest.raises(Unavailable, match="does not end after 3 pages"):
            GitHub(Shell(Path()), REPO, progress=Recorder(), clock=gh.clock).workflow("2999.yaml")
        assert len(gh.requests) == 3


def test_a_very_long_header_is_ignored() -> None:
    long = "9" * (10 * client.LONGEST_HEADER)
    answer = parse_answer(f"HTTP/2.0 200 OK\nEtag: {long}\nDate: x\n\n{{}}")
    assert answer.headers == {"date": "x"}


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "9" * 400},
        {"retry-after": "999999999"},
        {
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": "9" * 400,
            "date": "Sun, 22 Nov 2026 14:00:00 GMT",
        },
    ],
)
def test_a_rate_limit_ends_within_a_day(headers: dict[str, str]) -> None:
    answer = client.Answer(429, headers, "")
    assert answer.rate_limit_seconds == client.LONGEST_RATE_LIMIT
    assert math.isfinite(answer.rate_limit_seconds)


@pytest.mark.parametrize("path", ["CHANGES.rst", "pyproject.toml"])
def test_a_file_that_is_too_long_halts(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "LONGEST_FILE", 1_000_000)
    contents = {"pyproject.toml": PYPROJECT, path: "x" * 10_000_000}
    with pytest.raises(Prerequisite, match=rf"{path} is longer than 1 million characters\."):
        assert fake_snapshot("a" * 40, contents).changelog


def test_a_record_with_a_long_halt_keeps_what_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LONGEST", 100_000)
    row = "x" * 100
    problem = Prerequisite("Why.", evidence=[row] * halts.MOST_ROWS)
    halt: dict[str, Any] = Prerequisite("All.", problems=[problem] * 60).as_json()
    assert len(json.dumps(halt)) > 10 * files.LONGEST
    journal = Journal(tmp_path)
    journal.write("1.24", Record(version="1.24.1", message="Repair it", halt=halt))
    read = journal.read("1.24")
    assert (read.version, read.message) == ("1.24.1", "Repair it")
    assert read.halt is not None
    assert read.halt["cause"] == "All."


def test_of_many_candidates_the_newest_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    total = 10 * MAX_CANDIDATES_SHOWN
    Report().candidates([candidate(number, "proposed", "reason") for number in range(total)])
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == MAX_CANDIDATES_SHOWN + 1
    assert f"{total - MAX_CANDIDATES_SHOWN} earlier commits" in rows[0]
