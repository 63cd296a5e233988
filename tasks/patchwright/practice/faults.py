"""What goes wrong between a client and GitHub, made to happen on purpose."""

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
    """What goes wrong with the next `times` requests whose path and query match `path` (a regex, searched).

    `answer` gives `status` with `headers` and `body` (of None: GitHub's kind of JSON); `html` a page with
    status 200; `slow` the right answer after `seconds`; `truncate` half of the right answer; `reset` and
    `hang` no answer. `host` of None is any host; git and the API have each their own.
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
        """Whether this request is one that goes wrong."""
        return (
            self.times > 0
            and self.host in {request.host, None}
            and re.search(self.path, request.target) is not None
        )

    def apply(self, right: Callable[[], Answer]) -> Answer:
        """Return what is sent instead of the right answer."""
        match self.kind:
            case "answer":
                told = error_answer(self.status, "The stand-in was asked to fail.")
                body = told.body if self.body is None else self.body.encode()
                return Answer(self.status, {**told.headers, **self.headers}, body)
            case "html":
                page = _PAGE if self.body is None else self.body
                return Answer(
                    200, {"content-type": "text/html; charset=utf-8", **self.headers}, page.encode()
                )
            case "slow":
                return replace(right(), delay=self.seconds)
            case "truncate":
                return replace(right(), manner="truncated")
            case "reset":
                return Answer(manner="reset")
            case "hang":
                return Answer(manner="hung")
