"""Shims for git, hatch and gh on PATH: they count the commands that write, and stop a run at one of them.

A run is stopped from inside. The shim, or a hook of the git that it runs, reaches the boundary, sends the
signal and waits there until the run has ended. No clock is involved.
"""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import shutil
import signal
import subprocess
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from journeys.ground import BIN, Done, Ground

# Points inside a command. The other points are "before" (it has not started) and "after" (it has ended, and
# patchwright does not know yet). " 2" follows if the command reaches the point a second time.
REFS_LOCKED = "refs locked"  # git holds the locks of the refs that it is about to change
INDEX_WRITTEN = "index written"  # git has written a changed index and has not ended
ORIGIN_LOCKED = "origin locked"  # origin is about to accept a push, and does so after the run has ended
HALF_DONE = "half done"  # hatch, towncrier or `git init` has done a part of its work
# The command with that number has ended, and the run asks the next question.
QUESTION = "question"

# A run that takes longer hangs (seconds).
LIMIT = 300.0

# git commands that change nothing that a ref names; all others count as commands that write.
_READERS = (
    "--version cat-file check-ref-format commit-tree diff diff-index diff-tree for-each-ref log ls-files "
    "ls-remote ls-tree merge-base merge-tree mktree patch-id rev-list rev-parse show status symbolic-ref "
    "update-index var verify-commit verify-tag"
)

# The code of both shims and hooks. SHIM_NUMBER is the number of the command that writes.
_POINTS = """\
directory={directory}
point() {{
    times=$(grep -c "^$SHIM_NUMBER $1" "$directory/points" || :)
    name=$1
    if [ "$times" -gt 0 ]; then name="$1 $((times + 1))"; fi
    echo "$SHIM_NUMBER $name" >> "$directory/points"
    stop_if_at "$name"
}}
stop_if_at() {{
    read -r signal at < "$directory/stop-at"
    if [ "$at" = "$SHIM_NUMBER $1" ]; then stop "$signal"; fi
}}
stop() {{
    : > "$directory/stopped"
    # The run must neither wait for the output of what waits here nor end it by the signal to the group.
    exec < /dev/null > /dev/null 2>&1
    trap '' INT HUP
    run=$(cat "$directory/pid")
    case $1 in
    TERM) kill -s TERM "$run";;
    *) kill -s "$1" -- "-$run";;
    esac
    wait_for_go
    case $2 in goes-on) ;; *) exit 1;; esac
}}
wait_for_go() {{ read -r _ < "$directory/go"; }}
"""

_SHIM = """\
#!/bin/sh
# A shim for {real}: see shims.py.
. {directory}/points.sh
reads() {{
    case {name} in
    gh)
        case " $* " in
        *" --method GET "*) return 0;;
        *" --method "*|*" -X "*|*" -f "*|*" pr create "*) return 1;;
        *) return 0;;
        esac;;
    hatch) case "$*" in version|status|*" --version"|--version) return 0;; *) return 1;; esac;;
    esac
    while :; do
        case $1 in
        -C|-c|--git-dir) shift 2;;
        --literal-pathspecs) shift;;
        *) break;;
        esac
    done
    subcommand=$1
    # patchwright builds trees in an index of its own.
    case "$1 ${{GIT_INDEX_FILE:+apart}}" in
        "read-tree apart"|"write-tree apart"|"update-index apart") return 0;;
    esac
    case "$1 $2" in "worktree list"|"remote get-url"|"remote "|"reflog show") return 0;; esac
    case " $* " in *" push "*"--dry-run "*|*" config "*"--get "*|*" config "*"--list "*) return 0;; esac
    case " {readers} " in *" $1 "*) return 0;; *) return 1;; esac
}}
subcommand=
printf '%s\\037' {name} "$@" >> "$directory/commands"
echo >> "$directory/commands"
if reads "$@"; then
    SHIM_NUMBER=$(wc -l < "$directory/writes")
    stop_if_at {question!r}
    unset SHIM_NUMBER
    exec {real} "$@"
fi
# A program behind another shim runs this one: that is a point inside the other program.
if [ -n "$SHIM_NUMBER" ]; then point {half_done!r}; fi
printf '%s\\n' "{name} $*" >> "$directory/writes"
SHIM_NUMBER=$(wc -l < "$directory/writes")
export SHIM_NUMBER
hold=$(cat "$directory/hold")
case "$*" in
*"${{hold:-nothing is held}}"*)
    echo > "$directory/reached"
    wait_for_go;;
esac
stop_if_at before
case $subcommand in
# The hooks ask whether the index has changed.
add|rm) SHIM_INDEX=$({real} ls-files --stage | cksum); export SHIM_INDEX;;
# `git init` runs no hook. It creates this first.
init)
    for repository; do :; done
    mkdir -p "$repository/refs"
    point {half_done!r};;
esac
read -r _ at < "$directory/stop-at"
if [ "$at" = "$SHIM_NUMBER after" ]; then
    {real} "$@"
    stop_if_at after
fi
# A signal from patchwright must reach the program itself.
exec {real} "$@"
"""

# What hatch does for the almanac, without the second that hatch itself takes.
_QUICK_HATCH = """\
#!/bin/sh
set -e
. {directory}/points.sh
now() {{ sed -n "s/^__version__ = '\\(.*\\)'/\\1/p" almanac/__init__.py; }}
change() {{
    new=$(sed "s/^__version__ = .*/__version__ = '$1'/" almanac/__init__.py)
    printf '%.20s' "$new" > almanac/__init__.py
    point {half_done!r}
    printf '%s\\n' "$new" > almanac/__init__.py
}}
case "$*" in
--version) echo "Hatch, version 1.18.0";;
version) now;;
"version patch") old=$(now); change "${{old%.*}}.$((${{old##*.}} + 1))";;
version*) change "$2";;
*" linters") point {half_done!r}; exec git diff --check;;
*" testers") point {half_done!r}; test -e almanac/years.py;;
*" docsgen")
    mkdir -p documentation/_build
    point {half_done!r}
    cat documentation/*.rst > documentation/_build/all.html;;
"--env develop run "*) shift 3; exec "$@";;
*) exit 2;;
esac
"""

# The hooks of the maintainer's clone. Only commands that run below a shim count.
_HOOKS = {
    "reference-transaction": """\
#!/bin/sh
[ -n "$SHIM_NUMBER" ] || exit 0
. {directory}/points.sh
if [ "$1" = prepared ]; then point {refs_locked!r}; fi
exit 0
""",
    "post-index-change": """\
#!/bin/sh
[ -n "$SHIM_INDEX" ] || exit 0
. {directory}/points.sh
# Whether git also writes an index that is the same depends on the time of day.
if [ "$(git ls-files --stage | cksum)" != "$SHIM_INDEX" ]; then point {index_written!r}; fi
exit 0
""",
}

# In the repository behind origin, which no shim stands before. It must take the push after the run has ended.
_ORIGIN_HOOK = """\
#!/bin/sh
[ "$1" = prepared ] || exit 0
. {directory}/points.sh
case "$(tail -n 1 "$directory/writes")" in "git push "*) ;; *) exit 0;; esac
SHIM_NUMBER=$(wc -l < "$directory/writes")
echo "$SHIM_NUMBER "{origin_locked!r} >> "$directory/points"
read -r signal at < "$directory/stop-at"
if [ "$at" = "$SHIM_NUMBER "{origin_locked!r} ]; then stop "$signal" goes-on; fi
exit 0
"""


@dataclass(frozen=True)
class Stopped:
    """What a run left behind that was to be stopped, and whether it reached the boundary."""

    done: Done
    was_stopped: bool


class _Pipe:
    """A named pipe. The tests keep both ends open, so that nobody waits for the other side to open it."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        weakref.finalize(self, os.close, self.fd)

    def write_line(self) -> None:
        os.write(self.fd, b"\n")

    def empty(self) -> None:
        """Discard the unread bytes."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.fd, 1000)


@dataclass(frozen=True)
class Running:
    """A run of inv in which a command is held. `ended` is readable when the run has ended."""

    process: subprocess.Popen[str]
    shims: Shims
    ended: int

    def is_held(self) -> bool:
        """Wait until a command is held or the run has ended; return whether a command is held."""
        reached = self.shims.reached.fd
        ready, _, _ = select.select([reached, self.ended], [], [], LIMIT)
        assert ready, "the command that was to be held was not reached"
        if reached in ready:
            os.read(reached, 1)
        return reached in ready

    def await_held(self) -> None:
        """Wait until a command is held."""
        assert self.is_held(), self.process.communicate()

    def let_go(self) -> None:
        """Let the held command run. The next one is held again."""
        self.shims.go.write_line()

    def end(self) -> Done:
        """Let the held command run, hold no other, and return the result of the run."""
        self.shims.hold_nothing()
        self.let_go()
        # Another command may have been held before `hold_nothing`.
        while self.is_held():
            self.let_go()
        out, err = self.process.communicate(timeout=LIMIT)
        return Done(self.process.returncode, out, err)

    def kill(self) -> None:
        """Kill the run and every program that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Shims:
    """The shims of a ground: git, hatch and gh. A quick substitute stands in for Hatch."""

    def __init__(self, ground: Ground, name: str = "shims") -> None:
        self.ground = ground
        self.directory = ground.root / name
        (self.directory / "bin").mkdir(parents=True)
        (self.directory / "hooks").mkdir()
        self.reached, self.go = _Pipe(self.directory / "reached"), _Pipe(self.directory / "go")
        self._write(self.directory / "points.sh", _POINTS)
        hatch = self._write(self.directory / "quick-hatch", _QUICK_HATCH)
        for program in ("git", "hatch", "gh"):
            real = hatch if program == "hatch" else shutil.which(program, path=ground.env["PATH"])
            self._write(self.directory / "bin" / program, _SHIM, name=program, real=real, readers=_READERS)
        for hook, text in _HOOKS.items():
            self._write(self.directory / "hooks" / hook, text)
        self._write(ground.project.origin / "hooks" / "reference-transaction", _ORIGIN_HOOK)
        ground.git("config", "core.hooksPath", str(self.directory / "hooks"))
        self.forget()

    def _write(self, path: Path, text: str, **words: object) -> Path:
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            text.format(
                directory=self.directory, refs_locked=REFS_LOCKED, index_written=INDEX_WRITTEN,
                origin_locked=ORIGIN_LOCKED, half_done=HALF_DONE, question=QUESTION, **words,
            )
        )  # fmt: skip  # the names of the points
        path.chmod(0o755)
        return path

    def forget(self) -> None:
        """Reset the counts, and stop and hold no command."""
        for name in ("commands", "writes", "points"):
            (self.directory / name).write_text("")
        (self.directory / "stopped").unlink(missing_ok=True)
        (self.directory / "stop-at").write_text("- -\n")
        self.hold_nothing()
        self.reached.empty()
        self.go.empty()

    def hold(self, words: str) -> None:
        """Hold each further command that writes and contains these words, in place of others."""
        (self.directory / "hold").write_text(words)

    def hold_nothing(self) -> None:
        """Hold no further command."""
        self.hold("")

    def stop_at(self, number: int, point: str, by: signal.Signals = signal.SIGKILL) -> None:
        """Stop the run at a point of a command: `number` counts the commands that write, from 1."""
        (self.directory / "stop-at").write_text(f"{by.name.removeprefix('SIG')} {number} {point}\n")

    @property
    def env(self) -> dict[str, str]:
        """The environment with the shims first on PATH and a short watch interval."""
        return {
            "PATH": f"{self.directory / 'bin'}:{self.ground.env['PATH']}",
            "INVOKE_PATCHWRIGHT_WATCH_INTERVAL": "0.3",
        }

    @property
    def writes(self) -> list[str]:
        """The commands since `forget` that wrote or were going to write."""
        return (self.directory / "writes").read_text().splitlines()

    @property
    def points(self) -> list[tuple[int, str]]:
        """The points inside commands since `forget`, each with the number of its command."""
        rows = (row.split(" ", 1) for row in (self.directory / "points").read_text().splitlines())
        return [(int(number), point) for number, point in rows]

    @property
    def commands(self) -> list[list[str]]:
        """The argv of every command since `forget`."""
        rows = (self.directory / "commands").read_text().splitlines()
        return [row.split("\x1f")[:-1] for row in rows]

    @property
    def was_stopped(self) -> bool:
        """Whether a run since `forget` reached the boundary that `stop_at` names."""
        return (self.directory / "stopped").exists()

    def inv(self, *arguments: str, cwd: Path | None = None) -> Done:
        """Run inv with the shims on PATH, in a process group of its own."""
        process = self.started(*arguments, cwd=cwd)
        try:
            out, err = process.communicate(timeout=LIMIT)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        return Done(process.returncode, out, err).checked(arguments)

    def started(
        self, *arguments: str, cwd: Path | None = None, keeping: tuple[int, ...] = ()
    ) -> subprocess.Popen[str]:
        """Start inv with the shims on PATH, in its own process group. It inherits the files in `keeping`."""
        begin = f"echo $$ > {self.directory}/pid; exec {BIN / 'inv'} {shlex.join(arguments)}"
        return subprocess.Popen(
            ["/bin/sh", "-c", begin], cwd=cwd or self.ground.clone, env={**self.ground.env, **self.env},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True, pass_fds=keeping,
        )  # fmt: skip  # what runs, where, and how

    def stopped(
        self, number: int, point: str, *arguments: str, by: signal.Signals = signal.SIGKILL
    ) -> Stopped:
        """Run inv and stop it at a point of a command: `number` counts the commands that write, from 1."""
        self.forget()
        self.stop_at(number, point, by)
        done = self.inv(*arguments)
        if self.was_stopped:
            # The program that waits in the boundary ends; origin continues instead.
            self.go.write_line()
        with self.ground.standin.pushes.between_pushes():
            return Stopped(done, self.was_stopped)

    @contextlib.contextmanager
    def held(self, words: str, *arguments: str, cwd: Path | None = None) -> Iterator[Running]:
        """Run inv, and hold each command that writes and contains these words until `let_go`."""
        self.forget()
        self.hold(words)
        # Only inv keeps the other end: the programs that it starts do not inherit it.
        ended, end_of_inv = os.pipe()
        process = self.started(*arguments, cwd=cwd, keeping=(end_of_inv,))
        os.close(end_of_inv)
        try:
            yield Running(process, self, ended)
        finally:
            self.hold_nothing()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            os.close(ended)
