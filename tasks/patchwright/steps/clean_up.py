"""Clean up: remove the released news fragments from the release branch."""

from __future__ import annotations

from patchwright import settings
from patchwright.halts import RefusedPush
from patchwright.integration import build
from patchwright.releases import last_look, outcome
from patchwright.releases.release import Release

TRIES = 3


def proof(release: Release) -> str | None:
    """Return evidence that origin's release branch has no rendered fragment any more.

    It also records what a person says about the version in this run. A fragment that somebody has edited
    since is another one: it stays, with a note.
    """
    if not release.origin.tag:
        return None
    unchanged, kept = build.rendered_fragments(release, release.origin.branch_tip)
    if unchanged or (release.outcome and not outcome.find_outcome(release)):
        return None
    for path, why in kept.items():
        release.note(f"{path} was left on {release.plan.branch}: {why}")
    return f"{release.plan.branch} has none of the rendered fragments"


def act(release: Release) -> None:
    """Remove exactly the rendered fragments from origin's release branch, in one commit, and push it.

    Its message records what a person says about the version. Without fragments, the commit is empty. Raise
    BranchConflict if the branch no longer contains the release: its fragments are then not rendered.
    """
    url = release.run_urls.get(release.settings.release_workflow)
    if url:
        release.record.add_published(url)
    release.refresh()
    if proof(release):
        # Somebody else has cleaned up meanwhile.
        return
    worktree = release.workspace.branch
    message = _message(release)
    for attempt in range(1, TRIES + 1):
        tip = release.origin.branch_tip
        if not release.shell.dry:
            commit = release.commits.release_commit
            last_look.require_on_branch(release, commit, "its news fragments were not removed")
        worktree.check_out(tip)
        paths, _ = build.rendered_fragments(release, tip)
        if paths:
            worktree.remove(paths)
        worktree.commit(paths, message)
        result = release.head_of(worktree)
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


def _message(release: Release) -> str:
    subject = settings.fill_text(release.settings.clean_up_subject, **release.plan.fields)
    if release.outcome is None:
        return subject
    return f"{subject}\n\n{outcome.record_line(release.outcome, release.plan.version)}"
