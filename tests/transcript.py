r"""The text form of a transcript: every program that a release starts, what it said, what it left behind.

    # a comment
    began 2026-11-22T14:00:00+00:00     when it was recorded
      file <clone>/pyproject.toml       a file that was there before the first program, with its text
      | [project]

    in <worktree>                       the directory of the programs that follow
    $ git commit --file=-               a program, as a person would type it
      < Version: 1.24.1                 what it was given to read
      | main 1a2b3c4                    what it said on standard output
      ! warning: ...                    ... and on standard error
      file <worktree>/version.py        a file that it wrote, with its text
      | __version__ = "1.24.1"
      gone <worktree>/notes.rst         a file that it removed
      exit 1                            its exit status, where that is not 0
      as before                         ... and said and did the same as the last time

A line of text ends in a newline, unless its mark is followed by `~`. Control characters are escaped
as in Python (`\0`, `\x1b`). `<clone>` and its like are places that differ from run to run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Files = dict[str, str | None]
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\\]")
_ESCAPED = re.compile(r"\\(\\|0|x[0-9a-f]{2}|u[0-9a-f]{4})")
_MARKS = {"<": "stdin", "|": "stdout", "!": "stderr"}


@dataclass
class Call:
    """One program: how it was started, and what it left behind."""

    argv: tuple[str, ...]
    cwd: str
    stdin: str = ""
    stdout: str = ""
    stderr: str = ""
    status: int = 0
    files: Files = field(default_factory=dict)

    @property
    def started(self) -> tuple[object, ...]:
        """How it was started, where, and what it was given to read."""
        return self.argv, self.cwd, self.stdin


@dataclass
class Transcript:
    """The programs of a whole run, in order, and the files that were there before."""

    began: str
    files: Files = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)


def dump(transcript: Transcript, title: str) -> str:
    """Return a transcript as text."""
    rows = [
        *(f"# {row}" for row in title.splitlines()),
        "",
        f"began {transcript.began}",
        *_files(transcript.files),
    ]
    cwd = ""
    earlier: dict[tuple[object, ...], Call] = {}
    for call in transcript.calls:
        rows.append("")
        if call.cwd != cwd:
            rows += [f"in {call.cwd}", ""]
            cwd = call.cwd
        rows.append(f"$ {_escaped(shlex.join(call.argv))}")
        rows += _text("<", call.stdin)
        rows += ["  as before"] if call == earlier.get(call.started) else _said(call)
        earlier[call.started] = call
    return "\n".join(rows) + "\n"


def load(text: str, places: Mapping[str, str]) -> Transcript:
    """Read a transcript, with the places that it names filled in."""
    for name, place in places.items():
        text = text.replace(f"<{name}>", place)
    reader = _Reader()
    for row in text.splitlines():
        if row and not row.startswith("#"):
            reader.read(row.removeprefix("  "))
    return reader.transcript


class _Reader:
    """Reads line after line; what a line belongs to is what stands above it."""

    def __init__(self) -> None:
        self.transcript = Transcript("")
        self.call = Call((), "")
        self.files = self.transcript.files
        self.path: str | None = None
        self.cwd = ""
        self.earlier: dict[tuple[object, ...], Call] = {}

    def read(self, row: str) -> None:
        word, _, rest = row.partition(" ")
        if word.removesuffix("~") in _MARKS:
            self._text(word[0], _unescaped(rest) + ("" if word.endswith("~") else "\n"))
        elif word == "$":
            self._begin(tuple(shlex.split(_unescaped(rest))))
        elif word in {"file", "gone"}:
            self.path = rest
            self.files[rest] = "" if word == "file" else None
        elif row == "as before":
            vars(self.call).update(vars(self.earlier[self.call.started]))
        elif word == "exit":
            self.call.status = int(rest)
        elif word == "in":
            self.cwd = rest
        else:
            assert word == "began", f"this is no line of a transcript: {row}"
            self.transcript.began = rest

    def _begin(self, argv: tuple[str, ...]) -> None:
        self.earlier[self.call.started] = self.call
        self.call = Call(argv, self.cwd)
        self.files, self.path = self.call.files, None
        self.transcript.calls.append(self.call)

    def _text(self, mark: str, text: str) -> None:
        if self.path is not None:
            self.files[self.path] = (self.files[self.path] or "") + text
        else:
            name = _MARKS[mark]
            setattr(self.call, name, getattr(self.call, name) + text)


def _said(call: Call) -> Iterator[str]:
    yield from _text("|", call.stdout)
    yield from _text("!", call.stderr)
    yield from _files(call.files)
    if call.status:
        yield f"  exit {call.status}"


def _files(files: Files) -> Iterator[str]:
    for path, text in files.items():
        yield f"  {'gone' if text is None else 'file'} {path}"
        yield from _text("|", text or "")


def _text(mark: str, text: str) -> Iterator[str]:
    *rows, last = text.split("\n")
    yield from (f"  {mark} {_escaped(row)}" if row else f"  {mark}" for row in rows)
    if last:
        yield f"  {mark}~ {_escaped(last)}"


def _escaped(text: str) -> str:
    return _CONTROL.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if found[0] in "\\\0":
        return r"\0" if code == 0 else r"\\"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"


def _unescaped(text: str) -> str:
    named = {"\\": "\\", "0": "\0"}
    return _ESCAPED.sub(lambda found: named.get(found[1]) or chr(int(found[1][1:], 16)), text)
