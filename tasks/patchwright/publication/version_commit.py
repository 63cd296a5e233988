"""The version commit: set a version with the project's command, and commit that and nothing else."""

from __future__ import annotations

import difflib
import posixpath

from patchwright import settings
from patchwright.halts import StepFailed, VersionConflict
from patchwright.history.snapshot import Snapshot
from patchwright.history.version_files import Move
from patchwright.releases.release import Release
from patchwright.tools import hatch
from patchwright.tools.ref_guard import refs_unchanged
from patchwright.tools.worktree import Worktree
from patchwright.versions import same_version, successor

SHOWN_LINES = 10


def set_version(release: Release, version: str, head: Snapshot, subject: str) -> None:
    """Run the bump command on the worktree's head, check that only the version changed, and commit it.

    Raise VersionConflict if the version after the bump is not the expected one, and StepFailed if anything
    else changed, or if the command committed or tagged.
    """
    before, worktree = release.commits.version_at(head.commit), release.workspace.branch
    fields = {**release.plan.fields, "version": version}
    command = settings.fill_command(release.settings.bump_command, **fields)
    with refs_unchanged(worktree, command):
        release.shell.act(*command, cwd=worktree.project)
    if release.shell.dry:
        changed = [_version_path(head)]
    else:
        stated = release.workspace.stated_version()
        if not same_version(stated, version):
            raise VersionConflict(f"After the bump the version is {stated}, not {version}.")
        changed = worktree.changed_paths()
        move = Move(before, version, head.project_name, head.version_source)
        for path in changed:
            _require_only_version_moved(worktree, path, move, head.configuration.news_file(version))
        _require_version_in_file(release, version, stated)
    worktree.add(changed)
    worktree.commit(changed, subject)


def development_version(release: Release) -> str | None:
    """Return the version that the release branch gets after the release, or None if it stays as released."""
    template = release.settings.development_version
    if not template:
        return None
    return settings.fill_text(template, next=successor(release.plan.version))


def lacks_development_version(release: Release, commit: str) -> bool:
    """Return whether a commit of the release branch must still get the development version.

    A version that somebody has set since the release stays. A dry run has no released commit.
    """
    if development_version(release) is None:
        return False
    is_released = same_version(release.commits.snapshot(commit).version, release.plan.version)
    return is_released or (release.shell.dry and not release.origin.tag)


def set_development_version(release: Release, commit: str) -> None:
    """Commit the development version on a commit of the branch that the worktree has checked out."""
    version = str(development_version(release))
    fields = {**release.plan.fields, "next": successor(release.plan.version), "development": version}
    subject = settings.fill_text(release.settings.development_subject, **fields)
    set_version(release, version, release.commits.snapshot(commit), subject)


def _version_path(snapshot: Snapshot) -> str:
    source = snapshot.version_source
    return source.path if source and source.path else "."


def _require_version_in_file(release: Release, version: str, stated: str) -> None:
    """Raise VersionConflict if the file from which Hatch reads the version has another one."""
    worktree = release.workspace.branch
    folder = worktree.git.folder
    source = hatch.version_source(lambda path: _read(worktree, posixpath.join(folder, path)))
    if source is None or source.path is None:
        return
    found = source.version_in(_read(worktree, posixpath.join(folder, source.path)) or "")
    if not same_version(found, version):
        raise VersionConflict(
            f"After the bump the version in {source.path} is {found}, not {version}.",
            evidence=[f"`{' '.join(release.settings.version_command)}` printed {stated}"],
            remedy=[
                "Let `bump-command` set the version in the file from which Hatch reads it.",
                "Let `version-command` print that version.",
            ],
        )


def _read(worktree: Worktree, path: str) -> str | None:
    """Return the text of a file, or None if it was deleted or became a link."""
    file = worktree.path / path
    is_text = file.is_file() and not file.is_symlink()
    return file.read_bytes().decode("utf-8", "surrogateescape") if is_text else None


def _require_only_version_moved(worktree: Worktree, path: str, move: Move, changelog: str) -> None:
    """Raise StepFailed if a file differs from HEAD in more than the version, or if it is the changelog."""
    old, new = worktree.git.text(f"HEAD:{path}") or "", _read(worktree, path) or ""
    if path != changelog and move.is_all(path, old, new):
        return
    # The first two rows of a difference name the files.
    rows = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))[2:]
    raise StepFailed(
        f"The bump changed more than the version in {path}.",
        evidence=[row for row in rows if not row.startswith("@@")][:SHOWN_LINES],
        remedy=[
            "Let `bump-command` change only the version.",
            "If the change is right, commit it and the version to the release branch yourself.",
        ],
        on_branch=True,
    )
