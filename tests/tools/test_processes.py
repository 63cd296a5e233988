"""Everything that a command has started ends with it, and nothing else does."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from patchwright.tools import processes

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows the variables"),
]

MARK, OTHER = "test.1", "test.2"
# The parent says when its child runs. Both ignore SIGTERM if they are told to.
_FAMILY = "{trap}\nsleep 1000 &\necho $!\nwait\n"


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    children: list[subprocess.Popen[bytes]] = []
    yield children
    processes.kill(children, [MARK, OTHER])
    for child in children:
        child.wait()
        if child.stdout:
            child.stdout.close()


def start(started: list[subprocess.Popen[bytes]], mark: str, trap: str = "") -> tuple[int, int]:
    """Start a program that starts another one, and return the process ids of both."""
    env = {**os.environ, processes.MARK: mark}
    child = subprocess.Popen(["sh", "-c", _FAMILY.format(trap=trap)], stdout=subprocess.PIPE, env=env)
    started.append(child)
    assert child.stdout
    return child.pid, int(child.stdout.readline())


def has_ended(pid: int, act: Callable[[], None], *, seconds: float = 60.0) -> bool:
    """Return whether a process ends while `act` runs, or soon after it."""
    descriptor = os.pidfd_open(pid)
    try:
        act()
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def test_the_processes_of_a_command_are_found_by_its_mark(started: list[subprocess.Popen[bytes]]) -> None:
    family = start(started, MARK)
    other = start(started, OTHER)
    assert set(processes.find_marked(frozenset([MARK]))) == set(family)
    assert set(processes.find_marked(frozenset([MARK, OTHER]))) == {*family, *other}
    assert processes.find_marked(frozenset()) == []
    assert processes.find_marked(frozenset(["test"])) == []


@pytest.mark.parametrize("trap", ["", "trap '' TERM"])
def test_a_command_ends_with_what_it_has_started(
    started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.2)
    family, other = start(started, MARK, trap), start(started, OTHER)
    assert has_ended(family[1], lambda: processes.end([started[0]], [MARK]))
    assert started[0].wait() == (-signal.SIGKILL if trap else -signal.SIGTERM)
    assert started[1].poll() is None
    assert not has_ended(other[1], lambda: None, seconds=0)


def test_what_an_ended_command_has_left_is_killed(started: list[subprocess.Popen[bytes]]) -> None:
    _parent, grandchild = start(started, MARK)
    started[0].kill()
    started[0].wait()
    assert not has_ended(grandchild, lambda: None, seconds=0)
    assert has_ended(grandchild, lambda: processes.kill([], [MARK]))
