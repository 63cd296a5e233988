"""Wire: an HTTP server on this machine that is also a proxy, and that can fail on purpose."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

Manner = Literal["whole", "truncated", "reset", "hung"]


@dataclass(frozen=True)
class Request:
    """A request. `body` has no transfer or content encoding. The names of headers are in lower case."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def target(self) -> str:
        """The path with its query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def parameter(self, name: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return parse_qs(self.query, keep_blank_values=True).get(name, [default])[0]

    def json(self) -> dict[str, Any]:
        """Return the body as JSON."""
        content: dict[str, Any] = json.loads(self.body or b"{}")
        return content


@dataclass(frozen=True)
class Answer:
    """An answer that is sent after `delay` seconds: whole, truncated, replaced by a reset, or never."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    manner: Manner = "whole"
    delay: float = 0.0


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with `value` as JSON and an ETag of the body."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    all_headers = {
        "content-type": "application/json; charset=utf-8",
        "etag": f'W/"{hashlib.sha256(body).hexdigest()}"',
        **(headers or {}),
    }
    return Answer(status, all_headers, body)


def error_answer(status: int, message: str) -> Answer:
    """Return an answer of the API that describes an error."""
    body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    return json_answer(body, status)


class Wire:
    """A server on a free port of 127.0.0.1 that calls `answer` for each request, in several threads."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self._stopping = threading.Event()
        self._server = _Server(answer, self._stopping)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="stand-in")

    @property
    def port(self) -> int:
        """The port of the server."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Start to answer requests."""
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and return when all threads have ended."""
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.close_all()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, answer: Callable[[Request], Answer], stopping: threading.Event) -> None:
        self.answer = answer
        self.stopping = stopping
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # The base class looks up the name of the host, which can take seconds and is not needed.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  the type of the base class
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401  the type of the base class
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  the type of the base class
        # A client may disconnect at any time. Any other error is a bug of the stand-in and must be visible.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def close_all(self) -> None:
        """Close the connections that clients keep open, so their threads end."""
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "patchwright-stand-in", ""
    server: _Server
    # Send head and body together: otherwise a client on this machine waits 40 ms for the second part.
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def _handle(self) -> None:
        answer = self.server.answer(self._request())
        if answer.delay:
            self.server.stopping.wait(answer.delay)
        if answer.manner == "hung":
            self.server.stopping.wait()
        if answer.manner in {"hung", "reset"}:
            self._reset()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if answer.manner == "truncated":
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
            return
        self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815  http.server requires these names

    def _request(self) -> Request:
        # A client of a proxy sends the whole URL. Other clients send the path, and the host in a header.
        url = urlsplit(self.path)
        return Request(
            method=self.command,
            host=(url.netloc or self.headers.get("host", "")).partition(":")[0].lower(),
            path=url.path or "/",
            query=url.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
        )

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            body = b"".join(iter(self._chunk, b""))
        else:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
        return gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body

    def _chunk(self) -> bytes:
        chunk = self.rfile.read(int(self.rfile.readline().partition(b";")[0], 16))
        self.rfile.readline()
        return chunk

    def _reset(self) -> None:
        """Close the connection so that the client gets a reset, as if the network had failed."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Print nothing, because the stand-in has its own log of requests."""
