"""A linked git worktree that patchwright owns: at a stable path, with a detached HEAD, disposable."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path

from patchwright.halts import CommandFailed, Prerequisite, StepFailed
from patchwright.tools import git_locks
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit

_OPERATIONS = {
    "CHERRY_PICK_HEAD": "cherry-pick",
    "MERGE_HEAD": "merge",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "BISECT_LOG": "bisect",
}


class Worktree:
    """One worktree of a clone. It may not exist yet."""

    def __init__(self, clone: Git, path: Path) -> None:
        self.clone = clone
        self.path = path
        self.git = Git(clone.shell, path, clone.quarantine)

    @property
    def admin(self) -> Path | None:
        """The directory in which git keeps this worktree's HEAD and index, or None without a worktree."""
        try:
            link = (self.path / ".git").read_text(encoding="utf-8").strip().removeprefix("gitdir: ")
        except (OSError, UnicodeDecodeError):
            return None
        admin = Path(link)
        return admin if (admin / "HEAD").is_file() else None

    @property
    def exists(self) -> bool:
        """Whether the worktree is complete: it has an index, and no killed git left a lock in it."""
        admin = self.admin
        if admin is None or not (admin / "index").is_file() or (admin / "locked").exists():
            return False
        return not git_locks.find_stale_locks(admin)

    def head(self) -> str | None:
        """Return the commit that is checked out, even if the worktree is broken, or None."""
        admin = self.admin
        if admin is None:
            return None
        name = (admin / "HEAD").read_text(encoding="utf-8").strip()
        return name if self.clone.commit_named(name) == name else None

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
            "status", "--porcelain", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=none"
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

    def check_out(self, commit: str) -> None:
        """Check out a commit, detached and clean. Create the worktree again if it is missing or broken."""
        if self.exists:
            self.git.act(
                "checkout", "--quiet", "--force", "--detach", "--no-recurse-submodules", commit, "--"
            )
            return
        self.discard()
        if not self.clone.shell.dry:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        # The first --force accepts a path that git still registers; the second, one that git still locks.
        flags = ("--quiet", "--force", "--force", "--detach")
        self.clone.act("worktree", "add", *flags, str(self.path), commit)

    def discard(self) -> None:
        """Remove the worktree with all its files. Its commits stay in the clone."""
        if self.path.exists():
            self.clone.act("worktree", "remove", "--force", "--force", str(self.path), ok=None)
        if not self.clone.shell.dry:
            shutil.rmtree(self.path, ignore_errors=True)

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files from the worktree and its index."""
        self.git.act("--literal-pathspecs", "rm", "--quiet", "--", *sorted(paths))

    def add(self, paths: Iterable[str]) -> None:
        """Stage files as they are in the worktree, including ignored files."""
        self.git.act("--literal-pathspecs", "add", "--force", "--", *sorted(paths))

    def commit(self, paths: Iterable[str], message: str, like: Commit | None = None) -> None:
        """Commit the staged changes with the project's hooks. They must be in the given paths.

        The commit takes author and author date from `like`, if given. Raise StepFailed if the commit would
        contain another path, or if it does because a hook added one; such a commit is undone.
        """
        names = sorted(paths)
        before = self.head()
        if not self.clone.shell.dry:
            staged = self.git.ask("diff-index", "--cached", "-z", "--name-only", "--no-renames", "HEAD", "--")
            self._require_only(names, [name for name in staged.stdout.split("\0") if name], "would contain")
        author = (f"--author={like.author}", f"--date={like.date}") if like else ()
        self.git.act("commit", "--quiet", "--cleanup=verbatim", "--file=-", *author, stdin=message + "\n")
        if self.clone.shell.dry:
            return
        commit = self.git.commits("-1", "HEAD")[0]
        if commit.parents != (before,):
            raise StepFailed(
                "The new commit is not a child of the worktree's previous HEAD.", evidence=[commit.sha]
            )
        try:
            self._require_only(names, sorted(commit.paths), "contains")
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
        if not found:
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

    def continue_pick(self) -> None:
        """Commit a cherry-pick whose conflicts you have resolved, or in which git was killed."""
        if not self.changed_paths() and self._is_picked():
            self.git.act("cherry-pick", "--quit")
            return
        try:
            self.git.act("-c", "core.editor=:", "cherry-pick", "--continue")
        except CommandFailed:
            # git refuses a resolution that leaves nothing to commit (git 2.39). An empty commit names its
            # source, so that the same conflict does not return.
            if self.changed_paths():
                raise
            self.git.act("commit", "--quiet", "--allow-empty")

    def _is_picked(self) -> bool:
        """Return whether HEAD is the pick in progress: git was killed after it had committed."""
        source, head = (self.git.commits("-1", name)[0] for name in ("CHERRY_PICK_HEAD", "HEAD"))
        return bool({source.sha, *source.picked_from} & set(head.picked_from))
