"""Changelog: commit the changelog section, with every news fragment rendered once."""

from __future__ import annotations

from patchwright import files, settings
from patchwright.changelogs.blank_lines import normalize
from patchwright.halts import Prerequisite, StepFailed
from patchwright.history.landmarks import Landmarks
from patchwright.history.snapshot import Snapshot
from patchwright.preflight.fragments import report_repetitions, require_renderable
from patchwright.preflight.regular_files import require_regular
from patchwright.releases.release import Release
from patchwright.tools.ref_guard import refs_unchanged


def proof(release: Release) -> str | None:
    """Return evidence that the changelog has one section for the version, with every fragment in it.

    A fragment that came after the section is not in it yet. Raise StepFailed if the section lacked a fragment
    when it was written.
    """
    marks, version = release.commits.landmarks(), release.plan.version
    if marks.section is None:
        return None
    if marks.changelog_commit is None:
        return f"the changelog has a section for {version}"
    if not release.origin.tag:
        _require_rendered(
            release.commits.snapshot(marks.changelog_commit.sha), marks.section, release.plan.branch
        )
        if marks.late or marks.withdrawn:
            return None
    return f"{marks.changelog_commit.short} adds the section for {version}, with every fragment"


def act(release: Release) -> None:
    """Let the changelog command render the section, put it where it belongs, and commit it.

    If fragments came or went since the section was written, replace it. Raise Prerequisite if towncrier could
    not render each fragment, and StepFailed if the command changed more or less than the section, or if a
    person has edited the section.
    """
    worktree, head = release.workspace.branch, release.commits.head
    before = release.commits.snapshot(head)
    filename, fields = before.changelog_file, release.plan.fields
    if release.shell.dry:
        release.shell.act(*_command(release, release.plan.date), cwd=worktree.project)
    else:
        require_regular(release, head)
        require_renderable(before.fragments, before, release)
        report_repetitions(release, before.fragment_texts)
        _require_no_untracked(release, before)
        marks = release.commits.landmarks(head)
        if marks.section is not None:
            _require_replaceable(release, before, marks)
        _place_section(release, before, _render(release, before, release.plan.date))
    worktree.add([filename])
    worktree.commit([filename], settings.fill_text(release.settings.changelog_subject, **fields))


def _command(release: Release, date: str) -> tuple[str, ...]:
    return settings.fill_command(release.settings.changelog_command, **{**release.plan.fields, "date": date})


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
            on_branch=True,
        )


def _require_replaceable(release: Release, head: Snapshot, marks: Landmarks) -> None:
    """Raise StepFailed if a new section would lose something that the present one has.

    It would if fragments of the present section are gone, or if somebody has edited the section. The section
    was not edited if rendering its fragments again gives the same section.
    """
    worktree, version, branch = release.workspace.branch, release.plan.version, release.plan.branch
    source, section = marks.changelog_commit, str(marks.section)
    gone = [path for path in marks.fragments if path not in head.fragment_files]
    lost = [f"no longer exists: {path}" for path in sorted(set(gone) - set(marks.withdrawn))]
    if source and not lost:
        written = release.commits.snapshot(source.parents[0])
        worktree.check_out(written.commit)
        try:
            again = _render(release, written, head.section_date(version) or release.plan.date)
        finally:
            worktree.check_out(head.commit)
        lost = (
            []
            if normalize(again) == normalize(section)
            else [f"somebody edited the section in {head.changelog_file}"]
        )
    if lost:
        raise StepFailed(
            f"The section for {version} has to be changed by hand: rendering it again would lose text.",
            evidence=[
                *lost,
                *(f"not in the section: {path}" for path in marks.late),
                *(f"still in the section, although it was reverted: {path}" for path in marks.withdrawn),
            ],
            remedy=[
                f"Change the section by hand in {head.changelog_file} on {branch}.",
                "Commit and push it, then run the same command again.",
            ],
            on_branch=True,
        )


def _render(release: Release, before: Snapshot, date: str) -> str:
    """Return the section that the changelog command adds to the changelog in the worktree.

    A section that is there already is removed first. Raise StepFailed if the command changes another file, or
    anything but the section, or if the section lacks a fragment.
    """
    worktree, version, filename = release.workspace.branch, release.plan.version, before.changelog_file
    path, without = worktree.path / filename, before.without_section(version)
    is_replaced = without.changelog != before.changelog
    if is_replaced:
        files.write_below(worktree.path, filename, without.changelog)
    command = _command(release, date)
    with refs_unchanged(worktree, command):
        release.shell.act(
            *command, cwd=worktree.project, env=release.commits.version_variables(before.commit)
        )
    changed = worktree.changed_paths()
    is_new = not changed and not before.changelog and path.is_file()
    if changed != [filename] and not is_new and not (is_replaced and not changed):
        raise StepFailed(
            f"`{' '.join(command)}` must change {filename} and nothing else.",
            evidence=[f"changed: {', '.join(changed) or 'nothing'}"],
        )
    section = without.gained_section(path.read_bytes().decode("utf-8", "surrogateescape"), version)
    _require_rendered(before, section, release.plan.branch)
    return section


def _place_section(release: Release, before: Snapshot, section: str) -> None:
    """Write the changelog as it was, with the section where it belongs.

    towncrier rewrites newlines, and it puts the section above other releases and above `Unreleased`.
    """
    version = release.plan.version
    text = before.without_section(version).with_section(section, version)
    files.write_below(release.workspace.branch.path, before.changelog_file, text)


def _require_rendered(snapshot: Snapshot, section: str, branch: str) -> None:
    missing = sorted(snapshot.unrendered_fragments(section))
    if missing:
        raise StepFailed(
            "The new changelog section lacks news fragments.",
            evidence=missing,
            remedy=[
                "See whether the template or the type leaves them out.",
                f"Or add their text to the section on {branch}, then run the same command again.",
            ],
            on_branch=True,
        )
