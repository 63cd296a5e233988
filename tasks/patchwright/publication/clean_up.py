"""The clean-up: what follows the release on its branch: without the fragments, and back in development."""

from __future__ import annotations

from patchwright import settings
from patchwright.integration.build import rendered_fragments
from patchwright.publication.version_commit import lacks_development_version, set_development_version
from patchwright.releases import outcome
from patchwright.releases.commits import CLEAN_UP
from patchwright.releases.release import Release


def is_prepared(release: Release) -> bool:
    """Return whether the whole clean-up of the release commit is kept in the worktree, or none is needed."""
    end = release.commits.clean_up or release.commits.release_commit
    remaining, _ = rendered_fragments(release, end)
    return not remaining and not lacks_development_version(release, end)


def prepare(release: Release) -> None:
    """Build the clean-up on the release commit, keep it in the worktree, and check out the release commit.

    A clean-up that a person has committed in the worktree is used.
    """
    if is_prepared(release) and not release.shell.dry:
        return
    worktree, commit = release.workspace.branch, release.commits.release_commit
    head = worktree.head() if worktree.exists else None
    is_whole = head is not None and not lacks_development_version(release, head)
    if head is None or not is_whole or release.commits.cleaned_up(head) != commit:
        head = build(release, commit)
    worktree.keep(CLEAN_UP, head)
    worktree.check_out(commit)


def build(release: Release, tip: str) -> str:
    """Remove the rendered fragments from a commit of the release branch, and return the new commit.

    A second commit sets the development version, if the settings have one. On the release commit, return the
    prepared clean-up, unless its message must record what a person says about the version. Then, without
    fragments, the first commit is empty.
    """
    commits, worktree = release.commits, release.workspace.branch
    is_usable = release.outcome is None and is_prepared(release)
    if tip == commits.release_commit and commits.clean_up and is_usable:
        return commits.clean_up
    worktree.check_out(tip)
    paths, _ = rendered_fragments(release, tip)
    if paths:
        worktree.remove(paths)
    develops = lacks_development_version(release, tip)
    if paths or release.outcome or not develops:
        worktree.commit(paths, _message(release))
    if develops:
        set_development_version(release, worktree.head() or tip)
    return release.head_of(worktree)


def _message(release: Release) -> str:
    subject = settings.fill_text(release.settings.clean_up_subject, **release.plan.fields)
    if release.outcome is None:
        return subject
    return f"{subject}\n\n{outcome.record_line(release.outcome, release.plan.version)}"
