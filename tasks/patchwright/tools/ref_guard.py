"""Ref guard: compare HEAD and all refs of the clone around a command of the project."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from patchwright.halts import CommandFailed, StepFailed
from patchwright.tools.worktree import Worktree

_NOTHING = "nothing"
# Refs that git and editors move by themselves at any time: fetches, stashes and maintenance.
_MOVING = ("refs/remotes/", "refs/prefetch/", "refs/stash", "refs/bisect/")


@contextlib.contextmanager
def refs_unchanged(worktree: Worktree, command: tuple[str, ...], *, restore: bool = True) -> Iterator[None]:
    """Raise StepFailed if a command of the project, which runs in the block, moves HEAD or any ref.

    With `restore`, the worktree is first put back to the commit that it had. The halt names the
    refs; they are never changed. A branch that another worktree has checked out does not count, because
    somebody may work there meanwhile.
    """
    if worktree.git.shell.dry:
        yield
        return
    before = read_refs(worktree)
    try:
        yield
    except CommandFailed as failure:
        _require_same(worktree, command, before, restore=restore, output=failure.evidence)
        raise
    _require_same(worktree, command, before, restore=restore)


@dataclass(frozen=True)
class Refs:
    """HEAD of a worktree and the clone's refs, by name; and the branches that other worktrees have."""

    objects: Mapping[str, str]
    elsewhere: frozenset[str]


def read_refs(worktree: Worktree) -> Refs:
    """Return the refs as they are now."""
    objects, elsewhere = {"HEAD": worktree.head() or _NOTHING}, set()
    rows = worktree.git.ask("for-each-ref", "--format=%(refname)%00%(objectname)%00%(worktreepath)").lines
    for row in rows:
        name, sha, place = row.split("\0")
        if name.startswith(_MOVING):
            continue
        objects[name] = sha
        if place and place != str(worktree.path):
            elsewhere.add(name)
    return Refs(objects, frozenset(elsewhere))


def _require_same(
    worktree: Worktree,
    command: tuple[str, ...],
    before: Refs,
    *,
    restore: bool,
    output: tuple[str, ...] = (),
) -> None:
    after = read_refs(worktree)
    moved = {
        name: after.objects.get(name, _NOTHING)
        for name in sorted(before.objects.keys() | after.objects.keys())
        if before.objects.get(name) != after.objects.get(name)
        and name not in before.elsewhere | after.elsewhere
    }
    if not moved:
        return
    if restore and "HEAD" in moved and before.objects["HEAD"] != _NOTHING:
        worktree.check_out(before.objects["HEAD"])
    shown = " ".join(command)
    raise StepFailed(
        f"`{shown}` moved {', '.join(moved)}, but a command of the project must not commit or tag.",
        evidence=[
            *(f"{name}: {before.objects.get(name, _NOTHING)} -> {now}" for name, now in moved.items()),
            f"worktree: {worktree.path}",
            *output,
        ],
        remedy=[
            "Let the command change files only: patchwright commits and tags by itself.",
            *_ways_back(worktree, before, moved, restored=restore),
        ],
        never=["Do not push a tag that the command made."] if _new_tags(before, moved) else [],
    )


def _new_tags(before: Refs, moved: Mapping[str, str]) -> list[str]:
    return [name for name in moved if name.startswith("refs/tags/") and name not in before.objects]


def _ways_back(worktree: Worktree, before: Refs, moved: Mapping[str, str], *, restored: bool) -> list[str]:
    """Return how to undo what a command did to refs, one sentence for each ref."""
    tags = _new_tags(before, moved)
    ways = []
    for name, now in moved.items():
        quoted = shlex.quote(name)
        if name == "HEAD":
            place = shlex.quote(str(worktree.path))
            undo = f"Put the worktree back: git -C {place} checkout --detach {before.objects[name]}"
            ways += [] if restored else [undo]
        elif name in tags:
            tag = shlex.quote(name.removeprefix("refs/tags/"))
            ways.append(f"Look at the tag that it made, then delete it: git tag --delete {tag}")
        elif name not in before.objects:
            ways.append(f"Look at {name}, then delete it: git update-ref -d {quoted} {now}")
        else:
            ways.append(f"Put {name} back: git update-ref {quoted} {before.objects[name]}")
    return ways
