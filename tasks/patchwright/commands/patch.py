"""`release.patch`: choose the patches of a release, and run its steps. Several series follow each other."""

from __future__ import annotations

from invoke import Context

from patchwright.commands import closing, preview, step
from patchwright.engine import session
from patchwright.engine.session import Session
from patchwright.halts import Halt, Interrupted
from patchwright.history.candidate import Candidate
from patchwright.history.picking import Conflict
from patchwright.integration import build
from patchwright.invocation import candidates_command
from patchwright.patches import choice
from patchwright.preflight import problems
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, Request, parse_requests
from patchwright.report.terminal import Report
from patchwright.text import quantity

# How many commits that were passed over the summary names.
_NAMED = 5


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
            begin_release(running.release, request, report)
    return running


def begin_release(release: Release, request: Request, report: Report) -> None:
    """Choose the patches, show the conflicts to expect, and record the release if it has begun."""
    if not release.origin.tag:
        choose_patches(release, request, report)
        _show_conflicts(release, request, report)
    # A worktree with new commits shows that the release has begun, even if its record was lost.
    if release.record.is_under_way or (
        not release.origin.tag and release.commits.head != release.commits.start
    ):
        release.begin()


def choose_patches(release: Release, request: Request, report: Report) -> None:
    """Choose the picks: the commits of `--patches`, else the recorded ones, else the proposed ones.

    On a terminal, ask once. With `--yes` or without a terminal, raise BadArgument if a candidate is unsure.
    """
    if request.patches is not None:
        choice.choose_named(release, request.patches)
        return
    if release.plan.picks is not None:
        return
    candidates = choice.collect_candidates(release)
    report.candidates(candidates)
    if not request.yes and report.can_ask and any(one.verdict != "skipped" for one in candidates):
        picks = _ask_for_picks(release, candidates, report)
        _note_left_out(release, candidates)
    else:
        choice.require_clear(release, candidates)
        picks = choice.proposed_commits(candidates)
    release.choose(picks)


def _note_left_out(release: Release, candidates: list[Candidate]) -> None:
    """Note which commits the release leaves out without proof that they do not belong in it."""
    unsure = [one for one in candidates if one.verdict == "unsure"]
    for one in unsure:
        if not one.was_passed_over:
            release.note(f"{one.commit.short} {one.commit.subject} was left out: {one.reason}")
    passed_over = [one.commit for one in unsure if one.was_passed_over]
    if passed_over:
        newest = ", ".join(commit.short for commit in reversed(passed_over[-_NAMED:]))
        more = f" and {len(passed_over) - _NAMED} more" if len(passed_over) > _NAMED else ""
        release.note(f"this release leaves out {newest}{more}, as an earlier release or pick did")


def _ask_for_picks(release: Release, candidates: list[Candidate], report: Report) -> tuple[str, ...]:
    """Ask whether to pick the proposed commits. Unsure commits must be named with `--patches`."""
    picks = choice.proposed_commits(candidates)
    unsure = len(choice.proposed_commits(candidates, unsure=True)) - len(picks)
    note = f" ({unsure} unsure, not included)" if unsure else ""
    commits = quantity(len(picks), "commit")
    if not report.confirm(f"Pick {commits} onto {release.plan.branch}{note}?"):
        raise Interrupted(
            "You declined the proposed patches.",
            remedy=["Name the commits to pick with --patches. The list above shows the candidates."],
            next_command=choice.patch_command(release, picks)
            if picks
            else candidates_command(release.plan.series),
        )
    return picks


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
