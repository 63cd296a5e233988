"""Run a step: check whether it is done, do it, check again."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from patchwright.halts import BranchConflict, CommandFailed, Halt, Prerequisite, StepFailed
from patchwright.invocation import task_command
from patchwright.pipeline import STEPS_BY_NAME, Step
from patchwright.releases import withdrawals
from patchwright.releases.origin import Origin
from patchwright.releases.release import Release
from patchwright.report.terminal import Report


class StepModule(Protocol):
    """A module of `steps`.

    `proof` returns a sentence as evidence that the step is done, or None. It changes nothing. `act` does the
    step.
    """

    @staticmethod
    def proof(release: Release, /) -> str | None: ...  # noqa: D102  see the class
    @staticmethod
    def act(release: Release, /) -> None: ...  # noqa: D102  see the class


def module_of(step: Step) -> StepModule:
    """Return the module of a step."""
    return cast("StepModule", import_module(f"patchwright.steps.{step.name.replace('-', '_')}"))


def run(step: Step, release: Release, report: Report) -> None:
    """Run a step and prove that it is done, or raise Halt. In a dry run, only show what the step would do."""
    module = module_of(step)
    with report.step(step):
        evidence = module.proof(release)
        if evidence is not None:
            report.already_done(evidence)
        elif release.shell.dry:
            module.act(release)
            report.would_run()
            return
        else:
            for name in step.needs:
                _require_proof(STEPS_BY_NAME[name], release)
            evidence = _act(step, release)
            report.done(evidence)
        release.proven[step.name] = evidence


def _require_proof(step: Step, release: Release) -> None:
    """Raise Prerequisite if an earlier step has no proof. The halt names the first missing one."""
    if step.name in release.proven:
        return
    evidence = module_of(step).proof(release)
    if evidence is not None:
        release.proven[step.name] = evidence
        return
    for name in step.needs:
        _require_proof(STEPS_BY_NAME[name], release)
    raise Prerequisite(
        f"The step `{step.name}` must be done first: {step.title}.",
        next_command=task_command(step.name, release.plan.series),
    )


def _act(step: Step, release: Release) -> str:
    """Do a step, and return the proof. A failed command may have had its effect, so it is proven as well."""
    module = module_of(step)
    evidence: str | None
    before = release.origin
    try:
        module.act(release)
    except (CommandFailed, BranchConflict) as failure:
        evidence = _proof_after(failure, module, release)
    else:
        release.refresh()
        evidence = module.proof(release)
    if evidence is None:
        if not release.origin.tag:
            # Somebody may have taken back what the step has worked on.
            withdrawals.require_nothing_withdrawn(release)
            _require_same_tip(release, before)
        raise StepFailed(f"The step `{step.name}` has run, but nothing proves that it is done: {step.title}.")
    return evidence


def _require_same_tip(release: Release, before: Origin) -> None:
    """Raise BranchConflict if somebody else has moved the release branch while a step was running."""
    name = f"refs/heads/{release.plan.branch}"
    then, now = before.refs.get(name), release.origin.refs.get(name)
    if then != now:
        raise BranchConflict(
            f"{release.plan.branch} has moved on {release.settings.remote}.",
            evidence=[f"before: {then}", f"now:    {now}"],
            remedy=["Run the same command again: it builds on the new tip."],
        )


def _proof_after(failure: Halt, module: StepModule, release: Release) -> str:
    try:
        release.refresh()
        evidence = module.proof(release)
    except Halt:
        evidence = None
    if evidence is None:
        raise failure
    return evidence
