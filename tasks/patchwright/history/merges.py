"""Merges: which commits a merge of two parents has brought, and which merges brought some commits."""

from __future__ import annotations

from collections.abc import Iterable

from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit

_PARENTS = 2


def is_merge(commit: Commit) -> bool:
    """Return whether a commit merges one other line. An octopus merges several."""
    return len(commit.parents) == _PARENTS


def merged_commits(git: Git, merge: str) -> list[Commit]:
    """Return the commits that a merge has brought, ancestors first, without merges among them."""
    return git.commits("--no-merges", f"{merge}^2", f"^{merge}^1")


def find_merges(git: Git, names: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the merges among some names, with the names of the commits that each has brought."""
    wanted = sorted(set(names))
    missing = set(git.missing(wanted))
    existing = [name for name in wanted if name not in missing]
    commits = git.commits("--no-walk=unsorted", *existing) if existing else []
    return {
        one.sha: frozenset(other.sha for other in merged_commits(git, one.sha))
        for one in commits
        if is_merge(one)
    }
