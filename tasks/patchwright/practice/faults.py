"""Faults: failures between a client and GitHub that a test causes on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from patchwright.practice.wire import Answer, Request, error_answer

API_HOST = "api.github.localhost"
GIT_HOST = "github.localhost"
_PAGE = "<!DOCTYPE html>\n<html><body>This page is taking too long to load.</body></html>\n"


@dataclass
class Fault:
    """A failure of the next `times` requests whose path and query contain a match of the regex `path`.

    `kind` says what the client gets: `answer` is `status` with `headers` and `body` (None means an error as
    GitHub's JSON), `html` is a page with status 200, `slow` is the real answer after `seconds`, `truncate` is
    half of the real answer, and `reset` and `hang` are no answer. `host` is the host of the API or of git;
    None means any host.
    """

    path: str = ""
    status: int = 502
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    times: float = 1
    kind: Literal["answer", "html", "slow", "truncate", "reset", "hang"] = "answer"
    seconds: float = 0.0
    host: str | None = API_HOST

    def matches(self, request: Request) -> bool:
        """Return whether this request fails."""
        return (
            self.times > 0
            and self.host in {request.host, None}
            and re.search(self.path, request.target) is not None
        )

    def apply(self, real_answer: Callable[[], Answer]) -> Answer:
        """Return the answer that replaces the real one. Ask for the real one only if it is needed."""
        match self.kind:
            case "answer":
                error = error_answer(self.status, "The stand-in fails on purpose.")
                body = error.body if self.body is None else self.body.encode()
                return Answer(self.status, {**error.headers, **self.headers}, body)
            case "html":
                page = _PAGE if self.body is None else self.body
                return Answer(
                    200, {"content-type": "text/html; charset=utf-8", **self.headers}, page.encode()
                )
            case "slow":
                return replace(real_answer(), delay=self.seconds)
            case "truncate":
                return replace(real_answer(), manner="truncated")
            case "reset":
                return Answer(manner="reset")
            case "hang":
                return Answer(manner="hung")
