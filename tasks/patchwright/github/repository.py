"""Repository: the questions about one repository on GitHub: its workflows, runs, jobs and logs."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

from patchwright.clock import Clock, SystemClock
from patchwright.github import models
from patchwright.github.client import Client, Refused
from patchwright.github.models import PUSH, Approval, Job, Run, Target, Workflow
from patchwright.halts import CommandFailed, Prerequisite, Unavailable
from patchwright.progress import Progress
from patchwright.text import safe_line, safe_lines
from patchwright.tools.shell import Shell

T = TypeVar("T")

PATIENCE_SECONDS = 600.0
PAGE = 100
# A list that is longer does not end.
MOST_PAGES = 100
MAX_LOGS = 3
LOG_LINES = 20
LOG_SECONDS = 120.0
# GitHub publishes a log a few seconds after the end of its run.
LOG_TRIES = 3
LOG_DELAY = 3.0

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_NAME = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_SCP_LIKE = re.compile(r"(?:[^@:/\s]+@)?([^@:/\s]+):([^:]+)")
# The times at the start of log lines, and colours, which gh 2.102 prints in caret form.
_LOG_NOISE = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ?|(?:\x1b|\^\[)\[[0-9;]*m")
_LOG_ERROR = "##[error]"


@dataclass(frozen=True)
class Repo:
    """The address of a repository on GitHub or on a GitHub Enterprise host."""

    host: str
    owner: str
    name: str

    @classmethod
    def of(cls, host: str, owner: str, name: str) -> Repo:
        """Return a repository; `www.` and GitHub's host for SSH on the port of HTTPS are the host itself."""
        host = host.lower().removeprefix("www.")
        return cls("github.com" if host == "ssh.github.com" else host, owner, name)

    @property
    def slug(self) -> str:
        """`OWNER/NAME`."""
        return f"{self.owner}/{self.name}"

    def is_same(self, other: Repo) -> bool:
        """Return whether both are one repository: GitHub ignores case in owners and names."""
        return self.full_slug.lower() == other.full_slug.lower()

    @property
    def full_slug(self) -> str:
        """`HOST/OWNER/NAME`, the form of gh's flag `-R`."""
        return f"{self.host}/{self.slug}"

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"https://{self.host}/{self.slug}"


@dataclass(frozen=True)
class Address:
    """The parts of a URL that name a repository. The host may be an alias that only ssh knows."""

    host: str
    owner: str
    name: str
    is_ssh: bool


def parse_url(url: str) -> Address | None:
    """Return the address in a URL, or None if it names no repository on a host (a local path, for example).

    Ignore credentials and ports.
    """
    host, path, is_ssh = _split(url)
    owner, slash, name = path.strip("/").partition("/")
    name = name.removesuffix(".git")
    if not (slash and _HOST.fullmatch(host) and _NAME.fullmatch(owner) and _NAME.fullmatch(name)):
        return None
    return Address(host, owner, name, is_ssh)


def _split(url: str) -> tuple[str, str, bool]:
    if "://" not in url:
        match = _SCP_LIKE.fullmatch(url)
        return (match[1], match[2], True) if match else ("", "", False)
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", "", False
    if parts.scheme not in {"https", "http", "ssh", "git+ssh", "ssh+git", "git"}:
        return "", "", False
    # `hostname` is in lower case, and ssh's aliases are not.
    host = parts.netloc.rpartition("@")[2].partition(":")[0]
    return host, parts.path, "ssh" in parts.scheme


@dataclass(frozen=True)
class FailingLog:
    """The log lines before the failure of a job. `missing` says why there are none."""

    job: Job
    lines: tuple[str, ...] = ()
    missing: str | None = None


class GitHub:
    """One repository on GitHub, with methods that ask about it through `gh`.

    Each method repeats its question until there is an answer, and raises Unavailable after `patience`
    seconds. It raises Refused, a Prerequisite, if GitHub refuses to answer: a permission is missing, or the
    object does not exist.
    """

    def __init__(
        self,
        shell: Shell,
        repo: Repo,
        *,
        progress: Progress,
        clock: Clock | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.repo = repo
        self._has_current_name = False
        self._listed: dict[str, Workflow] = {}
        self.clock = clock or SystemClock(shell.stopped)
        self._shell = shell
        self._client = Client(shell, repo.host, progress=progress, clock=self.clock, patience=patience)

    @contextlib.contextmanager
    def limited_patience(self, seconds: float) -> Iterator[None]:
        """Wait at most `seconds` for an answer while the block runs."""
        usual, self._client.patience = self._client.patience, min(seconds, self._client.patience)
        try:
            yield
        finally:
            self._client.patience = usual

    @cached_property
    def has_login(self) -> bool:
        """Whether gh has a token for the host. It prints one, or exits with 1, without the network (2.17)."""
        how = ("gh", "auth", "token", "--hostname", self.repo.host)
        return self._shell.ask(*how, ok=None).status == 0

    def now(self) -> float:
        """Return the time by GitHub's clock, in seconds since the epoch."""
        return self._client.now()

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401  JSON is anything
        """Return the JSON that GitHub answers to GET `repos/OWNER/NAME/PATH`."""
        return self._ask(path, lambda content: content, **query)

    def about(self) -> models.About:
        """Return the facts about the repository: its parent, and whether gh's login may push to it.

        GitHub follows renames and transfers; from here on `repo` has the name that it answers with.
        """
        about = self._ask("", models.read_about)
        self.repo = Repo.of(self.repo.host, *about.full_name.split("/", 1))
        return about

    def current_repo(self) -> Repo:
        """Return the repository by the name that GitHub gives it now. Ask once."""
        if not self._has_current_name:
            self.about()
            self._has_current_name = True
        return self.repo

    def workflow(self, name: str, *, even_disabled: bool = False) -> Workflow:
        """Return the workflow with this path, file name (with or without extension) or display name.

        Raise Prerequisite, with a list of the workflows, if none or several match or if it is disabled.
        """
        workflow = self._select_workflow(name, self._workflows())
        if not even_disabled:
            self._require_active(workflow)
        return workflow

    def workflow_in(self, path: str, *, even_disabled: bool = False) -> Workflow | None:
        """Return the workflow in this file, or None: GitHub lists a workflow only after its first run.

        A workflow of the default branch is listed in any case. Raise Prerequisite if it is disabled.
        """
        workflow = next((each for each in self._workflows() if each.path == path), None)
        if workflow and not even_disabled:
            self._require_active(workflow)
        return workflow

    def require_enabled(self, paths: Iterable[str]) -> None:
        """Raise Prerequisite if the workflow in one of these files is disabled. Ask once for all."""
        wanted = set(paths)
        for workflow in self._workflows():
            if workflow.path in wanted:
                self._require_active(workflow)

    def workflow_of(self, target: Target) -> Workflow | None:
        """Return the target's workflow, even if it is disabled, or None if GitHub does not list its file.

        The id of a file does not change, so GitHub is asked once for it.
        """
        if target.path is None:
            return self.workflow(target.workflow, even_disabled=True)
        if target.path not in self._listed:
            return self.workflow_in(target.path, even_disabled=True)
        return self._listed[target.path]

    def runs(self, workflow: Workflow, *, sha: str, ref: str, any_event: bool = False) -> tuple[Run, ...]:
        """Return the runs that pushes of exactly this commit and branch or tag started, newest first.

        With `any_event`, return those of every event on this ref. A pull request is not on it: its branch may
        have the same name in a fork.
        """
        event = {} if any_event else {"event": PUSH}
        listed = self._runs(f"actions/workflows/{workflow.id}/runs", head_sha=sha, **event)
        # Check again what GitHub should have filtered: it ignores a filter with an unknown value.
        return _newest_first(
            run
            for run in listed
            if (run.workflow_id, run.path, run.head_sha, run.head_branch)
            == (workflow.id, workflow.path, sha, ref)
            and (run.event == PUSH or (any_event and not run.is_of_pull_request))
        )

    def runs_of_ref(self, workflow: Workflow, ref: str) -> tuple[Run, ...]:
        """Return the runs on a branch or a tag, for any commit, newest first. The ref may be gone by now."""
        listed = self._runs(f"actions/workflows/{workflow.id}/runs", branch=ref)
        return _newest_first(
            run
            for run in listed
            if (run.workflow_id, run.path, run.head_branch) == (workflow.id, workflow.path, ref)
            and not run.is_of_pull_request
        )

    def earlier_attempts(self, run: Run) -> tuple[Run, ...]:
        """Return the run as it was in its earlier attempts, the latest of them first."""
        numbers = range(run.attempt - 1, 0, -1)
        return tuple(self._ask(f"actions/runs/{run.id}/attempts/{n}", models.read_run) for n in numbers)

    def runs_of_commit(self, sha: str) -> tuple[Run, ...]:
        """Return every run of a commit, for any event."""
        return tuple(run for run in self._runs("actions/runs", head_sha=sha) if run.head_sha == sha)

    def last_success(self, workflow: Workflow) -> Run | None:
        """Return the newest successful run that a push started, if possible one with a single attempt."""
        runs, _ = self._ask(
            f"actions/workflows/{workflow.id}/runs",
            models.read_list("workflow_runs", models.read_run),
            event=PUSH,
            status="success",
            exclude_pull_requests="true",
            per_page=5,
        )
        successes = (run for run in runs if run.is_success)
        return min(successes, key=lambda run: (run.attempt > 1, -run.number), default=None)

    def run(self, run_id: int) -> Run:
        """Return the run with this id as it is now."""
        return self._ask(f"actions/runs/{run_id}", models.read_run, exclude_pull_requests="true")

    def jobs(self, run: Run, *, attempt: int | None = None) -> tuple[Job, ...]:
        """Return the jobs of the run's latest attempt, or of another one.

        GitHub does not list jobs with unmet needs.
        """
        which = f"{run.id}/attempts/{attempt}" if attempt else f"{run.id}"
        return tuple(self._pages(f"actions/runs/{which}/jobs", models.read_list("jobs", models.read_job)))

    def published_release(self, tag: str) -> models.PublishedRelease | None:
        """Return the published release of a tag on GitHub, or None. A draft is not published."""
        try:
            found = self._ask(f"releases/tags/{tag}", models.read_release)
        except Refused:
            return None
        return found if found.tag == tag and found.published_at is not None else None

    def pending_deployments(self, run: Run) -> tuple[Approval, ...]:
        """Return the approvals that a run waits for, or none if GitHub refuses to list them."""
        try:
            return self._ask(f"actions/runs/{run.id}/pending_deployments", models.read_approvals)
        except Refused:
            return ()

    def are_actions_enabled(self) -> bool | None:
        """Return whether Actions are enabled, or None if the token is not an administrator's."""
        try:
            return self._ask(
                "actions/permissions", lambda content: models.read_field(content, "enabled", bool)
            )
        except Refused:
            return None

    def commit_message(self, sha: str) -> str | None:
        """Return a commit's message, or None if GitHub does not know the commit."""
        try:
            commit = self._ask(f"commits/{sha}", lambda content: models.read_field(content, "commit", dict))
        except Refused:
            return None
        return models.read_optional_text(commit, "message")

    def failing_logs(self, jobs: Iterable[Job]) -> tuple[FailingLog, ...]:
        """Return the logs of the first failed jobs, three at most, of a completed run."""
        failed = [job for job in jobs if job.is_failed]
        return tuple(self._failing_log(job) for job in failed[:MAX_LOGS])

    def rerun_command(self, run: Run, *, failed_only: bool = True) -> str:
        """Return the command that runs the failed jobs of a run, or all its jobs, again."""
        return f"gh run rerun {run.id}{' --failed' if failed_only else ''} -R {self.repo.full_slug}"

    def cancel_command(self, run: Run) -> str:
        """Return the command that cancels a run."""
        return f"gh run cancel {run.id} -R {self.repo.full_slug}"

    def enable_command(self, workflow: Workflow) -> str:
        """Return the command that enables a workflow."""
        return f"gh workflow enable {workflow.file} -R {self.repo.full_slug}"

    def _workflows(self) -> list[Workflow]:
        listed = self._pages("actions/workflows", models.read_list("workflows", models.read_workflow))
        workflows = [workflow for workflow in listed if workflow.state != "deleted"]
        self._listed = {workflow.path: workflow for workflow in workflows}
        return workflows

    def _require_active(self, workflow: Workflow) -> None:
        if not workflow.is_active:
            raise Prerequisite(
                f"The workflow {workflow.path} is disabled ({workflow.state}), so no push starts it.",
                evidence=[str(workflow)],
                remedy=["Enable it with the command below. Then run the same command again."],
                next_command=self.enable_command(workflow),
            )

    def _select_workflow(self, name: str, workflows: Sequence[Workflow]) -> Workflow:
        evidence = [str(each) for each in workflows] or ["The repository has no workflows."]
        matching = [each for each in workflows if name in {each.path, each.file}]
        matching = matching or [
            each for each in workflows if name in {each.file.rpartition(".")[0], each.name}
        ]
        # A disabled workflow, such as one whose file was renamed, does not make the name ambiguous.
        matching = [each for each in matching if each.is_active] or matching
        if not matching:
            raise Prerequisite(
                f"{self.repo.slug} has no workflow `{name}`.",
                evidence=evidence,
                remedy=["Name its file in the setting `qa-workflow` or `release-workflow`."],
            )
        if len(matching) > 1:
            raise Prerequisite(
                f"{self.repo.slug} has {len(matching)} workflows that match `{name}`.",
                evidence=evidence,
                remedy=["Name its file, with extension, in the setting `qa-workflow` or `release-workflow`."],
            )
        return matching[0]

    def _failing_log(self, job: Job) -> FailingLog:
        argv = ("gh", "run", "view", "--job", str(job.id), "--log", "-R", self.repo.full_slug)
        missing = "it is empty"
        for tries_left in reversed(range(LOG_TRIES)):
            try:
                lines = failing_lines(
                    self._shell.ask(*argv, timeout=LOG_SECONDS, only_end=True).lines, job.failed_step
                )
                if lines:
                    return FailingLog(job, lines)
            except CommandFailed as failure:
                missing = safe_line(failure.output) or failure.cause
            if tries_left:
                self.clock.sleep(LOG_DELAY)
        return FailingLog(job, missing=missing)

    def _ask(self, path: str, read: Callable[[Any], T], **query: str | int) -> T:
        return self._client.ask(f"repos/{self.repo.slug}/{path}".rstrip("/"), read, query)

    def _runs(self, path: str, **query: str) -> list[Run]:
        read = models.read_list("workflow_runs", models.read_run)
        return self._pages(path, read, **query, exclude_pull_requests="true")

    def _pages(self, path: str, read: Callable[[Any], tuple[list[T], int]], **query: str) -> list[T]:
        """Return all items of a list that GitHub splits into pages."""
        items: list[T] = []
        for page in range(1, MOST_PAGES + 1):
            more, total = self._ask(path, read, **query, per_page=PAGE, page=page)
            items += more
            if not more or len(items) >= total:
                return items
        raise Unavailable(
            f"GitHub's list of {path} does not end after {MOST_PAGES} pages.",
            evidence=[f"It has {len(items)} items of {total}."],
            remedy=["Check https://www.githubstatus.com, and run the same command again later."],
        )


def _newest_first(runs: Iterable[Run]) -> tuple[Run, ...]:
    return tuple(sorted(runs, key=lambda run: (run.number, run.id), reverse=True))


def failing_lines(log: Sequence[str], step: str | None) -> tuple[str, ...]:
    """Return the last lines of the failed step's log, up to its last error.

    `log` has the lines of `gh run view --log`: job, step and text, separated by tabs (gh 2.102). If gh did
    not know the steps of the lines, use the log of the whole job.
    """
    rows = [row for row in (text.split("\t", 2) for text in log) if len(row) == 3]  # noqa: PLR2004  job, step, text
    texts = [_LOG_NOISE.sub("", row[2]).rstrip() for row in rows if row[1] == step] or [
        _LOG_NOISE.sub("", row[2]).rstrip() for row in rows
    ]
    errors = [index for index, text in enumerate(texts) if text.startswith(_LOG_ERROR)]
    relevant = texts[: errors[-1] + 1] if errors else texts
    # A secret may begin before the lines that are shown.
    shown = safe_lines("\n".join(text.removeprefix(_LOG_ERROR) for text in relevant if text))
    return tuple(shown[-LOG_LINES:])
