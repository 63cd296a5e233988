"""Everything that stands in the way is found in one go, in order, each thing once."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from patchwright.halts import BadArgument, BranchConflict, Halt, Prerequisite
from patchwright.preflight import guards, problems
from patchwright.releases.release import Release

NO_PLAN = cast("Release", SimpleNamespace(is_planned=False))


def guard(halt: Halt | None) -> Callable[[Release], None]:
    def assert_it(_release: Release) -> None:
        if halt is not None:
            raise halt

    return assert_it


def test_what_guards_find_comes_in_their_order() -> None:
    one, two = Prerequisite("One."), BranchConflict("Two.")
    assert problems.found([guard(None), guard(one), guard(None), guard(two)], NO_PLAN) == [one, two]


def test_a_halt_brings_along_what_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        guards, "OF_THE_CLONE", (guard(Prerequisite("No gh.")), guard(BranchConflict("Diverged.")))
    )
    with pytest.raises(Prerequisite) as told, problems.joined(NO_PLAN):
        raise BranchConflict("Diverged.")
    assert [problem.cause for problem in told.value.problems] == ["Diverged.", "No gh."]


def test_a_halt_alone_stays_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "OF_THE_CLONE", (guard(None),))
    halt = BranchConflict("Diverged.")
    with pytest.raises(BranchConflict) as told, problems.joined(NO_PLAN):
        raise halt
    assert told.value is halt


def test_what_was_typed_halts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "OF_THE_CLONE", (guard(Prerequisite("No gh.")),))
    with pytest.raises(BadArgument, match="Typed wrong"), problems.joined(NO_PLAN):
        raise BadArgument("Typed wrong.")


def test_what_is_still_to_be_done_decides_which_guards_are_asked() -> None:
    for public, asked in ((None, guards.ALL), ("f" * 40, guards.LATE)):
        release = cast("Release", SimpleNamespace(is_planned=True, public_tag=public))
        assert problems.relevant(release) == asked
    assert set(guards.OF_THE_CLONE) <= set(guards.ALL)
    assert guards.require_signing not in guards.LATE
