"""A version that was public before is never released again."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from fake_gh import PassingGitHub
from memory_release import BRANCH, FRAGMENT, MAINLINE, MemoryRelease
from patchwright.github.repository import GitHub
from patchwright.halts import AlreadyPublished, Halt, Prerequisite, combine
from patchwright.preflight import published

CLOSED = "Tagged-not-published: 1.24.1"


@pytest.fixture
def release(tmp_path: Path) -> MemoryRelease:
    return MemoryRelease(tmp_path)


@pytest.fixture
def github(release: MemoryRelease, monkeypatch: pytest.MonkeyPatch) -> PassingGitHub:
    """GitHub, which can be asked."""
    github = PassingGitHub()
    release.github = cast("GitHub", github)
    monkeypatch.setattr(published, "can_ask_github", lambda _release: True)
    return github


def halt_of(release: MemoryRelease) -> AlreadyPublished:
    release.refresh()
    with pytest.raises(AlreadyPublished) as halted:
        published.require_unpublished(release)
    return halted.value


@pytest.mark.usefixtures("github")
def test_a_version_that_is_prepared_or_pushed_is_not_published(release: MemoryRelease) -> None:
    published.require_unpublished(release)
    release.push()
    published.require_unpublished(release)


def test_a_run_on_the_tag_shows_that_it_was_public(release: MemoryRelease, github: PassingGitHub) -> None:
    github.runs_of_tag = True
    halt = halt_of(release)
    assert halt.cause == "1.24.1 was public before, but its tag v1.24.1 is not on origin any more."
    assert halt.evidence[0].startswith(f"release #12 of v1.24.1 at {'f' * 40}: success")
    assert halt.next_command is None
    release.memory.local["refs/tags/v1.24.1"] = release.memory.add_tag(release.repair)
    assert halt_of(release).next_command == "git push origin refs/tags/v1.24.1"


@pytest.mark.usefixtures("github")
def test_a_record_on_the_release_branch_shows_it(release: MemoryRelease) -> None:
    release.push()
    commit = release.move_branch(f"Clean up.\n\n{CLOSED}", {FRAGMENT: None})
    assert halt_of(release).evidence == (f"{commit} on release-1.24 records `{CLOSED}`",)


@pytest.mark.usefixtures("github")
def test_clean_up_and_integration_show_it_together(release: MemoryRelease) -> None:
    release.push()
    release.move_branch("Clean up.", {FRAGMENT: None})
    release.refresh()
    published.require_unpublished(release)
    section = release.memory.files_at(release.memory.remote[BRANCH])["CHANGES.rst"]
    tip = release.memory.remote[MAINLINE]
    release.memory.remote[MAINLINE] = release.memory.add_commit("Port.", {"CHANGES.rst": section}, tip)
    assert "its fragments are removed" in halt_of(release).evidence[0]


def test_it_is_reported_alone() -> None:
    problems: list[Halt] = [Prerequisite("Delete the tag."), AlreadyPublished("It was public.")]
    assert combine(problems) is problems[1]
