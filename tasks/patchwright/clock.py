"""Time: the clock, waiting, and durations as people write them. Tests and benchmarks replace the clock."""

from __future__ import annotations

import datetime
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from patchwright.halts import Interrupted

SLACK_SECONDS = 5.0
_MINUTE = 60
_SHOW_TENTHS_BELOW = 10


class Clock(Protocol):
    """A clock that tells the time and can wait. All times are in seconds."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def monotonic(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class SystemClock:
    """The clock of the machine. Once `stopped` is set, it does not let anybody wait."""

    def __init__(self, stopped: threading.Event | None = None) -> None:
        self._stopped = stopped or threading.Event()

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`. Raise Interrupted if the run is stopped meanwhile."""
        if self._stopped.wait(seconds):
            raise Interrupted("A wait has ended: the run was interrupted.")


def today() -> str:
    """Return the local date in ISO 8601."""
    return datetime.datetime.now().astimezone().date().isoformat()


@dataclass
class WaitTimer:
    """The seconds that were spent waiting, for a comparison with a limit.

    A wait counts as at most SLACK_SECONDS more than it was meant to take. So a laptop that slept or a process
    that was stopped does not use up the limit.
    """

    clock: Clock
    seconds: float = 0.0

    def pause(self, seconds: float, *, counts: bool = True) -> None:
        """Sleep for `seconds`. Add the time to the total if it `counts`."""
        since = self.clock.monotonic()
        self.clock.sleep(seconds)
        if counts:
            self.count(since, seconds)

    def count(self, since: float, most: float) -> None:
        """Add the time since `since` (a monotonic time). It was meant to be at most `most` seconds."""
        self.seconds += min(self.clock.monotonic() - since, most + SLACK_SECONDS)


def duration(seconds: float) -> str:
    """Return a duration as people write it: 0.4 s, 12 s, 3 min 05 s, 1 h 02 min."""
    if seconds < _SHOW_TENTHS_BELOW:
        return f"{max(0.0, seconds):.1f} s"
    return whole_duration(seconds)


def whole_duration(seconds: float) -> str:
    """Return a duration in whole seconds: 4 s, 12 s, 3 min 05 s, 1 h 02 min."""
    whole = max(round(seconds), 0)
    if whole < _MINUTE:
        return f"{whole} s"
    minutes, rest = divmod(whole, _MINUTE)
    if minutes < _MINUTE:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // _MINUTE} h {minutes % _MINUTE:02} min"
