"""Sessions on fake releases, so that a command opens no clone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from patchwright.engine import session
from patchwright.engine.session import Session
from patchwright.releases.release import Release
from patchwright.releases.request import Request
from patchwright.report.terminal import Report

UseRelease = Callable[[Release], Session]


@pytest.fixture
def options() -> dict[str, Any]:
    """Return the keyword arguments with which the command started its session."""
    return {}


@pytest.fixture
def use_release(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> UseRelease:
    """Return a function that lets the command work on a release, and returns its session."""

    def use(release: Release) -> Session:
        running = Session(object(), Report(), Request("1.24"), only_asks=True)
        running.open_release = release

        def start(*_arguments: object, **given: object) -> Session:
            options.update(given)
            return running

        monkeypatch.setattr(session, "start", cast("Any", start))
        return running

    return use
