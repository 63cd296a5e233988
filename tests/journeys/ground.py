"""A practice ground for the journeys: run commands on it, and look at its origin."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from next_command import problem_of
from patchwright.practice.github import StandIn
from patchwright.practice.project import Project

BIN = Path(sys.executable).parent
JOB_SECONDS = 0.2


@dataclasses.dataclass(frozen=True)
class Done:
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    def checked(self, typed: Sequence[str]) -> Done:
        """Return this, and require that the next command of a halt asks for no more than what was typed."""
        problem = problem_of(typed, self.text)
        assert problem is None, f"{problem}\n{self.text}"
        return self


@dataclasses.dataclass(frozen=True)
class Ground:
    """A practice ground with an empty home."""

    project: Project
    standin: StandIn
    env: Mapping[str, str]
    root: Path

    @property
    def clone(self) -> Path:
        return self.project.clone

    def run(self, *argv: str, cwd: Path | None = None, stdin: str | None = None, **env: str) -> Done:
        done = subprocess.run(
            argv, cwd=cwd or self.clone, env={**self.env, **env}, capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL if stdin is None else None, input=stdin, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def inv(self, *arguments: str, cwd: Path | None = None, **env: str) -> Done:
        """Run inv in a new process, as a maintainer does."""
        return self.run(str(BIN / "inv"), *arguments, cwd=cwd, **env).checked(arguments)

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run git in the maintainer's clone, require success, and return the output."""
        done = self.run("git", *arguments, cwd=cwd)
        assert done.status == 0, done.text
        return done.out.strip()

    def origin(self, *arguments: str) -> str:
        """Run git in the bare repository behind origin, and return its output."""
        return self.git("--git-dir", str(self.project.origin), *arguments)

    def refs(self) -> dict[str, str]:
        """Return origin's refs."""
        rows = self.origin("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(row.split(" ") for row in rows)

    def subjects(self, revisions: str) -> list[str]:
        """Return the subjects of commits on origin, newest first."""
        return self.origin("log", "--format=%s", revisions).splitlines()

    def show(self, name: str) -> str:
        """Return a file of a commit on origin."""
        return self.origin("show", name)

    def clone_again(self, name: str) -> Path:
        """Create another clone of origin with the same configuration and no journal, and return its path."""
        elsewhere = self.root / name / self.clone.name
        self.git("clone", "--quiet", self.project.remote_url, str(elsewhere), cwd=self.root)
        kept = self.run("git", "config", "--local", "--list", "-z").out.split("\0")
        for row in kept:
            key, _, value = row.partition("\n")
            if key.startswith(("user.", "gpg.")):
                self.git("config", key, value, cwd=elsewhere)
        return elsewhere


Make = Callable[..., Ground]


def environment(root: Path, standin: StandIn, shared: Path) -> dict[str, str]:
    """Return the environment of a maintainer with an empty home. Hatch keeps its data below `shared`."""
    home = root / "home"
    home.mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "GH_", "GITHUB_", "XDG_", "INVOKE_", "HATCH_"))
    }
    return {
        **kept,
        **standin.environment(home),
        "HOME": str(home),
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "XDG_STATE_HOME": str(root / "state"),
        "XDG_CACHE_HOME": str(shared / "cache"),
        "XDG_DATA_HOME": str(shared / "data"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "INVOKE_PATCHWRIGHT_WATCH_INTERVAL": "1",
        "INVOKE_PATCHWRIGHT_APPEAR_TIMEOUT": "10",
        "INVOKE_PATCHWRIGHT_WATCH_TIMEOUT": "60",
        "INVOKE_PATCHWRIGHT_PATIENCE": "5",
    }
