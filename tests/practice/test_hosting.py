from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from patchwright.halts import CommandFailed
from patchwright.practice.hosting import (
    NO_OBJECT,
    Hosting,
    MovedRef,
    moved_refs,
    pushed_refs,
    rejection_answer,
)
from patchwright.practice.wire import Request

ONE, TWO, TAG = "1" * 40, "2" * 40, "a" * 40


def line(text: str) -> str:
    return f"{len(text) + 4:04x}{text}"


@pytest.fixture
def hosting(tmp_path: Path) -> Hosting:
    return Hosting(tmp_path, "practice", "almanac")


def register_git(fp: FakeProcess, hosting: Hosting, command: str, output: str = "", status: int = 0) -> None:
    """Let a git command in the bare repository print this output."""
    fp.register(["git", "--git-dir", str(hosting.bare), command, fp.any()], stdout=output, returncode=status)


def test_refs_have_their_object_and_their_peeled_commit(fp: FakeProcess, hosting: Hosting) -> None:
    register_git(fp, hosting, "for-each-ref", f"refs/heads/master {ONE} \nrefs/tags/v1 {TAG} {TWO}\n")
    assert hosting.refs() == {"refs/heads/master": (ONE, ONE), "refs/tags/v1": (TAG, TWO)}


def test_a_commit_has_the_facts_that_git_prints(fp: FakeProcess, hosting: Hosting) -> None:
    people = ["Ada", "a@x", "t1", "Ben", "b@x", "t2"]
    register_git(fp, hosting, "show", "\n".join([ONE, TAG, f"{TWO} {TAG}", *people, "Fix.\n\nBody.\n\n"]))
    commit = hosting.commit(ONE)
    assert (commit.sha, commit.tree, commit.parents) == (ONE, TAG, (TWO, TAG))
    assert (commit.author, commit.committer_email, commit.committed_at) == ("Ada", "b@x", "t2")
    assert (commit.subject, commit.message) == ("Fix.", "Fix.\n\nBody.")


def test_a_missing_commit_raises_command_failed(fp: FakeProcess, hosting: Hosting) -> None:
    register_git(fp, hosting, "show", status=128)
    with pytest.raises(CommandFailed):
        hosting.commit(ONE)


def test_files_are_read_by_path(fp: FakeProcess, hosting: Hosting) -> None:
    entries = [f"100644 blob {ONE}\tw/qa.yaml", f"040000 tree {TAG}\tw/more", f"100644 blob {TWO}\tw/b.yaml"]
    register_git(fp, hosting, "ls-tree", "".join(f"{entry}\0" for entry in entries))
    texts = f"{ONE} blob 8\non: push\n{TAG} tree 2\nxx\n{TWO} blob 4\na\nb\n\n"
    register_git(fp, hosting, "cat-file", texts)
    assert hosting.read_files(ONE, "w") == {"w/qa.yaml": "on: push", "w/b.yaml": "a\nb\n"}


def test_an_empty_directory_has_no_files(fp: FakeProcess, hosting: Hosting) -> None:
    register_git(fp, hosting, "ls-tree")
    assert hosting.read_files(ONE, "w") == {}


def test_git_answers_a_request_by_its_cgi_program(fp: FakeProcess, hosting: Hosting) -> None:
    output = b"Status: 403 Forbidden\r\nContent-Type: text/plain\r\n\r\nno"
    fp.register(["git", "http-backend"], stdout=output)
    answer = hosting.serve(Request("GET", "github.localhost", "/practice/almanac/info/refs", "", {}, b""))
    assert (answer.status, answer.headers, answer.body) == (403, {"Content-Type": "text/plain"}, b"no")


@pytest.mark.parametrize(
    ("path", "is_git"),
    [
        ("/practice/almanac.git/info/refs", True),
        ("/practice/almanac/git-receive-pack", True),
        ("/practice/almanac", False),
        ("/_control/break/qa", False),
    ],
)
def test_git_requests_are_known_by_their_path(hosting: Hosting, path: str, *, is_git: bool) -> None:
    assert hosting.is_git_request(Request("GET", "github.localhost", path, "", {}, b"")) is is_git


def test_moved_refs_are_the_refs_that_differ_between_two_readings() -> None:
    before = {"refs/heads/master": (ONE, ONE), "refs/heads/old": (ONE, ONE), "refs/heads/same": (ONE, ONE)}
    after = {"refs/heads/master": (TWO, TWO), "refs/heads/same": (ONE, ONE), "refs/tags/v1": (TAG, TWO)}
    assert moved_refs(before, after) == [
        MovedRef("refs/heads/master", ONE, TWO, TWO),
        MovedRef("refs/heads/old", ONE, NO_OBJECT, None),
        MovedRef("refs/tags/v1", NO_OBJECT, TAG, TWO),
    ]


def test_the_refs_of_a_push_end_at_the_flush_packet() -> None:
    commands = "".join(
        [
            line(f"shallow {ONE}"),
            line(f"{ONE} {TWO} refs/heads/release-1.24\0 report-status side-band-64k agent=git/2.39"),
            line(f"{NO_OBJECT} {TAG} refs/tags/v1.24.1\n"),
        ]
    )
    assert pushed_refs(f"{commands}0000PACK....".encode()) == ["refs/heads/release-1.24", "refs/tags/v1.24.1"]


def test_the_probe_before_a_large_push_contains_no_refs() -> None:
    assert pushed_refs(b"0000") == []


def test_a_rejection_has_a_reason_for_each_ref_in_band_1_and_messages_in_band_2() -> None:
    answer = rejection_answer(["refs/heads/a", "refs/heads/b"], {"refs/heads/a": "no"}, ["error: GH006"])
    reasons = "".join(map(line, ["unpack ok\n", "ng refs/heads/a no\n", "ng refs/heads/b push declined\n"]))
    messages, report = line("\2error: GH006\n"), line(f"\1{reasons}0000")
    assert answer.body.decode() == f"{messages}{report}0000"
