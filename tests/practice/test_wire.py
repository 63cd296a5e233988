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
def serve(answer: Answer) -> Iterator[tuple[HTTPConnection, list[Request]]]:
    """Yield a connection to a server that gives this answer, and the list of its requests."""
    requests: list[Request] = []

    def respond(request: Request) -> Answer:
        requests.append(request)
        return answer

    wire = Wire(respond)
    wire.start()
    connection = HTTPConnection("127.0.0.1", wire.port, timeout=10)
    try:
        yield connection, requests
    finally:
        connection.close()
        wire.stop()


def test_a_request_to_the_proxy_has_the_host_in_its_url() -> None:
    with serve(Answer(204)) as (connection, requests):
        connection.request(
            "GET", "http://API.GitHub.localhost/repos/a/b?per_page=1&head_sha=", headers={"X-A": "b"}
        )
        assert connection.getresponse().status == 204
    (request,) = requests
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


def test_a_request_without_a_proxy_has_the_host_in_a_header() -> None:
    with serve(Answer()) as (connection, requests):
        connection.request("GET", "/_control/heal")
        connection.getresponse().read()
    assert (requests[0].host, requests[0].path) == ("127.0.0.1", "/_control/heal")


def test_a_body_is_decoded() -> None:
    with serve(Answer()) as (connection, requests):
        packed = gzip.compress(b"0000" * 1000)
        connection.request("POST", "/plain", body=b"0000")
        connection.getresponse().read()
        connection.request("POST", "/gzip", body=packed, headers={"content-encoding": "gzip"})
        connection.getresponse().read()
        connection.request("POST", "/chunked", body=iter([packed[:7], packed[7:]]), encode_chunked=True,
                           headers={"content-encoding": "gzip", "transfer-encoding": "chunked"})  # fmt: skip
        connection.getresponse().read()
    assert [request.body for request in requests] == [b"0000", b"0000" * 1000, b"0000" * 1000]


def test_one_connection_carries_many_requests() -> None:
    with serve(json_answer({"a": "ä"})) as (connection, requests):
        for _ in range(3):
            connection.request("GET", "/")
            assert json.load(connection.getresponse()) == {"a": "ä"}
    assert len(requests) == 3


def test_the_etag_depends_only_on_the_body() -> None:
    one, same, other = json_answer([1]), json_answer([1], 201, {"x": "y"}), json_answer([2])
    assert one.headers["etag"] == same.headers["etag"] != other.headers["etag"]


def test_a_truncated_answer_ends_after_half_of_its_body() -> None:
    with serve(Answer(body=b"0123456789", manner="truncated")) as (connection, _):
        connection.request("GET", "/")
        with pytest.raises(IncompleteRead) as cut:
            connection.getresponse().read()
    assert cut.value.partial == b"01234"


def test_a_reset_sends_no_answer() -> None:
    with serve(Answer(manner="reset")) as (connection, _):
        connection.request("GET", "/")
        with pytest.raises((ConnectionResetError, RemoteDisconnected)):
            connection.getresponse()


def test_a_slow_answer_is_complete() -> None:
    with serve(Answer(body=b"late", delay=0.2)) as (connection, _):
        start = time.monotonic()
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"late"
        assert time.monotonic() - start >= 0.2


def test_a_hung_answer_is_never_sent_and_the_server_can_stop() -> None:
    with serve(Answer(manner="hung")) as (connection, _):
        connection.request("GET", "/")
        connection.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.getresponse()
    assert not [thread for thread in threading.enumerate() if "process_request" in thread.name]


def test_a_client_may_disconnect_without_an_error_of_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    with serve(Answer(body=b"x" * 10_000_000)) as (connection, requests):
        connection.request("GET", "/")
        while not requests:
            time.sleep(0.01)
        connection.close()
    assert capsys.readouterr().err == ""
