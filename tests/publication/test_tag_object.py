"""The tag object is created privately, checked, and found again only if it is what would be created now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memory_release import TAG, MemoryRelease
from patchwright.halts import BranchConflict, StepFailed
from patchwright.publication import tag_object

MESSAGE = "Release v1.24.1 patch: Leap years."


def test_a_prepared_tag_is_found_again(release: MemoryRelease) -> None:
    assert tag_object.find_prepared(release) is None
    tag_object.prepare(release)
    sha = str(tag_object.find_prepared(release))
    assert release.memory.tags[sha].target == release.commits.head
    assert release.memory.tags[sha].message == f"{MESSAGE}\n"
    assert release.memory.local == {}
    assert TAG not in release.memory.remote


def test_a_typed_description_is_in_the_message(release: MemoryRelease) -> None:
    assert tag_object.message(release) == MESSAGE
    release.resolve(replace(release.plan, message="Repair it all"))
    assert tag_object.message(release) == "Release v1.24.1 patch: Repair it all."


def test_the_tag_of_another_person_is_not_used(release: MemoryRelease) -> None:
    tag_object.prepare(release)
    release.memory.person = "Mallory <mallory@example.org>"
    assert tag_object.find_prepared(release) is None


def test_a_tag_that_is_not_signed_is_not_kept(release: MemoryRelease) -> None:
    release.memory.signs = False
    with pytest.raises(StepFailed, match="git created a tag that cannot be published: it is not signed"):
        tag_object.prepare(release)
    assert release.worktree.kept_objects == {}


def test_a_right_tag_of_the_clone_is_found(release: MemoryRelease) -> None:
    assert tag_object.find_local(release) is None
    release.memory.local[TAG] = sha = release.memory.add_tag(release.commits.head)
    assert tag_object.find_local(release) == sha


def test_a_wrong_tag_of_the_clone_halts(release: MemoryRelease) -> None:
    release.memory.local[TAG] = release.memory.add_tag(release.repair)
    with pytest.raises(BranchConflict, match="it names") as halted:
        tag_object.find_local(release)
    assert halted.value.next_command == "git tag --delete v1.24.1"
