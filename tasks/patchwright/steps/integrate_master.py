"""Patches, changelog and clean-up are on the mainline, each once."""

from __future__ import annotations

from patchwright import integration
from patchwright.halts import RefusedPush
from patchwright.release import Release

TRIES = 5


def proof(release: Release) -> str | None:
    """Origin's mainline has each patch, the changelog's section once, and none of the rendered fragments."""
    if not release.public_tag:
        return None
    left = integration.left(release, release.mainline_tip)
    if left:
        return None
    return f"{release.settings.mainline} at {release.mainline_tip[:10]} has patches, changelog and clean-up"


def act(release: Release) -> None:
    """Build what is missing on origin's newest mainline and publish it with one fast-forward push."""
    for attempt in range(1, TRIES + 1):
        tip = release.mainline_tip
        made = integration.build(release, tip)
        try:
            release.push(made, f"refs/heads/{release.settings.mainline}")
        except RefusedPush:
            release.look_again()
            if release.mainline_tip == tip or attempt == TRIES:
                raise
        else:
            return
