"""Decide whether a tag object is the tag of a release: its kind, its commit, its own name, its signature."""

from __future__ import annotations

from patchwright.halts import CommandFailed
from patchwright.releases.release import Release
from patchwright.tools.git_output import Tag


def find_tag_problem(release: Release, sha: str, commit: str) -> str | None:
    """Return why a tag object is not the tag of this release, or None if it is."""
    tag = release.git.tag(sha)
    if tag is None:
        return "it is not annotated"
    if tag.target != commit:
        return f"it names {tag.target[:10]}"
    # A ref can have any name. The name that is signed is in the object.
    if tag.name != release.plan.tag:
        return f"its own name is {tag.name or 'empty'}"
    return _find_signature_problem(release, sha, tag) if release.settings.sign else None


def _find_signature_problem(release: Release, sha: str, tag: Tag) -> str | None:
    """Return why the signature of a tag object does not hold, or None if it does."""
    if not tag.signed:
        return "it is not signed"
    try:
        release.git.ask("verify-tag", sha)
    except CommandFailed as failure:
        last = failure.output.strip().splitlines()[-1:] or ["git verify-tag failed"]
        return f"its signature does not verify ({last[0]})"
    return None
