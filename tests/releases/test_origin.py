"""The remote is read once for each look, and a push changes one ref and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory_release import BRANCH, MAINLINE, TAG, MemoryRelease
from patchwright.halts import BranchConflict, CommandFailed, RefusedPush
from patchwright.releases.origin import Origin
from patchwright.settings import Settings
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell
from repository import Project

REQUEST_BRANCH = "refs/heads/patchwright/integrate-v1.24.1"


def test_the_remote_is_read_once(release: MemoryRelease) -> None:
    assert release.origin.branch_tip == release.repair
    release.memory.remote = {}
    assert release.origin.branch_tip == release.repair


def test_a_fresh_copy_reads_again_and_knows_the_first_refs(release: MemoryRelease) -> None:
    first = release.origin.refs
    tip = release.move_branch("Theirs", {"theirs.py": "x\n"})
    copy = release.origin.fresh_copy().fresh_copy()
    assert copy.branch_tip == tip
    assert copy.first_refs == first


def test_without_a_plan_only_refs_and_urls_are_known(release: MemoryRelease) -> None:
    origin = Origin(release.git, release.settings)
    assert origin.refs[MAINLINE] == release.memory.remote[MAINLINE]
    assert origin.urls == ([release.memory.url], [release.memory.url])
    with pytest.raises(LookupError):
        _ = origin.branch_tip


def test_the_tag_peels_to_the_release_commit(release: MemoryRelease) -> None:
    assert (release.origin.tag, release.origin.tagged_commit) == (None, None)
    tag = release.publish()
    assert (release.origin.tag, release.origin.tagged_commit) == (tag, release.memory.remote[BRANCH])


def test_a_lightweight_tag_names_its_commit(release: MemoryRelease) -> None:
    release.memory.remote[TAG] = release.repair
    assert release.origin.fresh_copy().tagged_commit == release.repair


def test_the_integration_is_on_the_mainline_or_in_the_pull_request(release: MemoryRelease) -> None:
    mainline = release.memory.remote[MAINLINE]
    assert (release.origin.integration_tip, release.origin.integration_tips) == (None, [mainline])
    release.memory.remote[REQUEST_BRANCH] = release.repair
    release.refresh()
    assert release.origin.integration_tip == release.repair
    assert release.origin.integration_tips == [mainline, release.repair]


@pytest.mark.parametrize(
    ("ref", "cause"),
    [(BRANCH, "origin has no branch release-1.24."), (MAINLINE, "origin has no branch master.")],
)
def test_a_branch_that_does_not_exist_halts(release: MemoryRelease, ref: str, cause: str) -> None:
    del release.memory.remote[ref]
    origin = release.origin.fresh_copy()
    with pytest.raises(BranchConflict) as halted:
        _ = (origin.branch_tip, origin.mainline_tip)
    assert halted.value.cause == cause


def test_only_commits_that_the_clone_lacks_are_fetched(
    release: MemoryRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[list[str]] = []
    monkeypatch.setattr(release.git, "fetch_objects", lambda _remote, refs: fetched.append(list(refs)))
    release.origin.fetch()
    assert fetched == []
    release.memory.remote[BRANCH] = "f" * 40
    release.origin.fresh_copy().fetch()
    assert fetched == [[BRANCH, MAINLINE]]


FLAGS = ("--porcelain", "--no-follow-tags", "--recurse-submodules=no")


def test_a_push_names_one_object_one_full_ref_and_its_old_value(release: MemoryRelease) -> None:
    commit = release.prepare()
    release.origin.push(commit, BRANCH)
    lease = f"--force-with-lease={BRANCH}:{release.repair}"
    assert release.memory.acts[-1] == ("push", *FLAGS, lease, "--", "origin", f"{commit}:{BRANCH}")


@pytest.mark.parametrize("ref", [TAG, REQUEST_BRANCH])
def test_a_ref_that_was_not_there_is_only_created(release: MemoryRelease, ref: str) -> None:
    commit = release.prepare()
    release.origin.push(commit, ref)
    lease = f"--force-with-lease={ref}:"
    assert release.memory.acts[-1] == ("push", *FLAGS, lease, "--", "origin", f"{commit}:{ref}")


def test_a_tag_that_was_seen_is_not_replaced(release: MemoryRelease) -> None:
    tag = release.publish()
    with pytest.raises(RefusedPush):
        release.origin.push(release.memory.add_tag(release.repair), TAG)
    assert release.memory.remote[TAG] == tag


def test_a_commit_beside_the_branch_is_not_pushed(release: MemoryRelease) -> None:
    beside = release.memory.add_commit(
        "Beside", {"beside.py": "x\n"}, release.memory.tagged_commit("v1.24.0")
    )
    with pytest.raises(BranchConflict, match=f"is not on top of origin's {BRANCH}, so it was not pushed"):
        release.origin.push(beside, BRANCH)
    assert release.memory.acts == []


def test_a_push_that_origin_rejects_halts(release: MemoryRelease) -> None:
    release.memory.pushes = [release.memory.reject]
    with pytest.raises(RefusedPush) as halted:
        release.origin.push(release.prepare(), BRANCH)
    assert halted.value.cause == f"origin rejected the push to {BRANCH}."
    assert halted.value.never == ("Do not force-push.",)


def test_a_push_that_fails_otherwise_is_not_a_rejection(release: MemoryRelease) -> None:
    failure = CommandFailed(
        "git failed.", argv=("git", "push"), exit_status=128, output="fatal: no network\n"
    )

    def fail() -> None:
        raise failure

    release.memory.pushes = [fail]
    with pytest.raises(CommandFailed) as halted:
        release.origin.push(release.prepare(), BRANCH)
    assert halted.value is failure


# With real git


def origin_of(project: Project) -> Origin:
    """Return the remote of a real clone."""
    return Origin(Git(Shell(project.path), project.path), Settings())


def commit_on_branch(project: Project, message: str) -> str:
    """Commit on the local release branch."""
    project.git("checkout", "--quiet", "release-1.24")
    commit = project.commit(message, {"more.py": f"{message}\n"})
    project.git("checkout", "--quiet", "master")
    return commit


@pytest.mark.journey
def test_git_pushes_one_ref_and_nothing_with_it(project: Project) -> None:
    tip = commit_on_branch(project, "More")
    project.git("tag", "--annotate", "--message=mine", "mine", tip)
    project.git("config", "push.followTags", "true")
    before = project.git("ls-remote", "origin").splitlines()
    origin_of(project).push(tip, BRANCH)
    after = project.git("ls-remote", "origin").splitlines()
    assert set(after) - set(before) == {f"{tip}\t{BRANCH}"}
    assert not any("mine" in row for row in after)


@pytest.mark.journey
def test_a_push_that_is_not_a_fast_forward_is_not_started(project: Project) -> None:
    tip = commit_on_branch(project, "More")
    project.publish("release-1.24")
    before = project.git("rev-parse", f"{tip}~")
    with pytest.raises(BranchConflict, match=f"is not on top of origin's {BRANCH}"):
        origin_of(project).push(before, BRANCH)
    assert origin_of(project).refs[BRANCH] == tip


@pytest.mark.journey
@pytest.mark.parametrize("change", ["moved forward", "moved back", "deleted"])
def test_git_rejects_a_push_to_a_branch_that_changed_after_the_look(project: Project, change: str) -> None:
    seen = commit_on_branch(project, "Seen")
    project.publish("release-1.24")
    origin = origin_of(project)
    assert origin.refs[BRANCH] == seen
    mine = commit_on_branch(project, "Mine")
    project.git("checkout", "--quiet", "--detach", seen)
    theirs = {"moved forward": project.commit("Theirs"), "moved back": f"{seen}~", "deleted": ""}[change]
    project.git("push", "--quiet", "--force", "origin", f"{theirs}:{BRANCH}")
    after = project.git("ls-remote", "origin")
    with pytest.raises(RefusedPush, match=f"origin rejected the push to {BRANCH}"):
        origin.push(mine, BRANCH)
    assert project.git("ls-remote", "origin") == after


@pytest.mark.journey
def test_git_creates_a_tag_and_never_replaces_one(project: Project) -> None:
    project.git("tag", "--annotate", "--message=one", "one", "release-1.24")
    project.git("tag", "--annotate", "--message=two", "two", "release-1.24")
    one, two = project.git("rev-parse", "one"), project.git("rev-parse", "two")
    origin = origin_of(project)
    assert TAG not in origin.refs
    origin.push(one, TAG)
    with pytest.raises(RefusedPush):
        origin.push(two, TAG)
    with pytest.raises(RefusedPush):
        origin.fresh_copy().push(two, TAG)
    assert origin.fresh_copy().refs[TAG] == one


@pytest.mark.journey
def test_a_push_that_origin_has_already_is_done(project: Project) -> None:
    origin = origin_of(project)
    assert origin.refs[BRANCH]
    mine = commit_on_branch(project, "Mine")
    project.git("push", "--quiet", "origin", f"{mine}:{BRANCH}")
    origin.push(mine, BRANCH)
    assert origin.fresh_copy().refs[BRANCH] == mine


@pytest.mark.journey
def test_the_words_of_a_remote_that_rejects_a_push_are_evidence(project: Project) -> None:
    hook = project.bare / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho GH006: Protected branch update failed >&2\nexit 1\n")
    hook.chmod(0o755)
    tip = commit_on_branch(project, "More")
    with pytest.raises(RefusedPush) as halted:
        origin_of(project).push(tip, BRANCH)
    assert any("GH006: Protected branch update failed" in row for row in halted.value.evidence)


@pytest.mark.journey
def test_a_remote_that_does_not_exist_is_not_a_rejection(project: Project, tmp_path: Path) -> None:
    origin = origin_of(project)
    assert origin.refs[BRANCH]
    project.bare.rename(tmp_path / "elsewhere.git")
    with pytest.raises(CommandFailed) as halted:
        origin.push(project.git("rev-parse", "release-1.24"), BRANCH)
    assert not isinstance(halted.value, RefusedPush)
