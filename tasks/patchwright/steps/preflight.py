"""Everything that would fail late has been checked early; nothing has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchwright import findings
from patchwright.halts import together

if TYPE_CHECKING:
    from patchwright.release import Release


def proof(release: Release) -> str | None:
    """Every guard that matters at this point of the release is content."""
    asked = findings.relevant(release)
    release.problems = findings.found(asked, release)
    return None if release.problems else f"{len(asked)} guards are content"


def act(release: Release) -> None:
    """Halt with everything that the guards found, each with its remedy."""
    raise together(release.problems or findings.found(findings.relevant(release), release))
