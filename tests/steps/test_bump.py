from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from memory_release import FLAVOUR, MemoryRelease
from patchwright.halts import StepFailed, VersionConflict
from patchwright.settings import Settings
from patchwright.steps import bump

BUMP, SHOW = ["hatch", "version", "1.24.1"], ["hatch", "version"]
OLD, NEW = "__version__ = '1.24.0'\n", "__version__ = '1.24.1'\n"


def register_bump(
    fp: FakeProcess, release: MemoryRelease, files: dict[str, str], stated: str = "1.24.1"
) -> None:
    """Let the bump command write files, and the version command print a version."""
    fp.register(BUMP, callback=lambda _process: release.worktree.write(files))
    fp.register(SHOW, stdout=f"{stated}\n")


def test_the_last_version_is_no_evidence(release: MemoryRelease) -> None:
    assert bump.proof(release) is None


def test_the_version_is_committed(release: MemoryRelease, fp: FakeProcess) -> None:
    release.check_out()
    register_bump(fp, release, {"almanac.py": NEW})

    bump.act(release)
    release.refresh()

    commit = release.git.commits(str(release.worktree.head()), f"^{release.repair}")[-1]
    assert (commit.subject, set(commit.paths)) == ("Version: 1.24.1", {"almanac.py"})
    assert bump.proof(release) == f"the version is 1.24.1, set by {commit.short}"


def test_every_file_that_holds_the_version_is_committed(release: MemoryRelease, fp: FakeProcess) -> None:
    release.check_out()
    release.commit("Cite the version.", {"CITATION": "title: almanac\nversion: 1.24.0\n"})
    register_bump(fp, release, {"almanac.py": NEW, "CITATION": "title: almanac\nversion: 1.24.1\n"})
    bump.act(release)
    assert release.worktree.changed_paths() == []


@pytest.mark.parametrize(
    ("change", "evidence"),
    [
        (("almanac.py", OLD, f"{NEW}leap = 4\n"), (f"-{OLD}", f"+{NEW}", "+leap = 4")),
        (("years.py", "leap = 400\n", "leap = 4000\n"), ("-leap = 400", "+leap = 4000")),
        # Another version became the new one.
        (("needs.txt", "numpy==1.0\n", "numpy==1.24.1\n"), ("-numpy==1.0", "+numpy==1.24.1")),
        # The old version became another one.
        (("needs.txt", "almanac==1.24.0\n", "almanac==1.25.0\n"), ("-almanac==1.24.0", "+almanac==1.25.0")),
    ],
)
def test_a_bump_that_changes_more_than_the_version_halts(
    release: MemoryRelease, fp: FakeProcess, change: tuple[str, str, str], evidence: tuple[str, ...]
) -> None:
    path, before, after = change
    release.check_out()
    head = release.commit("More", {path: before}) if path == "needs.txt" else release.repair
    register_bump(fp, release, {path: after})

    with pytest.raises(StepFailed) as halted:
        bump.act(release)

    assert halted.value.cause == f"The bump changed more than the version in {path}."
    assert halted.value.evidence == tuple(row.strip() for row in evidence)
    assert release.worktree.head() == head


def test_a_bump_that_deletes_a_file_halts(release: MemoryRelease, fp: FakeProcess) -> None:
    release.check_out()
    fp.register(BUMP, callback=lambda _process: (release.worktree.path / "years.py").unlink())
    fp.register(SHOW, stdout="1.24.1\n")
    with pytest.raises(StepFailed, match=r"more than the version in years\.py") as halted:
        bump.act(release)
    assert halted.value.evidence == ("-leap = 400",)


def test_a_bump_that_replaces_a_file_by_a_link_halts(release: MemoryRelease, fp: FakeProcess) -> None:
    release.check_out()
    elsewhere = release.worktree.path.with_name("elsewhere.py")
    elsewhere.write_text(NEW)

    def link(_process: object) -> None:
        path = release.worktree.path / "almanac.py"
        path.unlink()
        path.symlink_to(elsewhere)

    fp.register(BUMP, callback=link)
    fp.register(SHOW, stdout="1.24.1\n")
    with pytest.raises(StepFailed, match=r"more than the version in almanac\.py"):
        bump.act(release)


def test_a_bump_to_another_version_halts(release: MemoryRelease, fp: FakeProcess) -> None:
    release.check_out()
    register_bump(fp, release, {"almanac.py": "__version__ = '1.25.0'\n"}, stated="1.25.0")
    with pytest.raises(VersionConflict, match=r"After the bump the version is 1\.25\.0, not 1\.24\.1\."):
        bump.act(release)


def test_a_branch_with_an_unexpected_version_halts_before_the_bump(release: MemoryRelease) -> None:
    release.check_out()
    release.commit("Version", FLAVOUR.version("1.24.7"))
    with pytest.raises(VersionConflict, match=r"1\.24\.7"):
        bump.act(release)


def test_a_version_that_was_there_before_the_release_is_shown_with_the_commit(release: MemoryRelease) -> None:
    commit = release.move_branch("Version: 1.24.1", FLAVOUR.version("1.24.1"))
    release.plan_after(commit)
    assert bump.proof(release) == f"the version is 1.24.1, at {commit[:10]}"


def test_a_dry_run_shows_the_commit_and_changes_nothing(dry: MemoryRelease) -> None:
    bump.act(dry)
    assert dry.worktree.acts == [("add", ["almanac.py"]), ("commit", "Version: 1.24.1")]
    assert not dry.worktree.exists


# A version that comes from the tag

FROM_TAG = FLAVOUR.pyproject.replace("path = 'almanac.py'", "source = 'vcs'")


def test_a_version_from_the_tag_is_set_by_no_commit(release: MemoryRelease) -> None:
    release.move_branch("Take versions from tags.", {"pyproject.toml": FROM_TAG})
    release.refresh()
    assert bump.proof(release) == "the version comes from the tag v1.24.1"


@pytest.mark.parametrize(
    ("source", "pyproject", "from_tag"),
    [("file", FROM_TAG, False), ("tag", FLAVOUR.pyproject, True), ("auto", FLAVOUR.pyproject, False)],
)
def test_the_setting_overrules_the_files(
    tmp_path: Path, source: str, pyproject: str, *, from_tag: bool
) -> None:
    release = MemoryRelease(tmp_path, Settings(version_source=source))
    release.resolve(replace(release.plan, version_source=source))
    release.move_branch("Configure it.", {"pyproject.toml": f"{pyproject}# changed\n"})
    release.refresh()
    assert (bump.proof(release) is not None) == from_tag


def test_a_commit_that_mentions_the_version_is_a_person_s_if_the_version_comes_from_the_tag(
    release: MemoryRelease,
) -> None:
    release.move_branch("Take versions from tags.", {"pyproject.toml": FROM_TAG, "README": "for 1.24.0\n"})
    release.refresh()
    release.check_out()
    release.commit("Mention it.", {"README": "for 1.24.1\n"})
    assert [one.subject for one in release.commits.foreign_commits] == ["Mention it."]
