"""All problems are found in one go, in the order of the checks, each once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fake_gh import FakeClock, FakeGh, Silence, github
from fake_release import fake_release
from patchwright.halts import BadArgument, BranchConflict, Bug, Halt, Interrupted, Prerequisite, Unavailable
from patchwright.preflight import checks, problems
from patchwright.releases.release import Release

NO_ORIGIN = SimpleNamespace(urls=([], []))
UNPLANNED = cast("Release", SimpleNamespace(is_planned=False, origin=NO_ORIGIN))


def fake_check(halt: Halt | None) -> Callable[[Release], None]:
    def check(_release: Release) -> None:
        if halt is not None:
            raise halt

    return check


def test_problems_come_in_the_order_of_the_checks() -> None:
    one, two = Prerequisite("One."), BranchConflict("Two.")
    selected = [fake_check(None), fake_check(one), fake_check(None), fake_check(two)]
    assert problems.find_problems(selected, UNPLANNED) == [one, two]


def test_checks_without_problems_find_none() -> None:
    assert problems.find_problems([fake_check(None)], UNPLANNED) == []


def test_ctrl_c_ends_the_programs_that_checks_wait_for() -> None:
    ended: list[bool] = []

    def interrupt(_release: Release) -> None:
        raise KeyboardInterrupt

    shell = SimpleNamespace(stop=lambda: ended.append(True))
    with pytest.raises(KeyboardInterrupt):
        problems.find_problems([interrupt], cast("Release", SimpleNamespace(shell=shell, origin=NO_ORIGIN)))
    assert ended == [True]


def test_a_halt_brings_along_the_other_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    others = (fake_check(Prerequisite("No gh.")), fake_check(BranchConflict("Diverged.")))
    monkeypatch.setattr(checks, "CLONE_CHECKS", others)
    with pytest.raises(Prerequisite) as raised, problems.with_all_problems(UNPLANNED):
        raise BranchConflict("Diverged.")
    assert [problem.cause for problem in raised.value.problems] == ["Diverged.", "No gh."]
    assert raised.value.step == "preflight"


def test_a_single_halt_is_raised_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CLONE_CHECKS", (fake_check(None),))
    halt = BranchConflict("Diverged.")
    with pytest.raises(BranchConflict) as raised, problems.with_all_problems(UNPLANNED):
        raise halt
    assert raised.value is halt


@pytest.mark.parametrize("halt", [BadArgument("Typed wrong."), Interrupted("Stopped."), Bug("Wrong.")])
def test_some_halts_are_raised_alone(halt: Halt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CLONE_CHECKS", (fake_check(Prerequisite("No gh.")),))
    with pytest.raises(type(halt)) as raised, problems.with_all_problems(UNPLANNED):
        raise halt
    assert raised.value is halt
    assert raised.value.step is None


@pytest.mark.parametrize(("tag", "selected"), [(None, checks.ALL_CHECKS), ("f" * 40, checks.LATE_CHECKS)])
def test_the_public_tag_decides_which_checks_are_relevant(
    tag: str | None, selected: tuple[checks.Check, ...]
) -> None:
    release = SimpleNamespace(is_planned=True, origin=SimpleNamespace(tag=tag))
    assert problems.relevant_checks(cast("Release", release)) == selected


def test_only_checks_of_the_clone_are_relevant_before_there_is_a_plan() -> None:
    assert problems.relevant_checks(UNPLANNED) == checks.CLONE_CHECKS


def test_checks_give_up_on_github_soon(tmp_path: Path) -> None:
    clock = FakeClock()
    release = fake_release(tmp_path, github=github(clock))

    def ask(_release: Release) -> None:
        release.github.about()

    with FakeGh(clock) as gh:
        gh.faults = [("", Silence(exits=1, stderr="no route to host"))] * 1000
        (halt,) = problems.find_problems([ask], release)
        assert isinstance(halt, Unavailable)
        assert clock.monotonic() <= problems.PATIENCE_SECONDS
        assert "patience" not in " ".join(halt.remedy)
        since = clock.monotonic()
        with pytest.raises(Unavailable) as halted:
            ask(release)
    assert clock.monotonic() - since > 500
    assert "Raise the setting `patience`" in halted.value.remedy[-1]
