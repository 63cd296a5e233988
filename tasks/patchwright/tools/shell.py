"""The one door to other programs: `ask` reads, `act` writes."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from patchwright.halts import CommandFailed, Prerequisite

ASK_SECONDS = 60.0
ACT_SECONDS = 600.0
# From asking a program to end until it is killed.
GRACE_SECONDS = 5.0

# What git itself calls local to one repository (`git rev-parse --local-env-vars`, git 2.39), and what bends
# the output of git, gh and Python programs: none of it may leak from the maintainer's shell into a release.
_SCRUBBED = frozenset(
    """
    GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_CONFIG GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_DIR
    GIT_GRAFT_FILE GIT_IMPLICIT_WORK_TREE GIT_INDEX_FILE GIT_INTERNAL_SUPER_PREFIX GIT_NO_REPLACE_OBJECTS
    GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_REPLACE_REF_BASE GIT_SHALLOW_FILE GIT_WORK_TREE
    GIT_DEFAULT_HASH GIT_DIFF_OPTS GIT_EXTERNAL_DIFF GIT_NAMESPACE GIT_QUARANTINE_PATH GIT_LITERAL_PATHSPECS
    GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS GIT_REFLOG_ACTION GIT_SEQUENCE_EDITOR
    GIT_CURL_VERBOSE GH_DEBUG GH_FORCE_TTY GH_HOST GH_PAGER GH_REPO DEBUG
    CLICOLOR_FORCE FORCE_COLOR PY_COLORS COLORTERM LANGUAGE PAGER
    """.split()  # noqa: SIM905  a list of this length reads best as words
)
_FIXED = {
    "LC_ALL": "C",
    "NO_COLOR": "1",
    "GIT_EDITOR": ":",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "GH_PROMPT_DISABLED": "1",
    "GH_TELEMETRY": "false",
}


@dataclass(frozen=True)
class Output:
    """What a program left behind: its exit status, and its streams as text (UTF-8, newlines as they came)."""

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
    """Starts programs by argv, never through a shell, with a time limit and a scrubbed environment.

    `dry` makes `act` tell `on_act` and start nothing. `on_act` hears of every command that writes, before it
    starts; `on_ask` of every command that reads. `limit` (seconds, Invoke's `-T`) bounds every command.
    """

    cwd: Path
    dry: bool = False
    limit: float | None = None
    on_act: Callable[[str], None] = field(default=lambda _command: None)
    on_ask: Callable[[str], None] = field(default=lambda _command: None)
    _running: set[subprocess.Popen[bytes]] = field(default_factory=set, init=False, repr=False)

    def ask(
        self,
        *argv: str,
        cwd: Path | None = None,
        stdin: str | None = None,
        ok: tuple[int, ...] | None = (0,),
        timeout: float = ASK_SECONDS,
        env: Mapping[str, str] | None = None,
    ) -> Output:
        """Run a program that only reads, dry or not, and return its output.

        Raises CommandFailed when it exits with a status that is not in `ok` (None: any will do) or does not
        end in `timeout` seconds, Prerequisite when there is no such program.
        """
        self.on_ask(shown(argv))
        # Reading must not even refresh an index.
        more = {"GIT_OPTIONAL_LOCKS": "0", **(env or {})}
        return self._run(argv, cwd, more, stdin=stdin, ok=ok, timeout=timeout)

    def act(
        self,
        *argv: str,
        cwd: Path | None = None,
        stdin: str | None = None,
        ok: tuple[int, ...] | None = (0,),
        timeout: float = ACT_SECONDS,
        env: Mapping[str, str] | None = None,
    ) -> Output:
        """Run a program that writes and return its output; when dry, start nothing and return none."""
        given = f"  # {stdin.split(chr(10), 1)[0]}" if stdin else ""
        self.on_act(f"{shown(argv)}{given}")
        if self.dry:
            return Output(argv, 0, "", "")
        return self._run(argv, cwd, env or {}, stdin=stdin, ok=ok, timeout=timeout)

    def hand_over(self, *argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
        """Run a program with the terminal in its hands until it ends, and return its exit status."""
        self.on_act(shown(argv))
        inherited = {**os.environ, **(env or {})}
        return subprocess.run(argv, cwd=cwd or self.cwd, env=inherited, check=False).returncode  # noqa: S603  as below

    def serve(self, *argv: str, body: bytes, env: Mapping[str, str], timeout: float = ACT_SECONDS) -> bytes:
        """Run a program that answers one request (as CGI has it): return what it wrote for `body`, as bytes.

        Its exit status says nothing that the answer does not say. Raises subprocess.TimeoutExpired after
        `timeout` seconds.
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

    def _run(  # noqa: PLR0913  the two doors above share it
        self,
        argv: tuple[str, ...],
        cwd: Path | None,
        env: Mapping[str, str],
        *,
        stdin: str | None,
        ok: tuple[int, ...] | None,
        timeout: float,
    ) -> Output:
        limit = timeout if self.limit is None else min(timeout, self.limit)
        try:
            status, stdout, stderr = self._finished(argv, cwd or self.cwd, environment(env), stdin, limit)
        except subprocess.TimeoutExpired as expired:
            raise CommandFailed(
                f"{argv[0]} did not finish within {limit:g} seconds.",
                argv=argv,
                exited=None,
                output=_text(expired.stdout) + _text(expired.stderr),
            ) from None
        except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
            raise Prerequisite(
                f"{argv[0]} could not be started.", evidence=[f"$ {shown(argv)}", f"  {error}"]
            ) from None
        output = Output(argv, status, _text(stdout), _text(stderr))
        if ok is not None and output.status not in ok:
            raise CommandFailed(
                f"{argv[0]} failed.", argv=argv, exited=output.status, output=output.stdout + output.stderr
            )
        return output

    def end_all(self) -> None:
        """Ask every program that runs in another thread to end."""
        for child in tuple(self._running):
            child.terminate()

    def _finished(
        self, argv: tuple[str, ...], cwd: Path, env: Mapping[str, str], stdin: str | None, limit: float
    ) -> tuple[int, bytes, bytes]:
        """Start a program and return its exit status and its streams once it has ended.

        Where that takes longer than `limit` seconds, or something interrupts the wait, it is ended first.
        """
        given = None if stdin is None else stdin.encode("utf-8", "surrogateescape")
        # In our process group: Ctrl-C reaches both, and a pinentry has the terminal to ask on.
        child = subprocess.Popen(  # noqa: S603  argv is a list, and no shell reads it
            argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip  # the process, then its streams
        with child:
            self._running.add(child)
            try:
                stdout, stderr = child.communicate(given, timeout=limit)
            except subprocess.TimeoutExpired as expired:
                expired.stdout, expired.stderr = _end(child)
                raise
            except BaseException:
                _end(child)
                raise
            finally:
                self._running.discard(child)
        return child.returncode, stdout, stderr


def _end(child: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """End a program and return its streams; it has a few seconds for it: a killed git leaves locks."""
    for ended in (child.terminate, child.kill):
        ended()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.communicate(timeout=GRACE_SECONDS)
    # A program that it started has survived it and holds its streams open.
    for stream in (child.stdout, child.stderr):
        if stream:
            stream.close()
    return b"", b""


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that programs get: ours, scrubbed of what bends their doings or their output."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _SCRUBBED
        and not name.startswith(("GIT_TRACE", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"))
    }
    return {**kept, **_FIXED, **more}


def shown(argv: tuple[str, ...]) -> str:
    """Return a command as a person would type it."""
    return shlex.join(argv)


def _text(stream: bytes | None) -> str:
    return (stream or b"").decode("utf-8", "surrogateescape")
