"""The Invoke collection: `release` with patch, status and a task a step, and `ns` with the practice ground beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke import Collection, Context, Task, task

from patchwright import session
from patchwright.pipeline import BY_NAME, LATE, STEPS

if TYPE_CHECKING:
    from patchwright.plan import Request
    from patchwright.report import Report
    from patchwright.session import Session
    from patchwright.step import Step

_SERIES = "series, as in 1.24 (or its exact next version, as in 1.24.3); may be left out where it is clear"
_HELP = {
    "version": "series to patch, as in 1.24 (or its exact next version, as in 1.24.3)",
    "patches": "commits of the mainline to pick, separated by commas; `none` when they are on the release branch",
    "message": "brief description, for the tag's message",
    "skip-check": "leave out linters, testers and docsgen; QA still has its word",
    "yes": "take the proposed patches without asking",
}


def _report(c: Context) -> Report:
    from patchwright.report import Report  # noqa: PLC0415  rich is imported when something is shown

    return Report(names=[step.name for step in STEPS], quiet=session.quiet(c))


def _step_task(step: Step) -> Task:
    def body(c: Context, version: str | None = None) -> None:
        chained = session.current(c)
        report = chained.report if chained else _report(c)
        with session.halting(c, report, step.name):
            running = chained or session.begin(c, _asked(version), report, after_the_fact=step.name in LATE)
            _run(running, step)
            if not chained:
                running.close()

    body.__doc__ = f"Make it true that {step.title}."
    return Task(body, name=step.name, help={"version": _SERIES}, auto_shortflags=False)


def _asked(version: str | None) -> Request:
    from patchwright import plan  # noqa: PLC0415  `inv --list` does without

    return plan.request(version)


def _run(running: Session, step: Step) -> None:
    from patchwright import completion  # noqa: PLC0415  `inv --list` does without
    from patchwright.step import run  # noqa: PLC0415

    release = running.release
    if release is None:
        return
    run(step, release, running.report, BY_NAME)
    if step is STEPS[-1] and not release.shell.dry:
        completion.complete(release)
        running.report.summary(release)
    if step is STEPS[-1]:
        running.close()


_STEP_TASKS = [_step_task(step) for step in STEPS]


@task(post=_STEP_TASKS, help=_HELP, iterable=["patches"], auto_shortflags=False)
def patch(  # noqa: PLR0913  one parameter a flag
    c: Context,
    version: str | None = None,
    patches: list[str] | None = None,
    message: str | None = None,
    skip_check: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
    yes: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
) -> None:
    """Take a patch release from the release branch to the public, and back to the mainline."""
    from patchwright import intending, plan  # noqa: PLC0415  `inv --list` does without

    report = _report(c)
    with session.halting(c, report):
        request = plan.request(version, patches or (), message, skip_check=skip_check, yes=yes)
        plan.require_series(request)
        release = session.begin(c, request, report).release
        if release is not None:
            report.headline(release)
            intending.fix(release, request, report)


@task(help={"version": _SERIES, "json": "print one JSON object and nothing else"}, auto_shortflags=False)
def status(c: Context, version: str | None = None, json: bool = False) -> None:  # noqa: FBT001, FBT002  Invoke makes a flag of it
    """Show every step of the release with its proof, and what comes next. Changes nothing."""
    from patchwright import standing  # noqa: PLC0415  `inv --list` does without

    report = _report(c)
    with session.halting(c, report):
        running = session.begin(c, _asked(version), report, alone=False, after_the_fact=True)
        standing.show(running, as_json=json)
        running.close()


release = Collection("release", patch, status, *_STEP_TASKS)
ns = Collection(release)
