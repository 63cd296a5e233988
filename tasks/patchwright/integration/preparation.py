"""Build the integration before it is needed, prove it, and find what was built already."""

from __future__ import annotations

from patchwright.integration import build, release_only, verification
from patchwright.releases.release import Release
from patchwright.tools.git_output import Commit


def find_base(release: Release) -> str:
    """Return the commit on which the integration is built: the pull request's branch, else the mainline."""
    return release.origin.integration_tip or release.origin.mainline_tip


def find_prepared(release: Release) -> str | None:
    """Return the commit that has everything of the release on top of a commit of the mainline, or None.

    It is the base if nothing is missing there, else what the integration's worktree has checked out. The
    mainline may have moved since that was built.
    """
    base, worktree = find_base(release), release.workspace.mainline
    if not build.find_missing(release, base):
        return base
    head = worktree.head() if worktree.exists else None
    if head is None or worktree.operation() or worktree.changed_paths():
        return None
    fork = release.git.merge_base(base, head)
    if fork is None or verification.find_problems(release, fork, head):
        return None
    built = release.git.commits(head, f"^{fork}")
    return None if any(_is_stale(release, commit) for commit in built) else head


def prepare(release: Release) -> str:
    """Build the integration on the base, unless that was done, and return its last commit.

    What was built on an earlier base is built again. Raise BranchConflict at a conflict, and StepFailed if
    the commits are not exactly the integration.
    """
    base = find_base(release)
    prepared = None if release.shell.dry else find_prepared(release)
    if prepared is not None and release.git.is_ancestor(base, prepared):
        return prepared
    commit = build.build(release, base)
    verification.require_whole(release, base, commit)
    return commit


def _is_stale(release: Release, commit: Commit) -> bool:
    """Return whether a commit picks a patch that stays there, or names a source that it will not have.

    A clean-up that was built again, because somebody has moved the branch, has another name.
    """
    marks = release.commits.landmarks()
    names = set(commit.picked_from)
    picked = [patch for patch in marks.patches if patch.sha in names]
    if picked:
        return any(release_only.find_reason(release, patch) for patch in picked)
    return not all(release.git.is_ancestor(name, release.commits.branch_end) for name in names)
