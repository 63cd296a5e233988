"""The Invoke collection: `release` with patch, status and a task a step; `ns` has the practice ground too."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from invoke import Collection, Context, Exit, Task, task

from patchwright.engine import session
from patchwright.halts import Prerequisite
from patchwright.pipeline import BY_NAME, LATE, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from patchwright.engine.runner import Step
    from patchwright.engine.session import Session
    from patchwright.releases.plan import Request
    from patchwright.report.terminal import Report

_SERIES = "series, as in 1.24 (or its exact next version, as in 1.24.3); may be left out where it is clear"
_HELP = {
    "version": "series to patch, as in 1.24 (or its exact next version, as in 1.24.3)",
    "patches": "commits of the mainline to pick, comma separated; `none` if they are on the release branch",
    "message": "brief description, for the tag's message",
    "skip-check": "leave out linters, testers and docsgen; QA still has its word",
    "yes": "take the proposed patches without asking",
}


def _report(c: Context) -> Report:
    from patchwright.report.terminal import Report  # noqa: PLC0415  rich is imported when something is shown

    return Report(names=[step.name for step in STEPS], quiet=session.quiet(c))


def _step_task(step: Step) -> Task[Callable[..., None]]:
    def body(c: Context, version: str | None = None) -> None:
        chained = session.current(c)
        report = chained.report if chained else _report(c)
        with session.halting(c, report, step.name):
            running = chained or session.begin(
                c, _asked(version), report, after_the_fact=step.name in LATE, thorough=step is STEPS[0]
            )
            _run(running, step)
            if not chained:
                running.close()

    body.__doc__ = f"Make it true that {step.title}."
    return Task(body, name=step.name, help={"version": _SERIES}, auto_shortflags=False)


def _asked(version: str | None) -> Request:
    from patchwright.releases import plan  # noqa: PLC0415  `inv --list` does without

    return plan.request(version)


def _run(running: Session, step: Step) -> None:
    from patchwright.commands import step as finish  # noqa: PLC0415  `inv --list` does without
    from patchwright.engine.runner import run  # noqa: PLC0415

    release = running.release
    run(step, release, running.report, BY_NAME)
    if step is STEPS[-1]:
        if not release.shell.dry:
            finish.complete(release)
            running.report.summary(release)
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
    from patchwright.commands import patch  # noqa: PLC0415  `inv --list` does without
    from patchwright.preflight import problems  # noqa: PLC0415  `inv --list` does without
    from patchwright.releases import plan  # noqa: PLC0415  `inv --list` does without

    report = _report(c)
    with session.halting(c, report):
        request = plan.whole_request(version, patches or (), message, skip_check=skip_check, yes=yes)
        release = session.begin(c, request, report, thorough=True).release
        with problems.joined(release):
            report.headline(release)
            patch.fix(release, request, report)


@task(help={"version": _SERIES, "json": "print one JSON object and nothing else"}, auto_shortflags=False)
def status(c: Context, version: str | None = None, json: bool = False) -> None:  # noqa: FBT001, FBT002  Invoke makes a flag of it
    """Show every step of the release with its proof, and what comes next. Changes nothing."""
    from patchwright.commands import status  # noqa: PLC0415  `inv --list` does without

    report = _report(c)
    with session.halting(c, report):
        running = session.begin(c, _asked(version), report, alone=False, after_the_fact=True)
        status.show(running, as_json=json)
        running.close()


@task(help={"version": _HELP["version"]}, auto_shortflags=False)
def abandon(c: Context, version: str | None = None) -> None:
    """Give up a release whose tag is not public: drop what patchwright made of it in this clone."""
    from patchwright.commands import abandon  # noqa: PLC0415  `inv --list` does without
    from patchwright.releases import plan  # noqa: PLC0415  `inv --list` does without

    report = _report(c)
    with session.halting(c, report):
        running = session.begin(c, plan.whole_request(version), report)
        report.headline(running.release)
        for told in abandon.abandon(running.release):
            report.say(told)
        running.close()


@task(help=_HELP, iterable=["patches"], auto_shortflags=False)
def rehearse(  # noqa: PLR0913  one parameter a flag
    c: Context,
    version: str | None = None,
    patches: list[str] | None = None,
    message: str | None = None,
    skip_check: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
    yes: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
) -> None:
    """Run the whole release on a throwaway copy of origin, with a stand-in for GitHub."""
    from patchwright.releases import plan  # noqa: PLC0415  `inv --list` does without

    report = _report(c)
    with session.halting(c, report):
        request = plan.whole_request(version, patches or (), message, skip_check=skip_check, yes=yes)
        with _practice_extra():
            from patchwright.practice import rehearsal  # noqa: PLC0415  comes with the extra `practice`
        running = session.begin(c, request, report, alone=False)
        status = rehearsal.run(running.release, plan.flags(request), report)
        running.close()
    raise Exit(code=status)


@task(
    help={
        "patches": "where they were developed: mainline (then they are picked) or release-branch",
        "fail": "what fails: qa or release",
        "newer-series": "let 1.25.0 be out already: 1.24.1 then goes below it in the changelog",
        "by-hand": "make the ground and run nothing: every task is yours to type",
        "keep": "keep the stand-in running until Ctrl-C, so that every task can be tried by hand",
        "directory": "where to make it: a directory that does not exist; a temporary one otherwise",
    },
    auto_shortflags=False,
)
def practice(  # noqa: PLR0913  one parameter a flag
    c: Context,
    patches: str = "mainline",
    fail: str = "",
    newer_series: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
    by_hand: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
    keep: bool = False,  # noqa: FBT001, FBT002  Invoke makes a flag of it
    directory: str | None = None,
) -> None:
    """Make a small project and a stand-in for GitHub, and run a whole patch release there."""
    report = _report(c)
    with session.halting(c, report):
        with _practice_extra():
            from patchwright.practice import ground  # noqa: PLC0415  comes with the extra `practice`
        asked = ground.wish(patches, fail, directory, newer_series=newer_series, by_hand=by_hand, keep=keep)
        status = ground.run(asked, report)
    raise Exit(code=status)


@contextlib.contextmanager
def _practice_extra() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        raise Prerequisite(
            f"The practice ground's dependencies are not installed: there is no module {missing.name}.",
            next_command="pip install 'patchwright[practice]'",
        ) from None


release = Collection("release", patch, status, abandon, rehearse, *_STEP_TASKS)
ns = Collection(release, practice)
