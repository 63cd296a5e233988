"""The journal is written as a whole, read with care, and never required."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from fake_release import PLAN
from patchwright.releases.journal import Journal, Record, ReleaseRecord

RECORD = Record(
    version="1.24.3", date="2026-11-22", message="Repair", picks=("a" * 40,), skip_check=True,
    checked=("b" * 40,), halt={"kind": "step failed"}, again=("a" * 40,), branch_tips=("c" * 40,),
    mainline_tips=("d" * 40,),
)  # fmt: skip  # what was asked for, then what happened


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


def test_a_record_is_read_as_it_was_written(journal: Journal) -> None:
    journal.write("1.24", RECORD)
    assert journal.read("1.24") == RECORD
    assert journal.read("1.25") == Record()


def test_a_record_of_an_earlier_patchwright_is_read(journal: Journal) -> None:
    journal.write("1.24", RECORD)
    content = json.loads(journal.path("1.24").read_text())
    for name in ("again", "branch_tips", "mainline_tips"):
        del content[name]
    journal.path("1.24").write_text(json.dumps(content))
    record = journal.read("1.24")
    assert (record.picks, record.branch_tips) == (RECORD.picks, ())


def test_a_series_is_under_way_until_it_is_finished(journal: Journal) -> None:
    assert journal.series() == []
    journal.write("1.24", RECORD)
    journal.write("1.9", Record(version="1.9.1"))
    journal.write("2.0", Record(version="2.0.1", finished=True))
    journal.write("3.0", Record())
    assert journal.series() == ["1.24", "1.9"]


def test_a_record_that_was_deleted_is_absent(journal: Journal) -> None:
    journal.write("1.24", RECORD)
    journal.forget("1.24")
    journal.forget("1.24")
    assert journal.read("1.24") == Record()
    assert journal.series() == []


def test_a_write_leaves_one_file(journal: Journal) -> None:
    journal.write("1.24", RECORD)
    journal.write("1.24", Record(version="1.24.4"))
    assert [path.name for path in journal.directory.iterdir()] == ["1.24.json"]
    assert journal.read("1.24") == Record(version="1.24.4")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"schema": 1}', '{"schema": 99}', "\ud800", '{"schema": 1, "version": "1"}'],
)
def test_a_file_that_cannot_be_read_counts_as_absent(journal: Journal, text: str) -> None:
    journal.directory.mkdir()
    (journal.directory / "1.24.json").write_bytes(text.encode(errors="surrogatepass"))
    assert journal.read("1.24") == Record()
    assert journal.series() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 1},
        {"date": ["x"]},
        {"picks": [1]},
        {"picks": "abc"},
        {"again": "abc"},
        {"branch_tips": [1]},
        {"mainline_tips": {"a": 1}},
        {"checked": {"a": 1}},
        {"halt": "stopped"},
        {"skip_check": "yes"},
        {"finished": 1},
        {"date": "2026-02-30"},
        {"date": "20260102"},
        {"message": "two\nlines"},
    ],
    ids=str,
)
def test_a_file_with_a_field_of_the_wrong_type_counts_as_absent(
    journal: Journal, wrong: dict[str, Any]
) -> None:
    journal.write("1.24", RECORD)
    path = journal.directory / "1.24.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **wrong}))
    assert journal.read("1.24") == Record()


@given(st.binary(max_size=80))
def test_no_contents_of_a_file_halt_a_release(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    journal = Journal(tmp_path_factory.mktemp("common"))
    journal.directory.mkdir()
    (journal.directory / "1.24.json").write_bytes(content)
    assert journal.read("1.24") == Record()


@pytest.fixture
def record(journal: Journal) -> ReleaseRecord:
    return ReleaseRecord(journal, PLAN, dry=False)


def test_a_release_is_under_way_from_its_begin_until_it_is_finished(record: ReleaseRecord) -> None:
    states = [record.is_under_way]
    for go_on in (record.begin, record.finish):
        go_on()
        states.append(record.is_under_way)
    assert states == [False, True, False]
    assert record.exists


def test_the_plan_is_recorded(journal: Journal, record: ReleaseRecord) -> None:
    record.begin()
    assert journal.read("1.24") == Record(version="1.24.1", date=PLAN.date)


def test_facts_are_recorded_only_of_a_release_that_has_begun(record: ReleaseRecord) -> None:
    record.add_checked("b" * 40)
    record.begin()
    record.add_checked("a" * 40)
    record.add_picks(("b" * 40,))
    record.add_halt({"kind": "step failed"})
    assert record.content == Record(
        version="1.24.1",
        date=PLAN.date,
        picks=("b" * 40,),
        checked=("a" * 40,),
        halt={"kind": "step failed"},
    )


def test_a_begin_and_a_finish_remove_the_last_halt(record: ReleaseRecord) -> None:
    record.begin()
    for go_on in (record.begin, record.finish):
        record.add_halt({"kind": "step failed"})
        go_on()
        assert record.content.halt is None


def test_a_begin_keeps_the_trees_that_were_checked(record: ReleaseRecord) -> None:
    record.begin()
    record.add_checked("a" * 40)
    record.begin()
    assert record.content.checked == ("a" * 40,)


def test_the_last_five_trees_are_recorded(record: ReleaseRecord) -> None:
    record.begin()
    trees = [f"{number:040x}" for number in range(7)]
    for tree in trees:
        record.add_checked(tree)
    assert record.content.checked == tuple(trees[-5:])


def test_the_record_of_another_version_does_not_count(journal: Journal, record: ReleaseRecord) -> None:
    journal.write("1.24", Record(version="1.24.7", checked=("b" * 40,)))
    assert not record.exists
    assert record.content == Record(version="1.24.1")
    record.begin()
    assert record.content.checked == ()


def test_the_first_and_the_last_tips_of_origin_are_recorded(record: ReleaseRecord) -> None:
    tips = [f"{number:040x}" for number in range(60)]
    for tip in (*tips, tips[-1]):
        record.begin(tip, "e" * 40)
    content = record.content
    assert (content.branch_tips[0], content.branch_tips[-2:]) == (tips[0], tuple(tips[-2:]))
    assert len(content.branch_tips) < len(tips)
    assert content.mainline_tips == ("e" * 40,)


def test_a_record_is_deleted(journal: Journal, record: ReleaseRecord) -> None:
    record.begin()
    record.forget()
    assert journal.series() == []


def test_a_dry_run_writes_and_deletes_nothing(journal: Journal, record: ReleaseRecord) -> None:
    dry = ReleaseRecord(journal, PLAN, dry=True)
    dry.begin()
    assert not dry.exists
    record.begin()
    dry.finish()
    dry.forget()
    assert record.is_under_way
