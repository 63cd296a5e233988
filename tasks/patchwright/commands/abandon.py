"""Gives up a release whose tag is not public: what patchwright made of it here goes, origin stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchwright.halts import BranchConflict, VersionConflict
from patchwright.history.snapshot import same_version

if TYPE_CHECKING:
    from patchwright.releases.release import Release
    from patchwright.tools.worktree import Worktree


def abandon(release: Release) -> list[str]:
    """Remove the worktrees and the journal of a release, and return what went and what stays, a line each.

    Raises VersionConflict where the tag is public.
    """
    _require_not_public(release)
    told = [line for tree in (release.tree, release.mainline_tree) for line in _without(release, tree)]
    if release.has_intent:
        told.append(f"what was asked for {release.plan.version} is forgotten")
        if not release.shell.dry:
            release.journal.forget(release.plan.series)
    if not told:
        told.append(f"nothing of {release.plan.version} was in this clone")
    return [*told, *_what_stays(release)]


def _require_not_public(release: Release) -> None:
    plan = release.plan
    if release.public_tag:
        raise VersionConflict(
            f"{plan.tag} is public on {release.settings.remote}; it can't be taken back.",
            evidence=[f"{plan.tag} is at {release.tagged}"],
            remedy=[
                f"Finish {plan.version}, and release what must be different as the next patch of the series."
            ],
            never=["Do not delete or move a tag that is public: others have it."],
            next_command=f"inv release.patch --version {plan.series}",
        )


def _without(release: Release, tree: Worktree) -> list[str]:
    """Remove a worktree, and tell how to find again what was only there."""
    if not tree.path.exists():
        return []
    told = [f"the worktree {tree.path} is removed"]
    aside = tree.set_aside() if tree.exists and not tree.unmerged() else None
    if aside:
        told.append(f"edits in it are kept as commit {aside} (git stash apply {aside[:10]})")
    head = tree.head()
    known = [f"^{sha}" for sha in set(release.origin.values())]
    if head and (unpushed := release.git.rev_list(head, *known)):
        told.append(f"{len(unpushed)} commit(s) in it were not pushed; git log {head[:10]} still finds them")
    tree.discard()
    return told


def _what_stays(release: Release) -> list[str]:
    plan, remote = release.plan, release.settings.remote
    stays = []
    tip = release.branch_tip
    if same_version(release.tree_at(tip).version, plan.version):
        stays.append(
            f"{remote}'s {plan.branch} stays at {tip[:10]}, with version {plan.version}: the next release of "
            "the series goes on from it; what must not be released has to be reverted there by new commits"
        )
    else:
        stays.append(f"{remote} has nothing of {plan.version}")
    if release.git.ref(f"refs/tags/{plan.tag}"):
        stays.append(f"your tag {plan.tag} stays: patchwright did not make it")
    return [*stays, *_local_commits(release)]


def _local_commits(release: Release) -> list[str]:
    branch = release.plan.branch
    try:
        ahead = release.git.rev_list(release.start, f"^{release.branch_tip}")
    except BranchConflict:
        return [f"your {branch} stays as it is"]
    return (
        [f"your {branch} stays, {len(ahead)} commit(s) ahead of {release.settings.remote}"] if ahead else []
    )
