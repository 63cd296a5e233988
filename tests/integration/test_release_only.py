"""Which commits of the release branch stay there, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fake_release import FakeCommits, fake_commit, fake_release
from patchwright.integration import release_only

SHA = "5" * 40
TRAILER = "its message has the trailer Release-only"
SETTING = "it changes only paths of the setting `release-only`"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Pin numpy.", None),
        ("Pin numpy.\n\nRelease-only: yes\n", TRAILER),
        ("Pin numpy.\n\nIt broke.\n\nFixes: #7\nrelease-only:true\n", TRAILER),
        ("Pin numpy.\n\nRelease-only: no\n", None),
        # Only the last paragraph has trailers, and a subject is not one of them.
        ("Pin numpy.\n\nRelease-only: yes\n\nThat was the plan.\n", None),
        ("Release-only: yes\n", None),
    ],
)
def test_a_trailer_lets_a_commit_stay(tmp_path: Path, message: str, reason: str | None) -> None:
    release = fake_release(tmp_path, commits=FakeCommits())
    commit = fake_commit(SHA, message=message, added=["needs.txt"])
    assert release_only.find_reason(release, commit) == reason


@pytest.mark.parametrize(
    ("paths", "reason"),
    [
        (["packaging/almanac.spec"], SETTING),
        (["packaging/almanac.spec", "packaging/deep/rules"], SETTING),
        (["packaging/almanac.spec", "almanac.py"], None),
        (["Packaging/almanac.spec"], None),
        ([], None),
    ],
)
def test_a_setting_lets_commits_stay_that_change_nothing_else(
    tmp_path: Path, paths: list[str], reason: str | None
) -> None:
    release = fake_release(tmp_path, commits=FakeCommits(), release_only=("packaging/*",))
    assert release_only.find_reason(release, fake_commit(SHA, added=paths)) == reason


def test_a_flag_lets_a_commit_stay_and_the_way_out_keeps_the_earlier_ones(tmp_path: Path) -> None:
    release = fake_release(tmp_path, commits=FakeCommits())
    release.resolve(replace(release.plan, release_only=("4" * 40,)))
    assert release_only.find_reason(release, fake_commit("4" * 40)) == "--release-only names it"
    assert release_only.find_reason(release, fake_commit(SHA)) is None
    way_out = release_only.describe_way_out(release, fake_commit(SHA))
    assert way_out.endswith(f"--release-only {'4' * 12},{'5' * 12}")
