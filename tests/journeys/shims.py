"""Programs before the real ones on PATH: they count what writes, and stop patchwright at one of it."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from journeys.ground import BIN, Done, Ground

# before: the command is not started. during: it is stopped after some seconds. after: it has ended, and
# nobody has heard of it.
When = Literal["before", "during", "after"]

# git commands that change nothing in a repository that anything refers to; all others count as writing.
_READERS = (
    "--version cat-file check-ref-format commit-tree diff diff-index diff-tree for-each-ref log ls-files "
    "ls-remote ls-tree merge-base merge-tree mktree patch-id rev-list rev-parse show status symbolic-ref "
    "update-index var verify-commit verify-tag"
)

_SHIM = """\
#!/bin/sh
# Stands before {real}: see shims.py.
reads() {{
    case {name} in
    gh)
        case " $* " in
        *" --method GET "*) return 0;;
        *" --method "*|*" -X "*|*" -f "*|*" pr create "*) return 1;;
        *) return 0;;
        esac;;
    hatch) case "$*" in version|*" --version"|--version) return 0;; *) return 1;; esac;;
    esac
    while :; do
        case $1 in
        -C|-c|--git-dir) shift 2;;
        --literal-pathspecs) shift;;
        *) break;;
        esac
    done
    # Trees are made in an index of its own, which is nobody's.
    case "$1 ${{GIT_INDEX_FILE:+apart}}" in
        "read-tree apart"|"write-tree apart"|"update-index apart") return 0;;
    esac
    case "$1 $2" in "worktree list"|"remote get-url"|"remote ") return 0;; esac
    case " $* " in *" push "*"--dry-run "*|*" config "*"--get "*) return 0;; esac
    case " {readers} " in *" $1 "*) return 0;; *) return 1;; esac
}}
stop() {{
    case $signal in
    KILL) kill -KILL 0;;
    TERM) kill -TERM "$(cat {directory}/pid)";;
    *) kill -"$signal" 0;;
    esac
}}
printf '%s\\037' {name} "$@" >> {directory}/commands
echo >> {directory}/commands
if reads "$@"; then exec {real} "$@"; fi
printf '%s\\n' "{name} $*" >> {directory}/writes
number=$(wc -l < {directory}/writes)
read -r at when signal seconds < {directory}/stop-at
hold=$(cat {directory}/hold)
case "$*" in
*"${{hold:-nothing is held}}"*)
    touch {directory}/held
    while [ -e {directory}/held ]; do sleep 0.02; done;;
esac
if [ "$number" -ne "$at" ]; then
    began=$(date +%s.%N)
    {real} "$@"
    status=$?
    echo "$number $began $(date +%s.%N)" >> {directory}/times
    exit $status
fi
case $when in
before) stop; exec sleep 20;;
during) ( sleep "$seconds"; stop ) < /dev/null > /dev/null 2>&1 & exec {real} "$@";;
after) {real} "$@"; stop; exec sleep 20;;
esac
"""

# What hatch does for the almanac, without the second that hatch itself takes.
_QUICK_HATCH = """\
#!/bin/sh
set -e
case "$*" in
--version) echo "Hatch, version 1.18.0";;
version) sed -n "s/^__version__ = '\\(.*\\)'/\\1/p" almanac/__init__.py;;
"version patch")
    old=$(sed -n "s/^__version__ = '\\(.*\\)'/\\1/p" almanac/__init__.py)
    sed -i "s/^__version__ = .*/__version__ = '${old%.*}.$((${old##*.} + 1))'/" almanac/__init__.py;;
version*) sed -i "s/^__version__ = .*/__version__ = '$2'/" almanac/__init__.py;;
*" linters") exec git diff --check;;
*" testers") test -e almanac/years.py;;
*" docsgen") mkdir -p documentation/_build; cat documentation/*.rst > documentation/_build/all.html;;
"--env develop run "*) shift 3; exec "$@";;
*) exit 2;;
esac
"""

# Runs inside every transaction on refs of the clone, while git holds the locks of the refs.
_HOOK = """\
#!/bin/sh
[ "$1" = prepared ] || exit 0
echo >> {directory}/transactions
number=$(wc -l < {directory}/transactions)
read -r at < {directory}/stop-at-transaction
if [ "$number" -eq "$at" ]; then kill -KILL 0; fi
exit 0
"""


@dataclass(frozen=True)
class Stopped:
    """What a run left that was stopped, or was not because it had ended before."""

    done: Done
    was_stopped: bool


@dataclass(frozen=True)
class Running:
    """A run of inv of which a command is held."""

    process: subprocess.Popen[str]
    directory: Path

    def is_held(self) -> bool:
        """Wait until a command waits, or the run has ended; tell whether it is held."""
        deadline = time.monotonic() + 90
        while not (self.directory / "held").exists():
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < deadline, "the command that was to be held was not reached"
            time.sleep(0.02)
        return True

    def await_held(self) -> None:
        """Return when a command waits."""
        assert self.is_held(), self.process.communicate()

    def let_go(self) -> None:
        """Let the command run that waits; the next one waits again."""
        (self.directory / "held").unlink()

    def end(self) -> Done:
        """Hold nothing any more, and return what the run leaves behind."""
        (self.directory / "hold").write_text("")
        (self.directory / "held").unlink(missing_ok=True)
        out, err = self.process.communicate(timeout=180)
        return Done(self.process.returncode, out, err)

    def kill(self) -> None:
        """Kill the run and all that it has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Shims:
    """The shims of one ground: git, hatch and gh. Hatch is a quick substitute unless `real_hatch`."""

    def __init__(self, ground: Ground, *, real_hatch: bool = False) -> None:
        self.ground = ground
        self.directory = ground.root / "shims"
        (self.directory / "bin").mkdir(parents=True)
        (self.directory / "hooks").mkdir()
        for name in ("git", "hatch", "gh"):
            real = str(shutil.which(name, path=ground.env["PATH"]))
            if name == "hatch" and not real_hatch:
                real = str(self._write("quick-hatch", _QUICK_HATCH))
            self._write(
                f"bin/{name}", _SHIM.format(name=name, real=real, readers=_READERS, directory=self.directory)
            )
        self._write("hooks/reference-transaction", _HOOK.format(directory=self.directory))
        ground.git("config", "core.hooksPath", str(self.directory / "hooks"))
        self.forget()

    def _write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def forget(self) -> None:
        """Begin to count anew, and stop nothing."""
        for name in ("commands", "writes", "times", "transactions"):
            (self.directory / name).write_text("")
        (self.directory / "stop-at").write_text("0 - - 0\n")
        (self.directory / "stop-at-transaction").write_text("0\n")
        (self.directory / "hold").write_text("")

    @property
    def env(self) -> dict[str, str]:
        """The environment in which the shims are found first, and waiting is short."""
        return {
            "PATH": f"{self.directory / 'bin'}:{self.ground.env['PATH']}",
            "INVOKE_PATCHWRIGHT_WATCH_INTERVAL": "0.3",
        }

    @property
    def writes(self) -> list[str]:
        """The commands that wrote, or would have, since `forget`."""
        return (self.directory / "writes").read_text().splitlines()

    @property
    def durations(self) -> dict[int, float]:
        """How many seconds each of them took, by its number from 1 on."""
        rows = (row.split() for row in (self.directory / "times").read_text().splitlines())
        return {int(number): float(ended) - float(began) for number, began, ended in rows}

    @property
    def commands(self) -> list[list[str]]:
        """The argv of every command since `forget`."""
        rows = (self.directory / "commands").read_text().splitlines()
        return [row.split("\x1f")[:-1] for row in rows]

    @property
    def transactions(self) -> int:
        """How many transactions on refs there were since `forget`."""
        return len((self.directory / "transactions").read_text().splitlines())

    def inv(self, *arguments: str, cwd: Path | None = None) -> Done:
        """Run inv with the shims on PATH, in a process group of its own."""
        with self.started(*arguments, cwd=cwd) as process:
            out, err = process.communicate(timeout=180)
        return Done(process.returncode, out, err)

    def started(self, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start inv with the shims on PATH, in a process group of its own."""
        begin = f"echo $$ > {self.directory}/pid; exec {BIN / 'inv'} {shlex.join(arguments)}"
        return subprocess.Popen(
            ["/bin/sh", "-c", begin], cwd=cwd or self.ground.clone, env={**self.ground.env, **self.env},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip  # what runs, where, and how

    def stopped(
        self,
        number: int,
        when: When,
        *arguments: str,
        by: signal.Signals = signal.SIGKILL,
        seconds: float = 0.0,
    ) -> Stopped:
        """Run inv and stop it at the command with that number among those that write (from 1 on)."""
        self.forget()
        (self.directory / "stop-at").write_text(f"{number} {when} {by.name[3:]} {seconds}\n")
        done = self.inv(*arguments)
        reached = len(self.writes) >= number
        self._settle()
        return Stopped(done, reached and done.status != 0)

    def killed_in_transaction(self, number: int, *arguments: str) -> Stopped:
        """Run inv and kill it in that transaction on refs (from 1 on), while git holds the locks."""
        self.forget()
        (self.directory / "stop-at-transaction").write_text(f"{number}\n")
        done = self.inv(*arguments)
        reached = self.transactions >= number
        self._settle()
        return Stopped(done, reached)

    @contextlib.contextmanager
    def held(self, words: str, *arguments: str, cwd: Path | None = None) -> Iterator[Running]:
        """Run inv, and let each command that writes and has these words in it wait until it is let go."""
        self.forget()
        (self.directory / "hold").write_text(words)
        process = self.started(*arguments, cwd=cwd)
        try:
            yield Running(process, self.directory)
        finally:
            (self.directory / "hold").write_text("")
            (self.directory / "held").unlink(missing_ok=True)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def _settle(self) -> None:
        """Stop nothing any more, and wait until origin has done what was under way."""
        (self.directory / "stop-at").write_text("0 - - 0\n")
        (self.directory / "stop-at-transaction").write_text("0\n")
        before = self.ground.refs()
        time.sleep(0.2)
        while (now := self.ground.refs()) != before:
            before = now
            time.sleep(0.2)
