"""Everything that would fail late has been checked early; nothing has changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from patchwright import guards
from patchwright.halts import Halt, Prerequisite

if TYPE_CHECKING:
    from collections.abc import Callable

    from patchwright.release import Release

# Each waits for another program; more at once would only queue for two cores.
AT_ONCE = 8


def proof(release: Release) -> str | None:
    """Every guard that matters at this point of the release is content."""
    asked = relevant(release)
    problems = found(release, asked)
    release.problems = problems
    return None if problems else f"{len(asked)} guards are content"


def act(release: Release) -> None:
    """Halt with everything that the guards found, each with its remedy."""
    problems = release.problems or found(release, relevant(release))
    if len(problems) == 1:
        raise problems[0]
    kinds = {type(problem).status: type(problem) for problem in problems}
    # One kind speaks for itself; of several, what is missing beforehand is the common word.
    kind = next(iter(kinds.values())) if len(kinds) == 1 else Prerequisite
    raise together(kind, problems)


def relevant(release: Release) -> list[Callable[[Release], None]]:
    """Return the guards of what is still to be done: before the tag is public all of them, then the late ones."""
    return list(guards.LATE if release.public_tag else guards.ALL)


def found(release: Release, asked: list[Callable[[Release], None]]) -> list[Halt]:
    """Return the halts of the guards that are not content, in the order of the guards."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            return [halt for halt in pool.map(lambda guard: _halt_of(guard, release), asked) if halt]
        except KeyboardInterrupt:
            # The pool waits for its threads, and they wait for programs.
            release.shell.end_all()
            raise


def together(kind: type[Halt], problems: list[Halt]) -> Halt:
    """Return one halt that lists several, each with its evidence and its remedy."""
    evidence = []
    for number, problem in enumerate(problems, 1):
        evidence.append(f"{number}. {problem.cause}")
        evidence.extend(f"   {row}" for row in problem.evidence)
        evidence.extend(f"   To mend it: {row}" for row in problem.remedy)
        if problem.next_command:
            evidence.append(f"   Type: {problem.next_command}")
    whole = Halt.__new__(kind)
    Halt.__init__(whole, f"{len(problems)} things stand in the way of this release.", evidence=evidence)
    return whole


def _halt_of(guard: Callable[[Release], None], release: Release) -> Halt | None:
    try:
        guard(release)
    except Halt as halt:
        return halt
    return None
