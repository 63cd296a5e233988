"""One commit adds the section to the changelog, every fragment rendered once."""

from __future__ import annotations

from patchwright import settings
from patchwright.halts import Prerequisite, StepFailed
from patchwright.history.snapshot import Tree
from patchwright.preflight.renderable import require_renderable
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """The changelog has one section for the version, and the fragments of its commit are all in it."""
    marks = release.landmarks()
    if marks.section is None:
        return None
    if marks.changelog_commit is None:
        return f"the changelog has its section for {release.plan.version}"
    _require_rendered(release.tree_at(marks.changelog_commit.sha), marks.section)
    return f"{marks.changelog_commit.short} renders {len(marks.fragments)} fragments"


def act(release: Release) -> None:
    """Build the section, see that the changelog gained just that and nothing else moved, and commit it."""
    tree = release.tree
    before = release.tree_at(release.head)
    if not release.shell.dry:
        require_renderable(before.fragments, before, release)
        _require_no_strays(release, before)
    fields = release.plan.fields
    command = settings.filled(release.settings.changelog_command, **fields)
    release.shell.act(*command, cwd=tree.path)
    message = settings.filled_text(release.settings.changelog_subject, **fields)
    filename = before.configuration.filename
    if not release.shell.dry:
        _require_gain(release, before, " ".join(command))
    tree.add([filename])
    tree.commit([filename], message)


def _require_no_strays(release: Release, tree: Tree) -> None:
    strays = [
        path for directory in tree.configuration.directories for path in release.tree.untracked(directory)
    ]
    if strays:
        raise Prerequisite(
            "Untracked files lie where the news fragments are; towncrier would render them.",
            evidence=strays,
            remedy=[f"Commit them to the release branch, or remove them from {release.tree.path}."],
        )


def _require_gain(release: Release, before: Tree, command: str) -> None:
    filename = before.configuration.filename
    changed = release.tree.changed()
    path = release.tree.path / filename
    if changed != [filename] and not (changed == [] and not before.changelog and path.is_file()):
        raise StepFailed(
            f"`{command}` should change {filename} and nothing else.",
            evidence=[f"changed: {', '.join(changed) or 'nothing'}"],
        )
    after = path.read_bytes().decode("utf-8", "surrogateescape")
    _require_rendered(before, before.gained(after, release.plan.version))


def _require_rendered(tree: Tree, section: str) -> None:
    rendered = tree.rendered_into(section)
    dropped = sorted(one.path for one in tree.fragments.fragments if one.path not in rendered)
    if dropped:
        raise StepFailed("The changelog's new section lacks news fragments.", evidence=dropped)
