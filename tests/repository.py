"""A real repository in a temporary directory, for tests that are about what git does."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from patchwright.tools.git import Git
from patchwright.tools.shell import Shell

IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"), ("DATE", "2026-01-02T03:04:05+00:00"))
}


class Repository:
    """A work tree with its repository, on branch `master`; `package_git` is the package's Git for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.package_git = Git(Shell(path), path)
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


def version(number: str) -> dict[str, str | None]:
    """Return the file that says which version a tree is of."""
    return {"almanac.py": f'__version__ = "{number}"\n'}


WORKFLOW_FILES = {
    ".github/workflows/qa.yaml": "name: qa\non: { push: { branches: ['**'] } }\njobs: { test: {} }\n",
    ".github/workflows/release.yaml": "name: release\non: { push: { tags: ['v*'] } }\njobs: { ship: {} }\n",
}
PYPROJECT = """\
[project]
name = "almanac"
dynamic = ["version"]
[tool.hatch.version]
path = "almanac.py"
[tool.towncrier]
directory = "news"
filename = "CHANGES.rst"
issue_format = "#{issue}"
[[tool.towncrier.type]]
directory = "repair"
name = "Repairs"
showcontent = true
"""
START = ".. towncrier release notes start\n"


def section(number: str, *fragments: str) -> str:
    """Return a version's section of the changelog, as towncrier writes it."""
    heading = f"almanac {number} (2026-02-02)"
    entries = "\n".join(f"- {fragment}\n" for fragment in fragments)
    return f"{heading}\n{'=' * len(heading)}\n\nRepairs\n-------\n\n{entries}\n\n"


class Project(Repository):
    """A project whose 1.24.0 is released on `release-1.24`, and the clone of its maintainer."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.git("init", "--quiet", "--bare", str(self.bare))
        self.git("remote", "add", "origin", str(self.bare))
        files = {"pyproject.toml": PYPROJECT, "CHANGES.rst": f"{START}\n", "news/.gitignore": "!.gitignore\n"}
        self.commit("Begin", {**files, **version("1.24.0")})
        self.release("1.24.0")
        self.git("branch", "release-1.24")
        self.publish("master", "release-1.24")

    @property
    def bare(self) -> Path:
        """The repository behind the remote `origin`."""
        return self.path.with_name("origin.git")

    def release(self, number: str) -> None:
        """Tag what is checked out as a version, for everyone."""
        self.git("tag", "--annotate", f"--message={number}", f"v{number}")
        self.publish(f"v{number}")

    def publish(self, *names: str) -> None:
        """Push branches and tags."""
        self.git("push", "--quiet", "origin", *names)
