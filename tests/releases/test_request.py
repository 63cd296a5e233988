"""A request is made from the flags, and a flag of another form is rejected."""

from __future__ import annotations

import re
from typing import cast

import pytest
from hypothesis import given, strategies as st

from patchwright.halts import BadArgument
from patchwright.releases.request import Flags, Request, describe_patches, parse_request, parse_requests

REJECTED = [
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


@pytest.mark.parametrize("version", REJECTED, ids=range(len(REJECTED)))
def test_a_version_of_another_form_is_rejected(version: str) -> None:
    with pytest.raises(BadArgument) as halted:
        parse_request(Flags(version))
    cause = halted.value.cause
    assert cause.startswith("--version was given ")
    assert "1.24.3" in cause
    assert cause.isascii()
    assert cause.isprintable()
    assert len(cause) < 400
    assert halted.value.next_command == "inv --help release.patch"


def test_a_version_is_a_series_or_the_next_version_of_one() -> None:
    assert parse_request(Flags("1.10")) == Request("1.10")
    assert parse_request(Flags("1.20")).series == "1.20"
    assert parse_request(Flags("1.24.3")) == Request("1.24", "1.24.3")


def test_several_series_are_released_the_oldest_first() -> None:
    requests = parse_requests(Flags("1.24.3, 1.9,1.10", message="Repair it.", yes=True))
    assert [(one.series, one.asserted, one.later) for one in requests] == [
        ("1.9", None, ("1.10", "1.24.3")),
        ("1.10", None, ("1.24.3",)),
        ("1.24", "1.24.3", ()),
    ]
    assert {(one.message, one.yes) for one in requests} == {("Repair it", True)}
    assert [one.versions for one in requests] == [
        ("1.9", "1.10", "1.24.3"), ("1.10", "1.24.3"), ("1.24.3",),
    ]  # fmt: skip  # one list


def test_one_series_is_one_request() -> None:
    assert parse_requests(Flags("1.24")) == [Request("1.24")]
    with pytest.raises(BadArgument, match="--version is missing"):
        parse_requests(Flags())


@pytest.mark.parametrize("version", ["1.24,1.24", "1.23,1.24,1.24.1", "1.24.1,1.24.2"])
def test_a_series_that_is_named_twice_is_rejected(version: str) -> None:
    with pytest.raises(BadArgument, match=r"--version names the series 1\.24 more than once\."):
        parse_requests(Flags(version))


@pytest.mark.parametrize(
    "version", [",", "1.24,", ",1.24", "1.23,,1.24", "1.23;1.24", "1.23,v1.24", "1.23\n,x"]
)
def test_a_list_of_versions_of_another_form_is_rejected(version: str) -> None:
    with pytest.raises(BadArgument, match="--version was given "):
        parse_requests(Flags(version))


def test_what_a_function_call_passes_wrongly_is_rejected() -> None:
    with pytest.raises(BadArgument, match=r"--version was given '1\.1'"):
        parse_requests(Flags(cast("str", 1.10)))
    assert parse_requests(Flags("1.24", patches="1a2b3c4"))[0].patches == ("1a2b3c4",)


def test_a_whole_release_needs_a_series() -> None:
    with pytest.raises(BadArgument) as halted:
        parse_request(Flags())
    assert halted.value.cause == (
        "--version is missing. Give a series such as 1.24, or its next version such as 1.24.3."
    )


def test_a_single_step_does_not_need_a_series() -> None:
    assert parse_request(Flags(), needs_series=False) == Request()


@given(st.text() | st.from_regex(r"[0-9]+\.[0-9]+(\.[0-9]+)?", fullmatch=True))
def test_any_text_is_a_version_or_is_rejected(version: str) -> None:
    number = r"(0|[1-9][0-9]{0,8})"
    if re.fullmatch(rf"{number}\.{number}(\.{number})?", version):
        assert parse_request(Flags(version)).series == ".".join(version.split(".")[:2])
    else:
        with pytest.raises(BadArgument):
            parse_request(Flags(version))


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
        "1a2b3c4:now",
        ":again",
        "none:again",
    ],
)
def test_patches_of_another_form_are_rejected(patches: str) -> None:
    with pytest.raises(BadArgument, match="--patches was given"):
        parse_request(Flags("1.24", [patches]))


def test_patches_are_separated_by_commas_or_given_in_several_flags() -> None:
    request = parse_request(Flags("1.24", ["1a2b3c4, 5d6e7f8", "1a2b3c4"]))
    assert request.patches == ("1a2b3c4", "5d6e7f8")
    assert parse_request(Flags("1.24", ["1a2b3c4:again"])).patches == ("1a2b3c4:again",)
    assert parse_request(Flags("1.24", ["none"])).patches == ()
    assert parse_request(Flags("1.24", [])).patches is None


@given(st.lists(st.text(), min_size=1))
def test_any_texts_are_patches_or_are_rejected(patches: list[str]) -> None:
    names = [name.strip() for text in patches for name in text.split(",")]
    if names == ["none"] or all(re.fullmatch("[0-9a-f]{7,64}(:again)?", name) for name in names):
        assert parse_request(Flags("1.24", patches)).patches is not None
    else:
        with pytest.raises(BadArgument) as halted:
            parse_request(Flags("1.24", patches))
        assert halted.value.cause.isprintable()


@pytest.mark.parametrize("message", ["", "  ", "two\nlines", "bell\x07", "\u202eevil"])
def test_a_message_is_one_line_of_text(message: str) -> None:
    with pytest.raises(BadArgument, match="--message was given"):
        parse_request(Flags("1.24", message=message))


def test_a_message_loses_the_full_stop_that_the_tag_message_adds() -> None:
    assert parse_request(Flags("1.24", message=" Repair the index. ")).message == "Repair the index"


def test_a_secret_that_was_typed_is_not_shown() -> None:
    with pytest.raises(BadArgument) as halted:
        parse_request(Flags("ghp_0123456789abcdefghij"))
    assert "ghp_" not in halted.value.cause


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        (Request("1.24"), ()),
        (Request("1.24", patches=()), ("--patches", "none")),
        (Request("1.24", patches=("1a2b3c4", "5d6e7f8")), ("--patches", "1a2b3c4,5d6e7f8")),
        (
            Request("1.24", message="Repair it", skip_check=True, yes=True),
            ("--message", "Repair it", "--skip-check", "--yes"),
        ),
    ],
)
def test_the_arguments_ask_for_the_same_release(request_: Request, arguments: tuple[str, ...]) -> None:
    assert request_.arguments == arguments


@pytest.mark.parametrize(
    ("subjects", "description"),
    [
        ([], "maintenance"),
        (["Repair tides."], "Repair tides"),
        (["Repair tides.", "Repair moons.", "Repair suns."], "Repair tides, and 2 more"),
        (["Repair\x1b[31m tides."], "Repair\\x1b[31m tides"),
    ],
)
def test_patches_are_described_by_their_subjects(subjects: list[str], description: str) -> None:
    assert describe_patches(subjects) == description


@pytest.mark.parametrize("typed", [["--patches"], ["--patches", "--yes"]])
def test_patches_without_a_value_are_refused(monkeypatch: pytest.MonkeyPatch, typed: list[str]) -> None:
    monkeypatch.setattr("sys.argv", ["inv", "release.patch", "--version", "1.24", *typed])
    with pytest.raises(BadArgument, match="--patches was given ''"):
        parse_request(Flags("1.24"))
