"""Progress: what a long operation shows to the person who waits for it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Shows progress. All text may come from outside; the implementation makes it safe to show."""

    live: bool
    """Whether the output is a terminal that is updated in place."""

    def say(self, text: str) -> None:
        """Print one line that stays visible."""

    def show_wait(self, for_what: str | None) -> None:
        """Show what patchwright waits for now. None ends the wait."""

    def show(self, detail: object | None) -> None:
        """Show a rich renderable below the current step and keep it up to date. None removes it."""


class SilentProgress:
    """A progress that shows nothing."""

    live = False

    def say(self, text: str) -> None:
        """Do nothing."""

    def show_wait(self, for_what: str | None) -> None:
        """Do nothing."""

    def show(self, detail: object | None) -> None:
        """Do nothing."""
