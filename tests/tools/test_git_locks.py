"""Locks that stay are told from those of a live git, and none is removed."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from patchwright.tools import git_locks


def test_where_nothing_is_locked_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "index").touch()
    began = time.monotonic()
    assert git_locks.left_behind(tmp_path) == []
    assert time.monotonic() - began < 1


def test_an_old_lock_is_told_at_once_and_stays(tmp_path: Path) -> None:
    lock = tmp_path / "index.lock"
    lock.touch()
    long_ago = time.time() - git_locks.LIVE_SECONDS - 1
    os.utime(lock, (long_ago, long_ago))
    began = time.monotonic()
    assert git_locks.left_behind(tmp_path) == [lock]
    assert time.monotonic() - began < 1
    assert lock.exists()


def test_the_lock_of_a_live_git_is_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / "index.lock"
    lock.touch()
    alive = threading.Timer(0.3, lock.unlink)
    alive.start()
    assert git_locks.left_behind(tmp_path) == []
    alive.join()


def test_only_the_locks_that_are_asked_for_count(tmp_path: Path) -> None:
    (tmp_path / "index.lock").touch()
    assert git_locks.left_behind(tmp_path, "packed-refs.lock") == []
