"""A release starts every program of the golden transcript, and nothing else."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from invoke import Program
from pytest_subprocess import FakeProcess
from pytest_subprocess.fake_popen import FakePopen

import patchwright
from record_transcripts import COMMAND, SETTINGS, TRANSCRIPT, places, steady
from transcript import Call, Files, Transcript, dump, load

CHANGED = "If the change is meant, run `inv dev.transcripts` and read the difference."

# Of an index it only matters that it is whole: a header without entries, and no checksum.
_EMPTY_INDEX = b"DIRC\0\0\0\2\0\0\0\0" + bytes(20)


class Replay:
    """The programs of a transcript, faked; what was really started, where, and what it was given."""

    def __init__(self, fp: FakeProcess, transcript: Transcript) -> None:
        self._begun: list[tuple[Call, str]] = []
        self._given: dict[int, str] = {}
        _write(transcript.files)
        for call in transcript.calls:
            fp.register(
                call.argv, stdout=_bytes(call.stdout), stderr=_bytes(call.stderr), returncode=call.status,
                callback=partial(self._start, call), stdin_callable=partial(self._give, call),
            )  # fmt: skip  # what it says, then what it does

    def _start(self, call: Call, process: FakePopen) -> None:
        assert process.kwargs is not None
        self._begun.append((call, str(process.kwargs["cwd"])))
        _write(call.files)

    def _give(self, call: Call, given: bytes) -> None:
        # Comes from another thread than the start.
        self._given[id(call)] = given.decode(errors="surrogateescape")

    @property
    def started(self) -> list[tuple[object, ...]]:
        """How each program was started, where, and what it was given, in order."""
        return [(call.argv, cwd, self._given.get(id(call), "")) for call, cwd in self._begun]


def _write(files: Files) -> None:
    for path, text in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            Path(path).unlink()
        else:
            is_index = Path(path).name == "index"
            Path(path).write_bytes(_EMPTY_INDEX if is_index else _bytes(text))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for the clone, and the environment of a person with an empty home who has every program."""
    for name in ("clone", "home", "bin"):
        (tmp_path / name).mkdir()
    for name in ("gh", "git", "hatch"):
        (tmp_path / "bin" / name).touch(mode=0o755)
    for name in [name for name in os.environ if name.startswith(("INVOKE_", "XDG_"))]:
        monkeypatch.delenv(name)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path / "clone")
    return tmp_path / "clone"


def test_a_release_starts_the_programs_of_the_transcript_in_order(
    clone: Path, fp: FakeProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    transcript = load(TRANSCRIPT.read_text(encoding="utf-8"), places(clone))
    replay = Replay(fp, transcript)

    program = Program(namespace=patchwright.ns)
    with steady(transcript.began, lambda _seconds: None):
        program.run([*COMMAND], exit=False)

    told = capsys.readouterr()
    assert told.err == "", CHANGED
    assert "Released 1.24.1\n" in told.out
    assert replay.started == [call.started for call in transcript.calls], CHANGED


def test_a_transcript_is_read_as_it_was_written() -> None:
    call = Call(
        ("git", "commit", "-m", "It's \\ \x1b\0"),
        "/c",
        "in\n\n",
        "a\n\nb",
        "\udcff\n",
        3,
        {"/f": "x\r\n", "/g": None},
    )
    quiet = Call(("true",), "/d")
    transcript = Transcript("2026-11-22", {"/p": "1 \n", "/q": ""}, [call, quiet, call, quiet])

    text = dump(transcript, "A title.")

    assert load(text, {}) == transcript
    assert text.count("as before") == 2
    assert text.isprintable() or set(text) - {"\n"} <= {
        character for character in text if character.isprintable()
    }
