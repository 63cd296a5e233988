"""A candidate is plain data: a commit, a verdict and a reason."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from fake_release import fake_commit
from patchwright.history.candidate import Candidate

PROPOSED = Candidate(fake_commit("a" * 40), "proposed", "it adds changes/3.bugfix")


def test_a_candidate_was_not_passed_over_and_applies_unless_it_says_otherwise() -> None:
    assert not PROPOSED.was_passed_over
    assert not PROPOSED.will_conflict


def test_another_verdict_makes_another_candidate_of_the_same_commit() -> None:
    unsure = replace(PROPOSED, verdict="unsure")
    assert unsure != PROPOSED
    assert unsure.commit is PROPOSED.commit
    assert unsure.reason == PROPOSED.reason


def test_a_candidate_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        PROPOSED.verdict = "skipped"  # type: ignore[misc]  # the point of the test
