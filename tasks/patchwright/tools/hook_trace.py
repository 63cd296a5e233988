"""Hook trace: find out which hook a git command failed in, from the events that git writes, and say it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from patchwright.halts import CommandFailed
from patchwright.tools import maintainer
from patchwright.tools.git import Git
from patchwright.tools.git_output import failed_hook


class HookTrace:
    """The file to which git writes its events. Without a path, git writes none."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that make git write its events."""
        return {"GIT_TRACE2_EVENT": str(self._path)} if self._path else {}

    def failed_hook(self) -> str | None:
        """Return the name of the last hook that failed, or None."""
        if self._path is None or not self._path.is_file():
            return None
        return failed_hook(self._path.read_text(encoding="utf-8", errors="replace"))


@contextlib.contextmanager
def trace_hooks(path: Path | None) -> Iterator[HookTrace]:
    """Yield the trace of the git commands that run in the block, and delete its file afterwards."""
    if path:
        path.unlink(missing_ok=True)
    try:
        yield HookTrace(path)
    finally:
        if path:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def trace_hooks_elsewhere() -> Iterator[HookTrace]:
    """Yield the trace of the git commands that run in the block, in a temporary directory."""
    with (
        tempfile.TemporaryDirectory(prefix="patchwright-") as place,
        trace_hooks(Path(place) / "events") as trace,
    ):
        yield trace


def explain_refusal(failure: CommandFailed, git: Git, hook: str, refused: str, *remedy: str) -> None:
    """Let a failed command's halt say which hook of the checkout refused what, and how to fix it."""
    failure.cause = f"The hook {hook} refused {refused}."
    where = maintainer.hook_directory(git)
    failure.remedy = (f"Fix what the output above names. The hook is in {where}.", *remedy)
