"""Where a release stands, for people and as the JSON that scripts read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from patchwright.commands import status
from patchwright.engine.runner import Step, StepModule
from patchwright.halts import Prerequisite
from patchwright.pipeline import STEPS
from patchwright.releases.journal import Intent
from patchwright.releases.plan import Plan
from patchwright.releases.release import Release
from patchwright.report import terminal

PLAN = Plan(
    "1.24", "1.24.3", "v1.24.3", "release-1.24", "1.24.2", "v1.24.2", "a" * 40, "2026-11-22", None, None
)
HALT = Prerequisite("gh is not on PATH.", evidence=["PATH: /bin"]).as_json()


def a_release(*, tag: str | None = None, begun: bool = False, halt: dict[str, Any] | None = None) -> Release:
    """Return what of a release its standing depends on."""
    return cast(
        "Release",
        SimpleNamespace(
            plan=PLAN, public_tag=tag, intent=Intent(version="1.24.3", halt=halt), is_under_way=begun,
            tree_at=lambda _commit: SimpleNamespace(version="1.24.2"), head="b" * 40,
        ),
    )  # fmt: skip  # what the journal and origin show


def proofs(done: int) -> list[tuple[Step, str | None]]:
    """Return the steps, the first of them proven."""
    return [(step, f"{step.name} is there" if at < done else None) for at, step in enumerate(STEPS)]


@pytest.mark.parametrize(
    ("world", "done", "state"),
    [
        ({}, 0, "none"),
        ({"begun": True}, 3, "in-progress"),
        ({"begun": True, "halt": HALT}, 3, "halted"),
        ({"tag": "c" * 40}, 10, "in-progress"),
        ({"tag": "c" * 40, "halt": HALT}, 10, "halted"),
        ({"tag": "c" * 40}, len(STEPS), "done"),
        ({"tag": "c" * 40, "halt": HALT}, len(STEPS), "done"),
    ],
)
def test_the_state_is_told_by_proofs_before_anything_else(
    world: Mapping[str, Any], done: int, state: str
) -> None:
    assert status.state_of(a_release(**world), proofs(done)) == state


def test_the_document_has_the_keys_that_scripts_know_and_no_others() -> None:
    document = status.as_document(
        a_release(begun=True, halt=HALT), proofs(2), "halted", "inv release.patch --version 1.24"
    )
    assert json.loads(json.dumps(document)) == {
        "schema": 1,
        "series": "1.24",
        "version": "1.24.3",
        "tag": "v1.24.3",
        "branch": "release-1.24",
        "state": "halted",
        "steps": [
            {"name": step.name, "done": at < 2, "evidence": f"{step.name} is there" if at < 2 else None}
            for at, step in enumerate(STEPS)
        ],
        "next": "inv release.patch --version 1.24",
        "halt": HALT,
    }


@pytest.mark.parametrize("state", ["none", "in-progress", "done"])
def test_a_halt_that_is_over_is_not_told(state: str) -> None:
    document = status.as_document(a_release(halt=HALT), proofs(0), state, None)
    assert (document["halt"], document["next"]) == (None, None)


def test_the_document_is_one_line_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_json({"evidence": "a\nb \x1b[31m ü"})
    told = capsys.readouterr()
    assert told.out.count("\n") == 1
    assert told.out.isascii()
    assert "\x1b" not in told.out
    assert json.loads(told.out) == {"evidence": "a\nb \x1b[31m ü"}
    assert told.err == ""


def test_a_proof_that_halts_is_none() -> None:
    class Halting(Step):
        @property
        def does(self) -> StepModule:
            def proof(_release: Release) -> str:
                raise Prerequisite("No network.")

            return cast("StepModule", SimpleNamespace(proof=proof))

    assert status.proof(a_release(), Halting("tag", "it is tagged")) is None
