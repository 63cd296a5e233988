"""Last look: read the facts that justify a push again, immediately before the push."""

from __future__ import annotations

from patchwright.halts import BranchConflict
from patchwright.history.landmarks import reverted_by
from patchwright.releases.release import Release


def require_nothing_withdrawn(release: Release) -> None:
    """Raise BranchConflict if origin has taken back what this release is built on, since it was first read.

    That is the tip of the release branch, and the mainline commits that were picked.
    """
    plan, origin = release.plan, release.origin
    seen, tip = origin.first_refs.get(f"refs/heads/{plan.branch}"), origin.branch_tip
    if seen is not None and not release.git.is_ancestor(seen, tip):
        raise BranchConflict(
            f"Somebody moved {plan.branch} back on {origin.name}, so nothing was pushed.",
            evidence=[f"before: {seen}", f"now:    {tip}"],
            remedy=[
                "Find out who moved it and why.",
                f"If it was a mistake, ask them to push {seen[:10]} again, and run the same command.",
                f"If it was on purpose: inv release.abandon --version {plan.series}",
            ],
            never=["Do not push the commits that were taken back."],
        )
    mainline = release.settings.mainline
    for pick in plan.picks or ():
        if not release.git.is_ancestor(pick, origin.mainline_tip):
            raise BranchConflict(
                f"{pick[:10]} is no longer on {origin.name}'s {mainline}, so it was not pushed.",
                evidence=[f"{origin.name}'s {mainline}: {origin.mainline_tip}"],
                remedy=[
                    f"Find out who removed it from {mainline} and why.",
                    f"To release without it: inv release.abandon --version {plan.series}",
                ],
            )


def require_on_branch(release: Release, commit: str, what: str) -> None:
    """Raise BranchConflict if the release branch on origin does not contain the release commit.

    `what` says what was not done because of it, as a clause.
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
            *(() if origin.tag else (f"If it was on purpose: inv release.abandon --version {plan.series}",)),
        ],
        never=["Do not force-push the release branch, and do not push the tag by hand."],
    )


def require_not_reverted(release: Release, commit: str) -> None:
    """Raise BranchConflict if the release branch on origin reverts a commit of the release after its tip."""
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
