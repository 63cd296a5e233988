"""Adapt a commit to another line of history: leave out release changes, and move its news fragments."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from patchwright.halts import Halt
from patchwright.history.snapshot import Snapshot
from patchwright.history.version_files import Move, versions_in
from patchwright.tools import news_fragments
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit, message_of_pick

# What a tree gets at some paths: a blob by path, or None for no file.
Blobs = dict[str, str | None]


@dataclass(frozen=True)
class Adapter:
    """Adapts commits to the commit that they are picked onto.

    A new version is always left out. `onto_mainline` also leaves out the changelog section of `version` and
    the removal of fragments, because the release brings both to the mainline by itself. Added fragments move
    to the directories of `onto`; they stay in place if `onto` is None.
    """

    git: Git
    version: str
    onto: Snapshot | None = None
    onto_mainline: bool = False

    def adapt(self, source: Commit) -> Commit | None:
        """Return the commit to pick: the source, a reduced copy, or None if nothing is left."""
        return self._with_blobs(source, self._replacements(source))

    def code_change(self, source: Commit) -> Commit | None:
        """Return the commit without release changes and without fragments, or None if nothing is left."""
        blobs = dict(self._replacements(source))
        for path in _changed_fragments(source, self._snapshots(source)):
            change = next(change for change in source.changes if change.path == path)
            blobs[path] = change.before
        blobs.update({path: None for path in blobs if path not in source.paths})
        return self._with_blobs(source, blobs)

    def moves_version(self, source: Commit) -> bool:
        """Return whether a commit moves the version in any file."""
        return bool(self._version_replacements(source, *self._snapshots(source)))

    def _snapshots(self, source: Commit) -> tuple[Snapshot, Snapshot]:
        """Return the project's files before and after a commit."""
        return Snapshot(self.git, source.parents[0]), Snapshot(self.git, source.sha)

    def _replacements(self, source: Commit) -> Blobs:
        """Return the blobs that replace those of the source."""
        before, after = self._snapshots(source)
        blobs = self._version_replacements(source, before, after)
        if self.onto_mainline:
            blobs.update(self._section_replacement(source, before, after))
            removed = {change.path: change.before for change in source.changes if change.after is None}
            fragments = _changed_fragments(source, (before,))
            blobs.update({path: removed[path] for path in fragments if path in removed})
        if self.onto is not None:
            blobs.update(_moved_fragments(source, after, self.onto))
        return blobs

    def _version_replacements(self, source: Commit, before: Snapshot, after: Snapshot) -> Blobs:
        """Return the blobs without the move of the version, for the files in which the source moves it.

        A file in which nothing else changes keeps its earlier blob.
        """
        edited = {c.path: c for c in source.changes if c.before and c.after and c.before != c.after}
        texts = self.git.texts(blob for c in edited.values() for blob in (c.before, c.after) if blob)
        pairs = {path: (texts[str(c.before)] or "", texts[str(c.after)] or "") for path, c in edited.items()}
        blobs: Blobs = {}
        for move in self._moves(pairs, before, after):
            for path, (old, new) in pairs.items():
                if path in blobs:
                    continue
                if move.is_all(path, old, new):
                    blobs[path] = edited[path].before
                elif (rest := move.put_back(path, old, new)) != new:
                    blobs[path] = self.git.write_blob(rest)
        return blobs

    def _moves(self, pairs: Mapping[str, tuple[str, str]], before: Snapshot, after: Snapshot) -> list[Move]:
        """Return the moves of the version that a commit may contain. `pairs` are the texts that it edits."""
        source, name = after.version_source, after.project_name
        if source is None or (source.path is None and not source.is_tag):
            return [Move(None, version, name) for version in sorted(self._new_versions(pairs.values()))]
        old = before.version if source.path in pairs else None
        if old and after.version and old != after.version:
            return [Move(old, after.version, name, source)]
        # Files that only mention the version may follow it in another commit.
        return [Move(None, self.version, name)] if self.onto_mainline else []

    def _new_versions(self, pairs: Iterable[tuple[str, str]]) -> set[str]:
        """Return the versions of the series that appear in the new texts, if no file is known to hold it."""
        series = self.version.rpartition(".")[0]
        new_lines = {line for old, new in pairs for line in set(new.splitlines()) - set(old.splitlines())}
        tokens = {token for line in new_lines for token in versions_in(line)}
        return {token for token in tokens if token == series or token.startswith(f"{series}.")}

    def _section_replacement(self, source: Commit, before: Snapshot, after: Snapshot) -> Blobs:
        """Return the earlier blob of the changelog if the source changes the section of the version."""
        try:
            path = after.configuration.news_file(self.version)
            if path not in source.paths or before.section(self.version) == after.section(self.version):
                return {}
        except Halt:
            return {}
        return {path: next(change.before for change in source.changes if change.path == path)}

    def _with_blobs(self, source: Commit, blobs: Mapping[str, str | None]) -> Commit | None:
        if not blobs:
            return source
        parent = source.parents[0]
        tree = self.git.write_tree(source.sha, blobs)
        if tree == self.git.tree(parent):
            return None
        sha = self.git.write_commit(tree, parent, message_of_pick(source) + "\n", like=source)
        return self.git.commits("--no-walk=unsorted", sha)[0]


def directories(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the fragment directories at a commit, or nothing if towncrier is not configured there."""
    try:
        return snapshot.configuration.directories
    except Halt:
        return ()


def _changed_fragments(source: Commit, snapshots: tuple[Snapshot, ...]) -> list[str]:
    places = {directory for snapshot in snapshots for directory in directories(snapshot)}
    return [path for path in sorted(source.paths) if posixpath.dirname(path) in places]


def _moved_fragments(source: Commit, after: Snapshot, onto: Snapshot) -> Blobs:
    """Return the blobs that move the source's new fragments into the fragment directories of `onto`.

    A fragment whose section is not clear there stays where it is, and preflight names it.
    """
    blobs: Blobs = {}
    if not directories(onto):
        return blobs
    for change in source.changes:
        if change.before is None and posixpath.dirname(change.path) in directories(after):
            path = news_fragments.counterpart(change.path, after.configuration, onto.configuration)
            if path is not None and path != change.path:
                blobs[change.path] = None
                blobs[path] = change.after
    return blobs
