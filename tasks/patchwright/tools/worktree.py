"""A linked git worktree that patchwright owns: at a stable path, with a detached HEAD, disposable."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath

from patchwright import files
from patchwright.halts import CommandFailed, Prerequisite, StepFailed
from patchwright.text import quantity
from patchwright.tools import git_index, git_locks, hook_trace, maintainer, submodules
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit, message_of_pick
from patchwright.tools.git_settings import READING, settings_variables
from patchwright.tools.shell import Output

_OPERATIONS = {
    "CHERRY_PICK_HEAD": "cherry-pick",
    "MERGE_HEAD": "merge",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "BISECT_LOG": "bisect",
}
# What git says (git 2.39) if a filter or a signer fails, and the note that it adds to the message of a pick.
_FILTER = re.compile(
    r"^(?:fatal|error): (?P<path>.+): (?:smudge|clean) filter (?P<name>\S+) failed$", re.MULTILINE
)
_SIGNER = re.compile(r"failed to sign the data|failed to write commit object|unable to sign|signing failed")
# Refs below refs/worktree/ belong to one worktree: no push and no clone sees them (git 2.39).
_KEPT = "refs/worktree/patchwright"
# git writes this before each move of HEAD that patchwright makes, so that the reflog shows who made a commit.
_OWN_ACTION = "patchwright"
# Exists in the git directory of a worktree until its first checkout is complete.
_UNFINISHED = "patchwright-unfinished"
_CONFLICTS = re.compile(r"\n*\n# Conflicts:\n(?:#.*\n?)*\Z")


class WorktreeGit(Git):
    """git in a worktree, with the identity and the configuration of the maintainer's checkout."""

    def __init__(self, clone: Git, path: Path) -> None:
        super().__init__(clone.shell, path, clone.quarantine, folder=clone.folder)
        self._clone = clone
        self._variables: dict[str, str] = {}

    def forget(self) -> None:
        """Read the configuration of the worktree again: it has been created."""
        self._variables = {}

    def environment(self) -> Mapping[str, str]:
        """Return the variables that make git use the checkout's configuration here."""
        if not self.cwd.is_dir():
            return super().environment()
        if not self._variables:
            settings = maintainer.settings_at(self._clone, self.configuration())
            self._variables = settings_variables([*READING, *settings])
        return self._variables

    def act(  # type: ignore[override]  # Git.act takes the same, by name
        self, *arguments: str, env: Mapping[str, str] | None = None, **more: object
    ) -> Output:
        """Run a git command that writes, as the maintainer."""
        identity = maintainer.read_maintainer(self._clone).environment
        given = {**self.environment(), **identity, "GIT_REFLOG_ACTION": _OWN_ACTION, **(env or {})}
        return super().act(*arguments, env=given, **more)


class Worktree:
    """One worktree of a clone. It may not exist yet. `on_kept` gets a text: where a person's work is."""

    def __init__(self, clone: Git, path: Path, on_kept: Callable[[str], None] = lambda _text: None) -> None:
        self.clone = clone
        self.path = path
        self._on_kept = on_kept
        self.git = WorktreeGit(clone, path)

    @property
    def project(self) -> Path:
        """The project's directory in the worktree: its commands run there."""
        return self.path / self.clone.folder

    def _look(self) -> list[str]:
        """Return what git says of the worktree: its git directory, its commit, and `HEAD` if it is detached.

        Return less if the worktree is broken, and nothing if it is missing or belongs to another repository.
        """
        link = self.path / ".git"
        if not link.exists() or any(one.is_symlink() for one in (link, self.path, self.path.parent)):
            return []
        # git must not look for a repository in the directories above.
        answer = self.clone.shell.ask(
            "git", "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir",
            "HEAD", "--symbolic-full-name", "HEAD",
            cwd=self.path, env={"GIT_CEILING_DIRECTORIES": str(self.path.parent)}, ok=None,
        )  # fmt: skip  # what is asked, then where
        if len(answer.lines) < 2 or answer.lines[1] != self._common or answer.lines[0] == self._common:  # noqa: PLR2004  two directories
            return []
        return [answer.lines[0], *answer.lines[2:]]

    @functools.cached_property
    def _common(self) -> str:
        return self.clone.ask("rev-parse", "--path-format=absolute", "--git-common-dir").line

    @property
    def admin(self) -> Path | None:
        """The directory in which git keeps this worktree's HEAD and index, or None without a worktree."""
        found = self._look()
        return Path(found[0]) if found else None

    @property
    def exists(self) -> bool:
        """Whether the worktree is complete: it has an index, and no killed git left a lock in it."""
        admin = self.admin
        return admin is not None and git_index.is_whole(admin / "index") and _is_free(admin)

    def head(self) -> str | None:
        """Return the commit that is checked out, even if the worktree is broken, or None."""
        found = self._look()
        if len(found) != 3 or found[2] != "HEAD":  # noqa: PLR2004  directory, commit, symbolic name
            return None
        return found[1] if self.clone.commit_named(found[1]) == found[1] else None

    def operation(self) -> str | None:
        """Return the name of the git operation that is in progress in the worktree, or None."""
        admin = self.admin
        if admin is None:
            return None
        return next((name for mark, name in _OPERATIONS.items() if (admin / mark).exists()), None)

    def unmerged_paths(self) -> list[str]:
        """Return the paths that have unresolved conflicts."""
        rows = self.git.ask("ls-files", "-z", "--unmerged").stdout.split("\0")
        return sorted({row.partition("\t")[2] for row in rows if row})

    def changed_paths(self) -> list[str]:
        """Return the tracked paths that differ from HEAD, staged or not. The index is not written."""
        rows = self.git.ask(
            "status",
            "--porcelain",
            "-z",
            "--untracked-files=no",
            "--no-renames",
            "--ignore-submodules=untracked",
        ).stdout.split("\0")
        # Each row is two letters and a space, then the path (git 2.39).
        return sorted(row[3:] for row in rows if row)

    def untracked_files(self, directory: str) -> list[str]:
        """Return the untracked files below a directory, including ignored files."""
        names = self.git.ask("ls-files", "-z", "--others", "--", directory).stdout.split("\0")
        return sorted(name for name in names if name)

    def save_edits(self) -> str | None:
        """Save uncommitted edits as a commit that no ref names. Return it, or None without edits."""
        saved = self.git.act("stash", "create", ok=None)
        return saved.line or None

    def keep(self, name: str, sha: str) -> None:
        """Keep an object under a name for as long as the worktree exists. Nobody else sees the name."""
        self.git.act("update-ref", f"{_KEPT}/{name}", sha)

    def kept(self, name: str) -> str | None:
        """Return the object that is kept under a name, or None."""
        return self.git.ref(f"{_KEPT}/{name}") if self.exists else None

    def check_out(self, commit: str, *, reused: Collection[str] = ()) -> None:
        """Check out a commit, detached, clean and complete, with the submodules that the checkout has.

        Create the worktree again if it is missing or broken. Keep edits and commits of a person under a ref,
        and tell about them, unless the caller uses all the commits again: these are `reused`.
        """
        files.require_no_link(self.path.parent)
        self._keep_work(commit, reused)
        if not self.exists or self._has_lost_commit() or self._is_sparse():
            self._create(commit)
        if self.clone.shell.dry:
            return
        self._act("checkout", "--quiet", "--force", "--detach", "--no-recurse-submodules", commit, "--")
        if admin := self.admin:
            (admin / _UNFINISHED).unlink(missing_ok=True)
        self.update_submodules()

    def _keep_work(self, target: str, reused: Collection[str]) -> None:
        """Keep what a person has edited or committed here before another commit is checked out.

        Raise Prerequisite if an operation of git's other than a cherry-pick is in progress.
        """
        if self.clone.shell.dry:
            return
        head, commits = self.head(), self._commits_of_a_person(target)
        if head and commits:
            count = quantity(len(commits), "commit")
            how = f"{count} that patchwright did not make", f"git log {head[:10]} ^{target[:10]}"
            self._keep(head, *how, is_told=not set(commits) <= set(reused))
        if not self.exists or self._has_lost_commit():
            return
        self.require_no_operation()
        if self.unmerged_paths() or self._has_linked_directory():
            # git stashes no conflicts, and nothing behind a link.
            self.move_aside()
        elif self.changed_paths() and (saved := self.save_edits()):
            self._keep(saved, "edits", f"git stash apply {saved[:10]}")

    def _has_lost_commit(self) -> bool:
        """Return whether the clone does not have the commit of the worktree, as after a power failure."""
        found = self._look()
        return len(found) == 3 and self.clone.commit_named(found[1]) is None  # noqa: PLR2004  as in `head`

    def _has_linked_directory(self) -> bool:
        """Return whether a directory of tracked files was replaced by a symbolic link."""
        above = {str(PurePosixPath(path).parent) for path in self.changed_paths()}
        return any(files.find_link(self.path, directory) for directory in above)

    def _commits_of_a_person(self, target: str) -> list[str]:
        """Return the commits that only this worktree has, and that patchwright did not make here."""
        head = self.head()
        if head is None or head == target:
            return []
        # `--all` would also name the HEAD of this worktree.
        elsewhere = ("--single-worktree", "--not", "--all")
        only_here = self.clone.ask("rev-list", head, f"^{target}", *elsewhere).lines
        if not only_here:
            return []
        rows = self.git.ask("reflog", "show", "--format=%H %gs", "HEAD", "--").lines
        moves = [row.partition(" ")[::2] for row in rows]
        own = {sha for sha, action in moves if action.startswith(_OWN_ACTION)}
        return [sha for sha in only_here if sha not in own]

    def _keep(self, commit: str, what: str, way: str, *, is_told: bool = True) -> None:
        """Give a commit a name in the clone, so that git does not delete it, and tell where it is."""
        self.clone.act("update-ref", f"refs/patchwright/kept/{commit[:12]}", commit)
        if is_told:
            self._on_kept(
                f"patchwright kept {what} of the worktree {self.path}: {commit[:10]}; to see them: {way}"
            )

    def move_aside(self) -> None:
        """Rename whatever is not a complete worktree, so that no file of a person is lost."""
        if self.clone.shell.dry or not os.path.lexists(self.path):
            return
        self._require_removable()
        is_directory = self.path.is_dir() and not self.path.is_symlink()
        if is_directory and all(path.name == ".git" for path in self.path.iterdir()):
            return
        number = 1
        while os.path.lexists(aside := self.path.with_name(f"{self.path.name}-kept-{number}")):
            number += 1
        self.path.rename(aside)
        # git would take it for the new worktree: both would have the same index and HEAD.
        link = aside / ".git"
        if not aside.is_symlink() and link.is_file():
            link.rename(aside / ".git-of-patchwright")
        self._on_kept(f"the files of {self.path} were kept in {aside}")

    def _create(self, commit: str) -> None:
        """Create the worktree without files. Keep one that was never complete: a filter may have failed."""
        admin = self.admin
        if admin is None or not _is_free(admin) or not (admin / _UNFINISHED).exists():
            self.move_aside()
            self.discard()
            if not self.clone.shell.dry:
                files.make_directory(self.path.parent)
            # The first --force accepts a path that git still registers; the second, one that git still locks.
            flags = ("--quiet", "--force", "--force", "--detach", "--no-checkout")
            self.clone.act("worktree", "add", *flags, str(self.path), commit)
            self.git.forget()
        admin = None if self.clone.shell.dry else self.admin
        if admin is None or not admin.is_dir():
            return
        (admin / _UNFINISHED).touch()
        for path in self.path.iterdir():
            if path.name != ".git":
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        self._complete(admin)

    def _complete(self, admin: Path) -> None:
        """Make a new worktree complete: git has copied the sparse patterns of the checkout, but no keys."""
        (admin / "info" / "sparse-checkout").unlink(missing_ok=True)
        own = admin / "config.worktree"
        if own.is_file():
            for key in ("core.sparseCheckout", "core.sparseCheckoutCone", "index.sparse"):
                self.clone.act("config", "--file", str(own), "--unset-all", key, ok=None)
        keys = Path(self._common) / "git-crypt"
        if keys.is_dir() and not (admin / "git-crypt").exists():
            (admin / "git-crypt").symlink_to(keys)

    def _is_sparse(self) -> bool:
        """Return whether files are missing because an earlier version had copied the sparse patterns."""
        return any(row.startswith("S ") for row in self.git.ask("ls-files", "-t", "-z").stdout.split("\0"))

    def update_submodules(self) -> None:
        """Check out the submodules that the checkout has, at the commits that the index names."""
        if not self.clone.shell.dry:
            submodules.update(self.git, self.clone)

    def discard(self) -> None:
        """Remove the worktree with all its files. Its commits stay in the clone.

        Raise Prerequisite if a person has locked it.
        """
        self._require_removable()
        if self.path.exists():
            self.clone.act("worktree", "remove", "--force", "--force", str(self.path), ok=None)
        if not self.clone.shell.dry:
            shutil.rmtree(self.path, ignore_errors=True)

    def _require_removable(self) -> None:
        """Raise Prerequisite if the worktree is behind a link, or if a person has locked it."""
        files.require_no_link(self.path.parent)
        admin = self.admin
        if admin and (reason := _lock_of_a_person(admin)) is not None:
            raise Prerequisite(
                f"Somebody has locked patchwright's worktree {self.path}.",
                evidence=[f"lock: {admin / 'locked'}", *([f"reason: {reason}"] if reason else [])],
                remedy=["Unlock it, if nobody needs it any more. Then run the same command again."],
                next_command=shlex.join(["git", "worktree", "unlock", str(self.path)]),
            )

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files from the worktree and its index."""
        self._act("--literal-pathspecs", "rm", "--quiet", "--", *sorted(paths))

    def add(self, paths: Iterable[str]) -> None:
        """Stage files as they are in the worktree, including ignored files."""
        self._act("--literal-pathspecs", "add", "--force", "--", *sorted(paths))

    def commit(self, paths: Iterable[str], message: str, like: Commit | None = None) -> None:
        """Commit the staged changes with the project's hooks. They must be in the given paths.

        Without paths, the commit is empty. It takes author and author date from `like`, if given. Raise
        StepFailed if the commit would contain another path, or if a hook added one. Undo such a commit.
        """
        names = sorted(paths)
        before = self.head()
        if not self.clone.shell.dry:
            staged = self.git.ask(
                "diff-index", "--cached", "-z", "--name-only", "--no-renames", "--ignore-submodules=none",
                "HEAD", "--",
            )  # fmt: skip  # the flags, then what is compared
            self._require_only(names, [name for name in staged.stdout.split("\0") if name], "would contain")
        author = (f"--author={like.author}", f"--date={like.date}") if like else ()
        flags = ("--cleanup=verbatim", *(() if names else ("--allow-empty",)))
        self._act("commit", "--quiet", *flags, "--file=-", *author, stdin=message + "\n")
        if self.clone.shell.dry:
            return
        commit = self.git.commits("-1", "HEAD")[0]
        if commit.parents != (before,):
            raise StepFailed(
                "The new commit is not a child of the worktree's previous HEAD.", evidence=[commit.sha]
            )
        try:
            self._require_only(names, sorted(commit.paths), "contains")
            self.require_maintainer(commit.sha, like.author if like else None)
        except StepFailed:
            self.git.act("checkout", "--quiet", "--force", "--detach", str(before), "--")
            raise

    def _require_only(self, expected: list[str], found: list[str], verb: str) -> None:
        unexpected = sorted(set(found) - set(expected))
        if unexpected:
            raise StepFailed(
                f"The commit {verb} more than it should: {', '.join(unexpected)}.",
                evidence=[f"expected: {', '.join(expected)}", f"found: {', '.join(found)}"],
                remedy=["Find the hook or command that changes these files, and disable it for the release."],
            )
        if expected and not found:
            raise StepFailed("There is nothing to commit.", evidence=[f"expected: {', '.join(expected)}"])

    def require_no_operation(self) -> None:
        """Raise Prerequisite if a git operation other than a cherry-pick is in progress in the worktree."""
        operation = self.operation()
        if operation not in {None, "cherry-pick"}:
            abort = "bisect reset" if operation == "bisect" else f"{operation} --abort"
            raise Prerequisite(
                f"A {operation} is in progress in patchwright's worktree.",
                evidence=[f"worktree: {self.path}"],
                remedy=[f"Abort it: git -C {shlex.quote(str(self.path))} {abort}"],
            )

    def pick(self, commit: Commit, *, names_source: bool) -> None:
        """Cherry-pick a commit with its author and its message, word for word, as the maintainer.

        What a merge has changed is what it changed on its first parent.
        """
        before = self.head()
        flags = (*(("-x",) if names_source else ()), *(("-m", "1") if len(commit.parents) > 1 else ()))
        self._act("cherry-pick", "--cleanup=verbatim", *flags, commit.sha)
        if not self.clone.shell.dry:
            self._require_picked(before, commit.author)

    def continue_pick(self) -> None:
        """Commit a cherry-pick whose conflicts you have resolved, or in which git was killed.

        A resolution that leaves nothing to commit gives an empty commit that names its source, so that the
        same conflict does not return.
        """
        if not self.changed_paths() and self._is_picked():
            self.git.act("cherry-pick", "--quit")
            return
        before, source = self.head(), self.git.commits("-1", "CHERRY_PICK_HEAD")[0]
        # git takes author and author date from the source while the pick is in progress.
        flags = ("--quiet", "--allow-empty", "--cleanup=verbatim", "--file=-")
        self._act("commit", *flags, stdin=self._picked_message(source))
        if not self.clone.shell.dry:
            self._require_picked(before, source.author)

    def _picked_message(self, source: Commit) -> str:
        """Return the message that git has prepared for the pick, without its note about conflicts."""
        admin = self.admin
        try:
            prepared = (admin / "MERGE_MSG").read_bytes().decode("utf-8", "surrogateescape") if admin else ""
        except OSError:
            prepared = ""
        return _CONFLICTS.sub("", prepared) or f"{message_of_pick(source)}\n"

    def _require_picked(self, before: str | None, author: str) -> None:
        """Bring the submodules to the new commit. Undo it and raise StepFailed if it has other identities."""
        try:
            self.require_maintainer("HEAD", author)
        except StepFailed:
            self.git.act("checkout", "--quiet", "--force", "--detach", str(before), "--")
            raise
        self.update_submodules()

    def require_maintainer(self, commit: str, author: str | None = None) -> None:
        """Raise StepFailed if a commit does not have the maintainer's identity and the given author."""
        made = self.git.identities(commit)
        problem = maintainer.read_maintainer(self.clone).find_difference(made, author)
        if problem:
            raise StepFailed(
                f"The new commit is not the maintainer's: {problem}.",
                evidence=[f"hooks: {maintainer.hook_directory(self.clone)}"],
                remedy=[
                    "Find the hook that changes the commit, and let it keep author, committer and signature."
                ],
            )

    def _act(self, *arguments: str, stdin: str | None = None) -> None:
        """Run a git command that may start hooks, filters and a signer. Name the one that failed."""
        admin = self.admin
        with hook_trace.trace_hooks(admin / "patchwright-events" if admin else None) as trace:
            try:
                self.git.act(*arguments, stdin=stdin, env=trace.environment)
            except CommandFailed as failure:
                self._explain(failure, trace.failed_hook())
                raise

    def _explain(self, failure: CommandFailed, hook: str | None) -> None:
        """Say which filter, hook or signer has failed, and what to do. Raise Prerequisite for a filter."""
        where, admin = shlex.quote(str(self.path)), self.admin
        if found := _FILTER.search(failure.output):
            path, name = found["path"], found["name"]
            raise Prerequisite(
                f"The filter {name} failed for {path} in patchwright's worktree.",
                evidence=failure.evidence,
                remedy=[
                    f"See what it needs: git -C {where} config --get-regexp '^filter\\.{name}\\.'",
                    f"Install the filter's program, or unlock the filter in the worktree {where}.",
                    f"If it looks for files in the git directory: that is {admin} here, not {self._common}.",
                ],
            ) from None
        if hook:
            hook_trace.explain_refusal(
                failure, self.clone, hook, "the commit",
                "If the hook requires a branch, let it accept a detached HEAD: the worktree has no branch.",
                f"To try it by hand: git -C {where} commit",
            )  # fmt: skip  # what was refused, then how to fix it
        elif _SIGNER.search(failure.output):
            failure.cause = "git could not sign the commit."
            failure.evidence = (*failure.evidence, *maintainer.signer_words(self.clone))
            failure.remedy = (
                "Read the signing program's output above: unlock the key, or touch the security key.",
                "Run the same command again.",
            )

    def _is_picked(self) -> bool:
        """Return whether HEAD is the pick in progress: git was killed after it had committed."""
        source, head = (self.git.commits("-1", name)[0] for name in ("CHERRY_PICK_HEAD", "HEAD"))
        return bool({source.sha, *source.picked_from} & set(head.picked_from))


def _is_free(admin: Path) -> bool:
    """Return whether no git works in a worktree, and no killed git has left a lock in it."""
    patterns = ("*.lock", "refs/**/*.lock")
    is_unfinished = (admin / "locked").exists() and _lock_of_a_person(admin) is None
    return not is_unfinished and not any(git_locks.find_stale_locks(admin, pattern) for pattern in patterns)


def _lock_of_a_person(admin: Path) -> str | None:
    """Return the reason that a person gave when they locked a worktree, or None without such a lock."""
    reason = files.read_text(admin / "locked")
    # git itself locks a worktree while it creates it (git 2.39).
    return None if reason is None or reason.strip() == "initializing" else reason.strip()
