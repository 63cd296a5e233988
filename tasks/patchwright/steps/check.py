"""Linters, testers and docsgen pass on the tree that will be released."""

from __future__ import annotations

from patchwright.halts import CommandFailed, StepFailed
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """The checks passed on this tree, or on the one below the release's own commits; or QA has the word."""
    if release.plan.skip_check:
        return "skipped, as asked"
    if release.public_tag or release.is_pushed:
        return f"{release.plan.branch} is pushed; QA has the word"
    tree = release.git.tree(release.code)
    if tree in release.intent.checked:
        return f"{len(release.settings.checks)} checks passed on {release.code[:10]}"
    return None


def act(release: Release) -> None:
    """Run each check in the worktree. Halts when one fails, or when one leaves tracked files changed."""
    for command in release.settings.checks:
        release.narrator.waiting(" ".join(command))
        try:
            release.shell.act(*command, cwd=release.tree.path, timeout=release.settings.command_timeout)
        except CommandFailed as failure:
            failure.cause = (
                f"The check `{' '.join(command)}` does not pass on the tree that would be released."
            )
            failure.remedy = (
                f"Look into it in {release.tree.path}; mend it on the release branch, then go on.",
            )
            raise
    if release.shell.dry:
        return
    changed = release.tree.changed()
    if changed:
        raise StepFailed(
            "The checks changed files that git tracks.",
            evidence=changed,
            remedy=["A check that edits files releases something else than it checked: make it only look."],
        )
    if not release.has_intent:
        # It was lost, and the worktree was not.
        release.begin()
    release.intend(checked=(*release.intent.checked[-4:], release.git.tree(release.code)))
