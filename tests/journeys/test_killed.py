"""Killed anywhere, run again: the same release. `--all-boundaries` kills at each, else at a share of them."""

from __future__ import annotations

import datetime
import itertools
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from journeys import promises
from journeys.ground import Ground, Make
from journeys.promises import Witness
from journeys.shims import Shims, Stopped, When
from patchwright.practice.project import Patches

pytestmark = pytest.mark.journey

PATCH = ("release.patch", "--version", "1.24")
VARIANTS: tuple[Patches, ...] = ("mainline", "release-branch")
# By default one boundary of so many is killed at; which, changes from day to day.
SHARE = 14


@dataclass(frozen=True)
class Undisturbed:
    """A release that nothing disturbed: what it made, and the seconds of each command that wrote."""

    made: dict[str, object]
    durations: dict[int, float]


Stop = Callable[[Shims, int, Undisturbed], Stopped]


@dataclass
class Tally:
    """What a test of many boundaries has seen."""

    boundaries: int = 0
    kills: int = 0
    runs: int = 0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.boundaries} boundaries, {self.kills} kills, {self.runs} runs, "
            f"{len(self.violations)} violations"
        )


def prepared(make_ground: Make, patches: Patches) -> tuple[Witness, Shims]:
    """Return who watches over a new ground, whose person has work of their own, and its shims."""
    ground: Ground = make_ground(patches)
    shims = Shims(ground)
    return promises.begin(ground, private_mainline=patches == "mainline"), shims


def run(witness: Witness, shims: Shims) -> int:
    """Release, undisturbed from here on, and return the exit status."""
    done = shims.inv(*PATCH)
    witness.outputs.append(done)
    witness.commands.extend(shims.commands)
    return done.status


def undisturbed(make_ground: Make, patches: Patches) -> Undisturbed:
    """Return a release that nothing disturbs, every promise verified."""
    witness, shims = prepared(make_ground, patches)
    assert run(witness, shims) == 0, witness.outputs[-1].text
    assert witness.broken() == []
    assert witness.unfinished() == []
    return Undisturbed(promises.made(witness.ground, witness.before), shims.durations)


def is_in_share(number: int, all_boundaries: bool) -> bool:  # noqa: FBT001  an option of pytest's
    today = datetime.datetime.now(tz=datetime.UTC).date().toordinal()
    return all_boundaries or number % SHARE == today % SHARE


def killed_everywhere(
    make_ground: Make, patches: Patches, stop: Stop, *, all_boundaries: bool, shift: int = 0
) -> Tally:
    """Kill at 1, 2, 3, ... until a run completes; ask for the promises after each kill and each rerun."""
    expected = undisturbed(make_ground, patches)
    tally = Tally(runs=1)
    for number in itertools.count(1):
        if not is_in_share(number + shift, all_boundaries) and number <= len(expected.durations):
            continue
        witness, shims = prepared(make_ground, patches)
        stopped = stop(shims, number, expected)
        tally.runs += 1
        if not stopped.was_stopped:
            assert stopped.done.status == 0, stopped.done.text
            return tally
        tally.boundaries += 1
        tally.kills += 1
        at = shims.writes[-1] if shims.writes else "-"
        problems = after_the_stop(witness, shims, stopped)
        problems += after_the_rerun(witness, shims, expected.made)
        tally.runs += 1
        tally.violations += [f"{number} ({at}): {problem}" for problem in problems]
        # `-s` shows how far it is.
        sys.stdout.write(f"{number} ({at}): {tally}\n" + "".join(f"  {problem}\n" for problem in problems))
        sys.stdout.flush()
    raise AssertionError("unreachable")


def after_the_stop(witness: Witness, shims: Shims, stopped: Stopped) -> list[str]:
    """Return the safety promises that are broken."""
    witness.outputs.append(stopped.done)
    witness.commands.extend(shims.commands)
    return [f"stopped: {problem}" for problem in witness.broken()]


def after_the_rerun(witness: Witness, shims: Shims, expected: dict[str, object]) -> list[str]:
    """Run the same command again, and return the promises that are broken, those of liveness among them.

    Where a git that was killed has left a lock in the person's own clone, the run names it and changes
    nothing, and goes on when the person has removed it.
    """
    shims.forget()
    before = witness.ground.refs()
    status = run(witness, shims)
    locks = [lock for lock in left_by_git(witness.ground) if str(lock) in witness.outputs[-1].err]
    if status == 3 and locks and witness.ground.refs() == before:
        for lock in locks:
            lock.unlink()
        status = run(witness, shims)
    problems = witness.broken() + witness.unfinished()
    if status != 0:
        problems.append(f"exit {status}: {witness.outputs[-1].text[-1500:]}")
    if promises.made(witness.ground, witness.before) != expected:
        problems.append(f"made {promises.made(witness.ground, witness.before)}, not {expected}")
    return [f"run again: {problem}" for problem in problems]


def left_by_git(ground: Ground) -> list[Path]:
    """Return the locks that lie in the person's clone."""
    return list((ground.clone / ".git").glob("*.lock"))


def killed(when: When) -> Stop:
    return lambda shims, number, expected: shims.stopped(
        number, when, *PATCH, seconds=expected.durations.get(number, 0.0) / 2
    )


def killed_in_transaction(shims: Shims, number: int, _expected: Undisturbed) -> Stopped:
    return shims.killed_in_transaction(number, *PATCH)


HOW: dict[str, Stop] = {
    "before": killed("before"),
    "during": killed("during"),
    "after": killed("after"),
    "while refs are locked": killed_in_transaction,
}


@pytest.mark.parametrize("patches", VARIANTS)
@pytest.mark.parametrize("how", HOW)
def test_killed_at_a_boundary(
    make_ground: Make,
    patches: Patches,
    how: str,
    all_boundaries: bool,  # noqa: FBT001  an option of pytest's
    record_property: Callable[[str, object], None],
) -> None:
    shift = 3 * (list(HOW).index(how) + 4 * VARIANTS.index(patches))
    tally = killed_everywhere(make_ground, patches, HOW[how], all_boundaries=all_boundaries, shift=shift)
    # Shown by `-rP`, and kept in a JUnit report.
    record_property("tally", str(tally))
    sys.stdout.write(f"{patches}, killed {how}: {tally}\n")
    assert tally.kills
    assert not tally.violations, "\n".join(tally.violations)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_at_a_boundary(make_ground: Make, by: signal.Signals, all_boundaries: bool) -> None:  # noqa: FBT001  an option of pytest's
    expected = undisturbed(make_ground, "mainline")
    writes = len(expected.durations)
    chosen = range(1, writes + 1) if all_boundaries else (11, writes - 7)
    for number in chosen:
        witness, shims = prepared(make_ground, "mainline")
        stopped = shims.stopped(number, "during", *PATCH, by=by, seconds=expected.durations[number] / 2)
        assert stopped.done.status == 130, (number, stopped.done.text)
        assert "Halted" in stopped.done.err
        assert "inv release.patch --version 1.24" in stopped.done.err
        assert after_the_stop(witness, shims, stopped) == []
        assert after_the_rerun(witness, shims, expected.made) == []
