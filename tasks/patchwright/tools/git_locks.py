"""Lock files of git's: a live git holds one for moments, a killed one leaves it. None is ever removed."""

from __future__ import annotations

import time
from pathlib import Path

# A lock that is older belongs to a git that was killed.
LIVE_SECONDS = 5.0


def left_behind(directory: Path, pattern: str = "*.lock") -> list[Path]:
    """Return the locks right in a directory that stay there; waits a while for those that are young."""
    deadline = time.monotonic() + LIVE_SECONDS
    while locks := _ages(directory, pattern):
        if min(locks.values()) >= LIVE_SECONDS or time.monotonic() >= deadline:
            return sorted(locks)
        time.sleep(0.1)
    return []


def _ages(directory: Path, pattern: str) -> dict[Path, float]:
    now = time.time()
    ages = {}
    for lock in directory.glob(pattern):
        try:
            ages[lock] = now - lock.stat().st_mtime
        except FileNotFoundError:
            continue
    return ages
