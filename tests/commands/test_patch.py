"""On a terminal it asks once; elsewhere what is unsure halts with what to type; --yes takes what is clear."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from patchwright.commands import patch
from patchwright.halts import BranchConflict, Interrupted
from patchwright.history.candidate import Candidate, Verdict
from patchwright.patches import choice as patches
from patchwright.releases.plan import Plan, Request
from patchwright.releases.release import Release
from patchwright.report.terminal import Report
from patchwright.tools.git import Commit

SURE, UNSURE = "a" * 40, "b" * 40
BOTH = f"inv release.patch --version 1.24 --patches {SURE[:12]},{UNSURE[:12]}"


def candidate(sha: str, verdict: Verdict) -> Candidate:
    return Candidate(Commit(sha, (), "Ada <a@example.org>", "", "Repair it", ()), verdict, "it is so")


class Asked:
    """A terminal, or none, that answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: str | None, *verdicts: Verdict) -> None:
        self.questions: list[str] = []
        self.listed: list[Candidate] = []
        self.judged = [
            candidate(sha, verdict) for sha, verdict in zip((SURE, UNSURE), verdicts, strict=False)
        ]
        plan = Plan(
            "1.24", "1.24.1", "v1.24.1", "release-1.24", "1.24.0", "v1.24.0", "c" * 40, "", None, None
        )
        settings = SimpleNamespace(mainline="master")
        self.release = cast("Release", SimpleNamespace(plan=plan, public_tag=None, settings=settings))
        self.report = cast("Report", SimpleNamespace(live=answer is not None, candidates=self.listed.extend))

        def ask(question: str) -> str:
            self.questions.append(question)
            if not answer:
                raise EOFError
            return answer

        monkeypatch.setattr("builtins.input", ask)
        monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: answer is not None))
        monkeypatch.setattr(patches, "candidates", lambda _release: self.judged)

    def fix(self, *, yes: bool = False) -> tuple[str, ...] | None:
        patch.settle_patches(self.release, Request("1.24", yes=yes), self.report)
        return self.release.plan.picks


def test_a_terminal_is_asked_once_and_takes_the_clear_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, "y", "picked", "unsure")
    assert asked.fix() == (SURE,)
    assert asked.questions == ["Pick 1 onto release-1.24 (1 unsure left out)? [y/N] "]
    assert asked.listed == asked.judged


@pytest.mark.parametrize("answer", ["n", "what?", ""])
def test_any_other_answer_stops_and_prints_what_to_type(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    with pytest.raises(Interrupted) as halted:
        Asked(monkeypatch, answer, "picked", "unsure").fix()
    assert halted.value.next_command == BOTH


def test_without_a_terminal_what_is_clear_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Asked(monkeypatch, None, "picked", "left out").fix() == (SURE,)


def test_without_a_terminal_what_is_unsure_halts_with_both_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BranchConflict) as halted:
        Asked(monkeypatch, None, "picked", "unsure").fix()
    assert halted.value.next_command == f"inv release.patch --version 1.24 --patches {SURE[:12]}"
    assert BOTH in halted.value.remedy[1]


def test_yes_takes_the_clear_ones_and_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, "n", "picked", "unsure")
    assert asked.fix(yes=True) == (SURE,)
    assert asked.questions == []


def test_nothing_is_asked_when_there_is_nothing_to_pick(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, "n", "left out")
    assert asked.fix() == ()
    assert asked.questions == []
