"""Stops a release at its boundaries, runs it again, and asks for the promises each time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from journeys import promises
from journeys.ground import Ground, Make
from journeys.promises import Witness
from journeys.shims import Shims, Stopped, When
from patchwright.practice.project import Patches

PATCH = ("release.patch", "--version", "1.24")


@dataclass(frozen=True)
class Undisturbed:
    """A release that nothing disturbed: what it made, and how many seconds each command took that wrote."""

    made: dict[str, object]
    durations: dict[int, float]
    transactions: int


Stop = Callable[[Shims, int, Undisturbed], Stopped]


@dataclass
class Tally:
    """What came of stopping a release at many boundaries."""

    kills: int = 0
    runs: int = 0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        # One run for each boundary is killed there.
        counted = f"{self.kills} boundaries, {self.kills} kills, {self.runs} runs"
        return f"{counted}, {len(self.violations)} violations"


def killed(when: When) -> Stop:
    """Return what kills at a command that writes; `during` is half way through it."""
    return lambda shims, number, expected: shims.stopped(
        number, when, *PATCH, seconds=expected.durations.get(number, 0.0) / 2
    )


def killed_in_transaction(shims: Shims, number: int, _expected: Undisturbed) -> Stopped:
    """Kill while git holds the locks of the refs that it is about to change."""
    return shims.killed_in_transaction(number, *PATCH)


HOW: dict[str, Stop] = {
    "before": killed("before"),
    "during": killed("during"),
    "after": killed("after"),
    "while refs are locked": killed_in_transaction,
}


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
    return Undisturbed(promises.made(witness.ground, witness.before), shims.durations, shims.transactions)


def killed_at(
    numbers: Iterable[int], make_ground: Make, patches: Patches, stop: Stop, expected: Undisturbed
) -> Tally:
    """Kill one run at each boundary in turn, until a run completes, and run it again."""
    tally = Tally()
    for number in numbers:
        witness, shims = prepared(make_ground, patches)
        stopped = stop(shims, number, expected)
        tally.runs += 1
        if not stopped.was_stopped:
            assert stopped.done.status == 0, stopped.done.text
            break
        at = shims.writes[-1] if shims.writes else "-"
        problems = after_the_stop(witness, shims, stopped) + after_the_rerun(witness, shims, expected.made)
        tally.kills += 1
        tally.runs += 1
        tally.violations += [f"{number} ({at}): {problem}" for problem in problems]
        # `-s` shows how far it is.
        sys.stdout.write(f"{number} ({at}): {tally}\n" + "".join(f"  {problem}\n" for problem in problems))
        sys.stdout.flush()
    return tally


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
