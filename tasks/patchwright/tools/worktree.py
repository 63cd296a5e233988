"""A linked git worktree that patchwright owns: detached, disposable, at a stable path."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from patchwright.halts import CommandFailed, Prerequisite, StepFailed
from patchwright.tools import git_locks
from patchwright.tools.git import Commit, Git

_OPERATIONS = {
    "CHERRY_PICK_HEAD": "cherry-pick",
    "MERGE_HEAD": "merge",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "BISECT_LOG": "bisect",
}


class Worktree:
    """One worktree of a clone, which may not exist yet."""

    def __init__(self, clone: Git, path: Path) -> None:
        self.clone = clone
        self.path = path
        self.git = Git(clone.shell, path)

    @property
    def admin(self) -> Path | None:
        """Where git keeps this worktree's HEAD and index; None where there is no worktree."""
        try:
            named = (self.path / ".git").read_text(encoding="utf-8").strip().removeprefix("gitdir: ")
        except (OSError, UnicodeDecodeError):
            return None
        admin = Path(named)
        return admin if (admin / "HEAD").is_file() else None

    @property
    def exists(self) -> bool:
        """Whether the worktree is there and whole: no git was killed while it made or locked it."""
        admin = self.admin
        if admin is None or not (admin / "index").is_file() or (admin / "locked").exists():
            return False
        return not git_locks.left_behind(admin)

    def head(self) -> str | None:
        """Return the commit that the worktree stands on, also where the worktree is broken."""
        admin = self.admin
        if admin is None:
            return None
        kept = (admin / "HEAD").read_text(encoding="utf-8").strip()
        return kept if self.clone.commit_named(kept) == kept else None

    def operation(self) -> str | None:
        """Return the git operation that is in progress in the worktree."""
        admin = self.admin
        if admin is None:
            return None
        return next((name for mark, name in _OPERATIONS.items() if (admin / mark).exists()), None)

    def unmerged(self) -> list[str]:
        """Return the paths with conflicts that are not resolved."""
        rows = self.git.ask("ls-files", "-z", "--unmerged").stdout.split("\0")
        return sorted({row.partition("\t")[2] for row in rows if row})

    def changed(self) -> list[str]:
        """Return the tracked paths whose contents differ from HEAD's, staged or not."""
        self.git.ask("update-index", "-q", "--refresh", ok=None)
        names = self.git.ask("diff-index", "-z", "--name-only", "--no-renames", "HEAD", "--").stdout.split(
            "\0"
        )
        return sorted(name for name in names if name)

    def untracked(self, directory: str) -> list[str]:
        """Return the files below a directory that git does not track, ignored ones too."""
        names = self.git.ask("ls-files", "-z", "--others", "--", directory).stdout.split("\0")
        return sorted(name for name in names if name)

    def set_aside(self) -> str | None:
        """Keep the worktree's uncommitted edits as a commit that no ref names, and return it."""
        made = self.git.act("stash", "create", ok=None)
        return made.line or None

    def stand_at(self, commit: str) -> None:
        """Make the worktree stand at a commit, detached and clean, made anew if missing or broken."""
        if self.exists:
            self.git.act(
                "checkout", "--quiet", "--force", "--detach", "--no-recurse-submodules", commit, "--"
            )
            return
        self.discard()
        if not self.clone.shell.dry:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        # Once for a path that git still knows, twice for one that it locked while it made the worktree.
        how = ("--quiet", "--force", "--force", "--detach")
        self.clone.act("worktree", "add", *how, str(self.path), commit)

    def discard(self) -> None:
        """Remove the worktree and all that it holds; its commits stay in the clone."""
        if self.path.exists():
            self.clone.act("worktree", "remove", "--force", "--force", str(self.path), ok=None)
        if not self.clone.shell.dry:
            shutil.rmtree(self.path, ignore_errors=True)

    def remove(self, paths: Iterable[str]) -> None:
        """Take files out of the worktree and its index."""
        self.git.act("--literal-pathspecs", "rm", "--quiet", "--", *sorted(paths))

    def add(self, paths: Iterable[str]) -> None:
        """Put files into the index as they are in the worktree, also those that an ignore file names."""
        self.git.act("--literal-pathspecs", "add", "--force", "--", *sorted(paths))

    def commit(self, paths: Iterable[str], message: str, like: Commit | None = None) -> None:
        """Commit what is staged, the given paths and nothing else, through the project's hooks.

        Author and author date are those of the commit `like`, where one is given.
        Halts when the commit would hold, or came to hold, another path: a hook may have added one.
        """
        names = sorted(paths)
        before = self.head()
        if not self.clone.shell.dry:
            staged = self.git.ask("diff-index", "--cached", "-z", "--name-only", "--no-renames", "HEAD", "--")
            self._require_only(names, [name for name in staged.stdout.split("\0") if name], "would hold")
        author = (f"--author={like.author}", f"--date={like.date}") if like else ()
        self.git.act("commit", "--quiet", "--cleanup=verbatim", "--file=-", *author, stdin=message + "\n")
        if self.clone.shell.dry:
            return
        made = self.git.commits("-1", "HEAD")[0]
        if made.parents != (before,):
            raise StepFailed("The commit was not made on top of the worktree's HEAD.", evidence=[made.sha])
        try:
            self._require_only(names, sorted(made.paths), "holds")
        except StepFailed:
            self.git.act("checkout", "--quiet", "--force", "--detach", str(before), "--")
            raise

    def _require_only(self, names: list[str], held: list[str], tense: str) -> None:
        foreign = sorted(set(held) - set(names))
        if foreign:
            raise StepFailed(
                f"The commit {tense} more than it should: {', '.join(foreign)}.",
                evidence=[f"expected: {', '.join(names)}", f"found: {', '.join(held)}"],
                remedy=[
                    "A hook or a command changes other files; see to it that it does not during a release."
                ],
            )
        if not held:
            raise StepFailed("There is nothing to commit.", evidence=[f"expected: {', '.join(names)}"])

    def require_calm(self) -> None:
        """Halt where another git operation than a cherry-pick is in progress in the worktree."""
        operation = self.operation()
        if operation not in {None, "cherry-pick"}:
            raise Prerequisite(
                f"A {operation} is in progress in patchwright's worktree.",
                evidence=[f"worktree: {self.path}"],
                remedy=[f"End it there: git -C {self.path} {operation} --abort"],
            )

    def continue_pick(self) -> None:
        """Commit the cherry-pick whose conflicts a person has resolved, or that git was killed in."""
        if not self.changed() and self._is_picked():
            self.git.act("cherry-pick", "--quit")
            return
        try:
            self.git.act("-c", "core.editor=:", "cherry-pick", "--continue")
        except CommandFailed:
            # git refuses a resolution that leaves nothing to commit (git 2.39). It is kept as an empty
            # commit: that names its source, so that the same question is not asked again.
            if self.changed():
                raise
            self.git.act("commit", "--quiet", "--allow-empty")

    def _is_picked(self) -> bool:
        """Tell whether HEAD is the pick that is in progress: git was killed right after it committed."""
        source, head = (self.git.commits("-1", name)[0] for name in ("CHERRY_PICK_HEAD", "HEAD"))
        return bool({source.sha, *source.picked_from} & set(head.picked_from))
