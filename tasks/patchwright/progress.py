"""Narrator: what work that takes long tells the person who waits for it."""

from __future__ import annotations

from typing import Protocol


class Narrator(Protocol):
    """Shows what goes on. All text may come from outside; the narrator makes it safe to show."""

    live: bool
    """Whether there is a terminal that is updated in place."""

    def say(self, text: str) -> None:
        """Show one line that is worth keeping."""

    def waiting(self, for_what: str | None) -> None:
        """Show what is being waited for now; None when nothing is."""

    def show(self, detail: object | None) -> None:
        """Show a rich renderable below the current step, rendered again as time passes; None removes it."""


class Silent:
    """A narrator that shows nothing."""

    live = False

    def say(self, text: str) -> None:
        """Show nothing."""

    def waiting(self, for_what: str | None) -> None:
        """Show nothing."""

    def show(self, detail: object | None) -> None:
        """Show nothing."""
