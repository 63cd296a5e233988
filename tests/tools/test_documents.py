"""Values of TOML and JSON files by key, and where their literals are."""

from __future__ import annotations

import json

import hypothesis.strategies as st
import pytest
from hypothesis import given

from patchwright.tools.documents import find_literal, leaves, parse_document, value_at


@pytest.mark.parametrize(
    ("path", "text", "content"),
    [
        ("a.toml", "a = 1\n", {"a": 1}),
        ("a.json", '{"a": 1}', {"a": 1}),
        ("a.lock", "a = 1\n", {"a": 1}),
        ("a.lock", '{"a": 1}', {"a": 1}),
        ("a.json", '\ufeff{"a": 1}', {"a": 1}),
        ("a.toml", "a = \n", None),
        ("a.txt", '{"a": 1}', None),
    ],
)
def test_a_document_is_read_by_the_name_of_its_file(path: str, text: str, content: object) -> None:
    assert parse_document(path, text) == content


def test_leaves_have_keys_with_names_and_indexes() -> None:
    document = {"a": {"b": 1, "c": []}, "d": [{"e": None}, 2]}
    assert leaves(document) == {("a", "b"): 1, ("a", "c"): [], ("d", 0, "e"): None, ("d", 1): 2}
    assert all(value_at(document, key) == value for key, value in leaves(document).items())


@pytest.mark.parametrize("key", [("x",), ("a", "x"), ("d", 9), ("d", "x"), ("a", "b", "x")])
def test_a_key_that_does_not_exist_has_no_value(key: tuple[str | int, ...]) -> None:
    assert value_at({"a": {"b": 1}, "d": [1]}, key) is None


@pytest.mark.parametrize(
    ("path", "text", "key", "literal"),
    [
        ("a.toml", '[x]\nversion = "1"\n[project]\nversion = "1"\n', ("x", "version"), '"1"'),
        ("a.toml", "[x]\nversion = \"1\"\n[project]\nversion = '1'\n", ("project", "version"), "'1'"),
        ("a.toml", "project = { name = '1', version = '1' } # '1'\n", ("project", "version"), "'1'"),
        ("a.toml", "project.version = '''1'''\n", ("project", "version"), "'''1'''"),
        ("a.toml", '# version = "1"\nx = """\nversion = "1"\n"""\nversion = "1"\n', ("version",), '"1"'),
        ("a.json", '{"x": {"version": "1"}, "version" : "1"}', ("version",), '"1"'),
        ("a.json", '{"version": 1}', ("version",), None),
        ("a.json", '{"version": "\\u0031"}', ("version",), None),
        ("a.json", "{", ("version",), None),
    ],
)
def test_a_literal_is_found_at_its_key(
    path: str, text: str, key: tuple[str, ...], literal: str | None
) -> None:
    span = find_literal(path, text, key)
    assert (text[slice(*span)] if span else None) == literal


KEYS, VALUES = st.text("ab\"\\'", max_size=3), st.text("1.{}:,", max_size=5)


@given(st.dictionaries(KEYS, VALUES, min_size=1), st.data())
def test_a_value_of_json_can_be_replaced_at_its_key(content: dict[str, str], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(content)))
    text = json.dumps(content)
    span = find_literal("a.json", text, (key,))
    assert span
    changed = f'{text[: span[0]]}"new"{text[span[1] :]}'
    assert json.loads(changed) == {**content, key: "new"}
