"""One run of inv: the release that it opened, its lock and its report, shared by the chained tasks."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchwright.halts import Bug, Halt, Interrupted, Standing
from patchwright.tools.shell import Shell, shown

if TYPE_CHECKING:
    from types import FrameType

    from invoke import Context

    from patchwright.releases.plan import Request
    from patchwright.releases.release import Release
    from patchwright.report.terminal import Report

_open: list[Session] = []


class Session:
    """A release that was opened, for as long as the tasks that work on it run."""

    def __init__(self, config: object, report: Report) -> None:
        self.config = config
        self.report = report
        self.opened: Release | None = None
        self.series: str | None = None
        self.closing = contextlib.ExitStack()

    @property
    def release(self) -> Release:
        """The release that `begin` has opened. Raises LookupError before that."""
        if self.opened is None:
            raise LookupError(self.series)
        return self.opened

    def close(self) -> None:
        """Let go of the lock; the tasks that follow open a release of their own."""
        self.closing.close()
        if self in _open:
            _open.remove(self)


def current(c: Context) -> Session | None:
    """Return the session that an earlier task of this run left open: `post` tasks have no flags."""
    return next((session for session in _open if session.config is c.config), None)


def begin(  # noqa: PLR0913  how a release may be opened
    c: Context,
    request: Request,
    report: Report,
    *,
    alone: bool = True,
    after_the_fact: bool = False,
    thorough: bool = False,
) -> Session:
    """Open the release that a request means, holding the clone's lock where `alone`, and return the session.

    A halt on the way is, where `thorough`, one with everything else that stands in the way.
    """
    from patchwright.engine import lock, resolve  # noqa: PLC0415  `inv --list` does without
    from patchwright.preflight import problems  # noqa: PLC0415  `inv --list` does without

    session = Session(c.config, report)
    session.series = request.series
    _open.append(session)
    release = resolve.enter(_shell(c, report), _configured(c), os.environ, report)
    with problems.joined(release) if thorough else contextlib.nullcontext():
        if alone:
            session.closing.enter_context(lock.held(release.clone.common))
        resolve.choose(release, request, after_the_fact=after_the_fact)
    session.opened = release
    return session


def _configured(c: Context) -> dict[str, dict[str, Any]]:
    """Return patchwright's part of Invoke's configuration, by where it is set."""
    merged = dict(c.config.get("patchwright") or {})
    # Invoke keeps each file's path and contents under these names (Invoke 3.0), and offers no others.
    for level in ("runtime", "project", "user", "system"):
        contents, path = getattr(c.config, f"_{level}", None), getattr(c.config, f"_{level}_path", None)
        if merged and path and contents and "patchwright" in contents:
            return {f"{Path(path).name}, `patchwright`": merged}
    return {"Invoke's configuration, `patchwright`": merged}


def _shell(c: Context, report: Report) -> Shell:
    """The door to other programs, as Invoke's own flags want it: --dry, --echo and -T."""
    run: Any = c.config.run
    shell = Shell(Path(c.cwd or Path.cwd()), dry=bool(run.dry), limit=c.config.timeouts.command)
    if shell.dry or run.echo:
        shell.on_act = report.command
    if run.echo:
        shell.on_ask = report.command
    return shell


@contextlib.contextmanager
def halting(c: Context, report: Report, step: str | None = None) -> Iterator[None]:
    """Turn whatever stops the block into a halt that is reported and kept in the journal."""
    with _terminable():
        try:
            yield
        except Halt as halt:
            _stop(c, report, halt, step)
            raise
        except KeyboardInterrupt as stopped:
            _ignore_interrupts()
            cause = f"patchwright was stopped by {stopped.args[0] if stopped.args else 'Ctrl-C'}."
            interrupted = Interrupted(cause, remedy=["Nothing is rolled back; what was done is found again."])
            _stop(c, report, interrupted, step)
            raise interrupted from None
        except Exception as error:  # noqa: BLE001  a traceback that reaches a user is a bug, and this one is told as such
            tail = traceback.format_exception(error)
            bug = Bug(f"patchwright has a bug: {error!r}.", evidence="".join(tail[-6:]).splitlines())
            _stop(c, report, bug, step)
            raise bug from None


def _stop(c: Context, report: Report, halt: Halt, step: str | None) -> None:
    session = current(c)
    halt.step = halt.step or step
    release = session.opened if session else None
    series = release.plan.series if release else session.series if session else None
    if series:
        halt.next_command = halt.next_command or _typed() or f"inv release.patch --version {series}"
    if release is None:
        halt.standing = Standing(untouched=("everything: nothing was begun",))
    else:
        with contextlib.suppress(Halt, OSError):
            halt.standing = release.standing()
            release.intend(halt=halt.as_json())
    if session is not None:
        session.close()
    report.halted(halt)


def _typed() -> str | None:
    """Return the command that was typed, with its flags, to be typed again. None if it was not inv."""
    program = Path(sys.argv[0]).name
    return shown(("inv", *sys.argv[1:])) if program in {"inv", "invoke"} else None


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP stop the block as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_interrupts() -> None:
    """Let the report of an interrupt be written to its end."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)


def quiet(c: Context) -> bool:
    """Tell whether Invoke's --hide asks for silence on standard output."""
    hide: Any = c.config.run.hide
    return hide in {True, "both", "out", "stdout"}
