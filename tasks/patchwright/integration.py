"""What a release brings to the mainline: which of it is missing there, and the commits that bring it."""

from __future__ import annotations

from dataclasses import dataclass

from patchwright import picking, settings
from patchwright.git import Commit
from patchwright.release import Release


@dataclass(frozen=True)
class Left:
    """What the mainline lacks of a release."""

    patches: tuple[Commit, ...]
    section: bool
    fragments: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.patches or self.section or self.fragments)


def left(release: Release, mainline: str) -> Left:
    """Return what a mainline commit lacks: patches by evidence, the section, the unchanged rendered fragments."""
    marks = release.landmarks()
    there = picking.present(release.git, marks.patches, mainline)
    tree = release.tree_at(mainline)
    has_section = tree.section(release.plan.version) is not None
    files = tree.fragment_files
    return Left(
        tuple(commit for commit in marks.patches if commit.sha not in there),
        marks.section is not None and not has_section,
        tuple(sorted(path for path, blob in marks.fragments.items() if files.get(path) == blob)),
    )


def build(release: Release, mainline: str) -> str:
    """Make the missing commits on top of a mainline commit, in the integration's worktree, and return the last."""
    tree = release.mainline_tree
    again = f"inv release.integrate-master --version {release.plan.series}"
    if not (tree.exists and tree.operation() == "cherry-pick"):
        tree.stand_at(mainline)
    missing = left(release, mainline)
    picking.pick(tree, missing.patches, next_command=again)
    at = mainline if release.shell.dry else str(tree.head())
    todo = left(release, at)
    if todo.section:
        _port_section(release, at)
    if todo.fragments:
        _remove_fragments(release, todo.fragments)
    return "<the commit above>" if release.shell.dry else str(tree.head())


def _port_section(release: Release, at: str) -> None:
    marks, onto = release.landmarks(), release.tree_at(at)
    filename = onto.configuration.news_file(release.plan.version, release.plan.date)
    after = onto.with_section(str(marks.section), release.plan.version)
    if not release.shell.dry:
        path = release.mainline_tree.path / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(after.encode("utf-8", "surrogateescape"))
    release.mainline_tree.add([filename])
    subject = settings.filled((release.settings.changelog_subject,), **release.plan.fields)[0]
    _commit_like(release, marks.changelog_commit, subject, [filename])


def _remove_fragments(release: Release, paths: tuple[str, ...]) -> None:
    release.mainline_tree.remove(paths)
    clean_ups = release.landmarks(release.branch_tip).clean_ups
    source = next((commit for commit in reversed(clean_ups) if commit.paths & set(paths)), None)
    subject = settings.filled((release.settings.clean_up_subject,), **release.plan.fields)[0]
    _commit_like(release, source, subject, list(paths))


def _commit_like(release: Release, source: Commit | None, subject: str, paths: list[str]) -> None:
    """Commit with the message, author and author date of the source, and the line that `cherry-pick -x` adds."""
    message = subject
    if source:
        line = f"(cherry picked from commit {source.sha})"
        gap = "\n" if source.picked_from and source.message.endswith(")") else "\n\n"
        message = f"{source.message}{gap}{line}"
    release.mainline_tree.commit(paths, message, like=source)
