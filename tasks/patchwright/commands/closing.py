"""Closing: record what a person says about a public version if no release run shows that it was published.

A version that was not published is closed: its fragments are removed, its section goes to the mainline, and
the release branch records that it was tagged and not published. The tag stays, and the version is not used
again.
"""

from __future__ import annotations

from invoke import Context

from patchwright.commands import step
from patchwright.engine import runner, session
from patchwright.engine.session import Session
from patchwright.halts import BadArgument, Interrupted, Prerequisite, VersionConflict
from patchwright.invocation import task_command
from patchwright.pipeline import STEPS_BY_NAME
from patchwright.releases import outcome, runs
from patchwright.releases.release import Release
from patchwright.report.terminal import Report

_STEPS = ("clean-up", "integrate-master")


def confirm(release: Release, report: Report, *, yes: bool) -> None:
    """Ask whether to close the public version as not published, unless `--yes` is given.

    Raise VersionConflict if it was published or may still be, BadArgument without a terminal, and Interrupted
    if the answer is no.
    """
    plan, mainline = release.plan, release.settings.mainline
    _require_not_published(release)
    if yes or release.shell.dry or outcome.is_closed(release):
        return
    command = task_command("abandon", plan.version)
    if not report.can_ask:
        raise BadArgument(
            f"Closing {plan.version} needs your consent, but this is not a terminal and --yes is missing.",
            next_command=f"{command} --yes",
        )
    report.say(f"{plan.tag} stays on {release.settings.remote}, and {plan.version} is not used again")
    report.say(f"{plan.branch} gets a commit that removes the fragments and records: tagged, not published")
    report.say(f"{mainline} gets the patches, the changelog section and the removal of the fragments")
    if not report.confirm(f"Close {plan.version} as tagged, not published?"):
        raise Interrupted(f"You declined to close {plan.version}.", next_command=command)


def run(c: Context, running: Session) -> None:
    """Record that the version was not published, clean up, and integrate it into the mainline."""
    release, report = running.release, running.report
    release.outcome = outcome.NOT_PUBLISHED
    for name in _STEPS:
        with session.report_halts(c, report, name):
            runner.run(STEPS_BY_NAME[name], release, report)
    if release.shell.dry:
        return
    with session.report_halts(c, report):
        step.finish(release)
        report.summary(release)
        following = task_command("patch", release.plan.series)
        report.say(f"To publish the same fixes or later ones as the next version: {following}")


def require_open(release: Release) -> None:
    """Raise VersionConflict if the version is closed as not published."""
    plan, found = release.plan, outcome.find_outcome(release)
    if found is None or found.kind != outcome.NOT_PUBLISHED:
        return
    finish = task_command("abandon", plan.version, "--yes")
    raise VersionConflict(
        f"{plan.version} is closed: it was tagged but not published, and it will not be used again.",
        evidence=[f"recorded on {plan.branch} by {found.commit.sha}"],
        remedy=[
            f"If its clean-up or integration is missing, run: {finish}",
            f"Then release the next version: {task_command('patch', plan.series)}",
        ],
        next_command=finish,
    )


def believe_published(release: Release) -> None:
    """Accept that the public version was published because a person says so, if no run shows it.

    Raise VersionConflict if the tag is not public, or if a release run may still publish it.
    """
    plan = release.plan
    if not release.origin.tag:
        raise VersionConflict(
            f"--published says that {plan.version} was published, but {plan.tag} is not on "
            f"{release.settings.remote}.",
            next_command=task_command("patch", plan.version),
        )
    if not outcome.find_outcome(release) and not _find_run_evidence(release):
        _require_nothing_running(release)
        release.outcome = outcome.BY_HAND


def _require_not_published(release: Release) -> None:
    found, plan = outcome.find_outcome(release), release.plan
    if found and found.kind == outcome.NOT_PUBLISHED:
        return
    evidence = found.commit.sha if found else _find_run_evidence(release)
    if evidence:
        raise VersionConflict(
            f"{plan.version} was published, so it cannot be closed as not published.",
            evidence=[evidence],
            remedy=[f"Finish {plan.version}, and fix its errors in the next patch release."],
            never=["Do not delete or move a public tag: other clones have it."],
            next_command=task_command("patch", plan.version),
        )
    _require_nothing_running(release)


def _find_run_evidence(release: Release) -> str | None:
    """Return evidence of a successful release run, or None if GitHub knows of none."""
    try:
        return runs.run_evidence(release, "release")
    except Prerequisite:
        return None


def _require_nothing_running(release: Release) -> None:
    try:
        run = runs.running_release_run(release)
    except Prerequisite:
        return
    if run:
        raise VersionConflict(
            f"{run.title} of {run.head_branch} has not ended: it may still publish {release.plan.version}.",
            evidence=[run.url, f"status: {run.status}"],
            remedy=["Wait until the run has ended, or cancel it:", f"$ {release.github.cancel_command(run)}"],
        )
