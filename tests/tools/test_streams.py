"""The output of a program is read as it comes, and kept up to a limit."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from patchwright.halts import CommandFailed
from patchwright.tools import streams
from patchwright.tools.shell import Output, Shell

pytestmark = pytest.mark.journey

MOST_KEPT = 100_000


@pytest.fixture(autouse=True)
def smaller_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limits, so that ten times a limit takes no time."""
    monkeypatch.setattr(streams, "MOST_KEPT", MOST_KEPT)
    monkeypatch.setattr(streams, "MOST_READ", 1_000_000)


def act(path: Path, code: str, *, stdin: str | None = None) -> Output:
    return Shell(path).act(sys.executable, "-c", f"import sys\n{code}", stdin=stdin)


def test_an_answer_is_returned_as_it_is(tmp_path: Path) -> None:
    code = (
        "import sys; d = sys.stdin.buffer.read(); sys.stdout.buffer.write(d); sys.stderr.buffer.write(d[:9])"
    )
    text = "ä\udcff\r\n" * 90_000
    output = Shell(tmp_path).ask(sys.executable, "-c", code, stdin=text)
    assert output.stdout == text
    assert output.stderr == text.encode("utf-8", "surrogateescape")[:9].decode("utf-8", "surrogateescape")


def test_a_program_that_does_not_read_its_input_ends_all_the_same(tmp_path: Path) -> None:
    assert act(tmp_path, "sys.stdin.close(); print('done')", stdin="x" * 1_000_000).line == "done"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_ten_times_the_limit_is_read_and_only_the_end_is_kept(tmp_path: Path, stream: str) -> None:
    code = f"for n in range({MOST_KEPT}): print(f'line {{n:04}}', file=sys.{stream})"
    kept = getattr(act(tmp_path, code), stream)
    assert kept.startswith("[earlier output was not kept]\nline ")
    assert kept.endswith(f"line {MOST_KEPT - 1}\n")
    assert MOST_KEPT <= len(kept) < MOST_KEPT + 2 * 65_536


@pytest.mark.parametrize("line_end", ["", "\\n"])
def test_a_large_output_is_not_kept_in_memory(tmp_path: Path, line_end: str) -> None:
    code = f"for n in range(1000): sys.stdout.write('x' * 100_000 + '{line_end}')"
    tracemalloc.start()
    output = act(tmp_path, code)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(output.stdout) < 3 * MOST_KEPT
    assert peak < 20 * MOST_KEPT


@pytest.mark.parametrize("code", ["print('x' * 10_000_000)", "while True: print('x' * 1000)"])
def test_an_answer_that_is_too_long_fails_and_ends_the_program(tmp_path: Path, code: str) -> None:
    with pytest.raises(CommandFailed, match=r"printed more than 1 MB\."):
        Shell(tmp_path).ask(sys.executable, "-c", code)


def test_the_end_of_a_long_answer_can_be_asked_for(tmp_path: Path) -> None:
    code = "for n in range(300_000): print(n)"
    assert Shell(tmp_path).ask(sys.executable, "-c", code, only_end=True).lines[-1] == "299999"


def test_a_secret_across_the_pieces_of_a_stream_is_not_shown(tmp_path: Path) -> None:
    token = "gh" + "p_" + "Q7xT2mZp9LrV4cKd8WnB3hYs6GfJ1uEa5RiO"
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, time\n"
        f"for piece in ('x' * 65_520 + '{token[:9]}', '{token[9:]}\\n', '{token[:20]}', '{token[20:]}\\n'):\n"
        "    sys.stderr.write(piece); sys.stderr.flush(); time.sleep(0.1)\n"
        "sys.exit(1)\n"
    )
    with pytest.raises(CommandFailed) as halted:
        Shell(tmp_path).act(sys.executable, str(program))
    shown = "\n".join(halted.value.evidence)
    assert "***" in shown
    assert not any(token[at : at + 12] in shown for at in range(len(token) - 12))


def test_a_wait_can_be_continued() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(0.7); print(2)"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE,
    )  # fmt: skip  # what runs, then its streams
    pipes = streams.Streams(child, only_end=False)
    with pytest.raises(subprocess.TimeoutExpired):
        pipes.communicate(b"x", timeout=0.2)
    before = time.monotonic()
    assert pipes.communicate(timeout=20) == (b"1\n2\n", b"")
    assert time.monotonic() - before < 10
