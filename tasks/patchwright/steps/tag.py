"""The signed, annotated tag of the QA'd commit is on origin."""

from __future__ import annotations

from patchwright import settings
from patchwright.halts import BranchConflict, CommandFailed, StepFailed
from patchwright.releases import plan as plans
from patchwright.releases.release import Release
from patchwright.tools import scratch
from patchwright.tools.git import Tag


def proof(release: Release) -> str | None:
    """Origin's tag is annotated, peels to a commit of the release branch, and its signature verifies."""
    public = release.public_tag
    if public is None:
        return None
    problem = _problem(release, public, str(release.tagged))
    if problem or not release.git.is_ancestor(str(release.tagged), release.branch_tip):
        raise BranchConflict(
            f"{release.plan.tag} is on {release.settings.remote} and is not the tag of this release: "
            f"{problem or 'its commit is not on ' + release.plan.branch}.",
            evidence=[f"object: {public}", f"commit: {release.tagged}"],
            remedy=["Find out who pushed it and what it is; the next version can be released after it."],
            never=["Do not delete or move a tag that is public: others have it."],
        )
    kind = "signed" if release.settings.sign else "annotated"
    return f"{release.plan.tag} is public and {kind}, at {release.subject[:10]}"


def act(release: Release) -> None:
    """Make the tag on the commit that QA passed, read it back, and push that object alone.

    A tag that somebody has made in this clone by hand is taken where it is the right one.
    """
    name, commit = f"refs/tags/{release.plan.tag}", release.subject
    local = release.git.ref(name)
    if local:
        _require_right(release, local, commit)
    made = local or _made(release, commit)
    if release.shell.dry:
        release.push(f"<{release.plan.tag}>", name)
        return
    problem = _problem(release, made, commit)
    if problem:
        raise StepFailed(
            f"The tag that git made is not one to publish: {problem}.",
            evidence=[f"object: {made}"],
            remedy=["See to the signing (git tag -s in a scratch repository shows it), then go on."],
        )
    release.push(made, name)


def message(release: Release) -> str:
    """Return the tag's message: the brief description as given, else from the subjects of the patches."""
    brief = release.plan.message or plans.described(
        [commit.subject for commit in release.landmarks().patches]
    )
    return settings.filled_text(release.settings.tag_message, **{**release.plan.fields, "message": brief})


def _made(release: Release, commit: str) -> str:
    """Make the tag object, and no ref of the clone's: a tag that is there is public, whatever gets killed."""
    how = "--sign" if release.settings.sign else "--annotate"
    unsigned = () if release.settings.sign else ("--no-sign",)
    with scratch.repository(release.git, release.clone.common) as env:
        release.git.act(
            "tag", how, *unsigned, "--cleanup=verbatim", "--file=-", release.plan.tag,
            commit if release.is_prepared or not release.shell.dry else release.head_name,
            stdin=message(release) + "\n", env=env,
        )  # fmt: skip  # how it is made, then what
        return release.git.ref(f"refs/tags/{release.plan.tag}", env=env) or ""


def _problem(release: Release, sha: str, commit: str) -> str | None:
    """Say why a tag object is not this release's; None where it is."""
    tag: Tag | None = release.git.tag(sha)
    if tag is None:
        return "it is not annotated"
    if tag.target != commit:
        return f"it names {tag.target[:10]}"
    if not release.settings.sign:
        return None
    if not tag.signed:
        return "it is not signed"
    try:
        release.git.ask("verify-tag", sha)
    except CommandFailed as failure:
        return f"its signature does not verify ({failure.output.strip().splitlines()[-1:]})"
    return None


def _require_right(release: Release, local: str, commit: str) -> None:
    problem = _problem(release, local, commit)
    if problem:
        raise BranchConflict(
            f"This clone has a tag {release.plan.tag} that is not on {release.settings.remote}: {problem}.",
            evidence=[f"object: {local}"],
            next_command=f"git tag --delete {release.plan.tag}",
        )
