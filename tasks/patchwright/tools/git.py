"""git: run its commands and return facts. It uses plumbing, full refs and full object names."""

from __future__ import annotations

import contextlib
import functools
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from patchwright.halts import CommandFailed, Unavailable
from patchwright.tools.answers import Answers, is_full_name
from patchwright.tools.git_output import (
    COMMIT_FORMAT,
    Commit,
    Identities,
    Tag,
    parse_commits,
    parse_configuration,
    parse_contents,
    parse_identities,
    parse_tag,
    parse_tree,
)
from patchwright.tools.git_settings import READING, Configuration, merge_settings, settings_variables
from patchwright.tools.quarantine import Quarantine
from patchwright.tools.shell import Output, Shell

NETWORK_SECONDS = 600.0
# The refs are a small answer: without one, the remote is out of reach.
LS_REMOTE_SECONDS = 30.0
# For a question about many commits.
LONG_SECONDS = 600.0
_OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_OWN_NAME, _OWN_DATE = "patchwright", "2000-01-01T00:00:00Z"


@dataclass(frozen=True)
class Clone:
    """The clone that holds a directory: the top of its work tree, and its common git directory.

    `folder` is the project's folder below the top, empty if the project is the whole repository.
    """

    top: Path
    common: Path
    shallow: bool
    folder: str = ""

    @property
    def project(self) -> Path:
        """The project's directory in the work tree."""
        return self.top / self.folder


class Git:
    """git in one directory: a clone or one of its worktrees.

    `folder` is the project's folder in the repository. git runs at the top, and every path starts there.
    """

    def __init__(
        self, shell: Shell, cwd: Path, quarantine: Quarantine | None = None, *, folder: str = ""
    ) -> None:
        self.shell = shell
        self.cwd = cwd
        self.folder = folder
        self.quarantine = quarantine or Quarantine()
        self._answers = Answers()
        # Objects that were found, by full name: an object that exists stays.
        self._existing: set[str] = set()

    def environment(self) -> Mapping[str, str]:
        """Return the variables with which git prints the same for every configuration."""
        return settings_variables(READING)

    def ask(self, *arguments: str, env: Mapping[str, str] | None = None, **more: object) -> Output:
        """Run a git command that only reads. Objects that it writes go into the quarantine."""
        environment = {**self.environment(), **self.quarantine.environment, **(env or {})}
        return self.shell.ask("git", *arguments, cwd=self.cwd, env=environment, **more)  # type: ignore[arg-type]  # Shell.ask's own

    def act(self, *arguments: str, **more: object) -> Output:
        """Run a git command that writes. Move the objects from the quarantine into the clone first."""
        if not self.shell.dry:
            self.quarantine.release()
        return self.shell.act("git", *arguments, cwd=self.cwd, **more)  # type: ignore[arg-type]  # Shell.act's own

    def questions_in_quarantine(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which questions leave the clone's objects unchanged until the first act."""
        return self.quarantine.hold(self.object_directory())

    def object_directory(self) -> Path:
        """Return the clone's object directory, never that of the quarantine."""
        question = ("rev-parse", "--path-format=absolute", "--git-path", "objects")
        return Path(self.shell.ask("git", *question, cwd=self.cwd).line)

    # The clone and its configuration

    def clone(self) -> Clone | None:
        """Return the clone that holds the directory, or None if git reads no clone here."""
        answer = self.ask(
            "rev-parse", "--path-format=absolute",
            "--show-toplevel", "--git-common-dir", "--is-shallow-repository", ok=None,
        )  # fmt: skip  # one flag, one line of the answer
        if answer.status != 0 or len(answer.lines) != 3:  # noqa: PLR2004  three flags, three lines
            return None
        top, common, shallow = answer.lines
        return Clone(Path(top), Path(common), shallow == "true")

    def urls(self, remote: str) -> tuple[list[str], list[str]]:
        """Return the fetch URLs and push URLs of a remote, after `insteadOf`. An unknown remote has none."""
        fetch = self.ask("remote", "get-url", "--all", "--", remote, ok=None)
        push = self.ask("remote", "get-url", "--push", "--all", "--", remote, ok=None)
        return fetch.lines if fetch.status == 0 else [], push.lines if push.status == 0 else []

    def config(self, key: str) -> str | None:
        """Return the effective value of a configuration key."""
        answer = self.ask("config", "--get", key, ok=None)
        return answer.line if answer.status == 0 else None

    def configuration(self, env: Mapping[str, str] | None = None) -> Configuration:
        """Return the effective values by key. `env` may name another repository."""
        return parse_configuration(
            self.shell.ask("git", "config", "--list", "-z", cwd=self.cwd, env=env).stdout
        )

    # Refs

    def ls_remote(self, remote: str) -> dict[str, str]:
        """Return the remote's branches and tags by full name. A peeled tag has the suffix `^{}`."""
        answer = self._ask_remote(
            "ls-remote", "--", remote, "refs/heads/*", "refs/tags/*", timeout=LS_REMOTE_SECONDS
        )
        refs = {}
        for row in answer.lines:
            sha, _, name = row.partition("\t")
            if _OBJECT_NAME.fullmatch(sha):
                refs[name] = sha
        return refs

    def ref(self, name: str, *, env: Mapping[str, str] | None = None) -> str | None:
        """Return the object that a full ref names in this clone, or None."""
        answer = self.ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", name, ok=(0, 1, 128), env=env
        )
        return answer.line if answer.status == 0 else None

    def commit_named(self, name: str) -> str | None:
        """Return the commit that a revision names in this clone, or None. A tag names its commit."""
        return self._answers.once_found(("commit-named", name), lambda: self._commit_named(name))

    def _commit_named(self, name: str) -> str | None:
        answer = self.ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", ok=None
        )
        return answer.line if answer.status == 0 else None

    def commit_with_prefix(self, name: str) -> str | None:
        """Return the only commit whose object name begins with these digits, or None.

        A branch or a tag never counts, even if its name looks like the name of an object.
        """
        return self._answers.once_found(("commit-with-prefix", name), lambda: self._commit_with_prefix(name))

    def _commit_with_prefix(self, name: str) -> str | None:
        listed = self.ask("rev-parse", f"--disambiguate={name}", ok=None)
        if listed.status != 0 or not listed.lines:
            return None
        kinds = self.ask("cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=listed.stdout).lines
        commits = [sha for kind, _, sha in (row.partition(" ") for row in kinds) if kind == "commit"]
        return commits[0] if len(commits) == 1 else None

    def past_tips(self, ref: str) -> list[str]:
        """Return the commits that a ref of this clone names or has named, as far as its reflog shows."""
        tip = self.ref(ref)
        if tip is None:
            return []
        return list(dict.fromkeys((tip, *self.ask("rev-list", "--walk-reflogs", ref, "--").lines)))

    def missing(self, objects: Iterable[str]) -> list[str]:
        """Return the given objects that this clone does not have."""
        wanted = [sha for sha in dict.fromkeys(objects) if sha not in self._existing]
        if not wanted:
            return []
        answer = self.ask(
            "cat-file", "--batch-check=%(objectname)", stdin="".join(f"{sha}\n" for sha in wanted)
        )
        lost = [sha for sha, row in zip(wanted, answer.lines, strict=True) if row.endswith(" missing")]
        self._existing.update(sha for sha in wanted if sha not in lost and is_full_name(sha))
        return lost

    def fetch_objects(self, remote: str, refs: Iterable[str]) -> None:
        """Fetch the objects of the remote's refs. Change no ref, no tag and not FETCH_HEAD."""
        self._ask_remote(
            "fetch", "--quiet", "--refmap=", "--no-write-fetch-head", "--no-tags", "--no-recurse-submodules",
            "--no-auto-gc", "--no-prune", "--no-write-commit-graph", "--", remote, *refs,
        )  # fmt: skip  # the flags that make a fetch harmless

    def _ask_remote(self, *arguments: str, timeout: float = NETWORK_SECONDS) -> Output:
        try:
            return self.ask(*arguments, timeout=timeout)
        except CommandFailed as failure:
            raise Unavailable(
                "git could not read the remote.",
                evidence=failure.evidence,
                remedy=["Check the network and your access to the remote, for example with git ls-remote."],
            ) from None

    # History

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Return whether the first commit is the second commit or one of its ancestors."""
        if ancestor == descendant:
            return True
        key = ("merge-base", "--is-ancestor", ancestor, descendant)
        return self._answers.once(key, lambda: self.ask(*key, ok=(0, 1)).status == 0)

    def merge_base(self, one: str, *others: str) -> str | None:
        """Return the best common ancestor of commits, or None if they have none."""
        key = ("merge-base", "--octopus", one, *others)
        found = self._answers.once(key, lambda: self.ask(*key, ok=(0, 1)).lines)
        return found[0] if found else None

    def rev_list(self, *arguments: str) -> list[str]:
        """Return the commits that `git rev-list` prints."""
        return list(
            self._answers.once(("rev-list", *arguments), lambda: self.ask("rev-list", *arguments).lines)
        )

    def commits(self, *arguments: str) -> list[Commit]:
        """Return the commits that `git rev-list` selects, ancestors first."""
        return list(self._answers.once(("commits", *arguments), lambda: self._commits(*arguments)))

    def _commits(self, *arguments: str) -> list[Commit]:
        listed = self.ask("rev-list", "--reverse", "--topo-order", *arguments).stdout
        if not listed:
            return []
        answer = self.ask(
            "diff-tree", "--stdin", "--always", "-r", "-z",
            "--root", "--no-renames", "--ignore-submodules=none", "--diff-merges=first-parent",
            f"--format={COMMIT_FORMAT}",
            stdin=listed, timeout=LONG_SECONDS,
        )  # fmt: skip  # what to print, then how
        return list(parse_commits(answer.stdout))

    def patch_ids(self, commits: Iterable[str]) -> dict[str, str]:
        """Return the stable patch-ids by commit. Merges and empty commits have none."""
        wanted = tuple(commits)
        return (
            dict(self._answers.once(("patch-ids", *wanted), lambda: self._patch_ids(wanted)))
            if wanted
            else {}
        )

    def _patch_ids(self, commits: tuple[str, ...]) -> dict[str, str]:
        patches = self.ask(
            "diff-tree", "--stdin", "-p", "--root",
            "--no-ext-diff", "--no-textconv", "--ignore-submodules=none",
            stdin="".join(f"{sha}\n" for sha in commits), timeout=LONG_SECONDS,
        )  # fmt: skip  # the command, then its input
        rows = self.ask("patch-id", "--stable", stdin=patches.stdout, timeout=LONG_SECONDS).lines
        return {sha: patch_id for patch_id, _, sha in (row.partition(" ") for row in rows)}

    # Simulated picks

    def simulate_pick(self, source: Commit, onto: str) -> tuple[str, list[str]]:
        """Return the commit that a cherry-pick would make, and the paths that would conflict.

        It writes objects only. Merge drivers do not apply, so that each conflict is seen. A pick is a merge
        whose base is the source's parent. `merge-tree` finds that base if the other side of the merge is a
        child of it (git 2.38).
        """
        return self._answers.once(
            ("simulate-pick", source.sha, onto), lambda: self._simulate_pick(source, onto)
        )

    def _simulate_pick(self, source: Commit, onto: str) -> tuple[str, list[str]]:
        child_of_base = self.write_commit(f"{onto}^{{tree}}", source.parents[0], "before the pick")
        flags = ("--write-tree", "-z", "--name-only", "--no-messages")
        env = settings_variables([*READING, ("merge.conflictStyle", "merge"), *self._merge_settings])
        merged = self.ask("merge-tree", *flags, child_of_base, source.sha, ok=(0, 1), env=env)
        tree, *conflicts = merged.stdout.rstrip("\0").split("\0")
        return self.write_commit(tree, onto, source.message), conflicts

    @functools.cached_property
    def _merge_settings(self) -> list[tuple[str, str]]:
        return merge_settings(self.configuration())

    # Objects that no ref names

    def write_commit(self, tree: str, parent: str, message: str, like: Commit | None = None) -> str:
        """Write a temporary commit object and return its name.

        It takes author and author date from `like`, if given. Nothing else depends on the person or the time,
        so that equal arguments give the same object.
        """
        author, email, date = _OWN_NAME, _OWN_NAME, _OWN_DATE
        if like:
            author, _, email = like.author.removesuffix(">").rpartition(" <")
            author, date = author or email, like.date
        env = {
            "GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": _OWN_NAME, "GIT_COMMITTER_EMAIL": _OWN_NAME,
            "GIT_COMMITTER_DATE": _OWN_DATE,
        }  # fmt: skip  # author, then committer
        key = ("commit-tree", tree, parent, "--", message, *env.values())
        command = ("commit-tree", tree, "-p", parent, "-F", "-")
        return self._answers.once(key, lambda: self.ask(*command, stdin=message, env=env).line)

    def write_blob(self, text: str) -> str:
        """Write a text as an object and return its name."""
        return self.ask("hash-object", "-w", "--no-filters", "--stdin", stdin=text).line

    def write_tree(self, commit: str, blobs: Mapping[str, str | None]) -> str:
        """Write a commit's tree with other blobs at some paths and return its name. None removes a path."""
        key = ("write-tree", commit, "--", *(f"{path}\0{blob}" for path, blob in blobs.items()))
        return self._answers.once(key, lambda: self._write_tree(commit, blobs))

    def _write_tree(self, commit: str, blobs: Mapping[str, str | None]) -> str:
        no_object = "0" * len(self.tree(commit))
        modes = self.modes(commit, blobs)
        rows = [
            f"{modes.get(path, '100644')} {blob}\t{path}\0" if blob else f"0 {no_object}\t{path}\0"
            for path, blob in blobs.items()
        ]
        with tempfile.TemporaryDirectory() as place:
            env = {"GIT_INDEX_FILE": f"{place}/index"}
            self.ask("read-tree", commit, env=env)
            self.ask("update-index", "-z", "--index-info", stdin="".join(rows), env=env)
            return self.ask("write-tree", env=env).line

    def modes(self, tree: str, paths: Iterable[str]) -> dict[str, str]:
        """Return the modes of the paths that a tree has. A path behind a symbolic link is none of them."""
        wanted = set(paths)
        listed = self.ask("--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", *sorted(wanted))
        # git also lists what is beside a wanted path if its directory is wanted.
        return {path: mode for path, mode, _, _ in parse_tree(listed.stdout) if path in wanted}

    # Trees

    def files(self, tree: str, directory: str = "") -> dict[str, str]:
        """Return the blobs below a directory of a tree, by path."""
        below = ["--", f"{directory}/"] if directory else []
        key = ("ls-tree", "-r", "-z", "--full-tree", tree, *below)
        listed = self._answers.once(key, lambda: self.ask(*key))
        return {path: name for path, _, kind, name in parse_tree(listed.stdout) if kind == "blob"}

    def texts(self, names: Iterable[str]) -> dict[str, str | None]:
        """Return the contents of blobs, or None for each that does not exist.

        A name is an object name or `COMMIT:PATH`.
        """
        given = list(dict.fromkeys(names))
        # `cat-file --batch` reads one name on each line, so a path with a newline can't be given (git 2.39).
        wanted = [name for name in given if "\n" not in name]
        if not wanted:
            return dict.fromkeys(given)
        found = self._answers.once(("texts", *wanted), lambda: self._texts(wanted))
        return {**dict.fromkeys(given), **found}

    def _texts(self, names: list[str]) -> dict[str, str | None]:
        answer = self.ask("cat-file", "--batch", stdin="".join(f"{name}\n" for name in names))
        return dict(parse_contents(names, answer.stdout))

    def changed_paths(self, before: str, after: str) -> list[str]:
        """Return the paths that differ between two commits. A renamed file counts with both names."""
        key = (
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            "--ignore-submodules=none",
            before,
            after,
        )
        return list(self._answers.once(key, lambda: self.ask(*key).stdout.split("\0")[:-1]))

    def text(self, name: str) -> str | None:
        """Return the content of one blob, as `texts` does."""
        return self.texts([name])[name]

    def tree(self, commit: str) -> str:
        """Return the tree of a commit."""
        key = ("rev-parse", "--verify", f"{commit}^{{tree}}")
        return self._answers.once(key, lambda: self.ask(*key).line)

    def tag(self, sha: str) -> Tag | None:
        """Return an annotated tag object, or None if the object is not one."""
        return self._answers.once_found(("tag", sha), lambda: self._tag(sha))

    def _tag(self, sha: str) -> Tag | None:
        answer = self.ask("cat-file", "tag", sha, ok=None)
        return parse_tag(answer.stdout) if answer.status == 0 else None

    def identities(self, sha: str) -> Identities:
        """Return who made a commit or an annotated tag."""
        key = ("identities", sha)
        return self._answers.once(key, lambda: parse_identities(self.ask("cat-file", "-p", sha).stdout))
