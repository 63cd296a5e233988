"""A temporary repository that shares a clone's objects and configuration but has its own refs."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from patchwright.tools.git import Git


@contextlib.contextmanager
def repository(git: Git, common: Path) -> Iterator[dict[str, str]]:
    """Create the temporary repository, yield the environment in which git uses it, then delete it.

    A killed git leaves its locks in the temporary repository, and the next call creates it again. It is
    inside the clone's git directory, so that `includeIf "gitdir:..."` applies as it does in the clone.
    """
    place = common / "patchwright" / "scratch.git"
    objects = str(git.object_directory())
    form = git.ask("rev-parse", "--show-object-format").line
    if git.shell.dry:
        yield {}
        return
    shutil.rmtree(place, ignore_errors=True)
    git.act("init", "--quiet", "--bare", "--template=", f"--object-format={form}", "--", str(place))
    try:
        yield {
            "GIT_DIR": str(place),
            "GIT_OBJECT_DIRECTORY": objects,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "include.path",
            "GIT_CONFIG_VALUE_0": str(common / "config"),
        }
    finally:
        shutil.rmtree(place, ignore_errors=True)
