"""git: argv in, facts out. Plumbing where output is parsed, full refs, full object names."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from patchwright.halts import CommandFailed, Unavailable
from patchwright.tools.shell import Output, Shell

T = TypeVar("T")
NETWORK_SECONDS = 600.0
# For what is asked of many commits at once.
LONG_SECONDS = 600.0
_FIELDS = 5
# One object named in full: negated, its n-th parent, its tree, a path in it; or a range of two.
_PINNED = re.compile(r"\^?[0-9a-f]{40}(?:\^\d|\^\{tree\}|:.*)?(?:\.\.\.?[0-9a-f]{40})?", re.ASCII | re.DOTALL)
_MADE_BY, _MADE_AT = "patchwright", "2000-01-01T00:00:00Z"
_OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
# The line that `git cherry-pick -x` adds (git 2.39).
_PICKED = re.compile(r"^\(cherry picked from commit ([0-9a-f]{40})\)$", re.ASCII | re.MULTILINE)


@dataclass(frozen=True)
class Change:
    """One path that a commit changed against its first parent; `None` where the path is absent."""

    path: str
    status: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Commit:
    """One commit, with what it changed against its first parent (renames are a deletion and an addition)."""

    sha: str
    parents: tuple[str, ...]
    author: str
    date: str
    message: str
    changes: tuple[Change, ...] = field(repr=False)

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.split("\n", 1)[0]

    @property
    def short(self) -> str:
        """The first ten digits of the object name, for people."""
        return self.sha[:10]

    @property
    def paths(self) -> frozenset[str]:
        """The paths that it changed."""
        return frozenset(change.path for change in self.changes)

    @property
    def picked_from(self) -> tuple[str, ...]:
        """The commits that `-x` lines name as its sources, the first source first."""
        return tuple(_PICKED.findall(self.message))


@dataclass(frozen=True)
class Tag:
    """One annotated tag object."""

    target: str
    message: str
    signed: bool


@dataclass(frozen=True)
class Clone:
    """What git says of the directory that the person stands in."""

    top: Path
    common: Path
    shallow: bool


class Git:
    """The git of one directory: a clone, or one of its worktrees."""

    def __init__(self, shell: Shell, cwd: Path) -> None:
        self.shell = shell
        self.cwd = cwd
        self._known: dict[tuple[str, ...], Any] = {}

    def ask(self, *arguments: str, **more: object) -> Output:
        """Run a git command that only reads."""
        return self.shell.ask("git", *arguments, cwd=self.cwd, **more)  # type: ignore[arg-type]  # Shell.ask's own

    def act(self, *arguments: str, **more: object) -> Output:
        """Run a git command that writes."""
        return self.shell.act("git", *arguments, cwd=self.cwd, **more)  # type: ignore[arg-type]  # Shell.act's own

    def _once(self, key: tuple[str, ...], answer: Callable[[], T]) -> T:
        """Return an answer that depends on its key alone; ask again only where the key may come to mean more.

        What is said of objects that are named in full never changes.
        """
        if not all(_PINNED.fullmatch(word) for word in _revisions(key)):
            return answer()
        if key not in self._known:
            self._known[key] = answer()
        return cast("T", self._known[key])

    # Where we are

    def clone(self) -> Clone | None:
        """Return the clone that holds the directory, or None where there is none that git will read."""
        asked = self.ask(
            "rev-parse", "--path-format=absolute",
            "--show-toplevel", "--git-common-dir", "--is-shallow-repository", ok=None,
        )  # fmt: skip  # one flag, one line of the answer
        if asked.status != 0 or len(asked.lines) != 3:  # noqa: PLR2004  three were asked for
            return None
        top, common, shallow = asked.lines
        return Clone(Path(top), Path(common), shallow == "true")

    def urls(self, remote: str) -> tuple[list[str], list[str]]:
        """Return a remote's URLs, to fetch from and to push to, after `insteadOf`; empty for no remote."""
        fetch = self.ask("remote", "get-url", "--all", "--", remote, ok=None)
        push = self.ask("remote", "get-url", "--push", "--all", "--", remote, ok=None)
        return fetch.lines if fetch.status == 0 else [], push.lines if push.status == 0 else []

    def config(self, key: str) -> str | None:
        """Return the value that is in force for a configuration key."""
        asked = self.ask("config", "--get", key, ok=None)
        return asked.line if asked.status == 0 else None

    # Refs

    def ls_remote(self, remote: str) -> dict[str, str]:
        """Return the remote's heads and tags by full name; a peeled tag stands under its name and `^{}`."""
        asked = self._from_remote("ls-remote", "--", remote, "refs/heads/*", "refs/tags/*")
        refs = {}
        for row in asked.lines:
            sha, _, name = row.partition("\t")
            if _OBJECT_NAME.fullmatch(sha):
                refs[name] = sha
        return refs

    def ref(self, name: str, **more: object) -> str | None:
        """Return the object that a full ref names in this clone."""
        asked = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", name, ok=(0, 1, 128), **more)
        return asked.line if asked.status == 0 else None

    def commit_named(self, name: str) -> str | None:
        """Return the commit that a full or abbreviated object name means in this clone."""
        asked = self.ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", ok=None
        )
        return asked.line if asked.status == 0 else None

    def missing(self, objects: Iterable[str]) -> list[str]:
        """Return those of the objects that this clone does not hold."""
        wanted = list(dict.fromkeys(objects))
        if not wanted:
            return []
        asked = self.ask(
            "cat-file", "--batch-check=%(objectname)", stdin="".join(f"{sha}\n" for sha in wanted)
        )
        return [sha for sha, row in zip(wanted, asked.lines, strict=True) if row.endswith(" missing")]

    def fetch_objects(self, remote: str, refs: Iterable[str]) -> None:
        """Bring what the remote's refs name into this clone, and move no ref, tag or FETCH_HEAD of it."""
        self._from_remote(
            "fetch", "--quiet", "--refmap=", "--no-write-fetch-head", "--no-tags", "--no-recurse-submodules",
            "--no-auto-gc", "--no-prune", "--", remote, *refs,
        )  # fmt: skip  # the flags that make a fetch harmless

    def _from_remote(self, *arguments: str) -> Output:
        try:
            return self.ask(*arguments, timeout=NETWORK_SECONDS)
        except CommandFailed as failure:
            raise Unavailable(
                "The remote could not be asked.",
                evidence=failure.evidence,
                remedy=["Look at the network and your access to it (git ls-remote shows both), then go on."],
            ) from None

    # History

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Tell whether the first commit is the second, or is in its history."""
        if ancestor == descendant:
            return True
        key = ("merge-base", "--is-ancestor", ancestor, descendant)
        return self._once(key, lambda: self.ask(*key, ok=(0, 1)).status == 0)

    def merge_base(self, one: str, *others: str) -> str | None:
        """Return the best common ancestor of commits; None where they have none."""
        key = ("merge-base", "--octopus", one, *others)
        found = self._once(key, lambda: self.ask(*key, ok=(0, 1)).lines)
        return found[0] if found else None

    def rev_list(self, *arguments: str) -> list[str]:
        """Return what `git rev-list` lists."""
        return list(self._once(("rev-list", *arguments), lambda: self.ask("rev-list", *arguments).lines))

    def commits(self, *arguments: str) -> list[Commit]:
        """Return the commits that `git rev-list` selects by the arguments, ancestors first."""
        return list(self._once(("commits", *arguments), lambda: self._commits(*arguments)))

    def _commits(self, *arguments: str) -> list[Commit]:
        listed = self.ask("rev-list", "--reverse", "--topo-order", *arguments).stdout
        if not listed:
            return []
        # Each field has a letter before it, so that none is empty.
        form = "%x01%H%x00P%P%x00A%an <%ae>%x00D%aI%x00B%B%x00"
        shown = self.ask(
            "diff-tree", "--stdin", "--always", "-r", "-z",
            "--root", "--no-renames", "--diff-merges=first-parent", f"--format={form}",
            stdin=listed, timeout=LONG_SECONDS,
        )  # fmt: skip  # what it says, then how
        return list(_commits(shown.stdout))

    def patch_ids(self, commits: Iterable[str]) -> dict[str, str]:
        """Return the stable patch-id of each commit that has one (merges and empty commits have none)."""
        wanted = tuple(commits)
        return dict(self._once(("patch-ids", *wanted), lambda: self._patch_ids(wanted))) if wanted else {}

    def _patch_ids(self, commits: tuple[str, ...]) -> dict[str, str]:
        patches = self.ask(
            "diff-tree", "--stdin", "-p", "--root", "--no-ext-diff", "--no-textconv",
            stdin="".join(f"{sha}\n" for sha in commits), timeout=LONG_SECONDS,
        )  # fmt: skip  # what it says of each
        rows = self.ask("patch-id", "--stable", stdin=patches.stdout, timeout=LONG_SECONDS).lines
        return {sha: patch_id for patch_id, _, sha in (row.partition(" ") for row in rows)}

    # What a pick would do

    def picked(self, source: Commit, onto: str) -> tuple[str, list[str]]:
        """Return the commit that picking a commit onto another would make, and the paths that would conflict.

        Nothing but objects is written. The pick is a merge whose base is the source's parent: `merge-tree`
        finds that base by itself when what is merged into stands on it (git 2.38).
        """
        return self._once(("picked", source.sha, onto), lambda: self._picked(source, onto))

    def _picked(self, source: Commit, onto: str) -> tuple[str, list[str]]:
        stand_in = self.made(f"{onto}^{{tree}}", source.parents[0], "before the pick")
        how = ("--write-tree", "-z", "--name-only", "--no-messages")
        merged = self.ask("merge-tree", *how, stand_in, source.sha, ok=(0, 1))
        tree, *conflicts = merged.stdout.rstrip("\0").split("\0")
        return self.made(tree, onto, source.message), conflicts

    # Objects that no ref names

    def made(self, tree: str, parent: str, message: str, like: Commit | None = None) -> str:
        """Write a commit object that is only worked with, and return its name.

        Author and author date are those of `like`, if given. Nothing of it is of here and now, so that the
        same is always called the same.
        """
        author, email, date = _MADE_BY, _MADE_BY, _MADE_AT
        if like:
            author, _, email = like.author.removesuffix(">").rpartition(" <")
            author, date = author or email, like.date
        env = {
            "GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": _MADE_BY, "GIT_COMMITTER_EMAIL": _MADE_BY, "GIT_COMMITTER_DATE": _MADE_AT,
        }  # fmt: skip  # who wrote it, who made it
        return self.ask("commit-tree", tree, "-p", parent, "-F", "-", stdin=message, env=env).line

    def blob(self, text: str) -> str:
        """Write a text as an object and return its name."""
        return self.ask("hash-object", "-w", "--no-filters", "--stdin", stdin=text).line

    def tree_with(self, commit: str, blobs: Mapping[str, str | None]) -> str:
        """Write a commit's tree with other blobs at some paths (None: nothing there) and return its name."""
        key = ("tree-with", commit, "--", *(f"{path}\0{blob}" for path, blob in blobs.items()))
        return self._once(key, lambda: self._tree_with(commit, blobs))

    def _tree_with(self, commit: str, blobs: Mapping[str, str | None]) -> str:
        nothing = "0" * len(self.tree(commit))
        modes = self._modes(commit, blobs)
        rows = [
            f"{modes.get(path, '100644')} {blob}\t{path}\0" if blob else f"0 {nothing}\t{path}\0"
            for path, blob in blobs.items()
        ]
        with tempfile.TemporaryDirectory() as place:
            env = {"GIT_INDEX_FILE": f"{place}/index"}
            self.ask("read-tree", commit, env=env)
            self.ask("update-index", "-z", "--index-info", stdin="".join(rows), env=env)
            return self.ask("write-tree", env=env).line

    def _modes(self, tree: str, paths: Iterable[str]) -> dict[str, str]:
        rows = self.ask(
            "--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", *paths
        ).stdout.split("\0")
        return {path: about.split()[0] for about, _, path in (row.partition("\t") for row in rows) if path}

    # Trees

    def files(self, tree: str, directory: str = "") -> dict[str, str]:
        """Return the blobs by path below a directory of a tree."""
        below = ["--", f"{directory}/"] if directory else []
        key = ("ls-tree", "-r", "-z", "--full-tree", tree, *below)
        asked = self._once(key, lambda: self.ask(*key))
        blobs = {}
        for row in asked.stdout.split("\0"):
            about, _, path = row.partition("\t")
            if path and about.split()[1] == "blob":
                blobs[path] = about.split()[2]
        return blobs

    def texts(self, names: Iterable[str]) -> dict[str, str | None]:
        """Return the contents of blobs, named by object or as `COMMIT:PATH`; None for what does not exist."""
        given = list(dict.fromkeys(names))
        # `cat-file --batch` reads a line a name, so it can't be asked for a path with a newline (git 2.39).
        wanted = [name for name in given if "\n" not in name]
        if not wanted:
            return dict.fromkeys(given)
        found = self._once(("texts", *wanted), lambda: self._texts(wanted))
        return {**dict.fromkeys(given), **found}

    def _texts(self, names: list[str]) -> dict[str, str | None]:
        asked = self.ask("cat-file", "--batch", stdin="".join(f"{name}\n" for name in names))
        return dict(_contents(names, asked.stdout))

    def text(self, name: str) -> str | None:
        """Return the contents of one blob, as `texts` does."""
        return self.texts([name])[name]

    def tree(self, commit: str) -> str:
        """Return the tree of a commit."""
        key = ("rev-parse", "--verify", f"{commit}^{{tree}}")
        return self._once(key, lambda: self.ask(*key).line)

    def tag(self, sha: str) -> Tag | None:
        """Return an annotated tag object; None where the object is none."""
        asked = self.ask("cat-file", "tag", sha, ok=None)
        if asked.status != 0:
            return None
        head, _, body = asked.stdout.partition("\n\n")
        fields = dict(row.split(" ", 1) for row in head.split("\n") if " " in row)
        message, mark, _ = body.partition("-----BEGIN ")
        return Tag(fields.get("object", ""), message, signed=bool(mark))


def _revisions(key: tuple[str, ...]) -> Iterator[str]:
    """Return the words of a command that name objects."""
    for word in key[1:]:
        if word == "--":
            return
        if not word.startswith("-"):
            yield word


def _commits(stdout: str) -> Iterator[Commit]:
    # Between a message and its changes git puts a newline; with -z, for some commits, also a NUL (git 2.39).
    tokens = (token for piece in stdout.split("\0") if (token := piece.removeprefix("\n")))
    fields: list[str] = []
    changes: list[Change] = []
    for token in tokens:
        if token.startswith("\x01"):
            if fields:
                yield _commit(fields, changes)
            fields, changes = [token[1:]], []
        elif token.startswith(":") and len(fields) == _FIELDS:
            _, _, before, after, status = token[1:].split(" ")
            changes.append(Change(next(tokens), status, _present(before), _present(after)))
        else:
            fields.append(token)
    if fields:
        yield _commit(fields, changes)


def _commit(fields: list[str], changes: list[Change]) -> Commit:
    sha, parents, author, date, message = fields[0], *(field[1:] for field in fields[1:_FIELDS])
    return Commit(sha, tuple(parents.split()), author, date, message.strip("\n"), tuple(changes))


def _present(blob: str) -> str | None:
    return blob if blob.strip("0") else None


def _contents(names: list[str], stdout: str) -> Iterator[tuple[str, str | None]]:
    # Sizes count bytes, so the text is taken apart as bytes.
    stream = stdout.encode("utf-8", "surrogateescape")
    at = 0
    for name in names:
        end = stream.index(b"\n", at)
        header = stream[at:end]
        at = end + 1
        if header.endswith((b" missing", b" ambiguous")):
            yield name, None
            continue
        size = int(header.rsplit(b" ", 1)[1])
        yield name, stream[at : at + size].decode("utf-8", "surrogateescape")
        at += size + 1
