"""Stale locks are distinguished from the locks of a running git, and no lock is deleted."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from patchwright.tools import git_locks


def forbid_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: pytest.fail("the search waits"))


def test_without_a_lock_there_is_no_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index").touch()
    forbid_sleep(monkeypatch)
    assert git_locks.find_stale_locks(tmp_path) == []


def test_an_old_lock_is_found_at_once_and_not_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "index.lock"
    lock.touch()
    long_ago = time.time() - git_locks.LIVE_SECONDS - 1
    os.utime(lock, (long_ago, long_ago))
    forbid_sleep(monkeypatch)
    assert git_locks.find_stale_locks(tmp_path) == [lock]
    assert lock.exists()


def test_a_young_lock_is_given_time_to_vanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "index.lock"
    lock.touch()
    # git deletes its lock during the wait.
    monkeypatch.setattr(time, "sleep", lambda _seconds: lock.unlink())
    assert git_locks.find_stale_locks(tmp_path) == []


def test_only_locks_that_match_the_pattern_count(tmp_path: Path) -> None:
    (tmp_path / "index.lock").touch()
    assert git_locks.find_stale_locks(tmp_path, "packed-refs.lock") == []
