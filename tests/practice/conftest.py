"""Fixtures: a practice ground for a test."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from patchwright.practice import github
from patchwright.practice.github import StandIn
from patchwright.practice.project import make_project
from practice.ground import Ground
from practice.memory_hosting import MemoryHosting

# The clock of the stand-in is faster than the real one by this factor.
CLOCK_SPEED = 20.0


@pytest.fixture
def make_ground(tmp_path: Path) -> Iterator[Callable[..., Ground]]:
    """Return a maker of the practice ground. Its stand-in runs until the end of the test."""
    start = time.time()
    with StandIn(tmp_path / "github", clock=lambda: start + CLOCK_SPEED * (time.time() - start)) as standin:

        def make(**options: object) -> Ground:
            project = make_project(tmp_path, standin, **options)  # type: ignore[arg-type]  # the parameters of make_project
            home = tmp_path / "home"
            variables = {
                "HOME": str(home),
                "LC_ALL": "C",
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                # Do not download packages again for each test.
                "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
            }
            return Ground(standin, project, {**os.environ, **variables, **standin.environment(home)})

        yield make


@pytest.fixture
def memory_standin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Return a stand-in that starts no git. Its clock has stopped."""
    monkeypatch.setattr(github, "Hosting", MemoryHosting)
    with StandIn(tmp_path / "github", clock=lambda: 1000.0) as standin:
        yield standin


@pytest.fixture
def ground(make_ground: Callable[..., Ground]) -> Ground:
    return make_ground()
