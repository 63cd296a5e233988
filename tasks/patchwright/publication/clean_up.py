"""The clean-up: the commit that removes the rendered fragments from the release branch."""

from __future__ import annotations

from patchwright import settings
from patchwright.integration.build import rendered_fragments
from patchwright.releases import outcome
from patchwright.releases.commits import CLEAN_UP
from patchwright.releases.release import Release


def is_prepared(release: Release) -> bool:
    """Return whether the clean-up of the release commit is kept in the worktree, or none is needed."""
    if release.commits.clean_up is not None:
        return True
    remaining, _ = rendered_fragments(release, release.commits.release_commit)
    return not remaining


def prepare(release: Release) -> None:
    """Build the clean-up on the release commit, keep it in the worktree, and check out the release commit.

    A clean-up that a person has committed in the worktree is used.
    """
    if is_prepared(release) and not release.shell.dry:
        return
    worktree, commit = release.workspace.branch, release.commits.release_commit
    head = worktree.head() if worktree.exists else None
    if head is None or release.commits.cleaned_up(head) != commit:
        head = build(release, commit)
    worktree.keep(CLEAN_UP, head)
    worktree.check_out(commit)


def build(release: Release, tip: str) -> str:
    """Remove the rendered fragments from a commit of the release branch, and return the new commit.

    On the release commit, return the prepared one, unless its message must record what a person
    says about the version. Without fragments, the commit is empty.
    """
    commits, worktree = release.commits, release.workspace.branch
    if tip == commits.release_commit and commits.clean_up and release.outcome is None:
        return commits.clean_up
    worktree.check_out(tip)
    paths, _ = rendered_fragments(release, tip)
    if paths:
        worktree.remove(paths)
    worktree.commit(paths, _message(release))
    return release.head_of(worktree)


def _message(release: Release) -> str:
    subject = settings.fill_text(release.settings.clean_up_subject, **release.plan.fields)
    if release.outcome is None:
        return subject
    return f"{subject}\n\n{outcome.record_line(release.outcome, release.plan.version)}"
