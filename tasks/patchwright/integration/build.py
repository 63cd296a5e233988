"""What a release brings to the mainline: which of it is missing there, and the commits that bring it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from patchwright import settings
from patchwright.history import picking
from patchwright.history.adapting import Fitting, directories, message_of_pick
from patchwright.releases.release import Release
from patchwright.tools.git import Commit


@dataclass(frozen=True)
class Left:
    """What the mainline lacks of a release; `fragments` are the paths that it still has to lose.

    `edited` are rendered fragments that the mainline has changed: they stay.
    """

    patches: tuple[Commit, ...]
    section: bool
    fragments: tuple[str, ...]
    edited: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.patches or self.section or self.fragments)


def left(release: Release, mainline: str) -> Left:
    """Return what a mainline commit lacks: patches by evidence, section, unchanged rendered fragments."""
    marks = release.landmarks()
    there = _present(release, marks.patches, mainline)
    tree = release.tree_at(mainline)
    unchanged, edited = rendered_fragments(release, mainline)
    return Left(
        tuple(commit for commit in marks.patches if commit.sha not in there),
        marks.section is not None and tree.section(release.plan.version) is None,
        unchanged,
        edited,
    )


def rendered_fragments(release: Release, commit: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return where a commit still has the fragments that the release rendered: unchanged, and edited.

    They are looked for at their paths, else by name where the commit keeps its fragments.
    """
    tree = release.tree_at(commit)
    files = tree.fragment_files
    by_name = {posixpath.basename(path): path for path in files}
    unchanged: list[str] = []
    edited: list[str] = []
    for path, blob in sorted(release.landmarks().fragments.items()):
        at = path if path in files else by_name.get(posixpath.basename(path))
        if at is not None:
            (unchanged if files[at] == blob else edited).append(at)
    return tuple(unchanged), tuple(edited)


def foreseen(release: Release) -> picking.Conflict | None:
    """Return the first conflict that the release branch's patches, as far as they are there, would have."""
    patches = release.landmarks(release.start).patches
    tip = release.mainline_tip
    there = _present(release, patches, tip)
    fitting = _fitting(release, tip)
    fitted = [fitting.fitted(commit) for commit in patches if commit.sha not in there]
    return picking.predicted(release.git, [commit for commit in fitted if commit], tip)


def build(release: Release, base: str) -> str:
    """Make the missing commits on a mainline commit, in the integration's worktree, and return the last.

    What a person has resolved in the worktree is taken up, also where the mainline has moved on since.
    """
    tree = release.mainline_tree
    again = f"inv release.integrate-master --version {release.plan.series}"
    picking.take_up(tree, again)
    resolved = _resolved(release, base)
    if not _builds_on(release, base):
        tree.stand_at(base)
    at = _head(release, base)
    fitting = _fitting(release, base)
    picking.pick(
        tree,
        left(release, at).patches,
        fit=lambda source: resolved.get(source.sha) or fitting.fitted(source),
        next_command=again,
    )
    at = _head(release, base)
    todo = left(release, at)
    if todo.section:
        _port_section(release, at)
    if todo.fragments:
        _remove_fragments(release, todo.fragments)
    for path in todo.edited:
        release.note(f"{path} was edited on {release.settings.mainline}; it was left there")
    return "<the commit above>" if release.shell.dry else str(tree.head())


def _present(release: Release, patches: tuple[Commit, ...], onto: str) -> dict[str, str]:
    """Return those of the patches that a commit has in one form or another, alone or all together."""
    fitting = _fitting(release, onto)
    places = {*directories(release.tree_at(onto)), *directories(release.tree_at(release.start))}
    there = picking.present(release.git, patches, onto, places=sorted(places), essence=fitting.essence)
    missing = [commit for commit in patches if commit.sha not in there]
    if len(missing) > 1 and picking.together_nothing(release.git, missing, onto, fitting.essence):
        there.update({commit.sha: "together they would change nothing there" for commit in missing})
    return there


def _fitting(release: Release, onto: str) -> Fitting:
    return Fitting(release.git, release.plan.version, release.tree_at(onto), onto_mainline=True)


def _head(release: Release, base: str) -> str:
    return base if release.shell.dry else str(release.mainline_tree.head())


def _made_before(release: Release, base: str) -> list[Commit]:
    """Return the commits that the worktree has beyond the base."""
    tree = release.mainline_tree
    head = tree.head() if tree.exists else None
    return release.git.commits(head, f"^{base}") if head else []


def _resolved(release: Release, base: str) -> dict[str, Commit]:
    """Return the picks that were made in the worktree before, by the patch that each brings."""
    patches = {commit.sha for commit in release.landmarks().patches}
    made = _made_before(release, base)
    return {
        name: commit for commit in made for name in commit.picked_from if name in patches and commit.changes
    }


def _builds_on(release: Release, base: str) -> bool:
    """Tell whether the worktree stands on the base, clean, with only picks of this release beyond it."""
    tree = release.mainline_tree
    head = tree.head() if tree.exists else None
    if head is None or tree.changed() or not release.git.is_ancestor(base, head):
        return False
    patches = {commit.sha for commit in release.landmarks().patches}
    return all(patches & set(commit.picked_from) for commit in _made_before(release, base))


def _port_section(release: Release, at: str) -> None:
    marks, onto = release.landmarks(), release.tree_at(at)
    filename = onto.configuration.news_file(release.plan.version, release.plan.date)
    after = onto.with_section(str(marks.section), release.plan.version)
    if not release.shell.dry:
        path = release.mainline_tree.path / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(after.encode("utf-8", "surrogateescape"))
    release.mainline_tree.add([filename])
    subject = settings.filled_text(release.settings.changelog_subject, **release.plan.fields)
    _commit_like(release, marks.changelog_commit, subject, [filename])


def _remove_fragments(release: Release, paths: tuple[str, ...]) -> None:
    release.mainline_tree.remove(paths)
    clean_ups = release.landmarks(release.branch_tip).clean_ups
    rendered = set(release.landmarks().fragments)
    source = next((commit for commit in reversed(clean_ups) if commit.paths & rendered), None)
    subject = settings.filled_text(release.settings.clean_up_subject, **release.plan.fields)
    _commit_like(release, source, subject, list(paths))


def _commit_like(release: Release, source: Commit | None, subject: str, paths: list[str]) -> None:
    """Commit with the message, author and author date of the source, and the line that names it."""
    message = message_of_pick(source) if source else subject
    release.mainline_tree.commit(paths, message, like=source)
