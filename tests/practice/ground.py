"""Ground: the practice ground for tests, and ways to run programs there."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from patchwright.practice.github import StandIn
from patchwright.practice.project import Project


@dataclass(frozen=True)
class Ground:
    """A project whose remote is the stand-in."""

    standin: StandIn
    project: Project
    environment: dict[str, str]

    def run(self, *argv: str, cwd: Path | None = None, ok: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program in the clone. It must succeed, or with `ok=False` fail."""
        done = subprocess.run(
            argv,
            cwd=cwd or self.project.clone,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode == 0) is ok, done
        return done

    def commit(self, message: str, branch: str = "master") -> str:
        """Push a new commit on top of a branch of origin, and return the commit."""
        self.run("git", "fetch", "--quiet", "origin")
        self.run("git", "checkout", "--quiet", "--detach", f"origin/{branch}")
        self.run("git", "commit", "--quiet", "--allow-empty", "-m", message)
        self.run("git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return self.head

    @property
    def head(self) -> str:
        """The commit at HEAD."""
        return self.run("git", "rev-parse", "HEAD").stdout.strip()
