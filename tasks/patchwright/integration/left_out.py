"""Left out: the patches whose conflict a person resolved by skipping them, so that the mainline lacks them.

The integration's worktree keeps them until a line in a commit of the integration records them: then every
clone knows that the mainline lacks them on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from patchwright.releases.release import Release
from patchwright.tools.git_output import Commit, add_trailers

# The name under which the worktree keeps the record before it is part of a commit.
_KEPT = "left-out"
_LINE = re.compile(r"^Left-out: ([0-9a-f]{40})$", re.ASCII | re.MULTILINE)


def find_recorded(release: Release, mainline: str) -> Mapping[str, Commit]:
    """Return the mainline commits that record patches as left out, by the names of the patches."""
    commits = release.git.commits("--grep=^Left-out: ", mainline, f"^{release.plan.previous}")
    return {name: commit for commit in commits for name in _LINE.findall(commit.message)}


def keep(release: Release, picks: Iterable[Commit]) -> None:
    """Remember the patches whose picks are empty: that is how a person skips a pick."""
    known = find_kept(release)
    new = dict.fromkeys(name for pick in picks if not pick.changes for name in pick.picked_from)
    if new.keys() - known:
        git, head = release.git, str(release.workspace.mainline.head())
        record = git.write_commit(git.tree(head), head, record_in("Left out.", [*sorted(known), *new]))
        release.workspace.mainline.keep(_KEPT, record)


def find_kept(release: Release) -> set[str]:
    """Return the patches that the worktree of the integration remembers as left out."""
    record = release.workspace.mainline.kept(_KEPT)
    return set(_LINE.findall(release.git.commits("-1", record)[0].message)) if record else set()


def record_in(message: str, names: Iterable[str]) -> str:
    """Return a commit message that records patches as left out."""
    return add_trailers(message, [f"Left-out: {name}" for name in names])


def is_record(commit: Commit) -> bool:
    """Return whether a commit does nothing but record patches as left out."""
    return not commit.changes and _LINE.search(commit.message) is not None
