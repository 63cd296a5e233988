"""Fixes what a release is to hold before its first step: the patches, the message, the date."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from patchwright import patches
from patchwright.halts import Interrupted

if TYPE_CHECKING:
    from patchwright.plan import Request
    from patchwright.release import Release
    from patchwright.report import Report


def fix(release: Release, request: Request, report: Report) -> None:
    """Settle the plan's patches by what was typed, what was kept, or evidence, and keep the intent."""
    if not release.public_tag:
        _fix_patches(release, request, report)
        # What the worktree holds fits these patches, or does not.
        release.look_again(origin=False)
    if release.has_intent:
        release.begin()


def _fix_patches(release: Release, request: Request, report: Report) -> None:
    if request.patches is not None:
        release.plan = replace(release.plan, picks=patches.named(release, request.patches))
        return
    if release.plan.picks is not None:
        return
    judged = patches.candidates(release)
    proposed = tuple(one.commit.sha for one in judged if one.proposed)
    report.candidates(judged)
    if proposed and not request.yes and sys.stdin.isatty() and report.live:
        _ask(release, proposed)
    release.plan = replace(release.plan, picks=proposed)


def _ask(release: Release, proposed: tuple[str, ...]) -> None:
    answer = input(f"Pick these {len(proposed)} onto {release.plan.branch}? [y/N] ")
    if answer.strip().lower() not in {"y", "yes"}:
        raise Interrupted(
            "The proposed patches were not taken.",
            next_command=f"inv release.patch --version {release.plan.series} --patches ...",
        )
