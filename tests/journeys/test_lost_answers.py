"""A push whose answer was lost is looked up on origin. It is neither repeated nor undone."""

from __future__ import annotations

from collections import Counter

import pytest

from journeys import promises
from journeys.ground import Ground, Make
from journeys.promises import BRANCH, MAINLINE, TAG
from journeys.shims import Shims
from patchwright.practice.runs import RunScript
from patchwright.practice.wire import Manner

pytestmark = pytest.mark.journey

PATCH = ("release.patch", "--version", "1.24", "--yes")


def require_each_pushed_once(shims: Shims, witness: promises.Witness) -> None:
    """Assert that every ref moved as often as in a release that lost nothing, by as many pushes."""
    assert Counter(event.ref for event in witness.events) == {BRANCH: 2, TAG: 1, MAINLINE: 1}
    pushes = [words for words in shims.commands if "push" in words and "--dry-run" not in words]
    assert len(pushes) == 4
    assert witness.broken() == []
    assert witness.unfinished() == []


@pytest.mark.parametrize("manner", ["reset", "truncated"])
def test_no_push_is_repeated_if_every_answer_is_lost(make_ground: Make, manner: Manner) -> None:
    ground = make_ground()
    shims, witness = Shims(ground), promises.begin(ground)
    for ref in (BRANCH, TAG, MAINLINE):
        ground.standin.lose_answer(ref, manner)

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    require_each_pushed_once(shims, witness)


@pytest.mark.parametrize("manner", ["reset", "truncated"])
def test_the_push_of_the_clean_up_is_not_repeated_if_its_answer_is_lost(
    ground: Ground, manner: Manner
) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    ground.standin.script("release", RunScript(conclusion="failure"))
    assert shims.inv(*PATCH).status == 5
    ground.standin.rerun(ground.standin.runs[-1].id)
    ground.standin.lose_answer(BRANCH, manner)

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    require_each_pushed_once(shims, witness)
