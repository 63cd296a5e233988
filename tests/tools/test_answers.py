"""Which answers of git are asked for once."""

from __future__ import annotations

import pytest

from patchwright.tools.answers import Answers, is_full_name

ONE, TWO = "1" * 40, "2" * 40


@pytest.mark.parametrize(
    "word",
    [ONE, f"^{ONE}", f"{ONE}^1", f"{ONE}^{{tree}}", f"{ONE}:a b\nc", f"{ONE}..{TWO}", f"{ONE}...{TWO}"],
)
def test_a_full_name_depends_on_no_ref(word: str) -> None:
    assert is_full_name(word)


@pytest.mark.parametrize(
    "word", ["HEAD", ONE[:39], f"refs/heads/{ONE}", f"{ONE}..HEAD", f"{ONE}^{{/fix}}", ""]
)
def test_another_name_may_depend_on_a_ref(word: str) -> None:
    assert not is_full_name(word)


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        (("rev-list", ONE, f"^{TWO}"), 1),
        (("rev-list", "--reverse", "-1", ONE, "--", "HEAD"), 1),
        (("rev-list", "HEAD", f"^{TWO}"), 2),
        (("rev-list", "--reverse", "master"), 2),
    ],
)
def test_a_question_that_names_every_object_in_full_is_asked_once(key: tuple[str, ...], asked: int) -> None:
    answers, calls = Answers(), list[str]()

    def answer() -> list[str]:
        calls.append("asked")
        return [ONE]

    for _ in range(2):
        assert answers.once(key, answer) == [ONE]
    assert len(calls) == asked
    assert answers.once((*key, "other"), lambda: [TWO]) == [TWO]


def test_a_false_answer_is_an_answer() -> None:
    answers = Answers()
    assert answers.once(("is-ancestor", ONE, TWO), lambda: False) is False
    assert answers.once(("is-ancestor", ONE, TWO), lambda: True) is False


def test_what_was_not_found_is_looked_for_again() -> None:
    answers, given = Answers(), iter([None, "found", "other"])
    found = [answers.once_found(("tag", ONE), lambda: next(given)) for _ in range(3)]
    assert found == [None, "found", "found"]
    named = iter(["one", "two"])
    assert [answers.once_found(("tag", "v1"), lambda: next(named)) for _ in range(2)] == ["one", "two"]
