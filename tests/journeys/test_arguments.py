"""Arguments are checked before any program is started."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from journeys.ground import BIN, Ground

pytestmark = pytest.mark.journey

PROGRAMS = ("git", "gh", "hatch", "sh", "id", "rm", "towncrier", "ssh-keygen")
TYPED = (
    ("release.patch", "--version", "1.24; rm -rf x"),
    ("release.patch", "--version", "$(id)"),
    ("release.patch", "--version", "`id`"),
    ("release.patch", "--version", "1.24\n"),
    ("release.patch", "--version", "1.24\x1b[31m\u202e"),
    ("release.patch", "--version=--upload-pack=x"),
    ("release.patch", "--version", "--help"),
    ("release.patch", "--version", "01.24"),
    ("release.patch", "--version", "9" * 5000),
    ("release.patch",),
    ("release.patch", "--version", "1.24", "--patches", ":/Fix"),
    ("release.patch", "--version", "1.24", "--patches=--all"),
    ("release.patch", "--version", "1.24", "--message", "two\nlines"),
    ("release.watch-qa", "--version", "../x"),
    ("release.status", "--version", "\uff11.24"),
)


@pytest.fixture
def recorded(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which every program only records that it was started."""
    place = tmp_path / "programs"
    place.mkdir()
    for name in PROGRAMS:
        script = place / name
        script.write_text(
            f'#!{BIN / "python"}\nopen({str(tmp_path / "started")!r}, "a").write("{name}\\n")\n'
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"PATH": str(place)}


def test_a_bad_argument_starts_no_program(
    shared_ground: Ground, recorded: dict[str, str], tmp_path: Path
) -> None:
    for typed in TYPED:
        done = shared_ground.inv(*typed, cwd=None, **recorded)
        assert done.status == 2, (typed, done.text)
        assert "it must be" in done.err or "more than once" in done.err or "--version is missing" in done.err
        assert done.out == ""
        assert "\x1b" not in done.err
        assert "\u202e" not in done.err
        assert len(done.err) < 800
    assert not (tmp_path / "started").exists()
    # The recording works: a valid argument starts git.
    shared_ground.inv("release.patch", "--version", "1.24", cwd=None, **recorded)
    assert (tmp_path / "started").read_text().splitlines()[0] == "git"
