"""Makes the practice ground for a test, and clears it away."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from patchwright.practice.github import StandIn
from patchwright.practice.project import make_project
from practice.ground import Ground

# The clock of the stand-in runs this much faster than the tests' own.
HASTE = 20.0


@pytest.fixture
def make_ground(tmp_path: Path) -> Iterator[Callable[..., Ground]]:
    """Make the practice ground as a test asks for it; its stand-in lasts as long as the test."""
    begun = time.time()
    with StandIn(tmp_path / "github", clock=lambda: begun + HASTE * (time.time() - begun)) as standin:

        def make(**wishes: object) -> Ground:
            project = make_project(tmp_path, standin, **wishes)  # type: ignore[arg-type]  # what a test wishes
            home = tmp_path / "home"
            variables = {
                "HOME": str(home),
                "LC_ALL": "C",
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                # Packages need not be fetched anew for each test.
                "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
            }
            return Ground(standin, project, {**os.environ, **variables, **standin.environment(home)})

        yield make


@pytest.fixture
def ground(make_ground: Callable[..., Ground]) -> Ground:
    return make_ground()
