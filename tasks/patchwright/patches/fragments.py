"""Find the news fragments that commits added, and what later commits did with each of them."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from patchwright.changelogs import sections
from patchwright.halts import Halt
from patchwright.history.adapting import directories
from patchwright.history.landmarks import reverted_by
from patchwright.history.snapshot import Snapshot
from patchwright.tools import news_fragments
from patchwright.tools.git_output import Change, Commit

# The names of a blob without content, by SHA-1 and by SHA-256.
_EMPTY = frozenset({
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
})  # fmt: skip  # one name on each line


@dataclass(frozen=True)
class AddedFragment:
    """A fragment as a commit added it.

    `current_path` is its path now, or None if it no longer exists. The type of `fragment` is that of the
    current path. `editors` are the later commits that
    changed, moved or renamed it.
    """

    path: str
    current_path: str | None
    fragment: news_fragments.Fragment
    text: str
    editors: tuple[str, ...] = ()


@dataclass
class _Tracked:
    """A fragment while its line of history is read."""

    adder: str
    path: str
    editors: list[str] = field(default_factory=list)


def added_fragments(
    commits: Sequence[Commit], tip: Snapshot, others: Sequence[Snapshot] = ()
) -> dict[str, list[AddedFragment]]:
    """Return the fragments that each commit added. The commits come ancestors first and lead to `tip`.

    A fragment that was moved or renamed still belongs to the commit that added it. `others` are snapshots
    that may have other fragment directories.
    """
    snapshots = (tip, *others)
    places = {place for snapshot in snapshots for place in directories(snapshot)}
    tracked, current = _track(commits, places, snapshots)
    current_paths = {id(one): path for path, one in current.items() if path in tip.fragment_files}
    texts = tip.git.texts(f"{one.adder}:{one.path}" for one in tracked)
    found: dict[str, list[AddedFragment]] = {}
    for one in tracked:
        fragment, path = parse_fragment(one.path, snapshots), current_paths.get(id(one))
        if fragment:
            text = texts[f"{one.adder}:{one.path}"] or ""
            if now := parse_fragment(path, snapshots) if path else None:
                fragment = replace(fragment, category=now.category)
            added = AddedFragment(one.path, path, fragment, text, tuple(one.editors))
            found.setdefault(one.adder, []).append(added)
    return found


def _track(
    commits: Sequence[Commit], places: set[str], snapshots: Sequence[Snapshot]
) -> tuple[list[_Tracked], dict[str, _Tracked]]:
    """Return every fragment that was added, and by path those that exist after the last commit."""
    every: list[_Tracked] = []
    current: dict[str, _Tracked] = {}
    removed: dict[tuple[str, str], _Tracked] = {}
    for commit in commits:
        inside = [change for change in commit.changes if posixpath.dirname(change.path) in places]
        lost = {change.path: current.pop(change.path, None) for change in inside if change.after is None}
        removed.update({(commit.sha, path): one for path, one in lost.items() if one})
        for change in inside:
            if change.before is not None:
                if change.after is not None and change.path in current:
                    current[change.path].editors.append(commit.sha)
                continue
            old_path = _find_old_path(change, inside, snapshots)
            moved = lost.get(old_path) if old_path else None
            restored = _find_restored(removed, reverted_by(commit), change.path, snapshots)
            if moved:
                moved.editors.append(commit.sha)
                current[change.path] = moved
            elif restored:
                current[change.path] = restored
            elif not old_path:
                current[change.path] = _Tracked(commit.sha, change.path)
                every.append(current[change.path])
    return every, current


def find_moves(commit: Commit, snapshots: Sequence[Snapshot]) -> dict[str, str]:
    """Return the fragments that a commit moves or renames: the old path by the new one."""
    places = {place for snapshot in snapshots for place in directories(snapshot)}
    inside = [change for change in commit.changes if posixpath.dirname(change.path) in places]
    added = [change for change in inside if change.before is None]
    pairs = {change.path: _find_old_path(change, inside, snapshots) for change in added}
    return {new: old for new, old in pairs.items() if old}


def _find_old_path(addition: Change, changes: Sequence[Change], snapshots: Sequence[Snapshot]) -> str | None:
    removals = (change for change in changes if change.after is None)
    return next((one.path for one in removals if _is_move(one, addition, snapshots)), None)


def _find_restored(
    removed: Mapping[tuple[str, str], _Tracked],
    reverted: Collection[str],
    path: str,
    snapshots: Sequence[Snapshot],
) -> _Tracked | None:
    """Return the fragment that a revert of a removal restores, even if its directory was moved meanwhile."""
    directory, name = posixpath.split(path)
    for (sha, old_path), one in removed.items():
        old_directory, old_name = posixpath.split(old_path)
        if sha in reverted and old_name == name and _are_one_section(old_directory, directory, snapshots):
            return one
    return None


def _is_move(removal: Change, addition: Change, snapshots: Sequence[Snapshot]) -> bool:
    """Return whether a fragment was moved or renamed, within its section.

    Equal names in two sections are two fragments, and so are empty files with different names.
    """
    old, new = (posixpath.split(change.path) for change in (removal, addition))
    is_same = old[1] == new[1] or (removal.before == addition.after and removal.before not in _EMPTY)
    return is_same and _are_one_section(old[0], new[0], snapshots)


def _are_one_section(one: str, other: str, snapshots: Sequence[Snapshot]) -> bool:
    return one == other or bool(_sections(one, snapshots) & _sections(other, snapshots))


def _sections(directory: str, snapshots: Sequence[Snapshot]) -> set[str]:
    """Return the names of the sections whose fragments are in a directory at any of the snapshots."""
    configurations = (snapshot.configuration for snapshot in snapshots if directories(snapshot))
    return {name for one in configurations for name in one.sections_in(directory or ".")}


def parse_fragment(path: str, snapshots: Sequence[Snapshot]) -> news_fragments.Fragment | None:
    """Return the fragment that the name of a file means at one of the snapshots, or None."""
    for snapshot in snapshots:
        if posixpath.dirname(path) in directories(snapshot):
            found = news_fragments.fragments(snapshot.configuration, [path]).fragments
            if found:
                return found[0]
    return None


def place_on(branch: Snapshot, path: str, mainline: Snapshot) -> str | None:
    """Return the path of a fragment of the mainline on the release branch, or None if it is not clear."""
    if posixpath.dirname(path) not in directories(mainline) or not directories(branch):
        return path
    return news_fragments.counterpart(path, mainline.configuration, branch.configuration)


def is_rendered_in(text: str, added: AddedFragment, snapshot: Snapshot) -> bool:
    """Return whether a part of a changelog has the text of a fragment. An empty fragment counts as absent."""
    if not added.text.strip():
        return False
    try:
        shows_content = snapshot.configuration.shows_content(added.fragment.category)
    except (Halt, StopIteration):
        shows_content = True
    return news_fragments.is_rendered(text, added.text, shows_content, added.fragment.issue)


def changelog_sections(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return the versions in a changelog with their sections, in the order of the file."""
    found = sections.find_sections(snapshot.changelog, snapshot.markup, start_string=snapshot.start_string)
    return [(str(one.version), one.text) for one in found]
