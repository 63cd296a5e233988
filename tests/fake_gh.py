"""A fake `gh` that answers `gh api` and `gh run view` for one repository. Only sleeping moves its clock.

In its context no other program can be started.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from pytest_subprocess import FakeProcess

from patchwright.github.models import Job, Run, Target, Workflow
from patchwright.github.repository import GitHub, Repo
from patchwright.halts import Prerequisite
from patchwright.practice.runs import JobState, RunScript, RunState, run_state
from patchwright.progress import Chapter
from patchwright.tools.shell import Shell

SHA = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d"
BRANCH = "release-1.24"
REPO = Repo("github.example", "octo", "almanac")
ROOT = "repos/octo/almanac/"
QA = {"id": 7, "name": "qa", "path": ".github/workflows/qa.yaml", "state": "active"}
START = 1_800_000_000.0


@dataclass
class FakeClock:
    """A clock that only `sleep` moves. The next sleeps are too long by `oversleeps` seconds."""

    time: float = START
    oversleeps: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time - START

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        # No sleep takes no time.
        self.time += max(seconds, 0.001) + (self.oversleeps.pop(0) if self.oversleeps else 0)


@dataclass
class Recorder:
    """A progress that records its calls. `agrees` is the answer to its questions."""

    live: bool = False
    agrees: bool = True
    questions: list[str] = field(default_factory=list)
    presented: list[Chapter] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    waits: list[str | None] = field(default_factory=list)
    shown: list[object] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def present(self, chapters: Sequence[Chapter]) -> None:
        self.presented.extend(chapters)

    def confirm(self, question: str) -> bool:
        self.questions.append(question)
        return self.agrees

    def show_wait(self, for_what: str | None) -> None:
        self.waits.append(for_what)

    def show(self, detail: object | None) -> None:
        self.shown.append(detail)


@dataclass(frozen=True)
class Reply:
    """What gh prints and how it exits, after `after` seconds."""

    status: int = 200
    body: str = "{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    exits: int | None = None
    stderr: str = ""
    after: float = 0.0

    @property
    def printed(self) -> str:
        headers = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return f"HTTP/2.0 {self.status} Some Reason\n{headers}\r\n{self.body}"


@dataclass(frozen=True)
class Silence(Reply):
    """A gh that prints no HTTP answer."""

    @property
    def printed(self) -> str:
        return ""


@dataclass
class FakeRun:
    """A run that follows its script from `created` on. `approved` is the time of its approval."""

    script: RunScript
    created: float = START
    id: int = 1001
    number: int = 12
    attempt: int = 1
    sha: str = SHA
    branch: str = BRANCH
    event: str = "push"
    workflow: Mapping[str, Any] = field(default_factory=lambda: QA)
    approved: float | None = None

    def state(self, now: float) -> RunState:
        approved = self.approved if self.approved is not None and self.approved <= now else None
        return run_state(self.script, self.created, now, approved_at=approved)


@dataclass
class FakeGh:
    """GitHub as gh shows it. Each of the `faults` answers the next request that matches its pattern."""

    clock: FakeClock
    runs: list[FakeRun] = field(default_factory=list)
    workflows: list[Mapping[str, Any]] = field(default_factory=lambda: [QA])
    logs: dict[str, Reply] = field(default_factory=dict)
    faults: list[tuple[str, Reply]] = field(default_factory=list)
    others: dict[str, Any] = field(default_factory=dict)
    requests: list[tuple[str, int]] = field(default_factory=list)
    _processes: FakeProcess = field(default_factory=FakeProcess)

    def __enter__(self) -> Self:
        self._processes.keep_last_process(keep=True)
        self._processes.register(["gh", FakeProcess.any()], callback=self._answer)
        self._processes.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._processes.__exit__()

    def targets(self, pattern: str) -> list[str]:
        """Return the targets of the requests that match."""
        return [target for target, _ in self.requests if re.search(pattern, target)]

    @property
    def counted(self) -> int:
        """How many requests count against the rate limit."""
        return sum(status != 304 for _, status in self.requests)

    def _answer(self, process: Any) -> None:  # noqa: ANN401  FakePopen has no type of its own here
        argv = [str(word) for word in process.args]
        if argv[1] == "api":
            reply = self._api(argv)
        elif argv[1] == "auth":
            reply = Reply(body="gho_token\n")
        else:
            reply = self.logs.get(argv[argv.index("--job") + 1], Reply(body=""))
        self.clock.time += reply.after
        out = reply.printed if argv[1] == "api" else reply.body
        process.stdout, process.stderr = io.BytesIO(out.encode()), io.BytesIO(reply.stderr.encode())
        process.returncode = (0 if reply.status == 200 else 1) if reply.exits is None else reply.exits

    def _api(self, argv: list[str]) -> Reply:
        assert argv[:7] == ["gh", "api", "--hostname", REPO.host, "--method", "GET", "--include"]
        target = argv[-1]
        assert f"{target}/".startswith(ROOT)
        reply = self._fault(target) or self._right(target.removeprefix(ROOT.rstrip("/")).removeprefix("/"))
        etag = reply.headers.get("Etag")
        if etag and f"If-None-Match: {etag}" in argv:
            reply = Reply(304, "", {"Etag": etag}, stderr="gh: HTTP 304")
        self.requests.append((target.removeprefix(ROOT), reply.status))
        return reply

    def _fault(self, target: str) -> Reply | None:
        for index, (pattern, reply) in enumerate(self.faults):
            if re.search(pattern, target):
                del self.faults[index]
                return reply
        return None

    def _right(self, target: str) -> Reply:
        path, _, query = target.partition("?")
        content = self._content(path, {name: values[0] for name, values in parse_qs(query).items()})
        if content is None:
            return Reply(404, '{"message":"Not Found"}')
        body = json.dumps(content)
        return Reply(
            200, body, {"Content-Type": "application/json", "Etag": hashlib.sha256(body.encode()).hexdigest()}
        )

    def _content(self, path: str, query: Mapping[str, str]) -> Any:  # noqa: ANN401  JSON is anything
        if path in self.others:
            return self.others[path]
        now = self.clock.now()
        existing = [run for run in self.runs if run.created <= now]
        if path == "actions/workflows":
            return _page("workflows", self.workflows, query)
        listed = re.fullmatch(r"actions/(?:workflows/(\d+)/)?runs", path)
        if listed:
            newest_first = sorted(existing, key=lambda run: -run.number)
            matching = [
                run_json(run, now) for run in newest_first if listed[1] in {None, str(run.workflow["id"])}
            ]
            return _page("workflow_runs", [run for run in matching if _passes(run, query)], query)
        found = re.fullmatch(r"actions/runs/(\d+)(/jobs|/pending_deployments)?", path)
        run = next((run for run in existing if found and str(run.id) == found[1]), None)
        if run is None or found is None:
            return None
        if found[2] == "/jobs":
            return _page("jobs", [job_json(run, n, job) for n, job in enumerate(run.state(now).jobs)], query)
        return (
            run_json(run, now) if found[2] is None else [_deployment(hold) for hold in run.state(now).holds]
        )


def github(clock: FakeClock, progress: Recorder | None = None, **options: Any) -> GitHub:  # noqa: ANN401  GitHub's own
    """Return a GitHub that asks the fake gh."""
    return GitHub(Shell(Path()), REPO, progress=progress or Recorder(), clock=clock, **options)


class PassingGitHub:
    """A GitHub on which every run of every commit has succeeded, until a test says otherwise."""

    def __init__(self) -> None:
        self.status: str = "completed"
        self.conclusion: str | None = "success"
        self.attempt = 1
        self.has_runs = True
        self.runs_of_tag = False
        self.disabled: set[str] = set()
        self.listed_jobs: tuple[Job, ...] = ()
        self._shown: Run | None = None

    def require_enabled(self, paths: Iterable[str]) -> None:
        for path in self.disabled.intersection(paths):
            raise Prerequisite(f"The workflow {path} is disabled.")

    def workflow_of(self, target: Target) -> Workflow:
        return Workflow(
            7, target.workflow, target.path or f".github/workflows/{target.workflow}.yaml", "active"
        )

    def runs(self, workflow: Workflow, *, sha: str, ref: str, any_event: bool = False) -> tuple[Run, ...]:
        assert any_event is ref.startswith("v")
        self._shown = Run(
            id=1001, number=12, attempt=self.attempt, workflow_id=7, path=workflow.path, name=workflow.name,
            event="push", head_branch=ref, head_sha=sha, status="completed", conclusion="success",
            url=f"{REPO.url}/actions/runs/1001", started_at=START, updated_at=START,
        )  # fmt: skip  # who it is, then how it is
        return (self._shown,) if self.has_runs else ()

    def run(self, run_id: int) -> Run:
        """Return the run as it is now. The list may still show it as it was."""
        assert self._shown is not None
        assert self._shown.id == run_id
        return replace(self._shown, status=self.status, conclusion=self.conclusion)

    def jobs(self, run: Run, *, attempt: int | None = None) -> tuple[Job, ...]:
        assert (run.id, attempt) == (1001, None)
        return self.listed_jobs

    def runs_of_ref(self, workflow: Workflow, ref: str) -> tuple[Run, ...]:
        return self.runs(workflow, sha="f" * 40, ref=ref, any_event=True) if self.runs_of_tag else ()

    def earlier_attempts(self, run: Run) -> tuple[Run, ...]:
        assert run.attempt == 1
        return ()

    def cancel_command(self, run: Run) -> str:
        return f"gh run cancel {run.id}"

    def rerun_command(self, run: Run, *, failed_only: bool = True) -> str:
        return f"gh run rerun {run.id}{' --failed' if failed_only else ''}"

    def now(self) -> float:
        return START

    clock = FakeClock()


def run_json(run: FakeRun, now: float) -> dict[str, Any]:
    state = run.state(now)
    return {
        "id": run.id,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "workflow_id": run.workflow["id"],
        "path": run.workflow["path"],
        "name": run.workflow["name"],
        "event": run.event,
        "head_branch": run.branch,
        "head_sha": run.sha,
        "status": state.status,
        "conclusion": state.conclusion,
        "html_url": f"{REPO.url}/actions/runs/{run.id}",
        "run_started_at": iso(run.created),
        "updated_at": iso(state.updated_at),
    }


def job_json(run: FakeRun, number: int, job: JobState) -> dict[str, Any]:
    job_id = run.id * 1000 + run.attempt * 100 + number
    return {
        "id": job_id,
        "name": job.name,
        "run_attempt": run.attempt,
        "status": job.status,
        "conclusion": job.conclusion,
        "html_url": f"{REPO.url}/actions/runs/{run.id}/job/{job_id}",
        "started_at": iso(job.ready_at if job.started_at is None else job.started_at),
        "completed_at": None if job.completed_at is None else iso(job.completed_at),
        "steps": [{"name": s.name, "status": s.status, "conclusion": s.conclusion} for s in job.steps],
    }


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def again(run: FakeRun, script: RunScript, created: float) -> FakeRun:
    """Return the next attempt of a run."""
    return replace(run, script=script, created=created, attempt=run.attempt + 1)


def _passes(run: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    wanted = {name: query[name] for name in ("head_sha", "event") if name in query}
    if "status" in query and query["status"] not in {run["status"], run["conclusion"]}:
        return False
    return all(run[name] == value for name, value in wanted.items())


def _page(key: str, items: list[Any], query: Mapping[str, str]) -> dict[str, Any]:
    size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
    return {"total_count": len(items), key: items[size * (page - 1) : size * page]}


def _deployment(hold: Any) -> dict[str, Any]:  # noqa: ANN401  the practice ground's
    reviewers = [{"type": "User", "reviewer": {"login": name}} for name in hold.reviewers]
    return {"environment": {"name": hold.environment}, "reviewers": reviewers}
