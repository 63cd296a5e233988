"""Clean up: remove the released news fragments from the release branch."""

from __future__ import annotations

from patchwright.halts import RefusedPush
from patchwright.integration import build
from patchwright.publication import clean_up
from patchwright.publication.version_commit import lacks_development_version
from patchwright.releases import last_look, outcome
from patchwright.releases.release import Release

TRIES = 3


def proof(release: Release) -> str | None:
    """Return evidence that origin's release branch has no rendered fragment any more.

    If the settings have a development version, the branch has that, too. It also records what a person says
    about the version in this run. A fragment that somebody has edited since is another one: it stays, with a
    note.
    """
    if not release.origin.tag:
        return None
    unchanged, kept = build.rendered_fragments(release, release.origin.branch_tip)
    tip = release.origin.branch_tip
    if (
        unchanged
        or lacks_development_version(release, tip)
        or (release.outcome and not outcome.find_outcome(release))
    ):
        return None
    for path, why in kept.items():
        release.note(f"{path} was left on {release.plan.branch}: {why}")
    evidence = f"{release.plan.branch} has none of the rendered fragments"
    if release.settings.development_version:
        evidence += f", and its version is {release.commits.snapshot(tip).version}"
    return evidence


def act(release: Release) -> None:
    """Push the clean-up that was prepared. Build it again if somebody else has moved the release branch.

    Its message records what a person says about the version. Without fragments, the commit is empty. Raise
    BranchConflict if the branch no longer contains the release: its fragments are then not rendered.
    """
    url = release.run_urls.get("release")
    if url:
        release.record.add_published(url)
    release.refresh()
    if proof(release):
        # Somebody else has cleaned up meanwhile.
        return
    for attempt in range(1, TRIES + 1):
        tip = release.origin.branch_tip
        if not release.shell.dry:
            commit = release.commits.release_commit
            last_look.require_on_branch(release, commit, "its news fragments were not removed")
        result = clean_up.build(release, tip)
        try:
            release.origin.push(result, f"refs/heads/{release.plan.branch}")
        except RefusedPush:
            release.refresh()
            if proof(release):
                # The push worked and its answer was lost, or somebody else has cleaned up.
                return
            if release.origin.branch_tip == tip or attempt == TRIES:
                raise
        else:
            return
