"""The fragments that the release rendered are gone from the release branch."""

from __future__ import annotations

from patchwright import settings
from patchwright.halts import RefusedPush
from patchwright.integration import build
from patchwright.releases.release import Release

TRIES = 3


def proof(release: Release) -> str | None:
    """None of the rendered fragments is on origin's release branch as it was rendered."""
    if not release.public_tag:
        return None
    unchanged, edited = build.rendered_fragments(release, release.branch_tip)
    if unchanged:
        return None
    for path in edited:
        release.note(f"{path} was edited on {release.plan.branch} after it was rendered; it was left there")
    return f"{len(release.landmarks().fragments)} rendered fragments are off {release.plan.branch}"


def act(release: Release) -> None:
    """Remove exactly those fragments on top of origin's release branch, in one commit, and push it."""
    message = settings.filled_text(release.settings.clean_up_subject, **release.plan.fields)
    for attempt in range(1, TRIES + 1):
        release.tree.stand_at(release.branch_tip)
        paths, _ = build.rendered_fragments(release, release.branch_tip)
        release.tree.remove(paths)
        release.tree.commit(paths, message)
        made = "<the commit above>" if release.shell.dry else str(release.tree.head())
        try:
            release.push(made, f"refs/heads/{release.plan.branch}")
        except RefusedPush:
            before = release.branch_tip
            release.look_again()
            if proof(release):
                # It was taken and its answer was lost, or somebody else has cleaned up.
                return
            if release.branch_tip == before or attempt == TRIES:
                raise
        else:
            return
