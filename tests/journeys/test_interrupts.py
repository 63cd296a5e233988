"""Interrupts: whatever hangs, a signal ends the run and its programs within seconds, with a report."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from journeys import promises
from journeys.crashes import PATCH
from journeys.ground import BIN, Ground
from patchwright.tools import processes

pytestmark = pytest.mark.journey

# Within this time a run has ended, with every program that it started.
SECONDS = 5.0
LIMIT = 30.0
PREFLIGHT = ("release.preflight", "--version", "1.24")
CHECKOUT = ("release.checkout", "--version", "1.24")
# The programs that talk to the network, in the log of a wrapper.
NETWORK = ("ls-remote", "fetch", "push", "gh ")

# It tells its process id to the test and waits. It ignores the signals that it can.
_HANG = """\
trap '' INT HUP TERM
echo $$ > {reached}
# A grandchild keeps the streams open as well.
sleep 1000
"""

_WRAPPER = """\
#!/bin/sh
printf '%s\\n' "{name} $*" >> {log}
case "{name} $*" in
{pattern}) {hang};;
esac
exec {real} "$@"
"""


class Bench:
    """A ground on which something hangs, and the wrappers that log what is started."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.directory = ground.root / "bench"
        self.directory.mkdir()
        self.log, self.reached = self.directory / "log", self.directory / "reached"
        self.log.touch()
        os.mkfifo(self.reached)
        self._reader = os.open(self.reached, os.O_RDWR | os.O_NONBLOCK)
        self.hang = self.script("hang", f"#!/bin/sh\n{_HANG.format(reached=self.reached)}")
        for name in ("git", "gh", "hatch"):
            self.wrap(name, "nothing")
        self.env = {**ground.env, "PATH": f"{self.directory}:{ground.env['PATH']}"}

    def close(self) -> None:
        os.close(self._reader)

    def script(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def wrap(self, name: str, pattern: str) -> None:
        """Log each start of a program, and let it hang where its command line matches a pattern."""
        real = shutil.which(name, path=self.ground.env["PATH"])
        text = _WRAPPER.format(name=name, log=self.log, pattern=pattern, hang=self.hang, real=real)
        self.script(name, text)

    @contextlib.contextmanager
    def running(self, *arguments: str, under: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[str]]:
        """Run inv in a session of its own, as on a terminal."""
        process = subprocess.Popen(
            (*under, BIN / "inv", *arguments), cwd=self.ground.clone, env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip  # the command, then its streams
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def await_hang(self) -> int:
        """Wait until something hangs, and return its process id."""
        ready, _, _ = select.select([self._reader], [], [], LIMIT)
        assert ready, "nothing hung"
        return int(os.read(self._reader, 100).split()[0])

    def asked(self) -> list[str]:
        """Return the commands since the start that talk to the network."""
        return [row for row in self.log.read_text().splitlines() if any(word in row for word in NETWORK)]


@pytest.fixture
def bench(ground: Ground) -> Iterator[Bench]:
    made = Bench(ground)
    yield made
    made.close()


def hang_in_wrapper(name: str, pattern: str) -> Callable[[Bench], None]:
    return lambda bench: bench.wrap(name, pattern)


def hang_in_hook(name: str) -> Callable[[Bench], None]:
    def plant(bench: Bench) -> None:
        hook = bench.ground.clone / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        # A linked hook finds the script wherever git runs it.
        hook.symlink_to(bench.hang)

    return plant


def hang_in_signer(bench: Bench) -> None:
    signs = bench.script("signer", f'#!/bin/sh\ncase "$*" in *"-Y sign"*) {bench.hang};; esac\n')
    bench.ground.git("config", "gpg.ssh.program", str(signs))


@dataclass(frozen=True)
class Row:
    """What hangs, and in which command."""

    name: str
    plant: Callable[[Bench], None]
    command: tuple[str, ...] = PATCH


ROWS = (
    Row("git asks origin", hang_in_wrapper("git", "*ls-remote*")),
    Row("git pushes", hang_in_wrapper("git", "*push*--force-with-lease*")),
    Row("git works locally", hang_in_wrapper("git", "*worktree*add*"), CHECKOUT),
    Row("gh in preflight", hang_in_wrapper("gh", "*api*"), PREFLIGHT),
    Row("git in preflight", hang_in_wrapper("git", "*--dry-run*"), PREFLIGHT),
    Row("a signer in preflight", hang_in_signer, PREFLIGHT),
    Row("gh while QA runs", hang_in_wrapper("gh", "*actions/runs*")),
    Row("a check", hang_in_wrapper("hatch", "*linters*")),
    Row("the bump command", hang_in_wrapper("hatch", "*version*1.24.1")),
    Row("the hook pre-commit", hang_in_hook("pre-commit")),
    Row("the hook pre-push", hang_in_hook("pre-push")),
    Row("the hook post-checkout", hang_in_hook("post-checkout"), CHECKOUT),
)
WAYS = ("SIGTERM alone", "SIGINT to the group")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_signal_ends_whatever_hangs(bench: Bench, row: Row, way: str) -> None:
    witness = promises.begin(bench.ground)
    row.plant(bench)
    with bench.running(*row.command) as process:
        hung = bench.await_hang()
        asked = bench.asked()
        began = time.monotonic()
        _send(process, way)
        out, err = process.communicate(timeout=LIMIT)
        took = time.monotonic() - began
        assert process.returncode == 130, out + err
        assert took < SECONDS, out + err
        assert "interrupted" in err
        assert "Next" in err
        assert "bug" not in err
        assert not _is_running(hung)
        # The checks of preflight ask side by side, also while one hangs.
        assert row.command is PREFLIGHT or bench.asked() == asked
    assert witness.broken() == []


def test_a_second_signal_ends_the_run_at_once(bench: Bench) -> None:
    bench.wrap("hatch", "*linters*")
    with bench.running(*PATCH) as process:
        hung = bench.await_hang()
        began = time.monotonic()
        # Signals of the same moment count as one.
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.02)
        took = time.monotonic() - began
        assert process.returncode == 130
        assert took < processes.GRACE_SECONDS
        assert not _is_running(hung)


def test_a_signal_that_the_run_ignores_stays_ignored(bench: Bench) -> None:
    bench.wrap("git", "*worktree*add*")
    bench.script("hang", f"#!/bin/sh\necho $$ > {bench.reached}\nread -r _ < {bench.reached}.go\n")
    os.mkfifo(f"{bench.reached}.go")
    with bench.running(*CHECKOUT, under=("nohup",)) as process:
        bench.await_hang()
        process.send_signal(signal.SIGHUP)
        Path(f"{bench.reached}.go").write_text("\n")
        process.communicate(timeout=LIMIT)
        assert process.returncode == 0


def _send(process: subprocess.Popen[str], way: str) -> None:
    name, _, where = way.partition(" ")
    number = signal.Signals[name]
    os.kill(process.pid, number) if where == "alone" else os.killpg(process.pid, number)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
