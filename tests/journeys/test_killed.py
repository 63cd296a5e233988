"""A rerun after a kill makes the same release. `--all-boundaries` kills at every boundary of a release."""

from __future__ import annotations

import functools
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from journeys.conftest import grounds
from journeys.crashes import Boundary, Undisturbed, problems_after_kill, problems_after_signal, undisturbed
from journeys.ground import Make
from patchwright.practice.project import Patches

pytestmark = pytest.mark.journey

VARIANTS: tuple[Patches, ...] = ("mainline", "release-branch")
MAINLINE, BRANCH = VARIANTS
INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
ExpectedOf = Callable[[Patches], Undisturbed]

# Every point of every kind of command, in one of the two variants.
KILLED: tuple[tuple[Patches, Boundary], ...] = (
    (MAINLINE, Boundary("git worktree add", 1, "before")),
    (BRANCH, Boundary("git worktree add", 1, "refs locked")),
    (MAINLINE, Boundary("git worktree add", 2, "after")),
    (BRANCH, Boundary("git cherry-pick", 1, "before")),
    (MAINLINE, Boundary("git cherry-pick", 2, "refs locked 3")),
    (MAINLINE, Boundary("git cherry-pick", 1, "after")),
    (MAINLINE, Boundary("hatch run check", 1, "before")),
    (BRANCH, Boundary("hatch run check", 3, "half done")),
    (MAINLINE, Boundary("hatch run check", 2, "after")),
    (BRANCH, Boundary("hatch version", 1, "before")),
    (MAINLINE, Boundary("hatch version", 1, "half done")),
    (BRANCH, Boundary("hatch version", 1, "after")),
    (MAINLINE, Boundary("git add", 2, "before")),
    (BRANCH, Boundary("git add", 1, "index written")),
    (MAINLINE, Boundary("git add", 4, "after")),
    (BRANCH, Boundary("git commit", 4, "before")),
    (MAINLINE, Boundary("git commit", 1, "refs locked")),
    (BRANCH, Boundary("git commit", 2, "after")),
    (MAINLINE, Boundary("hatch run towncrier", 1, "before")),
    (MAINLINE, Boundary("hatch run towncrier", 1, "half done")),
    (BRANCH, Boundary("hatch run towncrier", 1, "after")),
    (BRANCH, Boundary("git push refs/heads/release", 1, "before")),
    (MAINLINE, Boundary("git push refs/heads/release", 1, "origin locked")),
    (BRANCH, Boundary("git push refs/heads/release", 2, "refs locked")),
    (MAINLINE, Boundary("git push refs/heads/release", 2, "after")),
    (MAINLINE, Boundary("git init", 1, "before")),
    (BRANCH, Boundary("git init", 1, "half done")),
    (MAINLINE, Boundary("git init", 1, "after")),
    (BRANCH, Boundary("git tag", 1, "before")),
    (MAINLINE, Boundary("git tag", 1, "refs locked")),
    (BRANCH, Boundary("git tag", 1, "after")),
    (MAINLINE, Boundary("git push refs/tags/", 1, "before")),
    (BRANCH, Boundary("git push refs/tags/", 1, "origin locked")),
    (MAINLINE, Boundary("git push refs/tags/", 1, "after")),
    (BRANCH, Boundary("git checkout", 1, "before")),
    (MAINLINE, Boundary("git checkout", 1, "refs locked")),
    (BRANCH, Boundary("git checkout", 1, "after")),
    (BRANCH, Boundary("git rm", 1, "before")),
    (MAINLINE, Boundary("git rm", 2, "index written")),
    (BRANCH, Boundary("git rm", 2, "after")),
    (BRANCH, Boundary("git push refs/heads/", 1, "before")),
    (BRANCH, Boundary("git push refs/heads/", 1, "origin locked")),
    (MAINLINE, Boundary("git push refs/heads/", 1, "refs locked")),
    (BRANCH, Boundary("git push refs/heads/", 1, "after")),
    (MAINLINE, Boundary("git update-ref refs/tags/", 1, "before")),
    (BRANCH, Boundary("git update-ref refs/tags/", 1, "refs locked")),
    (MAINLINE, Boundary("git update-ref refs/tags/", 1, "after")),
    (MAINLINE, Boundary("git update-ref refs/worktree/", 1, "before")),
    (BRANCH, Boundary("git update-ref refs/worktree/", 2, "before")),
    (BRANCH, Boundary("git update-ref refs/worktree/", 1, "refs locked")),
    (MAINLINE, Boundary("git update-ref refs/worktree/", 2, "refs locked")),
    (BRANCH, Boundary("git update-ref refs/worktree/", 1, "after")),
    (MAINLINE, Boundary("git update-ref refs/worktree/", 2, "after")),
    (BRANCH, Boundary("git update-ref refs/heads/release", 1, "before")),
    (BRANCH, Boundary("git update-ref refs/heads/release", 1, "refs locked")),
    (BRANCH, Boundary("git update-ref refs/heads/release", 1, "after")),
    (BRANCH, Boundary("git update-ref refs/heads/", 1, "before")),
    (BRANCH, Boundary("git update-ref refs/heads/", 1, "refs locked")),
    (BRANCH, Boundary("git update-ref refs/heads/", 1, "after")),
)

# Each signal before, inside and after a command: before, during and after the pushes.
INTERRUPTED = (
    (INT, Boundary("git worktree add", 1, "before")),
    (INT, Boundary("git push refs/heads/release", 1, "origin locked")),
    (INT, Boundary("git commit", 3, "after")),
    (TERM, Boundary("git push refs/tags/", 1, "before")),
    (TERM, Boundary("git cherry-pick", 1, "refs locked")),
    (TERM, Boundary("git push refs/heads/", 1, "after")),
    (HUP, Boundary("git commit", 1, "before")),
    (HUP, Boundary("hatch version", 1, "half done")),
    (HUP, Boundary("git tag", 1, "after")),
)

ONLY_ALL = "only with --all-boundaries"


@pytest.fixture(scope="session")
def expected_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExpectedOf]:
    """Return a function that gives the undisturbed release of a variant. Each is made once."""
    with grounds(tmp_path_factory) as make_ground:
        yield functools.cache(functools.partial(undisturbed, make_ground))


def test_the_list_contains_every_kind_of_boundary(expected_of: ExpectedOf) -> None:
    """Every point of every kind of command; in each variant, every kind of command and every point."""
    listed = {(patches, *boundary.kind) for patches, boundary in KILLED}
    existing = {
        (patches, *boundary.kind) for patches in VARIANTS for boundary in expected_of(patches).boundaries
    }

    assert listed <= existing
    assert {row[1:] for row in listed} == {row[1:] for row in existing}
    assert {row[:2] for row in listed} == {row[:2] for row in existing}
    assert {row[::2] for row in listed} == {row[::2] for row in existing}


@pytest.mark.parametrize(("patches", "boundary"), KILLED, ids=str)
def test_a_release_that_is_killed_at_a_boundary_is_finished_by_a_rerun(
    make_ground: Make, expected_of: ExpectedOf, patches: Patches, boundary: Boundary
) -> None:
    assert problems_after_kill(make_ground, patches, boundary, expected_of(patches)) == []


@pytest.mark.parametrize(("by", "boundary"), INTERRUPTED, ids=str)
def test_a_release_that_is_interrupted_at_a_boundary_is_finished_by_a_rerun(
    make_ground: Make, expected_of: ExpectedOf, by: signal.Signals, boundary: Boundary
) -> None:
    assert problems_after_signal(make_ground, boundary, by, expected_of("mainline")) == []


@pytest.mark.parametrize("patches", VARIANTS)
@pytest.mark.parametrize("place", ["before", "inside", "after"])
def test_a_release_that_is_killed_at_any_boundary_is_finished_by_a_rerun(
    make_ground: Make, expected_of: ExpectedOf, patches: Patches, place: str, *, all_boundaries: bool
) -> None:
    if not all_boundaries:
        pytest.skip(ONLY_ALL)
    expected = expected_of(patches)

    problems = [
        shown(problems_after_kill(make_ground, patches, boundary, expected), boundary)
        for boundary in expected.boundaries
        if place == (boundary.point if boundary.point in {"before", "after"} else "inside")
    ]

    assert problems
    assert not any(problems), problems


@pytest.mark.parametrize("by", [INT, TERM, HUP])
def test_a_release_that_is_interrupted_at_any_boundary_is_finished_by_a_rerun(
    make_ground: Make, expected_of: ExpectedOf, by: signal.Signals, *, all_boundaries: bool
) -> None:
    if not all_boundaries:
        pytest.skip(ONLY_ALL)
    expected = expected_of("mainline")

    problems = [
        shown(problems_after_signal(make_ground, boundary, by, expected), boundary)
        for boundary in expected.boundaries
    ]

    assert not any(problems), problems


def shown(problems: list[str], boundary: Boundary) -> list[str]:
    """Return the problems, and print them (`-s` shows the progress of the test)."""
    sys.stdout.write(f"{boundary}: {len(problems)} problems\n" + "".join(f"  {row}\n" for row in problems))
    sys.stdout.flush()
    return problems
