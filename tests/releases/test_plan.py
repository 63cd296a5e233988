"""A plan is made of what was typed and of tags, and of nothing that has another form."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from patchwright.halts import BadArgument, VersionConflict
from patchwright.releases import plan
from patchwright.settings import Settings

REFUSED = [
    "",
    "1",
    "1.",
    ".24",
    "1.24.",
    "1.24.3.4",
    "01.24",
    "1.024",
    "1.24.03",
    "v1.24",
    "1.24rc1",
    "1.24 ",
    " 1.24",
    "1.24\n",
    "1.24\0",
    "1.24; rm -rf x",
    "$(id)",
    "`id`",
    "\uff11.24",
    "\u0661.\u0662\u0664",
    "².24",
    "--help",
    "--upload-pack=x",
    "../x",
    "1.24/../x",
    "1e3.0",
    "0x1.2",
    "-1.24",
    "9" * 5000,
    "1." + "9" * 5000,
]


@pytest.mark.parametrize("version", REFUSED, ids=range(len(REFUSED)))
def test_a_version_of_another_form_is_refused(version: str) -> None:
    with pytest.raises(BadArgument) as refused:
        plan.request(version)
    cause = refused.value.cause
    assert cause.startswith("--version was given ")
    assert "1.24.3" in cause
    assert cause.isascii()
    assert cause.isprintable()
    assert len(cause) < 400
    assert refused.value.next_command == "inv --help release.patch"


def test_a_series_stays_what_was_typed() -> None:
    assert plan.request("1.10") == plan.Request("1.10")
    assert plan.request("1.20").series == "1.20"
    assert plan.request("1.24.3") == plan.Request("1.24", "1.24.3")
    assert plan.request(None).series is None


def test_a_whole_release_is_never_a_guess() -> None:
    with pytest.raises(BadArgument, match="--version is missing"):
        plan.require_series(plan.request(None))
    plan.require_series(plan.request("1.24"))


@given(st.text() | st.from_regex(r"[0-9]+\.[0-9]+(\.[0-9]+)?", fullmatch=True))
def test_any_text_is_a_version_or_is_refused(version: str) -> None:
    number = r"(0|[1-9][0-9]{0,8})"
    if re.fullmatch(rf"{number}\.{number}(\.{number})?", version):
        assert plan.request(version).series == ".".join(version.split(".")[:2])
    else:
        with pytest.raises(BadArgument):
            plan.request(version)


@pytest.mark.parametrize(
    "patches",
    [
        ":/Fix",
        "^1a2b3c4",
        "--all",
        "HEAD",
        "master~1",
        "1a2b3c",
        "1a2b3c4..5d6e7f8",
        "1a2b3c4 5d6e7f8",
        "",
        "none,1a2b3c4",
    ],
)
def test_what_names_no_commit_by_its_digits_is_refused(patches: str) -> None:
    with pytest.raises(BadArgument, match="--patches was given"):
        plan.request("1.24", [patches])


def test_patches_come_by_comma_and_by_repetition_and_once() -> None:
    asked = plan.request("1.24", ["1a2b3c4, 5d6e7f8", "1a2b3c4"])
    assert asked.patches == ("1a2b3c4", "5d6e7f8")
    assert plan.request("1.24", ["none"]).patches == ()
    assert plan.request("1.24", []).patches is None


@given(st.lists(st.text(), min_size=1))
def test_any_patches_are_names_or_are_refused(patches: list[str]) -> None:
    names = [name.strip() for text in patches for name in text.split(",")]
    if names == ["none"] or all(re.fullmatch("[0-9a-f]{7,64}", name) for name in names):
        assert plan.request("1.24", patches).patches is not None
    else:
        with pytest.raises(BadArgument) as refused:
            plan.request("1.24", patches)
        assert refused.value.cause.isprintable()


@pytest.mark.parametrize("message", ["", "  ", "two\nlines", "bell\x07", "\u202eevil"])
def test_a_message_is_one_line_of_text(message: str) -> None:
    with pytest.raises(BadArgument, match="--message was given"):
        plan.request("1.24", message=message)


def test_a_message_loses_the_full_stop_that_the_template_adds() -> None:
    assert plan.request("1.24", message=" Repair the index. ").message == "Repair the index"


def test_a_secret_that_was_typed_is_not_told() -> None:
    with pytest.raises(BadArgument) as refused:
        plan.request("ghp_0123456789abcdefghij")
    assert "ghp_" not in refused.value.cause


def refs(*names: str) -> dict[str, str]:
    return {f"refs/tags/{name}": f"{number:040x}" for number, name in enumerate(names)}


def test_the_releases_of_a_series_are_its_final_tags_in_order() -> None:
    tags = refs(
        "v1.24.2",
        "v1.24.10",
        "v1.24",
        "v1.24.3rc1",
        "v1.240.1",
        "v1.24.1.1",
        "v1.2.4",
        "x1.24.5",
        "v1.24.9-a",
    )
    tags["refs/tags/v1.24.2^{}"] = "f" * 40
    found = plan.released(tags, "1.24", Settings())
    assert [release.version for release in found] == ["1.24", "1.24.2", "1.24.10"]
    assert found[1].commit == "f" * 40


def test_a_series_is_no_prefix_of_another() -> None:
    assert plan.released(refs("v1.10.1", "v1.1.1"), "1.1", Settings()) == [
        plan.Released("1.1.1", "v1.1.1", f"{1:040x}")
    ]


def test_tags_may_be_called_otherwise() -> None:
    found = plan.released(
        refs("almanac/1.24.0-final", "v1.24.7"), "1.24", Settings(tag="almanac/{version}-final")
    )
    assert [release.tag for release in found] == ["almanac/1.24.0-final"]


@given(st.tuples(*[st.integers(0, 10**6)] * 3))
def test_the_successor_is_one_patch_higher(numbers: tuple[int, int, int]) -> None:
    major, minor, patch = numbers
    version = f"{major}.{minor}.{patch}"
    assert plan.release_numbers(plan.successor(version)) == (major, minor, patch + 1)


def test_the_first_patch_follows_the_two_part_release() -> None:
    assert plan.successor("1.24") == "1.24.1"


def test_an_asserted_version_is_the_next_one_or_halts() -> None:
    plan.require_asserted(None, "1.24.3", "")
    plan.require_asserted("1.24.3", "1.24.3", "")
    with pytest.raises(VersionConflict, match=r"asserts 1\.24\.4, but the next release is 1\.24\.3"):
        plan.require_asserted("1.24.4", "1.24.3", "the last one is 1.24.2")


def test_the_series_are_those_with_a_release_branch() -> None:
    heads = dict.fromkeys(
        [
            f"refs/heads/{name}"
            for name in ("release-1.9", "release-1.10", "release-1.24-hotfix", "release-x", "master")
        ],
        "0" * 40,
    )
    assert plan.all_series(heads, Settings()) == ["1.9", "1.10"]
