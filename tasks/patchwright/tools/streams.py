"""Streams: what a program prints, read as it comes, and kept up to a limit."""

from __future__ import annotations

import os
import select
import selectors
import subprocess
import time
from collections import deque
from typing import IO

# A question whose answer is longer fails: no answer may be cut before it is parsed.
MOST_READ = 128_000_000
# Only the end of all other output is kept.
MOST_KEPT = 4_000_000
_CHUNK = 65_536
_NOT_KEPT = b"[earlier output was not kept]\n"


class TooMuchOutputError(Exception):
    """A program has printed more than MOST_READ bytes as its answer."""


class Streams:
    """The standard streams of one program. Without `only_end`, the whole standard output is read."""

    def __init__(self, child: subprocess.Popen[bytes], *, only_end: bool) -> None:
        self.child = child
        self._unsent: memoryview | None = None
        self._output = _Kept(None if not only_end else MOST_KEPT)
        self._errors = _Kept(MOST_KEPT)
        self._open = {stream: kept for stream, kept in self._pairs() if stream}

    def communicate(self, data: bytes | None = None, timeout: float = 0.0) -> tuple[bytes, bytes]:
        """Send `data`, wait until the program ends, and return its standard output and standard error.

        Raise subprocess.TimeoutExpired after `timeout` seconds; a later call continues. Raise
        TooMuchOutputError if the answer is too long.
        """
        deadline = time.monotonic() + timeout
        if self._unsent is None:
            self._unsent = memoryview(data or b"")
        with selectors.DefaultSelector() as selector:
            if self.child.stdin and not self.child.stdin.closed:
                selector.register(self.child.stdin, selectors.EVENT_WRITE)
            for stream in self._open:
                selector.register(stream, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(max(deadline - time.monotonic(), 0))
                if not ready and time.monotonic() >= deadline:
                    raise subprocess.TimeoutExpired(self.child.args, timeout)
                for key, _ in ready:
                    if not self._transfer(key.fileobj):  # type: ignore[arg-type]  # what was registered
                        selector.unregister(key.fileobj)
        self.child.wait(max(deadline - time.monotonic(), 0))
        return self._output.content(), self._errors.content()

    def _pairs(self) -> tuple[tuple[IO[bytes] | None, _Kept], ...]:
        return (self.child.stdout, self._output), (self.child.stderr, self._errors)

    def _transfer(self, stream: IO[bytes]) -> bool:
        """Write or read one piece. Close the stream and return False if nothing is left."""
        if stream is self.child.stdin:
            return self._send(stream)
        chunk = os.read(stream.fileno(), _CHUNK)
        self._open[stream].add(chunk)
        if not chunk:
            del self._open[stream]
            stream.close()
        return bool(chunk)

    def _send(self, stream: IO[bytes]) -> bool:
        unsent = self._unsent or memoryview(b"")
        try:
            unsent = unsent[os.write(stream.fileno(), unsent[: select.PIPE_BUF]) :]
        except BrokenPipeError:
            # The program does not want the rest.
            unsent = memoryview(b"")
        self._unsent = unsent
        if not unsent:
            stream.close()
        return bool(unsent)


class _Kept:
    """The end of a stream. Without a limit, it is the whole stream, which must not be too long."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._is_cut = False

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._most is None and self._size > MOST_READ:
            raise TooMuchOutputError
        while self._most is not None and self._size - len(self._chunks[0]) >= self._most:
            self._size -= len(self._chunks.popleft())
            self._is_cut = True

    def content(self) -> bytes:
        """Return what was kept, from the beginning of a line. A cut line might show the rest of a secret."""
        kept = b"".join(self._chunks)
        return _NOT_KEPT + kept.partition(b"\n")[2] if self._is_cut else kept
