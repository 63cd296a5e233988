from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected

import pytest

from patchwright.practice.wire import Answer, Request, Wire, json_answer


@contextmanager
def served(answer: Answer) -> Iterator[tuple[HTTPConnection, list[Request]]]:
    """A connection to a server that gives this answer, and the requests that it got."""
    asked: list[Request] = []

    def respond(request: Request) -> Answer:
        asked.append(request)
        return answer

    wire = Wire(respond)
    wire.start()
    connection = HTTPConnection("127.0.0.1", wire.port, timeout=10)
    try:
        yield connection, asked
    finally:
        connection.close()
        wire.stop()


def test_a_request_through_a_proxy_names_the_host_in_its_line() -> None:
    with served(Answer(204)) as (connection, asked):
        connection.request(
            "GET", "http://API.GitHub.localhost/repos/a/b?per_page=1&head_sha=", headers={"X-A": "b"}
        )
        assert connection.getresponse().status == 204
    (request,) = asked
    assert (request.method, request.host) == ("GET", "api.github.localhost")
    assert (request.path, request.target) == ("/repos/a/b", "/repos/a/b?per_page=1&head_sha=")
    assert request.headers["x-a"] == "b"
    assert (
        request.parameter("per_page"),
        request.parameter("head_sha", "x"),
        request.parameter("page", "1"),
    ) == (
        "1",
        "",
        "1",
    )


def test_a_request_without_a_proxy_names_the_host_aside() -> None:
    with served(Answer()) as (connection, asked):
        connection.request("GET", "/_control/heal")
        connection.getresponse().read()
    assert (asked[0].host, asked[0].path) == ("127.0.0.1", "/_control/heal")


def test_a_body_arrives_without_its_encodings() -> None:
    with served(Answer()) as (connection, asked):
        packed = gzip.compress(b"0000" * 1000)
        connection.request("POST", "/plain", body=b"0000")
        connection.getresponse().read()
        connection.request("POST", "/gzip", body=packed, headers={"content-encoding": "gzip"})
        connection.getresponse().read()
        connection.request("POST", "/chunked", body=iter([packed[:7], packed[7:]]), encode_chunked=True,
                           headers={"content-encoding": "gzip", "transfer-encoding": "chunked"})  # fmt: skip
        connection.getresponse().read()
    assert [request.body for request in asked] == [b"0000", b"0000" * 1000, b"0000" * 1000]


def test_one_connection_carries_many_requests() -> None:
    with served(json_answer({"a": "ä"})) as (connection, asked):
        for _ in range(3):
            connection.request("GET", "/")
            assert json.load(connection.getresponse()) == {"a": "ä"}
    assert len(asked) == 3


def test_the_etag_is_of_the_body_alone() -> None:
    one, same, other = json_answer([1]), json_answer([1], 201, {"x": "y"}), json_answer([2])
    assert one.headers["etag"] == same.headers["etag"] != other.headers["etag"]


def test_a_truncated_answer_ends_in_the_middle() -> None:
    with served(Answer(body=b"0123456789", manner="truncated")) as (connection, _):
        connection.request("GET", "/")
        with pytest.raises(IncompleteRead) as cut:
            connection.getresponse().read()
    assert cut.value.partial == b"01234"


def test_a_reset_leaves_no_answer() -> None:
    with served(Answer(manner="reset")) as (connection, _):
        connection.request("GET", "/")
        with pytest.raises((ConnectionResetError, RemoteDisconnected)):
            connection.getresponse()


def test_a_slow_answer_comes_whole() -> None:
    with served(Answer(body=b"late", delay=0.2)) as (connection, _):
        begun = time.monotonic()
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"late"
        assert time.monotonic() - begun >= 0.2


def test_a_hung_answer_never_comes_and_does_not_keep_the_server_from_stopping() -> None:
    with served(Answer(manner="hung")) as (connection, _):
        connection.request("GET", "/")
        connection.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.getresponse()
    assert not [thread for thread in threading.enumerate() if "process_request" in thread.name]


def test_a_client_that_goes_away_is_no_mistake_of_the_servers(capsys: pytest.CaptureFixture[str]) -> None:
    with served(Answer(body=b"x" * 10_000_000)) as (connection, asked):
        connection.request("GET", "/")
        while not asked:
            time.sleep(0.01)
        connection.close()
    assert capsys.readouterr().err == ""
