from __future__ import annotations

import pytest
from pytest_subprocess import FakeProcess

from histories import Files
from memory_release import BRANCH, FLAVOUR, FRAGMENT, MemoryRelease
from patchwright.halts import Prerequisite, StepFailed
from patchwright.steps import changelog

COMMAND = "hatch --env develop run towncrier build --keep --version 1.24.1 --date 2026-01-01"


@pytest.fixture
def release(release: MemoryRelease) -> MemoryRelease:
    """A release whose version is committed."""
    return bump(release)


def bump(release: MemoryRelease) -> MemoryRelease:
    """Commit the version on top of origin's release branch."""
    release.refresh()
    release.check_out()
    release.commit("Version: 1.24.1", FLAVOUR.version("1.24.1"))
    return release


def register_build(fp: FakeProcess, release: MemoryRelease, files: Files) -> None:
    """Let the changelog command write files."""
    fp.register(COMMAND.split(), callback=lambda _process: release.worktree.write(files))


def test_without_a_section_there_is_no_evidence(release: MemoryRelease) -> None:
    assert changelog.proof(release) is None


def test_the_section_is_committed(release: MemoryRelease, fp: FakeProcess) -> None:
    register_build(fp, release, release.changelog("Leap years. (#7)"))

    changelog.act(release)
    release.refresh()

    commit = release.commits.landmarks().commits[-1]
    assert commit.subject == "Update changelog for v1.24.1 patch release."
    assert commit.paths == {"CHANGES.rst"}
    assert changelog.proof(release) == f"{commit.short} adds the section for 1.24.1, with every fragment"


def test_a_section_from_before_the_release_is_evidence(release: MemoryRelease) -> None:
    commit = release.move_branch("Update changelog by hand.", release.changelog("Leap years. (#7)"))
    release.plan_after(commit)
    assert changelog.proof(release) == "the changelog has a section for 1.24.1"


def test_a_committed_section_that_lacks_a_fragment_halts(release: MemoryRelease) -> None:
    release.commit("Update changelog.", release.changelog("Tides. (#9)"))
    with pytest.raises(StepFailed, match="The new changelog section lacks news fragments") as halted:
        changelog.proof(release)
    assert halted.value.evidence == (FRAGMENT,)


def test_a_command_that_drops_a_fragment_halts(release: MemoryRelease, fp: FakeProcess) -> None:
    head = release.worktree.head()
    register_build(fp, release, release.changelog("Tides. (#9)"))
    with pytest.raises(StepFailed, match="lacks news fragments") as halted:
        changelog.act(release)
    assert halted.value.evidence == (FRAGMENT,)
    assert release.worktree.head() == head


def test_a_command_that_changes_another_file_halts(release: MemoryRelease, fp: FakeProcess) -> None:
    register_build(fp, release, {**release.changelog("Leap years. (#7)"), "years.py": "leap = 1\n"})
    with pytest.raises(StepFailed) as halted:
        changelog.act(release)
    assert halted.value.cause == f"`{COMMAND}` must change CHANGES.rst and nothing else."
    assert halted.value.evidence == ("changed: CHANGES.rst, years.py",)


def test_a_command_that_changes_nothing_halts(release: MemoryRelease, fp: FakeProcess) -> None:
    register_build(fp, release, {})
    with pytest.raises(StepFailed, match=r"must change CHANGES\.rst") as halted:
        changelog.act(release)
    assert halted.value.evidence == ("changed: nothing",)


def test_a_command_that_changes_older_text_halts(release: MemoryRelease, fp: FakeProcess) -> None:
    text = str(release.changelog("Leap years. (#7)")["CHANGES.rst"])
    register_build(fp, release, {"CHANGES.rst": text.replace("the years that leap", "the years")})
    with pytest.raises(StepFailed, match=r"CHANGES\.rst|changelog"):
        changelog.act(release)


def test_a_changelog_that_the_command_creates_is_committed(release: MemoryRelease, fp: FakeProcess) -> None:
    release.move_branch("Remove the changelog", {"CHANGES.rst": None})
    bump(release)
    section = FLAVOUR.section("1.24.1", "2026-01-01", {"Bugfixes": ["Leap years. (#7)"]})
    register_build(fp, release, {"CHANGES.rst": section})
    changelog.act(release)
    release.refresh()
    assert release.commits.landmarks().commits[-1].paths == {"CHANGES.rst"}


def test_untracked_files_among_the_fragments_halt(release: MemoryRelease) -> None:
    release.worktree.write({"news/9.repair.rst": "Not committed.\n"})
    with pytest.raises(Prerequisite, match="untracked files among the news fragments") as halted:
        changelog.act(release)
    assert halted.value.evidence == ("news/9.repair.rst",)
    assert halted.value.remedy == (
        f"Commit them to release-1.24, or remove them from {release.worktree.path}.",
    )


def test_fragments_that_towncrier_would_drop_halt(release: MemoryRelease) -> None:
    release.move_branch("Add a fragment", {"news/8.unknown.rst": "Tides.\n"})
    bump(release)
    with pytest.raises(Prerequisite) as halted:
        changelog.act(release)
    assert halted.value.evidence == ("news/8.unknown.rst",)


def test_a_dry_run_shows_the_commit_and_changes_nothing(dry: MemoryRelease) -> None:
    changelog.act(dry)
    assert dry.worktree.acts == [
        ("add", ["CHANGES.rst"]),
        ("commit", "Update changelog for v1.24.1 patch release."),
    ]
    assert not dry.worktree.exists


# A fragment that came after the section


def publish_branch(release: MemoryRelease, commit: str) -> None:
    """Let origin's release branch be at a commit, as after a push and a fix."""
    release.memory.remote[BRANCH] = commit
    release.refresh()


def register_builds(fp: FakeProcess, release: MemoryRelease, *entries: tuple[str, ...]) -> None:
    """Let the changelog command write sections with these entries, one after the other."""
    for one in entries:
        register_build(fp, release, release.changelog(*one))


def test_a_late_fragment_is_no_evidence_and_the_section_is_replaced(
    release: MemoryRelease, fp: FakeProcess
) -> None:
    release.commit("Update changelog.", release.changelog("Leap years. (#7)"))
    publish_branch(release, release.commit("Repair tides", {"news/8.bugfix.rst": "Tides.\n"}))
    assert changelog.proof(release) is None
    assert not release.commits.is_complete
    register_builds(fp, release, ("Leap years. (#7)",), ("Leap years. (#7)", "Tides. (#8)"))

    changelog.act(release)
    release.refresh()

    commit = release.commits.landmarks().commits[-1]
    assert commit.paths == {"CHANGES.rst"}
    text = release.memory.files_at(commit.sha)["CHANGES.rst"]
    assert text == release.changelog("Leap years. (#7)", "Tides. (#8)")["CHANGES.rst"]
    assert changelog.proof(release)
    assert release.commits.is_complete


def test_a_section_that_a_person_edited_is_not_replaced(release: MemoryRelease, fp: FakeProcess) -> None:
    release.commit("Update changelog.", release.changelog("Leap years. (#7)", "Thanks to Ben."))
    head = release.commit("Repair tides", {"news/8.bugfix.rst": "Tides.\n"})
    publish_branch(release, head)
    register_builds(fp, release, ("Leap years. (#7)",))
    with pytest.raises(StepFailed, match="has to be changed by hand") as halted:
        changelog.act(release)
    assert halted.value.evidence == (
        "somebody edited the section in CHANGES.rst",
        "not in the section: news/8.bugfix.rst",
    )
    assert release.worktree.head() == head


def test_a_section_whose_fragments_are_gone_is_not_replaced(release: MemoryRelease) -> None:
    section = release.changelog("Leap years. (#7)")
    release.commit("Update changelog.", {**section, FRAGMENT: None})
    publish_branch(release, release.commit("Repair tides", {"news/8.bugfix.rst": "Tides.\n"}))
    with pytest.raises(StepFailed, match="has to be changed by hand") as halted:
        changelog.act(release)
    assert halted.value.evidence[0] == f"no longer exists: {FRAGMENT}"


def test_after_the_tag_a_fragment_is_of_the_next_release(release: MemoryRelease) -> None:
    release.publish()
    release.move_branch("Repair tides", {"news/8.bugfix.rst": "Tides.\n"})
    release.refresh()
    assert changelog.proof(release)


def test_what_the_command_puts_in_the_wrong_place_is_put_right(
    release: MemoryRelease, fp: FakeProcess
) -> None:
    text = str(release.changelog("Leap years. (#7)")["CHANGES.rst"])
    start, end = text.index("almanac 1.24.1"), text.index("almanac 1.24.0")
    moved = (text[:start] + text[end:]).rstrip("\n") + "\n\n\n" + text[start:end]
    register_build(fp, release, {"CHANGES.rst": moved.replace("\n", "\r\n")})
    changelog.act(release)
    assert release.memory.files_at(str(release.worktree.head()))["CHANGES.rst"] == text
