"""`release.rehearse`: it rehearses the release of its flags, and only asks in the clone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from invoke import Context

from commands.conftest import UseRelease
from fake_release import fake_release
from patchwright.commands import rehearse
from patchwright.halts import BadArgument
from patchwright.practice import rehearsal
from patchwright.releases.release import Release
from patchwright.report.terminal import Report


@pytest.mark.parametrize("status", [0, 7])
def test_the_rehearsal_has_the_flags_of_the_release(
    status: int, tmp_path: Path, use_release: UseRelease, options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip  # the fixtures
    rehearsed: list[tuple[Release, tuple[str, ...]]] = []

    def run(release: Release, flags: tuple[str, ...], _report: Report) -> int:
        rehearsed.append((release, flags))
        return status

    monkeypatch.setattr(rehearsal, "run", run)
    release = fake_release(tmp_path)
    use_release(release)
    flags = {"version": "1.24", "patches": ["none"], "message": "Fix", "skip_check": True, "yes": True}
    assert rehearse.run(Context(), **flags) == status
    assert rehearsed == [
        (release, ("--patches", "none", "--message", "Fix", "--skip-check", "--yes")),
    ]
    assert options == {"only_asks": True, "task": "rehearse"}


def test_a_rehearsal_needs_a_series() -> None:
    with pytest.raises(BadArgument, match="--version is missing"):
        rehearse.run(Context())
