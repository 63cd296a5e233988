"""Several releases at the same time, in one clone or two, and refs that move during a release."""

from __future__ import annotations

import pytest

from journeys import people, promises
from journeys.ground import Ground
from journeys.promises import BRANCH, MAINLINE, TAG
from journeys.shims import Shims

pytestmark = pytest.mark.journey

PATCH = ("release.patch", "--version", "1.24", "--yes")
TO_BRANCH, TO_TAG, TO_MAINLINE = ":refs/heads/release-1.24", ":refs/tags/v1.24.1", ":refs/heads/master"


def require_released(witness: promises.Witness) -> None:
    assert witness.broken() == []
    assert witness.unfinished() == []


def test_a_second_release_in_one_clone_halts_and_names_the_first(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    beside = ground.root / "beside"
    ground.git("worktree", "add", "--quiet", "--detach", str(beside))
    with shims.held("worktree add", *PATCH) as running:
        running.await_held()
        for where in (ground.clone, beside):
            for second in (
                PATCH,
                ("release.tag", "--version", "1.24"),
                ("release.abandon", "--version", "1.24"),
            ):
                done = ground.inv(*second, cwd=where)
                assert done.status == 3, done.text
                assert "Another patchwright process is using this clone." in done.err
                assert f"process {running.process.pid}" in done.err
        assert ground.inv("release.status", "--version", "1.24").status == 0
        running.kill()

    # Who was killed holds nothing; and it is the same clone from each of its work trees.
    done = shims.inv(*PATCH, cwd=beside)

    assert done.status == 0, done.text
    require_released(witness)


@pytest.mark.parametrize("before", [TO_BRANCH, TO_TAG, "rm --quiet", TO_MAINLINE])
def test_two_clones_at_the_same_time_make_one_release(ground: Ground, before: str) -> None:
    other = ground.clone_again("other")
    shims, witness = Shims(ground), promises.begin(ground)
    others = Shims(ground, "other-shims")
    with shims.held(before, *PATCH) as running:
        running.await_held()
        # The other one does all that is left while the first one is about to do this.
        overtook = others.inv(*PATCH, cwd=other)
        assert witness.broken() == []
        first = running.end()
    assert (overtook.status, first.status) == (0, 0), overtook.text + first.text

    witness.commands.extend([*shims.commands, *others.commands])
    require_released(witness)
    assert [event.ref for event in witness.events].count(TAG) == 1


def test_a_commit_that_arrives_before_the_push_becomes_part_of_the_release_branch(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    with shims.held(TO_BRANCH, *PATCH) as running:
        running.await_held()
        witness.theirs.add(people.pushed(ground, "release-1.24", {"NEWS": "theirs\n"}, "Mention news."))
        halted = running.end()
    assert halted.status == 7, halted.text
    assert "Do not force-push." in halted.err
    assert TAG not in ground.refs()

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    require_released(witness)
    assert ground.show(f"{TAG}:NEWS") == "theirs"


@pytest.mark.parametrize("before", ["the tag", "the clean-up"])
def test_the_tag_names_the_tested_commit_if_the_release_branch_moves_after_qa(
    ground: Ground, before: str
) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    with shims.held(TO_TAG if before == "the tag" else TO_BRANCH, *PATCH) as running:
        running.await_held()
        if before == "the clean-up":
            # The first push to the branch is the release commit, the second one the clean-up.
            running.let_go()
            running.await_held()
        tested = ground.refs()[BRANCH]
        theirs = people.pushed(ground, "release-1.24", {"NEWS": "theirs\n"}, "Mention news.")
        witness.theirs.add(theirs)
        done = running.end()

    assert done.status == 0, done.text
    require_released(witness)
    assert ground.origin("rev-parse", f"{TAG}^{{commit}}") == tested
    assert ground.origin("log", "-1", "--format=%P", BRANCH) == theirs


def test_the_integration_is_built_again_if_the_mainline_moves(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    with shims.held(TO_MAINLINE, *PATCH) as running:
        for number in range(3):
            running.await_held()
            witness.theirs.add(
                people.pushed(ground, "master", {"NEWS": f"{number}\n"}, f"Mention news, part {number}.")
            )
            running.let_go()
        done = running.end()

    assert done.status == 0, done.text
    require_released(witness)


def test_the_integration_halts_if_the_mainline_moves_too_often(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    with shims.held(TO_MAINLINE, *PATCH) as running:
        number = 0
        while running.is_held():
            number += 1
            witness.theirs.add(
                people.pushed(ground, "master", {"NEWS": f"{number}\n"}, f"Mention news, part {number}.")
            )
            running.let_go()
        halted = running.end()
    assert halted.status == 7, halted.text
    assert 1 < number < 10
    assert witness.broken() == []

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    require_released(witness)
    assert ground.refs()[MAINLINE] != witness.before.refs[MAINLINE]
