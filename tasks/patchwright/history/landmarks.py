"""The roles of a release's commits (version, changelog, clean-up, patch), read from what their trees show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from patchwright.history.adapting import Adapter, directories
from patchwright.history.snapshot import Snapshot
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit
from patchwright.versions import same_version

# The line that `git revert` writes, also for a reverted merge. With --reference, the name is abbreviated.
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{7,40})\b", re.ASCII | re.MULTILINE)
_FULL_LENGTH = 40


@dataclass(frozen=True)
class Landmarks:
    """The commits of a release from its predecessor to a tip, by their roles.

    `section` is the version's section of the changelog at the tip. `changelog_commit` is the last commit that
    added or changed it. `fragments` are the fragments that are rendered in it, as blobs by path. `late` are
    the paths of fragments at the tip whose present text is not in it. `withdrawn` are the paths of rendered
    fragments that a later revert removed. `patches` are the commits that change more than
    the version, the section and the fragments. Merges and reverted commits are not patches.
    """

    tip: str
    commits: tuple[Commit, ...]
    version_commit: Commit | None
    changelog_commit: Commit | None
    section: str | None
    fragments: Mapping[str, str]
    clean_ups: tuple[Commit, ...]
    patches: tuple[Commit, ...]
    late: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


def find_landmarks(git: Git, previous: str, tip: str, version: str) -> Landmarks:
    """Return the landmarks of a version's release among the commits of the tip that `previous` lacks."""
    commits = tuple(git.commits(tip, f"^{previous}"))
    snapshot = Snapshot(git, tip)
    source = snapshot.version_source
    filename = snapshot.configuration.news_file(version)
    version_commit = next(
        (
            c
            for c in reversed(commits)
            if source and source.path in c.paths and _sets_version(git, c, version)
        ),
        None,
    )
    writers = [c for c in commits if filename in c.paths and _writes_section(git, c, version)]
    changelog_commit = writers[-1] if writers else None
    section = snapshot.section(version)
    fragments = _rendered_by(git, writers, section) if section else {}
    places = set(directories(snapshot))
    clean_ups = tuple(c for c in commits if _only_deletes(c, places))
    late: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    if changelog_commit and section:
        late = snapshot.unrendered_fragments(section)
        after = commits[commits.index(changelog_commit) + 1 :]
        withdrawn = _withdrawn(fragments, snapshot, [c for c in after if reverted_by(c)])
    adapter = Adapter(git, version, onto_mainline=True)
    patches = tuple(
        commit
        for commit in without_reverted(commits, find_reverted_names(git, commits))
        if len(commit.parents) == 1 and commit.changes and adapter.adapt(commit) is not None
    )
    return Landmarks(
        tip, commits, version_commit, changelog_commit, section, fragments, clean_ups, patches,
        late, withdrawn,
    )  # fmt: skip  # the commits by their roles, then what the section lacks or has too much


def reverted_by(commit: Commit) -> tuple[str, ...]:
    """Return the commits that the message of a commit says it reverts."""
    return tuple(_REVERTS.findall(commit.message))


def find_reverted_names(git: Git, commits: Iterable[Commit]) -> dict[str, frozenset[str]]:
    """Return, by each name that some commits revert, every name of the reverted change.

    These are its commit, the commits that it was picked from, and for a merge the commits that it merged.
    """
    found = {}
    for name in dict.fromkeys(name for commit in commits for name in reverted_by(commit)):
        sha = name if len(name) == _FULL_LENGTH else git.commit_with_prefix(name)
        if sha is None or git.missing([sha]):
            found[name] = frozenset({name})
            continue
        target = git.commits("--no-walk=unsorted", sha)[0]
        merged = git.commits(sha, f"^{target.parents[0]}") if len(target.parents) > 1 else [target]
        found[name] = frozenset(known for one in (target, *merged) for known in _names(one))
    return found


def without_reverted(
    commits: Sequence[Commit], names: Mapping[str, frozenset[str]] | None = None
) -> list[Commit]:
    """Return the commits without reverted ones and without the reverts themselves.

    The commits come ancestors first. A revert cancels earlier commits only, so a change that landed again
    counts. A revert that was itself reverted does not count. A revert may also name the source of a pick:
    then it reverts the pick. If it names a pick, it reverts no other pick of the same source. `names` is what
    `find_reverted_names` returns.
    """
    cancelled: set[str] = set()
    for at in reversed(range(len(commits))):
        commit = commits[at]
        targets = set() if commit.sha in cancelled else set(reverted_by(commit))
        for target in targets:
            known = (names or {}).get(target, frozenset({target}))
            named = {one.sha for one in commits[:at] if one.picked_from and one.sha.startswith(target)}
            reverted = named or {earlier.sha for earlier in commits[:at] if known & _names(earlier)}
            if reverted:
                cancelled |= {commit.sha, *reverted}
    return [commit for commit in commits if commit.sha not in cancelled]


def _names(commit: Commit) -> set[str]:
    """Return the name of a commit and the names of the commits that it was picked from."""
    return {commit.sha, *commit.picked_from}


def _sets_version(git: Git, commit: Commit, version: str) -> bool:
    before = commit.parents[0] if commit.parents else None
    return same_version(Snapshot(git, commit.sha).version, version) and not (
        before and same_version(Snapshot(git, before).version, version)
    )


def _writes_section(git: Git, commit: Commit, version: str) -> bool:
    """Return whether a commit adds or changes the section of a version."""
    before = commit.parents[0] if commit.parents else None
    section = Snapshot(git, commit.sha).section(version)
    return section is not None and not (before and Snapshot(git, before).section(version) == section)


def _rendered_by(git: Git, writers: Sequence[Commit], section: str) -> dict[str, str]:
    """Return the fragments in a section. Read them also before each commit that wrote it: it may remove them.

    A fragment that was edited and rendered again has the content of the last time.
    """
    fragments: dict[str, str] = {}
    for writer in reversed(writers):
        for holder in (writer.sha, *writer.parents[:1]):
            fragments = {**Snapshot(git, holder).rendered_fragments(section), **fragments}
    return fragments


def _withdrawn(
    fragments: Mapping[str, str], snapshot: Snapshot, reverts: Sequence[Commit]
) -> tuple[str, ...]:
    """Return the rendered fragments that are gone because reverts removed them."""
    removed = {change.path for commit in reverts for change in commit.changes if change.after is None}
    return tuple(
        path for path in sorted(fragments) if path in removed and path not in snapshot.fragment_files
    )


def _only_deletes(commit: Commit, places: set[str]) -> bool:
    return bool(commit.changes) and all(
        change.after is None and any(change.path.startswith(f"{directory}/") for directory in places)
        for change in commit.changes
    )
