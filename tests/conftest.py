"""Fixtures for every test. A test starts no real process unless it is a journey."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_subprocess import FakeProcess

from histories import History, released_history
from patchwright.invocation import ENTERING, TYPED
from patchwright.tools.streams import Streams
from repository import Project, Repository, isolate

# Every run has the same examples. The duration of one depends more on the machine than on the code.
settings.register_profile(
    "patchwright", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patchwright")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-boundaries",
        action="store_true",
        help="kill a release at every boundary, not only at those that are listed",
    )
    parser.addoption(
        "--histories",
        type=int,
        default=60,
        help="compare what patchwright believes with the truth in this many generated histories",
    )


@pytest.fixture
def all_boundaries(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--all-boundaries"))


@pytest.fixture(autouse=True)
def typed_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the command line of the test runner: next commands are made from the command line of inv."""
    monkeypatch.setattr(sys, "argv", ["inv"])
    for name in (TYPED, ENTERING):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_real_processes(request: pytest.FixtureRequest) -> Iterator[FakeProcess | None]:
    """Forbid real processes and unused registrations. A journey may start real processes."""
    if request.node.get_closest_marker("journey"):
        yield None
        return
    fp: FakeProcess = request.getfixturevalue("fp")
    # A fake program has no pipes.
    fakes = request.getfixturevalue("monkeypatch")
    fakes.setattr(
        Streams, "communicate", lambda pipes, data=None, timeout=None: pipes.child.communicate(data, timeout)
    )
    yield fp
    unused = [list(command.command) for command, left in fp.definitions.items() if left]
    assert not unused, f"registered and never started: {unused}"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Return a real repository, for journeys."""
    isolate(monkeypatch)
    return Repository(tmp_path / "repository")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a real project with an origin, for journeys."""
    isolate(monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Project(tmp_path / "almanac")


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """Return a history in which 1.24.0 is released. `fake_git` answers questions about it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return released_history(tmp_path / "origin.git")
