"""Draws the README's pictures from a run on the practice ground: python documentation/pictures.py.

The stand-in for GitHub is asked through the real gh, at moments of a run of fourteen jobs and ten minutes.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
from pathlib import Path

from rich.console import Console, RenderableType

from patchwright.clock import SystemClock
from patchwright.github import failed_run
from patchwright.github.polling import expected_jobs
from patchwright.github.repository import GitHub, repo_of
from patchwright.halts import Effects
from patchwright.practice.github import JobScript, RunScript, StandIn
from patchwright.practice.project import Project, make_project
from patchwright.progress import SilentProgress
from patchwright.report.halt import halt_report
from patchwright.report.runs_table import RunTable
from patchwright.tools.shell import Shell

HERE = Path(__file__).parent
COLUMNS = 100
STEPS = ("Set up job", "Check out", "Install", "Test", "Upload coverage")
LOG = """\
tests/test_tides.py::test_high_water FAILED
E   assert 745 == 770
Error: Process completed with exit code 1."""


def main() -> None:
    """Draw the live table in the middle of a run, and the halt after one that failed."""
    with tempfile.TemporaryDirectory(prefix="pw-") as temporary:
        root = Path(temporary)
        moment = [time.time() - 86_400]
        with StandIn(root / "github", clock=lambda: moment[0]) as standin:
            os.environ.update(standin.environment(root / "home"))
            project = make_project(root / "ground", standin)
            draw("watching", watched(project, standin, moment))
            draw("halt", halted(project, standin, moment))


def watched(project: Project, standin: StandIn, moment: list[float]) -> RenderableType:
    """Return the live table at six and a half minutes, with what the run before lets expect."""
    github = asker(project)
    before = standin.add_run("qa", project.patches[0], branch="release-1.24", script=RunScript(jobs=jobs()))
    moment[0] += 3600
    now = standin.add_run("qa", project.patches[1], branch="release-1.24", script=RunScript(jobs=jobs()))
    moment[0] += 390
    last = github.run(before.id)
    run = github.run(now.id)
    table = RunTable(run, expected_jobs(last, github.jobs(last)), lambda: moment[0])
    table.update(run, github.jobs(run))
    return table


def halted(project: Project, standin: StandIn, moment: list[float]) -> RenderableType:
    """Return the report after a run in which one job failed."""
    github = asker(project)
    script = RunScript(jobs=jobs(fails="test (3.13, macos)"))
    failed = standin.add_run("qa", project.patches[1], branch="release-1.24", script=script)
    moment[0] += 900
    run = github.run(failed.id)
    halt = failed_run.halt_for_failure(github, run, github.jobs(run))
    halt.step = "watch-qa"
    halt.next_command = "inv release.patch --version 1.24"
    halt.effects = Effects(
        public=(f"origin's release-1.24, at {run.head_sha[:10]}",),
        untouched=("your checkout, its index and its branch", "origin's master"),
    )
    return halt_report(halt, width=COLUMNS)


def jobs(fails: str = "") -> list[JobScript]:
    """Return fourteen jobs, of which the tests wait for the linters and the rest for the tests."""
    systems = [
        f"{version}, {system}"
        for system in ("linux", "macos", "windows")
        for version in ("3.11", "3.12", "3.13")
    ]
    tests = [f"test ({system})" for system in systems]
    scripts = [
        JobScript("initialize", 20, steps=STEPS),
        JobScript("lint", 60, steps=STEPS, needs=("initialize",)),
    ]
    scripts += [
        JobScript(
            name, 300 + 20 * at, steps=STEPS, needs=("lint",), log=LOG if name == fails else "",
            conclusion="failure" if name == fails else "success",
        )
        for at, name in enumerate(tests)
    ]  # fmt: skip
    scripts += [
        JobScript("document", 120, steps=STEPS, needs=("lint",)),
        JobScript("package", 40, needs=tests),
    ]
    return [*scripts, JobScript("report", 20, needs=("package",))]


def asker(project: Project) -> GitHub:
    """Return what asks the stand-in through gh."""
    repo = repo_of(project.remote_url)
    if repo is None:
        raise LookupError(project.remote_url)
    return GitHub(Shell(project.clone), repo, progress=SilentProgress(), clock=SystemClock(), patience=30)


def draw(name: str, what: RenderableType) -> None:
    """Write a picture of what a terminal shows."""
    console = Console(record=True, width=COLUMNS, height=40, file=io.StringIO(), force_terminal=True)
    console.print(what)
    console.save_svg(str(HERE / f"{name}.svg"), title="patchwright", unique_id=name)


if __name__ == "__main__":
    main()
