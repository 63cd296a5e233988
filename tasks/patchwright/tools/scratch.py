"""A temporary repository that shares a clone's objects and configuration but has its own refs."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from patchwright.tools import maintainer
from patchwright.tools.git import Git
from patchwright.tools.git_settings import settings_variables


@contextlib.contextmanager
def repository(git: Git, common: Path) -> Iterator[dict[str, str]]:
    """Create the temporary repository, yield the environment in which git uses it, then delete it.

    In this environment git has the maintainer's identity and the configuration of the checkout. A killed git
    leaves its locks in the temporary repository, and the next call creates it again.
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
        where = {"GIT_DIR": str(place), "GIT_OBJECT_DIRECTORY": objects}
        settings = maintainer.settings_at(git, git.configuration(where))
        yield {**where, **maintainer.read_maintainer(git).environment, **settings_variables(settings)}
    finally:
        shutil.rmtree(place, ignore_errors=True)
