"""What the tests of the steps share."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory_release import MemoryRelease


@pytest.fixture
def release(tmp_path: Path) -> MemoryRelease:
    """A release that has not begun."""
    return MemoryRelease(tmp_path)


@pytest.fixture
def dry(tmp_path: Path) -> MemoryRelease:
    """The same in a dry run."""
    return MemoryRelease(tmp_path, dry=True)
