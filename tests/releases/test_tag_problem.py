"""Whether a tag object is the tag of a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory_release import MemoryRelease
from patchwright.halts import CommandFailed
from patchwright.releases.tag_problem import find_tag_problem
from patchwright.settings import Settings

BAD = "gpg: BAD signature from Ada"


def unverified(words: str) -> CommandFailed:
    return CommandFailed("git failed.", argv=("git", "verify-tag"), exit_status=1, output=words)


def test_a_signed_tag_of_the_commit_with_the_right_name_is_the_tag(release: MemoryRelease) -> None:
    sha = release.memory.add_tag(release.repair)
    assert find_tag_problem(release, sha, release.repair) is None
    assert find_tag_problem(release, sha, release.repair, is_public=True) is None


def test_each_difference_is_named(release: MemoryRelease) -> None:
    commit, other = release.repair, "f" * 40
    add = release.memory.add_tag
    assert find_tag_problem(release, commit, commit) == "it is not annotated"
    assert find_tag_problem(release, add(other), commit) == "it names ffffffffff"
    assert find_tag_problem(release, add(commit, name="v1.24.2"), commit) == "its own name is v1.24.2"
    assert find_tag_problem(release, add(commit, name=""), commit) == "its own name is empty"
    assert find_tag_problem(release, add(commit, signed=False), commit) == "it is not signed"


def test_a_project_that_does_not_sign_asks_for_no_signature(tmp_path: Path) -> None:
    release = MemoryRelease(tmp_path, Settings(sign=False))
    sha = release.memory.add_tag(release.repair, signed=False)
    assert find_tag_problem(release, sha, release.repair) is None


@pytest.mark.parametrize(("words", "is_wrong"), [(BAD, True), ("gpg: Can't check signature", False)])
def test_a_public_tag_passes_if_its_signature_is_only_unknown(
    release: MemoryRelease, words: str, *, is_wrong: bool
) -> None:
    sha = release.memory.add_tag(release.repair)
    release.memory.answers[sha] = unverified(words)
    problem = f"its signature does not verify ({words})"
    assert find_tag_problem(release, sha, release.repair) == problem
    assert release.notes == []
    found = find_tag_problem(release, sha, release.repair, is_public=True)
    assert found == (problem if is_wrong else None)
    assert len(release.notes) == (0 if is_wrong else 1)
