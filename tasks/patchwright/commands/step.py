"""Run one step alone, or all steps of a release."""

from __future__ import annotations

from collections.abc import Sequence

from invoke import Context

from patchwright.engine import runner, session
from patchwright.engine.session import Session
from patchwright.halts import Halt
from patchwright.integration import fast_forward
from patchwright.patches import choice
from patchwright.pipeline import LATE_STEPS, STEPS, Step
from patchwright.releases import outcome
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, parse_request


def run(c: Context, step: Step, version: str | None, patches: Sequence[str] = ()) -> None:
    """Run one step, in a session of its own."""
    report = session.new_report(c)
    is_preflight = step is STEPS[0]
    with session.report_halts(c, report, step.name):
        request = parse_request(Flags(version, patches), needs_series=False)
        running = session.start(
            c,
            request,
            report,
            prefers_last=step.name in LATE_STEPS,
            reports_all=is_preflight,
            only_asks=is_preflight,
            task=step.name,
        )
        if request.patches is not None and not running.release.origin.tag:
            _choose(running.release, request.patches)
        _run_in(running, step)
        running.close()


def run_all(c: Context, running: Session) -> None:
    """Run every step in the session of a whole release, and close it."""
    for step in STEPS:
        with session.report_halts(c, running.report, step.name):
            _run_in(running, step)
    running.close()


def _choose(release: Release, names: tuple[str, ...]) -> None:
    """Set the picks to the commits that `--patches` names, and record them if the release has begun."""
    choice.choose_named(release, names)
    if release.record.exists:
        release.begin()


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
