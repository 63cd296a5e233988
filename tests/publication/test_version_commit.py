"""The development version: which one it is, when it is missing, and how it is committed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from memory_release import MemoryRelease
from patchwright.halts import VersionConflict
from patchwright.publication import version_commit
from patchwright.settings import Settings

DEVELOPMENT = "__version__ = '1.24.2.dev0'\n"


@pytest.fixture
def developing(tmp_path: Path) -> MemoryRelease:
    """A release whose branch gets a development version afterwards."""
    release = MemoryRelease(tmp_path, Settings(development_version="{next}.dev0"))
    release.prepare()
    return release


def test_without_the_setting_the_branch_stays_as_released(release: MemoryRelease) -> None:
    assert version_commit.development_version(release) is None
    assert not version_commit.lacks_development_version(release, release.commits.head)


def test_the_development_version_is_that_of_the_next_release(developing: MemoryRelease) -> None:
    assert version_commit.development_version(developing) == "1.24.2.dev0"
    assert version_commit.lacks_development_version(developing, developing.commits.head)


@pytest.mark.parametrize("version", ["1.24.2.dev0", "1.24.2", "1.25.0.dev3"])
def test_a_version_that_somebody_has_set_stays(developing: MemoryRelease, version: str) -> None:
    files: dict[str, str | None] = {"almanac.py": f"__version__ = '{version}'\n"}
    theirs = developing.memory.add_commit("Theirs", files, developing.commits.head)
    assert not version_commit.lacks_development_version(developing, theirs)


def test_the_development_version_is_one_commit(developing: MemoryRelease, fp: FakeProcess) -> None:
    head = developing.commits.head
    fp.register(
        ["hatch", "version", "1.24.2.dev0"],
        callback=lambda _process: developing.worktree.write({"almanac.py": DEVELOPMENT}),
    )
    fp.register(["hatch", "version"], stdout="1.24.2.dev0\n")
    version_commit.set_development_version(developing, head)
    built = str(developing.worktree.head())
    (commit,) = developing.git.commits(built, f"^{head}")
    assert commit.paths == {"almanac.py"}
    assert not version_commit.lacks_development_version(developing, built)


def test_another_version_than_the_development_version_is_not_committed(
    developing: MemoryRelease, fp: FakeProcess
) -> None:
    head = developing.commits.head
    fp.register(["hatch", "version", "1.24.2.dev0"])
    fp.register(["hatch", "version"], stdout="1.24.1\n")
    with pytest.raises(VersionConflict, match=r"the version is 1\.24\.1, not 1\.24\.2\.dev0"):
        version_commit.set_development_version(developing, head)
    assert developing.worktree.head() == head
