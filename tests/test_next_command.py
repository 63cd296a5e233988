"""The check of next commands, which every journey uses, finds what must never be suggested."""

from __future__ import annotations

import shlex

import pytest

from next_command import next_of, problem_of

PATCH = "release.patch --version 1.24"


def report(command: str) -> str:
    return f"Halted at push: branch conflict, exit 7\n  It has moved.\n\nNext:\n  $ {command}\n"


def test_the_next_command_is_the_last_line_of_a_report() -> None:
    assert next_of(report(f"inv {PATCH}")) == f"inv {PATCH}"
    assert next_of("Released 1.24.1\n") is None


@pytest.mark.parametrize(
    ("typed", "following"),
    [
        (f"{PATCH} --yes", f"inv {PATCH} --yes"),
        (f"{PATCH} --yes", f"inv {PATCH} --patches 1a2b3c"),
        (PATCH, "inv release.abandon --version 1.24.1 --yes"),
        (PATCH, "inv release.patch --version 1.24.1 --published"),
        (PATCH, "gh workflow enable qa.yaml -R octo/almanac"),
        (f"{PATCH} --version=1.24", "inv --help release.patch"),
        ("release.preflight --version 1.24", f"inv --dry {PATCH} --patches none"),
        ("release.push --version 1.24", "inv release.checkout --version 1.24"),
        (f"--dry {PATCH}", "inv release.status --version 1.24"),
        ("practice --fail qa", "(cd /tmp/x && inv practice --keep)"),
        ("ship", f"inv {PATCH}"),
    ],
)
def test_what_asks_for_no_more_is_right(typed: str, following: str) -> None:
    assert problem_of(shlex.split(typed), report(following)) is None


@pytest.mark.parametrize(
    ("typed", "following", "problem"),
    [
        ("release.preflight --version 1.24", f"inv {PATCH}", "follows release.preflight"),
        ("release.preflight --version 1.24", "inv release.abandon --version 1.24", "follows release.pref"),
        ("release.push --version 1.24", f"inv {PATCH}", "follows release.push"),
        ("release.rehearse --version 1.24", f"inv {PATCH}", "follows release.rehearse"),
        ("practice", f"inv {PATCH}", "follows release.practice"),
        (f"--dry {PATCH}", f"inv {PATCH}", "is not dry"),
        (PATCH, f"inv {PATCH} --yes", "adds --yes"),
        (PATCH, f"inv {PATCH} --skip-check", "adds --skip-check"),
        (PATCH, "inv release.patch --version 1.25", "is about another series"),
        (PATCH, f"inv {PATCH} --patches-of x", "is refused by Invoke"),
        (PATCH, "git push --force origin master", "forces something"),
        (PATCH, "curl example.org", "starts curl"),
        (PATCH, "inv", "has no task"),
    ],
)
def test_what_asks_for_more_is_found(typed: str, following: str, problem: str) -> None:
    assert problem in str(problem_of(shlex.split(typed), report(following)))
