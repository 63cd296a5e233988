"""Opens a release: which clone, which series, which version, and what is fixed for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from patchwright import clock
from patchwright.halts import BranchConflict, Prerequisite, VersionConflict
from patchwright.history.snapshot import same_version
from patchwright.preflight import guards
from patchwright.releases import plan as plans
from patchwright.releases.release import Release
from patchwright.settings import filled, load
from patchwright.tools.git import Git
from patchwright.tools.shell import shown

if TYPE_CHECKING:
    from patchwright.history.landmarks import Landmarks
    from patchwright.progress import Narrator
    from patchwright.releases.plan import Plan, Released, Request
    from patchwright.tools.shell import Shell


def enter(
    shell: Shell,
    configured: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, str],
    narrator: Narrator,
) -> Release:
    """Return a release of the clone that the shell stands in, without a plan yet.

    `configured` are Invoke's settings by where they are set. Raises Prerequisite where there is no clone, or
    where a setting is wrong.
    """
    clone = Git(shell, shell.cwd).clone()
    if clone is None:
        raise _no_clone(shell)
    settings = load(clone.top / "pyproject.toml", configured, environment)
    return Release(shell, settings, clone, narrator)


def choose(release: Release, request: Request, *, after_the_fact: bool = False) -> None:
    """Fix the plan that a request means, from the remote's refs and the journal.

    `after_the_fact` prefers the last release to one that has not begun: for looking, and for the late steps.
    Raises Prerequisite, BranchConflict or VersionConflict where there is no such release to make.
    """
    guards.require_remote(release)
    series = request.series or _only_series(release)
    _require_branches(release, series)
    guards.require_whole_history(release)
    _choose(release, series, request, after_the_fact=after_the_fact)
    release.seen_first  # noqa: B018  looked up now: it is what origin showed at the start


def _no_clone(shell: Shell) -> Prerequisite:
    asked = Git(shell, shell.cwd).ask("rev-parse", "--show-toplevel", ok=None)
    holder = next((place for place in (shell.cwd, *shell.cwd.parents) if (place / ".git").exists()), None)
    remedy = "Start inv in a clone of the project, in its work tree."
    if holder and holder.stat().st_uid != os.geteuid():
        remedy = (
            f"It is somebody else's. Where you trust it: git config --global --add safe.directory {holder}"
        )
    return Prerequisite(
        f"{shell.cwd} is in no git work tree that git will read.",
        evidence=[f"$ {shown(asked.argv)}", *(f"  {row}" for row in asked.stderr.splitlines())],
        remedy=[remedy],
    )


def _only_series(release: Release) -> str:
    under_way = release.journal.series()
    candidates = under_way or plans.all_series(release.origin, release.settings)
    if len(candidates) == 1:
        return candidates[0]
    what = "releases are under way" if under_way else "release branches exist"
    raise Prerequisite(
        f"Which series? {len(candidates)} {what}.",
        evidence=[", ".join(candidates[-10:])] if candidates else [],
        remedy=["Name it with --version, as in --version 1.24."],
    )


def _choose(release: Release, series: str, request: Request, *, after_the_fact: bool) -> None:
    """Fix the plan: the last patch release where that is unfinished or asked for, else its successor."""
    past = plans.released(release.origin, series, release.settings)
    if not past:
        tag = plans.tag_of(f"{series}.0", release.settings)
        raise VersionConflict(f"There is no release of the series {series} to patch: no tag such as {tag}.")
    last, version = past[-1], plans.successor(past[-1].version)
    if len(past) > 1:
        release.plan = _plan(release, series, last.version, past[-2], request)
        release.bring_objects()
        if request.asserted and plans.release_numbers(request.asserted) == last.order:
            return
        if is_unfinished(release) or (release.is_under_way and not request.asserted):
            why = f"{last.tag} is public, and its clean-up or integration is still to be done"
            plans.require_asserted(request.asserted, last.version, why)
            return
    unfinished_last = release.plan if len(past) > 1 else None
    plans.require_asserted(request.asserted, version, f"the last one is {last.version}")
    release.plan = _plan(release, series, version, last, request)
    release.bring_objects()
    if after_the_fact and unfinished_last and not request.asserted and not has_begun(release):
        release.plan = unfinished_last


def _require_branches(release: Release, series: str) -> None:
    settings = release.settings
    branch = plans.branch_of(series, settings)
    if f"refs/heads/{branch}" not in release.origin:
        known = ", ".join(plans.all_series(release.origin, settings)[-10:]) or "none"
        raise BranchConflict(
            f"{settings.remote} has no branch {branch}.",
            evidence=[f"series that have a release branch: {known}"],
        )
    if f"refs/heads/{settings.mainline}" not in release.origin:
        raise BranchConflict(
            f"{settings.remote} has no branch {settings.mainline}.",
            remedy=["Name the mainline in `mainline` of [tool.patchwright]."],
        )


def _plan(release: Release, series: str, version: str, previous: Released, request: Request) -> Plan:
    """The plan for a version: what the flags say, else what the journal kept of it, else today's defaults."""
    kept = release.journal.read(series)
    if kept.version != version:
        kept = replace(kept, version=version, date=None, message=None, picks=None, skip_check=False)
    if release.git.missing(kept.picks or ()):
        # A journal that came from elsewhere names commits that only its clone had.
        kept = replace(kept, picks=None)
    return plans.Plan(
        series=series,
        version=version,
        tag=plans.tag_of(version, release.settings),
        branch=plans.branch_of(series, release.settings),
        previous_version=previous.version,
        previous_tag=previous.tag,
        previous=previous.commit,
        date=kept.date or clock.today(),
        message=request.message or kept.message,
        picks=kept.picks,
        skip_check=request.skip_check or kept.skip_check,
    )


def has_begun(release: Release) -> bool:
    """Tell whether anything shows that the planned release is under way."""
    return release.is_under_way or same_version(release.tree_at(release.head).version, release.plan.version)


def is_unfinished(release: Release) -> bool:
    """Tell whether the planned release, whose tag is public, still lacks its clean-up or its integration.

    Told by the marks of the written process: the message of its version or changelog commit, and a tagged
    tree that holds the fragments which its changelog rendered. A release without these marks was made
    otherwise, and is nobody's to finish.
    """
    marks = release.landmarks(release.tagged)
    kept = {path for path in marks.fragments if path in release.tree_at(marks.tip).fragment_files}
    if not kept or not _follows_process(release, marks):
        return False
    on_branch = release.tree_at(release.branch_tip).fragment_files
    if any(on_branch.get(path) == marks.fragments[path] for path in kept):
        return True
    return not any(release.tree_at(tip).section(release.plan.version) for tip in release.integration_tips())


def _follows_process(release: Release, marks: Landmarks) -> bool:
    """Tell whether one of its commits says what the settings have it say; a hook may have added to it."""
    told = (release.settings.version_subject, release.settings.changelog_subject)
    commits = (marks.version_commit or marks.changelog_commit, marks.changelog_commit)
    return any(
        commit is not None and subject in commit.message
        for commit, subject in zip(commits, filled(told, **release.plan.fields), strict=True)
    )
