"""Build the integration before it is needed, prove it, and find what was built already."""

from __future__ import annotations

from collections.abc import Iterable

from patchwright.integration import build, verification
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
    return head if _keeps_sources(release, release.git.commits(head, f"^{fork}")) else None


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


def _keeps_sources(release: Release, built: Iterable[Commit]) -> bool:
    """Return whether the release branch will have every commit that was copied and is not a patch.

    A clean-up that was built again, because somebody has moved the branch, has another name.
    """
    patches = {patch.sha for patch in release.commits.landmarks().patches}
    copied = (commit.picked_from for commit in built if not patches & set(commit.picked_from))
    names = list(dict.fromkeys(name for names in copied for name in names))
    end = release.commits.branch_end if names else ""
    return all(release.git.is_ancestor(name, end) for name in names)
