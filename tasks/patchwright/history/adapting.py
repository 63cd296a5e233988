"""A commit as it fits another line of history: without the release's own doings, fragments where they go."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from patchwright.halts import Halt
from patchwright.history.snapshot import Tree
from patchwright.tools.git import Commit, Git

# What a version is between other text, loosely: a bump is told by nothing else having moved.
_SOME_VERSION = r"\d[\w.+!-]*"


@dataclass(frozen=True)
class Fitting:
    """Fits commits to what they are picked onto.

    A version that a commit sets stays behind. So do, onto the mainline, the section of `version` and removed
    fragments: the release brings both itself. `onto` None only leaves away.
    """

    git: Git
    version: str
    onto: Tree | None = None
    onto_mainline: bool = False

    def fitted(self, source: Commit) -> Commit | None:
        """Return the commit to pick: the source, or one made of what is left of it; None for nothing."""
        return self._made(source, self._others(source))

    def essence(self, source: Commit) -> Commit | None:
        """Return what a commit changes beside the release's own files and all fragments; None for nothing."""
        blobs = dict(self._others(source))
        before, after = self._trees(source)
        for path in _fragments_of(source, (before, after)):
            change = next(change for change in source.changes if change.path == path)
            blobs[path] = change.before
        blobs.update({path: None for path in blobs if path not in source.paths})
        return self._made(source, blobs)

    def _trees(self, source: Commit) -> tuple[Tree, Tree]:
        return Tree(self.git, source.parents[0]), Tree(self.git, source.sha)

    def _others(self, source: Commit) -> Mapping[str, str | None]:
        """Return what is to stand at paths instead of what the source has there."""
        before, after = self._trees(source)
        blobs: dict[str, str | None] = dict(self._version_back(source, before, after))
        if self.onto_mainline:
            blobs.update(self._section_back(source, before, after))
            removed = {change.path: change.before for change in source.changes if change.after is None}
            blobs.update(
                {path: removed[path] for path in _fragments_of(source, (before,)) if path in removed}
            )
        if self.onto is not None:
            blobs.update(_moved(source, after, self.onto))
        return blobs

    def _version_back(self, source: Commit, before: Tree, after: Tree) -> Mapping[str, str | None]:
        edited = {c.path: c for c in source.changes if c.before and c.after}
        texts = self.git.texts(blob for c in edited.values() for blob in (c.before, c.after) if blob)
        pairs = {path: (texts[str(c.before)] or "", texts[str(c.after)] or "") for path, c in edited.items()}
        set_in = after.version_source
        path = set_in.path if set_in else None
        old = before.version if path in edited else None
        if path is None:
            versions = self._versions_in(pairs.values())
        elif old and after.version and old != after.version:
            versions = {after.version}
        else:
            return {}
        blobs: dict[str, str | None] = {
            name: edited[name].before
            for name, (was, now) in pairs.items()
            if any(only_moves_version(was, now, version) for version in versions)
        }
        if set_in and path in edited and old and path not in blobs:
            blobs[path] = self.git.blob(set_in.put_in(after.read(path) or "", old))
        return blobs

    def _versions_in(self, pairs: Iterable[tuple[str, str]]) -> set[str]:
        """Return the versions of the series that come in where no file is known to hold the version."""
        series = self.version.rpartition(".")[0]
        came = {row for was, now in pairs for row in set(now.splitlines()) - set(was.splitlines())}
        found = {token for row in came for token in re.findall(_SOME_VERSION, row)}
        return {token for token in found if token == series or token.startswith(f"{series}.")}

    def _section_back(self, source: Commit, before: Tree, after: Tree) -> Mapping[str, str | None]:
        try:
            path = after.configuration.news_file(self.version)
            if path not in source.paths or before.section(self.version) == after.section(self.version):
                return {}
        except Halt:
            return {}
        return {path: next(change.before for change in source.changes if change.path == path)}

    def _made(self, source: Commit, blobs: Mapping[str, str | None]) -> Commit | None:
        if not blobs:
            return source
        parent = source.parents[0]
        tree = self.git.tree_with(source.sha, blobs)
        if tree == self.git.tree(parent):
            return None
        made = self.git.made(tree, parent, message_of_pick(source) + "\n", like=source)
        return self.git.commits("--no-walk=unsorted", made)[0]


def only_moves_version(before: str, after: str, version: str) -> bool:
    """Tell whether a text differs from an earlier one only in `version` standing where another stood."""
    was, now = before.splitlines(), after.splitlines()
    differing = [(old, new) for old, new in zip(was, now, strict=False) if old != new]
    return (
        bool(differing)
        and len(was) == len(now)
        and all(_was_other(old, new, version) for old, new in differing)
    )


def _was_other(old: str, new: str, version: str) -> bool:
    pattern = _SOME_VERSION.join(re.escape(part) for part in new.split(version))
    return version in new and re.fullmatch(pattern, old) is not None


def message_of_pick(source: Commit) -> str:
    """Return a commit's message with the line that `git cherry-pick -x` adds (git 2.39)."""
    line = f"(cherry picked from commit {source.sha})"
    last = source.message.rpartition("\n")[2]
    gap = "\n" if "\n" in source.message and _TRAILER.match(last) else "\n\n"
    return f"{source.message}{gap}{line}"


_TRAILER = re.compile(r"\(cherry picked from commit |[\w-]+: ")


def directories(tree: Tree) -> tuple[str, ...]:
    """Return where a tree keeps its fragments; nothing where towncrier is not configured in it."""
    try:
        return tree.configuration.directories
    except Halt:
        return ()


def _fragments_of(source: Commit, trees: tuple[Tree, ...]) -> list[str]:
    places = {directory for tree in trees for directory in directories(tree)}
    return [path for path in sorted(source.paths) if posixpath.dirname(path) in places]


def _moved(source: Commit, after: Tree, onto: Tree) -> Mapping[str, str | None]:
    """Return the fragments that the source adds where the other tree does not look, put where it does."""
    there = directories(onto)
    blobs: dict[str, str | None] = {}
    if not there:
        return blobs
    for change in source.changes:
        directory, name = posixpath.split(change.path)
        if change.before is None and directory in directories(after) and directory not in there:
            at = directories(after).index(directory)
            blobs[change.path] = None
            blobs[posixpath.join(there[min(at, len(there) - 1)], name)] = change.after
    return blobs
