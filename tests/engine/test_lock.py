"""One patchwright at a time in a clone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from patchwright.engine import lock
from patchwright.halts import Prerequisite


def test_the_second_is_told_who_the_first_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["inv", "release.patch", "--version", "1.24"])
    with lock.held(tmp_path), pytest.raises(Prerequisite) as halted, lock.held(tmp_path):
        pass
    assert halted.value.cause == "Another patchwright is at work in this clone."
    assert "command inv release.patch --version 1.24" in halted.value.evidence[0]
    assert "process " in halted.value.evidence[0]


def test_it_is_let_go_of_at_the_end_and_after_a_halt(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match="stopped"), lock.held(tmp_path):
        raise Prerequisite("stopped")
    with lock.held(tmp_path):
        pass


def test_clones_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with lock.held(tmp_path / "one"), lock.held(tmp_path / "other"):
        pass


@pytest.mark.parametrize("content", ["", "[]", "{", "\0"])
def test_a_holder_that_has_not_said_who_it_is_holds_all_the_same(tmp_path: Path, content: str) -> None:
    with lock.held(tmp_path):
        (tmp_path / "patchwright" / "holder.txt").write_text(content)
        with pytest.raises(Prerequisite) as halted, lock.held(tmp_path):
            pass
    assert halted.value.evidence == ("it has not said who it is yet",)


@pytest.mark.journey
def test_who_is_dead_holds_nothing(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from patchwright import lock
with lock.held(Path({str(tmp_path)!r})):
    print("held", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Prerequisite) as halted, lock.held(tmp_path):
            pass
        assert f"process {holder.pid}" in halted.value.evidence[0]
        holder.kill()
    with lock.held(tmp_path):
        pass
