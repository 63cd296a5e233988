"""Stale locks are distinguished from the locks of a running git, and no lock is deleted."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from patchwright.tools import git_locks


def test_without_a_lock_there_is_no_wait(tmp_path: Path) -> None:
    (tmp_path / "index").touch()
    began = time.monotonic()
    assert git_locks.find_stale_locks(tmp_path) == []
    assert time.monotonic() - began < 1


def test_an_old_lock_is_found_at_once_and_not_deleted(tmp_path: Path) -> None:
    lock = tmp_path / "index.lock"
    lock.touch()
    long_ago = time.time() - git_locks.LIVE_SECONDS - 1
    os.utime(lock, (long_ago, long_ago))
    began = time.monotonic()
    assert git_locks.find_stale_locks(tmp_path) == [lock]
    assert time.monotonic() - began < 1
    assert lock.exists()


def test_a_young_lock_is_given_time_to_vanish(tmp_path: Path) -> None:
    lock = tmp_path / "index.lock"
    lock.touch()
    running_git = threading.Timer(0.3, lock.unlink)
    running_git.start()
    assert git_locks.find_stale_locks(tmp_path) == []
    running_git.join()


def test_only_locks_that_match_the_pattern_count(tmp_path: Path) -> None:
    (tmp_path / "index.lock").touch()
    assert git_locks.find_stale_locks(tmp_path, "packed-refs.lock") == []
