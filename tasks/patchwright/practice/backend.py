"""Backend: the parts of the stand-in that the API and the commands for curl read and change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from patchwright.practice.actions import Actions, Run
from patchwright.practice.faults import Fault
from patchwright.practice.hosting import Hosting
from patchwright.practice.pulls import Pull, Pulls
from patchwright.practice.pushes import Pushes
from patchwright.practice.runs import RunScript


class Backend(Protocol):
    """The state of one repository. A method raises LookupError if its run or branch does not exist."""

    owner: str
    clock: Callable[[], float]
    hosting: Hosting
    actions: Actions
    pulls: Pulls
    pushes: Pushes
    releases: dict[str, float]

    def run(self, run_id: int) -> Run:
        """Return a run by its id."""

    def rerun(self, run_id: int, script: RunScript | None = None, *, failed_only: bool = False) -> None:
        """Start the next attempt of a run."""

    def approve(self, run_id: int) -> None:
        """Approve the jobs of a run that wait for an approval."""

    def open_pull(self, title: str, body: str, head: str, base: str) -> Pull:
        """Open a pull request."""


class Controls(Protocol):
    """What a user may change in the stand-in with curl."""

    def workflow_names(self) -> set[str]:
        """Return the names of the listed workflows."""

    def usually(self, workflow: str, script: RunScript | None) -> None:
        """Let each run of a workflow follow a script, or with None the workflow's file."""

    def protect(self, ref: str, message: str = ...) -> None:
        """Reject pushes to a ref."""

    def unprotect(self, ref: str) -> None:
        """Accept pushes to a ref again."""

    def approve(self, run_id: int) -> None:
        """Approve the jobs of a run that wait for an approval."""

    def fault(self, fault: Fault) -> Fault:
        """Add a fault, which lets requests fail."""

    def heal(self) -> None:
        """Remove all faults."""
