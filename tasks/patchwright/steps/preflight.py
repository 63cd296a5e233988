"""Everything that would fail late has been checked early; nothing has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from patchwright.halts import together
from patchwright.preflight import problems

if TYPE_CHECKING:
    from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Every guard that matters at this point of the release is content."""
    _name_lock(release)
    asked = problems.relevant(release)
    release.problems = problems.found(asked, release)
    return None if release.problems else f"{len(asked)} checks passed"


def act(release: Release) -> None:
    """Halt with everything that the guards found, each with its remedy."""
    raise together(release.problems or problems.found(problems.relevant(release), release))


def _name_lock(release: Release) -> None:
    """Tell of a lock on the index of the person's checkout: only they know whether it is still in use."""
    lock = release.git.ask("rev-parse", "--path-format=absolute", "--git-path", "index.lock").line
    if Path(lock).exists():
        release.narrator.say(
            f"{lock} is there: git is at work in your checkout, or was killed; it is left alone"
        )
