"""What watching a run costs GitHub, and how late its end is noticed: `gh run watch` and ours side by side.

    python benchmarks/watching.py [--factor 15] [--repeat 3]

A run of 14 jobs and ten minutes is watched on the stand-in for GitHub, through the real gh, all times being
divided by the factor. What a program needs to start and to ask is not divided, so lateness is shown larger
than it is. It is taken when GitHub answers for the first time that the run has ended.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from unittest import mock

from patchwright.github.models import Target
from patchwright.github.repository import GitHub, Repo
from patchwright.github.watch import watch
from patchwright.practice.actions import Run
from patchwright.practice.github import StandIn
from patchwright.practice.runs import JobScript, RunScript
from patchwright.progress import SilentProgress
from patchwright.tools.shell import Shell, environment

# gh is beside this Python where the environment is not activated.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
INTERVAL = 30.0
BRANCH = "release-1.24"
TOTAL_GOAL, COUNTED_GOAL, LATE_GOAL = 1 / 3, 1 / 10, 5.0
STEPS = ("Set up", "Test")


class Compressed:
    """A clock on which everything takes `factor` times as long as it does."""

    def __init__(self, factor: float) -> None:
        self.factor = factor
        self._epoch, self._start = time.time(), time.monotonic()

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self._epoch + self.factor * (time.monotonic() - self._start)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self.factor * time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after `seconds` on this clock."""
        time.sleep(seconds / self.factor)


@dataclass(frozen=True)
class Measured:
    """What one watch cost, and how many seconds after the end of the run it was told so."""

    total: float
    counted: float
    late: float


def workflow_jobs(stretch: float) -> list[JobScript]:
    """Return the jobs of a QA workflow: one that checks, twelve that test, one that packs; ten minutes."""
    tests = [
        JobScript(f"test ({system}, {python})", stretch * (slow + 25 * number), steps=STEPS, needs=["lint"])
        for system, slow in (("ubuntu", 290), ("macos", 350), ("windows", 385))
        for number, python in enumerate(("3.11", "3.12", "3.13", "3.14"))
    ]
    lint = JobScript("lint", stretch * 55, steps=STEPS)
    package = JobScript("package", stretch * 85, steps=STEPS, needs=[job.name for job in tests])
    return [lint, *tests, package]


def by_gh(standin: StandIn, run: Run, clock: Compressed, _sha: str) -> None:
    """Watch as the written process does."""
    seconds = round(INTERVAL / clock.factor)
    repository = f"github.localhost/{standin.owner}/{standin.name}"
    argv = ["gh", "run", "watch", str(run.id), "--interval", str(seconds), "--compact", "-R", repository]
    subprocess.run(argv, check=True, capture_output=True, env=environment({}))


def by_patchwright(standin: StandIn, _run: Run, clock: Compressed, sha: str) -> None:
    """Watch as a release does."""
    repo = Repo("github.localhost", standin.owner, standin.name)
    github = GitHub(Shell(standin.bare), repo, progress=SilentProgress(), clock=clock)
    target = Target("qa", sha, BRANCH)
    watch(
        github, target, interval=INTERVAL, watch_timeout=7200, appear_timeout=300, progress=SilentProgress()
    )


Watch = Callable[[StandIn, Run, Compressed, str], None]


def measure(watched: Watch, factor: float, stretch: float) -> Measured:
    """Watch a run that takes `stretch` times what the one before it took."""
    with (
        tempfile.TemporaryDirectory(prefix="pw-") as root,
        _practice(Path(root), factor) as (standin, clock, sha),
    ):
        before = RunScript(jobs=workflow_jobs(1.0))
        standin.add_run("qa", sha, branch="master", script=before, created_at=clock.now() - 86_400)
        run = standin.add_run("qa", sha, branch=BRANCH, script=replace(before, jobs=workflow_jobs(stretch)))
        watched(standin, run, clock, sha)
        ended = standin.state(run).updated_at
        asked = re.compile(rf"/actions/runs/{run.id}\?")
        told = min(one.at for one in standin.api_requests if one.at >= ended and asked.search(one.target))
        return Measured(len(standin.api_requests), len(standin.counted_requests), told - ended)


@contextmanager
def _practice(root: Path, factor: float) -> Iterator[tuple[StandIn, Compressed, str]]:
    clock = Compressed(factor)
    standin = StandIn(root, clock=clock.now)
    variables = {
        **standin.environment(root / "home"),
        "PATH": PATH,
        "XDG_CACHE_HOME": str(root / "cache"),
    }

    def date(_handler: BaseHTTPRequestHandler, _timestamp: float | None = None) -> str:
        return formatdate(clock.now(), usegmt=True)

    with (
        mock.patch.dict(os.environ, variables),
        # The stand-in's clock is compressed, so the time in the head of its answers must be.
        mock.patch.object(BaseHTTPRequestHandler, "date_time_string", date),
    ):
        sha = _one_commit(Shell(root), standin.bare)
        with standin:
            # The proxy's port is known now.
            os.environ.update(standin.environment(root / "home"))
            yield standin, clock, sha


def _one_commit(shell: Shell, bare: Path) -> str:
    shell.act("git", "init", "--quiet", "--bare", str(bare))
    tree = shell.act("git", "mktree", cwd=bare, stdin="").line
    variables = ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL")
    someone = dict.fromkeys(variables, "practice@example.org")
    return shell.act("git", "commit-tree", tree, "-m", "Practice", cwd=bare, env=someone).line


def main() -> None:
    """Print the comparison; exit with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--factor", type=float, default=15.0, help="how much faster than in the world time goes"
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help="how many runs, of different durations, are watched"
    )
    factor, repeat = vars(parser.parse_args()).values()
    # From 10 % faster than the run before them to 10 % slower.
    stretches = [1 + 0.2 * (index / max(repeat - 1, 1) - 0.5) for index in range(repeat)]
    print(f"14 jobs, 10 minutes (+-10 %), {repeat} runs each, time divided by {factor:g}; medians")
    print(f"{'':34}{'requests':>10}{'that count':>12}{'seconds late':>14}")
    theirs = _measured(f"gh run watch --interval {INTERVAL:g} --compact", by_gh, factor, stretches)
    ours = _measured("patchwright", by_patchwright, factor, stretches)
    total, counted = ours.total / theirs.total, ours.counted / theirs.counted
    print(f"ours to theirs: {total:.3f} of all (goal < {TOTAL_GOAL:.3f}),", end=" ")
    print(f"{counted:.3f} of those that count (goal < {COUNTED_GOAL:.3f});", end=" ")
    print(f"goal for seconds late: {LATE_GOAL:g}")
    raise SystemExit(not (total < TOTAL_GOAL and counted < COUNTED_GOAL and ours.late <= LATE_GOAL))


def _measured(name: str, watched: Watch, factor: float, stretches: list[float]) -> Measured:
    each = [measure(watched, factor, stretch) for stretch in stretches]
    medians = Measured(*(statistics.median(values) for values in zip(*map(astuple, each), strict=True)))
    print(f"{name:34}{medians.total:>10g}{medians.counted:>12g}{medians.late:>14.1f}", flush=True)
    return medians


if __name__ == "__main__":
    main()
