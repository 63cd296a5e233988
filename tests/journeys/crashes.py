"""Stop a release at a boundary, run it again, and verify the promises each time."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from journeys import promises
from journeys.ground import Ground, Make
from journeys.promises import Witness
from journeys.shims import Shims, Stopped
from patchwright.practice.project import Patches

PATCH = ("release.patch", "--version", "1.24", "--yes")

# The patterns of commands and the name of each kind. The first pattern that matches counts.
_COMMANDS = (
    (r"(git push|git update-ref) .*?(refs/(?:tags|worktree)/|refs/heads/release|refs/heads/)", "{} {}"),
    (r"hatch --env develop run (?:linters|testers|docsgen)", "hatch run check"),
    (r"hatch --env develop run (\w+)", "hatch run {}"),
    (r"(hatch version|git worktree add)", "{}"),
    (r"git (?:--literal-pathspecs )?([\w-]+)", "git {}"),
)


@dataclass(frozen=True)
class Boundary:
    """A point of the nth command of a kind: "before" it, "after" it, or one that is inside it."""

    command: str
    nth: int
    point: str

    @property
    def kind(self) -> tuple[str, str]:
        """The kind of command and the point, without how often the command has reached the point."""
        return self.command, self.point.rstrip(" 0123456789")

    def __str__(self) -> str:
        return f"{self.point}, {self.command}, {self.nth}"


@dataclass(frozen=True)
class Undisturbed:
    """The result of an undisturbed release, and its boundaries in order.

    Each boundary is mapped to the number of its command among all commands that write.
    """

    made: dict[str, object]
    boundaries: Mapping[Boundary, int]


def command_kind(command: str) -> str:
    """Return the kind of a command that writes, as in "git push refs/tags/"."""
    found = ((re.match(pattern, command), name) for pattern, name in _COMMANDS)
    return next(name.format(*match.groups()) for match, name in found if match)


def boundaries(writes: Sequence[str], points: Sequence[tuple[int, str]]) -> dict[Boundary, int]:
    """Return the boundaries of a run from its commands that write and the points inside them."""
    found: dict[Boundary, int] = {}
    times: Counter[str] = Counter()
    for number, command in enumerate(writes, 1):
        kind = command_kind(command)
        times[kind] += 1
        inside = [point for at, point in points if at == number]
        found |= {Boundary(kind, times[kind], point): number for point in ("before", *inside, "after")}
    return found


def prepared(make_ground: Make, patches: Patches) -> tuple[Witness, Shims]:
    """Return the witness of a new ground whose maintainer has private work, and its shims."""
    ground: Ground = make_ground(patches)
    shims = Shims(ground)
    return promises.begin(ground, private_mainline=patches == "mainline"), shims


def run(witness: Witness, shims: Shims) -> int:
    """Run the release without a disturbance, and return the exit status."""
    done = shims.inv(*PATCH)
    witness.outputs.append(done)
    witness.commands.extend(shims.commands)
    return done.status


def undisturbed(make_ground: Make, patches: Patches) -> Undisturbed:
    """Run an undisturbed release, verify every promise, and return the result."""
    witness, shims = prepared(make_ground, patches)
    assert run(witness, shims) == 0, witness.outputs[-1].text
    assert witness.broken() == []
    assert witness.unfinished() == []
    made = promises.made(witness.ground, witness.before)
    return Undisturbed(made, boundaries(shims.writes, shims.points))


def problems_after_kill(
    make_ground: Make, patches: Patches, boundary: Boundary, expected: Undisturbed
) -> list[str]:
    """Kill a release at a boundary, run it again, and return the broken promises."""
    witness, shims = prepared(make_ground, patches)
    stopped = shims.stopped(expected.boundaries[boundary], boundary.point, *PATCH)
    if not stopped.was_stopped:
        return [f"{boundary}: not reached, exit {stopped.done.status}: {stopped.done.text}"]
    assert stopped.done.status == -signal.SIGKILL, stopped.done.text
    problems = after_the_stop(witness, shims, stopped) + after_the_rerun(witness, shims, expected.made)
    return [f"{boundary}: {problem}" for problem in problems]


def problems_after_signal(
    make_ground: Make, boundary: Boundary, by: signal.Signals, expected: Undisturbed
) -> list[str]:
    """Interrupt a release at a boundary, run it again, and return the problems."""
    witness, shims = prepared(make_ground, "mainline")
    stopped = shims.stopped(expected.boundaries[boundary], boundary.point, *PATCH, by=by)
    if not stopped.was_stopped:
        return [f"{boundary}: not reached, exit {stopped.done.status}: {stopped.done.text}"]
    problems = [
        f"{words!r} is not in the report: {stopped.done.text}"
        for words in ("Halted", "inv release.patch --version 1.24")
        if words not in stopped.done.err
    ]
    if stopped.done.status != 130:
        problems.append(f"exit {stopped.done.status}: {stopped.done.text}")
    problems += after_the_stop(witness, shims, stopped) + after_the_rerun(witness, shims, expected.made)
    return [f"{by.name}, {boundary}: {problem}" for problem in problems]


def after_the_stop(witness: Witness, shims: Shims, stopped: Stopped) -> list[str]:
    """Return the broken promises of safety."""
    witness.outputs.append(stopped.done)
    witness.commands.extend(shims.commands)
    return [f"stopped: {problem}" for problem in witness.broken()]


def after_the_rerun(witness: Witness, shims: Shims, expected: dict[str, object]) -> list[str]:
    """Run the same command again, and return the broken promises of safety and liveness.

    If a killed git left a lock in the maintainer's clone, the run names the lock and changes nothing. It
    continues after the maintainer has removed the lock.
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
    """Return the locks in the maintainer's clone."""
    return list((ground.clone / ".git").glob("*.lock"))
