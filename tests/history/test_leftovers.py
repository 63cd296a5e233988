"""What a commit lacks of a change is read from the text that git merges, hunk by hunk."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import cast

import pytest

from fake_release import fake_commit
from patchwright.history.leftovers import Leftovers, find_leftovers
from patchwright.tools.git import Git

CHANGE = fake_commit("1" * 40, added=["a.py", "b.py"])
HUNK = "mine = 1\n=======\ntheirs = 2\n"
CONFLICT = f"<<<<<<< onto\n{HUNK}>>>>>>> {CHANGE.sha}\n"


def look(before: str | None, merged: str | None, changed: Iterable[str] = ("a.py",)) -> Leftovers:
    """Return what is lacking if a.py conflicts with this text."""
    texts = {"picked:a.py": merged, "onto:a.py": before}
    git = SimpleNamespace(
        simulate_pick=lambda *_: ("picked", ["a.py"]),
        changed_paths=lambda *_: list(changed),
        texts=lambda names: {name: texts[name] for name in names},
    )
    return find_leftovers(cast("Git", git), CHANGE, "onto")


def test_a_hunk_that_conflicts_has_both_sides() -> None:
    found = look("one = 1\nmine = 1\n", f"one = 1\n{CONFLICT}")
    assert found.changing == frozenset()
    assert found.hunks("a.py") == {HUNK}
    assert found.hunks("b.py") == frozenset()


def test_a_part_that_applies_beside_a_conflict_would_change_the_file() -> None:
    assert look("one = 1\nmine = 1\n", f"one = 2\n{CONFLICT}").changing == {"a.py"}


def test_another_file_that_would_change_is_named() -> None:
    assert look("mine = 1\n", CONFLICT, ["a.py", "b.py"]).changing == {"b.py"}


def test_a_last_line_without_an_end_is_no_change() -> None:
    assert look("mine = 1", CONFLICT).changing == frozenset()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_heading_is_not_the_line_between_the_sides(end: str) -> None:
    before = "Moons\n=======\n"
    merged = f"<<<<<<< onto\n{before}=======\nSuns\n=======\n>>>>>>> x\n"
    found = look(before.replace("\n", end), merged.replace("\n", end))
    assert found.changing == frozenset()


@pytest.mark.parametrize(("before", "merged"), [("mine\n", "mine\n"), (None, "theirs\n"), ("mine\n", None)])
def test_a_file_without_hunks_conflicts_as_a_whole(before: str | None, merged: str | None) -> None:
    assert look(before, merged) == Leftovers(frozenset(), {"a.py": frozenset()})
