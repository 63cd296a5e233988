"""The time of day, and waiting: injectable, so that tests and benchmarks need not wait."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass
from typing import Protocol

SLACK_SECONDS = 5.0


class Clock(Protocol):
    """What tells the time and lets it pass. All times are in seconds."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def monotonic(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        time.sleep(seconds)


def today() -> str:
    """Return the date here, in ISO 8601."""
    return datetime.datetime.now().astimezone().date().isoformat()


@dataclass
class Waited:
    """How long was waited so far, in seconds, as a limit counts it.

    Nothing counts for much more than it was meant to take: a laptop that slept and a machine that was stopped
    do not use up a limit.
    """

    clock: Clock
    seconds: float = 0.0

    def pause(self, seconds: float, *, counts: bool = True) -> None:
        """Sleep for `seconds`, and count them if they count."""
        since = self.clock.monotonic()
        self.clock.sleep(seconds)
        if counts:
            self.count(since, seconds)

    def count(self, since: float, most: float) -> None:
        """Count the time since then (a monotonic time), which was meant to be `most` seconds at most."""
        self.seconds += min(self.clock.monotonic() - since, most + SLACK_SECONDS)
