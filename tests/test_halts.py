"""Halts: their exit statuses, what they carry, and how several are one."""

from __future__ import annotations

import pytest

from patchwright.halts import (
    KINDS,
    BadArgument,
    BranchConflict,
    CommandFailed,
    Halt,
    Prerequisite,
    RefusedPush,
    VersionConflict,
    together,
)


def test_each_kind_has_its_exit_status() -> None:
    assert [kind.status for kind in KINDS] == [2, 3, 4, 5, 6, 7, 8, 130]
    assert [kind("Why.").code for kind in KINDS] == [kind.status for kind in KINDS]


def test_what_a_halt_carries_can_be_shown() -> None:
    halt = Prerequisite(
        "\x1b[31mWhy.",
        evidence=["https://ada:s3cret@host/x"],
        remedy=["\u202e"],
        never=["\r"],
        next_command="inv \x07",
    )
    assert halt.as_json() == {
        "kind": "prerequisite",
        "exit": 3,
        "step": None,
        "cause": "\\x1b[31mWhy.",
        "evidence": ["https://***@host/x"],
        "remedy": ["\\u202e"],
        "never": ["\\r"],
        "public": [],
        "local": [],
        "untouched": [],
        "next": "inv \\x07",
        "problems": [],
    }
    assert str(halt) == halt.cause


def test_a_failed_command_shows_its_last_lines_without_secrets() -> None:
    output = "\n".join(f"line {number}" for number in range(50)) + "\nghp_0123456789abcdefghij"
    halt = CommandFailed("git failed.", argv=("git", "push", "https://a:b@h/x"), exited=128, output=output)
    assert halt.evidence[:2] == ("$ git push https://***@h/x", "  (exit status 128)")
    assert halt.evidence[-2:] == ("  line 49", "  ***")
    assert len(halt.evidence) == 22
    assert halt.code == 4


def test_a_command_that_did_not_end_says_so() -> None:
    halt = CommandFailed("gh did not finish.", argv=("gh",), exited=None)
    assert halt.evidence == ("$ gh", "  (no answer in time)")


@pytest.mark.parametrize(
    ("problems", "kind"),
    [
        ([BranchConflict("One."), RefusedPush("Two.")], BranchConflict),
        ([VersionConflict("One."), VersionConflict("Two.")], VersionConflict),
        ([VersionConflict("One."), BranchConflict("Two.")], Prerequisite),
        ([BadArgument("One."), Prerequisite("Two.")], Prerequisite),
    ],
)
def test_several_halts_are_one(problems: list[Halt], kind: type[Halt]) -> None:
    whole = together(problems)
    assert type(whole) is kind
    assert whole.cause == "2 things stand in the way of this release."
    assert whole.problems == tuple(problems)
    assert [problem["cause"] for problem in whole.as_json()["problems"]] == ["One.", "Two."]


def test_the_same_halt_twice_is_itself() -> None:
    first = Prerequisite("One.", evidence=["first"])
    assert together([first, Prerequisite("One.")]) is first
