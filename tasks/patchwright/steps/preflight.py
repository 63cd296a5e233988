"""Preflight: check everything that could fail later; change nothing."""

from __future__ import annotations

from pathlib import Path

from patchwright.halts import combine
from patchwright.preflight import fragments, hooks, problems, pull_requests, series
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Return evidence that every check that matters at this point of the release has passed."""
    _report_lock(release)
    relevant = problems.relevant_checks(release)
    release.problems = problems.find_problems(relevant, release)
    fragments.report_fragments(release)
    series.report_version_source(release)
    hooks.report_ignored_hooks(release)
    pull_requests.report_others(release)
    return None if release.problems else f"{len(relevant)} checks passed"


def act(release: Release) -> None:
    """Raise one Halt for everything that the checks have found, with a remedy for each problem."""
    raise combine(release.problems or problems.find_problems(problems.relevant_checks(release), release))


def _report_lock(release: Release) -> None:
    """Say that the index of the maintainer's checkout is locked. Only they know whether git still uses it."""
    lock = release.git.ask("rev-parse", "--path-format=absolute", "--git-path", "index.lock").line
    if Path(lock).exists():
        release.progress.say(
            f"{lock} exists: git is running in your checkout, or was killed there; the file was not deleted"
        )
