"""Run one step alone, or all steps of a release."""

from __future__ import annotations

from invoke import Context

from patchwright.commands import proposal
from patchwright.engine import runner, session
from patchwright.engine.session import Session
from patchwright.halts import Halt
from patchwright.integration import fast_forward
from patchwright.pipeline import LATE_STEPS, STEPS, STEPS_BY_NAME, Step
from patchwright.releases import outcome
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, Request, parse_request
from patchwright.report.terminal import Report


def run(c: Context, step: Step, **flags: object) -> None:
    """Run one step with the flags of its task, in a session of its own."""
    report = session.new_report(c)
    is_preflight = step is STEPS[0]
    with session.report_halts(c, report, step.name):
        request = parse_request(Flags(**flags), needs_series=False)  # type: ignore[arg-type]  # the flags of the collection
        running = session.start(
            c,
            request,
            report,
            prefers_last=step.name in LATE_STEPS,
            reports_all=is_preflight,
            only_asks=is_preflight,
            task=step.name,
        )
        if step.name == "pick" and not running.release.origin.tag:
            _choose(step, running.release, request, report)
        _run_in(running, step)
        running.close()


def run_all(c: Context, running: Session) -> None:
    """Run every step in the session of a whole release, and close it."""
    for step in STEPS:
        with session.report_halts(c, running.report, step.name):
            _run_in(running, step)
    running.close()


def _choose(step: Step, release: Release, request: Request, report: Report) -> None:
    """Choose the picks as `release.patch` does, and record them if the release has begun."""
    if request.patches is None and not _is_due(step, release):
        return
    proposal.choose_patches(release, request, report)
    if release.record.exists:
        release.begin()


def _is_due(step: Step, release: Release) -> bool:
    """Return whether a step would act now: the steps that it needs are done. A dry run only shows it."""
    needed = (STEPS_BY_NAME[name] for name in step.needs)
    return not release.shell.dry and all(runner.module_of(one).proof(release) for one in needed)


def _run_in(running: Session, step: Step) -> None:
    runner.run(step, running.release, running.report)
    if step is STEPS[-1] and not running.release.shell.dry:
        finish(running.release)
        running.report.summary(running.release)


def finish(release: Release) -> None:
    """Update the local branches and the local tag if that is safe, and record the release as finished.

    Everything that was asked for is done by now, so that a problem here is only a note.
    """
    for act in (_note_outcome, _update_clone, _finish_record):
        try:
            act(release)
        except (Halt, OSError) as problem:
            release.note(f"the release is finished, but not everything was done in this clone: {problem}")


def _note_outcome(release: Release) -> None:
    recorded = outcome.find_outcome(release)
    if recorded:
        release.outcome = recorded.kind
        release.note(f"{outcome.describe(recorded.kind, release.plan.version)}: {recorded.commit.sha}")


def _update_clone(release: Release) -> None:
    release.notes.extend([*fast_forward.update_branches(release), *fast_forward.create_tag(release)])


def _finish_record(release: Release) -> None:
    release.record.finish()
