"""Proof, act, proof: what it means to run a step."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from patchwright.halts import BranchConflict, CommandFailed, Halt, Prerequisite, StepFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from patchwright.releases.release import Release
    from patchwright.report.terminal import Report


class StepModule(Protocol):
    """A module of `steps`.

    `proof` looks at the world and returns a sentence that shows the step done, or None; `act` changes it.
    """

    @staticmethod
    def proof(release: Release, /) -> str | None: ...  # noqa: D102  described above
    @staticmethod
    def act(release: Release, /) -> None: ...  # noqa: D102  described above


@dataclass(frozen=True)
class Step:
    """One thing that a release makes true. `needs` are the steps that must be proven before it acts."""

    name: str
    title: str
    needs: tuple[str, ...] = ()

    @property
    def does(self) -> StepModule:
        """The step's module, imported when it is first run: `inv --list` does without."""
        return cast("StepModule", import_module(f"patchwright.steps.{self.name.replace('-', '_')}"))


def run(step: Step, release: Release, report: Report, steps: Mapping[str, Step]) -> None:
    """Make a step true, or halt. When dry, say what would be done instead."""
    with report.step(step):
        evidence = step.does.proof(release)
        if evidence is not None:
            report.stands(evidence)
        elif release.shell.dry:
            step.does.act(release)
            report.would_act()
            return
        else:
            for name in step.needs:
                _require(steps[name], release, steps)
            evidence = _acted(step, release)
            report.done(evidence)
        release.proven[step.name] = evidence


def _require(step: Step, release: Release, steps: Mapping[str, Step]) -> None:
    """Halt where an earlier step is not proven, naming the first one that is to be done."""
    if step.name in release.proven:
        return
    evidence = step.does.proof(release)
    if evidence is not None:
        release.proven[step.name] = evidence
        return
    for name in step.needs:
        _require(steps[name], release, steps)
    raise Prerequisite(
        f"This needs `{step.name}` first, and there is no proof of it: {step.title}.",
        next_command=f"inv release.{step.name} --version {release.plan.series}",
    )


def _acted(step: Step, release: Release) -> str:
    evidence: str | None
    try:
        step.does.act(release)
    except (CommandFailed, BranchConflict) as failure:
        # The answer may be lost and the effect not: the world is asked, not the exit status.
        evidence = _proof_after(failure, step, release)
    else:
        release.look_again()
        evidence = step.does.proof(release)
    if evidence is None:
        raise StepFailed(f"`{step.name}` has done its work, and there is still no proof of it: {step.title}.")
    return evidence


def _proof_after(failure: Halt, step: Step, release: Release) -> str:
    try:
        release.look_again()
        evidence = step.does.proof(release)
    except Halt:
        evidence = None
    if evidence is None:
        raise failure
    return evidence
