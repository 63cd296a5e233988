"""Full disks, closed terminals and odd files are halts that say what to do. None is a bug, and none hangs."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from journeys.ground import BIN, Ground

pytestmark = pytest.mark.journey

CHECKOUT = ("release.checkout", "--version", "1.24")
STATUS = ("release.status", "--version", "1.24")
PREFLIGHT = ("release.preflight", "--version", "1.24")
HALTS = ("release.checkout", "--version", "9.9")
RECORD = (
    '{"schema":1,"version":"1.24.1","date":null,"message":null,"picks":null,"skip_check":false,"checked":[],'
    '"finished":false,"halt":%s}'
)
ODD_HALT = '{"cause":5,"evidence":7,"remedy":null,"step":[1],"next":{},"problems":[3]}'


def nothing(_ground: Ground) -> None:
    """Leave everything as it is."""


def writes(name: str, text: str) -> Callable[[Ground], None]:
    def fault(ground: Ground) -> None:
        (ground.clone / name).write_text(text)

    return fault


def makes(make: Callable[[Path], object], name: str = "") -> Callable[[Ground], None]:
    """Return a fault: something odd at a path below `.git/patchwright`, or there itself."""

    def fault(ground: Ground) -> None:
        place = ground.clone / ".git" / "patchwright" / name
        place.parent.mkdir(exist_ok=True)
        make(place)

    return fault


def records(text: str) -> Callable[[Ground], None]:
    return makes(lambda place: place.write_text(text), "1.24.json")


def endless(place: Path) -> None:
    place.touch()
    os.truncate(place, 2**32)


def links(place: Path) -> None:
    """Create a link to a file of the person outside of the clone."""
    (place.parents[3] / "mine.txt").write_text("mine\n")
    place.symlink_to(place.parents[3] / "mine.txt")


def links_directory(place: Path) -> None:
    (place.parents[2] / "mine").mkdir(exist_ok=True)
    place.symlink_to(place.parents[2] / "mine")


@dataclass(frozen=True)
class Row:
    """A fault, the command that meets it, and its exit status and words."""

    name: str
    status: int
    says: str = ""
    fault: Callable[[Ground], None] = nothing
    command: tuple[str, ...] = CHECKOUT
    env: Mapping[str, str | None] = field(default_factory=dict)
    out: str = ""
    err: str = ""
    limit: tuple[int, int] | None = None
    programs: Mapping[str, int | bytes | Callable[[Path], object] | None] = field(default_factory=dict)


FIFO, DIRECTORY = os.mkfifo, os.mkdir
DISK, CREATED, STATE = "Free some space", "could not be created", "XDG_STATE_HOME"
PROGRAMS: dict[str, int | bytes | Callable[[Path], object] | None] = {
    "is missing": None,
    "is not executable": 0o644,
    "is a directory": DIRECTORY,
    "is no program": b"\0\1garbage",
    "prints nothing": b"#!/bin/sh\n",
    "prints garbage": b"#!/bin/sh\nprintf '\\377\\376\\000x\\n'\n",
    "prints much garbage": b"#!/bin/sh\nhead -c 3000000 /dev/urandom\n",
    "fails": b"#!/bin/sh\nexit 3\n",
    "is killed": b"#!/bin/sh\nkill -9 $$\n",
}
OLD_GH = b"#!/bin/sh\necho gh version 1.0.0\n"
ROWS = (
    Row("standard output is full", 0, out="/dev/full"),
    Row("standard output is full at a status", 0, command=STATUS, out="/dev/full"),
    Row("standard output is full for JSON", 3, DISK, command=(*STATUS, "--json"), out="/dev/full"),
    Row("both outputs are full", 7, command=HALTS, out="/dev/full", err="/dev/full"),
    Row("standard output is closed", 0, out="closed"),
    Row("standard error is closed", 7, command=HALTS, err="closed"),
    Row("the reader of JSON has gone", 0, command=(*STATUS, "--json"), out="pipe"),
    Row("both readers have gone", 7, command=HALTS, out="pipe", err="pipe"),
    Row("the terminal knows only ASCII", 0, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}),
    Row(
        "few files can be open", 3, "ulimit -n", command=("release.preflight", "--version", "1.24"),
        limit=(resource.RLIMIT_NOFILE, 16),
    ),
    Row("files must be short", 4, "ulimit -f", limit=(resource.RLIMIT_FSIZE, 100)),
    Row("no file can be written", 3, "temporary directory", limit=(resource.RLIMIT_FSIZE, 0)),
    Row("the state directory is below a file", 3, CREATED, env={STATE: "/dev/null/x"}),
    Row("the state directory cannot be made", 3, CREATED, env={STATE: "/proc/x"}),
    Row("the state directory has a long name", 4, "shorter path", env={STATE: f"/{'x' * 300}"}),
    Row("the directory of the journal is a file", 3, CREATED, makes(lambda at: at.write_text(""))),
    Row("the directory of the journal is a FIFO", 3, CREATED, makes(FIFO)),
    Row("the directory of the journal is a link", 3, "symbolic link", makes(links_directory)),
    Row("the journal is a FIFO", 0, "", makes(FIFO, "1.24.json"), STATUS),
    Row("the journal to be replaced is a FIFO", 0, "", makes(FIFO, "1.24.json")),
    Row("the journal is a directory", 4, "could not be written", makes(DIRECTORY, "1.24.json")),
    Row("the journal is a link", 0, "", makes(links, "1.24.json")),
    Row("the new journal is a link", 0, "", makes(links, "1.24.json.new")),
    Row("the new journal is a directory", 4, "could not be written", makes(DIRECTORY, "1.24.json.new")),
    Row("the journal is deep", 0, "", records("[" * 99_999), STATUS),
    Row("the journal's halt is odd", 0, "", records(RECORD % ODD_HALT), STATUS),
    Row("the journal is endless", 0, "", makes(endless, "1.24.json"), STATUS),
    Row("the holder is a FIFO", 0, "", makes(FIFO, "holder.txt")),
    Row("the holder is a link", 0, "", makes(links, "holder.txt")),
    Row("the holder is a directory", 4, "could not be written", makes(DIRECTORY, "holder.txt")),
    Row("the lock is a link", 3, "not a regular file", makes(links, "lock")),
    Row("the lock is a FIFO", 3, "not a regular file", makes(FIFO, "lock")),
    Row("the lock is a directory", 3, "not a regular file", makes(DIRECTORY, "lock")),
    Row("the settings are deep", 3, "is not TOML", writes("pyproject.toml", "a=" + "[" * 99_999)),
    Row("the settings are another kind", 0, "", writes("pyproject.toml", "tool = 1\n"), STATUS),
    Row("the settings are a FIFO", 3, "not a regular file", lambda ground: _replace(ground, FIFO)),
    Row("the settings are a directory", 3, "not a regular file", lambda ground: _replace(ground, DIRECTORY)),
    Row("no HOME", 0, env={"HOME": None}),
    Row("HOME is missing", 0, env={"HOME": "/nonexistent"}),
    Row("HOME and the state directory are missing", 3, CREATED, env={"HOME": "/proc/x", STATE: None}),
    Row("the state directory is relative", 0, env={STATE: "x/y"}),
    Row("no TERM", 0, env={"TERM": None}),
    Row("TERM is odd", 0, env={"TERM": "no-such-terminal", "COLUMNS": "x", "LINES": "-1"}),
    Row("TMPDIR is missing", 0, env={"TMPDIR": "/nonexistent"}),
    Row("TMPDIR is a file", 0, env={"TMPDIR": "/dev/null"}),
    Row("an odd language", 0, env={"LANG": "xx_YY.KOI8-R", "LC_ALL": "xx", "LANGUAGE": "tlh"}),
    Row("the language is C", 0, env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    Row("an odd time zone", 0, env={"TZ": "Mars/Olympus"}),
    Row("a very long time zone", 0, env={"TZ": "x" * 5000}),
    Row("a secret with odd bytes", 0, env={"MY_TOKEN": "\udcff\udcfe-secret"}),
    *(Row(f"git {name}", 3, programs={"git": what}) for name, what in PROGRAMS.items()),
    *(
        Row(f"{program} {name}", 3, program, command=PREFLIGHT, programs={program: what})
        for program in ("gh", "hatch")
        for name, what in PROGRAMS.items()
    ),
    Row("gh is old", 3, "gh is too old", command=PREFLIGHT, programs={"gh": OLD_GH}),
    Row("GIT_DIR is elsewhere", 0, env={"GIT_DIR": "/nonexistent", "GIT_WORK_TREE": "/"}),
    Row("GIT_INDEX_FILE is elsewhere", 0, env={"GIT_INDEX_FILE": "/nonexistent/index"}),
    Row("GIT_OBJECT_DIRECTORY is elsewhere", 0, env={"GIT_OBJECT_DIRECTORY": "/nonexistent"}),
    Row("GIT_COMMON_DIR is elsewhere", 0, env={"GIT_COMMON_DIR": "/nonexistent"}),
    Row("GIT_CEILING_DIRECTORIES is set", 0, env={"GIT_CEILING_DIRECTORIES": "/"}),
    Row("GIT_CONFIG_COUNT is odd", 4, "bogus count", env={"GIT_CONFIG_COUNT": "many"}),
    Row("GIT_EXEC_PATH is elsewhere", 8, "is not a git command", env={"GIT_EXEC_PATH": "/nonexistent"}),
    Row("GIT_ALLOW_PROTOCOL is set", 8, env={"GIT_ALLOW_PROTOCOL": "none"}),
    Row("HATCH_PROJECT is elsewhere", 0, command=PREFLIGHT, env={"HATCH_PROJECT": "other"}),
)  # fmt: skip  # one row a fault


def _replace(ground: Ground, make: Callable[[Path], object]) -> None:
    (ground.clone / "pyproject.toml").unlink()
    make(ground.clone / "pyproject.toml")


@pytest.fixture
def clean_ground(shared_ground: Ground) -> Iterator[Ground]:
    """Return the module's ground, and put back afterwards what a fault and a run have changed."""
    yield shared_ground
    clone = shared_ground.clone
    for path in (clone / ".git" / "patchwright", clone / "pyproject.toml", shared_ground.root / "state"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    shared_ground.git("worktree", "prune")
    shared_ground.git("restore", "pyproject.toml")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault_of_the_world_is_no_bug(clean_ground: Ground, row: Row) -> None:
    before = clean_ground.refs()
    row.fault(clean_ground)

    done = _run(clean_ground, row)

    assert done.returncode == row.status, done.stderr
    assert "bug" not in done.stderr
    assert "Traceback" not in done.stderr
    assert row.says in done.stderr
    assert clean_ground.refs() == before
    for mine in clean_ground.clone.parent.glob("mine*"):
        assert mine.is_dir() or mine.read_text() == "mine\n"
        assert mine.is_file() or list(mine.iterdir()) == []


def _run(ground: Ground, row: Row) -> subprocess.CompletedProcess[str]:
    """Run inv with the outputs, the variables and the limit of a row."""
    env = {name: value for name, value in {**ground.env, **row.env}.items() if value is not None}
    env |= {"PATH": _path(ground, row)}
    streams = [_stream(row.out), _stream(row.err)]

    def limit() -> None:
        if row.limit:
            resource.setrlimit(row.limit[0], (row.limit[1], row.limit[1]))
        for descriptor, kind in ((1, row.out), (2, row.err)):
            if kind == "closed":
                os.close(descriptor)

    try:
        done = subprocess.run(
            (str(BIN / "inv"), *row.command), cwd=ground.clone, env=env, stdin=subprocess.DEVNULL,
            stdout=streams[0], stderr=streams[1], text=True, timeout=60, check=False, preexec_fn=limit,
        )  # fmt: skip  # the command, then its streams
    finally:
        for stream in streams:
            if stream >= 0:
                os.close(stream)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout or "", done.stderr or "")


def _path(ground: Ground, row: Row) -> str:
    """Return a PATH on which the programs of a row are others, or missing."""
    if not row.programs:
        return ground.env["PATH"]
    place = Path(tempfile.mkdtemp(dir=ground.root))
    for directory in reversed(ground.env["PATH"].split(":")):
        for program in Path(directory).glob("*"):
            link = place / program.name
            if program.name not in row.programs and os.access(program, os.X_OK):
                link.unlink(missing_ok=True)
                link.symlink_to(program)
    for name, what in row.programs.items():
        if callable(what):
            what(place / name)
        elif what is not None:
            (place / name).write_bytes(what if isinstance(what, bytes) else b"#!/bin/sh\n")
            (place / name).chmod(0o755 if isinstance(what, bytes) else what)
    return str(place)


def _stream(kind: str) -> int:
    if kind == "pipe":
        reader, writer = os.pipe()
        os.close(reader)
        return writer
    return os.open(kind, os.O_WRONLY) if kind.startswith("/") else subprocess.PIPE
