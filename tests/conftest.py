"""What every test shares: no real process is started unless the test is a journey."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_subprocess import FakeProcess

from repository import Project, Repository, isolate

# The same examples in every run. How long one takes says more of the machine than of the code.
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


@pytest.fixture
def all_boundaries(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--all-boundaries"))


@pytest.fixture(autouse=True)
def no_real_processes(request: pytest.FixtureRequest) -> Iterator[FakeProcess | None]:
    """Forbid real processes, and let no registration go unused; a journey opts out."""
    if request.node.get_closest_marker("journey"):
        yield None
        return
    fp: FakeProcess = request.getfixturevalue("fp")
    yield fp
    unused = [list(command.command) for command, left in fp.definitions.items() if left]
    assert not unused, f"registered and never started: {unused}"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A real repository, for journeys."""
    isolate(monkeypatch)
    return Repository(tmp_path / "repository")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A real project with an origin, for journeys."""
    isolate(monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Project(tmp_path / "almanac")
