"""`release.patch`: what it shows and records before its first step."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from fake_release import HEAD, PLAN, REFS, TAG, FakeCommits, fake_release
from patchwright.commands import patch, proposal
from patchwright.halts import Unavailable
from patchwright.history.candidate import Candidate, Verdict
from patchwright.history.picking import Conflict
from patchwright.integration import build
from patchwright.patches import choice
from patchwright.releases.release import Release
from patchwright.releases.request import Request
from patchwright.report.terminal import Report
from patchwright.tools.git_output import Commit

PROPOSED = "a" * 40


def candidate(sha: str, verdict: Verdict) -> Candidate:
    return Candidate(
        Commit(sha, (), "Ada <a@example.org>", "", "Repair it", ()), verdict, "it has a fragment"
    )


@dataclass
class Terminal:
    """A report that keeps its lines."""

    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return fake_release(tmp_path, commits=FakeCommits())


class TestBegin:
    """What `release.patch` does before its first step."""

    @pytest.fixture(autouse=True)
    def conflicts(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Conflict | None]:
        """Return the conflicts to expect, by whether a pick or the integration has them."""
        found: dict[str, Conflict | None] = {"pick": None, "integration": None}
        monkeypatch.setattr(choice, "wanted_patches", lambda _release: [])
        monkeypatch.setattr(choice, "predict_conflict", lambda _release, _wanted: found["pick"])
        monkeypatch.setattr(build, "predict_conflict", lambda _release: found["integration"])
        monkeypatch.setattr(proposal, "choose_patches", lambda *_: None)
        return found

    def begin(self, release: Release) -> Terminal:
        terminal = Terminal()
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
