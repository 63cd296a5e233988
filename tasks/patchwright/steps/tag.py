"""Tag: push the signed tag."""

from __future__ import annotations

from patchwright import settings
from patchwright.halts import BranchConflict, CommandFailed, StepFailed
from patchwright.preflight import published
from patchwright.releases import last_look, runs, signature
from patchwright.releases.release import Release
from patchwright.releases.request import describe_patches
from patchwright.tools import maintainer, scratch


def proof(release: Release) -> str | None:
    """Return evidence that origin has the signed tag, on a commit of the release branch.

    Raise BranchConflict if origin has another tag of this name, or if the branch no longer has its commit. A
    signature that cannot be verified in this clone is a note.
    """
    tag = release.origin.tag
    if tag is None:
        return None
    commit = str(release.origin.tagged_commit)
    problem = _find_problem(release, tag, commit, is_public=True)
    if problem:
        version = release.plan.version
        raise BranchConflict(
            f"{release.plan.tag} is on {release.settings.remote} and is not the tag of this release: "
            f"{problem}.",
            evidence=[f"object: {tag}", f"commit: {commit}"],
            remedy=[
                "Find out who pushed it and why.",
                f"If it was published, finish it: inv release.clean-up --version {version}",
                f"and then: inv release.integrate-master --version {version}",
                f"If not, close it: inv release.abandon --version {version}",
                "Then release the next version.",
            ],
            never=["Do not delete or move a tag that is public: others have it."],
        )
    last_look.require_tag_on_branch(release, commit)
    kind = "signed" if release.settings.sign else "annotated"
    return f"{release.plan.tag} is public and {kind}, at {release.commits.release_commit[:10]}"


def act(release: Release) -> None:
    """Create the tag on the commit that QA passed, check the tag object, and push that object alone.

    A tag that a person has created in this clone is pushed if it is the right one. Raise BranchConflict if it
    is not, and StepFailed if git created another tag than expected. Signing may take long, so origin and
    GitHub are asked again after it: raise BranchConflict if the branch no longer contains the commit,
    WorkflowFailed if QA no longer has success, and AlreadyPublished if the tag was public before.
    """
    name, commit = f"refs/tags/{release.plan.tag}", release.commits.release_commit
    local = release.git.ref(name)
    if local:
        _require_right_tag(release, local, commit)
    tag, words = (local, "") if local else _create_tag(release, commit)
    if release.shell.dry:
        release.origin.push(f"<{release.plan.tag}>", name)
        return
    problem = _find_problem(release, tag, commit)
    if not problem and not local:
        problem = maintainer.read_maintainer(release.git).find_difference(release.git.identities(tag))
    if problem:
        raise StepFailed(
            f"git created a tag that cannot be published: {problem}.",
            evidence=[f"object: {tag}", *(f"  {row}" for row in words.splitlines())],
            remedy=[
                "Fix the signing: try git tag -s in a scratch repository.",
                "Then run the same command again.",
            ],
        )
    release.refresh()
    last_look.require_on_branch(release, commit, f"{release.plan.tag} was not pushed")
    last_look.require_not_reverted(release, commit)
    runs.require_qa_success(release, commit)
    published.require_no_run(release)
    release.origin.push(tag, name)


def _message(release: Release) -> str:
    """Return the tag's message, with the description that was typed or else one from the subjects."""
    description = release.plan.message or describe_patches(
        [commit.subject for commit in release.commits.landmarks().patches]
    )
    return settings.fill_text(release.settings.tag_message, **{**release.plan.fields, "message": description})


def _create_tag(release: Release, commit: str) -> tuple[str, str]:
    """Create the tag object in a throwaway repository, and return its name and what the signer said.

    The clone gets no ref, so that a kill never leaves a tag there that is not public. The words of the signer
    are kept, because git may exit with 0 although ssh-keygen has failed (git 2.39).
    """
    how = ("--sign",) if release.settings.sign else ("--annotate", "--no-sign")
    with scratch.repository(release.git, release.clone.common) as env:
        try:
            output = release.git.act(
                "tag", *how, "--cleanup=verbatim", "--file=-", release.plan.tag,
                commit if release.commits.is_prepared or not release.shell.dry else release.head_name,
                stdin=_message(release) + "\n", env=env,
            )  # fmt: skip  # how the tag is created, then which one
        except CommandFailed as failure:
            failure.cause = "git could not create the tag."
            failure.evidence = (*failure.evidence, *maintainer.signer_words(release.git))
            raise
        return release.git.ref(f"refs/tags/{release.plan.tag}", env=env) or "", output.stderr


def _find_problem(release: Release, sha: str, commit: str, *, is_public: bool = False) -> str | None:
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


def _require_right_tag(release: Release, local: str, commit: str) -> None:
    problem = _find_problem(release, local, commit)
    if problem:
        raise BranchConflict(
            f"This clone has a tag {release.plan.tag} that is not on {release.settings.remote}: {problem}.",
            evidence=[f"object: {local}"],
            remedy=["Delete the tag from this clone, then run the same command again."],
            next_command=f"git tag --delete {release.plan.tag}",
        )
