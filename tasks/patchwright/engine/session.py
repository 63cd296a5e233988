"""Session: one run of inv, with its release, its lock and its report."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from invoke import Context

from patchwright import files, invocation
from patchwright.engine import lock, resolve
from patchwright.halts import Effects, Halt, Interrupted
from patchwright.pipeline import STEPS
from patchwright.preflight import problems
from patchwright.releases.effects import find_effects
from patchwright.releases.fixing import how_to_commit
from patchwright.releases.origin import Origin
from patchwright.releases.release import Release
from patchwright.releases.request import Request
from patchwright.report.bug import describe_bug
from patchwright.report.terminal import Report, print_json
from patchwright.tools.shell import Shell

_open: list[Session] = []
# The configurations of the runs of inv that have finished a whole release. Each run has its own.
_finished: list[object] = []
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Programs between a terminal and inv pass a signal on that inv has received as well.
_SAME_SIGNAL_SECONDS = 0.1


class Session:
    """The release that the tasks of one run work on.

    A session that `only_asks` takes no lock and records nothing.
    """

    def __init__(
        self, config: object, report: Report, request: Request, *, only_asks: bool, task: str = "patch"
    ) -> None:
        self.config = config
        self.task = task
        self.report = report
        self.request = request
        self.only_asks = only_asks
        self.open_release: Release | None = None
        self.shell: Shell | None = None
        self.exits = contextlib.ExitStack()

    @property
    def release(self) -> Release:
        """The release of this session. Raise LookupError if `start` has not opened it yet."""
        if self.open_release is None:
            raise LookupError(self.request.series)
        return self.open_release

    def close(self) -> None:
        """Release the lock. Later tasks of the run start their own session."""
        self.exits.close()
        if self in _open:
            _open.remove(self)


def current(c: Context) -> Session | None:
    """Return the open session of this run of inv, or None."""
    return next((session for session in _open if session.config is c.config), None)


def remember_finished(c: Context) -> None:
    """Remember that this run of inv has finished a release: the command as typed would begin another one."""
    _finished.append(c.config)


def start(  # noqa: PLR0913  each option is a keyword
    c: Context,
    request: Request,
    report: Report,
    *,
    prefers_last: bool = False,
    reports_all: bool = False,
    only_asks: bool = False,
    task: str = "patch",
) -> Session:
    """Resolve the release of a request, and return the session of a task.

    With `prefers_last`, it is the last release unless the next one has begun. With `reports_all`, a halt
    also reports every other problem that preflight finds. With `only_asks`, and in a dry run, the session
    takes no lock and records nothing.
    """
    shell = _shell(c, report)
    session = Session(c.config, report, request, only_asks=only_asks or shell.dry, task=task)
    session.shell = shell
    _open.append(session)
    release = resolve.open_clone(shell, _configured(c), os.environ, report)
    release.asks = not request.yes
    session.exits.enter_context(release.git.questions_in_quarantine())
    with problems.with_all_problems(release) if reports_all else contextlib.nullcontext():
        if not session.only_asks:
            _lock(session, release)
        resolve.resolve_release(release, request, prefers_last=prefers_last)
    session.open_release = release
    return session


def _lock(session: Session, release: Release) -> None:
    """Lock the clone and the series of the request for this session."""
    series = session.request.series or resolve.only_series(release)
    held = lock.hold(release.clone.common, series, session.report, patience=release.settings.patience)
    release.unlocked = session.exits.enter_context(held).released
    if session.request.series is None:
        # What was read before the lock may have changed.
        release.origin = Origin(release.git, release.settings)


def new_report(c: Context, *, as_json: bool = False) -> Report:
    """Return the report of a run of inv. Invoke's --hide silences standard output."""
    hide: Any = c.config.run.hide
    names = [step.name for step in STEPS]
    return Report(names=names, quiet=hide in {True, "both", "out", "stdout"}, as_json=as_json)


def _configured(c: Context) -> dict[str, dict[str, Any]]:
    """Return the `patchwright` part of Invoke's configuration, by where it is set."""
    merged = dict(c.config.get("patchwright") or {})
    # Only these private attributes have the path and the contents of each file (Invoke 3.0).
    for level in ("runtime", "project", "user", "system"):
        contents, path = getattr(c.config, f"_{level}", None), getattr(c.config, f"_{level}_path", None)
        if merged and path and contents and "patchwright" in contents:
            return {f"{Path(path).name}, `patchwright`": merged}
    return {"Invoke's configuration, `patchwright`": merged}


def _shell(c: Context, report: Report) -> Shell:
    """Return the shell for Invoke's own flags --dry, --echo and -T."""
    run: Any = c.config.run
    shell = Shell(Path(c.cwd or Path.cwd()), dry=bool(run.dry), limit=c.config.timeouts.command)
    if shell.dry or run.echo:
        shell.on_act = report.command
    if run.echo:
        shell.on_ask = report.command
    return shell


@contextlib.contextmanager
def one_document(
    describe: Callable[[Halt], dict[str, object]],
) -> Iterator[Callable[[dict[str, object]], None]]:
    """Yield a function that prints a JSON object. If a halt stops the block, print what `describe` returns.

    Exactly one object is printed, whatever happens.
    """
    is_printed = False

    def show(document: dict[str, object]) -> None:
        nonlocal is_printed
        # A signal must not come between the object and the note that it is printed.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            is_printed = True
            print_json(document)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    try:
        yield show
    except Exception as error:
        halt = error if isinstance(error, Halt) else describe_bug(error)
        if not is_printed:
            with contextlib.suppress(Halt):
                show(describe(halt))
        raise


@contextlib.contextmanager
def report_halts(c: Context, report: Report, step: str | None = None) -> Iterator[None]:
    """Report and record the halt that stops the block. Turn any other exception into a halt first."""
    has_begun = step not in {None, STEPS[0].name}
    with _stop_on_signals() as interruption:
        try:
            yield
        except Halt as halt:
            _report_halt(c, report, halt, step)
            raise
        except KeyboardInterrupt as interrupt:
            interruption.begin()
            _stop_programs(current(c))
            by = interrupt.args[0] if interrupt.args else "Ctrl-C"
            interrupted = Interrupted(
                f"patchwright was interrupted by {by}.",
                remedy=["Nothing was rolled back. Run the same command to continue from here."],
            )
            _report_halt(c, report, interrupted, step)
            raise interrupted from None
        except Exception as error:  # noqa: BLE001  a user sees a report, not a traceback
            fault = files.system_error(error)
            stop = files.describe_fault(fault, has_begun=has_begun) if fault else describe_bug(error)
            _report_halt(c, report, stop, step)
            raise stop from None


def _report_halt(c: Context, report: Report, halt: Halt, step: str | None) -> None:
    """Add the step, the effects and the next command to a halt, record it, and print it."""
    session = current(c)
    halt.step = halt.step or step
    release = session.open_release if session else None
    if session:
        _add_next_command(session, halt)
    if release and halt.on_branch:
        with contextlib.suppress(Halt, OSError, LookupError):
            halt.remedy = (*halt.remedy, *how_to_commit(release))
    for one in (halt, *halt.problems):
        one.next_command = one.next_command and invocation.place(one.next_command)
        one.remedy = tuple(_placed_row(row) for row in one.remedy)
    if release is None:
        halt.effects = (
            halt.effects
            if halt.effects.public
            else Effects(untouched=("everything: the release had not started",))
        )
    else:
        with contextlib.suppress(Halt, OSError):
            halt.effects = find_effects(release)
            if session and session.request.later:
                others = f"what this command releases next: {', '.join(session.request.later)}"
                halt.effects = replace(halt.effects, untouched=(*halt.effects.untouched, others))
            if session and not session.only_asks:
                release.record.add_halt(halt.as_json())
    if session is not None:
        session.close()
    report.halted(halt)


def _add_next_command(session: Session, halt: Halt) -> None:
    """Add the command that continues this release and then the later ones, if the halt names none.

    An empty command says that no command leads on; the halt then says what to do.
    """
    request, release = session.request, session.open_release
    if halt.next_command is not None:
        if request.later:
            rest = invocation.task_command("patch", ",".join(request.later), *request.arguments)
            halt.remedy = (*halt.remedy, f"Then release the rest: {rest}")
        return
    versions = request.versions or ((release.plan.series,) if release else ())
    if not versions:
        return
    if not any(config is session.config for config in _finished):
        halt.next_command = invocation.typed_command()
    if halt.next_command is None:
        halt.next_command = invocation.task_command(session.task, ",".join(versions), *request.arguments)


def _placed_row(row: str) -> str:
    """Return a row of a remedy. A command in it must work where the person is."""
    return f"$ {invocation.enter(row.removeprefix('$ '))}" if row.startswith("$ ") else row


class _Interruption:
    """What signals do: the first one interrupts the run, and a second one ends it at once."""

    def __init__(self) -> None:
        self._began: float | None = None

    def begin(self) -> None:
        """From now on a signal ends the run at once."""
        self._began = self._began or time.monotonic()

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if self._began is None:
            self.begin()
            raise KeyboardInterrupt("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)
        if time.monotonic() - self._began >= _SAME_SIGNAL_SECONDS:
            for session in _open:
                if session.shell:
                    session.shell.kill_all()
            os._exit(Interrupted.status)


@contextlib.contextmanager
def _stop_on_signals() -> Iterator[_Interruption]:
    """Let Ctrl-C, SIGTERM and SIGHUP interrupt the block. A signal that the run ignores stays ignored."""
    interruption = _Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heeded = [number for number in _SIGNALS if before[number] is not signal.SIG_IGN]
    for number in heeded:
        signal.signal(number, interruption)
    try:
        yield interruption
    finally:
        for number in heeded:
            signal.signal(number, before[number])


def _stop_programs(session: Session | None) -> None:
    """End the programs of an interrupted run. Its report needs no network."""
    if session and session.shell:
        session.shell.stop()
