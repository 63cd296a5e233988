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

from patchwright import files
from patchwright.halts import Prerequisite
from patchwright.text import safe_line


@contextlib.contextmanager
def hold(common: Path) -> Iterator[None]:
    """Hold the clone's lock while the block runs. The system releases it when the process ends.

    Raise Prerequisite, with the holder as evidence, if another process holds it.
    """
    directory = common / "patchwright"
    files.make_directory(directory)
    holder = directory / "holder.txt"
    place = directory / "lock"
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise Prerequisite(
            f"{place} is not a regular file, so this clone can't be locked.", remedy=["Remove it."]
        )
    lock = FileLock(place, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise Prerequisite(
            "Another patchwright process is using this clone.",
            evidence=[_read_holder(holder)],
            remedy=["Wait until it has finished. inv release.status shows its progress."],
        ) from None
    except OSError as error:
        raise Prerequisite(
            f"This clone could not be locked: {error.strerror}.",
            evidence=[f"lock: {place}"],
            remedy=[files.remedy_of(error)],
        ) from None
    try:
        files.write_text(holder, json.dumps(_describe_process()))
        yield
    finally:
        lock.release()


def _describe_process() -> dict[str, str]:
    return {
        "process": str(os.getpid()),
        "user": _user_name(),
        "host": platform.node(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": safe_line(" ".join(["inv", *sys.argv[1:]])),
    }


def _user_name() -> str:
    """Return the name of the user. In a container the system may have none (Python 3.11)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())


def _read_holder(path: Path) -> str:
    try:
        facts = json.loads(files.read_text(path) or "")
        return ", ".join(f"{name} {value}" for name, value in facts.items())
    except (ValueError, AttributeError, RecursionError):
        return "its process id is not known yet"
