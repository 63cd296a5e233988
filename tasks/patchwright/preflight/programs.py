"""Programs: the release finds the programs that it starts, and they are new enough."""

from __future__ import annotations

import contextlib
import re
import shutil
from dataclasses import replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from patchwright.halts import CommandFailed, Halt, Prerequisite
from patchwright.releases.release import Release
from patchwright.tools import hatch

# `git merge-tree --write-tree` exists since git 2.38.
GIT_AT_LEAST = (2, 38)
# `gh run view --attempt` exists since gh 2.27.
GH_AT_LEAST = (2, 27)
# `hatch version` and `hatch --env` exist since Hatch 1.0.
HATCH_AT_LEAST = (1, 0)
# `towncrier build --keep` exists since towncrier 22.12.
TOWNCRIER_AT_LEAST = (22, 12)
# Since this version, the default directory of the fragments is below that of the project's name.
_TOWNCRIER_WITH_PACKAGE = (25, 8)
# Every towncrier since then has these options (26.9). If a command has others, towncrier is asked.
TOWNCRIER_OPTIONS = frozenset({
    "--keep", "--yes", "--version", "--date", "--name", "--draft", "--dir", "--config",
})  # fmt: skip  # one list of words
# The releases of towncrier with `--keep`. A newer one than these stands for all that are still to come.
_USABLE_TOWNCRIERS = (
    "22.12.0", "23.6.0", "23.10.0", "23.11.0", "24.7.0", "24.7.1", "24.8.0", "25.8.0", "9999.0",
)  # fmt: skip  # one list of words
# The first command in a Hatch environment creates the environment.
ENVIRONMENT_SECONDS = 600.0


def require_programs(release: Release) -> None:
    """Check that gh and the programs that the settings name are on PATH. Raise Prerequisite if one is not."""
    commands = (*release.settings.checks, *_own_commands(release))
    names = dict.fromkeys(["gh", *(command[0] for command in commands)])
    missing = [name for name in names if not is_on_path(name)]
    if missing:
        raise Prerequisite(
            f"The release needs programs that are not on PATH: {' and '.join(missing)}.",
            remedy=["Install them, or activate the environment that contains them."],
        )


def _own_commands(release: Release) -> tuple[tuple[str, ...], ...]:
    """Return the commands of the steps `bump` and `changelog`. Nothing sets a version that is a tag."""
    settings = release.settings
    from_tag = settings.version_source == "tag"
    # Another check reports why there is no head.
    with contextlib.suppress(Halt):
        if release.is_planned:
            from_tag = release.commits.version_is_from_tag(release.commits.head)
    setting = () if from_tag else (settings.version_command, settings.bump_command)
    return (*setting, settings.changelog_command)


def require_git(release: Release) -> None:
    """Check that git can predict the result of a pick. Raise Prerequisite if git is too old."""
    require_at_least("git", release.shell.ask("git", "--version").stdout, GIT_AT_LEAST)


def require_gh(release: Release) -> None:
    """Check that gh can show the log of one attempt of a run. Raise Prerequisite if gh is too old."""
    if is_on_path("gh"):
        require_at_least("gh", release.shell.ask("gh", "--version").stdout, GH_AT_LEAST)


def require_hatch(release: Release) -> None:
    """Check that Hatch, if the settings start it, is new enough. Raise Prerequisite if it is too old."""
    if "hatch" in {command[0] for command in _own_commands(release)} and is_on_path("hatch"):
        require_at_least("hatch", release.shell.ask("hatch", "--version").stdout, HATCH_AT_LEAST)


def require_project(release: Release) -> None:
    """Check that Hatch works on the project in the worktree. Raise Prerequisite if it uses another one.

    Hatch's own configuration may choose a project (`mode = "project"`).
    """
    if "hatch" not in {command[0] for command in _own_commands(release)} or not is_on_path("hatch"):
        return
    worktree = release.workspace.branch
    directory = worktree.project if worktree.exists else release.clone.project
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
    """Check that the changelog command starts a towncrier that can keep fragments and knows its options.

    Raise Prerequisite if the command does not start towncrier, or if towncrier is too old. Before the release
    has a worktree, towncrier is started in the checkout, if both define the same environment for it.
    """
    command = release.settings.changelog_command
    if (
        "towncrier" not in command
        or not is_on_path(command[0])
        or _undefined_environment(release, command) is not None
    ):
        return
    _require_new_requirement(release, hatch.environment_of(command))
    words = command[: command.index("towncrier") + 1]
    has_worktree = release.workspace.branch.exists
    directory = release.workspace.branch.project if has_worktree else release.clone.project
    if not has_worktree and not _has_release_environment(release, directory, command):
        # Another branch is checked out. Its environment says nothing about that of the release.
        return
    try:
        # The first command in an environment may install the project there.
        env = release.commits.version_variables(release.commits.head) if has_worktree else {}
        stated = release.shell.ask(
            *words, "--version", cwd=directory, timeout=ENVIRONMENT_SECONDS, env=env
        ).stdout
        require_at_least("towncrier", stated, TOWNCRIER_AT_LEAST)
        _require_directory(release, stated)
        _require_options(release, command, directory)
    except CommandFailed as failure:
        raise Prerequisite(
            "The changelog command does not start towncrier.",
            evidence=failure.evidence,
            remedy=[
                "Make the command work in the project, or set `changelog-command` in [tool.patchwright]."
            ],
        ) from None


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
            f"{release.plan.branch} defines no Hatch environment {' or '.join(missing)}.",
            evidence=[f"at {release.commits.head}: pyproject.toml and hatch.toml"],
            remedy=["Define it there, or set `checks` and `changelog-command` in [tool.patchwright]."],
        )


def require_single_environment(release: Release) -> None:
    """Raise Prerequisite if Hatch would run the changelog command in each environment of a matrix."""
    name = hatch.environment_of(release.settings.changelog_command)
    read = release.commits.snapshot(release.commits.head).read_own
    if name is None or "matrix" not in hatch.environment(read, name):
        return
    raise Prerequisite(
        f"The environment {name} is a matrix, so Hatch would write the changelog section several times.",
        evidence=[
            f"at {release.commits.head}: pyproject.toml or hatch.toml",
            f"changelog-command: {' '.join(release.settings.changelog_command)}",
        ],
        remedy=[
            f"Name one environment of it in `changelog-command`, such as {name}.py3.12. To list them:",
            "$ hatch env show",
            "Or define an environment without a matrix for towncrier.",
        ],
    )


def require_at_least(name: str, stated: str, least: tuple[int, int]) -> None:
    """Check the version that a program printed, on the last line that begins with the program's name.

    Raise Prerequisite if the version is older than `least`, or if the program printed none.
    """
    lines = [line.strip() for line in stated.splitlines() if line.lower().startswith(name)]
    version = re.search(r"(\d{1,9})\.(\d{1,9})", lines[-1]) if lines else None
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
    name, read = hatch.environment_of(command), release.commits.snapshot(release.commits.head).read_own
    known = hatch.environments(read)
    return None if name is None or known is None or hatch.is_defined(name, known, read) else name


def _has_release_environment(release: Release, directory: Path, command: tuple[str, ...]) -> bool:
    """Return whether a directory and the release branch define the environment of a command equally."""
    name = hatch.environment_of(command)
    if name is None:
        return True

    def read(path: str) -> str | None:
        file = directory / path
        return file.read_text(encoding="utf-8", errors="surrogateescape") if file.is_file() else None

    here, there = (
        (
            hatch.is_defined(name, hatch.environments(one) or frozenset({name}), one),
            hatch.environment(one, name),
        )
        for one in (read, release.commits.snapshot(release.commits.head).read_own)
    )
    return here == there


def _require_new_requirement(release: Release, environment: str | None) -> None:
    """Raise Prerequisite if the release branch requires a towncrier that is too old in an environment."""
    if environment is None:
        return
    options = hatch.environment(release.commits.snapshot(release.commits.head).read_own, environment)
    for row in (*options.get("dependencies", ()), *options.get("extra-dependencies", ())):
        try:
            requirement = Requirement(str(row))
        except InvalidRequirement:
            continue
        allowed = requirement.specifier
        if requirement.name == "towncrier" and not any(map(allowed.contains, _USABLE_TOWNCRIERS)):
            raise Prerequisite(
                f"{release.plan.branch} requires a towncrier that is too old: {row}.",
                evidence=[f"at {release.commits.head}: environment {environment}"],
                remedy=[f"Require towncrier {'.'.join(map(str, TOWNCRIER_AT_LEAST))} or newer there."],
            )


def _require_directory(release: Release, stated: str) -> None:
    """Raise Prerequisite if this towncrier looks for fragments elsewhere than where the release has them."""
    config = release.commits.snapshot(release.commits.head).configuration
    version = re.search(r"(\d+)\.(\d+)", stated)
    if not config.implies_package or config.is_undecided or version is None:
        return
    looks_at_top = (int(version[1]), int(version[2])) < _TOWNCRIER_WITH_PACKAGE
    if looks_at_top is not config.top_level:
        other = replace(config, top_level=looks_at_top).directories
        raise Prerequisite(
            f"towncrier {version[0]} looks for fragments in {', '.join(other)}, but {release.plan.branch} "
            f"has them in {', '.join(config.directories)}.",
            evidence=["The project sets neither `directory` nor `package` in [tool.towncrier]."],
            remedy=["Set `directory` there, on the release branch and on the mainline."],
        )


def _require_options(release: Release, command: tuple[str, ...], directory: Path) -> None:
    """Raise Prerequisite if towncrier does not know an option of the command."""
    words = command[: command.index("towncrier") + 2]
    options = {word.partition("=")[0] for word in command[len(words) :] if word.startswith("--")}
    unusual = options - TOWNCRIER_OPTIONS
    if not unusual:
        return
    shown = release.shell.ask(*words, "--help", cwd=directory, timeout=ENVIRONMENT_SECONDS).stdout
    unknown = sorted(unusual - set(re.findall(r"--[\w-]+", shown)))
    if unknown:
        raise Prerequisite(
            f"The changelog command has options that towncrier does not know: {', '.join(unknown)}.",
            evidence=[f"changelog-command: {' '.join(command)}"],
            remedy=["Correct `changelog-command` in [tool.patchwright], or install a newer towncrier."],
        )
