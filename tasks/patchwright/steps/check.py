"""Check: run linters, testers and docsgen on the code to be released."""

from __future__ import annotations

from patchwright.halts import CommandFailed, StepFailed
from patchwright.preflight.programs import ENVIRONMENT_SECONDS
from patchwright.releases.release import Release
from patchwright.tools import hatch
from patchwright.tools.ref_guard import refs_unchanged
from patchwright.versions import same_version


def proof(release: Release) -> str | None:
    """Return evidence that the checks passed on the code, that QA tests it by now, or that they are skipped.

    The version commit and the changelog commit do not count as code.
    """
    if release.plan.skip_check:
        return "skipped because of --skip-check"
    if release.origin.tag or release.commits.is_pushed:
        return f"{release.plan.branch} is pushed, so QA tests it"
    commit = release.commits.code_commit
    if release.git.tree(commit) in release.record.content.checked:
        return f"every check passed on {commit[:10]}"
    return None


def act(release: Release) -> None:
    """Run each check in the worktree. Raise StepFailed if a check fails, or changes tracked files or refs."""
    _remove_old_environments(release)
    for command in release.settings.checks:
        _run(release, command)
    if release.shell.dry:
        return
    changed = release.workspace.branch.changed_paths()
    if changed:
        raise StepFailed(
            "The checks changed files that git tracks.",
            evidence=changed,
            remedy=[
                "Change the checks so that they edit no files: they must check exactly what is released."
            ],
        )
    if not release.record.exists:
        # Somebody has deleted the journal, but not the worktree.
        release.begin()
    release.record.add_checked(release.git.tree(release.commits.code_commit))


def _remove_old_environments(release: Release) -> None:
    """Remove Hatch environments of the worktree in which the project was installed at another version.

    A version that comes from the tag changes no file, so Hatch does not install the project again.
    """
    worktree, version = release.workspace.branch, release.plan.version
    env = release.commits.version_variables(release.commits.head)
    snapshot = release.commits.snapshot(release.commits.head)
    names = dict.fromkeys(filter(None, map(hatch.environment_of, release.settings.checks)))
    for name in names if env and not release.shell.dry else ():
        if hatch.environment(snapshot.read_own, name).get("skip-install"):
            continue
        show = f"from importlib.metadata import version; print(version('{snapshot.project_name}'))"
        installed = release.shell.ask(
            "hatch", "--env", name, "run", "python", "-c", show,
            cwd=worktree.project, timeout=ENVIRONMENT_SECONDS, env=env, ok=None,
        )  # fmt: skip  # the command, then how to run it
        if any(not same_version(line.strip(), version) for line in installed.lines):
            release.shell.act("hatch", "env", "remove", name, cwd=worktree.project)


def _run(release: Release, command: tuple[str, ...]) -> None:
    worktree, shown = release.workspace.branch, " ".join(command)
    release.progress.show_wait(shown)
    try:
        with refs_unchanged(worktree, command):
            release.shell.act(
                *command,
                cwd=worktree.project,
                timeout=release.settings.command_timeout,
                env=release.commits.version_variables(release.commits.head),
            )
    except CommandFailed as failure:
        failure.cause = f"The check `{shown}` failed on the code to be released."
        failure.remedy = (
            f"Run it in {worktree.project} to see why.",
            f"Commit a fix to {release.plan.branch}, and run the same command again.",
        )
        failure.on_branch = True
        raise
