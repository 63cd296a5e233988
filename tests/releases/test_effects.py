"""A report tells what is public from what is local and what is untouched."""

from __future__ import annotations

from memory_release import BRANCH, FLAVOUR, MAINLINE, MemoryRelease
from patchwright.releases.effects import find_effects

CHECKOUT = "your checkout, its index and its branch"


def test_at_first_everything_is_untouched(release: MemoryRelease) -> None:
    effects = find_effects(release)
    assert (effects.public, effects.local) == ((), ())
    assert effects.untouched == (
        CHECKOUT,
        f"origin's release-1.24, at {release.repair[:10]}",
        f"origin's master, at {release.memory.remote[MAINLINE][:10]}",
    )


def test_commits_in_the_worktree_are_local(release: MemoryRelease) -> None:
    release.check_out()
    one = release.commit("Version: 1.24.1", FLAVOUR.version("1.24.1"))
    assert find_effects(release).local == (f"1 commit in {release.worktree.path}, up to {one[:10]}",)
    two = release.prepare()
    assert find_effects(release).local == (f"2 commits in {release.worktree.path}, up to {two[:10]}",)


def test_a_branch_that_this_run_pushed_is_public(release: MemoryRelease) -> None:
    assert release.origin.refs
    tip = release.move_branch("More", {"more.py": "x\n"})
    release.refresh()
    effects = find_effects(release)
    assert effects.public == (f"origin's release-1.24, at {tip[:10]}",)
    assert effects.untouched[0] == CHECKOUT


def test_a_branch_that_another_run_pushed_is_public(release: MemoryRelease) -> None:
    tip = release.move_branch("Version: 1.24.1", FLAVOUR.version("1.24.1"))
    release.start_run()
    effects = find_effects(release)
    assert effects.public == (f"origin's release-1.24, at {tip[:10]}",)


def test_a_tag_and_a_mainline_that_moved_are_public(release: MemoryRelease) -> None:
    assert release.origin.refs
    release.publish()
    commit = release.memory.remote[BRANCH]
    mainline = release.memory.add_commit("Integrate", {"years.py": "x\n"}, release.memory.remote[MAINLINE])
    release.memory.remote[MAINLINE] = mainline
    release.refresh()
    effects = find_effects(release)
    assert effects.public == (
        f"the tag v1.24.1, at {commit[:10]}",
        f"origin's release-1.24, at {commit[:10]}",
        f"origin's master, at {mainline[:10]}",
    )
    assert effects.local == ()
    assert effects.untouched == (CHECKOUT,)


def test_a_fact_that_cannot_be_determined_is_left_out(release: MemoryRelease) -> None:
    del release.memory.remote[BRANCH]
    release.start_run()
    effects = find_effects(release)
    assert (effects.public, effects.local, effects.untouched) == ((), (), (CHECKOUT,))
