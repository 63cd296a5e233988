"""Bump: commit the new version."""

from __future__ import annotations

import difflib

from patchwright import settings
from patchwright.halts import StepFailed, VersionConflict
from patchwright.history.snapshot import Snapshot
from patchwright.history.version_files import Move
from patchwright.preflight import series
from patchwright.preflight.regular_files import require_regular
from patchwright.releases.release import Release
from patchwright.tools import hatch
from patchwright.tools.ref_guard import refs_unchanged
from patchwright.tools.worktree import Worktree
from patchwright.versions import same_version

SHOWN_LINES = 10


def proof(release: Release) -> str | None:
    """Return evidence that the release commit has the planned version, or will get it from the tag."""
    commit = release.commits.release_commit
    if release.commits.version_is_from_tag(commit):
        return f"the version comes from the tag {release.plan.tag}"
    if not same_version(release.commits.version_at(commit), release.plan.version):
        return None
    version_commit = release.commits.landmarks().version_commit
    where = f"set by {version_commit.short}" if version_commit else f"at {commit[:10]}"
    return f"the version is {release.plan.version}, {where}"


def act(release: Release) -> None:
    """Run the bump command, check that only the version changed, and commit the changed files.

    Raise VersionConflict if the version before or after the bump is not the expected one, and StepFailed if
    anything else changed, or if the command committed or tagged.
    """
    series.require_version(release)
    require_regular(release, release.commits.head)
    head = release.commits.snapshot(release.commits.head)
    before = release.commits.version_at(release.commits.head)
    version, worktree = release.plan.version, release.workspace.branch
    command = settings.fill_command(release.settings.bump_command, **release.plan.fields)
    with refs_unchanged(worktree, command):
        release.shell.act(*command, cwd=worktree.path)
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
        _require_version_in_file(release, stated)
    worktree.add(changed)
    worktree.commit(changed, settings.fill_text(release.settings.version_subject, **release.plan.fields))


def _version_path(snapshot: Snapshot) -> str:
    source = snapshot.version_source
    return source.path if source and source.path else "."


def _require_version_in_file(release: Release, stated: str) -> None:
    """Raise VersionConflict if the file from which Hatch reads the version has another one."""
    version, worktree = release.plan.version, release.workspace.branch
    source = hatch.version_source(lambda path: _read(worktree, path))
    if source is None or source.path is None:
        return
    found = source.version_in(_read(worktree, source.path) or "")
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
            "If the change is right, commit it together with the version to the release branch yourself.",
        ],
        on_branch=True,
    )
