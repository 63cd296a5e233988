"""A real repository in a temporary directory, for tests that are about what git does."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from patchwright.git import Git
from patchwright.shell import Shell

IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"), ("DATE", "2026-01-02T03:04:05+00:00"))
}


class Repository:
    """A work tree with its repository, on branch `master`; `asked` is the package's view of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked = Git(Shell(path), path)
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=master")

    def git(self, *arguments: str) -> str:
        """Run git here, which must work, and return its output without the last newline."""
        done = subprocess.run(["git", *arguments], cwd=self.path, check=True, capture_output=True, text=True)
        return done.stdout.removesuffix("\n")

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write the texts of files; remove those whose text is None."""
        for name, text in files.items():
            path = self.path / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)

    def commit(self, message: str, files: Mapping[str, str | None] = {}) -> str:
        """Commit files on the branch that is checked out, and return the commit."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")


def isolate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git read no configuration but the repository's, and know who commits and when."""
    for name, value in {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **IDENTITY}.items():
        monkeypatch.setenv(name, value)
