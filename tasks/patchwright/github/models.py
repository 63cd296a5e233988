"""Models: repository, workflow, run, job and approval as GitHub describes them, read strictly from JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from patchwright.github.client import NoAnswerError

T = TypeVar("T")

PASSING = frozenset({"success", "skipped", "neutral"})
"""The conclusions with which a job or a step has not failed. A run has not failed only with `success`."""
PUSH = "push"
"""The event of the QA run, and of a release run that nobody has started by hand."""
PULL_REQUEST = "pull_request"
"""The beginning of the events of pull requests."""

_FULL_SHA = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Target:
    """The run that a release waits for: workflow, full SHA, and short name of the branch or tag.

    `path` is the workflow file in the commit. Without it, the name of the workflow decides.
    On a branch, the event of the run is a push. On a tag, any event counts: a tag always names one commit.
    """

    workflow: str
    sha: str
    ref: str
    is_tag: bool = False
    path: str | None = None

    def __post_init__(self) -> None:
        # GitHub answers a short SHA with an empty list, and ignores an empty one.
        if not _FULL_SHA.fullmatch(self.sha):
            raise ValueError(f"not a full SHA: {self.sha!r}")

    def __str__(self) -> str:
        return f"{self.workflow} for {self.sha[:10]} on {self.ref}"


@dataclass(frozen=True)
class Workflow:
    """A workflow: `path` is its file `.github/workflows/...`, and `name` is its display name."""

    id: int
    name: str
    path: str
    state: str

    @property
    def file(self) -> str:
        """The name of the file, without directories."""
        return self.path.rpartition("/")[2]

    @property
    def is_active(self) -> bool:
        """Whether a push can start it."""
        return self.state == "active"

    def __str__(self) -> str:
        return f"{self.path} ({self.name}), {self.state}"


@dataclass(frozen=True)
class Run:
    """A run of a workflow in its latest attempt. Times are seconds since the epoch, by GitHub's clock."""

    id: int
    number: int
    attempt: int
    workflow_id: int
    path: str
    name: str
    event: str
    head_branch: str
    head_sha: str
    status: str
    conclusion: str | None
    url: str
    started_at: float
    updated_at: float

    @property
    def is_completed(self) -> bool:
        """Whether the attempt has ended."""
        return self.status == "completed"

    @property
    def is_success(self) -> bool:
        """Whether the attempt has ended with success. No other conclusion passes."""
        return self.is_completed and self.conclusion == "success"

    @property
    def is_of_pull_request(self) -> bool:
        """Whether a pull request has started the run. Its branch may be in a fork."""
        return self.event.startswith(PULL_REQUEST)

    @property
    def title(self) -> str:
        """The workflow's name and the run's number, as on GitHub's pages."""
        attempt = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        return f"{self.name or self.path} #{self.number}{attempt}"


@dataclass(frozen=True)
class JobStep:
    """A step of a job."""

    name: str
    status: str
    conclusion: str | None


@dataclass(frozen=True)
class Job:
    """A job of a run's latest attempt. Times are seconds since the epoch, None if they are still to come."""

    id: int
    name: str
    status: str
    conclusion: str | None
    url: str
    started_at: float | None
    completed_at: float | None
    steps: tuple[JobStep, ...]

    @property
    def is_completed(self) -> bool:
        """Whether the job has ended."""
        return self.status == "completed"

    @property
    def is_running(self) -> bool:
        """Whether a runner executes the job."""
        return self.status == "in_progress"

    @property
    def is_failed(self) -> bool:
        """Whether the job has failed. Its run may succeed nevertheless (`continue-on-error`)."""
        return self.is_completed and self.conclusion not in PASSING

    @property
    def state(self) -> str:
        """The conclusion of a completed job, else the status, in words."""
        return ((self.conclusion or "no conclusion") if self.is_completed else self.status).replace("_", " ")

    @property
    def current_step(self) -> str | None:
        """The name of the running step, or None."""
        return next((step.name for step in self.steps if step.status == "in_progress"), None)

    @property
    def failed_step(self) -> str | None:
        """The name of the first step that failed, or None."""
        completed = (step for step in self.steps if step.status == "completed")
        return next((step.name for step in completed if step.conclusion not in PASSING), None)

    def seconds(self, now: float) -> float | None:
        """Return how many seconds the job ran until its end, or until `now`. None if it has not started."""
        if self.started_at is None:
            return None
        return max((self.completed_at or now) - self.started_at, 0)


@dataclass(frozen=True)
class Approval:
    """An approval that a run needs: the environment, and who may approve."""

    environment: str
    reviewers: tuple[str, ...]

    def __str__(self) -> str:
        who = f" by {', '.join(self.reviewers)}" if self.reviewers else ""
        return f"approval of environment {self.environment}{who}"


@dataclass(frozen=True)
class About:
    """Facts about a repository. A fork has a `parent`. `may_push` is None if GitHub does not say it."""

    full_name: str
    parent: str | None
    may_push: bool | None
    is_archived: bool


@dataclass(frozen=True)
class PublishedRelease:
    """A release as GitHub publishes it: its tag and its page. A draft has no `published_at`."""

    tag: str
    url: str
    published_at: float | None


def read_release(content: Any) -> PublishedRelease:  # noqa: ANN401  JSON is anything
    """Return a release of GitHub. Raise NoAnswerError if the JSON has another form."""
    is_draft = read_field(content, "draft", bool)
    return PublishedRelease(
        tag=read_field(content, "tag_name", str),
        url=read_field(content, "html_url", str),
        published_at=None if is_draft else _read_optional_time(content, "published_at"),
    )


def read_about(content: Any) -> About:  # noqa: ANN401  JSON is anything
    """Return the facts about a repository. Raise NoAnswerError if the JSON has another form."""
    permissions = content.get("permissions") if isinstance(content, dict) else None
    is_fork = read_field(content, "fork", bool)
    return About(
        full_name=_read_full_name(content),
        parent=read_field(read_field(content, "parent", dict), "full_name", str) if is_fork else None,
        may_push=read_field(permissions, "push", bool) if permissions else None,
        is_archived=read_field(content, "archived", bool),
    )


def _read_full_name(content: Any) -> str:  # noqa: ANN401  JSON is anything
    full_name = read_field(content, "full_name", str)
    owner, slash, name = full_name.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise NoAnswerError("an answer whose full_name is not OWNER/NAME")
    return full_name


def read_workflow(content: Any) -> Workflow:  # noqa: ANN401  JSON is anything
    """Return a workflow. Raise NoAnswerError if the JSON has another form."""
    return Workflow(
        id=read_field(content, "id", int),
        name=read_field(content, "name", str),
        path=read_field(content, "path", str),
        state=read_field(content, "state", str),
    )


def read_run(content: Any) -> Run:  # noqa: ANN401  JSON is anything
    """Return a run. Raise NoAnswerError if the JSON has another form."""
    return Run(
        id=read_field(content, "id", int),
        number=read_field(content, "run_number", int),
        attempt=read_field(content, "run_attempt", int),
        workflow_id=read_field(content, "workflow_id", int),
        # GitHub may add the ref from which it read the file: `.github/workflows/qa.yaml@main`.
        path=read_field(content, "path", str).partition("@")[0],
        name=read_optional_text(content, "name") or "",
        event=read_field(content, "event", str),
        head_branch=read_optional_text(content, "head_branch") or "",
        head_sha=read_field(content, "head_sha", str),
        status=read_optional_text(content, "status") or "unknown",
        conclusion=read_optional_text(content, "conclusion"),
        url=read_field(content, "html_url", str),
        started_at=read_time(content, "run_started_at"),
        updated_at=read_time(content, "updated_at"),
    )


def read_job(content: Any) -> Job:  # noqa: ANN401  JSON is anything
    """Return a job. Raise NoAnswerError if the JSON has another form."""
    status = read_field(content, "status", str)
    # In a queued job `started_at` is the time at which it was queued.
    has_started = status in {"in_progress", "completed"}
    return Job(
        id=read_field(content, "id", int),
        name=read_field(content, "name", str),
        status=status,
        conclusion=read_optional_text(content, "conclusion"),
        url=read_optional_text(content, "html_url") or "",
        started_at=_read_optional_time(content, "started_at") if has_started else None,
        completed_at=_read_optional_time(content, "completed_at"),
        steps=tuple(_read_step(step) for step in _read_optional_list(content, "steps")),
    )


def read_approvals(content: Any) -> tuple[Approval, ...]:  # noqa: ANN401  JSON is anything
    """Return the pending deployments of a run. Raise NoAnswerError if the JSON has another form."""
    if not isinstance(content, list):
        raise NoAnswerError("the answer is not a list")
    return tuple(
        Approval(
            read_field(read_field(pending, "environment", dict), "name", str),
            tuple(_read_reviewer(one) for one in read_field(pending, "reviewers", list)),
        )
        for pending in content
    )


def read_list(key: str, read: Callable[[Any], T]) -> Callable[[Any], tuple[list[T], int]]:
    """Return a reader of one page of a list: it returns the items, and how many items all pages have."""

    def read_page(content: Any) -> tuple[list[T], int]:  # noqa: ANN401  JSON is anything
        return [read(item) for item in read_field(content, key, list)], read_field(
            content, "total_count", int
        )

    return read_page


def read_field(content: Any, name: str, kind: type[T]) -> T:  # noqa: ANN401  JSON is anything
    """Return a field. Raise NoAnswerError if it is missing or has another type."""
    value = content.get(name) if isinstance(content, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise NoAnswerError(f"the answer has no valid `{name}`")
    return value


def read_optional_text(content: Any, name: str) -> str | None:  # noqa: ANN401  JSON is anything
    """Return a text, or None if it is missing or null. Raise NoAnswerError if it has another type."""
    return None if isinstance(content, dict) and content.get(name) is None else read_field(content, name, str)


def read_time(content: Any, name: str) -> float:  # noqa: ANN401  JSON is anything
    """Return a time in seconds since the epoch. Raise NoAnswerError if it is not a time with a time zone."""
    try:
        time = datetime.fromisoformat(read_field(content, name, str))
    except ValueError:
        raise NoAnswerError(f"`{name}` in the answer is not a time") from None
    if time.tzinfo is None:
        raise NoAnswerError(f"`{name}` in the answer has no time zone")
    return time.timestamp()


def _read_optional_list(content: Any, name: str) -> list[Any]:  # noqa: ANN401  JSON is anything
    return [] if content.get(name) is None else read_field(content, name, list)


def _read_optional_time(content: Any, name: str) -> float | None:  # noqa: ANN401  JSON is anything
    return None if content.get(name) is None else read_time(content, name)


def _read_step(content: Any) -> JobStep:  # noqa: ANN401  JSON is anything
    return JobStep(
        read_field(content, "name", str),
        read_field(content, "status", str),
        read_optional_text(content, "conclusion"),
    )


def _read_reviewer(content: Any) -> str:  # noqa: ANN401  JSON is anything
    """Return a user's login, or a team's slug."""
    reviewer = read_field(content, "reviewer", dict)
    return read_optional_text(reviewer, "login") or read_field(reviewer, "slug", str)
