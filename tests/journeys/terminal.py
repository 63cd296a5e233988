"""Run inv on a terminal, and answer its questions as a person does."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from collections.abc import Sequence

from journeys.ground import BIN, Done, Ground

# No command is silent for so long, unless it waits for an answer.
SILENCE_SECONDS = 300


def inv_at_terminal(ground: Ground, *arguments: str, answers: Sequence[tuple[str, str]]) -> Done:
    """Run inv on a terminal of its own. Type each answer when the end of its question is shown.

    The result has everything that was shown in `out`. An answer whose question is never shown is not typed.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        (str(BIN / "inv"), *arguments), cwd=ground.clone,
        env={**ground.env, "TERM": "xterm", "COLUMNS": "200"},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip  # what runs, then on which terminal
    os.close(theirs)
    shown, waiting = b"", list(answers)
    try:
        while chunk := _read(ours):
            shown += chunk
            if waiting and shown.rstrip().endswith(waiting[0][0].encode()):
                os.write(ours, f"{waiting.pop(0)[1]}\n".encode())
        return Done(process.wait(timeout=60), shown.decode("utf-8", "replace"), "").checked(arguments)
    finally:
        os.close(ours)
        if process.poll() is None:
            process.kill()
            process.wait()


def _read(descriptor: int) -> bytes:
    """Return the next output. A terminal whose programs have all ended cannot be read (EIO on Linux)."""
    assert select.select([descriptor], [], [], SILENCE_SECONDS)[0], "inv asks something else"
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""
