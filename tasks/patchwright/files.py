"""Files of patchwright's own: read and written without following a link, and readable by their owner only."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path, PurePosixPath

from patchwright.halts import Halt, Prerequisite, StepFailed

# patchwright writes no longer file.
LONGEST = 4_000_000
_ROOM = "Free some space on the disk, or raise your quota."
_RIGHTS = "Check who owns the file and its directory, and whether you may write there."
_NO_THREAD = "can't start new thread"
_REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "Raise the limit of the size of files: see ulimit -f.",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "Use a file system that you can write to.",
    errno.EMFILE: "Raise the limit of open files: ulimit -n 1024.",
    errno.ENFILE: "The system has too many open files: end other programs.",
    errno.ENOMEM: "The system has too little memory: end other programs.",
    errno.EAGAIN: "The system has too many processes: end other programs.",
    errno.EIO: "Check the disk and the terminal: a device did not work.",
    errno.ENAMETOOLONG: "Use a shorter path.",
}


def remedy_of(error: OSError) -> str:
    """Return what to do about an error of the system."""
    return _REMEDIES.get(
        error.errno or 0, "Look at the path that the message names: move it away or repair it."
    )


def system_error(error: Exception) -> OSError | None:
    """Return the error of the system behind an exception, or None if it is none."""
    if isinstance(error, OSError):
        return error
    if isinstance(error, MemoryError):
        return OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    # Python raises RuntimeError if the system refuses a thread (3.11).
    if isinstance(error, RuntimeError) and str(error) == _NO_THREAD:
        return OSError(errno.EAGAIN, _NO_THREAD)
    return None


def describe_fault(error: OSError, *, has_begun: bool) -> Halt:
    """Return the halt for an error of the system that nobody has explained better.

    It is StepFailed if a step `has_begun`, which may have changed something, and Prerequisite otherwise.
    """
    paths = [
        os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, (str, bytes))
    ]
    where = f": {' and '.join(paths)}" if paths else ""
    cause = f"The system refused an operation ({error.strerror or error}){where}."
    remedy = [remedy_of(error), "Then run the same command again."]
    return StepFailed(cause, remedy=remedy) if has_begun else Prerequisite(cause, remedy=remedy)


def make_directory(path: Path) -> None:
    """Create a directory that only its owner can read, and those above it.

    Raise Prerequisite if that fails, or if it is a link. Close an existing directory to everybody else.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not path.is_symlink():
            path.chmod(0o700)
    except OSError as error:
        raise Prerequisite(
            f"The directory {path} could not be created: {error.strerror}.", remedy=[remedy_of(error)]
        ) from None
    require_no_link(path)


def require_no_link(path: Path) -> None:
    """Raise Prerequisite if a directory of patchwright's own is a symbolic link."""
    if path.is_symlink():
        raise Prerequisite(
            f"{path} is a symbolic link, and patchwright does not write its files through links.",
            remedy=["Replace it with a directory, or remove it."],
        )


def read_text(path: Path) -> str | None:
    """Return the text of a regular file, or None if it can't be read or is too long. It never waits."""
    try:
        # A FIFO would block, and a link may lead anywhere.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            content = file.read(LONGEST + 1)
        return content.decode("utf-8") if len(content) <= LONGEST else None
    except (OSError, ValueError):
        return None


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole. A kill leaves either the old file or the new one.

    Whatever lies at the path is replaced, and a link is not followed. Raise StepFailed if that fails.
    """
    unfinished = path.with_name(f"{path.name}.new")
    try:
        # The writer holds the clone's lock, so a file that a kill left here can be removed.
        unfinished.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(unfinished, flags, 0o600), "w", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise StepFailed(
            f"{path} could not be written: {error.strerror}.",
            remedy=[remedy_of(error), "Then run the same command again."],
        ) from None


def find_link(top: Path, path: str) -> Path | None:
    """Return the first part of a path below `top` that is a symbolic link, or None."""
    parts = [*reversed(PurePosixPath(path).parents), PurePosixPath(path)]
    return next((top / part for part in parts[1:] if (top / part).is_symlink()), None)


def write_below(top: Path, path: str, text: str) -> None:
    """Write a file of a project below `top`. Raise StepFailed if it is a symbolic link, or behind one."""
    if link := find_link(top, path):
        raise StepFailed(
            f"{path} was not written: {link} is a symbolic link.",
            remedy=["Find the hook or command that made it. Then begin again, with release.checkout."],
        )
    file = top / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
