"""One patchwright at a time in a clone and its worktrees; who is dead holds nothing."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import platform
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from patchwright.halts import Prerequisite
from patchwright.text import line


@contextlib.contextmanager
def held(common: Path) -> Iterator[None]:
    """Hold the clone's lock for as long as the block lasts; the system lets go of it when the process ends.

    Raises Prerequisite, naming the holder, when another process has it.
    """
    directory = common / "patchwright"
    directory.mkdir(parents=True, exist_ok=True)
    holder = directory / "holder.txt"
    lock = FileLock(directory / "lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise Prerequisite(
            "Another patchwright is at work in this clone.",
            evidence=[_holder(holder)],
            remedy=["Wait until it has ended; inv release.status shows how far it is."],
        ) from None
    try:
        holder.write_text(json.dumps(_self()), encoding="utf-8")
        yield
    finally:
        lock.release()


def _self() -> dict[str, str]:
    return {
        "process": str(os.getpid()),
        "user": getpass.getuser(),
        "host": platform.node(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": line(" ".join(["inv", *sys.argv[1:]])),
    }


def _holder(path: Path) -> str:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        return ", ".join(f"{name} {value}" for name, value in about.items())
    except (OSError, ValueError, AttributeError):
        return "it has not said who it is yet"
