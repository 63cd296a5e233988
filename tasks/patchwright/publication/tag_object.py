"""The tag object: create it before anything is public, and find the one that was created."""

from __future__ import annotations

from patchwright import settings
from patchwright.halts import BranchConflict, CommandFailed, StepFailed
from patchwright.releases.release import Release
from patchwright.releases.request import describe_patches
from patchwright.releases.tag_problem import find_tag_problem
from patchwright.tools import maintainer, scratch

# The name under which the worktree keeps the tag object until it is pushed.
KEPT = "tag"


def find_prepared(release: Release) -> str | None:
    """Return the tag object that was prepared for the release commit, or None.

    It must be what would be created now: an object with another message or another tagger is not used.
    """
    tag = release.workspace.branch.kept(KEPT)
    if tag is None or find_tag_problem(release, tag, release.commits.release_commit):
        return None
    content = release.git.tag(tag)
    is_ours = content is not None and content.message.strip() == message(release).strip()
    return tag if is_ours and not _find_other_identity(release, tag) else None


def find_local(release: Release) -> str | None:
    """Return the tag that a person has created in this clone, or None.

    Raise BranchConflict if it is not the tag of this release.
    """
    local = release.git.ref(f"refs/tags/{release.plan.tag}")
    problem = find_tag_problem(release, local, release.commits.release_commit) if local else None
    if problem:
        raise BranchConflict(
            f"This clone has a tag {release.plan.tag} that is not on {release.settings.remote}: {problem}.",
            evidence=[f"object: {local}"],
            remedy=["Delete the tag from this clone, then run the same command again."],
            next_command=f"git tag --delete {release.plan.tag}",
        )
    return local


def prepare(release: Release) -> None:
    """Create the tag of the release commit, check the object, and keep it in the worktree.

    Raise StepFailed if git created another tag than expected.
    """
    commit = release.commits.release_commit
    tag, words = _create(release, commit)
    if release.shell.dry:
        return
    problem = find_tag_problem(release, tag, commit) or _find_other_identity(release, tag)
    if problem:
        raise StepFailed(
            f"git created a tag that cannot be published: {problem}.",
            evidence=[f"object: {tag}", *(f"  {row}" for row in words.splitlines())],
            remedy=[
                "Fix the signing: try git tag -s in a scratch repository.",
                "Then run the same command again.",
            ],
        )
    release.workspace.branch.keep(KEPT, tag)


def message(release: Release) -> str:
    """Return the tag's message, with the description that was typed or else one from the subjects."""
    description = release.plan.message or describe_patches(
        [commit.subject for commit in release.commits.landmarks().patches]
    )
    return settings.fill_text(release.settings.tag_message, **{**release.plan.fields, "message": description})


def _create(release: Release, commit: str) -> tuple[str, str]:
    """Create the tag object in a throwaway repository, and return its name and what the signer said.

    The clone gets no tag, so that a kill never leaves one there that is not public. The words of the signer
    are kept, because git may exit with 0 although ssh-keygen has failed (git 2.39).
    """
    how = ("--sign",) if release.settings.sign else ("--annotate", "--no-sign")
    with scratch.repository(release.git, release.clone.common) as env:
        try:
            output = release.git.act(
                "tag", *how, "--cleanup=verbatim", "--file=-", release.plan.tag,
                commit if release.commits.is_complete or not release.shell.dry else release.head_name,
                stdin=message(release) + "\n", env=env,
            )  # fmt: skip  # how the tag is created, then which one
        except CommandFailed as failure:
            failure.cause = "git could not create the tag."
            failure.evidence = (*failure.evidence, *maintainer.signer_words(release.git))
            raise
        return release.git.ref(f"refs/tags/{release.plan.tag}", env=env) or "", output.stderr


def _find_other_identity(release: Release, tag: str) -> str | None:
    """Return how the tagger or the signature differs from the maintainer's, or None."""
    return maintainer.read_maintainer(release.git).find_difference(release.git.identities(tag))
