"""`release.patch`: which patches it chooses, what it asks, and what it records."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from fake_release import HEAD, PLAN, REFS, TAG, FakeCommits, fake_release
from patchwright.commands import patch
from patchwright.halts import BadArgument, Interrupted, Unavailable
from patchwright.history import picking
from patchwright.history.candidate import Candidate, Verdict
from patchwright.history.picking import Conflict
from patchwright.history.presence import Presence
from patchwright.integration import build
from patchwright.patches import choice
from patchwright.releases.release import Release
from patchwright.releases.request import Request
from patchwright.report.terminal import Report
from patchwright.tools.git_output import Commit

PROPOSED, UNSURE = "a" * 40, "b" * 40
CERTAIN = f"inv release.patch --version 1.24 --patches {PROPOSED[:12]}"
BOTH = f"{CERTAIN},{UNSURE[:12]}"


def candidate(sha: str, verdict: Verdict) -> Candidate:
    return Candidate(
        Commit(sha, (), "Ada <a@example.org>", "", "Repair it", ()), verdict, "it has a fragment"
    )


@dataclass
class Terminal:
    """A report on a terminal where the answer is yes or no, or without a terminal if the answer is None."""

    answer: bool | None
    questions: list[str] = field(default_factory=list)
    listed: list[Candidate] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def can_ask(self) -> bool:
        return self.answer is not None

    def candidates(self, candidates: list[Candidate]) -> None:
        self.listed += candidates

    def say(self, text: str) -> None:
        self.said.append(text)

    def confirm(self, question: str) -> bool:
        self.questions.append(question)
        return bool(self.answer)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return fake_release(tmp_path, commits=FakeCommits())


def choose(
    monkeypatch: pytest.MonkeyPatch,
    release: Release,
    terminal: Terminal,
    *verdicts: Verdict,
    yes: bool = False,
) -> tuple[str, ...] | None:
    """Choose the patches from candidates with these verdicts, and return the picks."""
    candidates = [candidate(sha, verdict) for sha, verdict in zip((PROPOSED, UNSURE), verdicts, strict=False)]
    monkeypatch.setattr(choice, "collect_candidates", lambda _release: candidates)
    patch.choose_patches(release, Request("1.24", yes=yes), cast("Report", terminal))
    assert terminal.listed == candidates
    return release.plan.picks


def test_on_a_terminal_one_question_is_asked(monkeypatch: pytest.MonkeyPatch, release: Release) -> None:
    terminal = Terminal(answer=True)
    assert choose(monkeypatch, release, terminal, "proposed", "unsure") == (PROPOSED,)
    assert terminal.questions == ["Pick 1 commit onto release-1.24 (1 unsure, not included)?"]


def test_the_question_counts_the_proposed_commits(monkeypatch: pytest.MonkeyPatch, release: Release) -> None:
    terminal = Terminal(answer=True)
    assert choose(monkeypatch, release, terminal, "proposed", "proposed") == (PROPOSED, UNSURE)
    assert terminal.questions == ["Pick 2 commits onto release-1.24?"]


def test_the_answer_no_stops_with_the_command_for_the_proposed_commits(
    monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    with pytest.raises(Interrupted) as halted:
        choose(monkeypatch, release, Terminal(answer=False), "proposed", "unsure")
    assert halted.value.next_command == CERTAIN


def test_if_only_unsure_commits_were_declined_the_next_command_lists_them(
    monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    with pytest.raises(Interrupted) as halted:
        choose(monkeypatch, release, Terminal(answer=False), "unsure", "unsure")
    assert halted.value.next_command == "inv --dry release.patch --version 1.24"


def test_without_a_terminal_the_proposed_commits_are_chosen(
    monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    assert choose(monkeypatch, release, Terminal(answer=None), "proposed", "skipped") == (PROPOSED,)


@pytest.mark.parametrize(("answer", "yes"), [(None, False), (None, True), (True, True)])
def test_with_yes_or_without_a_terminal_an_unsure_commit_halts_with_both_commands(
    monkeypatch: pytest.MonkeyPatch, release: Release, *, answer: bool | None, yes: bool
) -> None:
    terminal = Terminal(answer)
    monkeypatch.setattr(choice, "find_presence", lambda *_: Presence())
    monkeypatch.setattr(picking, "sort_commits", lambda *_: [])
    with pytest.raises(BadArgument) as halted:
        choose(monkeypatch, release, terminal, "proposed", "unsure", yes=yes)
    assert halted.value.next_command == CERTAIN
    assert BOTH in halted.value.remedy[1]
    assert terminal.questions == []
    assert release.plan.picks is None


def test_with_yes_the_proposed_commits_are_chosen_without_a_question(
    monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    terminal = Terminal(answer=False)
    assert choose(monkeypatch, release, terminal, "proposed", "skipped", yes=True) == (PROPOSED,)
    assert terminal.questions == []


def test_an_unsure_commit_that_a_person_left_out_is_in_the_summary(
    monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    choose(monkeypatch, release, Terminal(answer=True), "proposed", "unsure")
    (note,) = release.notes
    assert note.startswith(f"{UNSURE[:10]} ")
    assert " was left out: " in note


@pytest.mark.parametrize(("count", "more"), [(1, ""), (5, ""), (7, " and 2 more")])
def test_commits_that_were_passed_over_are_in_one_note(
    monkeypatch: pytest.MonkeyPatch, release: Release, count: int, more: str
) -> None:
    shas = [f"{number:040x}" for number in range(1, count + 1)]
    found = [replace(candidate(sha, "unsure"), was_passed_over=True) for sha in shas]
    terminal = Terminal(answer=True)
    monkeypatch.setattr(choice, "collect_candidates", lambda _release: found)
    patch.choose_patches(release, Request("1.24"), cast("Report", terminal))
    names = ", ".join(sha[:10] for sha in reversed(shas[-5:]))
    assert release.notes == [f"this release leaves out {names}{more}, as an earlier release or pick did"]


def test_nothing_is_asked_if_every_candidate_is_skipped(
    monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    terminal = Terminal(answer=False)
    assert choose(monkeypatch, release, terminal, "skipped") == ()
    assert terminal.questions == []


def test_named_commits_are_chosen_instead_of_candidates(
    monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    monkeypatch.setattr(
        choice, "resolve_named", lambda _release, names: choice.Named(tuple(name * 8 for name in names), ())
    )
    patch.choose_patches(release, Request("1.24", patches=("aaaaa",)), cast("Report", Terminal(answer=None)))
    assert release.plan.picks == (PROPOSED,)


def test_recorded_picks_are_kept(release: Release) -> None:
    release.resolve(replace(release.plan, picks=(UNSURE,)))
    patch.choose_patches(release, Request("1.24"), cast("Report", Terminal(answer=None)))
    assert release.plan.picks == (UNSURE,)


class TestBegin:
    """What `release.patch` does before its first step."""

    @pytest.fixture(autouse=True)
    def conflicts(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Conflict | None]:
        """Return the conflicts to expect, by whether a pick or the integration has them."""
        found: dict[str, Conflict | None] = {"pick": None, "integration": None}
        monkeypatch.setattr(choice, "wanted_patches", lambda _release: [])
        monkeypatch.setattr(choice, "predict_conflict", lambda _release, _wanted: found["pick"])
        monkeypatch.setattr(build, "predict_conflict", lambda _release: found["integration"])
        monkeypatch.setattr(patch, "choose_patches", lambda *_: None)
        return found

    def begin(self, release: Release) -> Terminal:
        terminal = Terminal(answer=None)
        patch.begin_release(release, Request("1.24"), cast("Report", terminal))
        return terminal

    def test_a_release_without_commits_is_not_recorded(self, release: Release) -> None:
        assert self.begin(release).said == []
        assert not release.record.exists

    def test_a_recorded_release_is_recorded_again_without_its_halt(self, release: Release) -> None:
        release.record.begin()
        release.record.add_halt({"cause": "It halted."})
        self.begin(release)
        assert release.record.content.halt is None

    def test_a_worktree_with_commits_shows_that_the_release_has_begun(self, tmp_path: Path) -> None:
        class Ahead(FakeCommits):
            @property
            def start(self) -> str:
                return "0" * 40

        release = fake_release(tmp_path, commits=Ahead())
        self.begin(release)
        assert release.record.exists

    def test_a_published_release_chooses_no_patches(
        self, tmp_path: Path, conflicts: dict[str, Conflict | None]
    ) -> None:
        conflicts["pick"] = Conflict(candidate(PROPOSED, "proposed").commit, ("years.py",))
        refs = {**REFS, f"refs/tags/{PLAN.tag}": TAG, f"refs/tags/{PLAN.tag}^{{}}": HEAD}
        release = fake_release(tmp_path, refs=refs, commits=FakeCommits())
        assert self.begin(release).said == []

    def test_conflicts_are_shown_and_do_not_stop_the_release(
        self, release: Release, conflicts: dict[str, Conflict | None]
    ) -> None:
        conflict = Conflict(candidate(PROPOSED, "proposed").commit, ("years.py",))
        conflicts.update(pick=conflict, integration=conflict)
        assert self.begin(release).said == [
            "a pick will conflict, and you will have to resolve the conflict:",
            *conflict.rows,
            "the integration into master will conflict before anything is public:",
            *conflict.rows,
        ]

    def test_an_unpredictable_integration_does_not_stop_the_release(
        self, release: Release, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_release: Release) -> None:
            raise Unavailable("No network.")

        monkeypatch.setattr(build, "predict_conflict", fail)
        assert self.begin(release).said == [
            "patchwright cannot predict whether the integration will conflict: No network."
        ]
