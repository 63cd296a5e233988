"""Run one step, alone or as part of `release.patch`."""

from __future__ import annotations

from invoke import Context

from patchwright.engine import runner, session
from patchwright.integration import fast_forward
from patchwright.pipeline import LATE_STEPS, STEPS, Step
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, parse_request


def run(c: Context, step: Step, version: str | None) -> None:
    """Run a step. As part of `release.patch` it uses the session that `release.patch` started."""
    shared = session.current(c)
    report = shared.report if shared else session.new_report(c)
    is_preflight = step is STEPS[0]
    with session.report_halts(c, report, step.name):
        running = shared or session.start(
            c,
            parse_request(Flags(version), needs_series=False),
            report,
            prefers_last=step.name in LATE_STEPS,
            reports_all=is_preflight,
            only_asks=is_preflight,
        )
        runner.run(step, running.release, running.report)
        is_last = step is STEPS[-1]
        if is_last and not running.release.shell.dry:
            finish(running.release)
            running.report.summary(running.release)
        if is_last or not shared:
            running.close()


def finish(release: Release) -> None:
    """Update the local branches and the local tag if that is safe, and record the release as finished."""
    release.notes.extend([*fast_forward.update_branches(release), *fast_forward.create_tag(release)])
    release.record.finish()
