"""The report of a bug: versions, platform, and a private file with the whole traceback."""

from __future__ import annotations

import platform
import stat
from pathlib import Path

import pytest

from patchwright.report.bug import describe_bug


def fail(depth: int) -> None:
    if depth == 0:
        raise ZeroDivisionError("https://cleo:secret@example.org")
    fail_below(depth - 1)


def fail_below(depth: int) -> None:
    fail(depth)


def raised() -> BaseException:
    try:
        fail(20)
    except ZeroDivisionError as error:
        return error
    raise AssertionError


def test_a_bug_has_a_private_file_with_the_whole_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    bug = describe_bug(raised())

    (file,) = tmp_path.iterdir()
    assert f"the whole traceback: {file}" in bug.evidence
    assert f"Python {platform.python_version()}, {platform.system()} " in bug.evidence[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert text.count("in fail_below") == 20
    assert sum("in fail_below" in row for row in bug.evidence) < 5
    assert bug.evidence[0] in text
    assert "secret" not in f"{text}{bug.cause}{bug.evidence}"


def test_without_a_file_the_evidence_has_the_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    bug = describe_bug(raised())
    assert sum("in raised" in row for row in bug.evidence) == 1
