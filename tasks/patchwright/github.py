"""GitHub asked through `gh api`: workflows, runs, jobs, logs; could-not-ask is not failed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from patchwright.clock import Clock, SystemClock
from patchwright.gh import Asker, Garbled, Refused
from patchwright.halts import CommandFailed, Prerequisite
from patchwright.narrator import Narrator
from patchwright.shell import Shell

T = TypeVar("T")

PATIENCE_SECONDS = 600.0
PAGE = 100
MOST_LOGS = 3
LOG_SECONDS = 120.0
PASSING = frozenset({"success", "skipped", "neutral"})
"""The conclusions of a job that are no failure. Of a run, `success` alone is one."""

_SEGMENT = re.compile(r"[A-Za-z0-9_.-]+")
_HOST = re.compile(r"[A-Za-z0-9.-]+")
_SCP_LIKE = re.compile(r"(?:[^@:/\s]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^:]+)")


@dataclass(frozen=True)
class Repo:
    """A repository on a host of GitHub's."""

    host: str
    owner: str
    name: str

    @property
    def slug(self) -> str:
        """`OWNER/NAME`."""
        return f"{self.owner}/{self.name}"

    @property
    def url(self) -> str:
        """Its page."""
        return f"https://{self.host}/{self.slug}"


def repo_of(url: str) -> Repo | None:
    """Return the repository that a push URL names, or None where it names none (a local path, for one).

    Credentials and ports are not kept. `ssh.github.com`, which takes SSH on the port of HTTPS, is github.com.
    """
    host, path = _host_and_path(url.strip())
    segments = path.strip("/").split("/")
    if len(segments) != 2 or not _HOST.fullmatch(host):  # noqa: PLR2004  owner and name
        return None
    owner, name = segments[0], segments[1].removesuffix(".git")
    if not all(_SEGMENT.fullmatch(part) and part.strip(".") for part in (owner, name)):
        return None
    host = host.lower().removeprefix("www.")
    return Repo("github.com" if host == "ssh.github.com" else host, owner, name)


def _host_and_path(url: str) -> tuple[str, str]:
    if "://" not in url:
        found = _SCP_LIKE.fullmatch(url)
        return (found["host"], found["path"]) if found else ("", "")
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return (parts.hostname or "", parts.path) if parts.scheme in {"https", "http", "ssh", "git"} else ("", "")


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
    attempt: int
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
    def current_step(self) -> str | None:
        """The step that runs."""
        return next((step.name for step in self.steps if step.status == "in_progress"), None)

    @property
    def failed_step(self) -> str | None:
        """The first step that ended otherwise than well."""
        ended = (step for step in self.steps if step.status == "completed")
        return next((step.name for step in ended if step.conclusion not in PASSING), None)


@dataclass(frozen=True)
class Approval:
    """What a waiting run waits for: an environment, and who may approve."""

    environment: str
    reviewers: tuple[str, ...]


@dataclass(frozen=True)
class FailingLog:
    """The log of a job that failed, or of its failed step: `lines`, or why there are none."""

    job: Job
    lines: tuple[str, ...]
    missing: str | None = None


class GitHub:
    """One repository's Actions, asked for through `gh`.

    Every question is asked until it is answered, for up to `patience` seconds; then Unavailable is raised.
    A refusal (a missing permission, something that is not there) raises Refused, a Prerequisite.
    """

    def __init__(
        self,
        shell: Shell,
        repo: Repo,
        *,
        narrator: Narrator,
        clock: Clock | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.repo = repo
        self.clock = clock or SystemClock()
        self._shell = shell
        self._asker = Asker(shell, repo.host, narrator=narrator, clock=self.clock, patience=patience)

    def now(self) -> float:
        """Return the time by GitHub's clock, in seconds since the epoch."""
        return self._asker.now()

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401  JSON is anything
        """Return the JSON that GitHub answers to GET `repos/OWNER/NAME/` + `path`."""
        return self._ask(path, lambda content: content, **query)

    def workflow(self, name: str, *, even_disabled: bool = False) -> Workflow:
        """Return the workflow of that file (its path, its name, or its name without extension) or display name.

        Raises Prerequisite, with what there is, where there is none, more than one, or only a disabled one.
        """
        there = [known for known in self._pages("actions/workflows", "workflows", _workflow) if known.state != "deleted"]
        found = [known for known in there if name in {known.path, known.file}] or [
            known for known in there if name in {known.file.rpartition(".")[0], known.name}
        ]
        active = [known for known in found if known.is_active]
        if len(found) > 1 and len(active) == 1:
            found = active
        listed = [f"{known.path}  ({known.name}, {known.state})" for known in there] or ["no workflow at all"]
        if not found:
            raise Prerequisite(
                f"{self.repo.slug} has no workflow `{name}`.",
                evidence=listed,
                remedy=["Name the workflow's file in the settings `qa-workflow` and `release-workflow`."],
            )
        if len(found) > 1:
            raise Prerequisite(
                f"{self.repo.slug} has {len(found)} workflows that `{name}` may mean.",
                evidence=listed,
                remedy=["Name the workflow's file, with its extension, in the setting."],
            )
        workflow = found[0]
        if not workflow.is_active and not even_disabled:
            raise Prerequisite(
                f"The workflow {workflow.path} is disabled ({workflow.state}).",
                evidence=listed,
                next_command=f"gh workflow enable {workflow.file} -R {self._full_slug}",
            )
        return workflow

    def runs(self, workflow: Workflow, *, sha: str, event: str, ref: str) -> tuple[Run, ...]:
        """Return the runs of exactly this workflow, commit, event and branch or tag, the newest first."""
        listed = self._pages(
            f"actions/workflows/{workflow.id}/runs", "workflow_runs", _run, head_sha=sha, event=event, exclude_pull_requests="true"
        )
        fitting = [
            run
            for run in listed
            if (run.workflow_id, run.path, run.head_sha, run.event, run.head_branch)
            == (workflow.id, workflow.path, sha, event, ref)
        ]
        return tuple(sorted(fitting, key=lambda run: (run.number, run.id), reverse=True))

    def runs_of_commit(self, sha: str) -> tuple[Run, ...]:
        """Return every run of a commit, whatever started it."""
        listed = self._pages("actions/runs", "workflow_runs", _run, head_sha=sha, exclude_pull_requests="true")
        return tuple(run for run in listed if run.head_sha == sha)

    def run(self, run_id: int) -> Run:
        """Return the run with that id as it is now."""
        return self._ask(f"actions/runs/{run_id}", _run, exclude_pull_requests="true")

    def jobs(self, run: Run) -> tuple[Job, ...]:
        """Return the jobs of the run's latest attempt; a job with unmet needs is not listed yet."""
        return tuple(self._pages(f"actions/runs/{run.id}/jobs", "jobs", _job, filter="latest"))

    def last_success(self, workflow: Workflow, *, event: str) -> Run | None:
        """Return the newest run of the workflow that succeeded, in a first attempt if there is one."""
        listed = self._ask(
            f"actions/workflows/{workflow.id}/runs",
            _listed("workflow_runs", _run),
            status="success",
            event=event,
            exclude_pull_requests="true",
            per_page=5,
        )[0]
        successes = [run for run in listed if run.is_success]
        return min(successes, key=lambda run: (run.attempt > 1, -run.number), default=None)

    def approvals(self, run: Run) -> tuple[Approval, ...]:
        """Return what a waiting run waits for; nothing where GitHub does not say."""
        try:
            return self._ask(f"actions/runs/{run.id}/pending_deployments", _approvals)
        except Refused:
            return ()

    def are_actions_on(self) -> bool | None:
        """Return whether Actions are on; None where only an administrator may know."""
        try:
            return self._ask("actions/permissions", lambda content: _field(content, "enabled", bool))
        except Refused:
            return None

    def message(self, sha: str) -> str | None:
        """Return the message of a commit; None where GitHub does not say."""
        try:
            return self._ask(f"commits/{sha}", lambda content: _field(_field(content, "commit", dict), "message", str))
        except Refused:
            return None

    def failing_logs(self, run: Run, jobs: Iterable[Job]) -> tuple[FailingLog, ...]:
        """Return the logs of the first failed jobs of a completed run."""
        failed = [job for job in jobs if job.is_failed]
        return tuple(self._failing_log(run, job) for job in failed[:MOST_LOGS])

    def rerun_command(self, run: Run) -> str:
        """Return the command that runs the failed jobs of a run again."""
        return f"gh run rerun {run.id} --failed -R {self._full_slug}"

    def _failing_log(self, run: Run, job: Job) -> FailingLog:
        argv = ("gh", "run", "view", str(run.id), "--attempt", str(run.attempt), "--job", str(job.id), "--log", "-R", self._full_slug)
        try:
            output = self._shell.ask(*argv, timeout=LOG_SECONDS)
        except CommandFailed as failure:
            return FailingLog(job, (), missing=failure.output.strip().splitlines()[-1:] and failure.output.strip().splitlines()[-1] or failure.cause)
        return FailingLog(job, tuple(output.lines))

    @property
    def _full_slug(self) -> str:
        return f"{self.repo.host}/{self.repo.slug}"

    def _ask(self, path: str, read: Callable[[Any], T], **query: str | int) -> T:
        return self._asker.ask(f"repos/{self.repo.slug}/{path}", read, query)

    def _pages(self, path: str, key: str, read: Callable[[Any], T], **query: str | int) -> list[T]:
        """Return all items of a list that GitHub gives in pages."""
        items: list[T] = []
        page = 1
        while True:
            more, total = self._ask(path, _listed(key, read), **query, per_page=PAGE, page=page)
            items += more
            if not more or len(items) >= total:
                return items
            page += 1


def _field(content: Any, name: str, kind: type[T]) -> T:  # noqa: ANN401  JSON is anything
    """Return a field of a JSON object that must be there and be of this type. Raises Garbled."""
    value = content.get(name) if isinstance(content, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Garbled(f"the answer has no {name}")
    return value


def _optional(content: Any, name: str) -> str | None:  # noqa: ANN401  JSON is anything
    return None if isinstance(content, dict) and content.get(name) is None else _field(content, name, str)


def _time(content: Any, name: str) -> float:  # noqa: ANN401  JSON is anything
    try:
        return datetime.fromisoformat(_field(content, name, str)).timestamp()
    except ValueError:
        raise Garbled(f"the answer's {name} is no time") from None


def _listed(key: str, read: Callable[[Any], T]) -> Callable[[Any], tuple[list[T], int]]:
    def page(content: Any) -> tuple[list[T], int]:  # noqa: ANN401  JSON is anything
        return [read(item) for item in _field(content, key, list)], _field(content, "total_count", int)

    return page


def _workflow(content: Any) -> Workflow:  # noqa: ANN401  JSON is anything
    return Workflow(
        _field(content, "id", int), _field(content, "name", str), _field(content, "path", str), _field(content, "state", str)
    )


def _run(content: Any) -> Run:  # noqa: ANN401  JSON is anything
    return Run(
        id=_field(content, "id", int),
        number=_field(content, "run_number", int),
        attempt=_field(content, "run_attempt", int),
        workflow_id=_field(content, "workflow_id", int),
        # GitHub may add the ref that the file was read at.
        path=_field(content, "path", str).partition("@")[0],
        name=_optional(content, "name") or "",
        event=_field(content, "event", str),
        head_branch=_optional(content, "head_branch") or "",
        head_sha=_field(content, "head_sha", str),
        status=_optional(content, "status") or "unknown",
        conclusion=_optional(content, "conclusion"),
        url=_field(content, "html_url", str),
        started_at=_time(content, "run_started_at"),
        updated_at=_time(content, "updated_at"),
    )


def _job(content: Any) -> Job:  # noqa: ANN401  JSON is anything
    status = _field(content, "status", str)
    has_started = status in {"in_progress", "completed"}
    steps = content.get("steps") or []
    return Job(
        id=_field(content, "id", int),
        name=_field(content, "name", str),
        attempt=_field(content, "run_attempt", int),
        status=status,
        conclusion=_optional(content, "conclusion"),
        url=_optional(content, "html_url") or "",
        # A queued job has the time at which it was queued here.
        started_at=_time(content, "started_at") if has_started else None,
        completed_at=_time(content, "completed_at") if status == "completed" else None,
        steps=tuple(JobStep(_field(s, "name", str), _field(s, "status", str), _optional(s, "conclusion")) for s in steps),
    )


def _approvals(content: Any) -> tuple[Approval, ...]:  # noqa: ANN401  JSON is anything
    if not isinstance(content, list):
        raise Garbled("the answer is no list")
    return tuple(
        Approval(
            _field(_field(pending, "environment", dict), "name", str),
            tuple(_reviewer(reviewer) for reviewer in _field(pending, "reviewers", list)),
        )
        for pending in content
    )


def _reviewer(content: Any) -> str:  # noqa: ANN401  JSON is anything
    """Return a user's login, or a team's slug."""
    who = _field(content, "reviewer", dict)
    return _optional(who, "login") or _optional(who, "slug") or "?"
