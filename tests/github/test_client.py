"""Questions through `gh api`: answers, retries, rate limits and refusals."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings, strategies as st
from pytest_subprocess import FakeProcess

from fake_gh import REPO, START, FakeClock, FakeGh, Recorder, Reply, Silence
from patchwright.github.client import (
    Answer,
    Client,
    NoAnswerError,
    Refused,
    parse_answer,
    parse_json,
)
from patchwright.halts import Prerequisite, Unavailable
from patchwright.tools.shell import Shell

PATH = "repos/octo/almanac/thing"
TRUNCATED = Reply(body='{"a": 1', exits=1, stderr="unexpected EOF\n")
FAILURES = {
    "a server error": Reply(502, "<html>", stderr="gh: HTTP 502\n"),
    "a gateway timeout": Reply(504, ""),
    "a page instead of JSON": Reply(200, "<!DOCTYPE html><html>"),
    "truncated JSON in a complete answer": Reply(200, '{"a": 1'),
    "truncated JSON in a truncated answer": TRUNCATED,
    "JSON of another kind": Reply(200, '"yes"'),
    "a constant that only Python reads": Reply(200, '{"a": NaN}'),
    "JSON that is too deep": Reply(200, "[" * 100_000),
    "a reset": Silence(exits=1, stderr="read tcp 10.0.0.1:4: connection reset by peer\n"),
    "an unknown host": Silence(
        exits=1, stderr="error connecting to github.example\ncheck your internet connection\n"
    ),
    "nothing at all": Silence(exits=0),
    "a request that took too long": Reply(408, ""),
    "not modified without an earlier answer": Reply(304, ""),
}


class World:
    """A clock, a progress, a fake gh that knows one path, and a client."""

    def __init__(self) -> None:
        self.clock, self.progress = FakeClock(), Recorder()
        self.gh = FakeGh(self.clock, others={"thing": {"a": 1}})

    def fail_with(self, *replies: Reply) -> None:
        self.gh.faults += [("thing", reply) for reply in replies]

    def client(self, *, patience: float = 600) -> Client:
        return Client(Shell(Path()), REPO.host, progress=self.progress, clock=self.clock, patience=patience)

    def ask(self, *, patience: float = 600) -> Any:  # noqa: ANN401  JSON is anything
        return self.client(patience=patience).ask(PATH, lambda content: content)

    @property
    def took(self) -> float:
        return self.clock.time - START


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    with world.gh:
        yield world


def test_parse_answer_returns_status_headers_and_body() -> None:
    answer = parse_answer('HTTP/2.0 200 OK\nEtag: W/"a:b"\r\nX-RateLimit-Remaining: 4\r\n\r\n{"a":\n1}')
    assert answer == Answer(200, {"etag": 'W/"a:b"', "x-ratelimit-remaining": "4"}, '{"a":\n1}')


@pytest.mark.parametrize(
    "text", ["", "{}", "HTTP/1.1\n\n{}", "HTTP/1.1 200 OK\nA: b\r\n", "HTTP/1.1 200 OK\nA\r\n\r\n{}"]
)
def test_parse_answer_refuses_other_output(text: str) -> None:
    with pytest.raises(NoAnswerError):
        parse_answer(text)


@given(st.text())
def test_parse_answer_handles_any_text(text: str) -> None:
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
def test_parse_answer_reads_every_answer_of_gh(status: int, headers: dict[str, str], body: str) -> None:
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
def test_parse_json_accepts_objects_and_lists_only(value: object) -> None:
    if isinstance(value, (dict, list)):
        assert parse_json(json.dumps(value)) == value
    else:
        with pytest.raises(NoAnswerError):
            parse_json(json.dumps(value))


def test_an_unchanged_answer_does_not_count_against_the_rate_limit(world: World) -> None:
    client = world.client()
    answers = [client.ask(PATH, lambda content: content) for _ in range(3)]
    assert answers == [{"a": 1}] * 3
    assert [status for _, status in world.gh.requests] == [200, 304, 304]
    world.gh.others["thing"] = {"a": 2}
    assert client.ask(PATH, lambda content: content) == {"a": 2}
    assert world.gh.counted == 2


@pytest.mark.parametrize("reply", FAILURES.values(), ids=FAILURES.keys())
def test_a_question_without_an_answer_is_repeated(world: World, reply: Reply) -> None:
    world.fail_with(reply, reply)
    assert world.ask() == {"a": 1}
    assert len(world.gh.requests) == 3
    assert world.took == 1 + 2
    first, second = world.progress.said
    assert first.startswith("GitHub did not answer (")
    assert first.endswith("); retrying")
    assert second == "GitHub answers again"


@pytest.mark.parametrize("reply", FAILURES.values(), ids=FAILURES.keys())
def test_the_release_halts_when_patience_ends(world: World, reply: Reply) -> None:
    world.fail_with(*[reply] * 100)
    with pytest.raises(Unavailable, match="GitHub did not answer for 1 min") as halted:
        world.ask(patience=100)
    assert 70 <= world.took <= 100
    assert halted.value.code == 8
    assert "Do not conclude that a run has failed" in halted.value.remedy[0]
    assert len(world.progress.said) == 1


def test_json_of_the_wrong_form_is_asked_for_again(world: World) -> None:
    def read(content: Any) -> int:  # noqa: ANN401  JSON is anything
        if "b" not in content:
            world.gh.others["thing"] = {"b": 5}
            raise NoAnswerError("the answer has no valid `b`")
        value: int = content["b"]
        return value

    assert world.client().ask(PATH, read) == 5


def test_each_request_has_a_time_limit(fp: FakeProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()

    def hang(_shell: Shell, _pipes: object, _data: object, limit: float) -> NoReturn:
        world.clock.sleep(limit)
        raise subprocess.TimeoutExpired("gh", limit)

    monkeypatch.setattr(Shell, "_communicate", hang)
    fp.register(["gh", fp.any()], occurrences=4)
    with pytest.raises(Unavailable) as halted:
        world.ask(patience=100)
    assert "did not finish within 30 seconds" in halted.value.evidence[1]


def test_time_in_which_the_machine_slept_does_not_count(world: World) -> None:
    world.clock.oversleeps = [0, 8 * 3600]
    world.fail_with(*[FAILURES["an unknown host"]] * 4)
    assert world.ask(patience=100) == {"a": 1}
    assert world.took > 8 * 3600


def test_the_time_of_slow_answers_counts(world: World) -> None:
    world.fail_with(*[Reply(504, "", after=30)] * 100)
    with pytest.raises(Unavailable):
        world.ask(patience=100)
    assert len(world.gh.requests) == 4


@pytest.mark.parametrize("status", [403, 429])
def test_the_client_waits_until_a_secondary_limit_ends(world: World, status: int) -> None:
    world.fail_with(
        Reply(status, '{"message": "You have exceeded a secondary rate limit"}', {"Retry-After": "40"})
    )
    assert world.ask() == {"a": 1}
    assert world.took == 40
    assert re.fullmatch(r"GitHub limits the rate of requests until [\d:]{8}; waiting", world.progress.said[0])


def test_a_secondary_limit_without_an_end_lasts_one_minute(world: World) -> None:
    world.fail_with(Reply(403, '{"message": "You have exceeded a secondary rate limit"}'), Reply(429, ""))
    assert world.ask() == {"a": 1}
    assert world.took == 120


@pytest.mark.parametrize("skew", [-300, 0, 300])
def test_the_client_waits_for_a_primary_limit_by_the_clock_of_github(world: World, skew: float) -> None:
    sent = START + skew
    headers = {
        "Date": formatdate(sent, usegmt=True),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": f"{sent + 90:.0f}",
    }
    world.fail_with(Reply(403, '{"message": "API rate limit exceeded"}', headers))
    assert world.ask() == {"a": 1}
    assert 90 <= world.took <= 92


def test_a_limit_may_end_while_the_machine_sleeps(world: World) -> None:
    world.clock.oversleeps = [3600]
    world.fail_with(Reply(429, "", {"Retry-After": "500"}))
    assert world.ask() == {"a": 1}
    assert 3600 < world.took < 3650


def test_a_limit_longer_than_patience_halts_at_once_with_its_end(world: World) -> None:
    world.fail_with(Reply(429, "", {"Retry-After": "3000"}))
    with pytest.raises(Unavailable, match="GitHub limits the rate of requests until") as halted:
        world.ask(patience=100)
    assert world.took == 0
    assert "again after" in halted.value.remedy[0]


def test_repeated_limits_halt_when_patience_ends(world: World) -> None:
    world.fail_with(*[Reply(429, "", {"Retry-After": "30"})] * 10)
    with pytest.raises(Unavailable):
        world.ask(patience=100)
    assert world.took == 90


@pytest.mark.parametrize(
    ("reply", "expected"),
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
def test_a_refusal_halts_at_once_and_says_what_the_token_lacks(
    world: World, reply: Reply, expected: str
) -> None:
    world.fail_with(reply)
    with pytest.raises(Refused) as halted:
        world.ask()
    assert (world.took, halted.value.code, halted.value.http_status) == (0, 3, reply.status)
    assert expected in "\n".join([halted.value.cause, *halted.value.remedy, str(halted.value.next_command)])


def test_without_a_login_the_halt_names_the_command_to_log_in(world: World) -> None:
    world.fail_with(Silence(exits=4, stderr="To get started with GitHub CLI, please run:  gh auth login\n"))
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
def test_now_is_the_time_of_github(world: World, skew: float) -> None:
    world.fail_with(Reply(200, "{}", {"Date": formatdate(START + skew, usegmt=True)}))
    client = world.client()
    client.ask(PATH, lambda content: content)
    assert client.now() == START + skew


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_date_and_limit_in_the_headers_can_be_read(date: str, after: str) -> None:
    answer = Answer(
        429,
        {"date": date, "retry-after": after, "x-ratelimit-remaining": "0", "x-ratelimit-reset": after},
        "",
    )
    assert answer.is_rate_limit
    assert answer.rate_limit_seconds >= 0
