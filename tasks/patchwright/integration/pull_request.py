"""The pull request that carries an integration to a mainline which takes no direct push."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from patchwright.halts import BranchConflict

if TYPE_CHECKING:
    from patchwright.releases.release import Release


@dataclass(frozen=True)
class PullRequest:
    """A pull request; `state` is open, closed or merged."""

    number: int
    url: str
    state: str


def found(release: Release) -> PullRequest | None:
    """Return the pull request from the integration branch into the mainline; a closed one where no other."""
    github = release.github
    asked = github.get(
        "pulls",
        head=f"{github.repo.owner}:{release.integration_branch}",
        base=release.settings.mainline,
        state="all",
        sort="created",
        direction="desc",
    )
    known = [_pull_request(one) for one in asked if isinstance(one, dict)]
    return next((one for one in known if one.state != "closed"), known[0] if known else None)


def open_once(release: Release) -> None:
    """Open the pull request where there is none. Halts where a person has closed it unmerged."""
    request = None if release.shell.dry else found(release)
    if request is not None and request.state == "closed":
        raise BranchConflict(
            f"The pull request that integrates {release.plan.tag} was closed without being merged.",
            evidence=[request.url],
            remedy=["Reopen it, or bring the release to the mainline by hand; the next run sees either."],
        )
    if request is None:
        github, plan, mainline = release.github, release.plan, release.settings.mainline
        release.shell.act(
            *("gh", "pr", "create", "--repo", f"{github.repo.host}/{github.repo.slug}"),
            *("--head", release.integration_branch, "--base", mainline),
            *("--title", f"Integrate {plan.tag} into {mainline}"),
            *("--body", body(release)),
        )


def body(release: Release) -> str:
    """Return what the pull request says of itself."""
    plan, mainline = release.plan, release.settings.mainline
    return (
        f"{plan.tag} is released from `{plan.branch}`. This brings to `{mainline}` what it lacks of it: "
        f"patches that were made on the release branch, the changelog's section for {plan.version}, and the "
        "removal of the news fragments that are in that section.\n\n"
        "Merge it in any way (a merge commit, a rebase, or a squash): the release is known by what is there."
    )


def _pull_request(content: dict[str, Any]) -> PullRequest:
    state = "merged" if content.get("merged_at") else str(content.get("state", ""))
    return PullRequest(int(content.get("number", 0)), str(content.get("html_url", "")), state)
