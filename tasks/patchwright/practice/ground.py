"""The practice ground as a person meets it: made, a release run in it, and what to look at and to try."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from patchwright.halts import BadArgument, Prerequisite
from patchwright.practice import control
from patchwright.practice.github import StandIn
from patchwright.practice.project import Patches, Project, make_project, write_activation
from patchwright.practice.runs import RunScript
from patchwright.report.terminal import Report
from patchwright.tools.shell import Shell

SERIES = "1.24"
PROGRAMS = ("git", "hatch", "gh", "inv")
FailingWorkflow = Literal["", "qa", "release"]


@dataclass(frozen=True)
class Options:
    """How the ground is to be: where the patches were developed, what fails, and who types the commands."""

    patches: Patches = "mainline"
    failing_workflow: FailingWorkflow = ""
    newer_series: bool = False
    by_hand: bool = False
    keep: bool = False
    directory: Path | None = None


def parse_options(  # noqa: PLR0913  one parameter a flag
    patches: str, fail: str, directory: str | None, *, newer_series: bool, by_hand: bool, keep: bool
) -> Options:
    """Return what the flags ask for. Raises BadArgument."""
    for flag, given, known in (
        ("--patches", patches, get_args(Patches)),
        ("--fail", fail, get_args(FailingWorkflow)),
    ):
        if given not in known:
            raise BadArgument(
                f"{flag} was given {given!r}; expected is one of {', '.join(filter(None, known))}."
            )
    where = Path(directory).expanduser().absolute() if directory else None
    if where is not None and where.exists():
        raise BadArgument(f"--directory was given {directory!r}, which exists; expected is a new one.")
    return Options(patches, fail, newer_series, by_hand, keep or by_hand, where)  # type: ignore[arg-type]  # checked above


def run(options: Options, report: Report) -> int:
    """Make the ground, run the release in it, tell about it, and return the release's exit status."""
    programs = Path(sys.executable).parent
    _require_programs(programs)
    directory = options.directory or Path(tempfile.mkdtemp(prefix="patchwright-practice-"))
    with StandIn(directory / "github") as standin:
        project = make_project(directory, standin, patches=options.patches, newer_series=options.newer_series)
        environment = ground_environment(standin, directory, programs)
        activation = write_activation(project, environment)
        report.chapter(
            "A practice ground: real git, hatch, towncrier and gh; GitHub is a stand-in on this machine."
        )
        report.facts(_ground_facts(project, standin))
        if options.failing_workflow:
            standin.script(options.failing_workflow, RunScript(conclusion="failure"))
        status = 0
        if not options.by_hand:
            command = ("inv", "release.patch", "--version", SERIES, "--yes")
            report.command(" ".join(command))
            status = Shell(project.clone).run_interactively(*command, env=environment)
            report.chapter("Look at what became of it:")
            report.facts(_inspection_commands(project, standin))
        report.chapter("Try next:")
        report.facts(_next_commands(options, project, activation, standin))
        if options.keep:
            _run_until_interrupted(report)
            return 0
    return status


def ground_environment(standin: StandIn, directory: Path, programs: Path) -> dict[str, str]:
    """Return the environment that leads git and gh to the stand-in, and keeps the person's setup out."""
    nothing = directory / "gitconfig"
    nothing.touch()
    return {
        **standin.environment(directory / "home"),
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "GIT_CONFIG_GLOBAL": str(nothing),
        "GIT_CONFIG_NOSYSTEM": "1",
        "XDG_STATE_HOME": str(directory / "state"),
        "HATCH_DATA_DIR": str(directory / "hatch"),
    }


def _require_programs(programs: Path) -> None:
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        raise Prerequisite(
            f"The practice ground needs {', '.join(missing)}.",
            remedy=["git comes with the system; the others with: pip install 'patchwright[practice]'"],
        )


def _ground_facts(project: Project, standin: StandIn) -> list[tuple[str, str]]:
    signing = "an SSH key made for it" if project.signed else "none: ssh-keygen is not on this machine"
    return [
        ("project", str(project.clone)),
        ("origin", str(project.origin)),
        ("GitHub", f"a stand-in on {standin.proxy_url}, as github.localhost: its links open nowhere else"),
        ("signing", signing),
    ]


def _inspection_commands(project: Project, standin: StandIn) -> list[tuple[str, str]]:
    rows = [
        ("history", f"git -C {project.clone} log --oneline --graph --all"),
        ("tags", f"git -C {project.clone} for-each-ref --format='%(refname) %(contents)' refs/tags"),
        ("changelog", f"git -C {project.origin} show master:documentation/changelog.rst"),
    ]
    ended = [(run.workflow.name, standin.state(run).conclusion) for run in standin.runs]
    return [
        *rows,
        ("runs", ", ".join(f"{name}: {conclusion}" for name, conclusion in ended if conclusion) or "none"),
    ]


def _next_commands(
    options: Options, project: Project, activation: Path, standin: StandIn
) -> list[tuple[str, str]]:
    rows = [
        ("a halt, and going on by hand", "inv practice --fail qa --keep"),
        ("every task by hand, a kill", "inv practice --by-hand"),
        ("patches made on the branch", "inv practice --patches release-branch"),
        ("with 1.25.0 already out", "inv practice --newer-series"),
    ]
    if not options.keep:
        return [*rows, ("remove this ground", f"rm -r {shlex.quote(str(project.directory))}")]
    ways = [(what, f"curl -X POST {standin.proxy_url}{path}") for path, what in control.examples()]
    again = [
        ("run what failed again", f"gh run rerun {run.id} --failed")
        for run in standin.runs[-1:]
        if options.failing_workflow
    ]
    return [
        ("in another terminal", f"cd {shlex.quote(str(project.clone))} && . {shlex.quote(str(activation))}"),
        *again,
        ("the whole release", f"inv release.patch --version {SERIES}"),
        ("where it stands", f"inv release.status --version {SERIES}"),
        ("one step alone", f"inv release.preflight --version {SERIES}"),
        ("kill it half way", "press Ctrl-C, or kill -9; then type the same command again"),
        *ways,
    ]


def _run_until_interrupted(report: Report) -> None:
    report.chapter("The stand-in goes on until you press Ctrl-C.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        report.chapter("The stand-in has stopped; the project stays where it is, for you to remove.")
