"""Find what the mainline lacks of a release, and build the commits that add it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from patchwright import files, settings
from patchwright.halts import BranchConflict
from patchwright.history import picking, presence
from patchwright.history.adapting import Adapter, directories
from patchwright.history.series_file import find_series_files
from patchwright.history.snapshot import Snapshot
from patchwright.integration import left_out
from patchwright.releases.release import Release
from patchwright.releases.withdrawals import was_withdrawn_from_mainline
from patchwright.tools import news_fragments
from patchwright.tools.git_output import Commit, message_of_pick


@dataclass(frozen=True)
class Missing:
    """What the mainline lacks of a release. It is false if the mainline lacks nothing.

    `section` is whether the changelog section is missing. `fragments` are paths of rendered fragments that
    the mainline must still remove. `kept` are fragments that the mainline keeps although they resemble
    rendered ones, each with the reason.
    """

    patches: tuple[Commit, ...]
    section: bool
    fragments: tuple[str, ...]
    kept: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.patches or self.section or self.fragments)


def find_missing(release: Release, mainline: str) -> Missing:
    """Return what a mainline commit lacks: patches, changelog section, removal of rendered fragments."""
    marks = release.commits.landmarks()
    present = _find_present(release, marks.patches, mainline)
    section = mainline_changelog(release, mainline).section(release.plan.version)
    unchanged, kept = rendered_fragments(release, mainline)
    return Missing(
        tuple(commit for commit in marks.patches if commit.sha not in present),
        marks.section is not None and section is None,
        unchanged,
        kept,
    )


def mainline_changelog(release: Release, commit: str) -> Snapshot:
    """Return the snapshot of a mainline commit, with the file that has the sections of the series.

    Raise BranchConflict if no file or several files have them.
    """
    snapshot, version = release.commits.snapshot(commit), release.plan.version
    branch = release.commits.snapshot(release.commits.release_commit)
    files = find_series_files(snapshot, branch, version)
    if len(files) == 1:
        return snapshot if files[0] == snapshot.changelog_file else snapshot.with_changelog_file(files[0])
    raise BranchConflict(
        f"It is not clear to which file of {release.settings.mainline} the section for {version} belongs.",
        evidence=[f"file with sections of {release.plan.series}: {path}" for path in files]
        or [f"at {commit}"],
        remedy=[
            f"Let exactly one file of {release.settings.mainline} have the sections of {release.plan.series}."
        ],
    )


def section_path(release: Release, onto: Snapshot) -> str:
    """Return the path of the file that gets the section on a mainline commit."""
    if onto.configuration.single_file:
        return onto.changelog_file
    return onto.configuration.news_file(release.plan.version, release.plan.date)


def rendered_fragments(release: Release, commit: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the paths at which a commit still has rendered fragments, and those that it must keep.

    A rendered fragment has the same section, the same path below the directory of the section, and the same
    content. Fragments that only resemble one are kept, each with the reason.
    """
    marks, there = release.commits.landmarks(), release.commits.snapshot(commit)
    files = there.fragment_files
    source = release.commits.snapshot(marks.tip).configuration
    unchanged: list[str] = []
    kept: dict[str, str] = {}
    for path, blob in sorted(marks.fragments.items()):
        place = news_fragments.counterpart(path, source, there.configuration)
        if place is not None and place in files:
            if files[place] == blob:
                unchanged.append(place)
            else:
                kept[place] = f"its text is not the one in the section of {release.plan.version}"
        else:
            # Empty files have no text that could be the same.
            if there.git.texts([blob])[blob]:
                same = (other for other, its_blob in files.items() if its_blob == blob)
                kept.update(dict.fromkeys(same, f"it may be {path} under another name: it has the same text"))
            kept.update(
                dict.fromkeys(_similar(path, blob, place, files), f"it may be {path} in another directory")
            )
    return tuple(unchanged), {path: why for path, why in kept.items() if path not in unchanged}


def _similar(path: str, blob: str, place: str | None, files: Mapping[str, str]) -> list[str]:
    """Return the files that have the name of a fragment and, if its place is known, also its content."""
    name = posixpath.basename(path)
    return [
        other
        for other, its_blob in files.items()
        if posixpath.basename(other) == name and (place is None or its_blob == blob)
    ]


def predict_conflict(release: Release) -> picking.Conflict | None:
    """Return the first conflict of the integration, as far as the release branch has the patches already."""
    patches = release.commits.landmarks(release.commits.start).patches
    tip = release.origin.mainline_tip
    present = _find_present(release, patches, tip)
    adapter = _adapter(release, tip)
    adapted = [adapter.adapt(commit) for commit in patches if commit.sha not in present]
    return picking.predict_conflict(release.git, [commit for commit in adapted if commit], tip)


def mixed_version_commits(release: Release) -> list[tuple[Commit, picking.Conflict | None]]:
    """Return the commits that move the version and change more, as far as the mainline lacks the rest.

    Each comes with the conflict that picking it onto origin's mainline would have, after the patches before
    it. A conflict of an earlier patch says nothing about it.
    """
    patches = release.commits.landmarks(release.commits.head).patches
    tip = release.origin.mainline_tip
    adapter = _adapter(release, tip)
    if not any(adapter.moves_version(commit) for commit in patches):
        return []
    present = _find_present(release, patches, tip)
    found: list[tuple[Commit, picking.Conflict | None]] = []
    earlier: list[Commit] = []
    for commit in patches:
        adapted = None if commit.sha in present else adapter.adapt(commit)
        if adapted is None:
            continue
        earlier.append(adapted)
        if adapter.moves_version(commit):
            conflict = picking.predict_conflict(release.git, earlier, tip)
            if conflict and conflict.commit.sha != adapted.sha:
                conflict = None
            found.append((commit, replace(conflict, commit=commit) if conflict else None))
    return found


def build(release: Release, base: str) -> str:
    """Build the missing commits on a mainline commit, in the integration's worktree, and return the last one.

    Conflicts that were resolved in the worktree stay resolved, even if the mainline has moved since.
    """
    worktree = release.workspace.mainline
    picking.commit_resolved(worktree)
    picks = _earlier_picks(release, base)
    left_out.keep(release, picks)
    earlier = {name: pick for pick in picks if pick.changes for name in pick.picked_from}
    if not _can_continue(release, base):
        worktree.check_out(base, reused={pick.sha for pick in picks})
    adapter, skipped = _adapter(release, base), left_out.find_kept(release)
    picking.pick(
        worktree,
        [one for one in find_missing(release, _head(release, base)).patches if one.sha not in skipped],
        adapt=lambda source: earlier.get(source.sha) or adapter.adapt(source),
    )
    head = _head(release, base)
    missing = find_missing(release, head)
    # The first commit that follows records what was left out.
    unrecorded = [patch.sha for patch in missing.patches if patch.sha in skipped]
    if missing.section:
        _add_section(release, head, unrecorded)
        unrecorded = []
    if missing.fragments:
        _remove_fragments(release, missing.fragments, unrecorded)
        unrecorded = []
    if unrecorded:
        subject = f"Leave out patches of {release.plan.tag}."
        worktree.commit([], left_out.record_in(subject, unrecorded))
    for path, why in missing.kept.items():
        release.note(f"{path} was left on {release.settings.mainline}: {why}")
    return release.head_of(worktree)


def _find_present(release: Release, patches: tuple[Commit, ...], onto: str) -> dict[str, str]:
    """Return the patches that must not be brought to a mainline commit, each with the reason.

    Most are there already; several may be there as one squashed commit. What is only probably there, was
    reverted there or was withdrawn from there is not brought either, and gets a note.
    """
    adapter = _adapter(release, onto)
    places = {
        *directories(release.commits.snapshot(onto)),
        *directories(release.commits.snapshot(release.commits.start)),
    }
    found = presence.find_presence(
        release.git, patches, onto, places=sorted(places),
        adapt=adapter.code_change, code_change=adapter.code_change,
    )  # fmt: skip  # what of whom, then how it is tried
    present = {**found.proven}
    missing = [commit for commit in patches if commit.sha not in present]
    recorded = left_out.find_recorded(release, onto) if missing else {}
    if len(missing) > 1 and picking.is_empty_together(release.git, missing, onto, adapter.code_change):
        return {**present, **{commit.sha: "together they would change nothing there" for commit in missing}}
    for commit in missing:
        if commit.sha in recorded:
            why: str | None = f"{recorded[commit.sha].short} records that it was left out"
        else:
            why = _why_not_brought(release, commit, found)
        if why:
            present[commit.sha] = why
            mainline = release.settings.mainline
            release.note(f"{commit.short} ({commit.subject}) was not brought to {mainline}: {why}")
    return present


def _why_not_brought(release: Release, commit: Commit, found: presence.Presence) -> str | None:
    """Return why a patch that is not proven to be on the mainline stays on the release branch, or None.

    If only a hint says that the mainline has it, it is brought unless it conflicts: its effect is missing.
    """
    mainline = release.settings.mainline
    doubt = found.doubts.get(commit.sha)
    if doubt and (doubt.has_landed or not doubt.applies):
        return f"{mainline} may already have it: {doubt.reason}"
    if commit.sha in found.reverted:
        return f"it was reverted on {mainline}: {found.reverted[commit.sha]}"
    withdrawn = [name for name in commit.picked_from if was_withdrawn_from_mainline(release, name)]
    return f"{withdrawn[0][:10]} was withdrawn from {mainline}" if withdrawn else None


def _adapter(release: Release, onto: str) -> Adapter:
    return Adapter(release.git, release.plan.version, release.commits.snapshot(onto), onto_mainline=True)


def _head(release: Release, base: str) -> str:
    return base if release.shell.dry else str(release.workspace.mainline.head())


def _worktree_head(release: Release) -> str | None:
    """Return the commit that the integration's worktree has checked out, if the worktree is usable."""
    worktree = release.workspace.mainline
    return worktree.head() if worktree.exists else None


def _earlier_commits(release: Release, base: str) -> list[Commit]:
    """Return the commits that an earlier run built on the base."""
    head = _worktree_head(release)
    return release.git.commits(head, f"^{base}") if head else []


def _patch_names(release: Release) -> set[str]:
    return {commit.sha for commit in release.commits.landmarks().patches}


def _earlier_picks(release: Release, base: str) -> list[Commit]:
    """Return the picks of this release's patches that an earlier run or a person made on the base."""
    patches = _patch_names(release)
    return [commit for commit in _earlier_commits(release, base) if patches & set(commit.picked_from)]


def _can_continue(release: Release, base: str) -> bool:
    """Return whether the worktree is clean and has nothing but picks of this release on top of the base.

    The empty pick of a patch that a person skipped is not published.
    """
    head = _worktree_head(release)
    if head is None or release.workspace.mainline.changed_paths() or not release.git.is_ancestor(base, head):
        return False
    patches = _patch_names(release)
    earlier = _earlier_commits(release, base)
    return all(commit.changes and patches & set(commit.picked_from) for commit in earlier)


def _add_section(release: Release, head: str, skipped: Sequence[str]) -> None:
    marks, onto = release.commits.landmarks(), mainline_changelog(release, head)
    filename = section_path(release, onto)
    text = onto.with_section(str(marks.section), release.plan.version)
    if not release.shell.dry:
        files.write_below(release.workspace.mainline.path, filename, text)
    release.workspace.mainline.add([filename])
    subject = settings.fill_text(release.settings.changelog_subject, **release.plan.fields)
    _commit_like(release, marks.changelog_commit, subject, [filename], skipped)


def _remove_fragments(release: Release, paths: tuple[str, ...], skipped: Sequence[str]) -> None:
    release.workspace.mainline.remove(paths)
    clean_ups = release.commits.landmarks(release.commits.branch_end).clean_ups
    rendered = set(release.commits.landmarks().fragments)
    source = next((commit for commit in reversed(clean_ups) if commit.paths & rendered), None)
    subject = settings.fill_text(release.settings.clean_up_subject, **release.plan.fields)
    _commit_like(release, source, subject, list(paths), skipped)


def _commit_like(
    release: Release, source: Commit | None, subject: str, paths: list[str], skipped: Sequence[str]
) -> None:
    """Commit with the author, the author date and the message of the source, and with a line that names it.

    Without a source, the message is the subject. It records the patches that were skipped.
    """
    message = left_out.record_in(message_of_pick(source) if source else subject, skipped)
    release.workspace.mainline.commit(paths, message, like=source)
