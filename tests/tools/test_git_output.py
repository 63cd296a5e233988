"""git's output: commits, tags, trees and file contents are parsed exactly."""

from __future__ import annotations

import pytest

from patchwright.tools.git_output import (
    Change,
    Commit,
    Identities,
    Tag,
    failed_hook,
    message_of_pick,
    parse_commits,
    parse_configuration,
    parse_contents,
    parse_identities,
    parse_tag,
    parse_tree,
)

ONE, TWO, NONE = "1" * 40, "2" * 40, "0" * 40


def printed(sha: str, message: str, *, parents: str = "", changes: str = "") -> str:
    """Return a commit as `git diff-tree -z` prints it in COMMIT_FORMAT."""
    fields = f"\x01{sha}\0P{parents}\0AAda <ada@example.org>\0D2026-01-02T03:04:05+00:00\0B{message}\0"
    return f"{fields}\n{changes}"


def test_commits_are_parsed_with_their_changes() -> None:
    change = f":100644 100644 {ONE} {TWO} M\0a b.txt\0:100644 000000 {ONE} {NONE} D\0:odd\n\0"
    output = printed(ONE, "One\n\nBody.\n", changes=change) + printed(TWO, "", parents=f"{ONE} {TWO}")

    first, second = parse_commits(output)

    assert (first.sha, first.parents, first.message, first.subject) == (ONE, (), "One\n\nBody.", "One")
    assert (first.author, first.date) == ("Ada <ada@example.org>", "2026-01-02T03:04:05+00:00")
    assert first.changes == (Change("a b.txt", "M", ONE, TWO), Change(":odd\n", "D", ONE, None))
    assert first.paths == {"a b.txt", ":odd\n"}
    assert (second.parents, second.message, second.changes) == ((ONE, TWO), "", ())


def test_a_message_that_looks_like_a_change_is_a_message() -> None:
    message = f":100644 100644 {ONE} {TWO} M"
    (commit,) = parse_commits(printed(ONE, f"{message}\n"))
    assert (commit.message, commit.changes) == (message, ())


def test_no_output_has_no_commits() -> None:
    assert list(parse_commits("")) == []


@pytest.mark.parametrize(
    ("message", "sources"),
    [
        ("Repair\n", ()),
        (f"Repair\n\n(cherry picked from commit {ONE})\n", (ONE,)),
        (f"Repair\n\n(cherry picked from commit {ONE})\n(cherry picked from commit {TWO})", (ONE, TWO)),
        (f"Repair\n\nsee (cherry picked from commit {ONE})", ()),
        ("Repair\n\n(cherry picked from commit 1111111)", ()),
    ],
)
def test_only_a_line_of_its_own_names_the_source_of_a_pick(message: str, sources: tuple[str, ...]) -> None:
    assert Commit(ONE, (), "", "", message, ()).picked_from == sources


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        ("Release 1.\n\nMore.\n", Tag(ONE, "v1", "Release 1.\n\nMore.\n", signed=False)),
        ("Release 1.\n-----BEGIN SSH SIGNATURE-----\nx\n", Tag(ONE, "v1", "Release 1.\n", signed=True)),
    ],
)
def test_a_tag_is_parsed_with_or_without_a_signature(body: str, tag: Tag) -> None:
    head = f"object {ONE}\ntype commit\ntag v1\ntagger Ada <ada@example.org> 1767323045 +0000"
    assert parse_tag(f"{head}\n\n{body}") == tag


def test_contents_are_split_by_their_size_in_bytes() -> None:
    output = f"{ONE} blob 4\n\u00fc\n\n\nnone missing\n{TWO} blob 0\n\n11 ambiguous\n"
    names = ["one", "none", "two", "11"]
    assert dict(parse_contents(names, output)) == {"one": "\u00fc\n\n", "none": None, "two": "", "11": None}


def test_a_tree_is_parsed_with_odd_paths() -> None:
    output = f"100644 blob {ONE}\ta b\tc\n.txt\x00160000 commit {TWO}\tmodule\x00"
    assert list(parse_tree(output)) == [
        ("a b\tc\n.txt", "100644", "blob", ONE),
        ("module", "160000", "commit", TWO),
    ]


def test_the_people_of_a_commit_are_read() -> None:
    text = "tree 1\nauthor Ada <a@x> 1 +0000\ncommitter Ben B. <b@x> 2 +0100\ngpgsig -----BEGIN\n x\n\nSay\n"
    assert parse_identities(text) == Identities("Ada <a@x>", "Ben B. <b@x>", signed=True)
    unsigned = (
        "tree 1\nauthor A <a> 1 +0000\ncommitter B <b> 2 +0100\n\n-----BEGIN a body\ncommitter C <c> 3\n"
    )
    assert parse_identities(unsigned) == Identities("A <a>", "B <b>", signed=False)


def test_the_tagger_of_a_tag_is_read() -> None:
    made = parse_identities(
        "object 1\ntag v1\ntagger Ada <a@x> 1 +0000\n\nSay\n-----BEGIN SSH SIGNATURE-----\n"
    )
    assert (made, made.role) == (Identities(None, "Ada <a@x>", signed=True), "tagger")


def test_a_configuration_has_every_value_of_a_key() -> None:
    listed = "a.b\n1\0a.b\n2\nmore\0c.d\0e.f\n\0"
    assert parse_configuration(listed) == {"a.b": ("1", "2\nmore"), "c.d": ("true",), "e.f": ("",)}
    assert parse_configuration("") == {}


def test_the_hook_that_failed_is_found_among_the_events() -> None:
    rows = [
        '{"event":"child_start","sid":"1","child_id":0,"child_class":"hook","hook_name":"pre-commit"}',
        '{"event":"child_start","sid":"1/2","child_id":0,"child_class":"hook","hook_name":"other"}',
        '{"event":"child_exit","sid":"1/2","child_id":0,"code":1}',
        "not JSON",
        '{"event":"child_exit","sid":"1","child_id":0,"code":CODE}',
    ]
    assert failed_hook("\n".join(rows).replace("CODE", "1")) == "pre-commit"
    assert failed_hook("\n".join(rows).replace("CODE", "0")) is None


def test_a_pick_names_its_source_as_git_does() -> None:
    line = f"(cherry picked from commit {ONE})"
    signed = "Repair it\n\nSigned-off-by: Ada <ada@example.org>"
    picked = f"Repair it\n\n(cherry picked from commit {TWO})"
    messages = {
        message: message_of_pick(Commit(ONE, (), "Ada <ada@example.org>", "2026-01-02", message, ()))
        for message in ("Repair it", "Repair it\n\nWell.", signed, picked)
    }
    assert messages == {
        "Repair it": f"Repair it\n\n{line}",
        "Repair it\n\nWell.": f"Repair it\n\nWell.\n\n{line}",
        signed: f"{signed}\n{line}",
        picked: f"{picked}\n{line}",
    }
