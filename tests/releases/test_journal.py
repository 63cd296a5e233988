"""The journal: kept whole, read with care, and never needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from patchwright.releases.journal import Intent, Journal

INTENT = Intent(
    version="1.24.3", date="2026-11-22", message="Repair", picks=("a" * 40,), skip_check=True,
    checked=("b" * 40,), halt={"kind": "step failed"},
)  # fmt: skip  # what was asked, then what was found


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


def test_what_is_written_is_read(journal: Journal) -> None:
    journal.write("1.24", INTENT)
    assert journal.read("1.24") == INTENT
    assert journal.read("1.25") == Intent()


def test_a_series_is_under_way_until_it_is_finished(journal: Journal) -> None:
    assert journal.series() == []
    journal.write("1.24", INTENT)
    journal.write("1.9", Intent(version="1.9.1"))
    journal.write("2.0", Intent(version="2.0.1", finished=True))
    journal.write("3.0", Intent())
    assert journal.series() == ["1.24", "1.9"]


def test_what_was_forgotten_was_never_there(journal: Journal) -> None:
    journal.write("1.24", INTENT)
    journal.forget("1.24")
    journal.forget("1.24")
    assert journal.read("1.24") == Intent()
    assert journal.series() == []


def test_a_write_leaves_one_file(journal: Journal) -> None:
    journal.write("1.24", INTENT)
    journal.write("1.24", Intent(version="1.24.4"))
    assert [path.name for path in journal.directory.iterdir()] == ["1.24.json"]
    assert journal.read("1.24") == Intent(version="1.24.4")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"schema": 1}', '{"schema": 99}', "\ud800", '{"schema": 1, "version": "1"}'],
)
def test_what_cannot_be_read_counts_as_absent(journal: Journal, text: str) -> None:
    journal.directory.mkdir()
    (journal.directory / "1.24.json").write_bytes(text.encode(errors="surrogatepass"))
    assert journal.read("1.24") == Intent()
    assert journal.series() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 1},
        {"date": ["x"]},
        {"picks": [1]},
        {"picks": "abc"},
        {"checked": {"a": 1}},
        {"halt": "stopped"},
    ],
    ids=str,
)
def test_a_field_of_the_wrong_type_spoils_the_file_and_nothing_else(
    journal: Journal, wrong: dict[str, Any]
) -> None:
    journal.write("1.24", INTENT)
    path = journal.directory / "1.24.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **wrong}))
    assert journal.read("1.24") == Intent()


@given(st.binary(max_size=80))
def test_no_file_stops_a_release(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    journal = Journal(tmp_path_factory.mktemp("common"))
    journal.directory.mkdir()
    (journal.directory / "1.24.json").write_bytes(content)
    assert journal.read("1.24") == Intent()
