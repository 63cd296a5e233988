"""Start other programs: `ask` runs a command that reads, `act` runs a command that writes."""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from patchwright.files import remedy_of
from patchwright.halts import CommandFailed, Interrupted, Prerequisite
from patchwright.tools import processes, streams
from patchwright.tools.streams import Streams, TooMuchOutputError

ASK_SECONDS = 60.0
ACT_SECONDS = 600.0
# A thread that waits for a program notices within this time that the run was interrupted.
_NOTICE_SECONDS = 0.5
# After an interruption, a question to git about the clone may take this long.
_LAST_SECONDS = 0.5
_OFFLINE = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}

# Variables that git calls local to one repository (`git rev-parse --local-env-vars`, git 2.39), and variables
# that change the output of git, gh and Python programs. None may leak from the maintainer's shell. The
# settings in GIT_CONFIG_COUNT stay: they are configuration, like those in a file.
_REMOVED = frozenset(
    """
    GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_DIR
    GIT_ATTR_SOURCE GIT_GRAFT_FILE GIT_IMPLICIT_WORK_TREE GIT_INDEX_FILE
    GIT_INTERNAL_SUPER_PREFIX GIT_NO_REPLACE_OBJECTS
    GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_REPLACE_REF_BASE GIT_SHALLOW_FILE GIT_WORK_TREE
    GIT_DEFAULT_HASH GIT_DIFF_OPTS GIT_EXTERNAL_DIFF GIT_NAMESPACE GIT_QUARANTINE_PATH GIT_LITERAL_PATHSPECS
    GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS GIT_REFLOG_ACTION GIT_SEQUENCE_EDITOR
    GIT_CURL_VERBOSE GH_DEBUG GH_FORCE_TTY GH_HOST GH_PAGER GH_REPO DEBUG
    HATCH_ENV HATCH_ENV_ACTIVE HATCH_PROJECT HATCH_QUIET HATCH_VERBOSE
    UV_PROJECT UV_WORKING_DIR UV_WORKING_DIRECTORY
    CLICOLOR_FORCE FORCE_COLOR PY_COLORS COLORTERM LANGUAGE PAGER
    """.split()  # noqa: SIM905  a list of this length reads best as words
)
_FIXED = {
    "LC_ALL": "C",
    "NO_COLOR": "1",
    "GIT_EDITOR": ":",
    # Objects are read as they are: no replace refs and no grafts, because origin has neither.
    "GIT_GRAFT_FILE": "/dev/null/none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "GH_PROMPT_DISABLED": "1",
    "GH_TELEMETRY": "false",
}


@dataclass(frozen=True)
class Output:
    """The exit status and the output of a program, as UTF-8 text with its own newlines."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str

    @property
    def line(self) -> str:
        """The standard output as one line, without its newline."""
        return self.stdout.removesuffix("\n")

    @property
    def lines(self) -> list[str]:
        """The standard output as lines, split at newlines only."""
        return self.stdout.removesuffix("\n").split("\n") if self.stdout else []


@dataclass
class Shell:
    """Start programs by argv, never through a shell, with a time limit and a clean environment.

    `on_act` is called with every command that writes, before it starts, and `on_ask` with every command that
    reads. With `dry`, `act` calls `on_act` and starts nothing. `limit` (seconds, Invoke's `-T`) is the time
    limit of every command. `variables` are set for every command.
    """

    cwd: Path
    dry: bool = False
    limit: float | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    on_act: Callable[[str], None] = field(default=lambda _command: None)
    on_ask: Callable[[str], None] = field(default=lambda _command: None)
    _running: dict[subprocess.Popen[bytes], str] = field(default_factory=dict, init=False, repr=False)
    _numbers: itertools.count[int] = field(default_factory=itertools.count, init=False, repr=False)
    stopped: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def ask(  # noqa: PLR0913  each option is a keyword
        self,
        *argv: str,
        cwd: Path | None = None,
        stdin: str | None = None,
        ok: tuple[int, ...] | None = (0,),
        timeout: float = ASK_SECONDS,
        env: Mapping[str, str] | None = None,
        only_end: bool = False,
    ) -> Output:
        """Run a program that only reads and return its output, also in a dry run.

        Raise CommandFailed if its exit status is not in `ok` (None accepts every status), if it does not end
        within `timeout` seconds, or if it prints too much. With `only_end`, keep the end of a long output.
        Raise Prerequisite if the program can't be started.
        """
        self.on_ask(command_line(argv))
        # Reading must not even refresh an index.
        more = {"GIT_OPTIONAL_LOCKS": "0", **(env or {})}
        return self._run(argv, cwd, more, stdin=stdin, ok=ok, timeout=timeout, only_end=only_end)

    def act(
        self,
        *argv: str,
        cwd: Path | None = None,
        stdin: str | None = None,
        ok: tuple[int, ...] | None = (0,),
        timeout: float = ACT_SECONDS,
        env: Mapping[str, str] | None = None,
    ) -> Output:
        """Run a program that writes and return the end of its output. In a dry run, start nothing."""
        comment = f"  # {stdin.split(chr(10), 1)[0]}" if stdin else ""
        self.on_act(f"{command_line(argv)}{comment}")
        if self.dry:
            return Output(argv, 0, "", "")
        return self._run(argv, cwd, env or {}, stdin=stdin, ok=ok, timeout=timeout, only_end=True)

    def run_interactively(
        self, *argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> int:
        """Run a program on this terminal until it ends, and return its exit status."""
        self.on_act(command_line(argv))
        inherited = {**os.environ, **(env or {})}
        return subprocess.run(argv, cwd=cwd or self.cwd, env=inherited, check=False).returncode  # noqa: S603  as below

    def serve(self, *argv: str, body: bytes, env: Mapping[str, str], timeout: float = ACT_SECONDS) -> bytes:
        """Run a CGI program for one request with `body`, and return its answer.

        The exit status is ignored, because the answer contains the HTTP status. Raise
        subprocess.TimeoutExpired after `timeout` seconds.
        """
        return subprocess.run(  # noqa: S603  as below
            argv,
            cwd=self.cwd,
            env=environment(env),
            timeout=timeout,
            input=body,
            capture_output=True,
            check=False,
        ).stdout

    def _run(  # noqa: PLR0913  ask and act share it
        self,
        argv: tuple[str, ...],
        cwd: Path | None,
        env: Mapping[str, str],
        *,
        stdin: str | None,
        ok: tuple[int, ...] | None,
        timeout: float,
        only_end: bool,
    ) -> Output:
        limit = timeout if self.limit is None else min(timeout, self.limit)
        if self.stopped.is_set():
            _require_local(argv)
            limit, env = min(limit, _LAST_SECONDS), {**env, **_OFFLINE}
        try:
            status, stdout, stderr = self._wait_for(
                argv, cwd or self.cwd, environment({**self.variables, **env}), stdin, limit, only_end=only_end
            )
        except TooMuchOutputError:
            raise CommandFailed(
                f"{argv[0]} printed more than {streams.MOST_READ // 1_000_000} MB.",
                argv=argv,
                exit_status=-signal.SIGTERM,
                remedy=["Run the command by hand to see what it prints."],
            ) from None
        except subprocess.TimeoutExpired as expired:
            raise CommandFailed(
                f"{argv[0]} did not finish within {limit:g} seconds.",
                argv=argv,
                exit_status=None,
                output=_decode(expired.stdout) + _decode(expired.stderr),
            ) from None
        except OSError as error:
            known = isinstance(error, (FileNotFoundError, PermissionError, NotADirectoryError))
            raise Prerequisite(
                f"{argv[0]} could not be started.",
                evidence=[f"$ {command_line(argv)}", f"  {error}"],
                remedy=[] if known else [remedy_of(error)],
            ) from None
        output = Output(argv, status, _decode(stdout), _decode(stderr))
        if ok is not None and output.status not in ok:
            raise CommandFailed(
                f"{argv[0]} failed.",
                argv=argv,
                exit_status=output.status,
                output=output.stdout + output.stderr,
            )
        return output

    def stop(self) -> None:
        """End every running program, whichever thread started it.

        From now on, only git is started, without the network and for a short time.
        """
        self.stopped.set()
        processes.end(tuple(self._running), tuple(self._running.values()))

    def kill_all(self) -> None:
        """Kill every running program, and what it has started."""
        processes.kill(tuple(self._running), tuple(self._running.values()))

    def _wait_for(  # noqa: PLR0913  what _run knows
        self,
        argv: tuple[str, ...],
        cwd: Path,
        env: Mapping[str, str],
        stdin: str | None,
        limit: float,
        *,
        only_end: bool,
    ) -> tuple[int, bytes, bytes]:
        """Start a program, wait for its end, and return its exit status, standard output and standard error.

        After `limit` seconds, or if the wait is interrupted, terminate the program and raise.
        """
        data = None if stdin is None else stdin.encode("utf-8", "surrogateescape")
        mark = f"{os.getpid()}.{next(self._numbers)}"
        # It stays in our process group, so that Ctrl-C reaches both and a pinentry can use the terminal.
        child = subprocess.Popen(  # noqa: S603  argv is a list, and no shell reads it
            argv, cwd=cwd, env={**env, processes.MARK: mark},
            stdin=subprocess.DEVNULL if data is None else subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip  # the process, then its streams
        pipes = Streams(child, only_end=only_end)
        with child:
            self._running[child] = mark
            try:
                stdout, stderr = self._communicate(pipes, data, limit)
            except subprocess.TimeoutExpired as expired:
                expired.stdout, expired.stderr = _end(child, pipes, mark)
                raise
            except BaseException:
                _end(child, pipes, mark)
                raise
            finally:
                self._running.pop(child, None)
        return child.returncode, stdout, stderr

    def _communicate(self, pipes: Streams, data: bytes | None, limit: float) -> tuple[bytes, bytes]:
        """Return the output of a program. Raise TimeoutExpired at its limit, or if the run is stopped."""
        deadline = time.monotonic() + limit
        while True:
            left = deadline - time.monotonic()
            try:
                return pipes.communicate(data, timeout=max(0.0, min(left, _NOTICE_SECONDS)))
            except subprocess.TimeoutExpired:
                if left <= _NOTICE_SECONDS or self.stopped.is_set():
                    raise


def _require_local(argv: tuple[str, ...]) -> None:
    """Raise Interrupted unless the main thread asks git: it writes the report of the interruption."""
    if argv[0] != "git" or threading.current_thread() is not threading.main_thread():
        raise Interrupted(f"{argv[0]} was not started: the run was interrupted.")


def _end(child: subprocess.Popen[bytes], pipes: Streams, mark: str) -> tuple[bytes, bytes]:
    """End a program with everything that it has started, and return its output."""
    processes.end([child], [mark])
    with contextlib.suppress(subprocess.TimeoutExpired, TooMuchOutputError):
        return pipes.communicate(timeout=_NOTICE_SECONDS)
    # A process that was not found still runs and keeps the streams open.
    for stream in (child.stdout, child.stderr):
        if stream:
            stream.close()
    return b"", b""


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return our environment without the variables that would change what a program does or prints."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _REMOVED and not name.startswith("GIT_TRACE")
    }
    return {**inherited, **_FIXED, **more}


def command_line(argv: tuple[str, ...]) -> str:
    """Return a command as you would type it in a shell."""
    return shlex.join(argv)


def _decode(stream: bytes | None) -> str:
    return (stream or b"").decode("utf-8", "surrogateescape")
