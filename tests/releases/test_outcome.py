"""What a person has said about a public version: recorded on the release branch, for every clone."""

from __future__ import annotations

import pytest

from memory_release import MemoryRelease
from patchwright.releases import outcome

CLOSED = "Tagged-not-published: 1.24.1"


def record(release: MemoryRelease, message: str) -> str:
    """Let origin's release branch have a commit with this message after the tag."""
    commit = release.move_branch(message, {"news/7.bugfix.rst": None})
    release.refresh()
    return commit


def test_nothing_is_recorded_before_and_right_after_the_tag(release: MemoryRelease) -> None:
    assert outcome.find_outcome(release) is None
    release.publish()
    assert outcome.find_outcome(release) is None
    assert not outcome.is_closed(release)


@pytest.mark.parametrize("message", [f"Clean up.\n\n{CLOSED}", f"{CLOSED}\n\nAnd more.\n"])
def test_a_line_of_a_commit_after_the_tag_counts(release: MemoryRelease, message: str) -> None:
    release.publish()
    commit = record(release, message)
    found = outcome.find_outcome(release)
    assert found is not None
    assert (found.kind, found.commit.sha) == (outcome.NOT_PUBLISHED, commit)
    assert outcome.is_closed(release)


@pytest.mark.parametrize(
    "message",
    ["Tagged-not-published: 1.24.10", "Tagged-not-published: 1.24", f"Do not write {CLOSED}", f"> {CLOSED}"],
)
def test_another_version_or_a_mention_does_not_count(release: MemoryRelease, message: str) -> None:
    release.publish()
    record(release, f"Clean up.\n\n{message}")
    assert outcome.find_outcome(release) is None


def test_a_commit_of_the_release_itself_does_not_count(release: MemoryRelease) -> None:
    release.move_branch(f"Repair.\n\n{CLOSED}", {"years.py": "leap = 100\n"})
    release.publish()
    assert outcome.find_outcome(release) is None


def test_a_record_that_was_reverted_does_not_count(release: MemoryRelease) -> None:
    release.publish()
    commit = record(release, f"Clean up.\n\n{CLOSED}")
    release.move_branch(f"Revert it.\n\nThis reverts commit {commit}.", {"news/7.bugfix.rst": "Leap.\n"})
    release.refresh()
    assert outcome.find_outcome(release) is None


def test_the_last_record_counts(release: MemoryRelease) -> None:
    release.publish()
    record(release, f"Clean up.\n\n{CLOSED}")
    record(release, "It was published.\n\nPublished-by-hand: 1.24.1")
    found = outcome.find_outcome(release)
    assert found is not None
    assert found.kind == outcome.BY_HAND


@pytest.mark.parametrize(("version", "is_closed"), [("1.24.0", True), ("1.24.1", False)])
def test_the_record_of_the_last_version_is_found(
    release: MemoryRelease, version: str, *, is_closed: bool
) -> None:
    assert not outcome.is_previous_closed(release)
    record(release, f"Clean up.\n\nTagged-not-published: {version}")
    assert outcome.is_previous_closed(release) is is_closed
