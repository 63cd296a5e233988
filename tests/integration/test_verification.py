"""The commits for the mainline are exactly the release: each is judged on its parent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fake_release import FILES, MAINLINE, FakeCommits, blob_of, fake_commit, fake_release, fake_snapshot
from patchwright.halts import StepFailed
from patchwright.integration import build, verification
from patchwright.integration.build import Missing
from patchwright.releases.release import Release
from patchwright.tools.git_output import Change, Commit
from repository import section

TIP = "9" * 40
PATCH = fake_commit("a" * 40, message="Fix a.")
SECTION = section("1.24.1", "Leap years. (#7)")
WITH_SECTION = {
    **FILES,
    "CHANGES.rst": fake_snapshot(MAINLINE, FILES).with_section(SECTION, "1.24.1"),
}
NOTHING = Missing((), section=False, fragments=())


def commit_that_changes(*paths: str, message: str = "Change.", removes: bool = False) -> Commit:
    after = None if removes else "2" * 40
    changes = tuple(Change(path, "D" if removes else "M", "1" * 40, after) for path in paths)
    return replace(fake_commit(TIP, message=message), parents=(MAINLINE,), changes=changes)


def released(  # noqa: PLR0913  what a test varies
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    commit: Commit,
    files: dict[str, str],
    missing: Missing = NOTHING,
    *,
    is_on_top: bool = True,
) -> Release:
    """Return a release whose integration is one commit on the mainline, which then has these files."""
    commits = FakeCommits(
        others={MAINLINE: FILES, TIP: files}, section=SECTION, patches=(PATCH,),
        fragments={"news/7.repair.rst": blob_of("Leap years.\n")},
    )  # fmt: skip  # the files, then what was released
    release = fake_release(directory, commits=commits)
    monkeypatch.setattr(release.git, "is_ancestor", lambda *_: is_on_top)
    monkeypatch.setattr(release.git, "commits", lambda *_: [commit])
    monkeypatch.setattr(build, "find_missing", lambda *_: missing)
    return release


@pytest.mark.parametrize(
    ("commit", "files"),
    [
        (commit_that_changes("a.py", message=f"Fix a.\n\n(cherry picked from commit {PATCH.sha})"), FILES),
        (commit_that_changes("CHANGES.rst"), WITH_SECTION),
        (commit_that_changes("news/7.repair.rst", removes=True), FILES),
    ],
    ids=["a pick", "the section", "the clean-up"],
)
def test_the_parts_of_an_integration_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: Commit, files: dict[str, str]
) -> None:
    verification.require_whole(released(tmp_path, monkeypatch, commit, files), MAINLINE, TIP)


@pytest.mark.parametrize(
    ("commit", "files", "problem"),
    [
        (replace(commit_that_changes("a.py"), parents=(MAINLINE, PATCH.sha)), FILES, "it is a merge"),
        (commit_that_changes("a.py"), FILES, "it changes a.py"),
        (commit_that_changes("CHANGES.rst", "a.py"), WITH_SECTION, "it changes a.py"),
        (
            commit_that_changes("CHANGES.rst"),
            {**WITH_SECTION, "CHANGES.rst": WITH_SECTION["CHANGES.rst"] + "more\n"},
            "it changes more than the section for 1.24.1",
        ),
        (commit_that_changes("news/8.repair.rst", removes=True), FILES, "it changes news/8.repair.rst"),
    ],
    ids=["a merge", "another file", "the section and more", "more text", "another fragment"],
)
def test_a_commit_that_is_not_part_of_the_integration_halts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: Commit, files: dict[str, str], problem: str
) -> None:
    with pytest.raises(StepFailed, match="are not exactly this release") as halted:
        verification.require_whole(released(tmp_path, monkeypatch, commit, files), MAINLINE, TIP)
    assert halted.value.evidence[-1].endswith(f": {problem}")


def test_what_is_missing_at_the_tip_halts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = Missing((PATCH,), section=True, fragments=("news/7.repair.rst",))
    release = released(tmp_path, monkeypatch, commit_that_changes("CHANGES.rst"), WITH_SECTION, missing)
    with pytest.raises(StepFailed) as halted:
        verification.require_whole(release, MAINLINE, TIP)
    assert halted.value.evidence[2:] == (
        f"missing: {PATCH.short} Fix a.",
        "missing: the changelog section",
        "missing: the removal of news/7.repair.rst",
    )


def test_a_tip_beside_the_mainline_halts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = released(tmp_path, monkeypatch, commit_that_changes("a.py"), FILES, is_on_top=False)
    with pytest.raises(StepFailed) as halted:
        verification.require_whole(release, MAINLINE, TIP)
    assert "is not on top of" in halted.value.evidence[-1]
