"""The lock: only one patchwright process at a time changes a clone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from patchwright.engine import lock
from patchwright.halts import BranchConflict, Prerequisite, WorkflowFailed
from patchwright.progress import SilentProgress


def test_a_second_process_halts_with_the_first_as_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["inv", "release.patch", "--version", "1.24"])
    with (
        lock.hold(tmp_path, "1.24", SilentProgress()),
        pytest.raises(Prerequisite) as halted,
        lock.hold(tmp_path, "1.24", SilentProgress()),
    ):
        pass
    assert halted.value.cause == "Another patchwright process is using this clone."
    assert "command inv release.patch --version 1.24" in halted.value.evidence[0]
    assert "process " in halted.value.evidence[0]


def test_the_lock_is_released_at_the_end_and_after_a_halt(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match="stopped"), lock.hold(tmp_path, "1.24", SilentProgress()):
        raise Prerequisite("stopped")
    with lock.hold(tmp_path, "1.24", SilentProgress()):
        pass


def test_two_clones_have_separate_locks(tmp_path: Path) -> None:
    with (
        lock.hold(tmp_path / "one", "1.24", SilentProgress()),
        lock.hold(tmp_path / "other", "1.24", SilentProgress()),
    ):
        pass


@pytest.mark.parametrize("content", ["", "[]", "{", "\0"])
def test_an_unreadable_holder_still_holds_the_lock(tmp_path: Path, content: str) -> None:
    with lock.hold(tmp_path, "1.24", SilentProgress()):
        (tmp_path / "patchwright" / "holder.txt").write_text(content)
        with pytest.raises(Prerequisite) as halted, lock.hold(tmp_path, "1.24", SilentProgress()):
            pass
    assert halted.value.evidence == ("its process id is not known yet",)


def hold(path: Path, series: str, **more: float) -> AbstractContextManager[lock.CloneLock]:
    return lock.hold(path, series, SilentProgress(), **more)


def test_a_user_without_a_name_can_hold_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", fail)
    with hold(tmp_path, "1.24"):
        assert f'"user": "{os.getuid()}"' in (tmp_path / "patchwright" / "holder.txt").read_text()


def test_while_a_run_waits_another_series_can_use_the_clone(tmp_path: Path) -> None:
    with hold(tmp_path, "1.23") as first:
        with pytest.raises(Prerequisite), hold(tmp_path, "1.24"):
            pass
        with first.released(), hold(tmp_path, "1.24"):
            pass
        with pytest.raises(Prerequisite) as halted, hold(tmp_path, "1.24", patience=0.3):
            pass
        assert "series 1.23" in halted.value.evidence[0]


def test_while_a_run_waits_its_series_stays_locked(tmp_path: Path) -> None:
    with hold(tmp_path, "1.24") as first, first.released():
        with hold(tmp_path, "1.25"):
            pass
        with pytest.raises(Prerequisite) as halted, hold(tmp_path, "1.24"):
            pass
        assert "series 1.24" in halted.value.evidence[0]
    with hold(tmp_path, "1.24"):
        pass


def test_after_the_wait_the_run_waits_for_the_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = lock.CloneLock(tmp_path, "1.25", SilentProgress())
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            other.close()

    monkeypatch.setattr(time, "sleep", sleep)
    with hold(tmp_path, "1.24") as first:
        with first.released():
            other.take(0)
        assert len(slept) == 3
        with pytest.raises(Prerequisite), hold(tmp_path, "1.26"):
            pass


@pytest.mark.parametrize(("halt", "is_held"), [(WorkflowFailed("x"), False), (BranchConflict("x"), True)])
def test_after_a_halt_the_clone_is_only_taken_again_if_the_run_may_go_on(
    tmp_path: Path, halt: Exception, *, is_held: bool
) -> None:
    with hold(tmp_path, "1.24") as first:
        with pytest.raises(type(halt)), first.released():
            raise halt
        if is_held:
            with pytest.raises(Prerequisite), hold(tmp_path, "1.25"):
                pass
        else:
            with hold(tmp_path, "1.25"):
                pass


def test_nothing_of_the_series_is_left(tmp_path: Path) -> None:
    with hold(tmp_path, "1.24"):
        pass
    assert sorted(path.name for path in (tmp_path / "patchwright").iterdir()) == ["holder.txt", "lock"]


@pytest.mark.journey
def test_a_killed_process_holds_no_lock(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from patchwright.engine import lock
from patchwright.progress import SilentProgress
with lock.hold(Path({str(tmp_path)!r}), "1.24", SilentProgress()):
    print("locked", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(Prerequisite) as halted, lock.hold(tmp_path, "1.24", SilentProgress()):
            pass
        assert f"process {holder.pid}" in halted.value.evidence[0]
        holder.kill()
    with lock.hold(tmp_path, "1.24", SilentProgress()):
        pass
