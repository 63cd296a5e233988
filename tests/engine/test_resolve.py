"""Which release is meant: the clone, the series, the version, and what was fixed for it before."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from patchwright.engine import resolve
from patchwright.halts import BranchConflict, Halt, Prerequisite, VersionConflict
from patchwright.progress import Silent
from patchwright.releases import plan
from patchwright.releases.journal import Intent, Journal
from patchwright.releases.release import Release
from patchwright.tools.shell import Shell
from repository import START, Project, section, version

pytestmark = pytest.mark.journey


def opened(
    where: Path, series: str | None = "1.24", *, message: str | None = None, late: bool = False
) -> Release:
    """Return the release that the flags mean."""
    release = resolve.enter(Shell(where), {}, {}, Silent())
    resolve.choose(release, plan.request(series, message=message), after_the_fact=late)
    return release


def released(project: Project, *, cleaned_up: bool, integrated: bool) -> None:
    """Release 1.24.1 as the written process does, up to its clean-up or its integration."""
    project.git("checkout", "--quiet", "release-1.24")
    project.commit("Repair", {"years.py": "x\n", "news/7.repair.rst": "Leap years.\n"})
    project.commit("Version: 1.24.1", version("1.24.1"))
    changelog = {"CHANGES.rst": f"{START}\n{section('1.24.1', 'Leap years. (#7)')}"}
    project.commit("Update changelog for v1.24.1 patch release.", changelog)
    project.release("1.24.1")
    if cleaned_up:
        project.commit("Clean up news fragments.", {"news/7.repair.rst": None})
    project.git("checkout", "--quiet", "master")
    if integrated:
        project.commit("Update changelog for v1.24.1 patch release.", changelog)
    project.publish("master", "release-1.24")


def test_the_next_version_follows_the_highest_tag_of_the_series(project: Project) -> None:
    for number in ("1.24.9", "1.24.10", "1.24.11rc1", "1.240.5", "1.2.4", "1.25.0", "1.24.x"):
        project.release(number)
    fixed = opened(project.path).plan
    assert (fixed.version, fixed.tag, fixed.branch) == ("1.24.11", "v1.24.11", "release-1.24")
    assert (fixed.previous_version, fixed.previous_tag) == ("1.24.10", "v1.24.10")
    assert fixed.previous == project.git("rev-parse", "v1.24.10^{commit}")


def test_the_next_version_may_be_asserted(project: Project) -> None:
    assert opened(project.path, "1.24.1").plan.version == "1.24.1"


@pytest.mark.parametrize("asserted", ["1.24.2", "1.24.7"])
def test_any_other_version_is_a_conflict(project: Project, asserted: str) -> None:
    with pytest.raises(
        VersionConflict, match=rf"asserts {asserted}, but the next release is 1\.24\.1"
    ) as halted:
        opened(project.path, asserted)
    assert halted.value.next_command == "inv release.patch --version 1.24.1"


@pytest.mark.parametrize(
    ("series", "kind", "told"),
    [
        ("1.23", BranchConflict, r"no branch release-1\.23.*1\.24, 1\.26"),
        ("1.26", VersionConflict, r"no release of the series 1\.26"),
        (None, Prerequisite, r"Which series\?.*1\.24, 1\.26"),
    ],
)
def test_what_cannot_be_meant_is_told(
    project: Project, series: str | None, kind: type[Halt], told: str
) -> None:
    project.git("branch", "release-1.26")
    project.publish("release-1.26")
    with pytest.raises(kind) as halted:
        opened(project.path, series)
    assert re.search(told, " ".join([halted.value.cause, *halted.value.evidence]))


def test_a_remote_without_the_mainline_is_a_conflict(project: Project) -> None:
    project.git("--git-dir", str(project.bare), "update-ref", "-d", "refs/heads/master")
    with pytest.raises(BranchConflict, match="origin has no branch master"):
        opened(project.path)


def test_the_only_series_need_not_be_named(project: Project) -> None:
    assert opened(project.path, None).plan.series == "1.24"


def test_the_series_that_is_under_way_need_not_be_named(project: Project) -> None:
    project.git("branch", "release-1.26")
    project.publish("release-1.26")
    Journal(project.path / ".git").write("1.24", Intent(version="1.24.1"))
    assert opened(project.path, None).plan.series == "1.24"


@pytest.mark.parametrize(
    ("cleaned_up", "integrated", "chosen"),
    [(False, False, "1.24.1"), (True, False, "1.24.1"), (False, True, "1.24.1"), (True, True, "1.24.2")],
)
def test_a_release_that_is_public_is_finished_first(
    project: Project, *, cleaned_up: bool, integrated: bool, chosen: str
) -> None:
    released(project, cleaned_up=cleaned_up, integrated=integrated)
    assert opened(project.path).plan.version == chosen


def test_the_version_after_an_unfinished_one_cannot_be_asserted(project: Project) -> None:
    released(project, cleaned_up=False, integrated=False)
    with pytest.raises(VersionConflict, match=r"v1\.24\.1 is public"):
        opened(project.path, "1.24.2")


def test_looking_back_means_the_last_release_until_the_next_has_begun(project: Project) -> None:
    released(project, cleaned_up=True, integrated=True)
    assert opened(project.path, late=True).plan.version == "1.24.1"
    Journal(project.path / ".git").write("1.24", Intent(version="1.24.2"))
    assert opened(project.path, late=True).plan.version == "1.24.2"


def test_what_was_fixed_before_stays_fixed(project: Project) -> None:
    picks = (project.git("rev-parse", "master"),)
    kept = Intent(version="1.24.1", date="2026-01-05", message="Repair", picks=picks, skip_check=True)
    Journal(project.path / ".git").write("1.24", kept)
    fixed = opened(project.path).plan
    assert (fixed.date, fixed.message, fixed.picks, fixed.skip_check) == ("2026-01-05", "Repair", picks, True)
    assert opened(project.path, message="Mend the years").plan.message == "Mend the years"


@pytest.mark.parametrize(
    "kept", [Intent(version="1.24.9", message="Other", picks=()), Intent(version="1.24.1", picks=("f" * 40,))]
)
def test_what_was_fixed_for_something_else_is_not(project: Project, kept: Intent) -> None:
    Journal(project.path / ".git").write("1.24", kept)
    fixed = opened(project.path).plan
    assert (fixed.version, fixed.message, fixed.picks) == ("1.24.1", None, None)


def test_a_directory_without_a_clone_is_told(project: Project) -> None:
    with pytest.raises(Prerequisite, match="is in no git work tree"):
        opened(project.path.parent)


def test_a_shallow_clone_is_told_how_to_get_its_history(project: Project) -> None:
    project.commit("More")
    project.publish("master")
    shallow = project.path.with_name("shallow")
    clone = [
        "git",
        "clone",
        "--quiet",
        "--depth=1",
        "--no-single-branch",
        project.bare.as_uri(),
        str(shallow),
    ]
    subprocess.run(clone, check=True, capture_output=True)
    with pytest.raises(Prerequisite) as halted:
        opened(shallow)
    assert "--unshallow" in str(halted.value.next_command)


def test_a_remote_that_is_pushed_elsewhere_is_refused(project: Project) -> None:
    project.git("config", "remote.origin.pushurl", "/elsewhere.git")
    with pytest.raises(Prerequisite, match="fetched from and pushed to different places") as halted:
        opened(project.path)
    assert "push:  /elsewhere.git" in halted.value.evidence
