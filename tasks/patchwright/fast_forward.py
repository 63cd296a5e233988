"""The maintainer's own branches, brought up to origin where that is safe, and left with a note where not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from patchwright.halts import CommandFailed

if TYPE_CHECKING:
    from patchwright.release import Release


def local_branches(release: Release) -> list[str]:
    """Fast-forward the local release branch and mainline, and return a note on each that had to be left.

    A branch that is checked out is only moved where its work tree is clean.
    """
    checked_out = _checked_out(release)
    notes = []
    for branch in (release.plan.branch, release.settings.mainline):
        name = f"refs/heads/{branch}"
        local, there = release.git.ref(name), release.origin.get(name)
        if local is None or there is None or local == there:
            continue
        if not release.git.is_ancestor(local, there):
            notes.append(
                f"your {branch} has commits that {release.settings.remote} lacks; it was left as it is"
            )
        elif name not in checked_out:
            release.git.act("update-ref", "-m", "patchwright: fast-forward", name, there, local)
        elif not _moved(release, checked_out[name], there):
            notes.append(
                f"your {branch} is checked out with changes; git merge --ff-only {there[:10]} brings it up"
            )
    return notes


def _moved(release: Release, tree: Path, there: str) -> bool:
    if release.git.ask("-C", str(tree), "status", "--porcelain", "--untracked-files=no").stdout:
        return False
    try:
        release.git.act("-C", str(tree), "merge", "--quiet", "--ff-only", there)
    except CommandFailed:
        # An untracked file is in the way; git has left everything as it was.
        return False
    return True


def _checked_out(release: Release) -> dict[str, Path]:
    """Return the work trees by the full name of the branch that is checked out in them."""
    found = {}
    tree = None
    for row in release.git.ask("worktree", "list", "--porcelain", "-z").stdout.split("\0"):
        word, _, rest = row.partition(" ")
        if word == "worktree":
            tree = Path(rest)
        elif word == "branch" and tree is not None:
            found[rest] = tree
    return found
