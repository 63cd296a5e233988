"""`release.patch`: choose the patches of a release, and run its steps. Several series follow each other."""

from __future__ import annotations

from dataclasses import replace

from invoke import Context

from patchwright.commands import closing, preview, proposal, step
from patchwright.engine import session
from patchwright.engine.session import Session
from patchwright.halts import BadArgument, Halt
from patchwright.history.picking import Conflict
from patchwright.integration import build
from patchwright.invocation import status_command
from patchwright.patches import choice
from patchwright.preflight import problems
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, Request, parse_requests
from patchwright.report.terminal import Report


def run(c: Context, **flags: object) -> None:
    """Release each series that the flags name, the oldest first. Stop at the first halt."""
    with session.report_halts(c, session.new_report(c)):
        requests = parse_requests(Flags(**flags))  # type: ignore[arg-type]  # the flags of the collection
    for request in requests:
        if c.config.run.dry:
            _show_plan(c, request)
            continue
        running = _begin(c, request)
        step.run_all(c, running)
        session.remember_finished(c)


def _show_plan(c: Context, request: Request) -> None:
    """Show what the release of a request would do, in a dry run."""
    report = session.new_report(c)
    with session.report_halts(c, report):
        running = session.start(c, request, report, reports_all=True, only_asks=True)
        preview.show_plan(running.release, request, report)
        running.close()


def _begin(c: Context, request: Request) -> Session:
    """Resolve the release of a request, and choose its patches. Return the session for its steps."""
    report = session.new_report(c)
    with session.report_halts(c, report):
        running = session.start(c, request, report, reports_all=True)
        with problems.with_all_problems(running.release):
            report.headline(running.release)
            if request.published:
                closing.believe_published(running.release)
            closing.require_open(running.release)
            if request.release_only:
                choose_release_only(running.release, request.release_only)
            begin_release(running.release, request, report)
    return running


def choose_release_only(release: Release, names: tuple[str, ...]) -> None:
    """Let the commits that `--release-only` names stay on the release branch, with those named before.

    Raise BadArgument if a name is not a commit of the release branch since the last release.
    """
    own = {commit.sha for commit in release.commits.landmarks().commits}
    for name in names:
        sha = release.git.commit_with_prefix(name)
        if sha not in own:
            raise BadArgument(
                f"--release-only names {name}, which is not a commit of {release.plan.branch} since "
                f"{release.plan.previous_tag}.",
                next_command=status_command(release.plan.series),
            )
        chosen = dict.fromkeys([*release.plan.release_only, str(sha)])
        release.resolve(replace(release.plan, release_only=tuple(chosen)))


def begin_release(release: Release, request: Request, report: Report) -> None:
    """Choose the patches, show the conflicts to expect, and record the release if it has begun."""
    if not release.origin.tag:
        proposal.choose_patches(release, request, report)
        _show_conflicts(release, request, report)
    # A worktree with new commits shows that the release has begun, even if its record was lost.
    if release.record.is_under_way or (
        not release.origin.tag and release.commits.head != release.commits.start
    ):
        release.begin()


def _show_conflicts(release: Release, request: Request, report: Report) -> None:
    """Show the conflicts to expect before anything is written. They do not stop the release here.

    Raise BranchConflict if the release branch may already have a patch.
    """
    wanted = choice.wanted_patches(release)
    found = choice.find_presence(release, wanted)
    choice.require_decided(release, wanted, found, is_recorded=request.patches is None)
    conflict = choice.predict_conflict(release, wanted)
    _show_conflict(report, "a pick will conflict, and you will have to resolve the conflict", conflict)
    try:
        conflict = build.predict_conflict(release)
    except Halt as halt:
        report.say(f"patchwright cannot predict whether the integration will conflict: {halt.cause}")
        return
    mainline = release.settings.mainline
    when = "after publication" if release.plan.integrate_later else "before anything is public"
    _show_conflict(report, f"the integration into {mainline} will conflict {when}", conflict)


def _show_conflict(report: Report, what: str, conflict: Conflict | None) -> None:
    if conflict:
        for row in (f"{what}:", *conflict.rows):
            report.say(row)
