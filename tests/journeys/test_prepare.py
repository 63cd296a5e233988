"""Everything is built, shown and agreed to before the push; after it, what was built is published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from journeys import people
from journeys.ground import Ground, Make, flags_of
from journeys.promises import BRANCH, TAG
from journeys.shims import Shims
from journeys.terminal import inv_at_terminal
from patchwright.practice.runs import JobScript, RunScript

pytestmark = pytest.mark.journey

VERSION = ("--version", "1.24")
PATCH = ("release.patch", *VERSION, "--yes", "--skip-check")
ASKED = ("release.patch", *VERSION, "--skip-check")
PICK, PUBLISH = (
    "take, edit, none, abort, show:",
    "Publish 1.24.1? [y/N]",
)
CHANGELOG = "documentation/changelog.rst"
YEARS = "almanac/years.py"


def worktree(ground: Ground, name: str = "release") -> Path:
    """Return a worktree of the release."""
    (found,) = Path(ground.env["XDG_STATE_HOME"]).glob(f"patchwright/*/1.24/{name}")
    return found


def conflicting(ground: Ground) -> str:
    """Let the mainline change the line that a patch of the release branch changed, and return the commit."""
    text = ground.show(f"master:{YEARS}")
    return people.pushed(
        ground, "master", {YEARS: text.replace("year % 4 == 0", "not year % 4")}, "Count anew."
    )


def resolved(ground: Ground, text: str = "LEAP = 'by hand'\n") -> None:
    """Resolve the conflict in the integration's worktree."""
    place = worktree(ground, "mainline")
    (place / YEARS).write_text(text)
    ground.git("add", YEARS, cwd=place)


# Consent


def test_nothing_is_public_before_the_person_agrees(ground: Ground) -> None:
    before = ground.refs()

    declined = inv_at_terminal(ground, *ASKED, answers=[(PICK, "take"), (PUBLISH, "n")])

    assert declined.status == 130, declined.text
    assert "You decided not to publish 1.24.1." in declined.text
    assert "Know that most centuries begin without a leap day." in declined.text
    assert ground.refs() == before

    agreed = inv_at_terminal(ground, *ASKED, answers=[(PUBLISH, "y")])

    assert agreed.status == 0, agreed.text
    assert PICK not in agreed.text
    assert TAG in ground.refs()


def test_without_patches_the_person_is_asked_too(make_ground: Make) -> None:
    ground = make_ground("release-branch")
    before = ground.refs()
    declined = inv_at_terminal(ground, *ASKED, "--patches", "none", answers=[(PUBLISH, "")])
    assert declined.status == 130, declined.text
    assert ground.refs() == before


def test_a_push_of_what_nobody_agreed_to_is_refused(ground: Ground) -> None:
    before = ground.refs()
    inv_at_terminal(ground, *ASKED, answers=[(PICK, "take"), (PUBLISH, "n")])
    done = ground.inv("release.push", *VERSION)
    assert done.status == 3, done.text
    assert "The step `prepare` must be done first" in done.err
    assert ground.refs() == before


def test_the_section_may_be_edited_by_hand_before_it_is_published(ground: Ground) -> None:
    inv_at_terminal(ground, *ASKED, answers=[(PICK, "take"), (PUBLISH, "n")])
    place = worktree(ground)
    text = (place / CHANGELOG).read_text()
    (place / CHANGELOG).write_text(
        text.replace("Repairs\n-------\n", "Thanks to Cleo.\n\nRepairs\n-------\n", 1)
    )
    ground.git("commit", "--quiet", "--all", "-m", "Thank Cleo.", cwd=place)

    done = inv_at_terminal(ground, *ASKED, answers=[(PUBLISH, "y")])

    assert done.status == 0, done.text
    for name in ("v1.24.1", "master"):
        section = ground.show(f"{name}:{CHANGELOG}").partition("almanac 1.24.1 (")[2]
        assert section.partition("almanac 1.24.0 (")[0].count("Thanks to Cleo.") == 1


def test_an_edit_of_the_section_that_is_not_committed_halts(ground: Ground) -> None:
    before = ground.refs()
    inv_at_terminal(ground, *ASKED, answers=[(PICK, "take"), (PUBLISH, "n")])
    path = worktree(ground) / CHANGELOG
    path.write_text(path.read_text().replace("Repairs\n", "Thanks to Cleo.\n\nRepairs\n", 1))

    halted = ground.inv(*PATCH)

    assert halted.status == 7, halted.text
    assert "the edit is not committed" in halted.err
    assert ground.refs() == before
    (commit,) = re.findall(r"To release the edit: (git .*)$", halted.err, re.MULTILINE)
    assert ground.run("sh", "-c", commit).status == 0
    done = ground.inv(*PATCH)
    assert done.status == 0, done.text
    assert "Thanks to Cleo." in ground.show(f"v1.24.1:{CHANGELOG}")


def test_an_edit_that_loses_a_fragment_is_not_published(ground: Ground) -> None:
    before = ground.refs()
    inv_at_terminal(ground, *ASKED, answers=[(PICK, "take"), (PUBLISH, "n")])
    place = worktree(ground)
    text = (place / CHANGELOG).read_text()
    (place / CHANGELOG).write_text(
        text.replace("- Know that most centuries begin without a leap day. (#417)\n", "")
    )
    ground.git("commit", "--quiet", "--all", "-m", "Say less.", cwd=place)

    done = ground.inv(*PATCH)

    assert done.status == 7, done.text
    assert "Say less." in done.err
    assert ground.refs() == before


# Conflicts


def test_a_conflict_with_the_mainline_halts_before_the_push(make_ground: Make) -> None:
    ground = make_ground("release-branch")
    conflicting(ground)
    before = ground.refs()

    halted = ground.inv(*PATCH)

    assert halted.status == 7, halted.text
    assert "Halted at prepare" in halted.err
    assert f"conflicts in {YEARS}" in halted.err
    assert ground.refs() == before

    resolved(ground)
    done = ground.inv(*PATCH)

    assert done.status == 0, done.text
    assert ground.show(f"master:{YEARS}") == "LEAP = 'by hand'"
    assert "by hand" not in ground.show(f"v1.24.1:{YEARS}")


def test_a_resolution_is_used_again_if_the_mainline_moves_elsewhere(make_ground: Make) -> None:
    ground = make_ground("release-branch")
    conflicting(ground)
    assert ground.inv(*PATCH).status == 7
    resolved(ground)
    assert ground.inv("release.prepare", *VERSION).status == 0
    people.pushed(ground, "master", {"MOON": "full\n"}, "Mention the moon.")

    done = ground.inv(*PATCH)

    assert done.status == 0, done.text
    assert ground.show(f"master:{YEARS}") == "LEAP = 'by hand'"
    assert ground.show("master:MOON") == "full"


def test_the_integration_can_be_left_for_later(make_ground: Make) -> None:
    ground = make_ground("release-branch")
    conflicting(ground)

    halted = ground.inv(*PATCH, "--integrate-later")

    assert halted.status == 7, halted.text
    assert "Halted at integrate-master" in halted.err
    assert "--integrate-later" in halted.out
    assert TAG in ground.refs()
    resolved(ground)
    assert ground.inv("release.integrate-master", *VERSION).status == 0
    assert ground.show(f"master:{YEARS}") == "LEAP = 'by hand'"


def test_a_mainline_that_conflicts_while_qa_runs_gets_no_tag(make_ground: Make) -> None:
    ground = make_ground("release-branch")
    ground.standin.script("qa", RunScript(jobs=[JobScript("test", 0.0)]))
    shims = Shims(ground)
    with shims.held(f":{BRANCH}", *PATCH) as running:
        running.await_held()
        conflicting(ground)
        done = running.end()

    assert done.status == 7, done.text
    assert "Halted at tag" in done.err
    assert TAG not in ground.refs()

    resolved(ground)
    again = shims.inv(*PATCH)

    assert again.status == 0, again.text
    assert ground.show(f"master:{YEARS}") == "LEAP = 'by hand'"


# Hooks and keys


def test_a_hook_that_refuses_only_the_clean_up_halts_before_the_push(ground: Ground) -> None:
    hook = ground.clone / ".git" / "hooks" / "commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nif grep -q "^Clean up" "$1"; then grep -q "^Signed-off-by: " "$1"; fi\n')
    hook.chmod(0o755)
    before = ground.refs()

    halted = ground.inv(*PATCH)

    assert halted.status == 4, halted.text
    assert "The hook commit-msg refused the commit." in halted.err
    assert ground.refs() == before

    place = worktree(ground)
    assert ground.git("diff", "--cached", "--name-only", "--diff-filter=D", cwd=place)
    ground.git("commit", "--quiet", "--signoff", "-m", "Clean up the news.", cwd=place)
    mine = ground.git("rev-parse", "HEAD", cwd=place)
    hook.unlink()
    done = ground.inv(*PATCH)

    assert done.status == 0, done.text
    assert ground.refs()[BRANCH] == mine


def test_a_key_that_cannot_sign_halts_before_the_push(ground: Ground) -> None:
    before = ground.refs()
    assert ground.inv("release.changelog", *VERSION).status == 3
    for step in ("checkout", "pick", "check", "bump", "changelog"):
        assert ground.inv(f"release.{step}", *VERSION, *flags_of(step)).status == 0
    ground.git("config", "user.signingKey", str(ground.root / "no-such-key"))

    halted = ground.inv("release.prepare", *VERSION)

    assert halted.status == 4, halted.text
    assert "cannot be published: it is not signed" in halted.err
    assert ground.refs() == before


# What moved since


def test_after_a_fix_everything_is_prepared_anew(ground: Ground) -> None:
    ground.standin.script("qa", RunScript(conclusion="failure"))
    assert ground.inv(*PATCH).status == 5
    fix = people.pushed(ground, "release-1.24", {"almanac/moon.py": "PHASE = 4\n"}, "Mend what QA found.")

    done = ground.inv(*PATCH)

    assert done.status == 0, done.text
    tagged = ground.origin("rev-parse", f"{TAG}^{{commit}}")
    assert ground.origin("merge-base", fix, tagged) == fix
    assert tagged in ground.origin("rev-list", "--first-parent", BRANCH).split()
    assert "almanac/moon.py" in ground.origin("ls-tree", "-r", "--name-only", "master")


def test_a_clean_up_that_was_built_again_is_the_one_that_the_mainline_names(ground: Ground) -> None:
    shims = Shims(ground)
    with shims.held(f":{TAG}", *PATCH) as running:
        running.await_held()
        people.pushed(ground, "release-1.24", {"NEWS": "theirs\n"}, "Mention news.")
        done = running.end()

    assert done.status == 0, done.text
    assert ground.show(f"{BRANCH}:NEWS") == "theirs"
    clean_up = ground.origin("rev-parse", BRANCH)
    assert f"(cherry picked from commit {clean_up})" in ground.origin("log", "-1", "--format=%b", "master")


def test_what_was_prepared_is_private(ground: Ground) -> None:
    for step in ("checkout", "pick", "check", "bump", "changelog"):
        assert ground.inv(f"release.{step}", *VERSION, *flags_of(step)).status == 0
    before, local = ground.refs(), ground.git("for-each-ref")

    assert ground.inv("release.prepare", *VERSION).status == 0

    assert ground.refs() == before
    assert ground.git("for-each-ref") == local
    assert ground.inv("release.status", *VERSION, "--json").json["steps"][6]["done"] is True
    abandoned = ground.inv("release.abandon", *VERSION)
    assert abandoned.status == 0, abandoned.text
    assert ground.git("for-each-ref") == local
