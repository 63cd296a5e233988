"""What the tests of a release's parts share."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory_release import MemoryRelease


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryRelease:
    """A release that has not begun."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return MemoryRelease(tmp_path)
