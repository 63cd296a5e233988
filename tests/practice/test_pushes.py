"""The real git pushes to the stand-in, and is answered as GitHub answers."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from patchwright.practice.github import RunScript
from patchwright.practice.hosting import NO_OBJECT
from practice.ground import Ground

pytestmark = pytest.mark.journey

MASTER = "refs/heads/master"


def origins(ground: Ground, ref: str) -> str:
    """What a ref names in the bare repository."""
    return ground.run("git", "--git-dir", str(ground.project.origin), "rev-parse", ref).stdout.strip()


def workflows_of_runs(ground: Ground) -> list[str]:
    return [run.workflow.name for run in ground.standin.runs]


def test_a_push_moves_the_ref_and_is_noted_with_what_was_known_then(ground: Ground) -> None:
    before = origins(ground, MASTER)
    ground.standin.script("qa", RunScript(jobs=[], conclusion="success"))
    first = ground.commit("One.")
    second = ground.commit("Two.")
    assert origins(ground, MASTER) == second
    assert [(event.ref, event.old, event.new) for event in ground.standin.events] == [
        (MASTER, before, first),
        (MASTER, first, second),
    ]
    (known,) = ground.standin.events[1].runs
    assert (known.workflow, known.head_sha, known.conclusion) == ("qa", first, "success")
    assert ground.standin.events[0].runs == ()


def test_an_annotated_tag_is_noted_with_the_commit_behind_it(ground: Ground) -> None:
    ground.run("git", "tag", "-a", "-m", "Release.", "v1.24.1")
    ground.run("git", "push", "--quiet", "origin", "v1.24.1")
    (event,) = ground.standin.events
    assert (event.ref, event.old, event.commit) == ("refs/tags/v1.24.1", NO_OBJECT, ground.head)
    assert event.new == ground.run("git", "rev-parse", "v1.24.1").stdout.strip() != event.commit


def test_a_deleted_ref_is_noted_and_starts_nothing(ground: Ground) -> None:
    ground.run("git", "push", "--quiet", "origin", ":refs/heads/release-1.24")
    (event,) = ground.standin.events
    assert (event.new, event.commit, ground.standin.runs) == (NO_OBJECT, None, [])


def test_a_push_and_a_fetch_carry_what_is_large(ground: Ground) -> None:
    # Above 1 MiB git sends a push in chunks, after a probe.
    (ground.project.clone / "large").write_bytes(os.urandom(1_500_000))
    ground.run("git", "add", "large")
    sha = ground.commit("Add what is large.")
    second = ground.project.directory / "second"
    ground.run("git", "clone", "--quiet", ground.project.remote_url, str(second))
    assert ground.run("git", "rev-parse", "HEAD", cwd=second).stdout.strip() == sha
    ground.run("git", "fsck", "--strict", cwd=second)


def test_a_second_clone_fetches_what_is_new_and_no_more(ground: Ground) -> None:
    second = ground.project.directory / "second"
    ground.run("git", "clone", "--quiet", ground.project.remote_url, str(second))
    sha = ground.commit("Fix.")
    ground.run("git", "-c", "fetch.unpackLimit=1", "fetch", "--quiet", cwd=second)
    assert ground.run("git", "rev-parse", "origin/master", cwd=second).stdout.strip() == sha
    packs = list((second / ".git" / "objects" / "pack").glob("*.pack"))
    newest = min(packs, key=lambda pack: pack.stat().st_size)
    listed = ground.run("git", "verify-pack", "-v", str(newest), cwd=second).stdout
    assert [line.split()[0] for line in listed.splitlines() if " commit " in line] == [sha]


def test_a_push_that_is_behind_is_rejected_by_git_itself(ground: Ground) -> None:
    ground.commit("Fix.")
    ground.run("git", "commit", "--quiet", "--amend", "--allow-empty", "-m", "Fix otherwise.")
    assert "[rejected]" in ground.run("git", "push", "origin", f"HEAD:{MASTER}", ok=False).stderr
    assert len(ground.standin.events) == 1


def test_of_two_pushes_at_once_one_wins(ground: Ground) -> None:
    push = ["git", "push", "--quiet", "origin", f"HEAD:{MASTER}"]
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
    assert event.new == origins(ground, MASTER)
    assert len(ground.standin.runs) == 1


@pytest.mark.parametrize("markers", ["Fix. [skip ci]", "Fix.\n\n\nskip-checks: true"])
def test_a_skip_marker_starts_nothing_for_branch_or_tag(ground: Ground, markers: str) -> None:
    ground.commit(markers)
    ground.run("git", "tag", "v9.0.0")
    ground.run("git", "push", "--quiet", "origin", "v9.0.0")
    assert len(ground.standin.events) == 2
    assert ground.standin.runs == []


def test_three_tags_at_once_start_runs_and_four_start_none(ground: Ground) -> None:
    for count, started in ((4, 0), (3, 3)):
        tags = [f"v{count}.{number}" for number in range(count)]
        for tag in tags:
            ground.run("git", "tag", tag)
        ground.run("git", "push", "--quiet", "origin", *tags)
        assert workflows_of_runs(ground) == ["release"] * started


def test_the_workflow_files_of_the_pushed_commit_count(ground: Ground) -> None:
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
    assert [
        known.path.rpartition("/")[2] for known in ground.standin.actions.workflows if known.name == "qa"
    ] == [
        "qa.yaml",
        "nightly.yml",
    ]


def test_a_protected_branch_refuses_the_whole_push_in_githubs_words(ground: Ground) -> None:
    before = origins(ground, MASTER)
    ground.standin.protect(MASTER)
    ground.run("git", "commit", "--quiet", "--allow-empty", "-m", "Fix.")
    push = ("git", "push", "origin", f"HEAD:{MASTER}", "HEAD:refs/heads/other")
    said = ground.run(*push, ok=False).stderr
    assert "remote: error: GH006: Protected branch update failed for refs/heads/master." in said
    assert "! [remote rejected] HEAD -> master (protected branch hook declined)" in said
    assert (origins(ground, MASTER), ground.standin.events) == (before, [])
    ground.standin.unprotect(MASTER)
    ground.run(*push)
    assert origins(ground, MASTER) == ground.head


@pytest.mark.parametrize(
    ("manner", "said"),
    [("reset", "cannot lock ref"), ("truncated", "unexpected disconnect|hung up|early EOF")],
)
def test_a_push_whose_answer_is_lost_has_landed_all_the_same(ground: Ground, manner: str, said: str) -> None:
    ground.standin.lose_answer(MASTER, manner)  # type: ignore[arg-type]  # one of the two
    ground.run("git", "commit", "--quiet", "--allow-empty", "-m", "Fix.")
    lost = ground.run("git", "push", "origin", f"HEAD:{MASTER}", ok=False).stderr
    assert re.search(said, lost)
    assert origins(ground, MASTER) == ground.head
    assert workflows_of_runs(ground) == ["qa"]
    ground.commit("Fix again.")


def test_a_repository_is_known_without_its_suffix_too(ground: Ground) -> None:
    listed = ground.run("git", "ls-remote", ground.project.remote_url.removesuffix(".git"), "HEAD").stdout
    assert listed.split()[0] == origins(ground, "HEAD")


def test_a_shallow_clone_can_push(ground: Ground) -> None:
    shallow = ground.project.directory / "shallow"
    ground.run("git", "clone", "--quiet", "--depth", "1", ground.project.remote_url, str(shallow))
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    ground.run("git", *identity, "commit", "--quiet", "--allow-empty", "-m", "Fix.", cwd=shallow)
    ground.run("git", "push", "--quiet", "origin", "master", cwd=shallow)
    assert workflows_of_runs(ground) == ["qa"]


def test_the_origin_keeps_a_reflog(ground: Ground) -> None:
    before = origins(ground, MASTER)
    ground.commit("Fix.")
    assert origins(ground, f"{MASTER}@{{1}}") == before
