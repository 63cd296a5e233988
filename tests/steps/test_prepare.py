"""`prepare` builds and shows what becomes public, and asks before it signs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memory_release import BRANCH, FRAGMENT, MAINLINE, TAG, MemoryRelease
from patchwright.halts import BranchConflict, Interrupted
from patchwright.integration import preparation
from patchwright.steps import prepare

CONFLICT = BranchConflict("Picking it conflicts.")


class Integration:
    """An integration that is built once, or that conflicts."""

    def __init__(self) -> None:
        self.commit: str | None = None
        self.halt: BranchConflict | None = None
        self.asked = 0

    def find_prepared(self, _release: MemoryRelease) -> str | None:
        return self.commit

    def prepare(self, release: MemoryRelease) -> str:
        self.asked += 1
        if self.halt:
            raise self.halt
        self.commit = release.memory.add_commit(
            "Integrate", {"x.txt": "x\n"}, release.memory.remote[MAINLINE]
        )
        return self.commit


@pytest.fixture(autouse=True)
def integration(monkeypatch: pytest.MonkeyPatch) -> Integration:
    integration = Integration()
    monkeypatch.setattr(preparation, "find_prepared", integration.find_prepared)
    monkeypatch.setattr(preparation, "prepare", integration.prepare)
    return integration


@pytest.fixture
def committed(release: MemoryRelease) -> MemoryRelease:
    """A release whose version and changelog section are committed in the worktree."""
    release.prepare()
    release.asks = True
    return release


def act(release: MemoryRelease) -> str | None:
    """Run the step as the runner does, and return its proof."""
    prepare.act(release)
    release.refresh()
    return prepare.proof(release)


def test_before_the_section_there_is_no_evidence(release: MemoryRelease) -> None:
    assert prepare.proof(release) is None


def test_everything_is_built_and_nothing_is_public(committed: MemoryRelease) -> None:
    head, before = committed.commits.head, dict(committed.memory.remote)
    assert prepare.proof(committed) is None

    assert act(committed) == "v1.24.1 is signed; the clean-up and the integration are built"

    assert committed.memory.remote == before
    assert committed.memory.local == {}
    assert committed.worktree.head() == head
    clean_up = committed.git.commits(str(committed.commits.clean_up), f"^{head}")
    assert [(one.subject, one.paths) for one in clean_up] == [
        ("Clean up news fragments.", frozenset({FRAGMENT}))
    ]
    assert committed.memory.tags[committed.worktree.kept_objects["tag"]].target == head


def test_what_becomes_public_is_shown_before_one_question(committed: MemoryRelease) -> None:
    act(committed)
    assert committed.shown.questions == ["Publish 1.24.1?"]
    chapters = dict(committed.shown.presented)
    assert list(chapters) == [
        "release-1.24 of github.com/octo/almanac gets 3 commits",
        "master of github.com/octo/almanac gets 1 commit",
        "Tag v1.24.1",
        "Section in CHANGES.rst",
    ]
    assert chapters["Tag v1.24.1"] == ["Release v1.24.1 patch: Leap years."]
    assert any("Leap years. (#7)" in row for row in chapters["Section in CHANGES.rst"])
    committed.shown.questions.clear()
    assert act(committed)
    assert committed.shown.questions == []


def test_nothing_is_signed_if_the_answer_is_no(committed: MemoryRelease) -> None:
    committed.shown.agrees = False
    with pytest.raises(Interrupted, match=r"You decided not to publish 1\.24\.1"):
        prepare.act(committed)
    committed.refresh()
    assert committed.memory.tags == {}
    assert prepare.proof(committed) is None


def test_with_yes_nothing_is_asked(committed: MemoryRelease) -> None:
    committed.asks, committed.shown.agrees = False, False
    assert act(committed)
    assert committed.shown.questions == []


def test_a_release_commit_that_moved_is_prepared_and_asked_about_again(committed: MemoryRelease) -> None:
    act(committed)
    committed.commit("Reword", committed.changelog("Most centuries: Leap years. (#7)"))
    assert prepare.proof(committed) is None
    assert act(committed)
    assert len(committed.shown.questions) == 2
    assert committed.memory.tags[committed.worktree.kept_objects["tag"]].target == committed.commits.head


def test_another_message_needs_another_tag(committed: MemoryRelease) -> None:
    act(committed)
    committed.resolve(replace(committed.plan, message="Repair it all"))
    assert prepare.proof(committed) is None
    assert act(committed)
    assert committed.memory.tags[committed.worktree.kept_objects["tag"]].message.endswith("Repair it all.\n")


@pytest.mark.parametrize("kept", ["another commit", "no tag", "another name"])
def test_a_kept_object_that_is_not_the_tag_is_not_used(committed: MemoryRelease, kept: str) -> None:
    act(committed)
    memory = committed.memory
    committed.worktree.kept_objects["tag"] = {
        "another commit": memory.add_tag(committed.repair, message="Release v1.24.1 patch: Leap years.\n"),
        "no tag": committed.repair,
        "another name": memory.add_tag(
            committed.commits.head, message="Release v1.24.1 patch: Leap years.\n", name="v1.24.2"
        ),
    }[kept]
    assert prepare.proof(committed) is None


def test_a_conflict_halts_before_anything_is_signed(
    committed: MemoryRelease, integration: Integration
) -> None:
    integration.halt = CONFLICT
    with pytest.raises(BranchConflict, match="conflicts"):
        prepare.act(committed)
    assert committed.memory.tags == {}
    assert committed.shown.questions == []


def test_the_integration_can_be_left_for_later(committed: MemoryRelease, integration: Integration) -> None:
    committed.resolve(replace(committed.plan, integrate_later=True))
    evidence = act(committed)
    assert evidence is not None
    assert evidence.endswith("but not the integration (--integrate-later)")
    assert integration.asked == 0
    assert "it may conflict after publication" in committed.notes[0]


def test_a_clean_up_that_a_person_committed_is_used(committed: MemoryRelease) -> None:
    head = committed.commits.head
    mine = committed.commit("Remove the news.\n\nSigned-off-by: Cleo", {FRAGMENT: None})
    assert act(committed)
    assert committed.commits.clean_up == mine
    assert committed.commits.head == committed.worktree.head() == head


def test_a_right_tag_of_this_clone_still_needs_consent(committed: MemoryRelease) -> None:
    committed.memory.local[TAG] = committed.memory.add_tag(committed.commits.head)
    committed.shown.agrees = False
    with pytest.raises(Interrupted):
        prepare.act(committed)


def test_a_public_tag_is_evidence(release: MemoryRelease) -> None:
    release.publish()
    assert prepare.proof(release) == "v1.24.1 is public"


def test_a_dry_run_shows_the_commands_and_changes_nothing(dry: MemoryRelease) -> None:
    before = dict(dry.memory.remote)
    prepare.act(dry)
    assert ("commit", "Clean up news fragments.") in dry.worktree.acts
    assert dry.memory.acts[-1][0] == "tag"
    assert dry.memory.remote == before
    assert BRANCH in dry.memory.remote
    assert dry.memory.tags == {}
