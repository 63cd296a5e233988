"""Progress: what a long operation shows to the person who waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Chapter = tuple[str, Sequence[str]]
"""A heading and the lines below it."""


class Progress(Protocol):
    """Shows progress. All text may come from outside; the implementation makes it safe to show."""

    live: bool
    """Whether the output is a terminal that is updated in place."""

    def say(self, text: str) -> None:
        """Print one line that stays visible."""

    def present(self, chapters: Sequence[Chapter]) -> None:
        """Print chapters that stay visible, each with a heading and with its lines as they are."""

    def confirm(self, question: str) -> bool:
        """Ask a question that is answered with yes or no. Without a terminal, return True."""

    def show_wait(self, for_what: str | None) -> None:
        """Show what patchwright waits for now. None ends the wait."""

    def show(self, detail: object | None) -> None:
        """Show a rich renderable below the current step and keep it up to date. None removes it."""


class SilentProgress:
    """A progress that shows nothing."""

    live = False

    def say(self, text: str) -> None:
        """Do nothing."""

    def present(self, chapters: Sequence[Chapter]) -> None:
        """Do nothing."""

    def confirm(self, question: str) -> bool:  # noqa: ARG002  nobody is asked
        """Return True."""
        return True

    def show_wait(self, for_what: str | None) -> None:
        """Do nothing."""

    def show(self, detail: object | None) -> None:
        """Do nothing."""
