"""Last look: read the facts that justify a push again, immediately before the push."""

from __future__ import annotations

from patchwright.halts import BranchConflict
from patchwright.history.landmarks import reverted_by
from patchwright.invocation import task_command
from patchwright.releases.release import Release


def require_on_branch(release: Release, commit: str, what: str) -> None:
    """Raise BranchConflict if the release branch on origin does not contain the release commit.

    `what` is a clause that says what was not done, such as "v1.24.1 was not pushed".
    """
    plan, origin = release.plan, release.origin
    tip = origin.refs.get(f"refs/heads/{plan.branch}")
    if tip is not None and release.git.is_ancestor(commit, tip):
        return
    now = tip or "it does not exist"
    raise BranchConflict(
        f"{plan.branch} on {origin.name} no longer contains the release commit {commit[:10]}, so {what}.",
        evidence=[f"release commit: {commit}", f"{origin.name}'s {plan.branch}: {now}"],
        remedy=[
            "Find out who changed the branch and why.",
            f"If it was a mistake, ask them to push {commit[:10]} to {plan.branch} again.",
            *(() if origin.tag else (f"If it was on purpose: {task_command('abandon', plan.series)}",)),
        ],
        never=["Do not force-push the release branch, and do not push the tag by hand."],
    )


def require_tag_on_branch(release: Release, commit: str) -> None:
    """Raise BranchConflict if the release branch on origin does not contain the commit of the public tag."""
    plan, tip = release.plan, release.origin.branch_tip
    if release.git.is_ancestor(commit, tip):
        return
    is_behind = release.git.is_ancestor(tip, commit)
    restore = f"git push {release.origin.name} {commit}:refs/heads/{plan.branch}"
    merge = f"git checkout {plan.branch} && git merge {commit[:10]} && git push"
    raise BranchConflict(
        f"{plan.tag} is public, but {plan.branch} on {release.origin.name} no longer contains its commit.",
        evidence=[f"{plan.tag}: {commit}", f"{plan.branch}: {tip}"],
        remedy=[
            "Find out who changed the branch and why.",
            f"Then bring the commit back: {restore if is_behind else merge}",
            "Run the same command again after that.",
        ],
        never=["Do not force-push the release branch, and do not delete or move the tag."],
        next_command=restore if is_behind else None,
    )


def require_not_reverted(release: Release, commit: str) -> None:
    """Raise BranchConflict if a later commit of origin's release branch reverts a commit of the release."""
    plan, origin = release.plan, release.origin
    released = {one.sha: one for one in release.git.commits(commit, f"^{plan.previous}")}
    later = release.git.commits(origin.branch_tip, f"^{commit}")
    reverts = [(revert, sha) for revert in later for sha in reverted_by(revert) if sha in released]
    if not reverts:
        return
    rows = [
        f"{revert.short} reverts {released[sha].short} {released[sha].subject}" for revert, sha in reverts
    ]
    raise BranchConflict(
        f"{plan.branch} on {origin.name} reverts a part of this release, so {plan.tag} was not pushed.",
        evidence=rows,
        remedy=[f"Run the same command again: it releases {plan.version} from the new tip of {plan.branch}."],
    )
