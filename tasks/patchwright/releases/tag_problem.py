"""Decide whether a tag object is the tag of a release: its kind, its commit, its own name, its signature."""

from __future__ import annotations

from patchwright.releases import signature
from patchwright.releases.release import Release


def find_tag_problem(release: Release, sha: str, commit: str, *, is_public: bool = False) -> str | None:
    """Return why a tag object is not the tag of this release, or None if it is.

    Of a public tag it is enough that nothing is wrong with its signature.
    """
    tag = release.git.tag(sha)
    if tag is None:
        return "it is not annotated"
    if tag.target != commit:
        return f"it names {tag.target[:10]}"
    # A ref can have any name. The name that is signed is in the object.
    if tag.name != release.plan.tag:
        return f"its own name is {tag.name or 'empty'}"
    if not release.settings.sign:
        return None
    if not tag.signed:
        return "it is not signed"
    find = signature.find_wrong_signature if is_public else signature.find_problem
    return find(release, sha)
