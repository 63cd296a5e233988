"""Symbolic links: what a release reads or writes is a regular file, on the branch, mainline and in picks."""

from __future__ import annotations

from pathlib import Path

import pytest

from histories import History
from journeys.workshop import MakeShop, Workshop
from patchwright.halts import Prerequisite
from patchwright.preflight import regular_files

pytestmark = pytest.mark.journey

B = "release-1.24"


def link(shop: Workshop, branch: str, path: str, target: str) -> str:
    """Replace a path on a branch with a link, push that, and return the commit."""
    shop.git("checkout", "--quiet", "-B", branch, f"origin/{branch}")
    place = shop.clone / path
    if place.is_dir():
        shop.git("rm", "-r", "--quiet", path)
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
    shop.git("add", "--all")
    shop.git("commit", "--quiet", "--message=Link", "--", ".")
    shop.git("push", "--quiet", "origin", branch)
    shop.git("checkout", "--quiet", "--detach", "origin/master")
    return shop.git("rev-parse", f"refs/heads/{branch}")


@pytest.fixture
def shop(make_shop: MakeShop) -> Workshop:
    return make_shop(fix)


def fix(history: History) -> None:
    history.add(B, "6.bugfix", "Repair tides.", {"almanac/tides.py": "TIDES = 12.4\n"})


def paths_of(shop: Workshop) -> dict[str, str]:
    flavour = shop.history.flavour
    return {
        "changelog": flavour.changelog,
        "version": str(flavour.version_file),
        "fragment": "changes/7.bugfix",
        "directory": "changes",
        "configuration": "pyproject.toml",
    }


@pytest.mark.parametrize("name", ["changelog", "version", "fragment", "directory"])
def test_a_link_on_the_release_branch_halts(shop: Workshop, tmp_path: Path, name: str) -> None:
    path = paths_of(shop)[name]
    link(shop, B, path, str(tmp_path / "outside"))
    with pytest.raises(Prerequisite, match="something other than a regular file") as halted:
        regular_files.require_regular_files(shop.open("1.24", "none"))
    assert f"{path}: a symbolic link" in halted.value.evidence


@pytest.mark.parametrize("name", ["changelog", "directory"])
def test_a_link_on_the_mainline_halts(shop: Workshop, tmp_path: Path, name: str) -> None:
    path = paths_of(shop)[name]
    link(shop, shop.history.main, path, str(tmp_path / "outside"))
    with pytest.raises(Prerequisite, match=rf"^{shop.history.main} has something other"):
        regular_files.require_regular_files(shop.open("1.24", "none"))


def test_a_link_in_a_pick_halts(shop: Workshop, tmp_path: Path) -> None:
    commit = link(shop, shop.history.main, "changes/7.bugfix", str(tmp_path / "outside"))
    release = shop.open("1.24", commit)
    found = regular_files.find_in_pick(release, commit, frozenset({"changes/7.bugfix"}))
    assert found is not None
    assert found.cause.startswith(f"The pick {commit[:10]} has something other")


def test_links_that_a_release_does_not_read_are_no_problem(shop: Workshop) -> None:
    link(shop, B, "almanac/latest.py", "tides.py")
    link(shop, shop.history.main, "changes/README", "../README")
    regular_files.require_regular_files(shop.open("1.24", "none"))


def test_a_changelog_behind_a_link_is_not_written_by_the_step_alone(shop: Workshop, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine\n")
    link(shop, B, shop.history.flavour.changelog, str(outside))
    release = shop.open("1.24", "none")
    with pytest.raises(Prerequisite, match="something other than a regular file"):
        shop.run(release, ("checkout", "pick", "bump", "changelog"))
    assert outside.read_text() == "mine\n"
