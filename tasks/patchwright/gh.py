"""One question to GitHub through `gh api`, asked until it is answered: could-not-ask is not failed.

What `gh api --include` prints and how it exits was measured with gh 2.102: the status line and the headers
stand on standard output whatever the status; it exits with 1 for every status but 2xx (304 too) and for a cut
body, and with 4 when nobody is logged in. It has no time limit of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from patchwright.clock import Clock, Waited
from patchwright.halts import CommandFailed, Prerequisite, Unavailable
from patchwright.narrator import Narrator
from patchwright.shell import Shell, shown
from patchwright.untrusted import line

T = TypeVar("T")

ASK_SECONDS = 30.0
FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
# What GitHub advises where a secondary limit comes without `retry-after`.
SECONDARY_LIMIT_SECONDS = 60.0
# A pause is cut into naps, so that a laptop that slept through it goes on at once.
NAP_SECONDS = 15.0

OK, NOT_MODIFIED, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 304, 401, 403, 404
REQUEST_TIMEOUT, TOO_MANY, SERVER_ERROR = 408, 429, 500
NOT_LOGGED_IN = 4

_STATUS_LINE = re.compile(r"HTTP/[0-9.]+ ([0-9]{3})(?: .*)?")


class Garbled(Exception):
    """An answer is not what GitHub answers: it was cut, or something between here and there made it up."""


class Refused(Prerequisite):
    """GitHub understood, and refused: `status` is the HTTP status, a 4xx."""

    def __init__(self, cause: str, *, status: int, **more: Any) -> None:  # noqa: ANN401  what Halt takes
        super().__init__(cause, **more)
        self.status = status


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as `gh api --include` prints it; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def is_limit(self) -> bool:
        """Whether a rate limit, primary or secondary, is why there is no other answer."""
        if self.status not in {FORBIDDEN, TOO_MANY}:
            return False
        return (
            self.status == TOO_MANY
            or "retry-after" in self.headers
            or self.headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in self.message.lower()
        )

    @property
    def message(self) -> str:
        """What GitHub says in its own words, if it says something."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        said = content.get("message") if isinstance(content, dict) else None
        return said if isinstance(said, str) else ""

    def limited_until(self, now: float) -> float:
        """Return when GitHub may be asked again, in seconds since the epoch by the clock that shows `now`."""
        after = self.headers.get("retry-after", "")
        if after.isdecimal():
            return now + float(after)
        reset = self.headers.get("x-ratelimit-reset", "")
        if self.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
            # GitHub's clock set the reset, and its second may not be quite over.
            return max(now, float(reset) + now - (self.sent_at or now)) + 1
        return now + SECONDARY_LIMIT_SECONDS

    @property
    def sent_at(self) -> float | None:
        """When GitHub's clock says that it answered, in seconds since the epoch."""
        try:
            return parsedate_to_datetime(self.headers["date"]).timestamp()
        except (KeyError, ValueError):
            return None


def parse_answer(text: str) -> Answer:
    """Read what `gh api --include` printed. Raises Garbled where it is no HTTP answer."""
    status_line, _, rest = text.partition("\n")
    found = _STATUS_LINE.fullmatch(status_line.rstrip("\r"))
    if not found:
        raise Garbled("there was no HTTP answer")
    headers: dict[str, str] = {}
    while True:
        header, newline, rest = rest.partition("\n")
        header = header.removesuffix("\r")
        if not newline:
            raise Garbled("the answer ended within its headers")
        if not header:
            return Answer(int(found[1]), headers, rest)
        name, colon, value = header.partition(":")
        if not colon:
            raise Garbled("the answer has a header that is none")
        headers[name.strip().lower()] = value.strip()


def parse_json(body: str) -> Any:  # noqa: ANN401  JSON is anything
    """Read a body as JSON, an object or a list. Raises Garbled where it is neither."""

    def not_json(constant: str) -> None:
        raise Garbled(f"the answer is not JSON ({constant})")

    try:
        content = json.loads(body, parse_constant=not_json)
    except (ValueError, RecursionError):
        kind = "a web page" if body.lstrip()[:1] == "<" else "cut or no JSON"
        raise Garbled(f"the answer is {kind}") from None
    if not isinstance(content, (dict, list)):
        raise Garbled("the answer is JSON of another kind")
    return content


class Asker:
    """Asks one host through `gh api`, with conditional requests, until there is an answer.

    `patience` is how long (seconds of waiting) one question may find no answer before that is a halt.
    """

    def __init__(self, shell: Shell, host: str, *, narrator: Narrator, clock: Clock, patience: float) -> None:
        self._shell, self._host = shell, host
        self._narrator, self._clock, self._patience = narrator, clock, patience
        self._known: dict[str, tuple[str, Any]] = {}
        self._ahead = 0.0

    def now(self) -> float:
        """Return the time by GitHub's clock, as of its last answer, in seconds since the epoch."""
        return self._clock.now() + self._ahead

    def ask(self, path: str, read: Callable[[Any], T], query: Mapping[str, str | int] | None = None) -> T:
        """Return what `read` makes of the JSON that GitHub answers to GET `path`.

        `read` raises Garbled for JSON that is not of the form that it must have. Whatever is no answer (5xx, a
        reset, a time limit, a page instead of JSON) is asked again after a growing delay; a rate limit is
        waited out. Raises Unavailable when patience ends, Refused for any other 4xx, Prerequisite when gh is
        missing or logged out.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        waited, delay, troubled = Waited(self._clock), FIRST_DELAY, False
        while True:
            try:
                answer = self._answer(target)
                content = self._content(target, answer)
                result = read(content)
            except _Limited as limit:
                self._wait_out(limit.until, waited)
                continue
            except Garbled as trouble:
                if waited.seconds + delay > self._patience:
                    raise self._gave_up(target, str(trouble), waited.seconds) from None
                if not troubled:
                    self._narrator.say(f"{self._host} could not be asked ({trouble}); asking again")
                self._narrator.waiting(f"{self._host} to answer again ({trouble})")
                troubled = True
                waited.pause(delay)
                delay = min(2 * delay, LONGEST_DELAY)
                continue
            etag = answer.headers.get("etag")
            if etag and answer.status == OK:
                self._known[target] = (etag, content)
            if troubled:
                self._narrator.say(f"{self._host} answers again")
                self._narrator.waiting(None)
            return result

    def _answer(self, target: str) -> Answer:
        """Ask once. Raises Garbled where no whole HTTP answer came."""
        known = self._known.get(target)
        condition = ["--header", f"If-None-Match: {known[0]}"] if known else []
        argv = ("gh", "api", "--hostname", self._host, "--method", "GET", "--include", *condition, target)
        try:
            output = self._shell.ask(*argv, ok=None, timeout=ASK_SECONDS)
        except CommandFailed as failure:
            raise Garbled(f"no answer within {ASK_SECONDS:g} seconds") from failure
        if output.status == NOT_LOGGED_IN:
            raise Prerequisite(
                f"gh is not logged in to {self._host}.",
                evidence=[f"$ {shown(argv)}", *(f"  {told}" for told in output.stderr.splitlines())],
                remedy=[f"Log in with `gh auth login --hostname {self._host}`, then run the same command again."],
                next_command=f"gh auth login --hostname {self._host}",
            )
        try:
            answer = parse_answer(output.stdout)
        except Garbled as trouble:
            told = next(iter(output.stderr.splitlines()), str(trouble))
            raise Garbled(line(told)) from None
        if output.status and answer.status == OK:
            raise Garbled(line(output.stderr) or "the answer was cut")
        if answer.sent_at is not None:
            self._ahead = answer.sent_at - self._clock.now()
        return answer

    def _content(self, target: str, answer: Answer) -> Any:  # noqa: ANN401  JSON is anything
        if answer.status == NOT_MODIFIED and target in self._known:
            return self._known[target][1]
        if answer.status == OK:
            return parse_json(answer.body)
        if answer.is_limit:
            raise _Limited(answer.limited_until(self._clock.now()))
        if answer.status >= SERVER_ERROR or answer.status in {REQUEST_TIMEOUT, NOT_MODIFIED}:
            raise Garbled(f"HTTP {answer.status}")
        raise refusal(self._host, target, answer)

    def _wait_out(self, until: float, waited: Waited) -> None:
        """Wait for the end of a rate limit. Raises Unavailable where that is farther than patience goes."""
        at = datetime.fromtimestamp(until).astimezone().strftime("%H:%M:%S")
        if waited.seconds + until - self._clock.now() > self._patience:
            raise Unavailable(
                f"{self._host} limits the rate of requests, until {at}.",
                evidence=[f"That is more than the {self._patience:g} seconds that `patience` allows."],
                remedy=[f"Run the same command again after {at}."],
            )
        self._narrator.say(f"{self._host} limits the rate of requests; waiting until {at}")
        self._narrator.waiting(f"the rate limit of {self._host} to end, at {at}")
        while (left := until - self._clock.now()) > 0:
            waited.pause(min(left, NAP_SECONDS))
        self._narrator.waiting(None)

    def _gave_up(self, target: str, trouble: str, seconds: float) -> Unavailable:
        return Unavailable(
            f"{self._host} could not be asked for {seconds:.0f} seconds: {trouble}.",
            evidence=[f"GET {target}"],
            remedy=[
                "This says nothing about the run itself; look at https://www.githubstatus.com and at your network.",
                "Run the same command again when both are well.",
            ],
        )


class _Limited(Exception):
    """A rate limit holds until then, in seconds since the epoch."""

    def __init__(self, until: float) -> None:
        super().__init__(until)
        self.until = until


def refusal(host: str, target: str, answer: Answer) -> Refused:
    """Return the halt for a 4xx answer, which names what is missing."""
    told = [f"GET {target}", f"  HTTP {answer.status} {line(answer.message)}".rstrip()]
    repository = "/".join(target.split("/")[1:3])
    login = f"gh auth login --hostname {host}"
    if answer.status == UNAUTHORIZED:
        return Refused(
            f"{host} does not accept the token that gh uses.",
            status=answer.status,
            evidence=told,
            remedy=["The token has expired or was revoked (GH_TOKEN and GITHUB_TOKEN go before gh's own)."],
            next_command=login,
        )
    sso = answer.headers.get("x-github-sso", "").partition("url=")[2]
    accepted = answer.headers.get("x-accepted-github-permissions", "").replace("=", ":")
    needed = f"`{accepted or 'actions:read'}` on {repository}"
    if answer.status == FORBIDDEN and sso:
        remedy = f"The organization wants the token authorized for single sign-on: {sso}"
    elif answer.status == FORBIDDEN:
        remedy = f"The token that gh uses needs {needed} (a classic token: the scope `repo`)."
    elif answer.status == NOT_FOUND:
        remedy = f"Either there is no such thing, or the token that gh uses lacks {needed}: GitHub shows both alike."
    else:
        remedy = "This is nothing that waiting mends."
    return Refused(
        f"{host} refuses to answer (HTTP {answer.status}).",
        status=answer.status,
        evidence=told,
        remedy=[remedy],
        next_command=f"gh auth status --hostname {host}",
    )
