"""Which patches are chosen, what a person is asked, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from fake_release import FakeCommits, fake_release
from patchwright.commands import proposal
from patchwright.halts import BadArgument, Interrupted
from patchwright.history import picking
from patchwright.history.candidate import Candidate, Verdict
from patchwright.history.presence import Presence
from patchwright.patches import choice
from patchwright.releases.release import Release
from patchwright.releases.request import Request
from patchwright.report.terminal import Report
from patchwright.tools import editor
from patchwright.tools.git_output import Commit
from patchwright.tools.shell import Shell

FIRST, SECOND, THIRD = "a" * 40, "b" * 40, "c" * 40
ONE = "inv release.patch --version 1.24 --patches aaaaaaaaaaaa"


def candidate(sha: str, verdict: Verdict) -> Candidate:
    return Candidate(
        Commit(sha, (), "Ada <a@example.org>", "", "Repair it", ()), verdict, "it has a fragment"
    )


@dataclass
class Terminal:
    """A report on a terminal with these answers, or without a terminal if there are none."""

    answers: list[str] | None
    questions: list[str] = field(default_factory=list)
    listed: list[Candidate] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def can_ask(self) -> bool:
        return self.answers is not None

    def candidates(self, candidates: list[Candidate]) -> None:
        self.listed += candidates

    def proposal(self, numbered: Sequence[Candidate], skipped: int) -> None:
        self.said.append(" ".join([*(one.commit.short[0] for one in numbered), f"and {skipped}"]))

    def say(self, text: str) -> None:
        self.said.append(text)

    def ask(self, question: str) -> str | None:
        self.questions.append(question)
        return self.answers.pop(0) if self.answers else None


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return fake_release(tmp_path, commits=FakeCommits())


Choose = Callable[..., tuple[str, ...] | None]


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch, release: Release) -> Choose:
    """Return a function that chooses from candidates with some verdicts, and returns the picks."""
    monkeypatch.setattr(choice, "find_presence", lambda *_: Presence())
    monkeypatch.setattr(picking, "sort_commits", lambda *_: [])

    def run(terminal: Terminal, *verdicts: Verdict, yes: bool = False) -> tuple[str, ...] | None:
        found = [candidate(sha, one) for sha, one in zip((FIRST, SECOND, THIRD), verdicts, strict=False)]
        monkeypatch.setattr(choice, "collect_candidates", lambda _release: found)
        proposal.choose_patches(release, Request("1.24", yes=yes), cast("Report", terminal))
        return release.plan.picks

    return run


def edit_with(monkeypatch: pytest.MonkeyPatch, *edits: Callable[[str], str | None]) -> list[str]:
    """Let the editor edit the text, or fail if the edit returns None. Return the texts that were opened."""
    opened: list[str] = []

    def edit(_shell: Shell, path: Path) -> int:
        opened.append(path.read_text())
        text = edits[len(opened) - 1](opened[-1])
        if text is None:
            return 3
        path.write_text(text)
        return 0

    monkeypatch.setattr(editor, "edit", edit)
    return opened


# Taken as proposed


@pytest.mark.parametrize("word", ["take", "t", "TAKE"])
def test_the_proposed_commits_are_taken(choose: Choose, release: Release, word: str) -> None:
    terminal = Terminal([word])
    assert choose(terminal, "proposed", "skipped", "proposed") == (FIRST, THIRD)
    assert terminal.said == ["c a and 1"]
    assert terminal.questions == [
        "Pick 2 proposed commits onto release-1.24?\ntake, edit, none, abort, show: "
    ]
    assert release.record.content.picks == (FIRST, THIRD)


@pytest.mark.parametrize(
    ("answer", "picks"),
    [("all", (FIRST, SECOND, THIRD)), ("none", (FIRST,)), ("2", (FIRST, THIRD)), ("3", (FIRST, SECOND))],
)
def test_to_take_asks_about_the_unsure_commits(choose: Choose, answer: str, picks: tuple[str, ...]) -> None:
    terminal = Terminal(["take", answer])
    assert set(choose(terminal, "proposed", "unsure", "unsure") or ()) == set(picks)
    assert terminal.questions[0].startswith("Pick 1 proposed commit onto release-1.24 (2 unsure)?")
    assert terminal.questions[1] == "2-3 are unsure. Pick too: all, none, or numbers such as 2: "


def test_an_unsure_commit_that_a_person_left_out_is_in_the_summary(choose: Choose, release: Release) -> None:
    choose(Terminal(["take", "none"]), "proposed", "unsure")
    (note,) = release.notes
    assert note.startswith(f"{SECOND[:10]} ")
    assert " was left out: " in note


@pytest.mark.parametrize("answer", ["", "1", "4", "0", "3-2", "every", "-1", "2,x", "9999999"])
def test_a_wrong_answer_about_the_unsure_commits_asks_again(choose: Choose, answer: str) -> None:
    terminal = Terminal(["take", answer, "none"])
    assert choose(terminal, "proposed", "unsure", "unsure") == ()
    assert "is not a number from 2 to 3." in terminal.said[-1]


def test_none_picks_nothing_and_is_recorded(choose: Choose, release: Release) -> None:
    assert choose(Terminal(["none"]), "proposed") == ()
    assert release.record.content.picks == ()


@pytest.mark.parametrize("answers", [["abort"], [], ["take"], ["edit"], ["what?", "a"]])
def test_to_abort_records_nothing_and_names_no_commits(
    choose: Choose, release: Release, answers: list[str]
) -> None:
    with pytest.raises(Interrupted) as halted:
        choose(Terminal(answers), "proposed", "unsure")
    assert halted.value.next_command is None
    assert release.plan.picks is None
    assert not release.record.exists


@pytest.mark.parametrize("word", ["", "yes", "takes", "x"])
def test_an_unknown_word_asks_again(choose: Choose, word: str) -> None:
    terminal = Terminal([word, "none"])
    assert choose(terminal, "proposed") == ()
    assert terminal.said[-1] == "Answer take, edit, none or abort. The first letter is enough."


def test_the_skipped_commits_are_shown_on_request(choose: Choose) -> None:
    terminal = Terminal(["show", "none"])
    choose(terminal, "skipped", "proposed")
    assert [one.commit.sha for one in terminal.listed] == [FIRST]


# Edited


@pytest.mark.parametrize(
    ("numbers", "picks"),
    [("1", {SECOND}), ("1,2", {FIRST, SECOND}), ("1-3", {FIRST, SECOND, THIRD}), ("3 2", {FIRST, THIRD})],
)
def test_numbers_choose_from_the_list(choose: Choose, numbers: str, picks: set[str]) -> None:
    assert set(choose(Terminal(["edit", numbers]), "proposed", "proposed", "unsure") or ()) == picks


def test_the_editor_chooses_from_every_candidate(
    choose: Choose, monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    opened = edit_with(
        monkeypatch, lambda text: text.replace("unsure c", "drop c").replace("drop b", "pick b")
    )
    assert choose(Terminal(["edit", ""]), "proposed", "skipped", "unsure") == (SECOND, FIRST)
    assert release.record.content.picks == (SECOND, FIRST)
    rows = [row for row in opened[0].splitlines() if row and not row.startswith("#")]
    assert rows == [
        "pick aaaaaaaaaaaa Repair it", "unsure cccccccccccc Repair it", "drop bbbbbbbbbbbb Repair it",
    ]  # fmt: skip  # a row a candidate


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda _text: "", "no commit is left to pick"),
        (lambda text: text.replace("pick a", "drop a"), "no commit is left to pick"),
        (lambda text: text.replace("aaaaaaaaaaaa", "d" * 12), "dddddddddddd is not a candidate of the list"),
        (lambda text: text.replace("pick a", "squash a"), "squash is not pick or drop"),
        (lambda text: f"{text}\npick {FIRST}\n", "aaaaaaaaaa is in the list twice"),
        (lambda _text: None, "The editor failed with exit status 3"),
    ],
)
def test_a_list_that_makes_no_sense_asks_again(
    choose: Choose, monkeypatch: pytest.MonkeyPatch, edit: Callable[[str], str | None], problem: str
) -> None:
    edit_with(monkeypatch, edit)
    terminal = Terminal(["edit", "", "take"])
    assert choose(terminal, "proposed") == (FIRST,)
    assert any(problem in row for row in terminal.said)


def test_an_unsure_commit_must_be_decided_in_the_editor_and_the_edits_are_kept(
    choose: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = edit_with(
        monkeypatch,
        lambda text: text.replace("pick a", "drop a"),
        lambda text: text.replace("unsure b", "pick b"),
    )
    terminal = Terminal(["edit", "", "edit", ""])
    assert choose(terminal, "proposed", "unsure") == (SECOND,)
    assert "drop aaaaaaaaaaaa" in opened[1]
    assert any("replace `unsure` with `pick` or `drop`: bbbbbbbbbb" in row for row in terminal.said)


# Nobody is asked


@pytest.mark.parametrize("verdicts", [("proposed",), ("proposed", "skipped")])
def test_without_a_terminal_a_proposal_halts_with_its_command(
    choose: Choose, release: Release, verdicts: Sequence[Verdict]
) -> None:
    with pytest.raises(BadArgument) as halted:
        choose(Terminal(None), *verdicts)
    assert halted.value.next_command == ONE
    assert halted.value.remedy == (f"To release the proposed commits: {ONE}",)
    assert halted.value.evidence == ("proposed: aaaaaaaaaa Repair it (fragment: it has a fragment)",)
    assert release.plan.picks is None


@pytest.mark.parametrize(("answers", "yes"), [(None, False), (None, True), ([], True)])
def test_with_yes_or_without_a_terminal_an_unsure_commit_halts_with_both_commands(
    choose: Choose, answers: list[str] | None, *, yes: bool
) -> None:
    terminal = Terminal(answers)
    with pytest.raises(BadArgument) as halted:
        choose(terminal, "proposed", "unsure", yes=yes)
    assert halted.value.next_command == ONE
    assert halted.value.remedy[1].endswith(f"{ONE},bbbbbbbbbbbb")
    assert terminal.questions == []


@pytest.mark.parametrize("answers", [None, []])
def test_with_yes_the_proposed_commits_are_taken(choose: Choose, answers: list[str] | None) -> None:
    terminal = Terminal(answers)
    assert choose(terminal, "proposed", "skipped", yes=True) == (FIRST,)
    assert terminal.questions == []


@pytest.mark.parametrize("answers", [None, []])
def test_nothing_is_asked_if_every_candidate_is_skipped(choose: Choose, answers: list[str] | None) -> None:
    terminal = Terminal(answers)
    assert choose(terminal, "skipped") == ()
    assert terminal.questions == []


@pytest.mark.parametrize(("count", "more"), [(1, ""), (5, ""), (7, " and 2 more")])
def test_commits_that_were_passed_over_are_in_one_note(
    monkeypatch: pytest.MonkeyPatch, release: Release, count: int, more: str
) -> None:
    shas = [f"{number:040x}" for number in range(1, count + 1)]
    found = [replace(candidate(sha, "unsure"), was_passed_over=True) for sha in shas]
    monkeypatch.setattr(choice, "collect_candidates", lambda _release: found)
    proposal.choose_patches(release, Request("1.24"), cast("Report", Terminal(["none"])))
    names = ", ".join(sha[:10] for sha in reversed(shas[-5:]))
    assert release.notes == [f"this release leaves out {names}{more}, as an earlier release or pick did"]


def test_named_commits_are_chosen_instead_of_candidates(
    monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    monkeypatch.setattr(
        choice, "resolve_named", lambda _release, names: choice.Named(tuple(name * 8 for name in names), ())
    )
    proposal.choose_patches(release, Request("1.24", patches=("aaaaa",)), cast("Report", Terminal(None)))
    assert release.plan.picks == (FIRST,)


def test_recorded_picks_are_kept_without_a_question(release: Release) -> None:
    release.resolve(replace(release.plan, picks=(SECOND,)))
    terminal = Terminal(["none"])
    proposal.choose_patches(release, Request("1.24"), cast("Report", terminal))
    assert release.plan.picks == (SECOND,)
    assert terminal.said == ["the patches were chosen before: 1 commit"]
    assert terminal.questions == []
