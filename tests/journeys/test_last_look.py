"""What somebody takes back while a release runs is not published: a push looks at the facts again."""

from __future__ import annotations

import shlex

import pytest

from journeys import people
from journeys.ground import Done, Ground
from journeys.promises import BRANCH, TAG
from journeys.shims import Shims
from next_command import next_of
from patchwright.practice.actions import Run
from patchwright.practice.runs import JobScript, RunScript

pytestmark = pytest.mark.journey

PATCH = ("release.patch", "--version", "1.24", "--yes", "--skip-check")
LONG = RunScript(jobs=[JobScript("test", 600)])


def force_pushed(ground: Ground, to: str) -> None:
    """Let another person make origin's release branch something else, by force."""
    clone = people.someone(ground)
    ground.git("push", "--quiet", "--force", "origin", f"{to}:{BRANCH}", cwd=clone)


def qa_run(ground: Ground) -> Run:
    """Return the run of QA for the release branch."""
    return next(
        run for run in ground.standin.runs if (run.workflow.name, run.head_branch) == ("qa", "release-1.24")
    )


def ended_after(ground: Ground, shims: Shims, change: str) -> tuple[Done, str]:
    """Let somebody change something before a release pushes its tag. Return the release commit too."""
    before = ground.refs()[BRANCH]
    with shims.held(f":{BRANCH}", *PATCH) as running:
        running.await_held()
        # The step `tag` then builds the integration again, after QA has passed and before the last look.
        people.pushed(ground, "master", {"MOON": "full\n"}, "Mention the moon.")
        shims.hold("commit --quiet")
        running.let_go()
        running.await_held()
        released = ground.refs()[BRANCH]
        if change == "moved back":
            force_pushed(ground, before)
        elif change == "deleted":
            force_pushed(ground, "")
        elif change == "rewritten":
            clone = people.someone(ground)
            ground.git("checkout", "--quiet", "--detach", released, cwd=clone)
            ground.git("commit", "--quiet", "--amend", "-m", "Say it better.", cwd=clone)
            force_pushed(ground, "HEAD")
        elif change == "reverted":
            clone = people.someone(ground)
            ground.git("checkout", "--quiet", "--detach", released, cwd=clone)
            ground.git("revert", "--no-edit", f"{released}~2", cwd=clone)
            force_pushed(ground, "HEAD")
        elif change == "moved forward":
            people.pushed(ground, "release-1.24", {"NEWS": "theirs\n"}, "Mention news.")
        elif change.startswith("QA"):
            qa = qa_run(ground)
            failing = RunScript(jobs=[JobScript("test", 0.0, "failure")])
            ground.standin.rerun(qa.id, LONG if change == "QA runs again" else failing)
        done = running.end()
    return done, released


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ("moved back", 7, "no longer contains the release commit"),
        ("deleted", 7, "no longer contains the release commit"),
        ("rewritten", 7, "no longer contains the release commit"),
        ("reverted", 7, "reverts a part of this release"),
        ("QA runs again", 5, "in progress now"),
        ("QA fails again", 5, "ended with failure, so"),
    ],
)
def test_no_tag_is_pushed_after_the_branch_or_qa_changed(
    ground: Ground, change: str, status: int, says: str
) -> None:
    done, released = ended_after(ground, Shims(ground), change)

    assert done.status == status, done.text
    assert says in done.err
    assert "v1.24.1 was not pushed" in done.err
    assert TAG not in ground.refs()
    assert ground.git("tag", "--list", "v1.24.1") == ""
    assert released[:10] in done.err or change == "reverted"


def test_a_branch_that_moved_forward_keeps_its_tag_on_the_tested_commit(ground: Ground) -> None:
    done, released = ended_after(ground, Shims(ground), "moved forward")

    assert done.status == 0, done.text
    assert ground.origin("rev-parse", f"{TAG}^{{commit}}") == released
    assert ground.show(f"{BRANCH}:NEWS") == "theirs"


def test_a_branch_that_is_moved_back_while_qa_runs_gets_no_tag(ground: Ground) -> None:
    """Case E1."""
    shims, before = Shims(ground), ground.refs()[BRANCH]
    ground.standin.script("qa", RunScript(jobs=[JobScript("test", 3)]))
    with shims.held(f":{BRANCH}", *PATCH) as running:
        running.await_held()
        shims.hold_nothing()
        running.let_go()
        while ground.refs()[BRANCH] == before:
            pass
        force_pushed(ground, before)
        done = running.end()

    assert done.status == 7, done.text
    assert TAG not in ground.refs()
    assert ground.refs()[BRANCH] == before


@pytest.mark.parametrize("when", ["before the push", "while QA runs"])
def test_a_pick_that_the_mainline_reverts_meanwhile_gets_no_tag(ground: Ground, when: str) -> None:
    shims, before = Shims(ground), ground.refs()
    with shims.held("commit --quiet" if when == "before the push" else f":{BRANCH}", *PATCH) as running:
        running.await_held()
        clone = people.someone(ground)
        ground.git("checkout", "--quiet", "-B", "master", "origin/master", cwd=clone)
        ground.git("revert", "--no-edit", "HEAD", cwd=clone)
        ground.git("push", "--quiet", "origin", "master", cwd=clone)
        done = running.end()

    assert done.status == 7, done.text
    assert "Somebody reverted a patch of this release on origin's master after the release began." in done.err
    assert TAG not in ground.refs()
    if when == "before the push":
        assert ground.refs()[BRANCH] == before[BRANCH]
    abandoned = shims.inv("release.abandon", "--version", "1.24")
    assert abandoned.status == 0, abandoned.text


def test_after_another_attempt_of_qa_the_same_command_goes_on(ground: Ground) -> None:
    shims = Shims(ground)
    done, released = ended_after(ground, shims, "QA fails again")
    assert done.status == 5, done.text
    assert shims.inv(*PATCH).status == 5
    ground.standin.rerun(qa_run(ground).id, RunScript(jobs=[JobScript("test", 0.0)]))

    again = shims.inv(*PATCH)

    assert again.status == 0, again.text
    assert ground.origin("rev-parse", f"{TAG}^{{commit}}") == released


def test_after_a_revert_the_same_command_releases_the_new_tip(ground: Ground) -> None:
    shims = Shims(ground)
    done, released = ended_after(ground, shims, "reverted")
    assert done.status == 7, done.text
    tip = ground.refs()[BRANCH]

    again = shims.inv(*PATCH)

    assert again.status in {0, 7}, again.text
    if again.status == 0:
        tagged = ground.origin("rev-parse", f"{TAG}^{{commit}}")
        assert ground.origin("merge-base", tip, tagged) == tip
        assert tagged != released


@pytest.mark.parametrize("made", ["under another name", "lightweight", "on another commit"])
def test_a_wrong_tag_of_the_clone_is_not_pushed(ground: Ground, made: str) -> None:
    ground.standin.script("qa", RunScript(conclusion="failure"))
    shims = Shims(ground)
    assert shims.inv(*PATCH).status == 5
    released = ground.refs()[BRANCH]
    ground.git("fetch", "--quiet", "origin")
    if made == "under another name":
        ground.git("tag", "-s", "-m", "Candidate", "v1.24.1-rc1", released)
        ground.git("update-ref", "refs/tags/v1.24.1", "v1.24.1-rc1")
    elif made == "lightweight":
        ground.git("update-ref", "refs/tags/v1.24.1", released)
    else:
        ground.git("tag", "-s", "-m", "Early", "v1.24.1", f"{released}~")
    mine = ground.git("rev-parse", "refs/tags/v1.24.1")
    ground.standin.rerun(ground.standin.runs[-1].id)

    done = shims.inv("release.tag", "--version", "1.24")
    if done.status == 3:
        assert shims.inv("release.watch-qa", "--version", "1.24").status == 0
        done = shims.inv("release.tag", "--version", "1.24")

    assert done.status == 7, done.text
    assert TAG not in ground.refs()
    assert ground.git("rev-parse", "refs/tags/v1.24.1") == mine


def test_a_branch_that_is_moved_back_before_the_push_is_not_pushed_again(ground: Ground) -> None:
    shims = Shims(ground)
    theirs = people.pushed(ground, "release-1.24", {"NEWS": "theirs\n"}, "Mention news.")
    with shims.held("commit --quiet", *PATCH) as running:
        running.await_held()
        force_pushed(ground, f"{theirs}~")
        done = running.end()

    assert done.status == 7, done.text
    assert "Somebody withdrew commits from the branches of origin." in done.err
    assert ground.refs()[BRANCH] == ground.origin("rev-parse", f"{theirs}~")
    assert TAG not in ground.refs()
    abandoned = shims.inv(*shlex.split(str(next_of(done.err)))[1:])
    assert abandoned.status == 0, abandoned.text
    assert ground.refs()[BRANCH] == ground.origin("rev-parse", f"{theirs}~")


@pytest.mark.parametrize("name", ["qa", "release"])
def test_a_workflow_that_somebody_disables_before_the_push_stops_it(ground: Ground, name: str) -> None:
    shims, before = Shims(ground), ground.refs()
    with shims.held("commit --quiet", *PATCH) as running:
        running.await_held()
        ground.standin.workflow(name).state = "disabled_manually"
        done = running.end()

    assert done.status == 3, done.text
    assert f"{name}.yaml is disabled (disabled_manually)" in done.err
    assert ground.refs() == before
    ground.standin.workflow(name).state = "active"
    assert shims.inv(*PATCH).status == 0


def test_a_release_workflow_that_somebody_disables_while_qa_runs_gets_no_tag(ground: Ground) -> None:
    shims = Shims(ground)
    with shims.held(f":{BRANCH}", *PATCH) as running:
        running.await_held()
        ground.standin.workflow("release").state = "disabled_manually"
        done = running.end()

    assert done.status == 3, done.text
    assert "gh workflow enable release.yaml" in done.err
    assert TAG not in ground.refs()
    ground.standin.workflow("release").state = "active"
    assert shims.inv(*PATCH).status == 0
