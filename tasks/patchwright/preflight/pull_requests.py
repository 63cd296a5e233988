"""Pull requests: origin can take the branch of the integration, and no earlier integration waits."""

from __future__ import annotations

from patchwright.github.rules import Rule, Rules
from patchwright.halts import BranchConflict, Halt, Prerequisite
from patchwright.history.series_file import find_series_files
from patchwright.integration import build, pull_request
from patchwright.invocation import task_command
from patchwright.preflight.remote import can_ask_github
from patchwright.preflight.rules import CLOSING
from patchwright.releases.plan import integration_branch, published_releases
from patchwright.releases.release import Release


def require_integration_branch(release: Release) -> None:
    """Check that a pull request can bring the release to the mainline, if it takes no direct push.

    Raise BranchConflict if the name of another branch on the remote makes the name of the pull request's
    branch impossible, and Prerequisite if a rule forbids that branch.
    """
    clash, by_setting = _clashing_branches(release), release.settings.mainline_via == "pull-request"
    # Each request to GitHub costs time: without either of them, no problem is known.
    via = _why_pull_request(release) if clash or by_setting else None
    if via is None:
        return
    branch, remote = release.plan.integration_branch, release.settings.remote
    if clash:
        raise BranchConflict(
            f"{remote} cannot have a branch {branch} for the pull request to {release.settings.mainline}, "
            f"because it has the branch {clash[0]}.",
            evidence=[f"{release.settings.mainline} needs a pull request: {via}"],
            remedy=[
                f"Rename {clash[0]} on {remote}: git cannot have both names.",
                f"Or get permission to push to {release.settings.mainline} directly.",
            ],
        )
    if not can_ask_github(release) or release.origin.integration_tip:
        return
    creation = [rule for rule in Rules(release.github).of_branch(branch) if rule.type == "creation"]
    if creation:
        raise Prerequisite(
            f"You may not create the branch {branch} for the pull request to {release.settings.mainline}.",
            evidence=[f"{release.settings.mainline} needs a pull request: {via}", *map(str, creation)],
            remedy=["Ask an administrator to exempt branches that begin with patchwright/ from the rule."],
        )


def require_integrated(release: Release) -> None:
    """Raise BranchConflict if the pull request of an earlier release of the series is still open.

    The mainline lacks the changelog section of that release. This release's section would be built without
    it, and one of the two could get lost when both are merged. If none is open, say so.
    """
    refs, mainline = release.origin.refs, release.settings.mainline
    waiting = {
        integration_branch(one.tag): one.version
        for one in published_releases(refs, release.plan.series, release.settings)
        if f"refs/heads/{integration_branch(one.tag)}" in refs and one.tag != release.plan.tag
    }
    waiting = {branch: version for branch, version in waiting.items() if not _is_integrated(release, version)}
    if not waiting or not can_ask_github(release):
        return
    opened = [one for one in pull_request.open_requests(release) if one.branch in waiting]
    if opened:
        raise BranchConflict(
            f"The pull request of an earlier release of {release.plan.series} to {mainline} is still open.",
            evidence=[f"{one.branch}: {one.url}" for one in opened],
            remedy=[
                f"Merge it, so that {mainline} gets the changelog sections in their order.",
                "Then run the same command again.",
            ],
            never=[f"Do not close it without merging it: {mainline} would lack that release."],
        )
    for branch, version in waiting.items():
        release.progress.say(
            f"{mainline} lacks the section of {version}, and no pull request from {branch} is open; "
            f"to bring it there: {task_command('integrate-master', version)}"
        )


def report_others(release: Release) -> None:
    """Name the open pull requests that integrate releases of other series into the same changelog."""
    refs, settings = release.origin.refs, release.settings
    published = published_releases(refs, release.plan.series, settings)
    own = {release.plan.integration_branch, *(integration_branch(one.tag) for one in published)}
    names = {ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/")}
    others = {name for name in names - own if name.startswith(integration_branch(""))}
    if release.origin.tag or not others or not can_ask_github(release):
        return
    try:
        path = build.section_path(release, build.mainline_changelog(release, release.origin.mainline_tip))
        opened = [one for one in pull_request.open_requests(release) if one.branch in others]
        touching = [one for one in opened if path in _changed_paths(release, one.branch)]
    except Halt:
        # The checks have reported it.
        return
    for one in touching:
        release.progress.say(
            f"the pull request from {one.branch} is open and changes {path} of {settings.mainline}, too: "
            f"merge it first, or expect a conflict there: {one.url}"
        )


def _changed_paths(release: Release, branch: str) -> list[str]:
    """Return the files that a branch changes since it left the mainline. Fetch its commits if needed."""
    ref = f"refs/heads/{branch}"
    tip = release.origin.refs[ref]
    if release.git.missing([tip]):
        release.git.fetch_objects(release.settings.remote, [ref])
    fork = release.git.merge_base(release.origin.mainline_tip, tip)
    return release.git.changed_paths(fork, tip) if fork else []


def _clashing_branches(release: Release) -> list[str]:
    """Return the branches on the remote with which the pull request's branch cannot exist."""
    wanted = release.plan.integration_branch
    names = [ref.removeprefix("refs/heads/") for ref in release.origin.refs if ref.startswith("refs/heads/")]
    return [name for name in names if wanted.startswith(f"{name}/") or name.startswith(f"{wanted}/")]


def _why_pull_request(release: Release) -> str | None:
    """Return why the mainline needs a pull request, or None if it takes a push or nobody can say."""
    if release.settings.mainline_via == "pull-request":
        return "the setting `mainline-via`"
    if not can_ask_github(release):
        return None
    rules, mainline = Rules(release.github), release.settings.mainline
    closing: Rule | None = next((rule for rule in rules.of_branch(mainline) if rule.type in CLOSING), None)
    if closing:
        return f"{closing} ({CLOSING[closing.type]})"
    if rules.is_protected(mainline):
        return f"GitHub protects {mainline}"
    return None


def _is_integrated(release: Release, version: str) -> bool:
    """Return whether the mainline has the changelog section of an earlier release of the series."""
    mainline = release.commits.snapshot(release.origin.mainline_tip)
    branch = release.commits.snapshot(release.commits.head)
    files = find_series_files(mainline, branch, release.plan.version)
    return any(mainline.with_changelog_file(path).section(version) is not None for path in files)
