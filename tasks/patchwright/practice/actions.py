"""Actions: the workflows of a repository, the runs that pushes start, and the scripts of the runs."""

from __future__ import annotations

import base64
import binascii
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from patchwright.practice.hosting import Commit
from patchwright.practice.runs import JobScript, JobState, RunScript, RunState, is_listed, run_state
from patchwright.practice.wire import Request
from patchwright.practice.workflows import WorkflowFile

# The GITHUB_TOKEN of a job. Pushes with it start no runs.
JOB_TOKEN = f"ghs_{'practice' * 4}only"
JOB_USER = "github-actions[bot]"


def is_by_job(request: Request) -> bool:
    """Return whether a request to the API or by git has the token of a job."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return value == JOB_TOKEN
    try:
        return base64.b64decode(value).endswith(f":{JOB_TOKEN}".encode())
    except binascii.Error:
        return False


@dataclass
class Workflow:
    """A workflow as the API lists it. `state` is `active`, `disabled_manually` or `disabled_inactivity`."""

    id: int
    name: str
    path: str
    state: str = "active"


@dataclass
class Attempt:
    """One attempt of a run. `carried_jobs` are the finished jobs that it takes over from earlier attempts."""

    number: int
    script: RunScript
    started_at: float
    carried_jobs: tuple[JobState, ...] = ()
    approved_at: float | None = None


@dataclass
class Run:
    """A run of a workflow with all its attempts. `file_jobs` are the jobs in its workflow file."""

    id: int
    number: int
    workflow: Workflow
    event: str
    head_branch: str
    commit: Commit
    created_at: float
    file_jobs: tuple[JobScript, ...]
    attempts: list[Attempt] = field(default_factory=list)

    def attempt(self, number: int | None = None) -> Attempt:
        """Return the attempt with this number, or the latest one. Raise LookupError if there is none."""
        if number is None:
            return self.attempts[-1]
        if not 0 < number <= len(self.attempts):
            raise LookupError(number)
        return self.attempts[number - 1]

    def state(self, now: float, number: int | None = None) -> RunState:
        """Return the state of an attempt (by default the latest) at `now`."""
        attempt = self.attempt(number)
        return run_state(
            attempt.script,
            attempt.started_at,
            now,
            approved_at=attempt.approved_at,
            carried_jobs=attempt.carried_jobs,
        )


@dataclass(frozen=True)
class KnownRun:
    """The state of a run at the time of a push."""

    id: int
    workflow: str
    path: str
    event: str
    head_branch: str
    head_sha: str
    attempt: int
    status: str
    conclusion: str | None


class Actions:
    """The workflows and runs of one repository. The stand-in holds its lock while it calls a method."""

    def __init__(self, clock: Callable[[], float], job_seconds: float) -> None:
        self.clock = clock
        self.job_seconds = job_seconds
        self.enabled = True
        self.workflows: list[Workflow] = []
        self.runs: list[Run] = []
        self.scripts: dict[str, list[RunScript]] = {}
        self.usual_scripts: dict[str, RunScript] = {}
        self._workflow_ids = itertools.count(9_000_001)
        self._run_ids = itertools.count(17_000_000_001, 13)
        self._job_ids: dict[tuple[int, int, str], int] = {}

    def workflow(self, path: str, name: str) -> Workflow:
        """Return the workflow in the file at `path`. Add it to the list or rename it to `name`."""
        for workflow in self.workflows:
            if workflow.path == path:
                workflow.name = name
                return workflow
        workflow = Workflow(next(self._workflow_ids), name, path)
        self.workflows.append(workflow)
        return workflow

    def find_workflow(self, key: str) -> Workflow:
        """Return the workflow with this id or file name. Raise LookupError if there is none."""
        for workflow in self.workflows:
            if key in {str(workflow.id), workflow.path.rpartition("/")[2]}:
                return workflow
        raise LookupError(key)

    def start(self, file: WorkflowFile, event: str, head_branch: str, commit: Commit) -> Run | None:
        """Start a run of the workflow in `file`. Return None if Actions or the workflow is disabled."""
        workflow = self.workflow(file.path, file.name)
        if not self.enabled or workflow.state != "active":
            return None
        if file.broken:
            return self.add(
                workflow, event, head_branch, commit, RunScript(jobs=(), conclusion="startup_failure")
            )
        return self.add(
            workflow, event, head_branch, commit, self._next_script(workflow.name), file_jobs=file.jobs
        )

    def add(  # noqa: PLR0913  each is one property of a run
        self,
        workflow: Workflow,
        event: str,
        head_branch: str,
        commit: Commit,
        script: RunScript,
        *,
        file_jobs: tuple[JobScript, ...] = (),
        created_at: float | None = None,
    ) -> Run:
        """Add a run that appears when its script says, or at `created_at`."""
        at = self.clock() + script.appears_after if created_at is None else created_at
        number = 1 + sum(run.workflow is workflow for run in self.runs)
        run = Run(next(self._run_ids), number, workflow, event, head_branch, commit, at, file_jobs)
        run.attempts.append(Attempt(1, _with_jobs(script, file_jobs), at))
        self.runs.append(run)
        return run

    def rerun(self, run: Run, script: RunScript | None = None, *, failed_only: bool = False) -> Attempt:
        """Start the next attempt. It follows `script`, the next script of its workflow, or the workflow file.

        With `failed_only`, it takes over the jobs that succeeded and runs only the others.
        """
        now = self.clock()
        previous = run.state(now)
        all_jobs = _with_jobs(script or self._next_script(run.workflow.name), run.file_jobs)
        carried_jobs = tuple(job for job in previous.jobs if failed_only and job.conclusion == "success")
        carried_names = {job.name for job in carried_jobs}
        remaining = replace(
            all_jobs, jobs=[job for job in all_jobs.jobs or () if job.name not in carried_names]
        )
        attempt = Attempt(run.attempts[-1].number + 1, remaining, now + all_jobs.appears_after, carried_jobs)
        run.attempts.append(attempt)
        return attempt

    def listed_runs(self) -> list[Run]:
        """Return the runs that lists show now, newest first."""
        now = self.clock()
        shown = [run for run in self.runs if is_listed(run.attempts[-1].script, run.created_at, now)]
        return sorted(shown, key=lambda run: (run.created_at, run.id), reverse=True)

    def known_runs(self) -> tuple[KnownRun, ...]:
        """Return the present state of every run that has appeared."""
        now = self.clock()
        return tuple(self._known(run, run.state(now)) for run in self.runs if run.created_at <= now)

    def job_id(self, run: Run, attempt: int, name: str) -> int:
        """Return the id of a job. Each attempt has its own ids."""
        return self._job_ids.setdefault((run.id, attempt, name), 49_000_000_001 + len(self._job_ids))

    def find_run(self, run_id: int) -> Run:
        """Return the run with this id. Raise LookupError if it does not exist or has not appeared yet."""
        for run in self.runs:
            if run.id == run_id and run.created_at <= self.clock():
                return run
        raise LookupError(run_id)

    def find_job(self, job_id: int) -> tuple[Run, int, JobState]:
        """Return a job's run, attempt and present state. Raise LookupError if no answer contained this id."""
        for (run_id, attempt, name), issued_id in self._job_ids.items():
            if issued_id == job_id:
                run = self.find_run(run_id)
                jobs = {job.name: job for job in run.state(self.clock(), attempt).jobs}
                return run, attempt, jobs[name]
        raise LookupError(job_id)

    def _known(self, run: Run, state: RunState) -> KnownRun:
        return KnownRun(
            run.id, run.workflow.name, run.workflow.path, run.event, run.head_branch, run.commit.sha,
            run.attempts[-1].number, state.status, state.conclusion,
        )  # fmt: skip

    def _next_script(self, workflow: str) -> RunScript:
        next_scripts = self.scripts.get(workflow)
        return next_scripts.pop(0) if next_scripts else self.usual_scripts.get(workflow, RunScript())


def _with_jobs(script: RunScript, file_jobs: Sequence[JobScript]) -> RunScript:
    """Return the script with jobs, by default those of the file. The last one gets the run's conclusion."""
    if script.jobs is not None:
        return script
    return replace(script, jobs=list(_with_conclusion(file_jobs, script.conclusion)))


def _with_conclusion(jobs: Sequence[JobScript], conclusion: str | None) -> Iterable[JobScript]:
    for job in jobs:
        yield replace(job, conclusion=conclusion) if conclusion and job is jobs[-1] else job
