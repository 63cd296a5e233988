"""Proof, act, proof: what running a step comes to, for every way in which a step can behave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from patchwright.engine import runner as steps
from patchwright.engine.runner import Step, StepModule
from patchwright.halts import BranchConflict, CommandFailed, Halt, Prerequisite, StepFailed, Unavailable
from patchwright.releases.release import Release
from patchwright.report.terminal import Report
from patchwright.tools.shell import Shell


@dataclass
class World:
    """What steps look at and change, and what a person is told of it."""

    dry: bool = False
    done: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    proven: dict[str, str] = field(default_factory=dict)
    acted: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shell = Shell(Path(), dry=self.dry)
        self.plan = SimpleNamespace(series="1.24")
        self.seen = set(self.done)

    def look_again(self) -> None:
        self.seen = set(self.done)

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        self.told.append(step.name)
        yield

    def stands(self, evidence: str) -> None:
        self.told.append(f"stands: {evidence}")

    def would_act(self) -> None:
        self.told.append("would act")

    # `done` tells of a step in a Report, and holds what is done in a World.
    def run(self, *of: FakeStep, step: str) -> None:
        """Run one of the steps in this world."""
        report = SimpleNamespace(
            step=self.step, stands=self.stands, would_act=self.would_act,
            done=lambda evidence: self.told.append(f"done: {evidence}"),
        )  # fmt: skip  # what a report has
        known = {one.name: one for one in of}
        steps.run(known[step], cast("Release", self), cast("Report", report), known)


@dataclass(frozen=True)
class FakeStep(Step):
    """A step that does what it is told to, with effects that show when the world is looked at again."""

    act: Callable[[World], None] | None = None
    unprovable: bool = False

    @property
    def does(self) -> StepModule:
        return cast("StepModule", SimpleNamespace(proof=self._proof, act=self._act))

    def _proof(self, world: World) -> str | None:
        return f"{self.name} is there" if self.name in world.seen and not self.unprovable else None

    def _act(self, world: World) -> None:
        world.acted.append(self.name)
        if world.dry:
            return
        if self.act:
            self.act(world)
        else:
            world.done.add(self.name)


def failing(halt: Halt, *, having_done: str | None = None) -> Callable[[World], None]:
    """Return an act that fails, after its effect or without one."""

    def act(world: World) -> None:
        if having_done:
            world.done.add(having_done)
        raise halt

    return act


LOST = CommandFailed("git failed.", argv=("git", "push"), exited=1)


def test_what_is_not_proven_is_done_and_then_proven() -> None:
    world = World()
    world.run(FakeStep("push", "it is public"), step="push")
    assert world.told == ["push", "done: push is there"]
    assert world.proven == {"push": "push is there"}


def test_what_is_proven_is_not_done_again() -> None:
    world = World(done={"push"})
    world.run(FakeStep("push", "it is public"), step="push")
    assert (world.told, world.acted) == (["push", "stands: push is there"], [])


def test_a_step_that_cannot_prove_it_has_failed() -> None:
    with pytest.raises(StepFailed, match="still no proof of it: it is public"):
        World().run(FakeStep("push", "it is public", unprovable=True), step="push")


def test_a_step_acts_only_on_proof_of_what_it_needs() -> None:
    push, tag = FakeStep("push", "it is public"), FakeStep("tag", "it is tagged", needs=("push",))
    world = World()
    with pytest.raises(Prerequisite, match="This needs `push` first") as halted:
        world.run(push, tag, step="tag")
    assert world.acted == []
    assert halted.value.next_command == "inv release.push --version 1.24"

    World(done={"push"}).run(push, tag, step="tag")


def test_what_is_proven_needs_nothing_any_more() -> None:
    push, tag = FakeStep("push", "it is public"), FakeStep("tag", "it is tagged", needs=("push",))
    world = World(done={"tag"})
    world.run(push, tag, step="tag")
    assert world.told == ["tag", "stands: tag is there"]


@pytest.mark.parametrize("halt", [LOST, BranchConflict("It has moved.")], ids=["command", "branch"])
def test_a_lost_answer_is_no_failure_when_the_effect_is_there(halt: Halt) -> None:
    world = World()
    world.run(FakeStep("push", "it is public", act=failing(halt, having_done="push")), step="push")
    assert world.told == ["push", "done: push is there"]


@pytest.mark.parametrize("halt", [LOST, BranchConflict("It has moved."), Unavailable("No network.")])
def test_a_failure_without_an_effect_is_that_failure(halt: Halt) -> None:
    with pytest.raises(type(halt)) as raised:
        World().run(FakeStep("push", "it is public", act=failing(halt)), step="push")
    assert raised.value is halt


def test_a_dry_run_says_what_would_be_done_and_proves_nothing() -> None:
    push, tag = FakeStep("push", "it is public"), FakeStep("tag", "it is tagged", needs=("push",))
    world = World(dry=True)
    world.run(push, tag, step="tag")
    assert world.told == ["tag", "would act"]
    assert (world.acted, world.proven, world.done) == (["tag"], {}, set())
