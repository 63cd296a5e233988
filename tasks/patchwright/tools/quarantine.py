"""Quarantine: a temporary directory for the git objects that questions write, until an act needs them.

git writes objects even for questions: a fetch, `merge-tree --write-tree`, `commit-tree`. In quarantine they
go to a temporary directory, and git reads the clone's objects as alternates, as its own receive-pack does
(git 2.39). An act moves the objects into the clone first. Without an act the clone's objects do not change.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from patchwright.halts import Prerequisite, StepFailed

_LOOSE_DIRECTORY = re.compile(r"[0-9a-f]{2}", re.ASCII)
_LOOSE_OBJECT = re.compile(r"[0-9a-f]{38}|[0-9a-f]{62}", re.ASCII)
# git reads a pack once its index exists, so the index is last. `.promisor` marks a pack of a partial clone.
_PACK_ORDER = (".pack", ".promisor", ".rev", ".idx")


class Quarantine:
    """The quarantine of one clone. It is inactive outside of `hold`."""

    def __init__(self) -> None:
        self._place: Path | None = None
        self._objects: Path | None = None
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def hold(self, objects: Path) -> Iterator[None]:
        """Keep what questions write out of the clone's object directory while the context lasts.

        Raise Prerequisite if no temporary directory can be created.
        """
        try:
            directory = tempfile.TemporaryDirectory(prefix="patchwright-", ignore_cleanup_errors=True)
        except OSError as error:
            raise Prerequisite(
                f"A temporary directory could not be created: {error.strerror}.",
                remedy=["Free some disk space, or set TMPDIR to a directory that you can write to."],
            ) from None
        with directory as place:
            self._place, self._objects = Path(place), objects
            try:
                yield
            finally:
                self._place = self._objects = None

    @property
    def place(self) -> Path | None:
        """The temporary directory, or None outside of `hold`."""
        return self._place

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the variables that make git write into the quarantine."""
        if self._place is None or self._objects is None:
            return {}
        return {
            "GIT_OBJECT_DIRECTORY": str(self._place),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quote(str(self._objects)),
        }

    def release(self) -> None:
        """Move every complete object and pack into the clone.

        git's temporary files and caches (`tmp_*`, commit graphs, `.keep`) stay in the quarantine. A kill
        leaves only complete objects in the clone, and temporary files that `git gc` deletes. Raise StepFailed
        if a file can't be written.
        """
        if self._place is None or self._objects is None:
            return
        try:
            with self._lock:
                _move_all(self._place, self._objects)
        except OSError as error:
            raise StepFailed(
                f"git's objects could not be written to {self._objects}: {error.strerror}.",
                remedy=["Check the free disk space and your permissions there."],
            ) from None


def _move_all(place: Path, objects: Path) -> None:
    for path in _loose_objects(place):
        _copy(path, objects / path.parent.name / path.name)
        path.unlink()
    for pack in _packs(place):
        for path in pack:
            _copy(path, objects / path.parent.name / path.name)
        # The index is deleted first: git must not read it without its pack.
        for path in reversed(pack):
            path.unlink()


def _loose_objects(place: Path) -> list[Path]:
    return [
        path
        for directory in place.iterdir()
        if _LOOSE_DIRECTORY.fullmatch(directory.name)
        for path in directory.iterdir()
        if _LOOSE_OBJECT.fullmatch(path.name)
    ]


def _packs(place: Path) -> list[list[Path]]:
    """Return the files of each complete pack, in the order in which git may see them."""
    indexes = place.joinpath("pack").glob("pack-*.idx")
    named = ([index.with_suffix(suffix) for suffix in _PACK_ORDER] for index in indexes)
    return [[path for path in files if path.exists()] for files in named]


def _copy(path: Path, target: Path) -> None:
    """Copy a file, flush it to the disk and rename it, so that the target is complete or does not exist.

    File and directory keep the modes that git gave them (`core.sharedRepository`).
    """
    if target.exists():
        return
    if not target.parent.exists():
        target.parent.mkdir(exist_ok=True)
        shutil.copymode(path.parent, target.parent)
    unfinished = target.with_name(f"tmp_obj_{os.getpid()}_{target.name}")
    try:
        shutil.copyfile(path, unfinished)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        shutil.copymode(path, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _quote(path: str) -> str:
    """Return a path as an entry of git's list of alternates, which colons separate unless quoted."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
