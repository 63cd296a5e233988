"""Client: ask GitHub one question through `gh api`, and repeat it until there is an answer.

A question that GitHub does not answer is never taken for a failed run.

The behaviour of `gh api --include` was measured with gh 2.102. It prints the status line and the headers on
standard output, whatever the status is. It exits with 1 for every status but 2xx (so for 304 too) and for a
truncated body, and with 4 without a login. It has no time limit of its own.
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

from patchwright.clock import Clock, WaitTimer, whole_duration
from patchwright.halts import CommandFailed, Prerequisite, Unavailable
from patchwright.progress import Progress
from patchwright.text import safe_line
from patchwright.tools.shell import Shell, command_line

T = TypeVar("T")

ASK_SECONDS = 30.0
FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
# GitHub advises this for a secondary rate limit that comes without `retry-after`.
SECONDARY_LIMIT_SECONDS = 60.0
# A rate limit of GitHub ends within an hour. A header that says otherwise is not believed.
LONGEST_RATE_LIMIT = 86_400.0
# A longer value of a header is ignored.
LONGEST_HEADER = 10_000
# A long pause consists of naps, so that a laptop that slept through it continues at once.
NAP_SECONDS = 15.0

OK, NOT_MODIFIED = 200, 304
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, REQUEST_TIMEOUT, TOO_MANY_REQUESTS = 401, 403, 404, 408, 429
SERVER_ERROR = 500
EXIT_NOT_LOGGED_IN = 4

_STATUS_LINE = re.compile(r"HTTP/[0-9.]+ ([0-9]{3})(?: .*)?")


class NoAnswerError(Exception):
    """GitHub did not answer, or the answer has a form that GitHub never uses. The text says which."""


class _RateLimitError(Exception):
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
    """An HTTP answer as `gh api --include` prints it. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def message(self) -> str:
        """The message that GitHub put into the body, or an empty text."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        message = content.get("message") if isinstance(content, dict) else None
        return message if isinstance(message, str) else ""

    @property
    def sent_at(self) -> float | None:
        """When GitHub sent the answer, by its own clock, in seconds since the epoch."""
        try:
            return parsedate_to_datetime(self.headers["date"]).timestamp()
        except (KeyError, ValueError, OverflowError):
            return None

    @property
    def is_rate_limit(self) -> bool:
        """Whether GitHub refused because of a rate limit, primary or secondary."""
        if self.status == TOO_MANY_REQUESTS:
            return True
        return self.status == FORBIDDEN and (
            "retry-after" in self.headers
            or self.headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in self.message.lower()
        )

    @property
    def rate_limit_seconds(self) -> float:
        """How many seconds the rate limit holds after this answer."""
        after = self.headers.get("retry-after", "")
        if after.isdecimal():
            return min(float(after), LONGEST_RATE_LIMIT)
        reset = self.headers.get("x-ratelimit-reset", "")
        if (
            self.headers.get("x-ratelimit-remaining") == "0"
            and reset.isdecimal()
            and self.sent_at is not None
        ):
            # Both times are by GitHub's clock, in whole seconds.
            return min(max(float(reset) - self.sent_at, 0) + 1, LONGEST_RATE_LIMIT)
        return SECONDARY_LIMIT_SECONDS


def parse_answer(text: str) -> Answer:
    """Return the answer that `gh api --include` printed. Raise NoAnswerError if it is not an HTTP answer."""
    status_line, _, rest = text.partition("\n")
    match = _STATUS_LINE.fullmatch(status_line.rstrip("\r"))
    if not match:
        raise NoAnswerError("the output of gh has no HTTP status")
    headers: dict[str, str] = {}
    while True:
        header, newline, rest = rest.partition("\n")
        name, colon, value = header.removesuffix("\r").partition(":")
        if not newline or (name and not colon):
            raise NoAnswerError("the headers of the answer are incomplete")
        if not name:
            return Answer(int(match[1]), headers, rest)
        if len(value) <= LONGEST_HEADER:
            headers[name.strip().lower()] = value.strip()


def parse_json(body: str) -> Any:  # noqa: ANN401  JSON is anything
    """Return the JSON object or list of a body. Raise NoAnswerError if it is neither."""
    try:
        content = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        kind = "a web page" if body.lstrip().startswith("<") else "not valid JSON"
        raise NoAnswerError(f"the answer is {kind}") from None
    if not isinstance(content, (dict, list)):
        raise NoAnswerError("the answer is neither a JSON object nor a list")
    return content


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads although JSON does not have them."""
    raise ValueError(name)


class Client:
    """Asks one host through `gh api`, with conditional requests.

    `patience` is how many seconds one question may stay without an answer before the release halts. A check
    before a release may lower it for a while; rate limits are waited out nevertheless.
    """

    def __init__(self, shell: Shell, host: str, *, progress: Progress, clock: Clock, patience: float) -> None:
        self._shell, self._host = shell, host
        self._progress, self._clock = progress, clock
        self._usual_patience = self.patience = patience
        # By target: the ETag of the last complete answer, and its content.
        self._known: dict[str, tuple[str, Any]] = {}
        self._clock_offset = 0.0

    def now(self) -> float:
        """Return the time by the host's clock, in seconds since the epoch, as of its last answer."""
        return self._clock.now() + self._clock_offset

    def ask(self, path: str, read: Callable[[Any], T], query: Mapping[str, str | int] | None = None) -> T:
        """Return what `read` makes of the JSON that the host answers to GET `path`.

        `read` raises NoAnswerError for JSON of the wrong form. Without an answer (5xx, a reset, a
        timeout, a web page instead of JSON), ask again after a growing delay. Wait until a rate limit ends.
        Raise Unavailable when patience ends, Refused for any other 4xx, and Prerequisite if gh is missing or
        logged out.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        waited, delay, failures = WaitTimer(self._clock), FIRST_DELAY, 0
        while True:
            since = self._clock.monotonic()
            try:
                result = self._ask_once(target, read)
            except _RateLimitError as limit:
                self._wait_for_rate_limit(limit.until, waited)
            except NoAnswerError as failure:
                waited.count(since, ASK_SECONDS)
                failures += 1
                self._wait_before_retry(target, str(failure), delay, waited, first=failures == 1)
                delay = min(2 * delay, LONGEST_DELAY)
            else:
                if failures:
                    self._progress.say("GitHub answers again")
                    self._progress.show_wait(None)
                return result

    def _ask_once(self, target: str, read: Callable[[Any], T]) -> T:
        known = self._known.get(target)
        answer = self._request(target, etag=known[0] if known else None)
        if answer.sent_at is not None:
            self._clock_offset = answer.sent_at - self._clock.now()
        if answer.status == NOT_MODIFIED and known:
            return read(known[1])
        if answer.status == OK:
            content = parse_json(answer.body)
            result = read(content)
            if "etag" in answer.headers:
                self._known[target] = (answer.headers["etag"], content)
            return result
        if answer.is_rate_limit:
            raise _RateLimitError(self._clock.now() + answer.rate_limit_seconds)
        if answer.status >= SERVER_ERROR or answer.status in {REQUEST_TIMEOUT, NOT_MODIFIED}:
            raise NoAnswerError(f"HTTP {answer.status}")
        raise _refusal(self._host, target, answer)

    def _request(self, target: str, *, etag: str | None) -> Answer:
        """Send one request. Raise NoAnswerError if no complete answer came, Prerequisite if gh cannot ask."""
        condition = ("--header", f"If-None-Match: {etag}") if etag else ()
        argv = ("gh", "api", "--hostname", self._host, "--method", "GET", "--include", *condition, target)
        try:
            output = self._shell.ask(*argv, ok=None, timeout=min(ASK_SECONDS, max(self.patience, 1.0)))
        except CommandFailed as failure:
            raise NoAnswerError(failure.cause.removesuffix(".")) from None
        if output.status == EXIT_NOT_LOGGED_IN:
            raise Prerequisite(
                f"gh is not logged in to {self._host}.",
                evidence=[f"$ {command_line(argv)}", *(f"  {row}" for row in output.stderr.splitlines())],
                next_command=f"gh auth login --hostname {self._host}",
            )
        message = safe_line(output.stderr)
        try:
            answer = parse_answer(output.stdout)
        except NoAnswerError as failure:
            raise NoAnswerError(message or str(failure)) from None
        if output.status and answer.status == OK:
            raise NoAnswerError(message or "the answer is incomplete")
        return answer

    def _wait_before_retry(
        self, target: str, failure: str, delay: float, waited: WaitTimer, *, first: bool
    ) -> None:
        """Wait before the next attempt. Raise Unavailable if patience ends before it."""
        if waited.seconds + delay > self.patience:
            raise Unavailable(
                f"GitHub did not answer for {whole_duration(waited.seconds)}.",
                evidence=[f"GET {target} from {self._host}", f"  {failure}"],
                remedy=[
                    "Do not conclude that a run has failed: the tool does not know its state.",
                    "Check your network and https://www.githubstatus.com, then run the same command again.",
                    *self._raise_patience(),
                ],
            )
        if first:
            self._progress.say(f"GitHub did not answer ({failure}); retrying")
        self._progress.show_wait("GitHub to answer again")
        waited.pause(delay)

    def _raise_patience(self) -> list[str]:
        is_usual = self.patience == self._usual_patience
        return ["Raise the setting `patience` if GitHub may be out of reach for longer."] if is_usual else []

    def _wait_for_rate_limit(self, until: float, waited: WaitTimer) -> None:
        """Wait until a rate limit ends. Raise Unavailable at once if patience ends before it."""
        at = datetime.fromtimestamp(until).astimezone().strftime("%H:%M:%S")
        if waited.seconds + until - self._clock.now() > self._usual_patience:
            limit = whole_duration(self._usual_patience)
            raise Unavailable(
                f"GitHub limits the rate of requests until {at}.",
                evidence=[f"The setting `patience` allows at most {limit} of waiting."],
                remedy=[f"Run the same command again after {at}."],
            )
        self._progress.say(f"GitHub limits the rate of requests until {at}; waiting")
        self._progress.show_wait(f"the rate limit to end at {at}")
        while (seconds := until - self._clock.now()) > 0:
            waited.pause(min(seconds, NAP_SECONDS))
        self._progress.show_wait(None)


def _refusal(host: str, target: str, answer: Answer) -> Refused:
    """Return the halt for a 4xx answer. Its remedy names what the token lacks."""
    cause = f"GitHub refuses to answer (HTTP {answer.status})."
    next_command = f"gh auth status --hostname {host}"
    sign_on = answer.headers.get("x-github-sso", "").partition("url=")[2]
    lacks = f"it lacks {_required_permission(target, answer)}"
    if answer.status == UNAUTHORIZED:
        cause = "GitHub does not accept the token that gh uses."
        remedy = [
            "Log in again: the token has expired or was revoked.",
            "Check GH_TOKEN and GITHUB_TOKEN: if one of them is set, gh uses it instead of its stored token.",
        ]
        next_command = f"gh auth login --hostname {host}"
    elif answer.status == FORBIDDEN and sign_on:
        remedy = [f"Authorize the token for the organization's single sign-on: {sign_on}"]
    elif answer.status == FORBIDDEN:
        remedy = [f"Edit or replace the token that gh uses: {lacks}."]
    elif answer.status == NOT_FOUND:
        remedy = [
            f"Check that {target} exists on {host}.",
            f"If it exists, edit or replace the token that gh uses: {lacks}.",
        ]
    else:
        remedy = ["Fix what the evidence shows: GitHub will refuse the same request again."]
    return Refused(
        cause,
        http_status=answer.status,
        evidence=[
            f"GET {target} from {host}",
            f"  HTTP {answer.status} {safe_line(answer.message)}".rstrip(),
        ],
        remedy=remedy,
        next_command=next_command,
    )


def _required_permission(target: str, answer: Answer) -> str:
    repository = "/".join(target.split("/")[1:3])
    # GitHub writes `actions=read`, and alternatives after a semicolon.
    accepted = answer.headers.get("x-accepted-github-permissions", "actions=read").replace("=", ":")
    return f"the permission {accepted} on {repository} (a classic token: the scope repo)"
