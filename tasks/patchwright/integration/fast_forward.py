"""The maintainer's own branches, brought up to origin where that is safe, and left with a note where not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from patchwright.halts import CommandFailed

if TYPE_CHECKING:
    from patchwright.releases.release import Release

# What `update-ref` takes for a ref that must not exist yet.
NOTHING = "0" * 40


def local_branches(release: Release) -> list[str]:
    """Fast-forward the local release branch and mainline, and return a note on each that is behind.

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
        elif name in checked_out and _has_changes(release, checked_out[name]):
            notes.append(
                f"your {branch} is checked out with changes; git merge --ff-only {there[:10]} brings it up"
            )
        elif problem := _problem_of_moving(release, name, there, local, checked_out.get(name)):
            notes.append(f"your {branch} was left as it is: {problem}")
        else:
            notes.append(f"your {branch} was fast-forwarded to {there[:10]}")
    return notes


def local_tag(release: Release) -> list[str]:
    """Give the clone the tag that is public, and return a note where that can't be done."""
    name, public = f"refs/tags/{release.plan.tag}", str(release.public_tag)
    if release.git.ref(name) == public:
        return []
    try:
        release.git.act("update-ref", name, public, NOTHING)
    except CommandFailed as failure:
        return [f"your clone lacks the tag {release.plan.tag}: {_first_line(failure)}"]
    return []


def _has_changes(release: Release, tree: Path) -> bool:
    return bool(release.git.ask("-C", str(tree), "status", "--porcelain", "--untracked-files=no").stdout)


def _problem_of_moving(release: Release, name: str, there: str, local: str, tree: Path | None) -> str | None:
    """Move a branch, in the work tree where it is checked out, and return git's words where it will not.

    An untracked file may be in the way, or a lock that a killed git has left, which git then names.
    """
    try:
        if tree is None:
            release.git.act("update-ref", "-m", "patchwright: fast-forward", name, there, local)
        else:
            release.git.act("-C", str(tree), "merge", "--quiet", "--ff-only", there)
    except CommandFailed as failure:
        return _first_line(failure)
    return None


def _first_line(failure: CommandFailed) -> str:
    told = [row for row in failure.output.splitlines() if row.strip()]
    return told[0].strip() if told else failure.cause


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
