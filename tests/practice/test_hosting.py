from __future__ import annotations

from patchwright.practice.hosting import NO_OBJECT, MovedRef, moved_refs, pushed_refs, rejection_answer

ONE, TWO, TAG = "1" * 40, "2" * 40, "a" * 40


def line(text: str) -> str:
    return f"{len(text) + 4:04x}{text}"


def test_what_moved_is_what_differs_between_two_readings() -> None:
    before = {"refs/heads/master": (ONE, ONE), "refs/heads/old": (ONE, ONE), "refs/heads/same": (ONE, ONE)}
    after = {"refs/heads/master": (TWO, TWO), "refs/heads/same": (ONE, ONE), "refs/tags/v1": (TAG, TWO)}
    assert moved_refs(before, after) == [
        MovedRef("refs/heads/master", ONE, TWO, TWO),
        MovedRef("refs/heads/old", ONE, NO_OBJECT, None),
        MovedRef("refs/tags/v1", NO_OBJECT, TAG, TWO),
    ]


def test_the_refs_of_a_push_are_read_up_to_the_flush() -> None:
    commands = "".join(
        [
            line(f"shallow {ONE}"),
            line(f"{ONE} {TWO} refs/heads/release-1.24\0 report-status side-band-64k agent=git/2.39"),
            line(f"{NO_OBJECT} {TAG} refs/tags/v1.24.1\n"),
        ]
    )
    assert pushed_refs(f"{commands}0000PACK....".encode()) == ["refs/heads/release-1.24", "refs/tags/v1.24.1"]


def test_the_probe_that_git_sends_before_a_large_push_names_no_refs() -> None:
    assert pushed_refs(b"0000") == []


def test_a_refusal_gives_each_ref_its_reason_on_the_first_band_and_the_messages_on_the_second() -> None:
    answer = rejection_answer(["refs/heads/a", "refs/heads/b"], {"refs/heads/a": "no"}, ["error: GH006"])
    refused = "".join(map(line, ["unpack ok\n", "ng refs/heads/a no\n", "ng refs/heads/b push declined\n"]))
    told, report = line("\2error: GH006\n"), line(f"\1{refused}0000")
    assert answer.body.decode() == f"{told}{report}0000"
