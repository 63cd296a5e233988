"""Secrets are hidden wherever text is shown or stored, and ordinary text is not."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, strategies as st

from patchwright import files
from patchwright.halts import CommandFailed, Prerequisite
from patchwright.masking import HIDDEN, hide_secrets
from patchwright.releases.journal import Journal, Record
from patchwright.report.halt import halt_report
from patchwright.report.terminal import Report
from patchwright.text import safe_line, safe_lines, safe_rows, safe_text
from secret_shapes import BLOCKS, HEX, LETTERS, ORDINARY, SHAPES, TOKENS, VARIABLES, Shape

BY_NAME = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
# Characters that are no part of a secret, and do not say that one follows.
NEUTRAL = st.text(alphabet="abc XYZ 019 .,-/\n\t(äß日\x07", max_size=60)
COLOURS_SHOWN = (
    "\\x1b[31m", "\\x1b[0m", "\\x1b[1;32m", "\\x1b]8;;x\\x07", "^[[0m", "\\u200b", "\\u202e",
)  # fmt: skip  # one list
COLOURS = st.sampled_from(["\x1b[31m", "\x1b[0m", "\x1b[1;32m", "\x1b]8;;x\x07", "^[[0m", "\u200b", "\u202e"])


def test_there_are_many_shapes() -> None:
    assert len(SHAPES) >= 60
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)
    assert all(shape.secret in shape.text for shape in SHAPES)


@BY_NAME
def test_a_secret_is_not_shown(shape: Shape) -> None:
    for shown in (
        hide_secrets(shape.text), safe_text(shape.text), safe_line(shape.text), *safe_lines(shape.text),
        *safe_rows(shape.text.split("\n")), *safe_rows([f"  {row}" for row in shape.text.split("\n")]),
    ):  # fmt: skip  # every way to show a text
        assert shape.secret not in shown
    assert HIDDEN in hide_secrets(shape.text)


@BY_NAME
def test_a_text_without_its_secrets_stays_as_it_is(shape: Shape) -> None:
    once = safe_text(shape.text)
    assert safe_text(once) == once


@BY_NAME
def test_a_secret_is_in_no_report_of_a_halt_and_in_no_journal(shape: Shape, tmp_path: Path) -> None:
    output = "first\n" + shape.text + "\nlast\n"
    halts = [
        CommandFailed("It failed.", argv=("tool", shape.text), exit_status=1, output=output),
        Prerequisite(shape.text, evidence=output.split("\n"), remedy=[shape.text], never=[shape.text]),
        Prerequisite("Why.", next_command=shape.text),
    ]
    journal = Journal(tmp_path)
    for halt in halts:
        journal.write("1.24", Record(version="1.24.1", halt=halt.as_json()))
        for shown in (
            halt_report(halt).plain, halt_report(halt, width=80).plain, json.dumps(halt.as_json()),
            journal.path("1.24").read_text(),
        ):  # fmt: skip  # every form of a halt
            assert shape.secret not in shown


@BY_NAME
def test_a_secret_is_in_no_line_on_the_screen(shape: Shape, capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(names=["push"])
    report.say(shape.text)
    report.command(shape.text)
    report.chapter(shape.text)
    report.facts([("name", shape.text)])
    report.present([("Heading", shape.text.split("\n"))])
    shown = capsys.readouterr()
    assert shape.secret not in shown.out + shown.err


def test_the_end_of_an_output_shows_no_rest_of_a_key() -> None:
    for shape in BLOCKS:
        output = shape.text + "\n".join(f"line {number}" for number in range(18))
        halt = CommandFailed("It failed.", argv=("tool",), exit_status=1, output=output)
        assert shape.secret not in "\n".join(halt.evidence)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_shown(text: str) -> None:
    assert safe_text(text) == text


@given(
    st.lists(
        st.one_of(
            st.text(alphabet="0123456789abcdef", min_size=40, max_size=40),
            st.text(alphabet="0123456789abcdef", min_size=64, max_size=64),
            st.from_regex(r"[a-z]{1,12}(/[a-z_]{1,12}){0,3}\.(py|rst|md|yaml)", fullmatch=True),
            st.from_regex(r"refs/heads/[a-z]{1,8}-[0-9]\.[0-9]{1,2}", fullmatch=True),
            st.sampled_from(
                ("Repair", "the", "key", "when", "a", "tokenizer", "is", "missing,", "and", "once.")
            ),
        ),
        max_size=12,
    )
)
def test_names_of_objects_and_files_and_prose_are_shown(words: list[str]) -> None:
    text = " ".join(words)
    assert safe_text(text) == text


@given(st.sampled_from(SHAPES), NEUTRAL, NEUTRAL)
def test_a_secret_within_any_text_is_not_shown(shape: Shape, before: str, after: str) -> None:
    text = f"{before}\n{shape.text}\n{after}"
    assert shape.secret not in safe_text(text)
    assert shape.secret not in "\n".join(safe_lines(text))


@given(st.sampled_from(TOKENS), st.data())
def test_colours_within_a_secret_do_not_show_it(shape: Shape, data: st.DataObject) -> None:
    text = shape.text
    places = st.lists(st.integers(0, len(text)), min_size=1, max_size=3, unique=True)
    for at in sorted(data.draw(places), reverse=True):
        text = text[:at] + data.draw(COLOURS) + text[at:]
    shown = safe_text(text)
    for colour in COLOURS_SHOWN:
        shown = shown.replace(colour, "")
    assert shape.secret not in shown


# Secrets of the environment


@pytest.mark.parametrize("name", VARIABLES)
def test_every_form_of_a_secret_variable_is_hidden(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = VARIABLES[name]
    monkeypatch.setenv(name, value)
    coded = base64.b64encode(value.encode()).decode()
    forms = [
        value, quote(value), quote(value, safe=""), quote_plus(value),
        re.sub("%..", lambda found: found[0].lower(), quote(value)),
        coded, coded.rstrip("="), base64.urlsafe_b64encode(value.encode()).decode(), json.dumps(value)[1:-1],
        repr(value)[1:-1], *value.split("\n"), value.replace("\n", "\r\n"), value.replace("\n", "\n   "),
    ]  # fmt: skip  # one list
    for form in forms:
        shown = safe_text(f"before {form} after")
        assert form not in shown, form
        assert "***" in shown


@given(st.text(alphabet="abcXYZ019:/@-_. ", max_size=20), st.text(alphabet="abcXYZ019 ", max_size=9))
def test_the_base64_of_a_text_with_a_secret_variable_is_hidden(before: str, after: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEPLOY_TOKEN", "q8Zr-4Tn_pW2yLk9")
        text = f"{before}q8Zr-4Tn_pW2yLk9{after}"
        coded = base64.b64encode(text.encode()).decode()
        assert coded not in hide_secrets(coded)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GH_TOKEN", "1"), ("GH_TOKEN", "true"), ("USE_KEY", "master"), ("A_PASSWORD", "1234567"),
        ("GOOGLE_APPLICATION_CREDENTIALS", str(Path(__file__))), ("TOKENIZER", "sentencepiece"),
        ("MONKEY", "capuchin-9"), ("PATH_TO", "somewhere-9"),
    ],
)  # fmt: skip  # name, value
def test_a_variable_that_is_no_secret_is_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert safe_text(f"it is {value} there") == f"it is {value} there"


# Files


def test_a_record_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.directory.mkdir(mode=0o755)
    journal.path("1.24").write_text("{}")
    journal.path("1.24").chmod(0o644)
    journal.write("1.24", Record(version="1.24.1"))
    assert journal.path("1.24").stat().st_mode & 0o777 == 0o600
    assert journal.directory.stat().st_mode & 0o777 == 0o700


def test_a_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    files.make_directory(tmp_path / "one" / "two")
    assert (tmp_path / "one" / "two").stat().st_mode & 0o777 == 0o700
    assert HEX not in hide_secrets(f"token={HEX}{LETTERS}")
