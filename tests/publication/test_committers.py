"""A commit in a worktree that is not the maintainer's is named, with the command that makes it again."""

from __future__ import annotations

import pytest
from pytest_subprocess import FakeProcess

from memory_release import FRAGMENT, MAINLINE, MemoryRelease
from patchwright.halts import StepFailed
from patchwright.publication import committers
from patchwright.tools.git_output import Identities

CLEO, EVE = "Cleo <cleo@example.org>", "Eve <eve@example.org>"


def test_the_maintainers_commits_pass(release: MemoryRelease) -> None:
    committers.require_own_release(release)
    committers.require_own_integration(release, release.memory.remote[MAINLINE])


@pytest.mark.parametrize(
    ("author", "committer", "why"),
    [(CLEO, EVE, f"its committer is {EVE}, not {CLEO}"), (EVE, CLEO, f"its author is {EVE}, not {CLEO}")],
)
def test_a_clean_up_by_somebody_else_is_named(
    release: MemoryRelease, author: str, committer: str, why: str
) -> None:
    before = release.commits.head
    sha = release.commit("Remove the news", {FRAGMENT: None})
    release.memory.strangers[sha] = Identities(author, committer, signed=False)

    with pytest.raises(StepFailed) as halted:
        committers.require_own_release(release)

    assert halted.value.evidence[1] == f"{sha[:10]} Remove the news: {why}"
    again = str(halted.value.next_command)
    assert again.startswith("GIT_AUTHOR_NAME=Cleo GIT_AUTHOR_EMAIL=cleo@example.org GIT_COMMITTER_NAME=Cleo ")
    assert again.endswith(f"--reset-author' {before}")


def test_a_pick_keeps_the_author_of_its_source(release: MemoryRelease) -> None:
    source = release.memory.remote[MAINLINE]
    sha = release.commit(f"Repair\n\n(cherry picked from commit {source})", {"a.py": "a = 1\n"})
    release.memory.strangers[sha] = Identities(release.git.commits("-1", sha)[0].author, CLEO, signed=False)
    committers.require_own_release(release)
    release.memory.strangers[sha] = Identities(EVE, EVE, signed=False)
    with pytest.raises(StepFailed) as halted:
        committers.require_own_release(release)
    assert "--exec" not in str(halted.value.next_command)


def test_a_commit_for_the_mainline_by_somebody_else_is_named(release: MemoryRelease, fp: FakeProcess) -> None:
    fp.register(["git", "config", "--list", "-z"])
    tip = release.memory.add_commit("Integrate", {"x.txt": "x\n"}, release.memory.remote[MAINLINE])
    release.memory.strangers[tip] = Identities(CLEO, EVE, signed=False)
    with pytest.raises(StepFailed, match="not the maintainer's"):
        committers.require_own_integration(release, tip)
