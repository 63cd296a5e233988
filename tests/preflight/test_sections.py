"""Checks of the changelog section before it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_release import FILES, MAINLINE, FakeCommits, fake_release
from patchwright.halts import Prerequisite
from patchwright.preflight import sections
from repository import START, section

FRAGMENT = "news/7.repair.rst"
WITHOUT_FRAGMENTS = {path: text for path, text in FILES.items() if path != FRAGMENT}


def changelog(*parts: str) -> dict[str, str]:
    return {**FILES, "CHANGES.rst": "\n".join((START, *parts))}


def text(heading: str, mark: str = "=") -> str:
    return f"{heading}\n{mark * len(heading)}\n\n- Leap years.\n\n\n"


# require_finished_section


@pytest.mark.parametrize(
    "commits",
    [
        FakeCommits(),
        FakeCommits(changelog(section("1.24.0", "Begin."))),
        FakeCommits(changelog(text("almanac 1.25.0 (unreleased)"))),
        FakeCommits(WITHOUT_FRAGMENTS, section="almanac 1.24.1"),
        FakeCommits(section="almanac 1.24.1", fragments={FRAGMENT: "blob"}),
    ],
)
def test_a_section_that_towncrier_writes_or_a_person_finished_passes(
    tmp_path: Path, commits: FakeCommits
) -> None:
    sections.require_finished_section(fake_release(tmp_path, commits=commits))


@pytest.mark.parametrize("heading", ["almanac 1.24.1 (unreleased)", "almanac 1.24.1.dev0 (unreleased)"])
def test_a_section_that_calls_itself_unreleased_halts(tmp_path: Path, heading: str) -> None:
    release = fake_release(tmp_path, commits=FakeCommits(changelog(text(heading))))
    with pytest.raises(Prerequisite) as halted:
        sections.require_finished_section(release)
    assert halted.value.cause == ("CHANGES.rst on release-1.24 already has an unreleased section for 1.24.1.")
    assert halted.value.evidence == (f"heading: {heading}", f"fragment that is not released yet: {FRAGMENT}")


def test_a_section_of_a_person_halts_while_fragments_wait(tmp_path: Path) -> None:
    written = changelog(section("1.24.1", "Leap years."))
    release = fake_release(tmp_path, commits=FakeCommits(written, section="almanac 1.24.1"))
    with pytest.raises(Prerequisite, match="a section that towncrier did not write") as halted:
        sections.require_finished_section(release)
    assert halted.value.evidence[-1] == f"fragment that is not released yet: {FRAGMENT}"


# require_place


EARLIER = section("1.24.0", "Begin.")
LOWER = f"Changes\n=======\n\n{START}\n{text('almanac 1.24.0 (2026-01-01)', '-')}"


def test_a_section_of_the_same_rank_has_a_place(tmp_path: Path) -> None:
    sections.require_place(fake_release(tmp_path, commits=FakeCommits(changelog(EARLIER))))


@pytest.mark.parametrize("where", ["release-1.24", "master"])
def test_a_heading_of_another_rank_has_no_place(tmp_path: Path, where: str) -> None:
    fits, differs = changelog(EARLIER), {**FILES, "CHANGES.rst": LOWER}
    commits = (
        FakeCommits(differs, others={MAINLINE: fits})
        if where == "release-1.24"
        else FakeCommits(fits, others={MAINLINE: differs})
    )
    with pytest.raises(Prerequisite) as halted:
        sections.require_place(fake_release(tmp_path, commits=commits))
    assert halted.value.cause == f"CHANGES.rst on {where} has no clear place for the section for 1.24.1."
    assert halted.value.evidence[:2] == (
        "heading of the section: almanac 1.24.1 (2026-01-01)",
        "heading in the file: almanac 1.24.0 (2026-01-01)",
    )


def test_a_section_that_is_in_the_file_is_judged_elsewhere(tmp_path: Path) -> None:
    written = {**FILES, "CHANGES.rst": f"{LOWER}{text('almanac 1.24.1 (2026-01-01)', '-')}"}
    sections.require_place(fake_release(tmp_path, commits=FakeCommits(written)))
