"""With --json, standard output has exactly one JSON object, whatever happens."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from journeys.ground import BIN, Done, Ground
from patchwright.practice.faults import Fault

pytestmark = pytest.mark.journey

STATUS = ("release.status", "--json")
PREVIEW = ("release.preview", "--json")
SERIES = ("--version", "1.24")
STATUS_KEYS = {"schema", "series", "version", "tag", "branch", "state", "steps", "next", "halt"}
PREVIEW_KEYS = {
    "schema", "version", "tag", "candidates", "tag_message", "changelog", "commits", "problems", "halt",
}  # fmt: skip  # one set


@dataclass(frozen=True)
class Row:
    """Something that goes wrong: the expected exit status, and how to bring it about."""

    name: str
    status: int
    arrange: Callable[[Ground], object] = lambda _ground: None
    arguments: tuple[str, ...] = SERIES
    env: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


def faulty(status: int, times: int) -> Callable[[Ground], object]:
    """Return a function that lets GitHub answer with a status some times."""
    return lambda ground: ground.standin.fault(Fault(path="/repos", status=status, times=times))


def hooked(ground: Ground) -> None:
    """Install a hook of every kind, each of which prints."""
    hooks = ground.clone / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "commit-msg", "post-checkout", "post-commit", "reference-transaction"):
        (hooks / name).write_text("#!/bin/sh\necho a hook prints\necho and complains >&2\n")
        (hooks / name).chmod(0o755)


def with_journal(content: bytes) -> Callable[[Ground], object]:
    """Return a function that replaces the journal."""

    def write(ground: Ground) -> None:
        place = ground.clone / ".git" / "patchwright"
        place.mkdir()
        (place / "1.24.json").write_bytes(content)

    return write


def with_setting(text: str) -> Callable[[Ground], object]:
    """Return a function that writes invoke.yaml."""
    return lambda ground: (ground.clone / "invoke.yaml").write_text(text)


def with_bug(ground: Ground) -> None:
    """Let a function of patchwright raise what it never should."""
    place = ground.clone / "tasks.py"
    place.write_text(
        f"{place.read_text()}\nfrom patchwright.engine import resolve\n"
        "def broken(*_, **__): raise ZeroDivisionError('at last')\nresolve.open_clone = broken\n"
    )


ROWS = [
    Row("no version of that form", 2, arguments=("--version", "1.24; rm -rf x")),
    Row("a series without a branch", 7, arguments=("--version", "9.9")),
    Row("a version that is not the next one", 6, arguments=("--version", "1.24.7")),
    Row("no repository", 3, lambda ground: (ground.clone / ".git").rename(ground.root / "away")),
    Row("no remote", 3, lambda ground: ground.git("remote", "remove", "origin")),
    Row("a remote that does not answer", 8, lambda ground: ground.git(
        "config", "remote.origin.url", "http://127.0.0.1:9/o/n.git")),
    Row("a wrong setting", 3, with_setting("patchwright:\n  no-such-setting: 1\n")),
    Row("a bug", 1, with_bug),
    Row("no programs", 3, env={"PATH": "/nowhere"}),
    Row("one HTTP 502", 0, faulty(502, 1)),
    Row("a broken journal", 0, with_journal(b'{"schema": 1, "halt": \xff')),
    Row("a deeply nested journal", 0, with_journal(b"[" * 100_000)),
    Row("hooks that print", 0, hooked),
    Row("ASCII only", 0, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}),
    Row("--echo", 0, flags=("--echo",)),
]  # fmt: skip  # what goes wrong, how it ends, how to bring it about


def the_object(done: Done) -> dict[str, Any]:
    """Return the only object on standard output."""
    assert done.out.count("\n") == 1, done.text
    found = json.loads(done.out)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_status_and_preview_print_one_object(ground: Ground, row: Row) -> None:
    row.arrange(ground)
    # The preview of a release builds it, so it is tried where the failure is the same for both.
    for command, keys in ((STATUS, STATUS_KEYS), (PREVIEW, PREVIEW_KEYS)):
        if command == PREVIEW and row.status == 0 and row.name not in {"one HTTP 502", "hooks that print"}:
            continue
        done = ground.inv(*row.flags, *command, *row.arguments, cwd=None, **row.env)
        found = the_object(done)
        assert done.status == row.status, done.text
        assert set(found) == keys
        assert found["schema"] == 1
        if row.status:
            assert found["halt"]["exit"] == row.status
            assert found["halt"]["cause"] in done.err
            assert f"exit {row.status}" in done.err
        else:
            assert found["halt"] is None


def test_a_retry_is_reported_on_standard_error(ground: Ground) -> None:
    ground.standin.fault(Fault(path="/repos", status=502, times=1))
    done = ground.inv(*PREVIEW, *SERIES)
    assert the_object(done)["halt"] is None
    assert "GitHub did not answer" in done.err


def test_a_halt_of_an_earlier_run_is_in_the_object(ground: Ground) -> None:
    hook = ground.clone / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    assert ground.inv("release.patch", *SERIES, "--yes", "--skip-check").status == 4
    done = ground.inv(*STATUS, *SERIES)
    assert done.status == 0
    assert the_object(done)["state"] == "halted"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_question_prints_one_object(
    ground: Ground, number: signal.Signals, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    shims = tmp_path / "bin"
    shims.mkdir()
    (shims / "git").write_text(
        f"#!{sys.executable}\nimport os, pathlib, sys, time\n"
        f"if 'ls-remote' in sys.argv:\n    pathlib.Path({str(started)!r}).touch()\n    time.sleep(60)\n"
        "os.environ['PATH'] = os.environ['PATH'].partition(':')[2]\nos.execvp('git', sys.argv)\n"
    )
    (shims / "git").chmod(0o755)
    process = subprocess.Popen(
        [str(BIN / "inv"), *STATUS, *SERIES], cwd=ground.clone, text=True,
        env={**ground.env, "PATH": f"{shims}:{ground.env['PATH']}"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip  # what runs, then its streams
    while not started.exists() and process.poll() is None:
        pass
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    found = the_object(Done(process.returncode, out, err))
    assert process.returncode == 130, err
    assert found["halt"]["kind"] == "interrupted"
