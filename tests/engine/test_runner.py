"""The runner: check whether a step is done, do it, check again, for every way in which a step can behave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from patchwright.engine import runner
from patchwright.engine.runner import StepModule
from patchwright.halts import BranchConflict, CommandFailed, Halt, Prerequisite, StepFailed, Unavailable
from patchwright.pipeline import STEPS, Step
from patchwright.releases import withdrawals
from patchwright.releases.release import Release
from patchwright.report.terminal import Report
from patchwright.tools.shell import Shell

FAILED_PUSH = CommandFailed("git failed.", argv=("git", "push"), exit_status=1)
MOVED = BranchConflict("It has moved.")

BRANCH = "refs/heads/release-1.24"


@dataclass
class FakeStep:
    """A step whose effect is visible in the world after a refresh."""

    name: str
    needs: tuple[str, ...] = ()
    act: Callable[[World], None] | None = None
    is_provable: bool = True

    @property
    def step(self) -> Step:
        return Step(self.name, f"Do {self.name}", self.needs)


@dataclass
class World:
    """What steps look at and change, and what the report shows.

    `effects` are the names of the steps that are done. `seen` are those that were done at the last refresh.
    """

    monkeypatch: pytest.MonkeyPatch
    tips: list[str] = field(default_factory=lambda: ["a" * 40])
    effects: set[str] = field(default_factory=set)
    dry: bool = False
    acts: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    proven: dict[str, str] = field(default_factory=dict)
    steps: dict[str, FakeStep] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shell = Shell(Path(), dry=self.dry)
        self.plan = SimpleNamespace(series="1.24", branch="release-1.24")
        self.settings = SimpleNamespace(remote="origin")
        self.origin = SimpleNamespace(tag=None, refs={BRANCH: self.tips[0]})
        self.monkeypatch.setattr(withdrawals, "require_nothing_withdrawn", lambda _release: None)
        self.seen = set(self.effects)

    def refresh(self) -> None:
        self.origin = SimpleNamespace(tag=self.origin.tag, refs={BRANCH: self.tips[-1]})
        self.seen = set(self.effects)

    def run(self, *steps: FakeStep) -> None:
        """Run the last of the steps in this world."""
        self.steps = {fake.name: fake for fake in steps}
        self.monkeypatch.setattr(runner, "module_of", self._module_of)
        self.monkeypatch.setattr(runner, "STEPS_BY_NAME", {fake.name: fake.step for fake in steps})
        report = SimpleNamespace(
            step=self._show_step,
            already_done=lambda evidence: self.shown.append(f"already done: {evidence}"),
            would_run=lambda: self.shown.append("would run"),
            done=lambda evidence: self.shown.append(f"done: {evidence}"),
        )
        runner.run(steps[-1].step, cast("Release", self), cast("Report", report))

    @contextmanager
    def _show_step(self, step: Step) -> Iterator[None]:
        self.shown.append(step.name)
        yield

    def _module_of(self, step: Step) -> StepModule:
        fake = self.steps[step.name]

        def proof(_release: Release) -> str | None:
            return f"{fake.name} is proven" if fake.is_provable and fake.name in self.seen else None

        def act(_release: Release) -> None:
            self.acts.append(fake.name)
            if self.dry:
                return
            if fake.act:
                fake.act(self)
            else:
                self.effects.add(fake.name)

        return cast("StepModule", SimpleNamespace(proof=proof, act=act))


def fail_with(halt: Halt, *, effect: str | None = None) -> Callable[[World], None]:
    """Return an act that raises a halt, after its effect or without one."""

    def act(world: World) -> None:
        if effect:
            world.effects.add(effect)
        raise halt

    return act


def test_an_unproven_step_acts_and_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.run(FakeStep("push"))
    assert world.shown == ["push", "done: push is proven"]
    assert world.proven == {"push": "push is proven"}


def test_a_proven_step_does_not_act(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, effects={"push"})
    world.run(FakeStep("push"))
    assert (world.shown, world.acts) == (["push", "already done: push is proven"], [])
    assert world.proven == {"push": "push is proven"}


def test_a_step_without_proof_after_its_act_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StepFailed, match=r"`push` has run, but nothing proves that it is done: Do push\."):
        World(monkeypatch).run(FakeStep("push", is_provable=False))


def test_a_branch_that_moved_while_a_step_ran_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, tips=["a" * 40, "b" * 40])
    with pytest.raises(BranchConflict, match=r"release-1\.24 has moved on origin\.") as halted:
        world.run(FakeStep("push", is_provable=False))
    assert halted.value.evidence == (f"before: {'a' * 40}", f"now:    {'b' * 40}")


@pytest.mark.parametrize("is_public", [True, False])
def test_a_step_whose_base_was_taken_back_halts_with_that_reason(
    monkeypatch: pytest.MonkeyPatch, *, is_public: bool
) -> None:
    def fail(_release: object) -> None:
        raise MOVED

    world = World(monkeypatch)
    world.origin.tag = "d" * 40 if is_public else None
    monkeypatch.setattr(withdrawals, "require_nothing_withdrawn", fail)
    with pytest.raises(StepFailed if is_public else BranchConflict):
        world.run(FakeStep("bump", is_provable=False))


def test_a_step_acts_only_if_the_steps_that_it_needs_are_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    push, tag = FakeStep("push"), FakeStep("tag", needs=("push",))
    world = World(monkeypatch)
    with pytest.raises(Prerequisite, match=r"The step `push` must be done first: Do push\.") as halted:
        world.run(push, tag)
    assert world.acts == []
    assert halted.value.next_command == "inv release.push --version 1.24"

    world = World(monkeypatch, effects={"push"})
    world.run(push, tag)
    assert world.acts == ["tag"]
    assert set(world.proven) == {"push", "tag"}


def test_the_halt_names_the_first_missing_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = FakeStep("bump"), FakeStep("push", needs=("bump",)), FakeStep("tag", needs=("push",))
    with pytest.raises(Prerequisite, match="The step `bump` must be done first"):
        World(monkeypatch).run(*steps)


def test_a_proven_step_needs_no_earlier_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, effects={"tag"})
    world.run(FakeStep("push"), FakeStep("tag", needs=("push",)))
    assert world.shown == ["tag", "already done: tag is proven"]


@pytest.mark.parametrize("halt", [FAILED_PUSH, MOVED], ids=["command", "branch"])
def test_a_failed_act_that_had_its_effect_is_done(halt: Halt, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.run(FakeStep("push", act=fail_with(halt, effect="push")))
    assert world.shown == ["push", "done: push is proven"]


@pytest.mark.parametrize("halt", [FAILED_PUSH, MOVED, Unavailable("No network.")])
def test_a_failed_act_without_an_effect_raises_its_halt(halt: Halt, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(type(halt)) as raised:
        World(monkeypatch).run(FakeStep("push", act=fail_with(halt)))
    assert raised.value is halt


def test_a_failed_act_is_reported_even_if_the_proof_halts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)

    def refresh() -> None:
        raise Unavailable("No network.")

    monkeypatch.setattr(world, "refresh", refresh)
    with pytest.raises(CommandFailed) as raised:
        world.run(FakeStep("push", act=fail_with(FAILED_PUSH)))
    assert raised.value is FAILED_PUSH


def test_a_dry_run_shows_what_would_happen_and_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, dry=True)
    world.run(FakeStep("push"), FakeStep("tag", needs=("push",)))
    assert world.shown == ["tag", "would run"]
    assert (world.acts, world.proven, world.effects) == (["tag"], {}, set())


def test_each_step_has_a_module_with_proof_and_act() -> None:
    for step in STEPS:
        module = runner.module_of(step)
        assert callable(module.proof)
        assert callable(module.act)
