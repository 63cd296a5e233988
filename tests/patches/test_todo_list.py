"""The list of candidates that a person edits."""

from __future__ import annotations

import pytest

from fake_release import fake_commit
from patchwright.history.candidate import Candidate, Verdict
from patchwright.patches.todo_list import read_todo_list, write_todo_list

PROPOSED, UNSURE, SKIPPED = "a" * 40, "ab" * 20, "c" * 40
NASTY = "Repair\x1b[31m it\u202e"


def candidate(sha: str, verdict: Verdict, subject: str = "Repair it.") -> Candidate:
    return Candidate(fake_commit(sha, message=subject), verdict, "it has a reason")


LIST = [
    candidate(PROPOSED, "proposed"),
    candidate(UNSURE, "unsure", NASTY),
    candidate(SKIPPED, "skipped", ""),
]


def test_the_list_has_a_line_and_a_comment_for_each_candidate() -> None:
    rows = write_todo_list(LIST, "release-1.24").splitlines()
    assert rows[:8] == [
        "# Pick onto release-1.24: 3 candidates",
        "",
        "# fragment: it has a reason",
        "pick aaaaaaaaaaaa Repair it.",
        "# fragment: it has a reason",
        "unsure abababababab Repair\\x1b[31m it\\u202e",
        "# it has a reason",
        "drop cccccccccccc",
    ]
    assert all(not row or row.startswith("#") for row in rows[8:])


def test_an_unchanged_list_with_an_unsure_commit_is_not_decided() -> None:
    picked, problems = read_todo_list(write_todo_list(LIST, "b"), LIST)
    assert [one.commit.sha for one in picked] == [PROPOSED]
    assert problems == ["line 6: replace `unsure` with `pick` or `drop`: ababababab"]


@pytest.mark.parametrize(
    ("text", "shas"),
    [
        ("pick aaaaaaa\n", [PROPOSED]),
        (f"  p\t{SKIPPED}  any words\n", [SKIPPED]),
        ("pick aaaaaaa\nd abababa\n# pick ccccccc\n\n", [PROPOSED]),
        ("pick ccccccc\r\npick abababa\r\n", [UNSURE, SKIPPED]),
    ],
)
def test_lines_pick_or_drop(text: str, shas: list[str]) -> None:
    picked, problems = read_todo_list(text, LIST)
    assert ([one.commit.sha for one in picked], problems) == (shas, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no commit is left to pick"),
        ("drop aaaaaaa\n", "no commit is left to pick"),
        ("pick\n", "line 1: nothing is not a candidate of the list"),
        ("\npick eeeeeee x\n", "line 2: eeeeeee is not a candidate of the list"),
        ("pick a\n", "line 1: a is not a candidate of the list"),
        ("pick HEAD\n", "line 1: HEAD is not a candidate of the list"),
        ("exec rm -rf /\n", "line 1: exec is not pick or drop"),
        ("pick aaaaaaa\ndrop aaaaaaaa\n", "line 2: aaaaaaaaaa is in the list twice"),
        ("pick \x1b[31m\n", "line 1: \\x1b[31m is not a candidate of the list"),
    ],
)
def test_a_line_that_makes_no_sense_is_a_problem(text: str, problem: str) -> None:
    assert read_todo_list(text, LIST)[1] == [problem]


def test_a_name_that_fits_two_candidates_is_none() -> None:
    twins = [candidate("a" * 40, "proposed"), candidate("a" * 39 + "b", "proposed")]
    assert read_todo_list("pick aaaaaaa\n", twins) == (
        [], ["line 1: aaaaaaa is not a candidate of the list"],
    )  # fmt: skip  # what is picked, then the problems
