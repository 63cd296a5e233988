"""Locks of git: an interrupted git removes its own; patchwright names stale locks and removes none."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from journeys import promises
from journeys.crashes import PATCH
from journeys.ground import Ground
from journeys.shims import REFS_LOCKED, Shims

pytestmark = pytest.mark.journey


def locks(ground: Ground) -> list[Path]:
    return sorted((ground.clone / ".git").rglob("*.lock"))


def test_an_interrupted_git_has_time_to_remove_its_locks(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    with shims.held("commit --quiet", *PATCH) as running:
        running.await_held()
        # Within the transaction git holds the lock of HEAD.
        shims.stop_at(len(shims.writes), REFS_LOCKED, signal.SIGTERM)
        stopped = running.end()
    assert shims.was_stopped

    assert stopped.status == 130, stopped.text
    assert "patchwright was interrupted by SIGTERM." in stopped.err
    assert locks(ground) == []
    assert witness.broken() == []
    shims.forget()
    assert shims.inv(*PATCH).status == 0
    assert witness.unfinished() == []


def test_a_stale_lock_of_a_ref_is_named_and_kept(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    lock = ground.clone / ".git" / "packed-refs.lock"
    lock.touch()

    done = shims.inv(*PATCH)

    assert done.status == 3, done.text
    assert f"rm {lock}" in done.err
    assert lock.exists()
    assert witness.broken() == []
    assert ground.refs() == witness.before.refs
    lock.unlink()
    assert shims.inv(*PATCH).status == 0


def test_a_lock_of_the_maintainers_index_does_not_stop_a_release_and_is_kept(ground: Ground) -> None:
    shims = Shims(ground)
    before = ground.git("rev-parse", "master")
    lock = ground.clone / ".git" / "index.lock"
    lock.touch()

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    assert "your master was not changed" in done.out
    assert str(lock) in done.out
    assert lock.exists()
    assert ground.git("rev-parse", "master") == before


def test_a_kill_during_the_fast_forward_of_a_local_branch_leaves_a_finished_release(
    ground: Ground,
) -> None:
    shims = Shims(ground)
    with shims.held("merge --quiet --ff-only", *PATCH) as running:
        running.await_held()
        shims.stop_at(len(shims.writes), REFS_LOCKED)
        running.end()
    assert ground.git("rev-parse", "master") != ground.refs()[promises.MAINLINE]
    left = locks(ground)
    assert left
    shims.forget()
    after = ground.refs()

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    assert ground.refs() == after
    assert "your master" in done.out
    assert locks(ground) == left
