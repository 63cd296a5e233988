"""The tips that origin's branches are known to have had."""

from __future__ import annotations

from memory_release import BRANCH, MAINLINE, MemoryRelease


def test_the_tips_come_from_the_record_this_run_and_the_clone(release: MemoryRelease) -> None:
    recorded, first = release.repair, release.move_branch("Second", {"second.py": "x\n"})
    release.begin()
    release.start_run()
    release.refresh()
    tracked = release.move_branch("Third", {"third.py": "x\n"})
    release.memory.local["refs/remotes/origin/release-1.24"] = tracked
    release.refresh()
    tips = release.commits.tips
    assert tips.of_branch_since_begin() == [recorded, first]
    assert tips.of_branch() == [recorded, first, tracked]


def test_the_tips_of_the_mainline_are_those_of_its_own_refs(release: MemoryRelease) -> None:
    first = release.memory.remote[MAINLINE]
    release.refresh()
    tracked = release.memory.add_commit("More", {"more.py": "x\n"}, first)
    release.memory.local["refs/remotes/origin/master"] = tracked
    release.memory.local[BRANCH] = release.repair
    assert release.commits.tips.of_mainline_since_begin() == [first]
    assert release.commits.tips.of_mainline() == [first, tracked]


def test_only_full_names_of_commits_in_the_clone_exist(release: MemoryRelease) -> None:
    names = [release.repair, "5" * 40, release.repair[:10], "--all", "", release.repair]
    assert release.commits.tips.existing(names) == [release.repair]
