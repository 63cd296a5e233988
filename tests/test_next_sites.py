"""Every halt that names a next command of its own has a journey that types it, or a reason why none does.

All other halts lead to the command that was typed. `next_command` checks the next commands of all journeys.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from halt_sites import sites

JOURNEYS = Path(__file__).parent / "journeys"
# The journey that types the next command of a halt, or asserts the whole command.
TYPED = {
    "--version names …, but the next release is …: ….":
        "test_next.py::test_a_wrong_version_leads_to_the_same_command_with_the_right_one",
    "The step `…` must be done first: ….":
        "test_next.py::test_a_step_leads_to_the_steps_that_it_needs",
    "There is nothing to release after …: … has no news fragments, and no patch adds one.":
        "test_next.py::test_when_nothing_is_left_to_release_the_next_command_shows_the_status",
    "--patches names …, which is unknown or ambiguous in this clone.":
        "test_hazards.py::test_a_hazard_is_reported_or_harmless_and_changes_nothing",
    "--patches names …, which is ….":
        "test_hazards.py::test_a_hazard_is_reported_or_harmless_and_changes_nothing",
    "Closing … needs your consent, but this is not a terminal and --yes is missing.":
        "test_afterwards.py::"
        "test_a_version_that_can_never_be_published_is_closed_and_the_next_one_released",
    "… is closed: it was tagged but not published, and it will not be used again.":
        "test_afterwards.py::test_closing_that_was_killed_is_finished_by_the_same_command",
    "… has no branch …, but … of this series is public.":
        "test_afterwards.py::test_a_release_branch_that_was_deleted_is_brought_back",
    "… is public, but … on … no longer contains its commit.":
        "test_afterwards.py::test_a_release_branch_that_lost_the_release_gets_it_back",
    "… was public before, but its tag … is not on … any more.":
        "test_afterwards.py::test_a_version_whose_tag_was_deleted_is_not_released_again",
    "Somebody reverted a patch of this release on …'s … after the release began.":
        "test_last_look.py::test_a_pick_that_the_mainline_reverts_meanwhile_gets_no_tag",
    "Somebody withdrew commits from the branches of ….":
        "test_last_look.py::test_a_branch_that_is_moved_back_before_the_push_is_not_pushed_again",
    "Nobody can be asked which commits belong in …: --patches or --yes is missing.":
        "test_proposal.py::test_without_a_terminal_the_printed_command_releases_the_proposal",
    "Commits in patchwright's worktree are not the maintainer's.":
        "test_maintainer.py::test_a_pick_that_is_ended_by_hand_as_somebody_else_is_not_published",
}  # fmt: skip  # a sentence, then its journey
HELP = "it shows the flags: the person has to type another value"
LOGIN = "it asks GitHub for a login, which the stand-in does not give"
REPAIR = "it is the repair by another program; the journeys undo the fault themselves"
PICKED = "it is the typed command with the patches of the halt, which the person decides about"
NOT_TYPED = {
    "--directory was given …; it must be a directory that does not exist yet.": HELP,
    "--published needs the exact version that was published, as in --version 1.24.3.": HELP,
    "--version is missing. Give a series such as 1.24, or its next version such as 1.24.3.": HELP,
    "--version names the series … more than once.": HELP,
    "… was given …; it must be one of ….": HELP,
    "… was given …; it must be ….": HELP,
    "GitHub does not accept the token that gh uses.": LOGIN,
    "GitHub refuses to answer (HTTP …).": LOGIN,
    "The login that gh uses has no permission to push to ….": LOGIN,
    "gh has no login for …, the host of the remote ….": LOGIN,
    "gh is not logged in to ….": LOGIN,
    "A killed git process left a lock file in this clone.": REPAIR,
    "Somebody has locked patchwright's worktree ….": REPAIR,
    "The journal of … names commits that cannot be picked.": REPAIR,
    "The workflow … is disabled (…), so no push starts it.": REPAIR,
    "This clone has a tag … that is not on …: ….": REPAIR,
    "This clone is shallow: it lacks a part of the history of the series.": REPAIR,
    "… is not inside a git repository (or git refuses to read it).": REPAIR,
    "The extra `practice` is not installed: the module … is missing.": REPAIR,
    "It is not clear which commits of … belong in ….": PICKED,
    "--release-only names …, which is not a commit of … since ….": HELP,
    "… may already have some of the patches, or they were reverted there.": PICKED,
    "You declined to close ….": "it is the typed command without its other flags",
    "--published says that … was published, but … is not on ….": "it is the release without the flag",
    "… is public on … and cannot be withdrawn.": "it finishes the release, as after any other halt",
    "… was published, so it cannot be closed as not published.": "it finishes the release, as above",
}  # fmt: skip  # a sentence, then why no journey types it


def test_every_next_command_of_a_halt_is_typed_or_has_a_reason() -> None:
    assert {site.sentence for site in sites() if site.has_next} == TYPED.keys() | NOT_TYPED.keys()
    assert not TYPED.keys() & NOT_TYPED.keys()


@pytest.mark.parametrize("journey", sorted(set(TYPED.values())))
def test_the_journey_that_types_it_exists(journey: str) -> None:
    file, _, name = journey.partition("::")
    assert re.search(rf"^def {name}\(", (JOURNEYS / file).read_text(encoding="utf-8"), re.MULTILINE)
