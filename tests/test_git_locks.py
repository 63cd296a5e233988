"""Locks that stay are told from those of a live git, and none is removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from patchwright import git_locks


def forbid_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: pytest.fail("somebody waits"))


def test_where_nothing_is_locked_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index").touch()
    forbid_sleep(monkeypatch)
    assert git_locks.left_behind(tmp_path) == []


def test_an_old_lock_is_told_at_once_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "index.lock"
    lock.touch()
    long_ago = time.time() - git_locks.LIVE_SECONDS - 1
    os.utime(lock, (long_ago, long_ago))
    forbid_sleep(monkeypatch)
    assert git_locks.left_behind(tmp_path) == [lock]
    assert lock.exists()


def test_the_lock_of_a_live_git_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "index.lock"
    lock.touch()
    # git removes its lock while patchwright waits.
    monkeypatch.setattr(time, "sleep", lambda _seconds: lock.unlink())
    assert git_locks.left_behind(tmp_path) == []


def test_only_the_locks_that_are_asked_for_count(tmp_path: Path) -> None:
    (tmp_path / "index.lock").touch()
    assert git_locks.left_behind(tmp_path, "packed-refs.lock") == []
