"""Where a release starts, which commit it has come to, and what its commits are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_subprocess import FakeProcess

from fake_release import PLAN
from memory_release import BRANCH, FLAVOUR, FRAGMENT, MAINLINE, MemoryRelease
from patchwright.halts import BranchConflict
from patchwright.progress import SilentProgress
from patchwright.releases.release import Release
from patchwright.settings import Settings
from patchwright.tools.git import Clone
from patchwright.tools.shell import Shell
from repository import START, Project, section, version

VERSION = "Version: 1.24.1"


def test_a_release_starts_at_origins_branch(release: MemoryRelease) -> None:
    assert release.commits.start == release.commits.head == release.repair
    assert release.commits.local_commits == []


def test_a_local_branch_that_is_behind_does_not_matter(release: MemoryRelease) -> None:
    release.memory.local[BRANCH] = release.plan.previous
    assert release.commits.start == release.repair


def test_local_commits_are_part_of_the_release(release: MemoryRelease) -> None:
    local = release.memory.add_commit("More", {"more.py": "x\n"}, release.repair)
    release.memory.local[BRANCH] = local
    assert release.commits.start == local
    assert [commit.sha for commit in release.commits.local_commits] == [local]


def test_a_public_release_has_no_local_commits(release: MemoryRelease) -> None:
    release.publish()
    release.memory.local[BRANCH] = release.memory.add_commit(
        "More", {"more.py": "x\n"}, release.memory.remote[BRANCH]
    )
    release.refresh()
    assert release.commits.local_commits == []


def test_branches_that_have_diverged_halt(release: MemoryRelease) -> None:
    ours = release.memory.add_commit("Ours", {"more.py": "ours\n"}, release.repair)
    release.memory.local[BRANCH] = ours
    theirs = release.move_branch("Theirs", {"more.py": "theirs\n"})
    release.refresh()
    with pytest.raises(BranchConflict, match="have diverged") as halted:
        _ = release.commits.start
    assert halted.value.evidence == (f"local:  {ours}", f"origin: {theirs}")
    assert halted.value.never == ("Do not force-push the release branch.",)


def test_the_head_is_the_worktree_if_it_is_built_on_the_start(release: MemoryRelease) -> None:
    release.check_out()
    head = release.commit(VERSION, FLAVOUR.version("1.24.1"))
    assert release.commits.head == head


def test_a_worktree_elsewhere_does_not_count(release: MemoryRelease) -> None:
    release.worktree.check_out(release.memory.remote[MAINLINE])
    release.refresh(origin=False)
    assert release.commits.head == release.repair


def test_a_worktree_with_a_pick_that_was_not_asked_for_does_not_count(release: MemoryRelease) -> None:
    source = release.memory.remote[MAINLINE]
    release.check_out()
    head = release.commit(f"Pick\n\n(cherry picked from commit {source})", {"more.py": "x\n"})
    assert release.commits.head == release.repair
    release.choose((source,))
    assert release.commits.head == head


def test_a_worktree_with_a_changelog_section_and_without_a_pick_does_not_count(
    release: MemoryRelease,
) -> None:
    head = release.prepare()
    assert release.commits.head == head
    release.choose((release.memory.remote[MAINLINE],))
    assert release.commits.head == release.repair


def test_any_pick_fits_before_the_patches_are_chosen(release: MemoryRelease) -> None:
    release.resolve(replace(release.plan, picks=None))
    release.check_out()
    source = release.memory.remote[MAINLINE]
    head = release.commit(f"Pick\n\n(cherry picked from commit {source})", {"more.py": "x\n"})
    assert release.commits.head == head


@pytest.mark.parametrize(
    "message", ["Fix the years", VERSION, f"Pick\n\n(cherry picked from commit {'f' * 40})"]
)
def test_a_commit_of_a_person_in_the_worktree_halts_and_is_kept(release: MemoryRelease, message: str) -> None:
    release.check_out()
    commit = release.commit(message, {"years.py": "leap = 4000\n"})
    assert release.commits.head == release.repair
    assert [one.sha for one in release.commits.foreign_commits] == [commit]
    with pytest.raises(BranchConflict, match="commits that patchwright did not make") as halted:
        release.commits.require_own_worktree()
    assert message.partition("\n")[0] in halted.value.evidence[1]
    assert release.worktree.head() == commit


def test_the_worktree_is_put_back_to_the_last_commit_of_the_tool(release: MemoryRelease) -> None:
    head = release.prepare()
    release.commit("Say less", release.changelog("Repairs."))
    with pytest.raises(BranchConflict) as halted:
        release.commits.require_own_worktree()
    assert any(row.endswith(f"checkout --detach {head}") for row in halted.value.remedy)
    assert halted.value.evidence[-1] == (
        "an edit of CHANGES.rst may change only the section, and must keep the words of each fragment"
    )


# The clean-up


def cleaned(release: MemoryRelease, *more: str) -> str:
    """Commit the removal of the rendered fragment, and of other files, in the worktree."""
    return release.commit("Clean up news fragments.", dict.fromkeys((FRAGMENT, *more)))


def test_a_clean_up_on_top_is_not_the_head(release: MemoryRelease) -> None:
    head = release.prepare()
    cleaned(release)
    assert release.commits.head == head
    assert release.commits.foreign_commits == []


def test_a_removal_of_more_than_the_rendered_fragments_is_a_commit_of_a_person(
    release: MemoryRelease,
) -> None:
    release.prepare()
    removal = cleaned(release, "years.py")
    assert [one.sha for one in release.commits.foreign_commits] == [removal]
    assert release.commits.cleaned_up(removal) is None


def test_only_the_clean_up_of_the_release_commit_is_used(release: MemoryRelease) -> None:
    head = release.prepare()
    clean_up = cleaned(release)
    release.worktree.keep("clean-up", clean_up)
    assert release.commits.clean_up == release.commits.branch_end == clean_up
    release.worktree.check_out(head)
    later = release.commit("Reword", release.changelog("Most centuries: Leap years. (#7)"))
    assert str(release.commits.branch_end) == later


def test_a_name_that_is_no_commit_is_no_clean_up(release: MemoryRelease) -> None:
    release.prepare()
    assert release.commits.cleaned_up("5" * 40) is None
    assert release.commits.cleaned_up("--all") is None


def test_a_branch_that_somebody_else_has_cleaned_up_ends_there(release: MemoryRelease) -> None:
    release.publish()
    tip = release.move_branch("Clean up by hand", {FRAGMENT: None})
    release.refresh()
    assert release.commits.branch_end == tip


def test_commits_that_the_local_branch_had_are_not_lost_with_the_worktree(release: MemoryRelease) -> None:
    local = release.memory.add_commit("More", {"more.py": "x\n"}, release.repair)
    release.memory.local[BRANCH] = local
    release.refresh()
    release.worktree.check_out(local)
    head = release.commit(VERSION, FLAVOUR.version("1.24.1"))
    assert release.commits.head == head
    release.memory.local["refs/remotes/origin/release-1.24"] = local
    release.memory.local[BRANCH] = release.repair
    release.refresh()
    assert release.commits.head == release.repair
    assert release.commits.foreign_commits == []


def test_the_release_commit_is_tagged_or_pushed_or_the_head(release: MemoryRelease) -> None:
    head = release.prepare()
    assert release.commits.release_commit == head
    release.push()
    release.remember_pushed(head)
    release.move_branch("Theirs", {"more.py": "x\n"})
    release.refresh()
    assert release.commits.release_commit == head

    released = release.publish()
    assert release.commits.release_commit == release.memory.tags[released].target


def test_a_head_with_version_and_section_is_complete(release: MemoryRelease) -> None:
    release.check_out()
    states = [release.commits.is_complete]
    for message, files in (
        (VERSION, FLAVOUR.version("1.24.1")),
        ("Changelog", release.changelog("Leap years. (#7)")),
    ):
        release.commit(message, files)
        states.append(release.commits.is_complete)
    assert states == [False, False, True]
    assert not release.commits.is_pushed


def test_a_section_without_the_version_is_not_prepared(release: MemoryRelease) -> None:
    release.check_out()
    release.commit("Changelog", release.changelog("Leap years. (#7)"))
    assert not release.commits.is_complete


def test_a_prepared_head_on_origin_is_pushed(release: MemoryRelease) -> None:
    release.push()
    assert release.commits.is_pushed


def test_the_code_is_below_version_and_changelog(release: MemoryRelease) -> None:
    release.prepare()
    assert release.commits.code_commit == release.repair


def test_a_fix_after_the_changelog_is_code(release: MemoryRelease) -> None:
    release.push()
    fix = release.move_branch("Fix the years", {"years.py": "leap = 4000\n"})
    release.refresh()
    assert release.commits.code_commit == fix


def test_without_any_other_commit_the_code_is_the_previous_release(release: MemoryRelease) -> None:
    release.plan_after(release.repair)
    release.prepare()
    assert release.commits.code_commit == release.repair


def test_a_version_that_no_file_has_comes_from_the_version_command(
    release: MemoryRelease, fp: FakeProcess
) -> None:
    files = {"almanac.py": None, "pyproject.toml": "[tool.towncrier]\nfilename = 'CHANGES.rst'\n"}
    commit = release.move_branch("Version from elsewhere", files)
    release.refresh()
    assert release.commits.version_at(commit) is None

    release.check_out()
    fp.register(["hatch", "version"], stdout="1.24.5\n")
    assert release.commits.version_at(commit) == "1.24.5"


def test_facts_about_commits_stay_known_and_refs_do_not(release: MemoryRelease) -> None:
    marks, snapshot = release.commits.landmarks(), release.commits.snapshot(release.repair)
    release.refresh()
    assert release.commits.landmarks() is marks
    assert release.commits.snapshot(release.repair) is snapshot


def test_landmarks_of_another_version_are_read_again(release: MemoryRelease) -> None:
    marks = release.commits.landmarks()
    copy = release.commits.fresh_copy(replace(release.plan, version="1.24.2"), release.origin, pushed=None)
    assert copy.landmarks() is not marks


# With real git


@pytest.mark.journey
def test_git_shows_what_local_commits_make_of_a_release(project: Project) -> None:
    project.git("checkout", "--quiet", "release-1.24")
    project.commit("Repair", {"years.py": "x\n", "news/7.repair.rst": "Leap years.\n"})
    project.commit(VERSION, version("1.24.1"))
    assert not open_release(project).commits.is_complete

    tip = project.commit("Changelog", {"CHANGES.rst": f"{START}\n{section('1.24.1', 'Leap years. (#7)')}"})
    commits = open_release(project).commits
    assert (commits.is_complete, commits.is_pushed) == (True, False)
    assert commits.head == tip
    assert len(commits.local_commits) == 3
    assert [commit.subject for commit in commits.landmarks().patches] == ["Repair"]
    assert project.git("log", "-1", "--format=%s", commits.code_commit) == "Repair"

    project.publish("release-1.24")
    assert open_release(project).commits.is_pushed


def open_release(project: Project) -> Release:
    """Return the release of 1.24.1 in a real clone."""
    clone = Clone(project.path, project.path / ".git", shallow=False)
    release = Release(Shell(project.path), Settings(), clone, SilentProgress())
    release.resolve(replace(PLAN, previous=project.git("rev-parse", "v1.24.0^{commit}")))
    return release
