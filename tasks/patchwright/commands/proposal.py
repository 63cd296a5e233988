"""Choose the patches of a release: a proposal is a proposal, and a person takes it, edits it or declines."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from patchwright.halts import Interrupted
from patchwright.history.candidate import Candidate
from patchwright.patches import choice
from patchwright.patches.todo_list import read_todo_list, write_todo_list
from patchwright.releases.release import Release
from patchwright.releases.request import Request
from patchwright.report.terminal import VERDICTS, Report
from patchwright.text import quantity
from patchwright.tools import editor

_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?", re.ASCII)
_MAX_PROBLEMS = 5
# How many commits that were passed over the summary names.
_NAMED = 5


def choose_patches(release: Release, request: Request, report: Report) -> None:
    """Choose the picks: the commits of `--patches`, else the recorded ones, else those of the proposal.

    On a terminal, ask, and record the answer. With `--yes`, take the proposed commits, and raise BadArgument
    if one is unsure. Without a terminal and without `--yes`, raise BadArgument if there is a choice.
    """
    if request.patches is not None:
        choice.choose_named(release, request.patches)
        return
    if release.plan.picks is not None:
        report.say(f"the patches were chosen before: {quantity(len(release.plan.picks), 'commit')}")
        return
    candidates = choice.collect_candidates(release)
    if not request.yes and report.can_ask and any(one.verdict != "skipped" for one in candidates):
        release.choose(ask_for_picks(release, candidates, report))
        _note_left_out(release, candidates)
        # A person is not asked twice, even if the release halts before its first step.
        release.begin()
        return
    report.candidates(candidates)
    if request.yes:
        choice.require_clear(release, candidates)
    else:
        choice.require_consent(release, candidates)
    release.choose(choice.proposed_commits(candidates))


def _note_left_out(release: Release, candidates: list[Candidate]) -> None:
    """Note for the summary which commits a person has left out although they may belong in the release."""
    picks = release.plan.picks or ()
    left_out = [one for one in candidates if one.verdict == "unsure" and one.commit.sha not in picks]
    for one in left_out:
        if not one.was_passed_over:
            release.note(f"{one.commit.short} {one.commit.subject} was left out: {one.reason}")
    passed_over = [one.commit for one in left_out if one.was_passed_over]
    if passed_over:
        newest = ", ".join(commit.short for commit in reversed(passed_over[-_NAMED:]))
        more = f" and {len(passed_over) - _NAMED} more" if len(passed_over) > _NAMED else ""
        release.note(f"this release leaves out {newest}{more}, as an earlier release or pick did")


def ask_for_picks(release: Release, candidates: list[Candidate], report: Report) -> tuple[str, ...]:
    """Return the commits that a person chooses from the candidates. Raise Interrupted if they abort.

    An answer that makes no sense is asked for again. An unsure commit is never taken or left out unasked.
    """
    return _Dialogue(release, candidates, report).run()


class _Dialogue:
    """The questions about one proposal. `edited` is what the person has last left in the editor."""

    def __init__(self, release: Release, candidates: list[Candidate], report: Report) -> None:
        self.release = release
        self.report = report
        in_order = [one for verdict in VERDICTS for one in reversed(candidates) if one.verdict == verdict]
        self.listed = in_order
        self.numbered = [one for one in in_order if one.verdict != "skipped"]
        self.proposed = [one for one in in_order if one.verdict == "proposed"]
        self.unsure = [one for one in in_order if one.verdict == "unsure"]
        self.edited: str | None = None
        has_skipped = len(self.listed) > len(self.numbered)
        self.words = ("take", "edit", "none", "abort", *(("show",) if has_skipped else ()))

    def run(self) -> tuple[str, ...]:
        """Ask until there is an answer."""
        self.report.proposal(self.numbered, len(self.listed) - len(self.numbered))
        answers = {"take": self._take, "edit": self._edit, "none": list}
        while True:
            word = self._ask(f"{self._question()}\n{', '.join(self.words)}: ").lower()
            known = [one for one in self.words if word and one.startswith(word)]
            if known == ["abort"]:
                self._abort()
            elif known == ["show"]:
                self.report.candidates([one for one in reversed(self.listed) if one.verdict == "skipped"])
            elif not known:
                words = f"{', '.join(self.words[:-1])} or {self.words[-1]}"
                self.report.say(f"Answer {words}. The first letter is enough.")
            elif (picked := answers[known[0]]()) is not None:
                return tuple(one.commit.sha for one in reversed(picked))

    def _question(self) -> str:
        unsure = f" ({len(self.unsure)} unsure)" if self.unsure else ""
        commits = quantity(len(self.proposed), "proposed commit")
        return f"Pick {commits} onto {self.release.plan.branch}{unsure}?"

    def _ask(self, question: str) -> str:
        """Return the answer to a question. The end of the input aborts."""
        answer = self.report.ask(question)
        return self._abort() if answer is None else answer

    def _abort(self) -> str:
        raise Interrupted(
            "You chose no patches.",
            remedy=["Nothing was changed. The same command asks again, or name the commits with --patches."],
        )

    def _take(self) -> list[Candidate] | None:
        """Return the proposed commits, and those of the unsure ones that the person wants."""
        if not self.unsure:
            return self.proposed
        first = len(self.proposed) + 1
        which = f"{first} is" if len(self.unsure) == 1 else f"{first}-{len(self.numbered)} are"
        answer = self._ask(f"{which} unsure. Pick too: all, none, or numbers such as {first}: ").lower()
        if answer in {"all", "none"}:
            return [*self.proposed, *(self.unsure if answer == "all" else [])]
        numbers = self._read_numbers(answer, first)
        return None if numbers is None else [*self.proposed, *numbers]

    def _edit(self) -> list[Candidate] | None:
        """Return the commits whose numbers are typed, or those that are picked in the editor."""
        answer = self._ask("Numbers to pick, such as 1,3-5 (Enter opens your editor): ")
        return self._read_numbers(answer, 1) if answer else self._edit_list()

    def _read_numbers(self, answer: str, first: int) -> list[Candidate] | None:
        """Return the commits with some numbers, in the order of the list. Say what is wrong with them."""
        chosen: set[int] = set()
        for part in re.split(r"[,\s]+", answer.strip(", ")):
            found = _RANGE.fullmatch(part)
            low, high = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
            if not first <= low <= high <= len(self.numbered):
                self.report.say(f"{part or 'Nothing'} is not a number from {first} to {len(self.numbered)}.")
                return None
            chosen |= set(range(low, high + 1))
        return [self.numbered[number - 1] for number in sorted(chosen)]

    def _edit_list(self) -> list[Candidate] | None:
        """Return the commits that the person picks in an editor. What was edited before is opened again."""
        with tempfile.TemporaryDirectory(prefix="patchwright-") as directory:
            # Editors know this name of git's, and how to show such a list.
            path = Path(directory) / "git-rebase-todo"
            text = self.edited or write_todo_list(self.listed, self.release.plan.branch)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
            status = editor.edit(self.release.shell, path)
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                text = ""
        if status:
            self.report.say(f"The editor failed with exit status {status}, so nothing was chosen.")
            return None
        picked, problems = read_todo_list(text, self.listed)
        self.edited = text if problems and text.strip() else None
        for problem in problems[:_MAX_PROBLEMS]:
            self.report.say(f"{problem}.")
        return None if problems else picked
