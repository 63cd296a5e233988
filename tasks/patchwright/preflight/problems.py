"""Problems: run the checks side by side and collect every problem that they find."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from patchwright.halts import BadArgument, Bug, Halt, Interrupted, combine
from patchwright.preflight import checks
from patchwright.preflight.checks import Check
from patchwright.releases.release import Release

# A check mostly waits for another program. More threads would only queue for two cores.
MAX_THREADS = 8
# How long one question to GitHub may stay without an answer in a check. All checks ask side by side.
PATIENCE_SECONDS = 20.0
_NOTHING = contextlib.nullcontext()


def find_problems(selected: Sequence[Check], release: Release) -> list[Halt]:
    """Return the halts that the selected checks raise, in the order of the checks.

    Nothing has begun yet, so the checks soon stop waiting for GitHub.
    """
    with _short_patience(release), ThreadPoolExecutor(MAX_THREADS) as pool:
        try:
            return [halt for halt in pool.map(lambda check: _find_problem(check, release), selected) if halt]
        except KeyboardInterrupt:
            # The pool waits for its threads, and the threads wait for their programs.
            pool.shutdown(wait=False, cancel_futures=True)
            release.shell.stop()
            raise


def _short_patience(release: Release) -> contextlib.AbstractContextManager[None]:
    try:
        return release.github.limited_patience(PATIENCE_SECONDS) if release.origin.urls[1] else _NOTHING
    except Halt:
        # A check reports that the remote is not on GitHub.
        return _NOTHING


@contextlib.contextmanager
def with_all_problems(release: Release) -> Iterator[None]:
    """Add every other problem that the relevant checks find to a halt of the block.

    BadArgument, Interrupted and Bug are raised alone.
    """
    try:
        yield
    except (BadArgument, Interrupted, Bug):
        raise
    except Halt as halt:
        combined = combine([halt, *find_problems(relevant_checks(release), release)])
        combined.step = combined.step or "preflight"
        raise combined from None


def relevant_checks(release: Release) -> Sequence[Check]:
    """Return the checks for the steps that remain.

    Before the release is resolved, these are the checks of the clone. After the tag was published, these are
    the checks for the late steps.
    """
    if not release.is_planned:
        return checks.CLONE_CHECKS
    return checks.LATE_CHECKS if release.origin.tag else checks.ALL_CHECKS


def _find_problem(check: Check, release: Release) -> Halt | None:
    try:
        check(release)
    except Halt as halt:
        return halt
    return None
