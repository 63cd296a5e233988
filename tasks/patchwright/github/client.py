"""One question to GitHub through `gh api`, asked until it is answered: could-not-ask is not failed.

What `gh api --include` does was measured with gh 2.102: status line and headers are on standard output
whatever the status; it exits with 1 for every status but 2xx (304 too) and for a body that was cut, and with
4 when nobody is logged in. It has no time limit of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode

from patchwright.clock import Clock, Waited
from patchwright.durations import whole_duration
from patchwright.halts import CommandFailed, Prerequisite, Unavailable
from patchwright.progress import Narrator
from patchwright.text import line
from patchwright.tools.shell import Shell, shown

T = TypeVar("T")

ASK_SECONDS = 30.0
FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
# What GitHub advises where a secondary limit comes without `retry-after`.
SECONDARY_LIMIT_SECONDS = 60.0
# A long pause is made of naps, so that a laptop that slept through it goes on at once.
NAP_SECONDS = 15.0

OK, NOT_MODIFIED = 200, 304
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, REQUEST_TIMEOUT, TOO_MANY_REQUESTS = 401, 403, 404, 408, 429
SERVER_ERROR = 500
EXIT_NOT_LOGGED_IN = 4

_STATUS_LINE = re.compile(r"HTTP/[0-9.]+ ([0-9]{3})(?: .*)?")


class NoAnswerError(Exception):
    """GitHub could not be asked: nothing came, or what came is not what GitHub answers. Says why."""


class _LimitedError(Exception):
    """A rate limit holds until then, in seconds since the epoch."""

    def __init__(self, until: float) -> None:
        super().__init__(until)
        self.until = until


class Refused(Prerequisite):
    """GitHub understood the question and refused to answer it: `http_status` is a 4xx."""

    def __init__(self, cause: str, *, http_status: int, **more: Any) -> None:  # noqa: ANN401  what Halt takes
        super().__init__(cause, **more)
        self.http_status = http_status


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as `gh api --include` prints it; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def message(self) -> str:
        """What GitHub says in its own words, if it says something."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        said = content.get("message") if isinstance(content, dict) else None
        return said if isinstance(said, str) else ""

    @property
    def sent_at(self) -> float | None:
        """When GitHub's own clock says that it answered, in seconds since the epoch."""
        try:
            return parsedate_to_datetime(self.headers["date"]).timestamp()
        except (KeyError, ValueError, OverflowError):
            return None

    @property
    def is_limit(self) -> bool:
        """Whether a rate limit, primary or secondary, is why there is no other answer."""
        if self.status == TOO_MANY_REQUESTS:
            return True
        return self.status == FORBIDDEN and (
            "retry-after" in self.headers
            or self.headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in self.message.lower()
        )

    @property
    def limit_seconds(self) -> float:
        """How long the rate limit holds from when this was answered."""
        after = self.headers.get("retry-after", "")
        if after.isdecimal():
            return float(after)
        reset = self.headers.get("x-ratelimit-reset", "")
        if (
            self.headers.get("x-ratelimit-remaining") == "0"
            and reset.isdecimal()
            and self.sent_at is not None
        ):
            # Both times are GitHub's, in whole seconds.
            return max(float(reset) - self.sent_at, 0) + 1
        return SECONDARY_LIMIT_SECONDS


def parse_answer(text: str) -> Answer:
    """Read what `gh api --include` printed. Raises NoAnswerError where that is no HTTP answer."""
    status_line, _, rest = text.partition("\n")
    found = _STATUS_LINE.fullmatch(status_line.rstrip("\r"))
    if not found:
        raise NoAnswerError("no HTTP answer")
    headers: dict[str, str] = {}
    while True:
        header, newline, rest = rest.partition("\n")
        name, colon, value = header.removesuffix("\r").partition(":")
        if not newline or (name and not colon):
            raise NoAnswerError("an answer that was cut within its headers")
        if not name:
            return Answer(int(found[1]), headers, rest)
        headers[name.strip().lower()] = value.strip()


def parse_json(body: str) -> Any:  # noqa: ANN401  JSON is anything
    """Read a body that must be a JSON object or list. Raises NoAnswerError where it is neither."""
    try:
        content = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        kind = "a web page" if body.lstrip().startswith("<") else "what is not JSON"
        raise NoAnswerError(f"{kind} for an answer") from None
    if not isinstance(content, (dict, list)):
        raise NoAnswerError("neither an object nor a list for an answer")
    return content


def _no_constant(name: str) -> NoReturn:
    """Refuse NaN and its like, which Python reads and JSON does not have."""
    raise ValueError(name)


class Asker:
    """Asks one host through `gh api`, with conditional requests, until there is an answer.

    `patience` is how long (seconds) one question may go without an answer before that is a halt.
    """

    def __init__(self, shell: Shell, host: str, *, narrator: Narrator, clock: Clock, patience: float) -> None:
        self._shell, self._host = shell, host
        self._narrator, self._clock, self._patience = narrator, clock, patience
        # By target: the ETag of the last whole answer, and its content.
        self._known: dict[str, tuple[str, Any]] = {}
        self._ahead = 0.0

    def now(self) -> float:
        """Return the time by the host's clock, as its last answer showed it, in seconds since the epoch."""
        return self._clock.now() + self._ahead

    def ask(self, path: str, read: Callable[[Any], T], query: Mapping[str, str | int] | None = None) -> T:
        """Return what `read` makes of the JSON that the host answers to GET `path`.

        `read` raises NoAnswerError for JSON that is not of the form it must have. Whatever is no answer (5xx,
        a reset, a time limit, a page instead of JSON) is asked again after a growing delay; a rate limit is
        waited out. Raises Unavailable when patience ends, Refused for any other 4xx, Prerequisite when gh is
        missing or logged out.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        waited, delay, troubles = Waited(self._clock), FIRST_DELAY, 0
        while True:
            since = self._clock.monotonic()
            try:
                result = self._asked_once(target, read)
            except _LimitedError as limit:
                self._wait_out(limit.until, waited)
            except NoAnswerError as trouble:
                waited.count(since, ASK_SECONDS)
                troubles += 1
                self._wait_before_asking_again(target, str(trouble), delay, waited, first=troubles == 1)
                delay = min(2 * delay, LONGEST_DELAY)
            else:
                if troubles:
                    self._narrator.say(f"{self._host} answers again")
                    self._narrator.waiting(None)
                return result

    def _asked_once(self, target: str, read: Callable[[Any], T]) -> T:
        known = self._known.get(target)
        answer = self._answer(target, etag=known[0] if known else None)
        if answer.sent_at is not None:
            self._ahead = answer.sent_at - self._clock.now()
        if answer.status == NOT_MODIFIED and known:
            return read(known[1])
        if answer.status == OK:
            content = parse_json(answer.body)
            result = read(content)
            if "etag" in answer.headers:
                self._known[target] = (answer.headers["etag"], content)
            return result
        if answer.is_limit:
            raise _LimitedError(self._clock.now() + answer.limit_seconds)
        if answer.status >= SERVER_ERROR or answer.status in {REQUEST_TIMEOUT, NOT_MODIFIED}:
            raise NoAnswerError(f"HTTP {answer.status}")
        raise refusal(self._host, target, answer)

    def _answer(self, target: str, *, etag: str | None) -> Answer:
        """Ask once. Raises NoAnswerError where no whole HTTP answer came, Prerequisite where gh can't ask."""
        condition = ("--header", f"If-None-Match: {etag}") if etag else ()
        argv = ("gh", "api", "--hostname", self._host, "--method", "GET", "--include", *condition, target)
        try:
            output = self._shell.ask(*argv, ok=None, timeout=ASK_SECONDS)
        except CommandFailed as failure:
            raise NoAnswerError(failure.cause) from None
        if output.status == EXIT_NOT_LOGGED_IN:
            raise Prerequisite(
                f"gh is not logged in to {self._host}.",
                evidence=[f"$ {shown(argv)}", *(f"  {told}" for told in output.stderr.splitlines())],
                next_command=f"gh auth login --hostname {self._host}",
            )
        told = line(output.stderr)
        try:
            answer = parse_answer(output.stdout)
        except NoAnswerError as trouble:
            raise NoAnswerError(told or str(trouble)) from None
        if output.status and answer.status == OK:
            raise NoAnswerError(told or "an answer that was cut")
        return answer

    def _wait_before_asking_again(
        self, target: str, trouble: str, delay: float, waited: Waited, *, first: bool
    ) -> None:
        if waited.seconds + delay > self._patience:
            raise Unavailable(
                f"{self._host} could not be asked for {whole_duration(waited.seconds)}.",
                evidence=[f"GET {target}", f"  {trouble}"],
                remedy=[
                    "This says nothing about the run itself. Look at your network and https://www.githubstatus.com;",
                    "then run the same command again. The setting `patience` is how long it is tried.",
                ],
            )
        if first:
            self._narrator.say(f"{self._host} could not be asked, which is tried again: {trouble}")
        self._narrator.waiting(f"{self._host} to answer again")
        waited.pause(delay)

    def _wait_out(self, until: float, waited: Waited) -> None:
        """Wait for the end of a rate limit. Raises Unavailable where that is farther than patience goes."""
        at = datetime.fromtimestamp(until).astimezone().strftime("%H:%M:%S")
        if waited.seconds + until - self._clock.now() > self._patience:
            raise Unavailable(
                f"{self._host} limits the rate of requests until {at}.",
                evidence=[f"The setting `patience` allows {whole_duration(self._patience)} of waiting."],
                remedy=[f"Run the same command again after {at}."],
            )
        self._narrator.say(f"{self._host} limits the rate of requests until {at}, which is waited for")
        self._narrator.waiting(f"the rate limit to end at {at}")
        while (left := until - self._clock.now()) > 0:
            waited.pause(min(left, NAP_SECONDS))
        self._narrator.waiting(None)


def refusal(host: str, target: str, answer: Answer) -> Refused:
    """Return the halt for a 4xx answer, which names what is missing."""
    cause = f"{host} refuses to answer (HTTP {answer.status})."
    next_command = f"gh auth status --hostname {host}"
    repository = "/".join(target.split("/")[1:3])
    # `actions=read`, and alternatives after a semicolon.
    accepted = answer.headers.get("x-accepted-github-permissions", "actions=read").replace("=", ":")
    sign_on = answer.headers.get("x-github-sso", "").partition("url=")[2]
    permission = f"the permission {accepted} on {repository} (a classic token: the scope repo)"
    if answer.status == UNAUTHORIZED:
        cause = f"{host} does not accept the token that gh uses."
        remedy = (
            "It has expired or was revoked; GH_TOKEN and GITHUB_TOKEN, if set, go before what gh has stored."
        )
        next_command = f"gh auth login --hostname {host}"
    elif answer.status == FORBIDDEN and sign_on:
        remedy = f"The organization wants the token authorized for single sign-on: {sign_on}"
    elif answer.status == FORBIDDEN:
        remedy = f"The token that gh uses needs {permission}."
    elif answer.status == NOT_FOUND:
        remedy = f"There is no such thing, or the token that gh uses lacks {permission}."
    else:
        remedy = "What was asked for can't be had, now or later."
    return Refused(
        cause,
        http_status=answer.status,
        evidence=[f"GET {target}", f"  HTTP {answer.status} {line(answer.message)}".rstrip()],
        remedy=[remedy],
        next_command=next_command,
    )
