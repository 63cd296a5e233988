"""A throwaway repository with a clone's objects and configuration, and refs of its own."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from patchwright.tools.git import Git


@contextlib.contextmanager
def repository(git: Git, common: Path) -> Iterator[dict[str, str]]:
    """Give the environment in which git works in the throwaway repository, for as long as the block lasts.

    A git that is killed there leaves its locks there, and the next one begins anew. It lies in the clone, so
    that conditions on the place of a repository (`includeIf "gitdir:..."`) are met as they are in the clone.
    """
    place = common / "patchwright" / "scratch.git"
    objects = git.ask("rev-parse", "--path-format=absolute", "--git-path", "objects").line
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
