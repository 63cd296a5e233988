"""What towncrier must find before it builds: fragments, and none that it would drop or stumble over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchwright.halts import Prerequisite

if TYPE_CHECKING:
    from patchwright.history.snapshot import Tree
    from patchwright.releases.release import Release
    from patchwright.tools.towncrier import Fragments


def require_renderable(found: Fragments, tree: Tree, release: Release) -> None:
    """Halt where there is nothing to render, or where towncrier would drop a fragment or refuse to build."""
    if found.unknown:
        raise Prerequisite(
            "There are news fragments of a type that towncrier does not know, and would drop without a word.",
            evidence=sorted(found.unknown),
            remedy=[
                f"Give them one of the types: {', '.join(one.directory for one in tree.configuration.types)}."
            ],
        )
    if found.clashing or found.off_pattern:
        raise Prerequisite(
            "There are news fragments with which towncrier refuses to build.",
            evidence=[
                *(f"the same issue, type and number as another: {path}" for path in found.clashing),
                *(f"an issue that `issue_pattern` does not allow: {path}" for path in found.off_pattern),
            ],
            remedy=["Rename them on the release branch."],
        )
    if not found.fragments:
        raise Prerequisite(
            f"There are no news fragments on {release.plan.branch} to release.",
            evidence=[f"looked in: {', '.join(tree.configuration.directories)}"],
            remedy=["Add a fragment for what the patch changes, on the release branch or with the patch."],
        )
