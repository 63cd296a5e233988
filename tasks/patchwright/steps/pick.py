"""Every requested patch is on the release branch, once."""

from __future__ import annotations

from patchwright.history import picking
from patchwright.patches import choice as patches
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Each requested patch is known to be in the head's history."""
    if release.public_tag:
        return f"{release.plan.tag} is public"
    wanted = patches.wanted(release)
    if release.tree.exists and release.tree.operation() == "cherry-pick":
        return None
    if not wanted:
        return "no picks; the patches are on the release branch"
    if len(patches.there(release, wanted)) < len(wanted):
        return None
    return f"{len(wanted)} of {len(wanted)} patches are on {release.plan.branch}: " + ", ".join(
        commit.short for commit in wanted
    )


def act(release: Release) -> None:
    """Pick what is missing, ancestors first, onto the worktree's HEAD."""
    again = f"inv release.patch --version {release.plan.series}"
    picking.take_up(release.tree, again)
    release.look_again(origin=False)
    wanted = patches.wanted(release)
    there = patches.there(release, wanted)
    for commit in wanted:
        known = there.get(commit.sha)
        release.narrator.say(
            f"{commit.short} {commit.subject}" + (f" (already there: {known})" if known else "")
        )
    missing = [commit for commit in wanted if commit.sha not in there]
    picking.pick(release.tree, missing, fit=patches.fitting(release).fitted, next_command=again)
