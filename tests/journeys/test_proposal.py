"""A person chooses the patches on a terminal, with their own editor, and is asked once."""

from __future__ import annotations

import pytest

from journeys.ground import Ground
from journeys.terminal import inv_at_terminal

pytestmark = pytest.mark.journey

ASKED = ("release.patch", "--version", "1.24", "--skip-check")
CHOOSE = "take, edit, none, abort, show:"
EDITOR = "(Enter opens your editor):"
PUBLISH = "Publish 1.24.1? [y/N]"


def test_the_editor_of_git_chooses_the_patches_and_nobody_is_asked_twice(ground: Ground) -> None:
    before = ground.refs()
    # It drops the first commit of the list.
    ground.git("config", "core.editor", "sed -i '0,/^pick/s//drop/'")
    declined = inv_at_terminal(
        ground, *ASKED, answers=[(CHOOSE, "edit"), (EDITOR, ""), (PUBLISH, "n")]
    )  # fmt: skip  # one conversation
    assert declined.status == 130, declined.text
    assert ground.refs() == before
    agreed = inv_at_terminal(ground, *ASKED, answers=[(PUBLISH, "y")])
    assert agreed.status == 0, agreed.text
    assert CHOOSE not in agreed.text
    subjects = ground.subjects("v1.24.0..v1.24.1")
    assert "Repair leap years at centuries." in subjects
    assert "Repair the interval of high waters." not in subjects


def test_an_editor_that_fails_and_an_abort_choose_nothing(ground: Ground) -> None:
    before = ground.refs()
    ground.git("config", "core.editor", "false")
    aborted = inv_at_terminal(
        ground, *ASKED, answers=[(CHOOSE, "edit"), (EDITOR, ""), (CHOOSE, "what"), (CHOOSE, "abort")]
    )  # fmt: skip  # one conversation
    assert aborted.status == 130, aborted.text
    assert "The editor failed with exit status 1" in aborted.text
    assert "$ inv release.patch --version 1.24 --skip-check" in aborted.text
    assert "--patches " not in aborted.text.partition("Next:")[2]
    assert ground.refs() == before


def test_without_a_terminal_the_printed_command_releases_the_proposal(ground: Ground) -> None:
    before = ground.refs()
    halted = ground.inv(*ASKED)
    assert halted.status == 2, halted.text
    assert ground.refs() == before
    command = halted.err.rpartition("$ inv ")[2].split()
    assert "--patches" in command
    done = ground.inv(*command)
    assert done.status == 0, done.text
    assert "Repair leap years at centuries." in ground.subjects("v1.24.0..v1.24.1")
