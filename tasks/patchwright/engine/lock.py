"""Lock: only one patchwright process at a time may change a clone. A process that ended holds no lock."""

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
from patchwright.text import safe_line


@contextlib.contextmanager
def hold(common: Path) -> Iterator[None]:
    """Hold the clone's lock while the block runs. The system releases it when the process ends.

    Raise Prerequisite, with the holder as evidence, if another process holds it.
    """
    directory = common / "patchwright"
    directory.mkdir(parents=True, exist_ok=True)
    holder = directory / "holder.txt"
    lock = FileLock(directory / "lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise Prerequisite(
            "Another patchwright process is using this clone.",
            evidence=[_read_holder(holder)],
            remedy=["Wait until it has finished. inv release.status shows its progress."],
        ) from None
    try:
        holder.write_text(json.dumps(_describe_process()), encoding="utf-8")
        yield
    finally:
        lock.release()


def _describe_process() -> dict[str, str]:
    return {
        "process": str(os.getpid()),
        "user": getpass.getuser(),
        "host": platform.node(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": safe_line(" ".join(["inv", *sys.argv[1:]])),
    }


def _read_holder(path: Path) -> str:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return ", ".join(f"{name} {value}" for name, value in facts.items())
    except (OSError, ValueError, AttributeError):
        return "its process id is not known yet"
