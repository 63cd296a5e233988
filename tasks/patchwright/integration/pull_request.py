"""The pull request that integrates a release if the mainline accepts no direct push."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from patchwright.github.repository import PAGE
from patchwright.halts import BranchConflict
from patchwright.releases.release import Release


@dataclass(frozen=True)
class PullRequest:
    """A pull request from a branch; `state` is open, closed or merged."""

    number: int
    url: str
    state: str
    branch: str = ""


def find_pull_request(release: Release) -> PullRequest | None:
    """Return the pull request from the integration branch to the mainline.

    An open or merged one is preferred to a closed one, and a newer one to an older one.
    """
    github = release.github
    answer = github.get(
        "pulls",
        head=f"{github.current_repo().owner}:{release.plan.integration_branch}",
        base=release.settings.mainline,
        state="all",
        sort="created",
        direction="desc",
    )
    known = [_read_pull_request(content) for content in answer if isinstance(content, dict)]
    return next((one for one in known if one.state != "closed"), known[0] if known else None)


def open_requests(release: Release) -> list[PullRequest]:
    """Return the open pull requests to the mainline, the newest 100 at most."""
    answer = release.github.get("pulls", base=release.settings.mainline, state="open", per_page=PAGE)
    return [_read_pull_request(content) for content in answer if isinstance(content, dict)]


def open_once(release: Release, *, again: bool = False) -> None:
    """Open the pull request if it does not exist yet.

    Raise BranchConflict if it was closed without being merged. With `again`, open a new one instead: somebody
    has deleted the branch of the closed one.
    """
    request = None if release.shell.dry else find_pull_request(release)
    is_closed = request is not None and request.state == "closed"
    branch, remote = release.plan.integration_branch, release.settings.remote
    if request is not None and is_closed and not again:
        raise BranchConflict(
            f"The pull request that integrates {release.plan.tag} was closed without being merged.",
            evidence=[request.url],
            remedy=[
                "Reopen it, or bring the release to the mainline by hand.",
                f"Or delete {branch} on {remote}: patchwright then opens a new pull request.",
                "Then run the same command again.",
            ],
        )
    if request is None or is_closed:
        github, plan, mainline = release.github, release.plan, release.settings.mainline
        release.shell.act(
            *("gh", "pr", "create", "--repo", github.current_repo().full_slug),
            *("--head", plan.integration_branch, "--base", mainline),
            *("--title", f"Integrate {plan.tag} into {mainline}"),
            *("--body", _body(release)),
        )


def _body(release: Release) -> str:
    plan, mainline = release.plan, release.settings.mainline
    return (
        f"{plan.tag} was released from `{plan.branch}`. This pull request adds to `{mainline}` what it still "
        "lacks:\n\n"
        "- the patches from the release branch\n"
        f"- the changelog section for {plan.version}\n"
        "- the removal of the news fragments that this section contains\n\n"
        "You can use a merge commit, a rebase or a squash. "
        f"patchwright looks at the content of `{mainline}`, not at how it was merged."
    )


def _read_pull_request(content: dict[str, Any]) -> PullRequest:
    state = "merged" if content.get("merged_at") else str(content.get("state", ""))
    head = content.get("head")
    branch = str(head.get("ref", "")) if isinstance(head, dict) else ""
    return PullRequest(int(content.get("number", 0)), str(content.get("html_url", "")), state, branch)
