"""Programs: the release finds the programs that it starts, and they are new enough."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from patchwright.halts import CommandFailed, Prerequisite
from patchwright.releases.release import Release
from patchwright.tools import hatch

# `git merge-tree --write-tree` exists since git 2.38.
GIT_AT_LEAST = (2, 38)
# `gh run view --attempt` exists since gh 2.27.
GH_AT_LEAST = (2, 27)
# `hatch version` and `hatch --env` exist since Hatch 1.0.
HATCH_AT_LEAST = (1, 0)
# `towncrier build --keep` exists since towncrier 22.8.
TOWNCRIER_AT_LEAST = (22, 8)
# The first command in a Hatch environment creates the environment.
ENVIRONMENT_SECONDS = 600.0


def require_programs(release: Release) -> None:
    """Check that gh and the programs that the settings name are on PATH. Raise Prerequisite if one is not."""
    settings = release.settings
    commands = (*settings.checks, settings.version_command, settings.bump_command, settings.changelog_command)
    names = dict.fromkeys(["gh", *(command[0] for command in commands)])
    missing = [name for name in names if not is_on_path(name)]
    if missing:
        raise Prerequisite(
            f"The release needs programs that are not on PATH: {' and '.join(missing)}.",
            remedy=["Install them, or activate the environment that contains them."],
        )


def require_git(release: Release) -> None:
    """Check that git can predict the result of a pick. Raise Prerequisite if git is too old."""
    require_at_least("git", release.shell.ask("git", "--version").stdout, GIT_AT_LEAST)


def require_gh(release: Release) -> None:
    """Check that gh can show the log of one attempt of a run. Raise Prerequisite if gh is too old."""
    if is_on_path("gh"):
        require_at_least("gh", release.shell.ask("gh", "--version").stdout, GH_AT_LEAST)


def require_hatch(release: Release) -> None:
    """Check that Hatch, if the settings start it, is new enough. Raise Prerequisite if it is too old."""
    settings = release.settings
    programs = {
        command[0]
        for command in (settings.version_command, settings.bump_command, settings.changelog_command)
    }
    if "hatch" in programs and is_on_path("hatch"):
        require_at_least("hatch", release.shell.ask("hatch", "--version").stdout, HATCH_AT_LEAST)


def require_project(release: Release) -> None:
    """Check that Hatch works on the project in the worktree. Raise Prerequisite if it uses another one.

    Hatch's own configuration may choose a project (`mode = "project"`).
    """
    if "hatch" not in {release.settings.version_command[0], release.settings.bump_command[0]}:
        return
    if not is_on_path("hatch"):
        return
    directory = release.workspace.branch.path if release.workspace.branch.exists else release.clone.top
    # A narrow terminal would break the path.
    answer = release.shell.ask("hatch", "status", cwd=directory, env={"COLUMNS": "10000"}, ok=None)
    stated = re.search(r"^\[Location\] - (.+)$", f"{answer.stdout}\n{answer.stderr}", re.MULTILINE)
    if stated and Path(stated[1].strip()).resolve() != directory.resolve():
        raise Prerequisite(
            f"Hatch works on another project: {stated[1].strip()}.",
            evidence=[f"expected: {directory}"],
            remedy=['Set mode = "local" in the configuration of Hatch: hatch config set mode local'],
        )


def require_towncrier(release: Release) -> None:
    """Check that the changelog command starts a towncrier that can keep fragments.

    Raise Prerequisite if the command does not start towncrier, or if towncrier is too old.
    """
    command = release.settings.changelog_command
    if (
        "towncrier" not in command
        or not is_on_path(command[0])
        or _undefined_environment(release, command) is not None
    ):
        return
    words = command[: command.index("towncrier") + 1]
    has_worktree = release.workspace.branch.exists
    directory = release.workspace.branch.path if has_worktree else release.clone.top
    try:
        stated = release.shell.ask(*words, "--version", cwd=directory, timeout=ENVIRONMENT_SECONDS).stdout
    except CommandFailed as failure:
        if not has_worktree and not _has_release_environments(release, directory):
            # Another branch is checked out. Its environments say nothing about those of the release.
            return
        raise Prerequisite(
            "The changelog command does not start towncrier.",
            evidence=failure.evidence,
            remedy=[
                "Make the command work in the project, or set `changelog-command` in [tool.patchwright]."
            ],
        ) from None
    require_at_least("towncrier", stated, TOWNCRIER_AT_LEAST)


def require_environments(release: Release) -> None:
    """Check that the release branch defines the Hatch environments that the settings name.

    Raise Prerequisite if it does not.
    """
    settings = release.settings
    commands = (*settings.checks, settings.changelog_command)
    names = [_undefined_environment(release, command) for command in commands]
    missing = list(dict.fromkeys(name for name in names if name))
    if missing:
        raise Prerequisite(
            f"{release.plan.branch} defines no Hatch environment {' and '.join(missing)}.",
            evidence=[f"at {release.commits.head}: pyproject.toml and hatch.toml"],
            remedy=["Define it there, or set `checks` and `changelog-command` in [tool.patchwright]."],
        )


def require_at_least(name: str, stated: str, least: tuple[int, int]) -> None:
    """Check the version that a program printed, on the last line that begins with the program's name.

    Raise Prerequisite if the version is older than `least`, or if the program printed none.
    """
    lines = [line.strip() for line in stated.splitlines() if line.lower().startswith(name)]
    version = re.search(r"(\d+)\.(\d+)", lines[-1]) if lines else None
    if version is None or (int(version[1]), int(version[2])) < least:
        raise Prerequisite(
            f"{name} is too old: {lines[-1] if lines else 'it does not print its version'}.",
            remedy=[f"Install {name} {least[0]}.{least[1]} or newer."],
        )


def is_on_path(program: str) -> bool:
    """Return whether a program is on PATH."""
    return shutil.which(program) is not None


def _undefined_environment(release: Release, command: tuple[str, ...]) -> str | None:
    """Return the Hatch environment of a command if the release branch does not define it."""
    name = hatch.environment_of(command)
    known = hatch.environments(release.commits.snapshot(release.commits.head).read)
    if name is None or known is None or name in known:
        return None
    return name


def _has_release_environments(release: Release, directory: Path) -> bool:
    """Return whether a directory defines the same Hatch environments as the release branch."""

    def read(path: str) -> str | None:
        file = directory / path
        return file.read_text(encoding="utf-8", errors="surrogateescape") if file.is_file() else None

    return hatch.environments(read) == hatch.environments(release.commits.snapshot(release.commits.head).read)
