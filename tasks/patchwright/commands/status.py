"""`release.status`: show the evidence of every step, the last halt, and the next command."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from invoke import Context

from patchwright import invocation
from patchwright.engine import resolve, session
from patchwright.engine.runner import module_of
from patchwright.halts import AlreadyPublished, Halt
from patchwright.pipeline import STEPS, STEPS_BY_NAME, Step
from patchwright.preflight import published
from patchwright.releases.release import Release
from patchwright.releases.request import Flags, parse_request
from patchwright.report.terminal import Report
from patchwright.text import quantity, safe_line

SCHEMA = 1
# How many of the newest commits are shown.
_SHOWN = 5


def run(c: Context, version: str | None, *, as_json: bool) -> None:
    """Print the status of a release, as a table or as one JSON object."""
    report = session.new_report(c, as_json=as_json)
    with session.one_document(halted_document) if as_json else nullcontext() as print_document:
        _run(c, version, report, print_document)


def _run(
    c: Context,
    version: str | None,
    report: Report,
    print_document: Callable[[dict[str, object]], None] | None,
) -> None:
    """Print the status as a table, or give it to `print_document`."""
    with session.report_halts(c, report):
        request = parse_request(Flags(version), needs_series=False)
        running = session.start(c, request, report, prefers_last=True, only_asks=True, task="status")
        release = running.release
        # A release that has not begun has no proofs, and the search for them may be slow.
        has_begun = resolve.has_begun(release)
        lost = find_lost_tag(release) if has_begun else None
        if lost:
            proofs = [(step, _public_before(release, step)) for step in STEPS]
        else:
            proofs = [(step, find_proof(release, step) if has_begun else None) for step in STEPS]
        state = "halted" if lost else find_state(release, proofs)
        if print_document:
            print_document(as_document(release, proofs, state, lost))
        else:
            shown = context(release) if state == "none" else ()
            halt = lost.as_json() if lost else find_halt(release, proofs)
            report.status(state, release, proofs, _next_command(release, state, lost), halt, context=shown)
        running.close()


def context(release: Release) -> list[tuple[str, str]]:
    """Return what a person wants to know before a release begins: its branch, commits and fragments."""
    plan, head = release.plan, release.commits.head
    source = "; no commit sets the version" if release.commits.version_is_from_tag(head) else ""
    commits = release.git.commits(head, f"^{plan.previous}")
    fragments = sorted(release.commits.snapshot(head).fragment_files)
    return [
        ("last release", f"{plan.previous_version} ({plan.previous_tag} at {plan.previous[:10]})"),
        ("next version", f"{plan.version} ({plan.tag}{source})"),
        ("branch", f"{plan.branch}, at {head[:10]}"),
        ("commits", f"{quantity(len(commits), 'commit')} after {plan.previous_tag}"),
        *(("", f"{commit.short} {commit.subject}") for commit in reversed(commits[-_SHOWN:])),
        ("fragments", quantity(len(fragments), "fragment")),
        *(("", path) for path in fragments),
    ]


def find_proof(release: Release, step: Step) -> str | None:
    """Return the evidence that a step is done. A halt counts as no evidence."""
    if step.name == "preflight":
        # A release that has begun has passed preflight, so its checks need not run again.
        return "the release is in progress"
    try:
        return module_of(step).proof(release)
    except Halt:
        return None


def find_lost_tag(release: Release) -> AlreadyPublished | None:
    """Return the halt for a version that was public before and whose tag is gone, or None.

    The steps cannot be proven then: the tag decides what was released.
    """
    if release.origin.tag:
        return None
    try:
        published.require_unpublished(release)
    except AlreadyPublished as halt:
        halt.step = "tag"
        return halt
    except Halt:
        return None
    return None


def _public_before(release: Release, step: Step) -> str | None:
    """Return the evidence that a step was done before the tag of a public version was deleted."""
    is_before = STEPS.index(step) < STEPS.index(STEPS_BY_NAME["tag"])
    return f"{release.plan.version} was public before" if is_before else None


def find_state(release: Release, proofs: list[tuple[Step, str | None]]) -> str:
    """Return the state of the release: none, in-progress, halted or done."""
    if release.origin.tag and all(evidence for _, evidence in proofs):
        return "done"
    if find_halt(release, proofs):
        return "halted"
    return "in-progress" if resolve.has_begun(release) else "none"


def find_halt(release: Release, proofs: list[tuple[Step, str | None]]) -> dict[str, Any] | None:
    """Return the recorded halt, or None if its step is proven now."""
    halt = release.record.content.halt
    proven = {step.name for step, evidence in proofs if evidence is not None}
    return None if halt is None or halt.get("step") in proven else halt


def as_document(
    release: Release, proofs: list[tuple[Step, str | None]], state: str, lost: Halt | None = None
) -> dict[str, object]:
    """Return the object that `release.status --json` prints (schema 1)."""
    plan = release.plan
    halt = lost.as_json() if lost else find_halt(release, proofs) if state == "halted" else None
    return {
        "schema": SCHEMA,
        "series": plan.series,
        "version": plan.version,
        "tag": plan.tag,
        "branch": plan.branch,
        "state": state,
        "steps": [
            {"name": step.name, "done": evidence is not None, "evidence": evidence and safe_line(evidence)}
            for step, evidence in proofs
        ],
        "next": _next_command(release, state, lost),
        "halt": halt,
    }


def halted_document(halt: Halt) -> dict[str, object]:
    """Return the object that `release.status --json` prints if a halt keeps it from an answer (schema 1)."""
    return {
        "schema": SCHEMA,
        **dict.fromkeys(("series", "version", "tag", "branch")),
        "state": "halted",
        "steps": [],
        "next": halt.next_command or None,
        "halt": halt.as_json(),
    }


def _next_command(release: Release, state: str, lost: Halt | None = None) -> str | None:
    if lost:
        return lost.next_command and invocation.place(lost.next_command)
    return None if state == "done" else invocation.task_command("patch", release.plan.series)
