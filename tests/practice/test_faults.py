from __future__ import annotations

import json
import math

from patchwright.practice.faults import Fault
from patchwright.practice.wire import Answer, Request, json_answer

REQUEST = Request("GET", "api.github.localhost", "/repos/a/b/actions/runs", "head_sha=1", {}, b"")
REAL_ANSWER = json_answer({"total_count": 0})


def real_answer() -> Answer:
    return REAL_ANSWER


def test_a_fault_matches_a_request_by_a_pattern_in_path_and_query() -> None:
    assert Fault().matches(REQUEST)
    assert Fault(r"/runs\?head_sha=1$", times=math.inf).matches(REQUEST)
    assert not Fault("/jobs").matches(REQUEST)
    assert not Fault(times=0).matches(REQUEST)


def test_a_fault_matches_only_the_api_unless_it_names_another_host() -> None:
    push = Request("POST", "github.localhost", "/a/b.git/git-receive-pack", "", {}, b"")
    assert not Fault().matches(push)
    assert Fault(host="github.localhost").matches(push)
    assert Fault(host=None).matches(push)
    assert Fault(host=None).matches(REQUEST)


def test_an_answer_has_the_status_headers_and_body_of_its_fault() -> None:
    answer = Fault(status=429, headers={"retry-after": "3"}, body='{"message": "slow down"}').apply(
        real_answer
    )
    assert (answer.status, answer.headers["retry-after"]) == (429, "3")
    assert json.loads(answer.body) == {"message": "slow down"}
    assert json.loads(Fault(status=502).apply(real_answer).body)["status"] == "502"


def test_an_html_page_has_status_200() -> None:
    answer = Fault(kind="html").apply(real_answer)
    assert (answer.status, answer.body[:9]) == (200, b"<!DOCTYPE")
    assert answer.headers["content-type"].startswith("text/html")


def test_slow_and_truncated_answers_contain_the_real_answer() -> None:
    slow, truncated = (
        Fault(kind="slow", seconds=3).apply(real_answer),
        Fault(kind="truncate").apply(real_answer),
    )
    assert (slow.body, slow.delay, slow.manner) == (REAL_ANSWER.body, 3, "whole")
    assert (truncated.body, truncated.manner) == (REAL_ANSWER.body, "truncated")


def test_a_reset_and_a_hang_do_not_ask_for_the_real_answer() -> None:
    def never() -> Answer:
        raise AssertionError

    assert [Fault(kind="reset").apply(never).manner, Fault(kind="hang").apply(never).manner] == [
        "reset",
        "hung",
    ]
