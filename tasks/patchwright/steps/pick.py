"""Pick: cherry-pick the patches onto the release branch."""

from __future__ import annotations

from patchwright.history import picking
from patchwright.patches import choice
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Return evidence that every wanted patch is on the release branch."""
    if release.origin.tag:
        return f"{release.plan.tag} is public"
    wanted = choice.wanted_patches(release)
    if release.workspace.branch.exists and release.workspace.branch.operation() == "cherry-pick":
        return None
    if not wanted:
        return "the release has no patch to pick"
    if len(choice.find_presence(release, wanted).proven) < len(wanted):
        return None
    return f"{release.plan.branch} has every patch: {', '.join(commit.short for commit in wanted)}"


def act(release: Release) -> None:
    """Pick the missing patches, ancestors first, onto the worktree's HEAD."""
    picking.commit_resolved(release.workspace.branch)
    release.refresh(origin=False)
    wanted = choice.wanted_patches(release)
    found = choice.find_presence(release, wanted)
    choice.require_decided(release, wanted, found)
    present = found.proven
    for commit in wanted:
        how = present.get(commit.sha)
        release.progress.say(f"{commit.short} {commit.subject}" + (f" (already there: {how})" if how else ""))
    if release.plan.picks is None:
        picks = tuple(commit.sha for commit in wanted)
        release.choose(picks)
        release.record.add_picks(picks)
    missing = [commit for commit in wanted if commit.sha not in present]
    picking.pick(release.workspace.branch, missing, adapt=choice.adapter(release).adapt)
