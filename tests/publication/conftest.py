"""What the tests of this room share."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory_release import MemoryRelease


@pytest.fixture
def release(tmp_path: Path) -> MemoryRelease:
    """A release whose version and changelog section are committed in the worktree."""
    release = MemoryRelease(tmp_path)
    release.prepare()
    return release
