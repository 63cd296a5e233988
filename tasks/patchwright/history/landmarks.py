"""What the commits of a release are: the version commit, the changelog commit, the patches; told by trees."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patchwright.history.adapting import Fitting, directories
from patchwright.history.snapshot import Tree, same_version
from patchwright.tools.git import Commit, Git

# The line that `git revert` writes (git 2.39), and what it says of a reverted merge.
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40})", re.ASCII | re.MULTILINE)


@dataclass(frozen=True)
class Landmarks:
    """The commits of a release from its predecessor to a tip, each known for what its tree shows.

    `fragments` are those that the changelog commit rendered, blobs by path. `section` is what it added to the
    changelog, as the tip has it. `patches` are what the release brings: commits that change something beside
    version, section and fragments, without merges and without those that were taken back.
    """

    tip: str
    commits: tuple[Commit, ...]
    version_commit: Commit | None
    changelog_commit: Commit | None
    section: str | None
    fragments: Mapping[str, str]
    clean_ups: tuple[Commit, ...]
    patches: tuple[Commit, ...]


def survey(git: Git, previous: str, tip: str, version: str) -> Landmarks:
    """Return the landmarks of a version's release among the commits that the tip has and `previous` lacks."""
    commits = tuple(git.commits(tip, f"^{previous}"))
    tree = Tree(git, tip)
    source = tree.version_source
    filename = tree.configuration.news_file(version)
    version_commit = next(
        (c for c in reversed(commits) if source and source.path in c.paths and _begins(git, c, version)), None
    )
    added = [c for c in commits if filename in c.paths and _adds_section(git, c, version)]
    changelog_commit = added[-1] if added else None
    section = tree.section(version)
    fragments: dict[str, str] = {}
    if changelog_commit and section:
        for holder in (changelog_commit.sha, *changelog_commit.parents[:1]):
            fragments = {**Tree(git, holder).rendered_into(section), **fragments}
    places = set(directories(tree))
    clean_ups = tuple(c for c in commits if _only_deletes(c, places))
    own = Fitting(git, version, onto_mainline=True)
    patches = tuple(
        commit
        for commit in effective(commits)
        if len(commit.parents) == 1 and commit.changes and own.fitted(commit) is not None
    )
    return Landmarks(tip, commits, version_commit, changelog_commit, section, fragments, clean_ups, patches)


def reverted_by(commit: Commit) -> tuple[str, ...]:
    """Return the commits that a commit says it reverts."""
    return tuple(_REVERTS.findall(commit.message))


def effective(commits: Sequence[Commit]) -> list[Commit]:
    """Return the commits without those that were reverted among themselves, and without what reverted them.

    What a revert names may also be the source of a pick: then it takes back the pick.
    """
    gone: set[str] = set()
    known = {name: commit.sha for commit in commits for name in (*commit.picked_from, commit.sha)}
    for commit in reversed(commits):
        taken_back = [known[sha] for sha in reverted_by(commit) if sha in known]
        if commit.sha not in gone and taken_back:
            gone.update((commit.sha, *taken_back))
    return [commit for commit in commits if commit.sha not in gone]


def _begins(git: Git, commit: Commit, version: str) -> bool:
    before = commit.parents[0] if commit.parents else None
    return same_version(Tree(git, commit.sha).version, version) and not (
        before and same_version(Tree(git, before).version, version)
    )


def _adds_section(git: Git, commit: Commit, version: str) -> bool:
    before = commit.parents[0] if commit.parents else None
    return Tree(git, commit.sha).section(version) is not None and not (
        before and Tree(git, before).section(version)
    )


def _only_deletes(commit: Commit, places: set[str]) -> bool:
    return bool(commit.changes) and all(
        change.after is None and any(change.path.startswith(f"{directory}/") for directory in places)
        for change in commit.changes
    )
