from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from fake_gh import PassingGitHub
from memory_release import BRANCH, TAG, MemoryRelease
from patchwright.github.repository import GitHub
from patchwright.halts import (
    BranchConflict,
    CommandFailed,
    Prerequisite,
    StepFailed,
    VersionConflict,
    WorkflowFailed,
)
from patchwright.integration import preparation
from patchwright.releases import runs
from patchwright.settings import Settings
from patchwright.steps import tag
from patchwright.tools.git_output import Tag

NOT_VERIFIED = CommandFailed(
    "git failed.",
    argv=("git", "verify-tag"),
    exit_status=1,
    output="gpg: made today\nNo principal matched.\n",
)


@pytest.fixture(autouse=True)
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[MemoryRelease]:
    """The releases whose integration was built. It is a fake here."""
    built: list[MemoryRelease] = []
    monkeypatch.setattr(preparation, "prepare", built.append)
    return built


@pytest.fixture
def pushed(release: MemoryRelease) -> MemoryRelease:
    """A release that is pushed, and not tagged."""
    release.push()
    release.github = cast("GitHub", PassingGitHub())
    return release


def test_without_a_tag_there_is_no_evidence(pushed: MemoryRelease) -> None:
    assert tag.proof(pushed) is None


def test_the_tag_of_the_pushed_commit_is_pushed_alone(pushed: MemoryRelease) -> None:
    commit = pushed.commits.release_commit
    pushed.memory.acts.clear()

    tag.act(pushed)
    pushed.refresh()

    tag_object = pushed.memory.tags[pushed.memory.remote[TAG]]
    assert tag_object == Tag(commit, "v1.24.1", "Release v1.24.1 patch: Leap years.\n", signed=True)
    assert [act[-1] for act in pushed.memory.acts if act[0] == "push"] == [
        f"{pushed.memory.remote[TAG]}:{TAG}"
    ]
    assert pushed.memory.local == {}
    assert tag.proof(pushed) == f"v1.24.1 is public and signed, at {commit[:10]}"


def test_a_description_that_was_typed_is_in_the_message(pushed: MemoryRelease) -> None:
    pushed.resolve(replace(pushed.plan, message="Repair it all"))
    tag.act(pushed)
    assert pushed.memory.tags[pushed.memory.remote[TAG]].message == "Release v1.24.1 patch: Repair it all.\n"


def test_a_project_that_does_not_sign_has_an_annotated_tag(tmp_path: Path) -> None:
    release = MemoryRelease(tmp_path, Settings(sign=False))
    release.memory.signs = False
    release.github = cast("GitHub", PassingGitHub())
    release.push()

    tag.act(release)
    release.refresh()

    command = next(act for act in release.memory.acts if act[0] == "tag")
    assert command[1:3] == ("--annotate", "--no-sign")
    assert tag.proof(release) == f"v1.24.1 is public and annotated, at {release.commits.release_commit[:10]}"


def test_a_right_tag_of_this_clone_is_pushed(pushed: MemoryRelease) -> None:
    local = pushed.memory.add_tag(pushed.commits.release_commit)
    pushed.memory.local[TAG] = local
    tag.act(pushed)
    assert pushed.memory.remote[TAG] == local
    assert not any(act[0] == "tag" for act in pushed.memory.acts)


def test_a_tag_that_carries_another_name_is_not_pushed(pushed: MemoryRelease) -> None:
    pushed.memory.local[TAG] = pushed.memory.add_tag(pushed.commits.release_commit, name="v1.24.1-rc1")
    with pytest.raises(BranchConflict, match=r"is not on origin: its own name is v1\.24\.1-rc1"):
        tag.act(pushed)
    assert TAG not in pushed.memory.remote


def test_a_lightweight_tag_of_this_clone_is_not_pushed(pushed: MemoryRelease) -> None:
    pushed.memory.local[TAG] = pushed.commits.release_commit
    with pytest.raises(BranchConflict, match="it is not annotated"):
        tag.act(pushed)
    assert TAG not in pushed.memory.remote


def test_a_branch_that_no_longer_has_the_commit_gets_no_tag(pushed: MemoryRelease) -> None:
    commit = pushed.commits.release_commit
    pushed.remember_pushed(commit)
    pushed.memory.remote[BRANCH] = pushed.repair
    with pytest.raises(BranchConflict) as halted:
        tag.act(pushed)
    assert halted.value.cause == (
        f"release-1.24 on origin no longer contains the release commit {commit[:10]}, "
        "so v1.24.1 was not pushed."
    )
    assert TAG not in pushed.memory.remote


def test_a_branch_that_was_deleted_gets_no_tag(pushed: MemoryRelease) -> None:
    pushed.remember_pushed(pushed.commits.release_commit)
    del pushed.memory.remote[BRANCH]
    with pytest.raises(BranchConflict) as halted:
        tag.act(pushed)
    assert halted.value.evidence[1] == "origin's release-1.24: it does not exist"
    assert TAG not in pushed.memory.remote


def test_a_branch_that_moved_forward_still_has_the_commit(pushed: MemoryRelease) -> None:
    commit = pushed.commits.release_commit
    pushed.remember_pushed(commit)
    pushed.move_branch("Theirs", {"theirs.py": "x\n"})
    tag.act(pushed)
    assert pushed.memory.tags[pushed.memory.remote[TAG]].target == commit


def test_a_branch_that_reverts_a_part_of_the_release_gets_no_tag(pushed: MemoryRelease) -> None:
    pushed.remember_pushed(pushed.commits.release_commit)
    reverts = f'Revert "Leap years."\n\nThis reverts commit {pushed.repair}.'
    pushed.move_branch(reverts, {"years.py": "leap = 4\n"})
    with pytest.raises(BranchConflict, match=r"release-1\.24 on origin reverts a part of this release"):
        tag.act(pushed)
    assert TAG not in pushed.memory.remote


@pytest.mark.parametrize(
    ("status", "conclusion", "cause"),
    [
        ("in_progress", None, "qa #12 of release-1.24 is in progress now, so v1.24.1 was not pushed."),
        ("queued", None, "qa #12 of release-1.24 is queued now, so v1.24.1 was not pushed."),
        (
            "completed",
            "failure",
            "qa #12 of release-1.24 ended with failure, so v1.24.1 was not pushed.",
        ),
        (
            "completed",
            "cancelled",
            "qa #12 of release-1.24 ended with cancelled, so v1.24.1 was not pushed.",
        ),
    ],
)
def test_qa_that_no_longer_has_success_gets_no_tag(
    pushed: MemoryRelease, status: str, conclusion: str | None, cause: str
) -> None:
    github = cast("PassingGitHub", pushed.github)
    github.status, github.conclusion = status, conclusion
    with pytest.raises(WorkflowFailed) as halted:
        tag.act(pushed)
    assert halted.value.cause == cause
    assert TAG not in pushed.memory.remote


def test_a_qa_run_that_was_deleted_gets_no_tag(pushed: MemoryRelease) -> None:
    cast("PassingGitHub", pushed.github).has_runs = False
    with pytest.raises(WorkflowFailed, match="GitHub no longer has a run of qa for"):
        tag.act(pushed)
    assert TAG not in pushed.memory.remote


def test_a_release_workflow_that_was_disabled_while_qa_ran_gets_no_tag(
    pushed: MemoryRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "find_file", lambda _release, _commit, which: f"{which}.yaml")
    cast("PassingGitHub", pushed.github).disabled = {"release.yaml"}
    with pytest.raises(Prerequisite, match=r"release\.yaml is disabled"):
        tag.act(pushed)
    assert TAG not in pushed.memory.remote


def test_a_wrong_tag_of_this_clone_halts(pushed: MemoryRelease) -> None:
    pushed.memory.local[TAG] = pushed.memory.add_tag(pushed.repair)
    with pytest.raises(BranchConflict) as halted:
        tag.act(pushed)
    assert halted.value.cause == (
        f"This clone has a tag v1.24.1 that is not on origin: it names {pushed.repair[:10]}."
    )
    assert halted.value.next_command == "git tag --delete v1.24.1"
    assert TAG not in pushed.memory.remote


def test_a_tag_that_git_did_not_sign_is_not_pushed(pushed: MemoryRelease) -> None:
    pushed.memory.signs = False
    with pytest.raises(StepFailed, match="git created a tag that cannot be published: it is not signed"):
        tag.act(pushed)
    assert TAG not in pushed.memory.remote


def test_a_tag_whose_signature_does_not_verify_is_not_pushed(pushed: MemoryRelease) -> None:
    sha = pushed.memory.add_tag(pushed.commits.release_commit, message="Release v1.24.1 patch: Leap years.\n")
    pushed.memory.answers[sha] = NOT_VERIFIED
    with pytest.raises(StepFailed, match=r"its signature does not verify \(No principal matched\.\)"):
        tag.act(pushed)
    assert TAG not in pushed.memory.remote


def wrong(output: str) -> CommandFailed:
    return CommandFailed("git failed.", argv=("git", "verify-tag"), exit_status=1, output=output)


@pytest.mark.parametrize(
    "output", ["gpg: BAD signature from Ada\n", "Signature verification failed: incorrect signature\n"]
)
def test_a_public_tag_whose_signature_is_wrong_halts(release: MemoryRelease, output: str) -> None:
    sha = release.publish()
    release.memory.answers[sha] = wrong(output)
    with pytest.raises(BranchConflict) as halted:
        tag.proof(release)
    assert halted.value.cause == (
        "v1.24.1 is on origin, but it is not the tag of this release: "
        f"its signature does not verify ({output.strip()})."
    )
    assert halted.value.evidence == (f"object: {sha}", f"commit: {release.commits.release_commit}")
    assert halted.value.never == ("Do not delete or move a tag that is public: others have it.",)
    assert "inv release.abandon --version 1.24.1" in " ".join(halted.value.remedy)


@pytest.mark.parametrize(
    ("output", "how"),
    [
        ("Good signature\nNo principal matched.\n", "git config gpg.ssh.allowedSignersFile FILE"),
        ("gpg: Can't check signature: No public key\n", "gpg --import FILE"),
    ],
)
def test_a_public_tag_of_an_unknown_key_is_a_note(release: MemoryRelease, output: str, how: str) -> None:
    sha = release.publish()
    release.memory.answers[sha] = wrong(output)
    assert tag.proof(release)
    (note,) = release.notes
    assert note.startswith(f"v1.24.1 cannot be verified here ({output.splitlines()[-1]}).")
    assert note.endswith(how)


def test_a_public_tag_that_is_not_signed_halts(release: MemoryRelease) -> None:
    release.publish(signed=False)
    with pytest.raises(BranchConflict, match="it is not signed"):
        tag.proof(release)


def test_a_public_tag_that_is_not_annotated_halts(pushed: MemoryRelease) -> None:
    pushed.memory.remote[TAG] = pushed.commits.release_commit
    pushed.refresh()
    with pytest.raises(BranchConflict, match="it is not annotated"):
        tag.proof(pushed)


def test_a_public_tag_of_a_commit_that_is_not_on_the_branch_halts(release: MemoryRelease) -> None:
    release.publish()
    release.memory.remote[BRANCH] = release.repair
    release.refresh()
    commit = release.commits.release_commit
    with pytest.raises(BranchConflict) as halted:
        tag.proof(release)
    assert halted.value.cause == (
        "v1.24.1 is public, but release-1.24 on origin no longer contains its commit."
    )
    assert halted.value.next_command == f"git push origin {commit}:refs/heads/release-1.24"


def test_a_public_tag_beside_the_branch_is_merged_back(release: MemoryRelease) -> None:
    release.publish()
    release.memory.remote[BRANCH] = release.memory.add_commit("Theirs", {"x.py": "x\n"}, release.repair)
    release.refresh()
    with pytest.raises(BranchConflict) as halted:
        tag.proof(release)
    assert halted.value.next_command is None
    assert "git merge" in halted.value.remedy[1]


def test_a_version_whose_deleted_tag_has_a_run_is_not_tagged_again(pushed: MemoryRelease) -> None:
    cast("PassingGitHub", pushed.github).runs_of_tag = True
    with pytest.raises(VersionConflict, match=r"1\.24\.1 was public before"):
        tag.act(pushed)
    assert TAG not in pushed.memory.remote


def test_a_dry_run_shows_the_commands_and_creates_nothing(dry: MemoryRelease) -> None:
    tag.act(dry)
    assert [act[0] for act in dry.memory.acts] == ["tag", "push"]
    assert dry.memory.acts[0][-1] == "<the commit above>"
    assert dry.memory.acts[1][-1] == f"<v1.24.1>:{TAG}"
    assert dry.memory.tags == {}
