"""Fixtures of the journeys: practice grounds in every variant."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from histories import Flavour, History, released_history
from journeys.ground import JOB_SECONDS, Ground, Make, environment
from journeys.workshop import MakeShop, Workshop
from patchwright.practice.github import StandIn
from patchwright.practice.project import Patches, VersionSource, make_project


@contextlib.contextmanager
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Make practice grounds, each with its stand-in running for as long as the block lasts."""
    # The journeys of a worker share Hatch's environments: no test is about creating them.
    shared = tmp_path_factory.getbasetemp() / "hatch"
    # The paths of sockets are limited in length.
    with tempfile.TemporaryDirectory(prefix="pw-") as short, contextlib.ExitStack() as standins:
        made: list[Ground] = []

        def make(
            patches: Patches = "mainline",
            *,
            newer_series: bool = False,
            sign: bool = True,
            version_source: VersionSource = "file",
            folder: str = "",
        ) -> Ground:
            root = Path(short) / str(len(made))
            root.mkdir()
            standin = standins.enter_context(StandIn(root / "github", job_seconds=JOB_SECONDS))
            project = make_project(
                root / "ground",
                standin,
                patches=patches,
                newer_series=newer_series,
                sign=sign,
                version_source=version_source,
                folder=folder,
            )
            made.append(Ground(project, standin, environment(root, standin, shared), root))
            return made[-1]

        yield make


@pytest.fixture
def make_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Return a maker of practice grounds, for tests that choose the variant."""
    with grounds(tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="module")
def shared_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One practice ground for a whole module: its tests leave it as they found it."""
    with grounds(tmp_path_factory) as make:
        yield make()


@pytest.fixture
def ground(make_ground: Make) -> Ground:
    """A practice ground with the patches on the mainline."""
    return make_ground()


@pytest.fixture
def make_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeShop:
    """Return a maker of workshops: clones of a small made history, without GitHub."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def make(add: Callable[[History], object], flavour: Flavour | None = None) -> Workshop:
        history = released_history(tmp_path / "origin.git", flavour)
        add(history)
        return Workshop.of(history)

    return make
