"""Versions: their numbers, the next patch version, and the comparison by PEP 440."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from patchwright.versions import (
    NUMBER,
    is_development_of,
    release_numbers,
    same_series,
    same_version,
    successor,
)

NUMBERS = st.integers(0, 999_999_998)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_the_successor_is_the_next_patch_version(major: int, minor: int, patch: int) -> None:
    version = f"{major}.{minor}.{patch}"
    assert release_numbers(version) == (major, minor, patch)
    assert release_numbers(successor(version)) == (major, minor, patch + 1)


def test_a_version_of_two_numbers_has_patch_number_0() -> None:
    assert release_numbers("1.24") == (1, 24, 0)
    assert successor("1.24") == "1.24.1"


def test_versions_are_ordered_by_their_numbers() -> None:
    assert sorted(["1.24.10", "1.24.9", "1.24"], key=release_numbers) == ["1.24", "1.24.9", "1.24.10"]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("1.24.1", "1.24.1", True),
        ("1.24", "1.24.0", True),
        ("v1.24.1", "1.24.1", True),
        ("1.24.1rc1", "1.24.1", False),
        ("1.24.1.dev0", "1.24.1", False),
        ("1.24.2", "1.24.1", False),
        (None, "1.24.1", False),
        ("", "1.24.1", False),
        ("main", "main", False),
    ],
)
def test_versions_are_compared_by_pep_440(one: str | None, other: str, *, is_same: bool) -> None:
    assert same_version(one, other) is is_same


@pytest.mark.parametrize(
    ("text", "is_number"),
    [("0", True), ("999999999", True), ("01", False), ("1234567890", False), ("", False), ("-1", False)],
)
def test_a_number_has_no_leading_zero_and_at_most_nine_digits(text: str, *, is_number: bool) -> None:
    assert bool(re.fullmatch(NUMBER, text)) is is_number


@pytest.mark.parametrize(
    ("version", "is_development"),
    [
        ("1.24.1.dev0", True),
        ("1.24.1-dev3", True),
        ("1.24.1.dev0+abc", True),
        ("1.24.1", False),
        ("1.24.2.dev0", False),
        ("1.24.1rc1.dev0", False),
        ("1.24.1.post1.dev0", False),
        ("dev", False),
    ],
)
def test_a_development_version_leads_to_its_final_version(version: str, *, is_development: bool) -> None:
    assert is_development_of(version, "1.24.1") is is_development


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1.24", "1.24.3", True),
        ("1.24.0", "1.24.10", True),
        ("1.24.1", "1.25.1", False),
        ("1.2", "1.24", False),
        ("2", "2.0.1", True),
        ("unreleased", "1.24", False),
    ],
)
def test_versions_of_a_series_share_two_numbers(one: str, other: str, *, expected: bool) -> None:
    assert same_series(one, other) is expected
