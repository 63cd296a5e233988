"""A whole patch release with real git, hatch, towncrier and gh, in both variants."""

from __future__ import annotations

import pytest

from journeys.ground import Ground, Make, flags_of

pytestmark = pytest.mark.journey

PICKED = ["Repair the interval of high waters.", "Repair leap years at centuries."]
OWN = ["Clean up news fragments.", "Update changelog for v1.24.1 patch release.", "Version: 1.24.1"]
STEPS = [
    "preflight", "checkout", "pick", "check", "bump", "changelog",
    "prepare", "push", "watch-qa", "tag", "watch-release", "clean-up", "integrate-master",
]  # fmt: skip


def require_released(ground: Ground, version: str = "1.24.1") -> None:
    """Assert what a finished release looks like on origin."""
    tag = f"v{version}"
    tagged = ground.origin("rev-parse", f"{tag}^{{commit}}")
    assert ground.origin("cat-file", "-t", f"refs/tags/{tag}") == "tag"
    runs = {run.workflow.name: run for run in ground.standin.runs if run.commit.sha == tagged}
    assert ground.standin.state(runs["qa"]).conclusion == "success"
    assert ground.standin.state(runs["release"]).conclusion == "success"
    assert f"almanac {version} (" in ground.show(f"{tag}:documentation/changelog.rst")
    for branch in ("release-1.24", "master"):
        assert ground.show(f"{branch}:documentation/changelog.rst").count(f"almanac {version} (") == 1
        assert "repair" not in ground.origin("ls-tree", "-r", "--name-only", branch)
    ground.origin("fsck", "--strict")


def test_patches_on_the_mainline_are_picked_released_and_integrated(ground: Ground) -> None:
    before = ground.refs()
    ground.git("checkout", "--quiet", "-b", "work-in-progress")
    (ground.clone / "untracked.txt").write_text("mine\n")
    (ground.clone / "almanac" / "years.py").write_text("edited = True\n")
    status = ground.git("status", "--porcelain")

    done = ground.inv("release.patch", "--version", "1.24", "--yes")

    assert done.status == 0, done.text
    assert "\x1b" not in done.text
    require_released(ground)
    assert ground.subjects(f"{before['refs/heads/release-1.24']}..release-1.24") == [*OWN, *PICKED]
    assert ground.subjects(f"{before['refs/heads/master']}..master") == OWN[:2]
    picks = ground.origin("log", "--format=%an %aI %b", "-2", "release-1.24~3").splitlines()
    sources = ground.origin("log", "--format=%an %aI", *ground.project.patches, "--no-walk").splitlines()
    assert [pick.split(" (")[0].strip() for pick in picks if pick] == sources
    assert all(f"(cherry picked from commit {sha})" in "\n".join(picks) for sha in ground.project.patches)
    assert ground.git("status", "--porcelain") == status
    assert ground.git("branch", "--show-current") == "work-in-progress"
    assert ground.git("rev-parse", "master") == ground.refs()["refs/heads/master"]


def test_patches_on_the_release_branch_are_released_and_integrated(make_ground: Make) -> None:
    ground = make_ground("release-branch")
    before = ground.refs()

    done = ground.inv("release.patch", "--version", "1.24", "--yes", "--message", "Repair years and tides")

    assert done.status == 0, done.text
    require_released(ground)
    assert ground.subjects(f"{before['refs/heads/release-1.24']}..release-1.24") == OWN
    assert ground.subjects(f"{before['refs/heads/master']}..master") == [*OWN[:2], *PICKED]
    tag = ground.origin("cat-file", "tag", "v1.24.1")
    assert "\n\nRelease v1.24.1 patch: Repair years and tides.\n-----BEGIN SSH SIGNATURE-----\n" in tag


def test_the_section_goes_below_a_newer_series_in_the_changelog(make_ground: Make) -> None:
    ground = make_ground(newer_series=True)
    before = ground.show("master:documentation/changelog.rst")

    done = ground.inv("release.patch", "--version", "1.24", "--yes")

    assert done.status == 0, done.text
    require_released(ground)
    after = ground.show("master:documentation/changelog.rst")
    places = [after.index(f"almanac {version} (") for version in ("1.25.0", "1.24.1", "1.24.0")]
    assert places == sorted(places)
    assert after[: places[1]] + after[places[2] :] == before


def test_single_steps_in_order_make_the_same_release(ground: Ground) -> None:
    for step in STEPS:
        done = ground.inv(f"release.{step}", "--version", "1.24", *flags_of(step))
        assert done.status == 0, f"{step}: {done.text}"
    require_released(ground)
    assert ground.subjects("release-1.24")[:5] == [*OWN, *PICKED]


def test_a_rerun_after_everything_is_done_has_nothing_to_release(ground: Ground) -> None:
    assert ground.inv("release.patch", "--version", "1.24", "--yes").status == 0
    after = ground.refs()

    again = ground.inv("release.patch", "--version", "1.24", "--yes")

    assert again.status == 3
    assert "nothing to release after v1.24.1" in again.err
    assert ground.refs() == after
    assert ground.inv("release.status", "--version", "1.24", "--json").json["state"] == "done"


def test_a_dry_run_prints_a_plan_and_changes_nothing(ground: Ground) -> None:
    before, local = ground.refs(), ground.git("for-each-ref")

    done = ground.inv("--dry", "release.patch", "--version", "1.24")

    assert done.status == 0, done.text
    for row in (
        "release-1.24 of github.localhost/practice/almanac gets 5 commits",
        "    Version: 1.24.1 (Ada Almanac <ada@example.org>)",
        "    Release v1.24.1 patch: Repair leap years at centuries, and 1 more.",
        "    - Know that most centuries begin without a leap day. (#417)",
        "  to do  push              Push the release branch.",
    ):
        assert row in done.out.splitlines()
    assert "<the" not in done.out
    assert ground.refs() == before
    assert ground.git("for-each-ref") == local
    assert not (ground.root / "state").exists()
