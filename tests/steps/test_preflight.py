from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from memory_release import MemoryRelease
from patchwright.halts import BranchConflict, Halt, Prerequisite
from patchwright.preflight import problems
from patchwright.releases.release import Release
from patchwright.steps import preflight

MISSING, MOVED = Prerequisite("gh is missing.", remedy=["Install gh."]), BranchConflict("It has moved.")


def check_that(halt: Halt | None = None) -> Callable[[Release], None]:
    """Return a check that passes, or one that finds a problem."""

    def check(_release: Release) -> None:
        if halt:
            raise halt

    return check


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[Release], None]]:
    """The checks that are relevant, for a test to change."""
    relevant = [check_that(), check_that()]
    monkeypatch.setattr(problems, "relevant_checks", lambda _release: relevant)
    return relevant


def test_checks_that_pass_are_counted(
    release: MemoryRelease, checks: list[Callable[[Release], None]]
) -> None:
    assert preflight.proof(release) == f"{len(checks)} checks passed"
    assert release.problems == []


def test_a_check_that_finds_a_problem_is_no_evidence(
    release: MemoryRelease, checks: list[Callable[[Release], None]]
) -> None:
    checks.append(check_that(MISSING))
    assert preflight.proof(release) is None
    assert release.problems == [MISSING]


def test_one_problem_is_the_halt(release: MemoryRelease, checks: list[Callable[[Release], None]]) -> None:
    checks.append(check_that(MISSING))
    preflight.proof(release)
    with pytest.raises(Prerequisite) as halted:
        preflight.act(release)
    assert halted.value is MISSING


def test_several_problems_are_one_halt(
    release: MemoryRelease, checks: list[Callable[[Release], None]]
) -> None:
    checks += [check_that(MISSING), check_that(MOVED)]
    with pytest.raises(Prerequisite) as halted:
        preflight.act(release)
    assert halted.value.problems == (MISSING, MOVED)


@pytest.mark.usefixtures("checks")
def test_a_lock_of_the_checkout_is_reported_and_left_alone(release: MemoryRelease, tmp_path: Path) -> None:
    lock = tmp_path / "index.lock"
    lock.touch()
    release.memory.answers["index.lock"] = f"{lock}\n"

    assert preflight.proof(release) == "2 checks passed"

    assert lock.exists()
    assert release.shown.said == [
        f"{lock} exists: git is running in your checkout, or was killed there; the file was not deleted"
    ]


@pytest.mark.usefixtures("checks")
def test_without_a_lock_nothing_is_reported(release: MemoryRelease, tmp_path: Path) -> None:
    release.memory.answers["index.lock"] = f"{tmp_path / 'index.lock'}\n"
    preflight.proof(release)
    assert release.shown.said == []
