"""What is left to do when every step is proven: local branches, and the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchwright.integration import fast_forward

if TYPE_CHECKING:
    from patchwright.releases.release import Release


def complete(release: Release) -> None:
    """Bring the maintainer's branches up to origin where that is safe, and mark the release as finished."""
    release.notes.extend([*fast_forward.local_branches(release), *fast_forward.local_tag(release)])
    release.intend(finished=True, halt=None)
