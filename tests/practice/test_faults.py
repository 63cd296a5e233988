from __future__ import annotations

import json
import math

from patchwright.practice.faults import Fault
from patchwright.practice.wire import Answer, Request, json_answer

REQUEST = Request("GET", "api.github.localhost", "/repos/a/b/actions/runs", "head_sha=1", {}, b"")
RIGHT = json_answer({"total_count": 0})


def right() -> Answer:
    return RIGHT


def test_a_fault_strikes_what_its_pattern_finds_in_path_and_query() -> None:
    assert Fault().matches(REQUEST)
    assert Fault(r"/runs\?head_sha=1$", times=math.inf).matches(REQUEST)
    assert not Fault("/jobs").matches(REQUEST)
    assert not Fault(times=0).matches(REQUEST)


def test_a_fault_is_the_apis_unless_it_says_otherwise() -> None:
    push = Request("POST", "github.localhost", "/a/b.git/git-receive-pack", "", {}, b"")
    assert not Fault().matches(push)
    assert Fault(host="github.localhost").matches(push)
    assert Fault(host=None).matches(push)
    assert Fault(host=None).matches(REQUEST)


def test_an_answer_carries_what_it_is_told_to() -> None:
    answer = Fault(status=429, headers={"retry-after": "3"}, body='{"message": "slow down"}').apply(right)
    assert (answer.status, answer.headers["retry-after"]) == (429, "3")
    assert json.loads(answer.body) == {"message": "slow down"}
    assert json.loads(Fault(status=502).apply(right).body)["status"] == "502"


def test_a_page_comes_with_status_200() -> None:
    answer = Fault(kind="html").apply(right)
    assert (answer.status, answer.body[:9]) == (200, b"<!DOCTYPE")
    assert answer.headers["content-type"].startswith("text/html")


def test_a_slow_and_a_truncated_answer_are_the_right_one() -> None:
    slow, truncated = Fault(kind="slow", seconds=3).apply(right), Fault(kind="truncate").apply(right)
    assert (slow.body, slow.delay, slow.manner) == (RIGHT.body, 3, "whole")
    assert (truncated.body, truncated.manner) == (RIGHT.body, "truncated")


def test_a_reset_and_a_hang_do_not_even_ask_for_the_right_answer() -> None:
    def never() -> Answer:
        raise AssertionError

    assert [Fault(kind="reset").apply(never).manner, Fault(kind="hang").apply(never).manner] == [
        "reset",
        "hung",
    ]
