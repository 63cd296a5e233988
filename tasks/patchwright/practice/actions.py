"""GitHub Actions as far as a release meets it: workflows, the runs that pushes start, scripts for them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from patchwright.practice.hosting import Commit
from patchwright.practice.runs import JobScript, JobState, RunScript, RunState, is_listed, run_state
from patchwright.practice.workflows import WorkflowFile


@dataclass
class Workflow:
    """A workflow as the API lists it; `state` is `active`, `disabled_manually` or `disabled_inactivity`."""

    id: int
    name: str
    path: str
    state: str = "active"


@dataclass
class Attempt:
    """One attempt of a run; `carried_jobs` are the jobs that it takes over from the one before, as they ended."""

    number: int
    script: RunScript
    started_at: float
    carried_jobs: tuple[JobState, ...] = ()
    approved_at: float | None = None


@dataclass
class Run:
    """A run of a workflow with all its attempts; `file_jobs` are the jobs that its workflow file asks for."""

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
        """Return the attempt of that number, or the latest. Raises LookupError where there is none."""
        if number is None:
            return self.attempts[-1]
        if not 0 < number <= len(self.attempts):
            raise LookupError(number)
        return self.attempts[number - 1]

    def state(self, now: float, number: int | None = None) -> RunState:
        """Return what is seen of an attempt (the latest) at `now`."""
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
    """What was known of a run at a moment."""

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
    """The workflows and runs of one repository; every method is called under the stand-in's lock."""

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
        """Return the workflow of the file at `path`, known from now on under `name`."""
        for known in self.workflows:
            if known.path == path:
                known.name = name
                return known
        known = Workflow(next(self._workflow_ids), name, path)
        self.workflows.append(known)
        return known

    def find_workflow(self, key: str) -> Workflow:
        """Return the workflow with this id or file name. Raises LookupError where there is none."""
        for known in self.workflows:
            if key in {str(known.id), known.path.rpartition("/")[2]}:
                return known
        raise LookupError(key)

    def start(self, file: WorkflowFile, event: str, head_branch: str, commit: Commit) -> Run | None:
        """Start the run that `event` asks for, if its workflow may run."""
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
        """Add a run that appears as its script says, or at `created_at`."""
        at = self.clock() + script.appears_after if created_at is None else created_at
        number = 1 + sum(run.workflow is workflow for run in self.runs)
        run = Run(next(self._run_ids), number, workflow, event, head_branch, commit, at, file_jobs)
        run.attempts.append(Attempt(1, _with_jobs(script, file_jobs), at))
        self.runs.append(run)
        return run

    def rerun(self, run: Run, script: RunScript | None = None, *, failed_only: bool = False) -> Attempt:
        """Start the next attempt: by `script`, by the next one for its workflow, or by the workflow file.

        With `failed_only` the jobs that succeeded are carried_jobs over.
        """
        now = self.clock()
        before = run.state(now)
        whole = _with_jobs(script or self._next_script(run.workflow.name), run.file_jobs)
        carried_jobs = tuple(job for job in before.jobs if failed_only and job.conclusion == "success")
        done = {job.name for job in carried_jobs}
        rest = replace(whole, jobs=[job for job in whole.jobs or () if job.name not in done])
        attempt = Attempt(run.attempts[-1].number + 1, rest, now + whole.appears_after, carried_jobs)
        run.attempts.append(attempt)
        return attempt

    def listed_runs(self) -> list[Run]:
        """Return the runs that lists show now, the newest first."""
        now = self.clock()
        shown = [run for run in self.runs if is_listed(run.attempts[-1].script, run.created_at, now)]
        return sorted(shown, key=lambda run: (run.created_at, run.id), reverse=True)

    def known_runs(self) -> tuple[KnownRun, ...]:
        """Return what is known of every run now."""
        now = self.clock()
        return tuple(self._known(run, run.state(now)) for run in self.runs if run.created_at <= now)

    def job_id(self, run: Run, attempt: int, name: str) -> int:
        """Return the id of a job, which differs between attempts."""
        return self._job_ids.setdefault((run.id, attempt, name), 49_000_000_001 + len(self._job_ids))

    def find_run(self, run_id: int) -> Run:
        """Return the run with this id. Raises LookupError where there is none, or none yet."""
        for run in self.runs:
            if run.id == run_id and run.created_at <= self.clock():
                return run
        raise LookupError(run_id)

    def find_job(self, job_id: int) -> tuple[Run, int, JobState]:
        """Return a job's run, attempt and present state. Raises LookupError where nobody was told that id."""
        for (run_id, attempt, name), known in self._job_ids.items():
            if known == job_id:
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
        waiting = self.scripts.get(workflow)
        return waiting.pop(0) if waiting else self.usual_scripts.get(workflow, RunScript())


def _with_jobs(script: RunScript, file_jobs: Sequence[JobScript]) -> RunScript:
    """Return the script with jobs: its own, or those of the file, of which the last ends as the run does."""
    if script.jobs is not None:
        return script
    return replace(script, jobs=list(_with_conclusion(file_jobs, script.conclusion)))


def _with_conclusion(jobs: Sequence[JobScript], conclusion: str | None) -> Iterable[JobScript]:
    for job in jobs:
        yield replace(job, conclusion=conclusion) if conclusion and job is jobs[-1] else job
