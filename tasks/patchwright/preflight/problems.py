"""Everything that stands in the way of a release, found in one go: guards run side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from patchwright.halts import BadArgument, Bug, Halt, Interrupted, together

if TYPE_CHECKING:
    from patchwright.releases.release import Release

    Guard = Callable[[Release], None]

# Each waits for another program; more at once would only queue for two cores.
AT_ONCE = 8


def found(asked: Sequence[Guard], release: Release) -> list[Halt]:
    """Return the halts of the guards that are not content, in the order of the guards."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            return [halt for halt in pool.map(lambda guard: _halt_of(guard, release), asked) if halt]
        except KeyboardInterrupt:
            # The pool waits for its threads, and they wait for programs.
            release.shell.end_all()
            raise


@contextlib.contextmanager
def joined(release: Release) -> Iterator[None]:
    """Let a halt of the block bring along whatever the guards that matter find as well.

    What was typed is no finding: a bad argument halts alone.
    """
    try:
        yield
    except (BadArgument, Interrupted, Bug):
        raise
    except Halt as halt:
        whole = together([halt, *found(relevant(release), release)])
        whole.step = whole.step or "preflight"
        raise whole from None


def relevant(release: Release) -> Sequence[Guard]:
    """Return the guards of what is still to be done.

    Before there is a plan those that do without one, once the tag is public those of the rest, else all.
    """
    from patchwright.preflight import guards  # noqa: PLC0415  guards know steps, which know much

    if not release.is_planned:
        return guards.OF_THE_CLONE
    return guards.LATE if release.public_tag else guards.ALL


def _halt_of(guard: Guard, release: Release) -> Halt | None:
    try:
        guard(release)
    except Halt as halt:
        return halt
    return None
