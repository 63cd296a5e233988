"""The lock: only one patchwright process at a time changes a clone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from patchwright.engine import lock
from patchwright.halts import Prerequisite


def test_a_second_process_halts_with_the_first_as_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["inv", "release.patch", "--version", "1.24"])
    with lock.hold(tmp_path), pytest.raises(Prerequisite) as halted, lock.hold(tmp_path):
        pass
    assert halted.value.cause == "Another patchwright process is using this clone."
    assert "command inv release.patch --version 1.24" in halted.value.evidence[0]
    assert "process " in halted.value.evidence[0]


def test_the_lock_is_released_at_the_end_and_after_a_halt(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match="stopped"), lock.hold(tmp_path):
        raise Prerequisite("stopped")
    with lock.hold(tmp_path):
        pass


def test_two_clones_have_separate_locks(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "one"), lock.hold(tmp_path / "other"):
        pass


@pytest.mark.parametrize("content", ["", "[]", "{", "\0"])
def test_an_unreadable_holder_still_holds_the_lock(tmp_path: Path, content: str) -> None:
    with lock.hold(tmp_path):
        (tmp_path / "patchwright" / "holder.txt").write_text(content)
        with pytest.raises(Prerequisite) as halted, lock.hold(tmp_path):
            pass
    assert halted.value.evidence == ("its process id is not known yet",)


def test_a_user_without_a_name_can_hold_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", fail)
    with lock.hold(tmp_path):
        assert f'"user": "{os.getuid()}"' in (tmp_path / "patchwright" / "holder.txt").read_text()


@pytest.mark.journey
def test_a_killed_process_holds_no_lock(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from patchwright.engine import lock
with lock.hold(Path({str(tmp_path)!r})):
    print("locked", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(Prerequisite) as halted, lock.hold(tmp_path):
            pass
        assert f"process {holder.pid}" in halted.value.evidence[0]
        holder.kill()
    with lock.hold(tmp_path):
        pass
