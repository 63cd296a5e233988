"""A commit of the mainline as a candidate for a patch release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from patchwright.tools.git_output import Commit

Verdict = Literal["proposed", "skipped", "unsure"]
# What the evidence for a candidate is.
Kind = Literal["fragment", "pull request", "merge", "description", "neighbour", "prerequisite"]


@dataclass(frozen=True)
class Candidate:
    """A commit of the mainline, what is proposed for it, and why. `kind` is the kind of the evidence.

    `was_passed_over` means that an earlier release could have included the commit but did not.
    `will_conflict` means that picking the commit will stop at a conflict.
    """

    commit: Commit
    verdict: Verdict
    reason: str
    was_passed_over: bool = False
    will_conflict: bool = False
    kind: Kind = "fragment"

    @property
    def evidence(self) -> str:
        """The reason with the kind of the evidence. The reason to skip a commit says enough."""
        return self.reason if self.verdict == "skipped" else f"{self.kind}: {self.reason}"
