from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from pytest_subprocess import FakeProcess

from fake_gh import REPO, START, FakeClock, FakeGh, Recorder, Reply, Silence
from patchwright.github.client import (
    ASK_SECONDS,
    Answer,
    Asker,
    NoAnswerError,
    Refused,
    parse_answer,
    parse_json,
)
from patchwright.halts import Prerequisite, Unavailable
from patchwright.tools.shell import Shell

PATH = "repos/octo/almanac/thing"
CUT = Reply(body='{"a": 1', exits=1, stderr="unexpected EOF\n")
NO_ANSWERS = {
    "a server error": Reply(502, "<html>", stderr="gh: HTTP 502\n"),
    "a gateway's time limit": Reply(504, ""),
    "a page instead of JSON": Reply(200, "<!DOCTYPE html><html>"),
    "JSON that was cut, whole for HTTP": Reply(200, '{"a": 1'),
    "JSON that was cut, not whole for HTTP": CUT,
    "JSON of another kind": Reply(200, '"yes"'),
    "no JSON that Python would read": Reply(200, '{"a": NaN}'),
    "too deep JSON": Reply(200, "[" * 100_000),
    "a reset": Silence(exits=1, stderr="read tcp 10.0.0.1:4: connection reset by peer\n"),
    "no name": Silence(
        exits=1, stderr="error connecting to github.example\ncheck your internet connection\n"
    ),
    "nothing at all": Silence(exits=0),
    "a request that took too long": Reply(408, ""),
    "not modified, of what is not known": Reply(304, ""),
}


class World:
    """A clock, a narrator, a made gh that knows one thing, and the asker that asks it."""

    def __init__(self) -> None:
        self.clock, self.narrator = FakeClock(), Recorder()
        self.gh = FakeGh(self.clock, others={"thing": {"a": 1}})

    def fails(self, *replies: Reply) -> None:
        self.gh.faults += [("thing", reply) for reply in replies]

    def asker(self, *, patience: float = 600) -> Asker:
        return Asker(Shell(Path()), REPO.host, narrator=self.narrator, clock=self.clock, patience=patience)

    def ask(self, *, patience: float = 600) -> Any:  # noqa: ANN401  JSON is anything
        return self.asker(patience=patience).ask(PATH, lambda content: content)

    @property
    def took(self) -> float:
        return self.clock.time - START


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with made.gh:
        yield made


def test_an_answer_is_what_gh_printed() -> None:
    answer = parse_answer('HTTP/2.0 200 OK\nEtag: W/"a:b"\r\nX-RateLimit-Remaining: 4\r\n\r\n{"a":\n1}')
    assert answer == Answer(200, {"etag": 'W/"a:b"', "x-ratelimit-remaining": "4"}, '{"a":\n1}')


@pytest.mark.parametrize(
    "text", ["", "{}", "HTTP/1.1\n\n{}", "HTTP/1.1 200 OK\nA: b\r\n", "HTTP/1.1 200 OK\nA\r\n\r\n{}"]
)
def test_what_is_no_http_answer_is_none(text: str) -> None:
    with pytest.raises(NoAnswerError):
        parse_answer(text)


@given(st.text())
def test_any_text_is_an_answer_or_none(text: str) -> None:
    try:
        assert 100 <= parse_answer(text).status <= 999
    except NoAnswerError:
        assert not text.startswith("HTTP/2.0 200 OK\n\n")


@settings(max_examples=40)
@given(
    status=st.integers(100, 599),
    headers=st.dictionaries(
        st.from_regex(r"[a-z][a-z-]{0,20}", fullmatch=True),
        st.from_regex(r"[!-~]([ -~]{0,20}[!-~])?", fullmatch=True),
    ),
    body=st.text(),
)
def test_every_answer_that_gh_prints_is_read(status: int, headers: dict[str, str], body: str) -> None:
    printed = Reply(status, body, headers).printed
    assert parse_answer(printed) == Answer(status, headers, body)


@given(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.lists(st.text())
    | st.dictionaries(st.text(), st.none())
)
def test_json_is_an_object_or_a_list(value: object) -> None:
    if isinstance(value, (dict, list)):
        assert parse_json(json.dumps(value)) == value
    else:
        with pytest.raises(NoAnswerError):
            parse_json(json.dumps(value))


def test_what_is_unchanged_is_asked_for_free(world: World) -> None:
    asker = world.asker()
    answers = [asker.ask(PATH, lambda content: content) for _ in range(3)]
    assert answers == [{"a": 1}] * 3
    assert [status for _, status in world.gh.asked] == [200, 304, 304]
    world.gh.others["thing"] = {"a": 2}
    assert asker.ask(PATH, lambda content: content) == {"a": 2}
    assert world.gh.counted == 2


@pytest.mark.parametrize("reply", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_what_is_no_answer_is_asked_again(world: World, reply: Reply) -> None:
    world.fails(reply, reply)
    assert world.ask() == {"a": 1}
    assert len(world.gh.asked) == 3
    assert world.took == 1 + 2
    assert "tried again" in world.narrator.said[0]
    assert world.narrator.said[1] == "github.example answers again"


@pytest.mark.parametrize("reply", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_patience_ends(world: World, reply: Reply) -> None:
    world.fails(*[reply] * 100)
    with pytest.raises(Unavailable, match="could not be asked for 1 min") as halted:
        world.ask(patience=100)
    assert 70 <= world.took <= 100
    assert halted.value.code == 8
    assert "nothing about the run itself" in halted.value.remedy[0]
    assert len(world.narrator.said) == 1


def test_an_answer_of_another_form_is_none(world: World) -> None:
    def read(content: Any) -> int:  # noqa: ANN401  JSON is anything
        if "b" not in content:
            world.gh.others["thing"] = {"b": 5}
            raise NoAnswerError("an answer without its b")
        value: int = content["b"]
        return value

    assert world.asker().ask(PATH, read) == 5


def test_gh_itself_has_a_time_limit(fp: FakeProcess) -> None:
    world = World()

    def hang(_process: object) -> None:
        world.clock.sleep(ASK_SECONDS)
        raise subprocess.TimeoutExpired("gh", ASK_SECONDS)

    fp.register(["gh", fp.any()], callback=hang, occurrences=4)
    with pytest.raises(Unavailable) as halted:
        world.ask(patience=100)
    assert "did not finish within 30 seconds" in halted.value.evidence[1]


def test_time_in_which_the_machine_slept_is_not_held_against_github(world: World) -> None:
    world.clock.oversleeps = [0, 8 * 3600]
    world.fails(*[NO_ANSWERS["no name"]] * 4)
    assert world.ask(patience=100) == {"a": 1}
    assert world.took > 8 * 3600


def test_a_hanging_host_uses_patience_up(world: World) -> None:
    world.fails(*[Reply(504, "", after=30)] * 100)
    with pytest.raises(Unavailable):
        world.ask(patience=100)
    assert len(world.gh.asked) == 4


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_is_waited_out(world: World, status: int) -> None:
    world.fails(
        Reply(status, '{"message": "You have exceeded a secondary rate limit"}', {"Retry-After": "40"})
    )
    assert world.ask() == {"a": 1}
    assert world.took == 40
    assert "limits the rate of requests until" in world.narrator.said[0]


def test_a_secondary_limit_without_a_time_lasts_a_minute(world: World) -> None:
    world.fails(Reply(403, '{"message": "You have exceeded a secondary rate limit"}'), Reply(429, ""))
    assert world.ask() == {"a": 1}
    assert world.took == 120


@pytest.mark.parametrize("skew", [-300, 0, 300])
def test_a_primary_limit_is_waited_out_by_githubs_clock(world: World, skew: float) -> None:
    sent = START + skew
    headers = {
        "Date": formatdate(sent, usegmt=True),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": f"{sent + 90:.0f}",
    }
    world.fails(Reply(403, '{"message": "API rate limit exceeded"}', headers))
    assert world.ask() == {"a": 1}
    assert 90 <= world.took <= 92


def test_a_limit_that_ended_while_the_machine_slept_is_over(world: World) -> None:
    world.clock.oversleeps = [3600]
    world.fails(Reply(429, "", {"Retry-After": "500"}))
    assert world.ask() == {"a": 1}
    assert 3600 < world.took < 3650


def test_a_limit_beyond_patience_halts_at_once_and_says_until_when(world: World) -> None:
    world.fails(Reply(429, "", {"Retry-After": "3000"}))
    with pytest.raises(Unavailable, match="limits the rate of requests until") as halted:
        world.ask(patience=100)
    assert world.took == 0
    assert "again after" in halted.value.remedy[0]


def test_limits_without_end_end(world: World) -> None:
    world.fails(*[Reply(429, "", {"Retry-After": "30"})] * 10)
    with pytest.raises(Unavailable):
        world.ask(patience=100)
    assert world.took == 90


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(401, '{"message": "Bad credentials"}'), "gh auth login --hostname github.example"),
        (
            Reply(403, "{}", {"X-Accepted-GitHub-Permissions": "actions=read"}),
            "the permission actions:read on octo/almanac",
        ),
        (
            Reply(403, "{}", {"X-GitHub-SSO": "required; url=https://github.example/sso"}),
            "https://github.example/sso",
        ),
        (Reply(404, '{"message": "Not Found"}'), "lacks the permission actions:read on octo/almanac"),
        (Reply(410, "{}"), "HTTP 410"),
    ],
    ids=["401", "403", "single sign-on", "404", "410"],
)
def test_a_refusal_halts_at_once_and_names_what_is_missing(world: World, reply: Reply, told: str) -> None:
    world.fails(reply)
    with pytest.raises(Refused) as halted:
        world.ask()
    assert (world.took, halted.value.code, halted.value.http_status) == (0, 3, reply.status)
    assert told in "\n".join([halted.value.cause, *halted.value.remedy, str(halted.value.next_command)])


def test_who_is_not_logged_in_is_told_how(world: World) -> None:
    world.fails(Silence(exits=4, stderr="To get started with GitHub CLI, please run:  gh auth login\n"))
    with pytest.raises(Prerequisite, match="not logged in") as halted:
        world.ask()
    assert halted.value.next_command == "gh auth login --hostname github.example"


def test_a_missing_gh_is_a_prerequisite(fp: FakeProcess) -> None:
    world = World()

    def missing(_process: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "gh")

    fp.register(["gh", fp.any()], callback=missing)
    with pytest.raises(Prerequisite, match="gh could not be started"):
        world.ask()


@pytest.mark.parametrize("skew", [-500, 0, 500])
def test_the_time_is_githubs(world: World, skew: float) -> None:
    world.fails(Reply(200, "{}", {"Date": formatdate(START + skew, usegmt=True)}))
    asker = world.asker()
    asker.ask(PATH, lambda content: content)
    assert asker.now() == START + skew


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_time_or_limit_in_a_header_makes_it_stumble(date: str, after: str) -> None:
    answer = Answer(
        429,
        {"date": date, "retry-after": after, "x-ratelimit-remaining": "0", "x-ratelimit-reset": after},
        "",
    )
    assert answer.is_limit
    assert answer.limit_seconds >= 0
