"""Resolve a request: find its clone, its series and its version, and whether that release has begun."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from patchwright import clock
from patchwright.engine.project_settings import find_folder, find_settings
from patchwright.halts import BranchConflict, Prerequisite, VersionConflict
from patchwright.history.landmarks import Landmarks
from patchwright.preflight import remote
from patchwright.progress import Progress
from patchwright.releases import outcome
from patchwright.releases.origin import deleted_branch
from patchwright.releases.plan import (
    Plan,
    PublishedRelease,
    all_series,
    published_releases,
    release_branch,
    require_asserted,
    tag_name,
)
from patchwright.releases.release import Release
from patchwright.releases.request import Request
from patchwright.settings import fill_command
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell, command_line
from patchwright.versions import release_numbers, same_version, successor


def open_clone(
    shell: Shell,
    configured: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, str],
    progress: Progress,
) -> Release:
    """Return a release of the clone in the shell's directory. It has no plan yet.

    `configured` are Invoke's settings by where they are set. Raise Prerequisite if the directory is not in a
    clone, or if a setting is wrong.
    """
    git = Git(shell, shell.cwd)
    clone = git.clone()
    if clone is None:
        raise _no_clone(shell)
    clone = replace(clone, folder=find_folder(clone, shell.cwd))
    settings = find_settings(git, clone, configured, environment)
    return Release(shell, settings, clone, progress)


def resolve_release(release: Release, request: Request, *, prefers_last: bool = False) -> None:
    """Resolve a release to the plan of a request, from the remote's refs and the journal.

    With `prefers_last`, the plan is the last release unless the next one has begun. `release.status` and the
    late steps use this. Raise Prerequisite, BranchConflict or VersionConflict if the release cannot be made.
    """
    remote.require_remote(release)
    series = request.series or only_series(release)
    _require_branches(release, series)
    remote.require_whole_history(release)
    _resolve_version(release, series, request, prefers_last=prefers_last)


def _no_clone(shell: Shell) -> Prerequisite:
    answer = Git(shell, shell.cwd).ask("rev-parse", "--show-toplevel", ok=None)
    holder = next((place for place in (shell.cwd, *shell.cwd.parents) if (place / ".git").exists()), None)
    remedy, command = "Run inv in a clone of the project, inside its work tree.", ""
    if holder and holder.stat().st_uid != os.geteuid():
        remedy = "It belongs to another user. Add it to git's safe directories if you trust it."
        command = shlex.join(["git", "config", "--global", "--add", "safe.directory", str(holder)])
    return Prerequisite(
        f"{shell.cwd} is not inside a git repository (or git refuses to read it).",
        evidence=[f"$ {command_line(answer.argv)}", *(f"  {row}" for row in answer.stderr.splitlines())],
        remedy=[remedy],
        next_command=command,
    )


def only_series(release: Release) -> str:
    """Return the series that is meant if none is named. Raise Prerequisite if that is not clear."""
    unfinished = release.journal.series()
    possible = unfinished or all_series(release.origin.refs, release.settings)
    if len(possible) == 1:
        return possible[0]
    why = "releases are in progress" if unfinished else f"release branches are on {release.settings.remote}"
    raise Prerequisite(
        f"The series is not clear: {len(possible)} {why}.",
        evidence=[", ".join(possible[-10:])] if possible else [],
        remedy=["Give the series with --version, as in --version 1.24."],
    )


def _require_branches(release: Release, series: str) -> None:
    settings, refs = release.settings, release.origin.refs
    branch = release_branch(series, settings)
    past = published_releases(refs, series, settings)
    if f"refs/heads/{branch}" not in refs and past:
        raise deleted_branch(settings.remote, branch, past[-1].tag, past[-1].commit)
    if f"refs/heads/{branch}" not in refs:
        known = ", ".join(all_series(refs, settings)[-10:]) or "none"
        raise BranchConflict(
            f"{settings.remote} has no branch {branch}.",
            evidence=[f"series that have a release branch: {known}"],
            remedy=[
                "Name a series that has a release branch with --version.",
                "If the branch has another name, set `release-branch` in [tool.patchwright].",
            ],
            next_command="",
        )
    if f"refs/heads/{settings.mainline}" not in refs:
        raise BranchConflict(
            f"{settings.remote} has no branch {settings.mainline}.",
            remedy=["Set `mainline` in [tool.patchwright] to the name of the mainline."],
        )


def _resolve_version(release: Release, series: str, request: Request, *, prefers_last: bool) -> None:
    """Resolve to the last patch release if it is unfinished or was asserted, else to its successor."""
    past = published_releases(release.origin.refs, series, release.settings)
    if not past:
        tag, remote = tag_name(f"{series}.0", release.settings), release.settings.remote
        raise VersionConflict(
            f"The series {series} has no release to patch: {remote} has no tag such as {tag}.",
            remedy=[
                f"Release {series}.0 first. If its tag has another form, set `tag` in [tool.patchwright]."
            ],
        )
    last, version = past[-1], successor(past[-1].version)
    last_plan = _plan(release, series, last.version, past[-2], request) if len(past) > 1 else None
    if last_plan:
        _resolve_and_fetch(release, last_plan)
        if request.asserted and release_numbers(request.asserted) == last.order:
            return
        is_open = release.record.is_under_way and not outcome.is_closed(release)
        if is_unfinished(release) or (is_open and not request.asserted):
            why = f"{last.tag} is public, but its clean-up or integration is missing"
            require_asserted(request.asserted, last.version, why)
            return
    require_asserted(request.asserted, version, f"the last one is {last.version}")
    _resolve_and_fetch(release, _plan(release, series, version, last, request))
    if prefers_last and last_plan and not request.asserted and not has_begun(release):
        release.resolve(last_plan)


def _resolve_and_fetch(release: Release, plan: Plan) -> None:
    release.resolve(plan)
    release.origin.fetch()


def _plan(release: Release, series: str, version: str, previous: PublishedRelease, request: Request) -> Plan:
    """Return the plan for a version, from the flags, else from the journal, else from defaults."""
    record = release.journal.read(series)
    if record.version != version:
        record = replace(
            record,
            version=version,
            date=None,
            message=None,
            picks=None,
            skip_check=False,
            again=(),
            integrate_later=False,
            release_only=(),
        )
    return Plan(
        series=series,
        version=version,
        tag=tag_name(version, release.settings),
        branch=release_branch(series, release.settings),
        previous_version=previous.version,
        previous_tag=previous.tag,
        previous=previous.commit,
        date=record.date or clock.today(),
        message=request.message or record.message,
        picks=record.picks,
        skip_check=request.skip_check or record.skip_check,
        integrate_later=request.integrate_later or record.integrate_later,
        again=record.again,
        release_only=record.release_only,
        version_source=release.settings.version_source,
    )


def has_begun(release: Release) -> bool:
    """Return whether the release has begun, by its tag, the journal or the head."""
    if release.origin.tag or release.record.is_under_way:
        return True
    commits, head = release.commits, release.commits.head
    if commits.version_is_from_tag(head):
        return commits.landmarks(head).changelog_commit is not None
    return same_version(commits.snapshot(head).version, release.plan.version)


def is_unfinished(release: Release) -> bool:
    """Return whether a release with a public tag still lacks its clean-up or its integration.

    Two facts show that a release followed the written process: the subject of its version or changelog
    commit, and rendered fragments that are still in the tagged tree. Without these facts the release was made
    in another way, and patchwright does not finish it.
    """
    commits, origin = release.commits, release.origin
    marks = commits.landmarks(origin.tagged_commit)
    remaining = {path for path in marks.fragments if path in commits.snapshot(marks.tip).fragment_files}
    if not remaining or not _follows_process(release, marks):
        return False
    on_branch = commits.snapshot(origin.branch_tip).fragment_files
    if any(on_branch.get(path) == marks.fragments[path] for path in remaining):
        return True
    return not any(commits.snapshot(tip).section(release.plan.version) for tip in origin.integration_tips)


def _follows_process(release: Release, marks: Landmarks) -> bool:
    """Return whether a commit has its subject from the settings. A hook may have added text to it."""
    subjects = (release.settings.version_subject, release.settings.changelog_subject)
    commits = (marks.version_commit or marks.changelog_commit, marks.changelog_commit)
    return any(
        commit is not None and subject in commit.message
        for commit, subject in zip(commits, fill_command(subjects, **release.plan.fields), strict=True)
    )
