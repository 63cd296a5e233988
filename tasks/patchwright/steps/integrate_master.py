"""Integrate master: bring patches, changelog and clean-up to the mainline."""

from __future__ import annotations

from patchwright.halts import RefusedPush
from patchwright.integration import build, preparation, pull_request
from patchwright.publication import committers
from patchwright.releases.release import Release

TRIES = 5


def proof(release: Release) -> str | None:
    """Return evidence that origin's mainline, or a pull request, has patches, changelog and clean-up.

    The contents of the mainline count, not its commits: any way to merge the pull request will do.
    """
    if not release.origin.tag:
        return None
    mainline = release.settings.mainline
    if not build.find_missing(release, release.origin.mainline_tip):
        return f"{mainline} at {release.origin.mainline_tip[:10]} has patches, changelog and clean-up"
    tip = release.origin.integration_tip
    if tip is None or build.find_missing(release, tip):
        return None
    request = pull_request.find_pull_request(release)
    if request is None or request.state == "closed":
        return None
    if request.state == "open":
        release.note(f"merge the pull request to bring the release to {mainline}: {request.url}")
    return f"pull request {request.state}: {request.url}"


def act(release: Release) -> None:
    """Publish what was prepared for origin's mainline with one fast-forward push.

    It is built again if somebody else has moved the mainline or the release branch. The mainline gets
    everything of the release or nothing. It goes to a pull request if the settings say so, or if origin
    rejects a direct push to the mainline.
    """
    release.refresh()
    if release.settings.mainline_via == "pull-request" or release.origin.integration_tip is not None:
        _publish_pull_request(release)
        return
    for attempt in range(1, TRIES + 1):
        tip = release.origin.mainline_tip
        commit = _prepare(release)
        try:
            release.origin.push(commit, f"refs/heads/{release.settings.mainline}")
        except RefusedPush as refusal:
            release.refresh()
            if not build.find_missing(release, release.origin.mainline_tip):
                # The push worked and its answer was lost, or somebody else has integrated.
                return
            if release.origin.mainline_tip == tip:
                _fall_back(release, refusal)
                return
            if attempt == TRIES:
                raise
        else:
            return


def _fall_back(release: Release, refusal: RefusedPush) -> None:
    """Use a pull request. The mainline is protected: it has not moved, and yet origin rejected the push."""
    if not release.is_on_github:
        raise refusal
    release.progress.say(
        f"{release.settings.remote} rejected the push to {release.settings.mainline}; "
        "opening a pull request instead"
    )
    _publish_pull_request(release)


def _publish_pull_request(release: Release) -> None:
    """Push the integration to its own branch, on top of what it has, and open the pull request once."""
    tip = release.origin.integration_tip
    if tip is None or build.find_missing(release, tip):
        commit = _prepare(release)
        release.origin.push(commit, f"refs/heads/{release.plan.integration_branch}")
        release.refresh()
    pull_request.open_once(release, again=tip is None)


def _prepare(release: Release) -> str:
    commit = preparation.prepare(release)
    committers.require_own_integration(release, commit)
    return commit
