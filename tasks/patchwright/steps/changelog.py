"""Changelog: commit the changelog section, with every news fragment rendered once."""

from __future__ import annotations

from patchwright import settings
from patchwright.halts import Prerequisite, StepFailed
from patchwright.history.snapshot import Snapshot
from patchwright.preflight.fragments import require_renderable
from patchwright.releases.release import Release
from patchwright.tools.ref_guard import refs_unchanged


def proof(release: Release) -> str | None:
    """Return evidence that the changelog has one section for the version, with every fragment in it.

    Raise StepFailed if the section lacks a fragment.
    """
    marks = release.commits.landmarks()
    if marks.section is None:
        return None
    if marks.changelog_commit is None:
        return f"the changelog has a section for {release.plan.version}"
    _require_rendered(release.commits.snapshot(marks.changelog_commit.sha), marks.section)
    return f"{marks.changelog_commit.short} adds the section for {release.plan.version}, with every fragment"


def act(release: Release) -> None:
    """Run the changelog command, check that the changelog gained the section and nothing else, and commit it.

    Raise Prerequisite if towncrier could not render each fragment, and StepFailed if more or less changed.
    """
    worktree = release.workspace.branch
    before = release.commits.snapshot(release.commits.head)
    filename, fields = before.configuration.filename, release.plan.fields
    command = settings.fill_command(release.settings.changelog_command, **fields)
    if not release.shell.dry:
        require_renderable(before.fragments, before, release)
        _require_no_untracked(release, before)
    with refs_unchanged(worktree, command):
        release.shell.act(*command, cwd=worktree.path)
    if not release.shell.dry:
        _require_section(release, before, " ".join(command))
    worktree.add([filename])
    worktree.commit([filename], settings.fill_text(release.settings.changelog_subject, **fields))


def _require_no_untracked(release: Release, snapshot: Snapshot) -> None:
    """Raise Prerequisite if towncrier would render files that are not part of the release."""
    worktree = release.workspace.branch
    untracked = [
        path
        for directory in snapshot.configuration.directories
        for path in worktree.untracked_files(directory)
    ]
    if untracked:
        raise Prerequisite(
            "There are untracked files among the news fragments; towncrier would render them.",
            evidence=untracked,
            remedy=[f"Commit them to {release.plan.branch}, or remove them from {worktree.path}."],
        )


def _require_section(release: Release, before: Snapshot, command: str) -> None:
    """Raise StepFailed if the command changed another file, or anything but the section in the changelog."""
    filename = before.configuration.filename
    worktree = release.workspace.branch
    changed, path = worktree.changed_paths(), worktree.path / filename
    is_new = not changed and not before.changelog and path.is_file()
    if changed != [filename] and not is_new:
        raise StepFailed(
            f"`{command}` must change {filename} and nothing else.",
            evidence=[f"changed: {', '.join(changed) or 'nothing'}"],
        )
    after = path.read_bytes().decode("utf-8", "surrogateescape")
    _require_rendered(before, before.gained_section(after, release.plan.version))


def _require_rendered(snapshot: Snapshot, section: str) -> None:
    rendered = snapshot.rendered_fragments(section)
    missing = sorted(
        fragment.path for fragment in snapshot.fragments.fragments if fragment.path not in rendered
    )
    if missing:
        raise StepFailed("The new changelog section lacks news fragments.", evidence=missing)
