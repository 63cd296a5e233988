from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from patchwright.durations import duration, whole_duration


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (12.3, "12 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3720, "1 h 02 min"),
    ],
)
def test_durations_are_written_as_people_write_them(seconds: float, written: str) -> None:
    assert duration(seconds) == written


@given(st.floats(-1e6, 1e9))
def test_no_duration_is_negative_or_long(seconds: float) -> None:
    assert len(whole_duration(seconds)) <= 15
    assert "-" not in whole_duration(seconds) + duration(seconds)
