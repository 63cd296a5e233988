"""Where a release stands: every step's proof, what comes next, and the last halt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patchwright.engine import resolve
from patchwright.halts import Halt
from patchwright.pipeline import STEPS
from patchwright.text import line

if TYPE_CHECKING:
    from patchwright.engine.runner import Step
    from patchwright.engine.session import Session
    from patchwright.releases.release import Release

SCHEMA = 1


def show(running: Session, *, as_json: bool) -> None:
    """Print the standing, as a table or as the one JSON object that scripts read."""
    from patchwright.report import terminal  # noqa: PLC0415  rich is imported when something is shown

    release = running.release
    # Of a release that has not begun nothing can be proven, and looking for it may take long.
    begun = bool(release.public_tag) or resolve.has_begun(release)
    proofs = [(step, proof(release, step) if begun else None) for step in STEPS]
    state = state_of(release, proofs)
    following = _next(release, state)
    if as_json:
        terminal.print_json(as_document(release, proofs, state, following))
    else:
        running.report.status(state, release, proofs, following, halt_of(release, proofs))


def proof(release: Release, step: Step) -> str | None:
    """Return a step's proof; a halt on the way to it is no proof."""
    if step.name == "preflight":
        # Its guards are about what may come; of a release that has begun, they were content.
        return "the release is under way"
    try:
        return step.does.proof(release)
    except Halt:
        return None


def state_of(release: Release, proofs: list[tuple[Step, str | None]]) -> str:
    """Return none, in-progress, halted or done."""
    if release.public_tag and all(evidence for _, evidence in proofs):
        return "done"
    if halt_of(release, proofs):
        return "halted"
    return "in-progress" if release.public_tag or resolve.has_begun(release) else "none"


def halt_of(release: Release, proofs: list[tuple[Step, str | None]]) -> dict[str, Any] | None:
    """Return the last halt, unless its step has been proven since."""
    halt = release.intent.halt
    proven = {step.name for step, evidence in proofs if evidence is not None}
    return None if halt is None or halt.get("step") in proven else halt


def as_document(
    release: Release, proofs: list[tuple[Step, str | None]], state: str, following: str | None
) -> dict[str, object]:
    """Return what `release.status --json` prints."""
    plan = release.plan
    return {
        "schema": SCHEMA,
        "series": plan.series,
        "version": plan.version,
        "tag": plan.tag,
        "branch": plan.branch,
        "state": state,
        "steps": [
            {"name": step.name, "done": evidence is not None, "evidence": evidence and line(evidence)}
            for step, evidence in proofs
        ],
        "next": following,
        "halt": halt_of(release, proofs) if state == "halted" else None,
    }


def _next(release: Release, state: str) -> str | None:
    return None if state == "done" else f"inv release.patch --version {release.plan.series}"
