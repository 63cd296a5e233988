"""Tag: push the signed tag."""

from __future__ import annotations

from patchwright.halts import BranchConflict
from patchwright.integration import preparation
from patchwright.invocation import task_command
from patchwright.preflight import published
from patchwright.publication import tag_object
from patchwright.releases import last_look, runs, withdrawals
from patchwright.releases.release import Release
from patchwright.releases.tag_problem import find_tag_problem


def proof(release: Release) -> str | None:
    """Return evidence that origin has the signed tag, on a commit of the release branch.

    Raise BranchConflict if origin has another tag of this name, or if the branch no longer has its commit. A
    signature that cannot be verified in this clone is a note.
    """
    tag = release.origin.tag
    if tag is None:
        return None
    commit = str(release.origin.tagged_commit)
    problem = find_tag_problem(release, tag, commit, is_public=True)
    if problem:
        version = release.plan.version
        raise BranchConflict(
            f"{release.plan.tag} is on {release.settings.remote}, but it is not the tag of this release: "
            f"{problem}.",
            evidence=[f"object: {tag}", f"commit: {commit}"],
            remedy=[
                "Find out who pushed it and why.",
                f"If it was published, finish it: {task_command('clean-up', version)}",
                f"Then integrate it: {task_command('integrate-master', version)}",
                f"If it was not published, close it: {task_command('abandon', version)}",
                "Then release the next version.",
            ],
            never=["Do not delete or move a tag that is public: others have it."],
        )
    last_look.require_tag_on_branch(release, commit)
    kind = "signed" if release.settings.sign else "annotated"
    return f"{release.plan.tag} is public and {kind}, at {release.commits.release_commit[:10]}"


def act(release: Release) -> None:
    """Push the tag that was prepared for the commit that passed QA, and nothing else.

    A tag that a person has created in this clone is pushed instead, if it is the right one. Before the push,
    origin and GitHub are asked again: raise BranchConflict if the branch no longer contains the commit or if
    the integration conflicts with what the mainline has now, WorkflowFailed if QA no longer has success,
    Prerequisite if the release workflow is disabled, and AlreadyPublished if the tag was public before.
    """
    name, commit = f"refs/tags/{release.plan.tag}", release.commits.release_commit
    tag = tag_object.find_local(release) or tag_object.find_prepared(release)
    if tag is None:
        tag_object.prepare(release)
        tag = tag_object.find_prepared(release)
    if release.shell.dry:
        release.origin.push(f"<{release.plan.tag}>", name)
        return
    release.refresh()
    if not release.plan.integrate_later:
        # The mainline may have moved since: a conflict must still halt before anything is published.
        preparation.prepare(release)
        release.refresh()
    last_look.require_on_branch(release, commit, f"{release.plan.tag} was not pushed")
    last_look.require_not_reverted(release, commit)
    withdrawals.require_nothing_withdrawn(release)
    runs.require_qa_success(release, commit)
    published.require_no_run(release)
    runs.require_enabled(release, "release")
    release.origin.push(str(tag), name)
