"""Effects: what a release has changed in public and locally, and what it has left untouched."""

from __future__ import annotations

from patchwright.halts import BranchConflict, Effects, Prerequisite
from patchwright.releases.release import Release
from patchwright.text import quantity
from patchwright.versions import same_version


def find_effects(release: Release) -> Effects:
    """Return what is public, local and untouched. A fact that cannot be determined is left out."""
    public: list[str] = []
    local: list[str] = []
    untouched = ["your checkout, its index and its branch"]
    origin, name = release.origin, release.settings.remote
    branch, mainline = release.plan.branch, release.settings.mainline
    try:
        if origin.tag:
            public.append(f"the tag {release.plan.tag}, at {str(origin.tagged_commit)[:10]}")
        tip = origin.branch_tip
        was_pushed = tip != origin.first_refs.get(f"refs/heads/{branch}") or same_version(
            release.commits.snapshot(tip).version, release.plan.version
        )
        (public if was_pushed else untouched).append(f"{name}'s {branch}, at {tip[:10]}")
        is_same = origin.mainline_tip == origin.first_refs.get(f"refs/heads/{mainline}")
        (untouched if is_same else public).append(f"{name}'s {mainline}, at {origin.mainline_tip[:10]}")
        head = release.commits.head
        unpushed = [] if origin.tag else release.git.rev_list(head, f"^{tip}")
        if unpushed:
            local.append(
                f"{quantity(len(unpushed), 'commit')} in {release.workspace.branch.path}, up to {head[:10]}"
            )
    except (BranchConflict, Prerequisite):
        pass
    return Effects(tuple(public), tuple(local), tuple(untouched))
