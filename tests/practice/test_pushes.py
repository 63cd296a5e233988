"""Pushes to the stand-in, also by the real git."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from patchwright.practice.github import Ruleset, RunScript, StandIn
from patchwright.practice.hosting import NO_OBJECT
from practice.ground import Ground
from practice.memory_hosting import BRANCH, MASTER, TAGGED, push_request

MASTER_REF = "refs/heads/master"


def origin_ref(ground: Ground, ref: str) -> str:
    """Return the object that a ref names on origin."""
    return ground.run("git", "--git-dir", str(ground.project.origin), "rev-parse", ref).stdout.strip()


def workflows_of_runs(ground: Ground) -> list[str]:
    return [run.workflow.name for run in ground.standin.runs]


def test_a_push_is_recorded_and_starts_the_runs_of_its_workflow_files(memory_standin: StandIn) -> None:
    answer = memory_standin.pushes.receive(push_request(MASTER_REF, BRANCH))
    assert (answer.status, answer.manner) == (200, "whole")
    (event,) = memory_standin.events
    assert (event.ref, event.old, event.new, event.runs) == (MASTER_REF, MASTER, BRANCH, ())
    assert [(run.workflow.name, run.head_branch, run.commit.sha) for run in memory_standin.runs] == [
        ("qa", "master", BRANCH)
    ]


def test_a_push_is_recorded_with_the_runs_before_it(memory_standin: StandIn) -> None:
    for commit in (BRANCH, TAGGED):
        memory_standin.pushes.receive(push_request(MASTER_REF, commit))
    assert [[run.head_sha for run in event.runs] for event in memory_standin.events] == [[], [BRANCH]]


def test_a_push_to_a_protected_branch_changes_nothing(memory_standin: StandIn) -> None:
    memory_standin.protect(MASTER_REF, "Not today.")
    answer = memory_standin.pushes.receive(push_request(MASTER_REF, BRANCH))
    assert b"GH006: Protected branch update failed for refs/heads/master." in answer.body
    assert b"error: Not today." in answer.body
    assert memory_standin.hosting.refs()[MASTER_REF] == (MASTER, MASTER)
    assert (memory_standin.events, memory_standin.runs) == ([], [])


@pytest.mark.parametrize(
    ("kind", "ref", "bypass", "rejected"),
    [
        ("pull_request", MASTER_REF, "never", True),
        ("update", MASTER_REF, "never", True),
        ("update", MASTER_REF, "always", False),
        ("creation", MASTER_REF, "never", False),
        ("creation", "refs/heads/new", "never", True),
        ("non_fast_forward", MASTER_REF, "never", False),
        ("update", "refs/tags/v1.24.0", "never", False),
    ],
)
def test_a_push_that_breaks_a_rule_changes_nothing(
    memory_standin: StandIn, kind: str, ref: str, bypass: str, *, rejected: bool
) -> None:
    memory_standin.add_ruleset(Ruleset(7, "strict", "branch", rules={kind: {}}, bypass=bypass))
    before = memory_standin.hosting.refs()
    answer = memory_standin.pushes.receive(push_request(ref, BRANCH))
    assert (b"GH013: Repository rule violations found" in answer.body) is rejected
    assert (memory_standin.hosting.refs() == before) is rejected


def test_only_one_answer_is_lost(memory_standin: StandIn) -> None:
    memory_standin.lose_answer(MASTER_REF)
    manners = [
        memory_standin.pushes.receive(push_request(MASTER_REF, commit)).manner for commit in (BRANCH, TAGGED)
    ]
    assert manners == ["reset", "whole"]
    assert [event.new for event in memory_standin.events] == [BRANCH, TAGGED]


def test_a_push_updates_the_head_of_a_pull_request(memory_standin: StandIn) -> None:
    pull = memory_standin.open_pull("Integrate", "", "release-1.24", "master")
    memory_standin.pushes.receive(push_request("refs/heads/release-1.24", TAGGED))
    assert pull.head_sha == TAGGED


@pytest.mark.journey
def test_a_push_moves_the_ref_and_is_recorded_with_the_runs_at_that_time(ground: Ground) -> None:
    before = origin_ref(ground, MASTER_REF)
    ground.standin.script("qa", RunScript(jobs=[], conclusion="success"))
    first = ground.commit("One.")
    second = ground.commit("Two.")
    assert origin_ref(ground, MASTER_REF) == second
    assert [(event.ref, event.old, event.new) for event in ground.standin.events] == [
        (MASTER_REF, before, first),
        (MASTER_REF, first, second),
    ]
    (run,) = ground.standin.events[1].runs
    assert (run.workflow, run.head_sha, run.conclusion) == ("qa", first, "success")
    assert ground.standin.events[0].runs == ()


@pytest.mark.journey
def test_an_annotated_tag_is_recorded_with_its_peeled_commit(ground: Ground) -> None:
    ground.run("git", "tag", "-a", "-m", "Release.", "v1.24.1")
    ground.run("git", "push", "--quiet", "origin", "v1.24.1")
    (event,) = ground.standin.events
    assert (event.ref, event.old, event.commit) == ("refs/tags/v1.24.1", NO_OBJECT, ground.head)
    assert event.new == ground.run("git", "rev-parse", "v1.24.1").stdout.strip() != event.commit


@pytest.mark.journey
def test_a_deleted_ref_is_recorded_and_starts_no_runs(ground: Ground) -> None:
    ground.run("git", "push", "--quiet", "origin", ":refs/heads/release-1.24")
    (event,) = ground.standin.events
    assert (event.new, event.commit, ground.standin.runs) == (NO_OBJECT, None, [])


@pytest.mark.journey
def test_a_large_file_can_be_pushed_and_fetched(ground: Ground) -> None:
    # git sends a push of more than 1 MiB in chunks, after a probe.
    (ground.project.clone / "large").write_bytes(os.urandom(1_500_000))
    ground.run("git", "add", "large")
    sha = ground.commit("Add a large file.")
    second = ground.project.directory / "second"
    ground.run("git", "clone", "--quiet", ground.project.remote_url, str(second))
    assert ground.run("git", "rev-parse", "HEAD", cwd=second).stdout.strip() == sha
    ground.run("git", "fsck", "--strict", cwd=second)


@pytest.mark.journey
def test_a_second_clone_fetches_only_new_commits(ground: Ground) -> None:
    second = ground.project.directory / "second"
    ground.run("git", "clone", "--quiet", ground.project.remote_url, str(second))
    sha = ground.commit("Fix.")
    ground.run("git", "-c", "fetch.unpackLimit=1", "fetch", "--quiet", cwd=second)
    assert ground.run("git", "rev-parse", "origin/master", cwd=second).stdout.strip() == sha
    packs = list((second / ".git" / "objects" / "pack").glob("*.pack"))
    newest = min(packs, key=lambda pack: pack.stat().st_size)
    listed = ground.run("git", "verify-pack", "-v", str(newest), cwd=second).stdout
    assert [line.split()[0] for line in listed.splitlines() if " commit " in line] == [sha]


@pytest.mark.journey
def test_git_rejects_a_push_that_is_not_a_fast_forward(ground: Ground) -> None:
    ground.commit("Fix.")
    ground.run("git", "commit", "--quiet", "--amend", "--allow-empty", "-m", "Fix otherwise.")
    assert "[rejected]" in ground.run("git", "push", "origin", f"HEAD:{MASTER_REF}", ok=False).stderr
    assert len(ground.standin.events) == 1


@pytest.mark.journey
def test_only_one_of_two_simultaneous_pushes_succeeds(ground: Ground) -> None:
    push = ["git", "push", "--quiet", "origin", f"HEAD:{MASTER_REF}"]
    clones = [ground.project.directory / name for name in ("one", "two")]
    for clone in clones:
        ground.run("git", "clone", "--quiet", ground.project.remote_url, str(clone))
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        ground.run("git", *identity, "commit", "--quiet", "--allow-empty", "-m", clone.name, cwd=clone)
    started = [
        subprocess.Popen(push, cwd=clone, env=ground.environment, stderr=subprocess.DEVNULL)
        for clone in clones
    ]
    assert sorted(process.wait(timeout=60) for process in started) == [0, 1]
    (event,) = ground.standin.events
    assert event.new == origin_ref(ground, MASTER_REF)
    assert len(ground.standin.runs) == 1


@pytest.mark.journey
@pytest.mark.parametrize("message", ["Fix. [skip ci]", "Fix.\n\n\nskip-checks: true"])
def test_a_commit_with_a_skip_marker_starts_no_runs_for_branch_or_tag(ground: Ground, message: str) -> None:
    ground.commit(message)
    ground.run("git", "tag", "v9.0.0")
    ground.run("git", "push", "--quiet", "origin", "v9.0.0")
    assert len(ground.standin.events) == 2
    assert ground.standin.runs == []


@pytest.mark.journey
def test_three_tags_in_a_push_start_runs_and_four_tags_start_none(ground: Ground) -> None:
    for count, started in ((4, 0), (3, 3)):
        tags = [f"v{count}.{number}" for number in range(count)]
        for tag in tags:
            ground.run("git", "tag", tag)
        ground.run("git", "push", "--quiet", "origin", *tags)
        assert workflows_of_runs(ground) == ["release"] * started


@pytest.mark.journey
def test_a_push_uses_the_workflow_files_of_the_pushed_commit(ground: Ground) -> None:
    directory = ground.project.clone / ".github" / "workflows"
    (directory / "qa.yaml").unlink()
    (directory / "nightly.yml").write_text(
        "name: qa\non: { schedule: [ { cron: '0 0 * * *' } ] }\njobs: { a: {} }\n"
    )
    (directory / "broken.yaml").write_text("name: [")
    (directory / "README.md").write_text("name: none\non: push\njobs: {}\n")
    ground.run("git", "add", "--all", ".github")
    ground.commit("Change the workflows.")
    assert workflows_of_runs(ground) == [".github/workflows/broken.yaml"]
    assert ground.standin.state(ground.standin.runs[0]).conclusion == "startup_failure"
    assert [one.path.rpartition("/")[2] for one in ground.standin.actions.workflows if one.name == "qa"] == [
        "qa.yaml",
        "nightly.yml",
    ]


@pytest.mark.journey
def test_a_filter_by_path_is_compared_with_the_files_that_a_push_changes(ground: Ground) -> None:
    workflow = ground.project.clone / ".github" / "workflows" / "qa.yaml"
    workflow.write_text("name: qa\non: { push: { paths: [ 'almanac/**' ] } }\njobs: { a: {} }\n")
    ground.run("git", "add", "--all", ".github")
    ground.commit("Filter.")
    assert workflows_of_runs(ground) == []
    (ground.project.clone / "almanac" / "suns.py").write_text("SUNS = 1\n")
    ground.run("git", "add", "--all", "almanac")
    ground.commit("Change code.")
    assert workflows_of_runs(ground) == ["qa"]
    # A new branch is compared with the commit before its tip.
    ground.run("git", "push", "--quiet", "origin", "HEAD:refs/heads/other", "HEAD^:refs/heads/older")
    assert [run.head_branch for run in ground.standin.runs] == ["master", "other"]


@pytest.mark.journey
def test_a_protected_branch_rejects_the_whole_push_with_the_messages_of_github(ground: Ground) -> None:
    before = origin_ref(ground, MASTER_REF)
    ground.standin.protect(MASTER_REF)
    ground.run("git", "commit", "--quiet", "--allow-empty", "-m", "Fix.")
    push = ("git", "push", "origin", f"HEAD:{MASTER_REF}", "HEAD:refs/heads/other")
    message = ground.run(*push, ok=False).stderr
    assert "remote: error: GH006: Protected branch update failed for refs/heads/master." in message
    assert "! [remote rejected] HEAD -> master (protected branch hook declined)" in message
    assert (origin_ref(ground, MASTER_REF), ground.standin.events) == (before, [])
    ground.standin.unprotect(MASTER_REF)
    ground.run(*push)
    assert origin_ref(ground, MASTER_REF) == ground.head


@pytest.mark.journey
@pytest.mark.parametrize(
    ("manner", "message"),
    [("reset", "cannot lock ref"), ("truncated", "unexpected disconnect|hung up|early EOF")],
)
def test_a_push_succeeds_even_if_its_answer_is_lost(ground: Ground, manner: str, message: str) -> None:
    ground.standin.lose_answer(MASTER_REF, manner)  # type: ignore[arg-type]  # one of two manners
    ground.run("git", "commit", "--quiet", "--allow-empty", "-m", "Fix.")
    error = ground.run("git", "push", "origin", f"HEAD:{MASTER_REF}", ok=False).stderr
    assert re.search(message, error)
    assert origin_ref(ground, MASTER_REF) == ground.head
    assert workflows_of_runs(ground) == ["qa"]
    ground.commit("Fix again.")


@pytest.mark.journey
def test_a_repository_can_be_read_without_its_suffix(ground: Ground) -> None:
    listed = ground.run("git", "ls-remote", ground.project.remote_url.removesuffix(".git"), "HEAD").stdout
    assert listed.split()[0] == origin_ref(ground, "HEAD")


@pytest.mark.journey
def test_a_shallow_clone_can_push(ground: Ground) -> None:
    shallow = ground.project.directory / "shallow"
    ground.run("git", "clone", "--quiet", "--depth", "1", ground.project.remote_url, str(shallow))
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    ground.run("git", *identity, "commit", "--quiet", "--allow-empty", "-m", "Fix.", cwd=shallow)
    ground.run("git", "push", "--quiet", "origin", "master", cwd=shallow)
    assert workflows_of_runs(ground) == ["qa"]


@pytest.mark.journey
def test_the_origin_keeps_a_reflog(ground: Ground) -> None:
    before = origin_ref(ground, MASTER_REF)
    ground.commit("Fix.")
    assert origin_ref(ground, f"{MASTER_REF}@{{1}}") == before
