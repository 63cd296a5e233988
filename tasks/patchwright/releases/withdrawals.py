"""Withdrawals: commits that origin has taken back since the release began, or since the clone saw them."""

from __future__ import annotations

from patchwright.halts import BranchConflict
from patchwright.history.landmarks import reverted_by, without_reverted
from patchwright.invocation import task_command
from patchwright.releases.release import Release
from patchwright.tools.git_output import Commit


def require_nothing_withdrawn(release: Release) -> None:
    """Raise BranchConflict if origin lacks commits that its branches had since the release began.

    Commits that are about to be released also count if this clone has ever seen them on origin's release
    branch. A pick that the mainline has reverted since counts as well, unless it was named with `:again`.
    """
    _require_no_reverted_pick(release)
    withdrawn = _withdrawn(release)
    if not withdrawn:
        return
    rows = [
        f"{branch}: {one.short} {one.subject} ({one.author})"
        for branch, commits in withdrawn.items()
        for one in commits
    ]
    plan, tip = release.plan, release.origin.branch_tip
    remedy = [
        "If it was a mistake, push the commits to the branch again, and run the same command again.",
        f"If not, begin again without them: {task_command('abandon', plan.series)}",
    ]
    local = release.commits.local_tip
    if local and any(release.git.is_ancestor(one.sha, local) for one in withdrawn.get(plan.branch, ())):
        remedy.append(
            f"Your local {plan.branch} has these commits. To remove them, check it out, then: "
            f"git reset --keep {tip}"
        )
    raise BranchConflict(
        f"Somebody withdrew commits from the branches of {release.origin.name}.",
        evidence=rows,
        remedy=remedy,
        never=["Do not publish again what others withdrew on purpose."],
        next_command=task_command("abandon", plan.series),
    )


def was_withdrawn_from_mainline(release: Release, sha: str) -> bool:
    """Return whether a commit was on origin's mainline, as far as is known, and is not there now."""
    tips = release.commits.tips
    if not tips.existing([sha]) or release.git.is_ancestor(sha, release.origin.mainline_tip):
        return False
    return any(release.git.is_ancestor(sha, tip) for tip in tips.existing(tips.of_mainline()))


def _require_no_reverted_pick(release: Release) -> None:
    """Raise BranchConflict if the mainline has reverted a pick since the release began."""
    plan, mainline = release.plan, release.origin.mainline
    tips = release.commits.tips
    picks = [pick for pick in plan.picks or () if pick not in plan.again]
    begin = tips.existing(tips.of_mainline_since_begin())[:1]
    since = release.git.commits(release.origin.mainline_tip, f"^{begin[0]}") if picks and begin else []
    rows = [
        f"{mainline}: {commit.short} {commit.subject} ({commit.author}) reverts {pick[:10]}"
        for commit in without_reverted(since)
        for name in reverted_by(commit)
        for pick in picks
        if pick.startswith(name)
    ]
    if not rows:
        return
    fix = f"If {plan.branch} on {release.origin.name} has the patch already, revert it there, too."
    raise BranchConflict(
        f"Somebody reverted a patch of this release on {release.origin.name}'s {mainline} "
        "after the release began.",
        evidence=rows,
        remedy=[
            f"Begin again without it: {task_command('abandon', plan.series)}",
            fix,
            "To release it nevertheless, name the commits with --patches, and this one as SHA:again.",
        ],
        never=["Do not publish again what others withdrew on purpose."],
        next_command=task_command("abandon", plan.series),
    )


def _withdrawn(release: Release) -> dict[str, list[Commit]]:
    """Return the commits that origin has withdrawn, by the short name of the branch."""
    origin, tips = release.origin, release.commits.tips
    since = _lacking(release, tips.existing(tips.of_branch_since_begin()), origin.branch_tip)
    seen = _lacking(release, tips.existing(tips.of_branch()), origin.branch_tip)
    ours = (
        set(release.git.rev_list(*_about_to_be_released(release), f"^{origin.branch_tip}")) if seen else set()
    )
    known = {one.sha for one in since} | (ours & {one.sha for one in seen})
    found = {
        release.plan.branch: [one for one in seen if one.sha in known],
        origin.mainline: _lacking(
            release, tips.existing(tips.of_mainline_since_begin()), origin.mainline_tip
        ),
    }
    return {name: commits for name, commits in found.items() if commits}


def _lacking(release: Release, tips: list[str], tip: str) -> list[Commit]:
    """Return the commits of some tips that another one lacks, ancestors first."""
    return release.git.commits(*tips, f"^{tip}") if tips else []


def _about_to_be_released(release: Release) -> list[str]:
    """Return the local branch and the head. If the local branch has diverged, return no head."""
    local, tip = release.commits.local_tip, release.origin.branch_tip
    if local and not release.git.is_ancestor(local, tip) and not release.git.is_ancestor(tip, local):
        return [local]
    return [release.commits.head]
