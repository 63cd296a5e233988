"""Ground: create the practice ground, run a release there, and suggest commands to try next."""

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
from patchwright.invocation import ENTERING, TYPED, help_command, kept_practice
from patchwright.practice import control
from patchwright.practice.github import StandIn
from patchwright.practice.project import (
    Patches,
    Project,
    VersionSource,
    make_project,
    write_activation,
)
from patchwright.practice.runs import RunScript
from patchwright.report.terminal import Report
from patchwright.tools.shell import Shell

SERIES = "1.24"
PROGRAMS = ("git", "hatch", "gh", "inv")
FailingWorkflow = Literal["", "qa", "release"]


@dataclass(frozen=True)
class Options:
    """The variant of the ground: its project, which workflow fails, and who runs the commands."""

    patches: Patches = "mainline"
    failing_workflow: FailingWorkflow = ""
    newer_series: bool = False
    by_hand: bool = False
    keep: bool = False
    directory: Path | None = None
    version_source: VersionSource = "file"


def parse_options(  # noqa: PLR0913  one parameter for each flag
    patches: str,
    fail: str,
    directory: str | None,
    *,
    newer_series: bool,
    by_hand: bool,
    keep: bool,
    version_source: str = "file",
) -> Options:
    """Return the options that the flags describe. Raise BadArgument if a flag has a wrong value."""
    for flag, value, choices in (
        ("--patches", patches, get_args(Patches)),
        ("--version-source", version_source, get_args(VersionSource)),
        ("--fail", fail, get_args(FailingWorkflow)),
    ):
        if value not in choices:
            raise BadArgument(
                f"{flag} was given {value!r}; it must be one of {', '.join(filter(None, choices))}.",
                next_command=help_command("practice"),
            )
    path = Path(directory).expanduser().absolute() if directory else None
    if path is not None and path.exists():
        raise BadArgument(
            f"--directory was given {directory!r}; it must be a directory that does not exist yet.",
            next_command=help_command("practice"),
        )
    return Options(patches, fail, newer_series, by_hand, keep or by_hand, path, version_source)  # type: ignore[arg-type]  # checked above


def run(options: Options, report: Report) -> int:
    """Create the ground, run a release there and describe both. Return the exit status of the release."""
    programs = Path(sys.executable).parent
    _require_programs(programs)
    directory = options.directory or Path(tempfile.mkdtemp(prefix="patchwright-practice-"))
    with StandIn(directory / "github") as standin:
        project = make_project(
            directory,
            standin,
            patches=options.patches,
            newer_series=options.newer_series,
            version_source=options.version_source,
        )
        environment = ground_environment(standin, directory, programs)
        activation = write_activation(project, environment)
        report.chapter(
            "This practice ground uses the real git, hatch, towncrier and gh, and a stand-in for GitHub."
        )
        report.facts(_ground_facts(project, standin))
        if options.failing_workflow:
            standin.script(options.failing_workflow, RunScript(conclusion="failure"))
        status = 0
        if not options.by_hand:
            command = ("inv", "release.patch", "--version", SERIES, "--yes")
            report.command(" ".join(command))
            context = _context(options, project, activation)
            status = Shell(project.clone).run_interactively(*command, env={**environment, **context})
        if status:
            # The halt must stay on the screen. It has the next command.
            report.facts([("remove this ground", _remove_command(project.directory))])
        else:
            _show_hints(options, project, activation, standin, report)
        if options.keep:
            _run_until_interrupted(report, project.directory)
            return 0
    return status


def _show_hints(
    options: Options, project: Project, activation: Path, standin: StandIn, report: Report
) -> None:
    """Show how to look at the result of a release, and what to try next."""
    if not options.by_hand:
        report.chapter("Look at the result:")
        report.facts(_inspection_commands(project, standin))
    report.chapter("Try next:")
    report.facts(_next_commands(options, project, activation, standin))


def _context(options: Options, project: Project, activation: Path) -> dict[str, str]:
    """Return the variables that let the halts of the release name a next command for this terminal.

    A ground that is not kept has no GitHub any more: its next command makes another one, and keeps it.
    """
    if options.keep:
        return {ENTERING: _entering(project, activation)}
    return {TYPED: shlex.join(kept_practice())}


def ground_environment(standin: StandIn, directory: Path, programs: Path) -> dict[str, str]:
    """Return the environment that leads git and gh to the stand-in and hides the user's configuration."""
    empty = directory / "gitconfig"
    empty.touch()
    return {
        **standin.environment(directory / "home"),
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "GIT_CONFIG_GLOBAL": str(empty),
        "GIT_CONFIG_NOSYSTEM": "1",
        "XDG_STATE_HOME": str(directory / "state"),
        "HATCH_DATA_DIR": str(directory / "hatch"),
    }


def _require_programs(programs: Path) -> None:
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        raise Prerequisite(
            f"The practice ground needs programs that are not on PATH: {', '.join(missing)}.",
            remedy=["Install git from your system. Install the others: pip install 'patchwright[practice]'"],
        )


def _ground_facts(project: Project, standin: StandIn) -> list[tuple[str, str]]:
    signing = "an SSH key of this project" if project.signed else "off, because ssh-keygen is not on PATH"
    return [
        ("project", str(project.clone)),
        ("origin", str(project.origin)),
        ("GitHub", f"a stand-in at {standin.proxy_url}; links to github.localhost do not open in a browser"),
        ("signing", signing),
    ]


def _inspection_commands(project: Project, standin: StandIn) -> list[tuple[str, str]]:
    clone, origin = shlex.quote(str(project.clone)), shlex.quote(str(project.origin))
    conclusions = [(run.workflow.name, standin.state(run).conclusion) for run in standin.runs]
    runs = ", ".join(f"{name}: {conclusion}" for name, conclusion in conclusions if conclusion)
    return [
        ("history", f"git -C {clone} log --oneline --graph --all"),
        ("tags", f"git -C {clone} for-each-ref --format='%(refname) %(contents)' refs/tags"),
        ("changelog", f"git -C {origin} show master:documentation/changelog.rst"),
        ("runs", runs or "none"),
    ]


def _next_commands(
    options: Options, project: Project, activation: Path, standin: StandIn
) -> list[tuple[str, str]]:
    rows = [
        ("see a halt and continue by hand", "inv practice --fail qa --keep"),
        ("run every task by hand", "inv practice --by-hand"),
        ("put the patches on release-1.24", "inv practice --patches release-branch"),
        ("release 1.25.0 first", "inv practice --newer-series"),
        ("take the version from the tag", "inv practice --version-source tag"),
    ]
    if not options.keep:
        return [*rows, ("remove this ground", _remove_command(project.directory))]
    changes = [(what, f"curl -X POST {standin.proxy_url}{path}") for path, what in control.examples()]
    return [
        ("open another terminal", _entering(project, activation)),
        ("run the whole release", f"inv release.patch --version {SERIES}"),
        ("show its status", f"inv release.status --version {SERIES}"),
        ("run one step", f"inv release.preflight --version {SERIES}"),
        ("interrupt a command", "press Ctrl-C or use kill -9, then run the same command again"),
        *changes,
    ]


def _entering(project: Project, activation: Path) -> str:
    """Return the commands that lead a shell to the ground. A short line leaves the halt on the screen."""
    there = os.path.relpath(activation, project.clone)
    return f"cd {shlex.quote(str(project.clone))} && . {shlex.quote(there)}"


def _remove_command(directory: Path) -> str:
    return f"rm -r {shlex.quote(str(directory))}"


def _run_until_interrupted(report: Report, directory: Path) -> None:
    report.chapter("The stand-in runs until you press Ctrl-C. Use another terminal.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        report.chapter("The stand-in has stopped. The practice ground is still there:")
        report.facts([("remove this ground", _remove_command(directory))])
