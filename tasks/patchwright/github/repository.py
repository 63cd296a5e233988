"""GitHub asked through `gh api`: workflows, runs, jobs, logs; could-not-ask is not failed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from patchwright.clock import Clock, SystemClock
from patchwright.github import models
from patchwright.github.client import Asker, Refused
from patchwright.github.models import Approval, Job, Run, Workflow
from patchwright.halts import CommandFailed, Prerequisite
from patchwright.progress import Narrator
from patchwright.text import line
from patchwright.tools.shell import Shell

T = TypeVar("T")

PATIENCE_SECONDS = 600.0
PAGE = 100
MOST_LOGS = 3
LOG_LINES = 20
LOG_SECONDS = 120.0
# A log is not there in the very second in which its run ends.
LOG_TRIES = 3
LOG_DELAY = 3.0

_HOST = re.compile(r"[A-Za-z0-9.-]+")
_NAME = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_SCP_LIKE = re.compile(r"(?:[^@:/\s]+@)?([^@:/\s]+):([^:]+)")
# Times at the start of a log's lines, and colours, which gh 2.102 shows in caret form.
_LOG_NOISE = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ?|(?:\x1b|\^\[)\[[0-9;]*m")
_LOG_ERROR = "##[error]"


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
    def full_slug(self) -> str:
        """`HOST/OWNER/NAME`, as gh's `-R` takes it."""
        return f"{self.host}/{self.slug}"

    @property
    def url(self) -> str:
        """Its page."""
        return f"https://{self.host}/{self.slug}"


def repo_of(url: str) -> Repo | None:
    """Return the repository that a push URL names, or None where it names none (a local path, for one).

    Credentials and ports are not kept. `ssh.github.com`, which takes SSH on the port of HTTPS, is github.com.
    """
    host, path = _host_and_path(url)
    owner, slash, name = path.strip("/").partition("/")
    name = name.removesuffix(".git")
    if not (slash and _HOST.fullmatch(host) and _NAME.fullmatch(owner) and _NAME.fullmatch(name)):
        return None
    host = host.lower().removeprefix("www.")
    return Repo("github.com" if host == "ssh.github.com" else host, owner, name)


def _host_and_path(url: str) -> tuple[str, str]:
    if "://" not in url:
        found = _SCP_LIKE.fullmatch(url)
        return (found[1], found[2]) if found else ("", "")
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return (parts.hostname or "", parts.path) if parts.scheme in {"https", "http", "ssh", "git"} else ("", "")


@dataclass(frozen=True)
class FailingLog:
    """The lines that led to the failure of a job, or why there are none."""

    job: Job
    lines: tuple[str, ...] = ()
    missing: str | None = None


class GitHub:
    """The Actions of one repository, asked for through `gh`.

    Every question is asked until it is answered, for up to `patience` seconds; then Unavailable is raised.
    What GitHub refuses to answer (a missing permission, a thing that is not there) raises Refused, which is a
    Prerequisite.
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
        """Return the JSON that GitHub answers to GET `repos/OWNER/NAME/PATH`."""
        return self._ask(path, lambda content: content, **query)

    def about(self) -> models.About:
        """Return what the repository is, and whether gh's login may push to it."""
        return self._ask("", models.read_about)

    def workflow(self, name: str, *, even_disabled: bool = False) -> Workflow:
        """Return the workflow with that file (path, name, or name without extension) or display name.

        Raises Prerequisite, with what there is, where there is none, more than one, or a disabled one.
        """
        listed = self._pages("actions/workflows", models.read_list("workflows", models.read_workflow))
        there = [known for known in listed if known.state != "deleted"]
        workflow = self._the_one(name, there)
        if not workflow.is_active and not even_disabled:
            raise Prerequisite(
                f"The workflow {workflow.path} is disabled ({workflow.state}), so no push starts it.",
                evidence=[str(known) for known in there],
                next_command=self.enable_command(workflow),
            )
        return workflow

    def runs(self, workflow: Workflow, *, sha: str, event: str, ref: str) -> tuple[Run, ...]:
        """Return the runs of exactly this workflow, commit, event and branch or tag, the newest first."""
        wanted = (workflow.id, workflow.path, sha, event, ref)
        listed = self._runs(f"actions/workflows/{workflow.id}/runs", head_sha=sha, event=event)
        # What GitHub filters by is checked again: it takes a value that it doesn't know for no filter at all.
        fitting = [
            run
            for run in listed
            if (run.workflow_id, run.path, run.head_sha, run.event, run.head_branch) == wanted
        ]
        return tuple(sorted(fitting, key=lambda run: (run.number, run.id), reverse=True))

    def runs_of_commit(self, sha: str) -> tuple[Run, ...]:
        """Return every run of a commit, whatever started it."""
        return tuple(run for run in self._runs("actions/runs", head_sha=sha) if run.head_sha == sha)

    def last_success(self, workflow: Workflow, *, event: str) -> Run | None:
        """Return the newest successful run of the workflow, one that took a single attempt if possible."""
        runs, _ = self._ask(
            f"actions/workflows/{workflow.id}/runs",
            models.read_list("workflow_runs", models.read_run),
            event=event,
            status="success",
            exclude_pull_requests="true",
            per_page=5,
        )
        successes = (run for run in runs if run.is_success)
        return min(successes, key=lambda run: (run.attempt > 1, -run.number), default=None)

    def run(self, run_id: int) -> Run:
        """Return the run with that id as it is now."""
        return self._ask(f"actions/runs/{run_id}", models.read_run, exclude_pull_requests="true")

    def jobs(self, run: Run) -> tuple[Job, ...]:
        """Return the jobs of the run's latest attempt; a job with unmet needs is not listed yet."""
        return tuple(self._pages(f"actions/runs/{run.id}/jobs", models.read_list("jobs", models.read_job)))

    def pending_deployments(self, run: Run) -> tuple[Approval, ...]:
        """Return the approvals that a run waits for; none where GitHub does not say."""
        try:
            return self._ask(f"actions/runs/{run.id}/pending_deployments", models.read_approvals)
        except Refused:
            return ()

    def are_actions_on(self) -> bool | None:
        """Return whether Actions are on; None where the token may not know (only an administrator's does)."""
        try:
            return self._ask("actions/permissions", lambda content: models.field(content, "enabled", bool))
        except Refused:
            return None

    def commit_message(self, sha: str) -> str | None:
        """Return a commit's message; None where GitHub does not say."""
        try:
            commit = self._ask(f"commits/{sha}", lambda content: models.field(content, "commit", dict))
        except Refused:
            return None
        return models.optional(commit, "message")

    def failing_logs(self, jobs: Iterable[Job]) -> tuple[FailingLog, ...]:
        """Return the logs of the first failed jobs of a completed run."""
        failed = [job for job in jobs if job.is_failed]
        return tuple(self._failing_log(job) for job in failed[:MOST_LOGS])

    def rerun_command(self, run: Run) -> str:
        """Return the command that runs the failed jobs of a run again."""
        return f"gh run rerun {run.id} --failed -R {self.repo.full_slug}"

    def enable_command(self, workflow: Workflow) -> str:
        """Return the command that enables a workflow."""
        return f"gh workflow enable {workflow.file} -R {self.repo.full_slug}"

    def _the_one(self, name: str, there: Sequence[Workflow]) -> Workflow:
        evidence = [str(known) for known in there] or ["There is no workflow at all."]
        found = [known for known in there if name in {known.path, known.file}]
        found = found or [known for known in there if name in {known.file.rpartition(".")[0], known.name}]
        # A disabled twin, such as a file that was renamed, makes nothing ambiguous.
        found = [known for known in found if known.is_active] or found
        if not found:
            raise Prerequisite(
                f"{self.repo.slug} has no workflow `{name}`.",
                evidence=evidence,
                remedy=["Name its file in the setting `qa-workflow` or `release-workflow`."],
            )
        if len(found) > 1:
            raise Prerequisite(
                f"{self.repo.slug} has {len(found)} workflows that `{name}` can mean.",
                evidence=evidence,
                remedy=["Name its file, with extension, in the setting `qa-workflow` or `release-workflow`."],
            )
        return found[0]

    def _failing_log(self, job: Job) -> FailingLog:
        argv = ("gh", "run", "view", "--job", str(job.id), "--log", "-R", self.repo.full_slug)
        missing = "it is empty"
        for left in reversed(range(LOG_TRIES)):
            try:
                lines = failing_lines(self._shell.ask(*argv, timeout=LOG_SECONDS).lines, job.failed_step)
                if lines:
                    return FailingLog(job, lines)
            except CommandFailed as failure:
                missing = line(failure.output) or failure.cause
            if left:
                self.clock.sleep(LOG_DELAY)
        return FailingLog(job, missing=missing)

    def _ask(self, path: str, read: Callable[[Any], T], **query: str | int) -> T:
        return self._asker.ask(f"repos/{self.repo.slug}/{path}".rstrip("/"), read, query)

    def _runs(self, path: str, **query: str) -> list[Run]:
        read = models.read_list("workflow_runs", models.read_run)
        return self._pages(path, read, **query, exclude_pull_requests="true")

    def _pages(self, path: str, read: Callable[[Any], tuple[list[T], int]], **query: str) -> list[T]:
        """Return all items of a list that GitHub gives in pages."""
        items: list[T] = []
        page = 1
        while True:
            more, total = self._ask(path, read, **query, per_page=PAGE, page=page)
            items += more
            if not more or len(items) >= total:
                return items
            page += 1


def failing_lines(log: Sequence[str], step: str | None) -> tuple[str, ...]:
    """Return the last lines, up to the last error, that the failed step of a job has in its log.

    `log` are the lines of `gh run view --log`: job, step and text, with tabs between (gh 2.102). Where gh
    could not tell which step a line is of, the whole job's lines count.
    """
    rows = [row for row in (text.split("\t", 2) for text in log) if len(row) == 3]  # noqa: PLR2004  see above
    texts = [_LOG_NOISE.sub("", row[2]).rstrip() for row in rows if row[1] == step] or [
        _LOG_NOISE.sub("", row[2]).rstrip() for row in rows
    ]
    errors = [index for index, text in enumerate(texts) if text.startswith(_LOG_ERROR)]
    led = texts[: errors[-1] + 1] if errors else texts
    return tuple(text.removeprefix(_LOG_ERROR) for text in led if text)[-LOG_LINES:]
