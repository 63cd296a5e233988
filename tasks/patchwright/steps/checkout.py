"""The worktree stands at the tip of the release branch."""

from __future__ import annotations

from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """The worktree is whole, and its HEAD holds the release branch as origin and this clone have it."""
    if release.public_tag:
        return f"{release.plan.tag} is public; nothing is prepared any more"
    tree = release.tree
    if not tree.exists:
        return None
    tree.require_calm()
    head = tree.head()
    if head is None or head != release.head:
        return None
    if tree.operation() is None and tree.changed():
        return None
    return f"the worktree is at {head[:10]}"


def act(release: Release) -> None:
    """Stand the worktree at the release's head; edits that lie about in it are set aside, not lost."""
    tree = release.tree
    if tree.exists and not tree.unmerged() and tree.changed():
        aside = tree.set_aside()
        if aside:
            release.narrator.say(
                f"edits in the worktree were set aside as commit {aside[:10]} (git stash apply {aside[:10]})"
            )
    # First the intent, which a kill may leave without a worktree, and not the other way round.
    release.begin()
    tree.stand_at(release.head)
