"""What GitHub knows: the repository, workflows, runs, jobs, approvals, strictly read from its JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from patchwright.github.client import NoAnswerError

T = TypeVar("T")

PASSING = frozenset({"success", "skipped", "neutral"})
"""The conclusions of a job that are no failure. Of a run, `success` alone is none."""


@dataclass(frozen=True)
class Workflow:
    """A workflow, by its file: `path` is `.github/workflows/...`, `name` what the file calls it."""

    id: int
    name: str
    path: str
    state: str

    @property
    def file(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]

    @property
    def is_active(self) -> bool:
        """Whether pushes can start it."""
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
        """Whether the attempt has ended with success, which alone passes."""
        return self.is_completed and self.conclusion == "success"

    @property
    def title(self) -> str:
        """The run as a person calls it."""
        again = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        return f"{self.name or self.path} #{self.number}{again}"


@dataclass(frozen=True)
class JobStep:
    """A step of a job."""

    name: str
    status: str
    conclusion: str | None


@dataclass(frozen=True)
class Job:
    """A job of a run's latest attempt. Times are seconds since the epoch; None has not come yet."""

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
        """Whether it has ended."""
        return self.status == "completed"

    @property
    def is_running(self) -> bool:
        """Whether a runner works on it."""
        return self.status == "in_progress"

    @property
    def is_failed(self) -> bool:
        """Whether it has ended otherwise than well; its run may succeed nevertheless."""
        return self.is_completed and self.conclusion not in PASSING

    @property
    def state(self) -> str:
        """The conclusion if there is one, else the status, in words."""
        return ((self.conclusion or "no conclusion") if self.is_completed else self.status).replace("_", " ")

    @property
    def current_step(self) -> str | None:
        """The step that runs."""
        return next((step.name for step in self.steps if step.status == "in_progress"), None)

    @property
    def failed_step(self) -> str | None:
        """The first step that ended otherwise than well."""
        ended = (step for step in self.steps if step.status == "completed")
        return next((step.name for step in ended if step.conclusion not in PASSING), None)

    def seconds(self, now: float) -> float | None:
        """Return how long it has taken until `now`, or until it ended; None before it starts."""
        if self.started_at is None:
            return None
        return max((self.completed_at or now) - self.started_at, 0)


@dataclass(frozen=True)
class Approval:
    """What a waiting run waits for: an environment, and who may approve."""

    environment: str
    reviewers: tuple[str, ...]

    def __str__(self) -> str:
        who = f" by {', '.join(self.reviewers)}" if self.reviewers else ""
        return f"environment {self.environment}, to be approved{who}"


@dataclass(frozen=True)
class About:
    """What a repository is: `parent` is what it was forked from; `may_push` None is not said."""

    parent: str | None
    may_push: bool | None
    is_archived: bool


def read_about(content: Any) -> About:  # noqa: ANN401  JSON is anything
    """Read a repository."""
    permissions = content.get("permissions") if isinstance(content, dict) else None
    is_fork = field(content, "fork", bool)
    return About(
        parent=field(field(content, "parent", dict), "full_name", str) if is_fork else None,
        may_push=field(permissions, "push", bool) if permissions else None,
        is_archived=field(content, "archived", bool),
    )


def read_workflow(content: Any) -> Workflow:  # noqa: ANN401  JSON is anything
    """Return a workflow. Raises NoAnswerError."""
    return Workflow(
        id=field(content, "id", int),
        name=field(content, "name", str),
        path=field(content, "path", str),
        state=field(content, "state", str),
    )


def read_run(content: Any) -> Run:  # noqa: ANN401  JSON is anything
    """Return a run. Raises NoAnswerError."""
    return Run(
        id=field(content, "id", int),
        number=field(content, "run_number", int),
        attempt=field(content, "run_attempt", int),
        workflow_id=field(content, "workflow_id", int),
        # GitHub may add the ref that the file was read at: `.github/workflows/qa.yaml@main`.
        path=field(content, "path", str).partition("@")[0],
        name=optional(content, "name") or "",
        event=field(content, "event", str),
        head_branch=optional(content, "head_branch") or "",
        head_sha=field(content, "head_sha", str),
        status=optional(content, "status") or "unknown",
        conclusion=optional(content, "conclusion"),
        url=field(content, "html_url", str),
        started_at=moment(content, "run_started_at"),
        updated_at=moment(content, "updated_at"),
    )


def read_job(content: Any) -> Job:  # noqa: ANN401  JSON is anything
    """Return a job. Raises NoAnswerError."""
    status = field(content, "status", str)
    # A queued job has the time at which it was queued for its start.
    has_started = status in {"in_progress", "completed"}
    return Job(
        id=field(content, "id", int),
        name=field(content, "name", str),
        status=status,
        conclusion=optional(content, "conclusion"),
        url=optional(content, "html_url") or "",
        started_at=_optional_moment(content, "started_at") if has_started else None,
        completed_at=_optional_moment(content, "completed_at"),
        steps=tuple(_read_step(step) for step in _optional_list(content, "steps")),
    )


def read_approvals(content: Any) -> tuple[Approval, ...]:  # noqa: ANN401  JSON is anything
    """Return the pending deployments of a run. Raises NoAnswerError."""
    if not isinstance(content, list):
        raise NoAnswerError("no list for an answer")
    return tuple(
        Approval(
            field(field(pending, "environment", dict), "name", str),
            tuple(_read_reviewer(one) for one in field(pending, "reviewers", list)),
        )
        for pending in content
    )


def read_list(key: str, read: Callable[[Any], T]) -> Callable[[Any], tuple[list[T], int]]:
    """Return what reads one page of a list: its items, and how many there are on all pages."""

    def page(content: Any) -> tuple[list[T], int]:  # noqa: ANN401  JSON is anything
        return [read(item) for item in field(content, key, list)], field(content, "total_count", int)

    return page


def field(content: Any, name: str, kind: type[T]) -> T:  # noqa: ANN401  JSON is anything
    """Return a field that must be there and be of this type. Raises NoAnswerError."""
    value = content.get(name) if isinstance(content, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise NoAnswerError(f"an answer without its {name}")
    return value


def optional(content: Any, name: str) -> str | None:  # noqa: ANN401  JSON is anything
    """Return a text that may be missing or null. Raises NoAnswerError."""
    return None if isinstance(content, dict) and content.get(name) is None else field(content, name, str)


def moment(content: Any, name: str) -> float:  # noqa: ANN401  JSON is anything
    """Return a time as seconds since the epoch. Raises NoAnswerError."""
    try:
        read = datetime.fromisoformat(field(content, name, str))
    except ValueError:
        raise NoAnswerError(f"an answer whose {name} is no time") from None
    if read.tzinfo is None:
        raise NoAnswerError(f"an answer whose {name} has no time zone")
    return read.timestamp()


def _optional_list(content: Any, name: str) -> list[Any]:  # noqa: ANN401  JSON is anything
    return [] if content.get(name) is None else field(content, name, list)


def _optional_moment(content: Any, name: str) -> float | None:  # noqa: ANN401  JSON is anything
    return None if content.get(name) is None else moment(content, name)


def _read_step(content: Any) -> JobStep:  # noqa: ANN401  JSON is anything
    return JobStep(
        field(content, "name", str), field(content, "status", str), optional(content, "conclusion")
    )


def _read_reviewer(content: Any) -> str:  # noqa: ANN401  JSON is anything
    """Return a user's login, or a team's slug."""
    reviewer = field(content, "reviewer", dict)
    return optional(reviewer, "login") or field(reviewer, "slug", str)
