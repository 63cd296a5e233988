"""Bump: commit the new version."""

from __future__ import annotations

import difflib

from patchwright import settings
from patchwright.halts import StepFailed, VersionConflict
from patchwright.history.adapting import only_moves_version
from patchwright.preflight import series
from patchwright.releases.release import Release
from patchwright.tools.worktree import Worktree
from patchwright.versions import same_version

SHOWN_LINES = 10


def proof(release: Release) -> str | None:
    """Return evidence that the release commit has the planned version."""
    commit = release.commits.release_commit
    if not same_version(release.commits.version_at(commit), release.plan.version):
        return None
    version_commit = release.commits.landmarks().version_commit
    where = f"set by {version_commit.short}" if version_commit else f"at {commit[:10]}"
    return f"the version is {release.plan.version}, {where}"


def act(release: Release) -> None:
    """Run the bump command, check that only the version changed, and commit the changed files.

    Raise VersionConflict if the version before or after the bump is not the expected one, and StepFailed if
    anything else changed.
    """
    series.require_version(release)
    before = release.commits.version_at(release.commits.head)
    version, worktree = release.plan.version, release.workspace.branch
    command = settings.fill_command(release.settings.bump_command, **release.plan.fields)
    release.shell.act(*command, cwd=worktree.path)
    if release.shell.dry:
        changed = [_version_path(release)]
    else:
        stated = release.workspace.stated_version()
        if not same_version(stated, version):
            raise VersionConflict(f"After the bump the version is {stated}, not {version}.")
        changed = worktree.changed_paths()
        for path in changed:
            _require_only_version_moved(worktree, path, before, version)
    worktree.add(changed)
    worktree.commit(changed, settings.fill_text(release.settings.version_subject, **release.plan.fields))


def _version_path(release: Release) -> str:
    source = release.commits.snapshot(release.commits.head).version_source
    return source.path if source and source.path else "."


def _require_only_version_moved(worktree: Worktree, path: str, before: str | None, version: str) -> None:
    """Raise StepFailed if a file differs from HEAD in more than the version, read in both directions."""
    file = worktree.path / path
    old = worktree.git.text(f"HEAD:{path}") or ""
    # A file that was deleted, or became a link, has no text of its own.
    is_text = file.is_file() and not file.is_symlink()
    new = file.read_text(encoding="utf-8", errors="surrogateescape") if is_text else ""
    if only_moves_version(old, new, version) and (before is None or only_moves_version(new, old, before)):
        return
    # The first two rows of a difference name the files.
    rows = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))[2:]
    raise StepFailed(
        f"The bump changed more than the version in {path}.",
        evidence=[row for row in rows if not row.startswith("@@")][:SHOWN_LINES],
    )
