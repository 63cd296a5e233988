"""Fast-forward the maintainer's own branches after a release, if that is safe."""

from __future__ import annotations

from pathlib import Path

from patchwright.halts import CommandFailed
from patchwright.releases.release import Release

# `git update-ref` takes this old value for a ref that must not exist yet.
NO_OBJECT = "0" * 40


def update_branches(release: Release) -> list[str]:
    """Fast-forward the local release branch and mainline. Return a note on each branch that was behind.

    A branch that is checked out moves only if its work tree has no changes.
    """
    work_trees = _work_trees(release)
    notes = []
    for branch in (release.plan.branch, release.settings.mainline):
        name = f"refs/heads/{branch}"
        local, public = release.git.ref(name), release.origin.refs.get(name)
        if local is None or public is None or local == public:
            continue
        if not release.git.is_ancestor(local, public):
            notes.append(
                f"your {branch} has commits that {release.settings.remote} lacks; it was left as it is"
            )
        elif name in work_trees and _has_changes(release, work_trees[name]):
            notes.append(
                f"your {branch} is checked out with uncommitted changes; "
                f"to update it, run: git merge --ff-only {public[:10]}"
            )
        elif problem := _move_branch(release, name, local, public, work_trees.get(name)):
            notes.append(f"your {branch} was left as it is: {problem}")
        else:
            notes.append(f"your {branch} was fast-forwarded to {public[:10]}")
    return notes


def create_tag(release: Release) -> list[str]:
    """Create the published tag in the clone. Return a note if git could not create it."""
    name, public = f"refs/tags/{release.plan.tag}", str(release.origin.tag)
    if release.git.ref(name) == public:
        return []
    try:
        release.git.act("update-ref", name, public, NO_OBJECT)
    except CommandFailed as failure:
        return [f"git could not create the tag {release.plan.tag} in your clone: {_first_line(failure)}"]
    return []


def _has_changes(release: Release, work_tree: Path) -> bool:
    status = release.git.ask("-C", str(work_tree), "status", "--porcelain", "--untracked-files=no")
    return bool(status.stdout)


def _move_branch(release: Release, name: str, old: str, new: str, work_tree: Path | None) -> str | None:
    """Move a branch, together with the work tree that has it checked out. Return git's message if it fails.

    It can fail because of an untracked file or because of a lock file that a killed git process left.
    """
    try:
        if work_tree is None:
            release.git.act("update-ref", "-m", "patchwright: fast-forward", name, new, old)
        else:
            release.git.act("-C", str(work_tree), "merge", "--quiet", "--ff-only", new)
    except CommandFailed as failure:
        return _first_line(failure)
    return None


def _first_line(failure: CommandFailed) -> str:
    rows = [row.strip() for row in failure.output.splitlines() if row.strip()]
    return rows[0] if rows else failure.cause


def _work_trees(release: Release) -> dict[str, Path]:
    """Return the work trees of the clone by the full name of the branch that each has checked out."""
    found = {}
    work_tree = None
    for row in release.git.ask("worktree", "list", "--porcelain", "-z").stdout.split("\0"):
        word, _, rest = row.partition(" ")
        if word == "worktree":
            work_tree = Path(rest)
        elif word == "branch" and work_tree is not None:
            found[rest] = work_tree
    return found
