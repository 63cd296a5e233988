"""git for unit tests: answers questions about a `History` from memory, without any process.

It knows what the package asks of `git rev-list`. Picks are merged file by file, never line by line.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from fake_release import PLAN, URL, fake_release
from histories import History
from patchwright.releases.origin import Origin
from patchwright.releases.release import Release
from patchwright.tools.git import Git
from patchwright.tools.git_output import Change, Commit
from patchwright.tools.shell import Output, Shell

Tree = dict[str, str]
"""The blobs of a commit by path."""


@dataclass
class Selection:
    """The arguments of `git rev-list`, by their meaning."""

    include: list[str]
    exclude: list[str]
    paths: list[str]
    flags: set[str]
    limit: int | None = None
    before: int | None = None
    pattern: str | None = None

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Selection:
        words, paths = list(arguments), []
        if "--" in words:
            at = words.index("--")
            words, paths = words[:at], [path.removeprefix(":(literal,top)") for path in words[at + 1 :]]
        selection = cls([], [], paths, {word for word in words if word.startswith("-")})
        for word in words:
            name, _, value = word.partition("=")
            if name == "--max-count" or re.fullmatch(r"-\d+", word):
                selection.limit = int(value or word[1:])
            elif name == "--before":
                selection.before = int(value)
            elif name == "--grep":
                pattern = re.escape(value) if "--fixed-strings" in words else value
                selection.pattern = f"{selection.pattern}|{pattern}" if selection.pattern else pattern
            elif word.startswith("^"):
                selection.exclude.append(word[1:])
            elif ".." in word:
                selection.exclude.append(word.partition("..")[0])
                selection.include.append(word.partition("..")[2])
            elif not word.startswith("-"):
                selection.include.append(word)
        return selection


class FakeGit(Git):
    """The git of a clone that has every object of a history. `local` are the clone's own refs."""

    def __init__(self, history: History) -> None:
        super().__init__(Shell(history.directory), history.directory)
        self.history = history
        self.known: dict[str, Commit] = {}
        self.trees: dict[str, Tree] = {}
        self.times: dict[str, int] = {}
        self.blobs: dict[str, str] = {}
        self.local: dict[str, str] = {}
        for sha in history.made:
            self._learn(sha)

    def _learn(self, sha: str) -> None:
        made = self.history.made[sha]
        tree = {path: blob for path, (_, blob) in made.tree.items()}
        when = datetime.fromtimestamp(made.authored, UTC).isoformat()
        self.times[sha] = int(re.findall(r"(?m)^committer .* (\d+) \+0000$", self._object(sha))[0])
        self._add(sha, tree, made.parents, (made.author, when), made.message)

    def _add(
        self, sha: str, tree: Tree, parents: tuple[str, ...], who: tuple[str, str], message: str
    ) -> None:
        parent = self.trees[parents[0]] if parents else {}
        changed = sorted(path for path in tree.keys() | parent.keys() if tree.get(path) != parent.get(path))
        changes = [
            Change(path, _status(parent.get(path), tree.get(path)), parent.get(path), tree.get(path))
            for path in changed
        ]
        self.trees[sha] = tree
        self.known[sha] = Commit(sha, parents, *who, message.strip("\n"), tuple(changes))

    def _object(self, sha: str) -> str:
        path = self.history.directory / "objects" / sha[:2] / sha[2:]
        return zlib.decompress(path.read_bytes()).partition(b"\0")[2].decode("utf-8", "surrogateescape")

    def _resolve(self, name: str) -> str:
        base, _, parent = name.partition("^")
        return self.known[base].parents[int(parent) - 1] if parent else base

    def _ancestors(self, tips: Iterable[str], *, first_parent: bool = False) -> set[str]:
        seen: set[str] = set()
        waiting = [self._resolve(tip) for tip in tips]
        while waiting:
            sha = waiting.pop()
            if sha not in seen:
                seen.add(sha)
                parents = self.known[sha].parents
                waiting.extend(parents[:1] if first_parent else parents)
        return seen

    # Questions

    def ask(self, *arguments: str, env: Mapping[str, str] | None = None, **more: object) -> Output:
        assert arguments[:3] == ("show", "--no-patch", "--format=%ct"), arguments
        assert env is None
        assert not more
        return Output(("git", *arguments), 0, f"{self.times[arguments[3]]}\n", "")

    def ref(self, name: str, *, env: Mapping[str, str] | None = None) -> str | None:
        assert env is None
        return self.local.get(name)

    def tagged_commit(self, tag: str) -> str:
        """Return the commit that a tag of the history names."""
        name = (self.history.directory / "refs/tags" / tag).read_text().strip()
        return self._object(name).splitlines()[0].removeprefix("object ")

    def commit_named(self, name: str) -> str | None:
        found = [sha for sha in self.known if sha.startswith(name)]
        return found[0] if len(found) == 1 else None

    def commit_with_prefix(self, name: str) -> str | None:
        return self.commit_named(name)

    def past_tips(self, ref: str) -> list[str]:
        return [sha for sha in (self.ref(ref),) if sha]

    def missing(self, objects: Iterable[str]) -> list[str]:
        return [sha for sha in objects if sha not in self.known]

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        return ancestor in self._ancestors([descendant])

    def merge_base(self, one: str, *others: str) -> str | None:
        common = set.intersection(*(self._ancestors([sha]) for sha in (one, *others)))
        return next((sha for sha in reversed(self.known) if sha in common), None)

    def rev_list(self, *arguments: str) -> list[str]:
        selection = Selection.of(arguments)
        flags = selection.flags
        if "--no-walk=unsorted" in flags and not selection.exclude:
            return selection.include
        excluded = self._ancestors(selection.exclude)
        selected = self._ancestors(selection.include, first_parent="--first-parent" in flags) - excluded
        if "--ancestry-path" in flags:
            bottom = selection.exclude[0]
            selected = {sha for sha in selected if self.is_ancestor(bottom, sha)}
        newest_first = [sha for sha in reversed(self.known) if sha in selected and self._fits(sha, selection)]
        newest_first = newest_first[: selection.limit]
        return newest_first[::-1] if "--reverse" in flags else newest_first

    def _fits(self, sha: str, selection: Selection) -> bool:
        commit = self.known[sha]
        is_merge = len(commit.parents) > 1
        if ("--no-merges" in selection.flags and is_merge) or (
            "--merges" in selection.flags and not is_merge
        ):
            return False
        if selection.before is not None and self.times[sha] > selection.before:
            return False
        if selection.pattern and not re.search(selection.pattern, commit.message, re.MULTILINE):
            return False
        return not selection.paths or any(
            path == place or path.startswith(f"{place}/")
            for path in commit.paths
            for place in selection.paths
        )

    def commits(self, *arguments: str) -> list[Commit]:
        listed = self.rev_list(*arguments)
        rank = {sha: at for at, sha in enumerate(self.known)}
        return [self.known[sha] for sha in sorted(listed, key=lambda sha: rank[sha])]

    def patch_ids(self, commits: Iterable[str]) -> dict[str, str]:
        ids = {}
        for sha in commits:
            lines = [(c.path, *self._difference(c)) for c in self.known[sha].changes]
            if lines:
                ids[sha] = repr(lines)
        return ids

    def _difference(self, change: Change) -> tuple[list[str], list[str]]:
        old, new = (
            (self.texts([blob])[blob] or "").splitlines() if blob else []
            for blob in (change.before, change.after)
        )
        return [line for line in old if line not in new], [line for line in new if line not in old]

    def files(self, tree: str, directory: str = "") -> dict[str, str]:
        place = f"{directory}/" if directory else ""
        return {path: blob for path, blob in self.trees[tree].items() if path.startswith(place)}

    def modes(self, tree: str, paths: Iterable[str]) -> dict[str, str]:
        return {path: "100644" for path in paths if path in self.trees[tree]}

    def changed_paths(self, before: str, after: str) -> list[str]:
        old, new = self.trees[before], self.trees[after]
        return sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))

    def texts(self, names: Iterable[str]) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for name in names:
            commit, _, path = name.partition(":")
            blob = self.trees[commit].get(path) if path else name
            found[name] = None if blob is None else self.blobs.get(blob) or self._object(blob)
        return found

    def tree(self, commit: str) -> str:
        return self._name_tree(self.trees[commit])

    def _name_tree(self, tree: Tree) -> str:
        name = _digest(*sorted(tree.items()))
        self.trees[name] = tree
        return name

    # Objects that only this fake has

    def write_blob(self, text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        self.blobs[blob] = text
        return blob

    def write_tree(self, commit: str, blobs: Mapping[str, str | None]) -> str:
        tree = {**self.trees[commit], **{path: blob for path, blob in blobs.items() if blob}}
        tree = {path: blob for path, blob in tree.items() if blobs.get(path, blob) is not None}
        return self._name_tree(tree)

    def write_commit(self, tree: str, parent: str, message: str, like: Commit | None = None) -> str:
        who = (like.author, like.date) if like else ("patchwright <patchwright>", "2000-01-01T00:00:00Z")
        sha = _digest(tree, parent, message, *who)
        self.times.setdefault(sha, self.times[parent])
        self._add(sha, self.trees[tree], (parent,), who, message)
        return sha

    def simulate_pick(self, source: Commit, onto: str) -> tuple[str, list[str]]:
        base, ours, theirs = (self.trees[sha] for sha in (source.parents[0], onto, source.sha))
        blobs, conflicts = {}, []
        for path in sorted(base.keys() | theirs.keys()):
            if theirs.get(path) in {base.get(path), ours.get(path)}:
                continue
            if ours.get(path) != base.get(path):
                conflicts.append(path)
            else:
                blobs[path] = theirs.get(path)
        return self.write_commit(self.write_tree(onto, blobs), onto, source.message), conflicts


def history_release(
    history: History,
    path: Path,
    version: str = "1.24.1",
    *,
    real: bool = False,
    git: FakeGit | None = None,
) -> Release:
    """Return the release of a version of a history, with real parts over a `FakeGit` or over real git."""
    series, _, patch = version.rpartition(".")
    previous_version = f"{series}.{int(patch) - 1}"
    flavour = history.flavour
    release = fake_release(path, mainline=flavour.mainline, release_branch=flavour.branch, tag=flavour.tag)
    git = git or FakeGit(history)
    release.git = Git(Shell(history.directory), history.directory) if real else git
    release.origin = Origin(release.git, release.settings)
    release.origin.urls = [URL], [URL]
    release.origin.refs = {f"refs/heads/{name}": sha for name, sha in history.branches.items()}
    release.resolve(
        replace(
            PLAN,
            series=series,
            version=version,
            tag=flavour.tag_of(version),
            branch=flavour.branch_of(series),
            previous_version=previous_version,
            previous_tag=flavour.tag_of(previous_version),
            previous=git.tagged_commit(flavour.tag_of(previous_version)),
        )
    )
    return release


def _status(before: str | None, after: str | None) -> str:
    return "A" if before is None else "D" if after is None else "M"


def _digest(*parts: object) -> str:
    return hashlib.sha1(repr(parts).encode(), usedforsecurity=False).hexdigest()
