"""After the tag is public there is always a way to the end, and the next patch release works."""

from __future__ import annotations

import math
import os
import pty
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import Literal

import pytest

from journeys import people, promises
from journeys.ground import BIN, Ground
from journeys.promises import BRANCH, MAINLINE, TAG
from journeys.shims import Shims
from patchwright.practice.almanac import CHANGELOG, FRAGMENTS
from patchwright.practice.faults import Fault
from patchwright.practice.runs import Hold, RunScript

pytestmark = pytest.mark.journey

PATCH = ("release.patch", "--version", "1.24", "--yes", "--skip-check")
PREFLIGHT = ("release.preflight", "--version", "1.24")
NOT_PUBLISHED = "Tagged-not-published: 1.24.1"
BY_HAND = "Published-by-hand: 1.24.1"
FAILS = RunScript(conclusion="failure")
HOLD = Hold("pypi", ("alice",))


def halted_at_release(ground: Ground, shims: Shims) -> None:
    """Release 1.24.1 until its release run has failed."""
    ground.standin.script("release", FAILS)
    done = shims.inv(*PATCH)
    assert done.status == 5, done.text
    assert "inv release.abandon --version 1.24.1" in done.err
    assert "inv release.patch --version 1.24.1 --published" in done.err


def stopped_before(ground: Ground, shims: Shims, words: str) -> None:
    """Release 1.24.1, and kill the run before a command that writes and contains these words."""
    with shims.held(words, *PATCH) as running:
        running.await_held()
        running.kill()
    shims.forget()
    assert TAG in ground.refs()


def stopped_before_clean_up(ground: Ground, shims: Shims) -> None:
    """Release 1.24.1, and kill the run before it pushes the clean-up: the second push to the branch."""
    with shims.held(f":{BRANCH}", *PATCH) as running:
        running.await_held()
        running.let_go()
        running.await_held()
        running.kill()
    shims.forget()
    assert TAG in ground.refs()


def delete_runs(ground: Ground, *names: str) -> None:
    """Let GitHub delete the runs of some workflows."""
    ground.standin.actions.runs[:] = [
        run for run in ground.standin.actions.runs if run.workflow.name not in names
    ]


def release_next(ground: Ground, cwd: Path | None = None) -> None:
    """Release 1.24.2 with another repair."""
    files = {"almanac/moons.py": "MOONS = 1\n", f"{FRAGMENTS}/77.repair.rst": "Count the moons.\n"}
    people.pushed(ground, "master", files, "Count the moons.")
    done = Shims(ground, "next").inv(*PATCH, cwd=cwd)
    assert done.status == 0, done.text
    assert "Released 1.24.2" in done.out
    for branch in ("release-1.24", "master"):
        text = ground.show(f"{branch}:{CHANGELOG}")
        assert [text.count(f"almanac {version} (") for version in ("1.24.2", "1.24.1")] == [1, 1]


def require_integrated(ground: Ground) -> None:
    """Assert that patches, changelog and clean-up of 1.24.1 are on both branches."""
    for branch in (BRANCH, MAINLINE):
        assert ground.show(f"{branch}:{CHANGELOG}").count("almanac 1.24.1 (") == 1
        assert ".repair." not in ground.origin("ls-tree", "-r", "--name-only", branch, f"{FRAGMENTS}/")


def messages(ground: Ground, branch: str) -> str:
    return ground.origin("log", "-5", "--format=%B", branch)


# QA


@pytest.mark.parametrize("how", ["deleted", "red", "forgotten"])
def test_qa_stops_nothing_once_the_tag_is_public(ground: Ground, how: str) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    stopped_before_clean_up(ground, shims)
    if how == "deleted":
        delete_runs(ground, "qa")
    elif how == "red":
        qa = next(run for run in ground.standin.runs if run.workflow.name == "qa")
        ground.standin.rerun(qa.id, FAILS)
    else:
        ground.standin.forget_workflow(".github/workflows/qa.yaml")

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    assert "v1.24.1 was public already" in done.out.partition("Released 1.24.1")[2]
    assert witness.unfinished() == []


# The release run


@pytest.mark.parametrize("event", ["workflow_dispatch", "release"])
def test_a_release_run_counts_whatever_event_started_it(ground: Ground, event: str) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    halted_at_release(ground, shims)
    tagged = ground.origin("rev-parse", f"{TAG}^{{commit}}")
    for branch, sha in (("master", tagged), ("v1.24.1", ground.refs()[MAINLINE])):
        ground.standin.add_run("release", sha, branch=branch, event=event)
    ground.standin.add_run("release", tagged, branch="v1.24.1", event="pull_request")
    assert shims.inv(*PATCH).status == 5
    ground.standin.add_run("release", tagged, branch="v1.24.1", event=event)

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    assert f"was started by {event}, not by the push of the tag" in done.out.partition("Released")[2]
    assert witness.unfinished() == []
    assert NOT_PUBLISHED not in messages(ground, BRANCH)


def test_a_release_run_that_succeeded_once_counts_although_it_is_red_now(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    stopped_before_clean_up(ground, shims)
    run = next(run for run in ground.standin.runs if run.workflow.name == "release")
    ground.standin.rerun(run.id, FAILS)

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    assert "succeeded in attempt 1; now it is: failure" in done.out.partition("Released")[2]
    require_integrated(ground)
    assert witness.broken() == []


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_version_that_can_never_be_published_is_closed_and_the_next_one_released(
    ground: Ground, *, elsewhere: bool
) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    halted_at_release(ground, shims)
    tag, tip = ground.refs()[TAG], ground.refs()[BRANCH]

    asked = shims.inv("release.abandon", "--version", "1.24.1")
    assert asked.status == 2, asked.text
    assert "inv release.abandon --version 1.24.1 --yes" in asked.err
    assert ground.refs()[BRANCH] == tip
    done = shims.inv("release.abandon", "--version", "1.24.1", "--yes")

    assert done.status == 0, done.text
    assert "Closed 1.24.1: tagged, not published" in done.out
    assert ground.refs()[TAG] == tag
    require_integrated(ground)
    for branch in (BRANCH, MAINLINE):
        assert messages(ground, branch).count(NOT_PUBLISHED) == 1
    assert witness.broken() == []
    after = ground.refs()
    again = shims.inv("release.abandon", "--version", "1.24.1", "--yes")
    assert again.status == 0, again.text
    assert ground.refs() == after
    exact = shims.inv("release.patch", "--version", "1.24.1", "--yes")
    assert exact.status == 6, exact.text
    assert "1.24.1 is closed: it was tagged but not published" in exact.err
    status = shims.inv("release.status", "--version", "1.24", "--json").json
    assert (status["version"], status["state"]) == ("1.24.1", "done")
    release_next(ground, ground.clone_again("elsewhere") if elsewhere else None)
    assert ground.refs()[TAG] == tag


def test_the_fixes_of_a_closed_version_are_published_as_the_next_one(ground: Ground) -> None:
    shims = Shims(ground)
    halted_at_release(ground, shims)
    assert shims.inv("release.abandon", "--version", "1.24.1", "--yes").status == 0
    before = ground.refs()

    halted = shims.inv(*PATCH)

    assert halted.status == 3, halted.text
    assert "There is nothing to release after v1.24.1" in halted.err
    assert ground.refs() == before
    commands = re.findall(r"^ *\$ (.*)$", halted.err, re.MULTILINE)
    (add,) = [row for row in commands if " worktree add " in row]
    (commit,) = [row for row in commands if row.startswith("echo ")]
    people.by_hand(ground, add)
    people.by_hand(ground, commit, cwd=Path(shlex.split(add)[-2]))
    done = Shims(ground, "next").inv(*shlex.split(commands[-1])[1:])
    assert done.status == 0, done.text
    assert "Released 1.24.2" in done.out
    for branch in ("release-1.24", "master"):
        section = ground.show(f"{branch}:{CHANGELOG}").partition("almanac 1.24.2 (")[2]
        assert "what 1.24.1 has" in section.partition("almanac 1.24.1 (")[0]
        assert "not-published" not in ground.origin("ls-tree", "-r", "--name-only", branch)


@pytest.mark.parametrize("words", ["rm --quiet", "refs/heads/release-1.24", "refs/heads/master"])
def test_closing_that_was_killed_is_finished_by_the_same_command(ground: Ground, words: str) -> None:
    shims = Shims(ground)
    halted_at_release(ground, shims)
    close = ("release.abandon", "--version", "1.24.1", "--yes")
    with shims.held(words, *close) as running:
        running.await_held()
        running.kill()
    shims.forget()
    if words == "refs/heads/master":
        patch = shims.inv(*PATCH)
        assert patch.status == 6, patch.text
        assert "inv release.abandon --version 1.24.1 --yes" in patch.err

    done = shims.inv(*close)

    assert done.status == 0, done.text
    require_integrated(ground)
    assert messages(ground, BRANCH).count(NOT_PUBLISHED) == 1
    release_next(ground)


def test_a_published_version_is_not_closed(ground: Ground) -> None:
    shims = Shims(ground)
    stopped_before_clean_up(ground, shims)
    before = ground.refs()

    done = shims.inv("release.abandon", "--version", "1.24.1", "--yes")

    assert done.status == 6, done.text
    assert "1.24.1 was published, so it cannot be closed as not published." in done.err
    assert ground.refs() == before


def test_a_version_is_not_closed_while_its_run_may_still_publish(ground: Ground) -> None:
    shims = Shims(ground)
    halted_at_release(ground, shims)
    run = ground.standin.runs[-1]
    ground.standin.rerun(run.id, RunScript(hold=HOLD))
    before = ground.refs()

    for command in (
        ("release.abandon", "--version", "1.24.1", "--yes"),
        ("release.patch", "--version", "1.24.1", "--published", "--yes"),
    ):
        done = shims.inv(*command)
        assert done.status == 6, done.text
        assert f"gh run cancel {run.id}" in done.err
    assert ground.refs() == before


def test_on_a_terminal_closing_asks(ground: Ground) -> None:
    shims = Shims(ground)
    halted_at_release(ground, shims)
    before = ground.refs()

    assert answered(ground, shims, b"n\n") == 130
    assert ground.refs() == before
    assert answered(ground, shims, b"y\n") == 0
    assert messages(ground, BRANCH).count(NOT_PUBLISHED) == 1


def answered(ground: Ground, shims: Shims, answer: bytes) -> int:
    """Close 1.24.1 on a terminal with this answer, and return the exit status."""
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    process = subprocess.Popen(
        (str(BIN / "inv"), "release.abandon", "--version", "1.24.1"), cwd=ground.clone,
        env={**ground.env, **shims.env, "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip  # what runs, where, and how
    os.close(theirs)
    try:
        while os.read(ours, 65536):
            pass
    except OSError:
        pass
    os.close(ours)
    return process.wait(timeout=120)


def test_a_dry_run_of_closing_changes_nothing(ground: Ground) -> None:
    shims = Shims(ground)
    halted_at_release(ground, shims)
    before = ground.refs()
    done = shims.inv("--dry", "release.abandon", "--version", "1.24.1")
    assert done.status == 0, done.text
    assert ground.refs() == before


# Runs that GitHub has deleted


def test_after_github_has_deleted_the_runs_the_next_command_finishes(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    stopped_before_clean_up(ground, shims)
    delete_runs(ground, "qa", "release")

    halted = shims.inv(*PATCH)
    assert halted.status == 5, halted.text
    assert "This clone recorded that this run succeeded: http" in halted.err
    words = halted.err.rpartition("Next:")[2].split()
    assert words == ["$", "inv", "release.patch", "--version", "1.24.1", "--published"]
    done = shims.inv(*words[2:])

    assert done.status == 0, done.text
    assert "Released 1.24.1" in done.out
    require_integrated(ground)
    assert messages(ground, BRANCH).count(BY_HAND) == 1
    assert witness.broken() == []
    release_next(ground)


def test_the_published_release_on_github_is_enough_if_the_runs_are_gone(ground: Ground) -> None:
    shims = Shims(ground)
    stopped_before_clean_up(ground, shims)
    ground.standin.publish("v1.24.1")
    ground.standin.releases["v1.24.1"] -= 3600
    delete_runs(ground, "qa", "release")

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    assert "GitHub no longer has a run of release for v1.24.1" in done.out.partition("Released")[2]
    require_integrated(ground)
    assert BY_HAND not in messages(ground, BRANCH)


def test_published_needs_a_public_tag_and_an_exact_version(ground: Ground) -> None:
    before = ground.refs()
    assert ground.inv("release.patch", "--version", "1.24", "--published").status == 2
    done = ground.inv("release.patch", "--version", "1.24.1", "--published", "--yes")
    assert done.status == 6, done.text
    assert "v1.24.1 is not on origin" in done.err
    assert ground.refs() == before


# Keys, branches, worktrees and tags


def test_the_tag_of_a_colleague_that_cannot_be_verified_here_is_a_note(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    stopped_before_clean_up(ground, shims)
    signers = ground.git("config", "gpg.ssh.allowedSignersFile")
    elsewhere = ground.clone_again("elsewhere")
    ground.git("config", "--unset", "gpg.ssh.allowedSignersFile", cwd=elsewhere)

    done = shims.inv(*PATCH, cwd=elsewhere)

    assert done.status == 0, done.text
    summary = done.out.partition("Released 1.24.1")[2]
    assert "v1.24.1 cannot be verified here" in summary
    assert "git config gpg.ssh.allowedSignersFile FILE" in summary
    assert ground.git("config", "gpg.ssh.allowedSignersFile") == signers
    assert witness.unfinished() == []


def test_a_branch_in_a_worktree_that_is_gone_does_not_fail_a_finished_release(ground: Ground) -> None:
    shims = Shims(ground)
    ground.git("branch", "--quiet", "release-1.24", "origin/release-1.24")
    other = ground.root / "other"
    ground.git("worktree", "add", "--quiet", str(other), "release-1.24")
    before = ground.git("rev-parse", "release-1.24")
    shutil.rmtree(other)

    done = shims.inv(*PATCH)

    assert done.status == 0, done.text
    assert f"it is checked out in {other}, which does not exist" in done.out
    assert ground.git("rev-parse", "release-1.24") == before
    require_integrated(ground)


@pytest.mark.parametrize("knows", ["this clone", "GitHub", "the branches"])
def test_a_version_whose_tag_was_deleted_is_not_released_again(ground: Ground, knows: str) -> None:
    shims = Shims(ground)
    assert shims.inv(*PATCH).status == 0
    tag = ground.refs()[TAG]
    ground.origin("update-ref", "-d", TAG)
    if knows != "this clone":
        (ground.clone / ".git" / "patchwright" / "1.24.json").unlink()
    if knows == "the branches":
        delete_runs(ground, "release")
    before = ground.refs()
    files = {"almanac/moons.py": "MOONS = 1\n", f"{FRAGMENTS}/77.repair.rst": "Count the moons.\n"}
    before[MAINLINE] = people.pushed(ground, "master", files, "Count the moons.")

    halted = shims.inv(*PATCH)

    assert halted.status == 6, halted.text
    assert "1.24.1 was public before, but its tag v1.24.1 is not on origin any more." in halted.err
    assert ground.refs() == before
    assert shims.inv(*PATCH).status == 6
    shown = shims.inv("release.status", "--version", "1.24", "--json").json
    assert (shown["state"], shown["next"]) == ("halted", f"git push origin {TAG}")
    assert shown["halt"]["cause"] in halted.err
    next_command = halted.err.rpartition("$ ")[2].split()
    assert next_command == ["git", "push", "origin", TAG]
    ground.git(*next_command[1:])
    assert ground.refs()[TAG] == tag
    done = Shims(ground, "next").inv(*PATCH)
    assert done.status == 0, done.text
    assert "Released 1.24.2" in done.out


@pytest.mark.parametrize("place", ["the clean-up", "the integration"])
def test_a_release_branch_that_was_deleted_is_brought_back(ground: Ground, place: str) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    if place == "the clean-up":
        stopped_before_clean_up(ground, shims)
    else:
        stopped_before(ground, shims, f":{MAINLINE}")
    ground.origin("update-ref", "-d", BRANCH)

    halted = shims.inv(*PATCH)

    assert halted.status == 7, halted.text
    assert "origin has no branch release-1.24, but v1.24.1 of this series is public." in halted.err
    assert "the tag v1.24.1, at" in halted.err.partition("Public:")[2]
    assert "had not started" not in halted.err
    ground.git(*halted.err.rpartition("$ git ")[2].split())
    done = shims.inv(*PATCH)
    assert done.status == 0, done.text
    assert witness.unfinished() == []


def test_a_release_branch_that_was_deleted_while_the_release_run_was_watched(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    ground.standin.script("release", RunScript(hold=HOLD))
    with shims.held(f":{TAG}", *PATCH) as running:
        running.await_held()
        shims.hold_nothing()
        running.let_go()
        while ground.standin.runs[-1].workflow.name != "release":
            pass
        ground.origin("update-ref", "-d", BRANCH)
        ground.standin.approve(ground.standin.runs[-1].id)
        halted = running.end()

    assert halted.status == 7, halted.text
    assert "the tag v1.24.1, at" in halted.err.partition("Public:")[2]
    ground.git(*halted.err.rpartition("$ git ")[2].split())
    assert shims.inv(*PATCH).status == 0
    assert witness.unfinished() == []


def test_a_release_branch_that_lost_the_release_gets_it_back(ground: Ground) -> None:
    shims, witness = Shims(ground), promises.begin(ground)
    stopped_before_clean_up(ground, shims)
    ground.origin("update-ref", BRANCH, f"{TAG}^{{commit}}~1")

    halted = shims.inv(*PATCH)

    assert halted.status == 7, halted.text
    assert "v1.24.1 is public, but release-1.24 on origin no longer contains its commit." in halted.err
    ground.git(*halted.err.rpartition("$ git ")[2].split())
    assert shims.inv(*PATCH).status == 0
    assert witness.unfinished() == []


# GitHub out of reach


@pytest.mark.parametrize("kind", ["reset", "hang"])
def test_preflight_gives_up_within_a_minute_if_github_is_out_of_reach(
    ground: Ground, kind: Literal["reset", "hang"]
) -> None:
    ground.standin.fault(Fault(kind=kind, times=math.inf))
    began = time.monotonic()
    done = ground.inv(*PREFLIGHT, INVOKE_PATCHWRIGHT_PATIENCE="600")
    assert done.status == 8, done.text
    assert time.monotonic() - began < 60
    assert "GitHub did not answer for" in done.err


def test_a_version_whose_fragments_are_gone_is_closed_by_an_empty_commit(ground: Ground) -> None:
    shims = Shims(ground)
    halted_at_release(ground, shims)
    clone = people.someone(ground)
    people.by_hand(
        ground, "git checkout --quiet -B release-1.24 origin/release-1.24",
        f"git rm --quiet {FRAGMENTS}/*.repair.rst", "git commit --quiet -m 'Clean up by hand.'",
        "git push --quiet origin release-1.24", cwd=clone,
    )  # fmt: skip  # the commands, then where
    by_hand = ground.refs()[BRANCH]

    done = shims.inv("release.abandon", "--version", "1.24.1", "--yes")

    assert done.status == 0, done.text
    require_integrated(ground)
    assert ground.subjects(f"{by_hand}..{BRANCH}") == ["Clean up news fragments."]
    assert ground.origin("diff", "--name-only", by_hand, BRANCH) == ""
    assert NOT_PUBLISHED in messages(ground, BRANCH)
    release_next(ground)
