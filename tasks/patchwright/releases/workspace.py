"""Workspace: the git worktrees of one series, at a stable path below the user's state directory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_state_path

from patchwright.halts import Prerequisite
from patchwright.settings import Settings
from patchwright.tools import hatch
from patchwright.tools.git import Clone, Git
from patchwright.tools.ref_guard import refs_unchanged
from patchwright.tools.worktree import Worktree

# Hatch may have to create an environment before it can print the version.
VERSION_SECONDS = 600.0


class Workspace:
    """The two worktrees in which a release is made, in the directory `place`. They may not exist yet."""

    def __init__(
        self,
        git: Git,
        settings: Settings,
        place: Path,
        *,
        on_kept: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._settings = settings
        self.branch = Worktree(git, place / "release", on_kept)
        self.mainline = Worktree(git, place / "mainline", on_kept)

    def stated_version(self) -> str:
        """Return the version that the version command prints in the release branch's worktree.

        Raise StepFailed if the command moves HEAD or a ref.
        """
        command = self._settings.version_command
        with refs_unchanged(self.branch, command, restore=False):
            answer = self.branch.git.shell.ask(*command, cwd=self.branch.project, timeout=VERSION_SECONDS)
        return hatch.stated_version(answer)


def worktree_place(clone: Clone, series: str) -> Path:
    """Return the directory of a series' worktrees.

    It is the same wherever inv is started: in the clone, or in any worktree of it.
    """
    project = "\0".join(filter(None, (str(clone.common), clone.folder)))
    key = hashlib.sha256(project.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    state = user_state_path("patchwright", appauthor=False)
    if not state.is_absolute():
        # Without HOME, or with a relative XDG_STATE_HOME, it would be below the current directory.
        raise Prerequisite(
            f"The directory for the worktrees is not absolute: {state}.",
            remedy=["Set HOME, or set XDG_STATE_HOME to an absolute path."],
        )
    return state / f"{clone.common.parent.name}-{key}" / series
