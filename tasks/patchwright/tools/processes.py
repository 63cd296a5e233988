"""Processes: what a command has started, and how to end all of it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

# Every process below a command has this variable, even after the command itself has ended.
MARK = "PATCHWRIGHT_COMMAND"
# The time between SIGTERM and SIGKILL: a killed git leaves locks, so it gets time to remove them.
GRACE_SECONDS = 2.0
_POLL_SECONDS = 0.02
_PROCESSES = Path("/proc")


class Child(Protocol):
    """A program that this process has started."""

    def poll(self) -> int | None:
        """Return the exit status of the program, or None while it runs."""

    def send_signal(self, sig: int, /) -> None:
        """Send a signal to the program, unless it has ended."""


def end(children: Iterable[Child], marks: Iterable[str]) -> None:
    """Terminate programs and what they have started, and kill what remains after a delay."""
    alive, wanted = list(children), frozenset(marks)
    found = find_marked(wanted)
    _signal(alive, found, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while (alive or found) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        alive = [child for child in alive if child.poll() is None]
        found = find_marked(wanted)
    kill(alive, wanted)


def kill(children: Iterable[Child], marks: Iterable[str]) -> None:
    """Kill programs and what they have started."""
    _signal(children, find_marked(frozenset(marks)), signal.SIGKILL)


def find_marked(marks: frozenset[str]) -> list[int]:
    """Return the running processes of this process group that were started by the commands with these marks.

    A daemon, such as an agent for keys, has left the group and is not found. Only Linux shows the variables
    of a process.
    """
    wanted = {f"{MARK}={mark}".encode() for mark in marks}
    if not wanted:
        return []
    found = []
    for place in _PROCESSES.glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            variables, pid = place.read_bytes().split(b"\0"), int(place.parent.name)
            if not wanted.isdisjoint(variables) and os.getpgid(pid) == os.getpgrp():
                found.append(pid)
    return found


def _signal(children: Iterable[Child], others: Iterable[int], number: signal.Signals) -> None:
    for child in children:
        child.send_signal(number)
    for pid in others:
        with contextlib.suppress(OSError):
            os.kill(pid, number)
