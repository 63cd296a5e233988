"""`release.abandon`: give up a release.

If its tag is not public, nothing on origin changes. If it is, the exact version is closed: see `closing`.
"""

from __future__ import annotations

import os

from invoke import Context

from patchwright.commands import closing
from patchwright.engine import session
from patchwright.halts import BranchConflict, VersionConflict
from patchwright.invocation import task_command
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, parse_request
from patchwright.text import quantity
from patchwright.tools.worktree import Worktree
from patchwright.versions import same_version


def run(c: Context, version: str | None, *, yes: bool) -> None:
    """Abandon the release of a series, and print what was deleted and what remains."""
    report = session.new_report(c)
    with session.report_halts(c, report):
        request = parse_request(Flags(version, yes=yes))
        running = session.start(c, request, report, task="abandon")
        release = running.release
        report.headline(release)
        is_public = bool(release.origin.tag and request.asserted)
        if is_public:
            closing.confirm(release, report, yes=yes)
        else:
            for sentence in abandon(release):
                report.say(sentence)
    if is_public:
        closing.run(c, running)
    running.close()


def abandon(release: Release) -> list[str]:
    """Delete the worktrees and the record of a release. Return what was deleted and what remains.

    Raise VersionConflict if the tag is public.
    """
    _require_not_public(release)
    workspace, version = release.workspace, release.plan.version
    deleted = [
        row for worktree in (workspace.branch, workspace.mainline) for row in _delete(release, worktree)
    ]
    if release.record.exists:
        deleted.append(f"the journal of {version} was deleted")
        release.record.forget()
    if not deleted:
        deleted.append(f"this clone had no worktree and no journal of {version}")
    return [*deleted, _describe_branch(release), *_describe_local_refs(release)]


def _require_not_public(release: Release) -> None:
    plan = release.plan
    if release.origin.tag:
        raise VersionConflict(
            f"{plan.tag} is public on {release.settings.remote} and cannot be withdrawn.",
            evidence=[f"{plan.tag} is at {release.origin.tagged_commit}"],
            remedy=[
                f"Finish {plan.version}, and fix its errors in the next patch release.",
                f"If it can never be published, close it: {task_command('abandon', plan.version)}",
            ],
            never=["Do not delete or move a public tag: other clones have it."],
            next_command=task_command("patch", plan.series),
        )


def _delete(release: Release, worktree: Worktree) -> list[str]:
    """Delete a worktree. Return how to find the edits and commits that only this worktree had."""
    if not os.path.lexists(worktree.path):
        return []
    rows = [f"the worktree {worktree.path} was deleted"]
    edits = worktree.save_edits() if worktree.exists and not worktree.unmerged_paths() else None
    if edits:
        rows.append(f"its edits were saved as commit {edits} (git stash apply {edits[:10]})")
    head = worktree.head()
    public = [f"^{sha}" for sha in set(release.origin.refs.values())]
    if head and (unpushed := release.git.rev_list(head, *public)):
        commits = quantity(len(unpushed), "commit")
        rows.append(f"it had {commits} that had not been pushed (git log {head[:10]})")
    if not worktree.exists or worktree.head() is None or worktree.unmerged_paths():
        # It may hold somebody else's files, or a conflict that a person has resolved in part.
        worktree.move_aside()
    worktree.discard()
    return rows


def _describe_branch(release: Release) -> str:
    plan, remote, tip = release.plan, release.settings.remote, release.origin.branch_tip
    if not same_version(release.commits.snapshot(tip).version, plan.version):
        return f"{plan.version} was not pushed to {remote}"
    return (
        f"{remote}'s {plan.branch} stays at {tip[:10]}, with version {plan.version}; the next release "
        "continues from there. Revert unwanted changes with new commits"
    )


def _describe_local_refs(release: Release) -> list[str]:
    plan, remote = release.plan, release.settings.remote
    rows = []
    if release.git.ref(f"refs/tags/{plan.tag}"):
        rows.append(f"your local tag {plan.tag} stays: patchwright did not create it")
    try:
        ahead = release.git.rev_list(release.commits.start, f"^{release.origin.branch_tip}")
    except BranchConflict:
        return [*rows, f"your local {plan.branch} stays as it is"]
    if ahead:
        rows.append(f"your local {plan.branch} stays, {quantity(len(ahead), 'commit')} ahead of {remote}")
    return rows
