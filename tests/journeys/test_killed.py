"""Killed anywhere, run again: the same release. `--all-boundaries` kills at each, else at a few of them."""

from __future__ import annotations

import datetime
import functools
import itertools
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from journeys.conftest import grounds
from journeys.crashes import (
    HOW,
    PATCH,
    Undisturbed,
    after_the_rerun,
    after_the_stop,
    killed_at,
    prepared,
    undisturbed,
)
from journeys.ground import Make
from patchwright.practice.project import Patches

pytestmark = pytest.mark.journey

VARIANTS: tuple[Patches, ...] = ("mainline", "release-branch")


@pytest.fixture(scope="session")
def expected_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Patches], Undisturbed]]:
    """Return what gives the undisturbed release of a variant, made once."""
    with grounds(tmp_path_factory) as make_ground:
        yield functools.cache(functools.partial(undisturbed, make_ground))


def one_of_the_day(boundaries: int, shift: int) -> int:
    """Return another boundary every day, so that each has its turn."""
    return 1 + (datetime.datetime.now(tz=datetime.UTC).date().toordinal() + shift) % boundaries


@pytest.mark.parametrize("patches", VARIANTS)
@pytest.mark.parametrize("how", HOW)
def test_killed_at_a_boundary(
    make_ground: Make,
    expected_of: Callable[[Patches], Undisturbed],
    patches: Patches,
    how: str,
    *,
    all_boundaries: bool,
) -> None:
    expected = expected_of(patches)
    boundaries = expected.transactions if how == "while refs are locked" else len(expected.durations)
    place = list(itertools.product(HOW, VARIANTS)).index((how, patches))
    of_the_day = one_of_the_day(boundaries, shift=place * boundaries // 8)
    numbers = itertools.count(1) if all_boundaries else [of_the_day]

    tally = killed_at(numbers, make_ground, patches, HOW[how], expected)

    sys.stdout.write(f"{patches}, killed {how}: {tally}\n")
    assert tally.kills
    assert not tally.violations, "\n".join(tally.violations)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_at_a_boundary(
    make_ground: Make,
    expected_of: Callable[[Patches], Undisturbed],
    by: signal.Signals,
    *,
    all_boundaries: bool,
) -> None:
    expected = expected_of("mainline")
    writes = len(expected.durations)
    for number in range(1, writes + 1) if all_boundaries else [one_of_the_day(writes, shift=7 * by)]:
        witness, shims = prepared(make_ground, "mainline")
        stopped = shims.stopped(number, "during", *PATCH, by=by, seconds=expected.durations[number] / 2)
        assert stopped.done.status == 130, (number, stopped.done.text)
        assert "Halted" in stopped.done.err
        assert "inv release.patch --version 1.24" in stopped.done.err
        assert after_the_stop(witness, shims, stopped) == []
        assert after_the_rerun(witness, shims, expected.made) == []
