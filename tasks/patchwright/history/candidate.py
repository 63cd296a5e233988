"""A commit of the mainline as a candidate for a patch release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from patchwright.tools.git import Commit

Verdict = Literal["picked", "left out", "unsure"]


@dataclass(frozen=True)
class Candidate:
    """A commit of the mainline that was looked at, what is proposed for it, and why.

    `passed_over` is a commit that could have been taken before and was not. `conflicting` is one that will
    need a person.
    """

    commit: Commit
    verdict: Verdict
    reason: str
    passed_over: bool = False
    conflicting: bool = False
