"""Fixes what a release is to hold before its first step: the patches, the message, the date."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from patchwright.halts import Halt, Interrupted
from patchwright.integration import build
from patchwright.patches import choice as patches

if TYPE_CHECKING:
    from patchwright.history.candidate import Candidate
    from patchwright.history.picking import Conflict
    from patchwright.releases.plan import Request
    from patchwright.releases.release import Release
    from patchwright.report.terminal import Report


def fix(release: Release, request: Request, report: Report) -> None:
    """Settle the plan's patches by what was typed, what was kept, or evidence, and keep the intent."""
    if not release.public_tag:
        settle_patches(release, request, report)
        # What the worktree holds fits these patches, or does not.
        release.look_again(origin=False)
        _foresee(release, report)
    # What the worktree holds has begun, also where the journal of it was lost.
    if release.has_intent or (not release.public_tag and release.head != release.start):
        release.begin()


def settle_patches(release: Release, request: Request, report: Report) -> None:
    """Fix the picks: those that were named, else those that were kept, else those with evidence.

    A terminal is asked once. Elsewhere, what the evidence leaves open halts; with --yes, it is left out.
    """
    if request.patches is not None:
        release.plan = replace(release.plan, picks=patches.named(release, request.patches))
        return
    if release.plan.picks is not None:
        return
    judged = patches.candidates(release)
    report.candidates(judged)
    if not request.yes and _can_ask(report) and any(one.verdict != "left out" for one in judged):
        picks = _asked(release, judged)
    else:
        if not request.yes:
            patches.require_clear(release, judged)
        picks = patches.proposed(judged)
    release.plan = replace(release.plan, picks=picks)


def _can_ask(report: Report) -> bool:
    return report.live and sys.stdin.isatty()


def _asked(release: Release, judged: list[Candidate]) -> tuple[str, ...]:
    """Ask once whether the proposal is to be taken; commits that are unsure come in by name alone."""
    picks = patches.proposed(judged)
    unsure = len(patches.proposed(judged, unsure=True)) - len(picks)
    beside = f" ({unsure} unsure left out)" if unsure else ""
    try:
        answer = input(f"Pick {len(picks)} onto {release.plan.branch}{beside}? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise Interrupted(
            "The proposed patches were not taken.",
            remedy=["Name the patches: put commits of the list above in the place of those that follow."],
            next_command=patches.command(release, patches.proposed(judged, unsure=True)),
        )
    return picks


def _foresee(release: Release, report: Report) -> None:
    """Tell of conflicts before anything is written. Neither stops the release here: they are looked into."""
    _tell(report, "a pick will conflict, and need you", patches.foreseen(release, patches.wanted(release)))
    try:
        found = build.foreseen(release)
    except Halt as halt:
        report.say(f"the integration can't be foreseen: {halt.cause}")
        return
    _tell(report, f"the integration into {release.settings.mainline} will conflict, after publication", found)


def _tell(report: Report, what: str, conflict: Conflict | None) -> None:
    if conflict:
        for row in (f"{what}:", *conflict.rows):
            report.say(row)
