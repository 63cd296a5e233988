"""Fast-forward the maintainer's own branches after a release, if that is safe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from patchwright.halts import CommandFailed, Halt
from patchwright.releases.release import Release
from patchwright.text import safe_lines

# `git update-ref` takes this old value for a ref that must not exist yet.
NO_OBJECT = "0" * 40
# In these files git keeps the branches that an operation in a detached work tree returns to or moves.
_OPERATION_FILES = {
    "rebase-merge/head-name": "rebase",
    "rebase-merge/update-refs": "rebase",
    "rebase-apply/head-name": "rebase",
    "BISECT_START": "bisect",
}


@dataclass(frozen=True)
class _Use:
    """A work tree that uses a branch: it has it checked out, or a rebase or a bisect will return to it."""

    work_tree: Path
    operation: str | None = None


def update_branches(release: Release) -> list[str]:
    """Fast-forward the local release branch and mainline. Return a note on each branch that was behind.

    A branch that is checked out moves only if its work tree has no changes. The release is finished by now,
    so a problem is only a note.
    """
    notes = []
    for branch in (release.plan.branch, release.settings.mainline):
        try:
            note = _update_branch(release, branch)
        except (Halt, OSError) as problem:
            note = f"your {branch} was not changed: {problem}"
        notes += [note] if note else []
    return notes


def _update_branch(release: Release, branch: str) -> str | None:
    """Fast-forward a local branch if it is behind. Return what was done, or why nothing was done."""
    name = f"refs/heads/{branch}"
    local, public = release.git.ref(name), release.origin.refs.get(name)
    if local is None or public is None or local == public:
        return None
    if not release.git.is_ancestor(local, public):
        return f"your {branch} has commits that {release.settings.remote} lacks, so it was not changed"
    use = _uses(release).get(name)
    if problem := _why_not_movable(use):
        return f"your {branch} was not changed: {problem}"
    if use and _has_changes(release, use.work_tree):
        return (
            f"your {branch} is checked out with uncommitted changes; "
            f"to update it, run: git merge --ff-only {public[:10]}"
        )
    if problem := _move_branch(release, name, local, public, use.work_tree if use else None):
        return f"your {branch} was not changed: {problem}"
    return f"your {branch} was fast-forwarded to {public[:10]}"


def _why_not_movable(use: _Use | None) -> str | None:
    if use and not use.work_tree.is_dir():
        return (
            f"it is checked out in {use.work_tree}, which does not exist; "
            "to forget that worktree, run: git worktree prune"
        )
    if use and use.operation:
        return f"a {use.operation} of this branch is in progress in {use.work_tree}"
    return None


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

    It can fail because of an untracked or ignored file, or because of a lock file that a killed git process
    left.
    """
    try:
        if work_tree is None:
            release.git.act("update-ref", "-m", "patchwright: fast-forward", name, new, old)
        else:
            release.git.act(
                "-C", str(work_tree), "merge", "--quiet", "--ff-only", "--no-overwrite-ignore", new
            )
    except CommandFailed as failure:
        return _first_line(failure)
    return None


def _first_line(failure: CommandFailed) -> str:
    rows = [row.strip() for row in safe_lines(failure.output) if row.strip()]
    return rows[0] if rows else failure.cause


def _uses(release: Release) -> dict[str, _Use]:
    """Return the work trees that use a branch, by the full name of the branch."""
    found: dict[str, _Use] = {}
    place = Path()
    for row in release.git.ask("worktree", "list", "--porcelain", "-z").stdout.split("\0"):
        word, _, rest = row.partition(" ")
        if word == "worktree":
            place = Path(rest)
        elif word == "branch":
            found[rest] = _Use(place)
        elif word == "detached" and place.is_dir():
            found.update({name: _Use(place, operation) for name, operation in _operations(release, place)})
    return found


def _operations(release: Release, work_tree: Path) -> Iterator[tuple[str, str]]:
    """Yield the full names of the branches that an operation in a work tree will return to or move."""
    asked = (word for path in _OPERATION_FILES for word in ("--git-path", path))
    answer = release.git.ask("-C", str(work_tree), "rev-parse", "--path-format=absolute", *asked)
    for path, operation in zip(answer.lines, _OPERATION_FILES.values(), strict=True):
        if Path(path).is_file():
            for row in Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
                # `git bisect` writes the short name of the branch.
                yield (row if row.startswith("refs/") else f"refs/heads/{row}"), operation
