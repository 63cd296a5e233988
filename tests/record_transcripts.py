"""Records the golden transcripts anew: `python tests/record_transcripts.py`, half a minute.

Each release runs on a practice ground, in a process of its own in which every program that is started is
written down, with the files that it changed and that patchwright looked into.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

from invoke import Program

import patchwright
from patchwright import clock
from patchwright.preflight import problems
from patchwright.releases.workspace import worktree_place
from patchwright.tools.git import Clone
from transcript import Call, Files, Transcript, dump

TRANSCRIPTS = Path(__file__).parent / "transcripts"
COMMAND = ("inv", "release.patch", "--version", "1.24")
VARIANTS = {"mainline": "patches-on-master", "release-branch": "patches-on-release-branch"}
# Always the same day, so that a new recording differs from the last one where patchwright does.
BEGAN = "2026-01-02T03:04:05+00:00"
DATES = {"GIT_AUTHOR_DATE": BEGAN, "GIT_COMMITTER_DATE": BEGAN}
# Jobs are long enough to be waited for, and looked at often enough for it not to take long.
JOB_SECONDS = 1.5
SETTINGS = {"INVOKE_PATCHWRIGHT_WATCH_INTERVAL": "1"}
TITLE = """\
A whole patch release, {name}: every program that `{command}` starts, in order.
Recorded on the practice ground, whose GitHub is a stand-in, by: python tests/record_transcripts.py
tests/transcript.py describes the form; tests/test_transcript.py replays it."""


def places(clone: Path) -> dict[str, str]:
    """Return the places that differ from run to run, by the names that a transcript has for them."""
    trees = worktree_place(Clone(clone, clone / ".git", shallow=False), "1.24")
    return {"worktree": f"{trees}/release", "mainline-worktree": f"{trees}/mainline", "clone": str(clone)}


@contextmanager
def steady(began: str, sleep: Callable[[float], None]) -> Iterator[None]:
    """Let a run be the same each time for as long as the block lasts.

    Time passes only while patchwright sleeps, and the guards ask one after the other.
    """
    start, passed = datetime.fromisoformat(began).timestamp(), 0.0

    def now(_clock: clock.SystemClock) -> float:
        return start + passed

    def monotonic(_clock: clock.SystemClock) -> float:
        return passed

    def let_pass(_clock: clock.SystemClock, seconds: float) -> None:
        nonlocal passed
        sleep(seconds)
        passed += seconds

    with (
        mock.patch.object(clock.SystemClock, "now", now),
        mock.patch.object(clock.SystemClock, "monotonic", monotonic),
        mock.patch.object(clock.SystemClock, "sleep", let_pass),
        mock.patch.object(clock, "today", return_value=began[:10]),
        mock.patch.object(problems, "AT_ONCE", 1),
    ):
        yield


class Recording:
    """Every program that this process starts from now on, and what it leaves behind."""

    def __init__(self, clone: Path, began: str) -> None:
        self.roots = [clone, clone / ".git" / "worktrees", *map(Path, places(clone).values())]
        self.read: set[str] = set()
        self.looking = False
        self.transcript = Transcript(began, self.files())
        sys.addaudithook(self._heard)
        _Recorded.recording = self
        subprocess.Popen = _Recorded  # type: ignore[assignment,misc]  # what subprocess.run starts

    def files(self) -> Files:
        """Return the texts of the files that are there; of an index it only matters that it is."""
        self.looking = True
        paths = (path for root in self.roots for path in _below(root))
        found: Files = {str(path): "" if path.name == "index" else _text(path.read_bytes()) for path in paths}
        self.looking = False
        return found

    def finished(self) -> Transcript:
        """Return the transcript, with those of the files that patchwright looked into."""
        self.transcript.files = self._looked_into(self.transcript.files)
        for call in self.transcript.calls:
            call.files = self._looked_into(call.files)
        return self.transcript

    def _looked_into(self, files: Files) -> Files:
        return {path: text for path, text in files.items() if path in self.read or path.endswith("/index")}

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and not self.looking:
            self.read.add(str(arguments[0]))


def _below(root: Path) -> Iterator[Path]:
    for directory, below, names in os.walk(root):
        below[:] = [name for name in below if name not in {".git", "__pycache__"}]
        yield from (Path(directory, name) for name in names)


def _text(stream: bytes | None) -> str:
    return (stream or b"").decode(errors="surrogateescape")


class _Recorded(subprocess.Popen[bytes]):
    recording: ClassVar[Recording]

    def __init__(self, argv: tuple[str, ...], **how: Any) -> None:  # noqa: ANN401  what Popen takes
        self.before = self.recording.files()
        self.call = Call(argv, str(how["cwd"]))
        super().__init__(argv, **how)

    def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:  # noqa: A002  its name
        out, err = super().communicate(input, timeout)
        call, after = self.call, self.recording.files()
        call.stdin, call.stdout, call.stderr = _text(input), _text(out), _text(err)
        call.status = self.returncode
        call.files = {path: text for path, text in after.items() if self.before.get(path) != text}
        call.files.update({path: None for path in self.before if path not in after})
        self.recording.transcript.calls.append(call)
        return out, err


def record(name: str) -> None:
    """Run the release in this process, in the clone that it stands in, and write its transcript."""
    clone = Path.cwd()
    recording = Recording(clone, BEGAN)
    program = Program(namespace=patchwright.ns)
    with steady(recording.transcript.began, time.sleep):
        program.run([*COMMAND], exit=False)
    text = dump(recording.finished(), TITLE.format(name=name.replace("-", " "), command=" ".join(COMMAND)))
    for named, path in places(clone).items():
        text = text.replace(path, f"<{named}>")
    (TRANSCRIPTS / f"{name}.txt").write_text(text, encoding="utf-8")


def main() -> None:
    """Record every variant."""
    from journeys.ground import Ground, environment  # noqa: PLC0415  the recorded process does without
    from patchwright.practice.github import StandIn  # noqa: PLC0415
    from patchwright.practice.project import make_project  # noqa: PLC0415

    earlier = time.time() - datetime.fromisoformat(BEGAN).timestamp()

    def there() -> float:
        return time.time() - earlier

    for patches, name in VARIANTS.items():
        with tempfile.TemporaryDirectory(prefix="pw-") as temporary:
            root = Path(temporary)
            with StandIn(root / "github", clock=there, job_seconds=JOB_SECONDS) as standin:
                project = make_project(root / "ground", standin, patches=patches)  # type: ignore[arg-type]  # its literals
                ground = Ground(project, standin, environment(root, standin, root / "hatch"), root)
                done = ground.run(sys.executable, __file__, name, cwd=None, stdin=None, **SETTINGS, **DATES)
                sys.stdout.write(done.text)


if __name__ == "__main__":
    record(sys.argv[1]) if sys.argv[1:] else main()
