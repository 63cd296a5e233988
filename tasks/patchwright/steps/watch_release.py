"""Watch release: wait until the release workflow has published."""

from __future__ import annotations

from patchwright.halts import Prerequisite, WorkflowFailed
from patchwright.invocation import task_command
from patchwright.releases import outcome, runs
from patchwright.releases.release import Release
from patchwright.text import safe_line


def proof(release: Release) -> str | None:
    """Return evidence that GitHub has a successful release run of exactly this tag and commit.

    What a person has said about the version is evidence as well.
    """
    if not release.origin.tag:
        return None
    found, version = outcome.find_outcome(release), release.plan.version
    if found:
        return f"{outcome.describe(found.kind, version)} ({found.commit.short} records it)"
    if release.outcome:
        return f"you say that {outcome.describe(release.outcome, version)}"
    try:
        return runs.run_evidence(release, "release")
    except Prerequisite:
        # The workflow may be gone by now. `act` says so, with the ways out.
        return None


def act(release: Release) -> None:
    """Wait for the release run, and record that this clone has seen its success.

    Raise WorkflowFailed if it fails; the public tag stays where it is.
    """
    try:
        runs.wait_for_run(release, "release")
    except (WorkflowFailed, Prerequisite) as halt:
        _add_ways_out(release, halt)
        raise
    release.record.add_published(release.run_urls.get("release"))


def _add_ways_out(release: Release, halt: WorkflowFailed | Prerequisite) -> None:
    """Add how to continue if the release run has failed, was deleted or can never succeed."""
    plan, seen = release.plan, release.record.content.published
    by_hand = task_command("patch", plan.version, "--published")
    halt.remedy = (
        *halt.remedy,
        f"If you start the workflow for {plan.tag} by hand, that run counts too.",
        f"If {plan.version} was published in another way, or its runs were deleted: {by_hand}",
        f"If it can never be published, close it: {task_command('abandon', plan.version)}",
    )
    halt.never = (
        *halt.never,
        f"Do not move or delete {plan.tag}: it is public, and others have it.",
    )
    if seen:
        halt.evidence = (*halt.evidence, f"This clone recorded that this run succeeded: {safe_line(seen)}")
        halt.next_command = by_hand
