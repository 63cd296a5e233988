"""Patches, changelog and clean-up are on the mainline, each once, or in the pull request that brings them."""

from __future__ import annotations

from patchwright.halts import RefusedPush
from patchwright.integration import build, pull_request
from patchwright.releases.release import Release

TRIES = 5


def proof(release: Release) -> str | None:
    """Origin's mainline has each patch, the section once, and no rendered fragment; or a pull request has.

    The mainline is judged by what is there, so that any way of merging the pull request will do.
    """
    if not release.public_tag:
        return None
    if not build.left(release, release.mainline_tip):
        mainline = release.settings.mainline
        return f"{mainline} at {release.mainline_tip[:10]} has patches, changelog and clean-up"
    tip = _request_tip(release)
    if tip is None or build.left(release, tip):
        return None
    request = pull_request.found(release)
    if request is None or request.state == "closed":
        return None
    if request.state == "open":
        release.note(f"{release.settings.mainline} has the release when this is merged: {request.url}")
    return f"pull request {request.state}: {request.url}"


def act(release: Release) -> None:
    """Build what is missing on origin's newest mainline and publish it with one fast-forward push.

    Where origin takes no direct push to the mainline, or none is wanted, it goes to a pull request.
    """
    if release.settings.mainline_via == "pull-request" or _request_tip(release) is not None:
        _request(release)
        return
    for attempt in range(1, TRIES + 1):
        tip = release.mainline_tip
        made = build.build(release, tip)
        try:
            release.push(made, f"refs/heads/{release.settings.mainline}")
        except RefusedPush as refusal:
            release.look_again()
            if not build.left(release, release.mainline_tip):
                # It was taken and its answer was lost, or somebody else has integrated.
                return
            if release.mainline_tip == tip:
                _request_instead(release, refusal)
                return
            if attempt == TRIES:
                raise
        else:
            return


def _request_instead(release: Release, refusal: RefusedPush) -> None:
    """Go by a pull request where the mainline has not moved and yet took no push: it is protected."""
    if not release.is_on_github:
        raise refusal
    mainline = release.settings.mainline
    release.narrator.say(
        f"{release.settings.remote} takes no direct push to {mainline}; opening a pull request"
    )
    _request(release)


def _request(release: Release) -> None:
    """Push the integration to its own branch, on top of what that has, and open the pull request once."""
    tip = _request_tip(release)
    if tip is None or build.left(release, tip):
        made = build.build(release, tip or release.mainline_tip)
        release.push(made, f"refs/heads/{release.integration_branch}")
        release.look_again()
    pull_request.open_once(release)


def _request_tip(release: Release) -> str | None:
    return release.origin.get(f"refs/heads/{release.integration_branch}")
