"""Halts: their exit statuses, their report, and how several are combined into one."""

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
    combine,
)


def test_each_kind_has_its_exit_status() -> None:
    assert [kind.status for kind in KINDS] == [2, 3, 4, 5, 6, 7, 8, 130]
    assert [kind("Why.").code for kind in KINDS] == [kind.status for kind in KINDS]


def test_every_text_of_a_halt_is_safe_to_show() -> None:
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
    halt = CommandFailed(
        "git failed.", argv=("git", "push", "https://a:b@h/x"), exit_status=128, output=output
    )
    assert halt.evidence[:2] == ("$ git push https://***@h/x", "  (exit status 128)")
    assert halt.evidence[-2:] == ("  line 49", "  ***")
    assert len(halt.evidence) == 22
    assert halt.code == 4


def test_a_command_that_reached_its_time_limit_has_no_exit_status() -> None:
    halt = CommandFailed("gh did not finish.", argv=("gh",), exit_status=None)
    assert halt.evidence == ("$ gh", "  (stopped at its time limit)")


@pytest.mark.parametrize(
    ("problems", "kind"),
    [
        ([BranchConflict("One."), RefusedPush("Two.")], BranchConflict),
        ([VersionConflict("One."), VersionConflict("Two.")], VersionConflict),
        ([VersionConflict("One."), BranchConflict("Two.")], Prerequisite),
        ([BadArgument("One."), Prerequisite("Two.")], Prerequisite),
    ],
)
def test_several_halts_are_combined_into_one(problems: list[Halt], kind: type[Halt]) -> None:
    combined = combine(problems)
    assert type(combined) is kind
    assert combined.cause == "2 problems must be fixed before this release can start."
    assert combined.problems == tuple(problems)
    assert [problem["cause"] for problem in combined.as_json()["problems"]] == ["One.", "Two."]


def test_a_halt_that_was_found_twice_is_reported_once() -> None:
    first = Prerequisite("One.", evidence=["first"])
    assert combine([first, Prerequisite("One.")]) is first


def test_what_was_combined_before_is_reported_in_its_parts() -> None:
    first, second, third = Prerequisite("One."), Prerequisite("Two."), BranchConflict("Three.")
    combined = combine([combine([first, second]), third, Prerequisite("Two.")])
    assert combined.cause == "3 problems must be fixed before this release can start."
    assert combined.problems == (first, second, third)
