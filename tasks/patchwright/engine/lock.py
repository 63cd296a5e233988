"""Locks: one process at a time uses a clone, and one process at a time makes a release of a series in it.

While a run waits for GitHub, it does not hold the clone's lock: another series can be released meanwhile. It
holds the lock of its series until it ends. A process that ended holds no lock.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from patchwright import files
from patchwright.halts import BranchConflict, CommandFailed, Prerequisite
from patchwright.progress import Progress
from patchwright.text import safe_line

_POLL_SECONDS = 0.2


class CloneLock:
    """The locks of one run. `take` and `close` change both; `released` lets others use the clone."""

    def __init__(self, common: Path, series: str, progress: Progress) -> None:
        self._directory = common / "patchwright"
        self._name, self._progress = series, progress
        self._clone = FileLock(self._directory / "lock", mode=0o600, blocking=False)
        # git ends the names of its own locks with `.lock`.
        self._series = FileLock(self._directory / f"{series}.running", mode=0o600, blocking=False)

    def take(self, patience: float) -> None:
        """Take both locks. Raise Prerequisite, with the holder as evidence, if another process has one.

        Wait at most `patience` seconds for a process that releases another series.
        """
        files.make_directory(self._directory)
        self._require_regular_files()
        self._take_clone(patience)
        if not _try(self._series):
            holder = self._holder(self._name)
            self._clone.release()
            raise _refusal(holder)
        self._describe(self._name)

    def _require_regular_files(self) -> None:
        """Raise Prerequisite if a file that is locked could block or lead elsewhere."""
        for lock in (self._clone, self._series):
            place = Path(lock.lock_file)
            if place.is_symlink() or (place.exists() and not place.is_file()):
                raise Prerequisite(
                    f"{place} is not a regular file, so this clone can't be locked.", remedy=["Remove it."]
                )

    def close(self) -> None:
        """Release both locks. The file of the series is deleted if nobody can be looking at it."""
        if _try(self._clone):
            # Others look at the file of a series only while they have the lock of the clone.
            for path in (self._path(self._name), Path(self._series.lock_file)):
                path.unlink(missing_ok=True)
        self._series.release()
        self._clone.release(force=True)

    @contextlib.contextmanager
    def released(self) -> Iterator[None]:
        """Let others use the clone while the block waits, then wait until it is free again.

        After a halt, the run ends without the clone.
        """
        self._clone.release()
        try:
            yield
        except (CommandFailed, BranchConflict):
            # The step may be done nevertheless. Then the run continues.
            self._take_clone(None)
            raise
        self._take_clone(None)

    def _take_clone(self, patience: float | None) -> None:
        """Take the lock of the clone. Without `patience`, wait as long as another process holds it."""
        waited, shown = 0.0, ""
        while not _try(self._clone):
            holder = self._holder()
            is_other = holder.get("series") not in {None, self._name}
            if patience is not None and (not is_other or waited >= patience):
                raise _refusal(holder)
            if _shown(holder) != shown:
                shown = _shown(holder)
                self._progress.say(
                    f"another patchwright process is using this clone; waiting for it ({shown})"
                )
            time.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        self._describe()

    def _describe(self, series: str = "") -> None:
        facts = {
            "process": str(os.getpid()),
            "user": _user_name(),
            "host": platform.node(),
            "since": datetime.now().astimezone().isoformat(timespec="seconds"),
            "series": self._name,
            "command": safe_line(" ".join(["inv", *sys.argv[1:]])),
        }
        files.write_text(self._path(series), json.dumps(facts))

    def _holder(self, series: str = "") -> dict[str, str]:
        """Return what the holder of a lock has written about itself, or nothing."""
        try:
            facts = json.loads(files.read_text(self._path(series)) or "")
            return {str(name): safe_line(str(value)) for name, value in facts.items()}
        except (ValueError, AttributeError, RecursionError):
            return {}

    def _path(self, series: str = "") -> Path:
        """Return the file in which the holder of the clone's lock, or of a series' lock, describes itself."""
        return self._directory / (f"{series}.holder.txt" if series else "holder.txt")


@contextlib.contextmanager
def hold(common: Path, series: str, progress: Progress, *, patience: float = 0.0) -> Iterator[CloneLock]:
    """Hold the locks of a clone and of a series while the block runs."""
    lock = CloneLock(common, series, progress)
    lock.take(patience)
    try:
        yield lock
    finally:
        lock.close()


def _try(lock: FileLock) -> bool:
    """Take a lock if it is free. Return whether this process has it now."""
    try:
        lock.acquire()
    except Timeout:
        return False
    except OSError as error:
        raise Prerequisite(
            f"This clone could not be locked: {error.strerror}.",
            evidence=[f"lock: {lock.lock_file}"],
            remedy=[files.remedy_of(error)],
        ) from None
    return True


def _user_name() -> str:
    """Return the name of the user. In a container the system may have none (Python 3.11)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())


def _shown(holder: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in holder.items()) or "its process id is not known yet"


def _refusal(holder: dict[str, str]) -> Prerequisite:
    return Prerequisite(
        "Another patchwright process is using this clone.",
        evidence=[_shown(holder)],
        remedy=["Wait until it has finished. inv release.status shows its progress."],
    )
