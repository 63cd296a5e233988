"""The clock: the local date, the time that counts against a limit, and durations as people write them."""

from __future__ import annotations

import datetime
import threading
import time

import pytest
from hypothesis import given, strategies as st

from fake_gh import FakeClock
from patchwright.clock import SLACK_SECONDS, SystemClock, WaitTimer, duration, today, whole_duration
from patchwright.halts import Interrupted


class SuspendedClock(FakeClock):
    """A clock of a laptop that is suspended for an hour in every sleep."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds + 3600)


def test_the_system_clock_is_the_clock_of_the_machine() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= before
    assert abs(clock.now() - time.time()) < 60


def test_a_stopped_run_does_not_wait() -> None:
    stopped = threading.Event()
    SystemClock(stopped).sleep(0)
    stopped.set()
    with pytest.raises(Interrupted):
        SystemClock(stopped).sleep(3600)


def test_today_is_a_date_in_iso_8601() -> None:
    assert abs(datetime.date.fromisoformat(today()) - datetime.datetime.now().astimezone().date()).days <= 1


def test_a_pause_counts_unless_it_must_not() -> None:
    clock = FakeClock()
    timer = WaitTimer(clock)
    timer.pause(10)
    timer.pause(20, counts=False)
    assert timer.seconds == 10
    timer.count(since=clock.monotonic() - 3, most=60)
    assert timer.seconds == 13


def test_a_suspended_laptop_does_not_use_up_the_limit() -> None:
    timer = WaitTimer(SuspendedClock())
    timer.pause(10)
    assert timer.seconds == 10 + SLACK_SECONDS


@pytest.mark.parametrize(
    ("seconds", "text", "whole"),
    [
        (0, "0.0 s", "0 s"),
        (0.44, "0.4 s", "0 s"),
        (12.3, "12 s", "12 s"),
        (59.6, "1 min 00 s", "1 min 00 s"),
        (185, "3 min 05 s", "3 min 05 s"),
        (3720, "1 h 02 min", "1 h 02 min"),
        (-1, "0.0 s", "0 s"),
    ],
)
def test_durations_are_written_as_people_write_them(seconds: float, text: str, whole: str) -> None:
    assert (duration(seconds), whole_duration(seconds)) == (text, whole)


@given(st.floats(-1e6, 1e9))
def test_no_duration_is_negative_or_long(seconds: float) -> None:
    assert len(whole_duration(seconds)) <= 15
    assert "-" not in whole_duration(seconds) + duration(seconds)
