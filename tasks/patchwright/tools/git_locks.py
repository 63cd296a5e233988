"""git's lock files. A running git holds one briefly; a killed git leaves it. None is ever deleted here."""

from __future__ import annotations

import time
from pathlib import Path

# An older lock belongs to a git that was killed.
LIVE_SECONDS = 5.0


def find_stale_locks(directory: Path, pattern: str = "*.lock") -> list[Path]:
    """Return the locks in a directory that a killed git left. Wait while a lock is young enough to vanish."""
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
