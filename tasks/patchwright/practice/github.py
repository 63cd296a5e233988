"""GitHub: a stand-in for GitHub on this machine that answers the real `gh` and the real git."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from patchwright.practice import control, workflows
from patchwright.practice.actions import JOB_TOKEN, Actions, Run, Workflow
from patchwright.practice.faults import API_HOST, GIT_HOST, Fault
from patchwright.practice.graphql import GraphQL
from patchwright.practice.hosting import Hosting
from patchwright.practice.pulls import MergeMethod, Pull, Pulls
from patchwright.practice.pushes import Pushes, RefChange
from patchwright.practice.rest import Rest
from patchwright.practice.rulesets import Ruleset
from patchwright.practice.runs import Hold, JobScript, RunScript, RunState
from patchwright.practice.shapes import USER, Shapes
from patchwright.practice.wire import Answer, Manner, Request, Wire, error_answer

__all__ = [
    "GIT_HOST",
    "Fault",
    "Hold",
    "JobScript",
    "ReceivedRequest",
    "RefChange",
    "Ruleset",
    "RunScript",
    "StandIn",
]

LOG_HOST = "logs.github.localhost"
# It has the form of a GitHub token, so code that hides tokens hides it too.
TOKEN = f"gho_{'practice' * 4}only"
# The token of an app. Unlike that of a job, it starts runs.
APP_TOKEN = f"ghs_{'practice' * 4}apps"
_HOURLY_LIMIT = 5000
_NOT_MODIFIED = 304


@dataclass(frozen=True)
class ReceivedRequest:
    """A request that the stand-in received, and the status of its answer. `target` is path and query."""

    at: float
    method: str
    host: str
    target: str
    status: int
    manner: Manner

    @property
    def is_for_api(self) -> bool:
        """Whether the request was for the API, not for git or a log."""
        return self.host == API_HOST

    @property
    def counts(self) -> bool:
        """Whether the request counts against the rate limit."""
        return self.is_for_api and self.status != _NOT_MODIFIED


class StandIn:
    """GitHub for one repository, `OWNER/NAME.git` below `root`, while the `with` block lasts.

    A script or fault changes only the runs or requests that come after it. `clock` returns seconds since the
    epoch; a job of a workflow file takes `job_seconds` on this clock. `requests` are all requests so far.
    """

    def __init__(  # noqa: PLR0913  each is one property of the repository
        self,
        root: Path,
        *,
        owner: str = "practice",
        name: str = "almanac",
        default_branch: str = "master",
        clock: Callable[[], float] = time.time,
        job_seconds: float = 2.0,
    ) -> None:
        self.owner, self.name = owner, name
        self.clock = clock
        self.hosting = Hosting(root, owner, name)
        self.actions = Actions(clock, job_seconds)
        self.pulls = Pulls(self.hosting)
        self.releases: dict[str, float] = {}
        self.faults: list[Fault] = []
        self.requests: list[ReceivedRequest] = []
        self._used = 0
        self._lock = threading.RLock()
        self.pushes = Pushes(
            self.hosting, self.actions, self.pulls, self._lock, default_branch=default_branch
        )
        shape = Shapes(owner, name, default_branch)
        self._rest, self._graphql = Rest(self, shape), GraphQL(self, shape)
        self._wire = Wire(self._answer)

    def __enter__(self) -> Self:
        self._wire.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._wire.stop()

    # Addresses

    @property
    def bare(self) -> Path:
        """The bare repository that the stand-in serves."""
        return self.hosting.bare

    @property
    def remote_url(self) -> str:
        """The URL of the repository for git."""
        return f"http://{GIT_HOST}/{self.owner}/{self.name}.git"

    @property
    def proxy_url(self) -> str:
        """The proxy that leads programs to the stand-in, and the base URL of its control commands."""
        return f"http://127.0.0.1:{self._wire.port}"

    def environment(self, home: Path) -> dict[str, str]:
        """Write a configuration for `gh` below `home`. Return the variables that lead gh and git here."""
        config = home / "gh"
        config.mkdir(parents=True, exist_ok=True)
        (config / "config.yml").write_text('version: "1"\nprompt: disabled\n')
        hosts = config / "hosts.yml"
        hosts.touch(mode=0o600)
        hosts.write_text(
            f"{GIT_HOST}:\n"
            f"    users:\n"
            f"        {USER}:\n"
            f"            oauth_token: {TOKEN}\n"
            f"    user: {USER}\n"
            f"    oauth_token: {TOKEN}\n"
            f"    git_protocol: https\n"
        )
        return {
            "GH_CONFIG_DIR": str(config),
            "GH_NO_UPDATE_NOTIFIER": "1",
            "GH_PROMPT_DISABLED": "1",
            "GH_TELEMETRY": "false",
            # gh ignores empty variables. The maintainer's own host or token must not lead gh to GitHub.
            **dict.fromkeys(("GH_HOST", "GH_REPO", "GH_TOKEN", "GITHUB_TOKEN"), ""),
            # gh prefers the variable in capitals; git reads only the other one.
            **dict.fromkeys(("HTTP_PROXY", "http_proxy"), self.proxy_url),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
        }

    # Runs

    def script(self, workflow: str, *scripts: RunScript) -> None:
        """Let the next runs and attempts of a workflow follow these scripts, one script each."""
        with self._lock:
            self.actions.scripts.setdefault(workflow, []).extend(scripts)

    def usually(self, workflow: str, script: RunScript | None) -> None:
        """Let runs of a workflow that have no script follow this one, or with None the workflow file."""
        with self._lock:
            self.actions.usual_scripts[workflow] = script or RunScript()

    def add_run(  # noqa: PLR0913  each is one property of a run
        self,
        workflow: str,
        sha: str,
        *,
        branch: str,
        event: str = "push",
        path: str | None = None,
        script: RunScript | None = None,
        created_at: float | None = None,
    ) -> Run:
        """Add a run without a push. `path` is the workflow file, by default WORKFLOW.yaml."""
        with self._lock:
            file_jobs = (JobScript("build", self.actions.job_seconds),)
            return self.actions.add(
                self.workflow(workflow, path),
                event,
                branch,
                self.hosting.commit(sha),
                script or RunScript(),
                file_jobs=file_jobs,
                created_at=created_at,
            )

    def rerun(self, run_id: int, script: RunScript | None = None, *, failed_only: bool = False) -> None:
        """Start the next attempt of a run, with all jobs or with the jobs that did not succeed."""
        with self._lock:
            self.actions.rerun(self.run(run_id), script, failed_only=failed_only)

    def approve(self, run_id: int) -> None:
        """Approve the jobs of the latest attempt of a run that wait for an approval."""
        with self._lock:
            self.run(run_id).attempts[-1].approved_at = self.clock()

    @property
    def runs(self) -> list[Run]:
        """Every run in the order of creation, including runs that have not appeared yet."""
        with self._lock:
            return list(self.actions.runs)

    def run(self, run_id: int) -> Run:
        """Return the run with this id. Raise LookupError if it does not exist or has not appeared yet."""
        with self._lock:
            return self.actions.find_run(run_id)

    def state(self, run: Run) -> RunState:
        """Return the present state of a run."""
        return run.state(self.clock())

    # Workflows

    def workflow(self, name: str, path: str | None = None) -> Workflow:
        """Return the workflow in a file, and add it to the list. A test may set its `state`."""
        with self._lock:
            self.pushes.learn_workflows()
            return self.actions.workflow(path or f"{workflows.DIRECTORY}/{name}.yaml", name)

    def workflow_names(self) -> set[str]:
        """Return the names of the listed workflows."""
        with self._lock:
            self.pushes.learn_workflows()
            return {workflow.name for workflow in self.actions.workflows}

    def forget_workflow(self, path: str) -> None:
        """Remove the workflow in a file from the list until a push adds it again."""
        with self._lock:
            self.pushes.learn_workflows()
            self.actions.workflows[:] = [one for one in self.actions.workflows if one.path != path]

    def switch_actions(self, *, on: bool) -> None:
        """Enable or disable Actions for the repository. While they are disabled, pushes start no runs."""
        with self._lock:
            self.actions.enabled = on

    # The repository

    @property
    def events(self) -> list[RefChange]:
        """The changes of refs by pushes and merges so far, oldest first."""
        with self._lock:
            return list(self.pushes.events)

    def protect(self, ref: str, message: str = "Changes must be made through a pull request.") -> None:
        """Reject pushes to the full ref `ref`, as GitHub's branch protection does."""
        with self._lock:
            self.pushes.protected[ref] = message

    def unprotect(self, ref: str) -> None:
        """Accept pushes to the full ref `ref` again."""
        with self._lock:
            self.pushes.protected.pop(ref, None)

    def add_ruleset(self, ruleset: Ruleset) -> None:
        """Add a ruleset: the API shows it, and pushes that break it are rejected."""
        with self._lock:
            self.pushes.rulesets.append(ruleset)

    def lose_answer(self, ref: str, manner: Manner = "reset") -> None:
        """Accept the next push to the full ref `ref`, but cut the connection before git gets the answer.

        After a `reset` of a connection that git used before, curl repeats the request and git 2.39 reports
        that it cannot lock the ref. After a `truncated` answer, git reports that the remote end hung up.
        """
        with self._lock:
            self.pushes.lost_answers[ref] = manner

    def open_pull(self, title: str, body: str, head: str, base: str) -> Pull:
        """Open a pull request. Raise LookupError if one of the branches does not exist."""
        with self._lock:
            return self.pulls.open(title=title, body=body, head=head, base=base, now=self.clock())

    def merge(self, number: int, method: MergeMethod = "merge") -> Pull:
        """Merge a pull request, which moves its base as a push does. Raise LookupError if there is none."""
        pull = self.pulls.find(number)
        self.pushes.merge(pull, method)
        return pull

    def publish(self, tag: str) -> None:
        """Publish a release for a tag, as a release workflow does."""
        with self._lock:
            self.releases[tag] = self.clock()

    # Faults and requests

    def fault(self, fault: Fault) -> Fault:
        """Add a fault, which lets requests fail. If several faults match a request, the first one is used."""
        with self._lock:
            self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """Remove all faults."""
        with self._lock:
            self.faults.clear()

    @property
    def api_requests(self) -> list[ReceivedRequest]:
        """The requests to the API so far."""
        with self._lock:
            return [request for request in self.requests if request.is_for_api]

    @property
    def counted_requests(self) -> list[ReceivedRequest]:
        """The requests so far that count against the rate limit."""
        with self._lock:
            return [request for request in self.requests if request.counts]

    # Answers

    def _answer(self, request: Request) -> Answer:
        with self._lock:
            fault = next((fault for fault in self.faults if fault.matches(request)), None)
            if fault:
                fault.times -= 1
        answer = fault.apply(lambda: self._real_answer(request)) if fault else self._real_answer(request)
        return self._log(request, answer)

    def _real_answer(self, request: Request) -> Answer:
        if request.host == API_HOST:
            return self._api(request)
        if request.host == LOG_HOST:
            with self._lock:
                return self._rest.log(request)
        if request.host == GIT_HOST and self.hosting.is_git_request(request):
            pushing = request.path.endswith("/git-receive-pack")
            return self.pushes.receive(request) if pushing else self.hosting.serve(request)
        if request.host in {"127.0.0.1", "localhost"}:
            return control.obey(self, request)
        text = f"This is a stand-in for GitHub. It does not serve http://{request.host}{request.path}\n"
        return Answer(404, {"content-type": "text/plain; charset=utf-8"}, text.encode())

    def _api(self, request: Request) -> Answer:
        if request.headers.get("authorization", "").partition(" ")[2] not in {TOKEN, APP_TOKEN, JOB_TOKEN}:
            return error_answer(401, "Bad credentials")
        with self._lock:
            self.pushes.learn_workflows()
            api = self._graphql if request.path == "/graphql" else self._rest
            answer = api.answer(request)
        etag = answer.headers.get("etag", "")
        if request.method == "GET" and etag and etag in request.headers.get("if-none-match", ""):
            return Answer(_NOT_MODIFIED, {"etag": etag})
        return answer

    def _log(self, request: Request, answer: Answer) -> Answer:
        """Log the request. Return the answer with the headers of every answer of the API."""
        received = ReceivedRequest(
            self.clock(), request.method, request.host, request.target, answer.status, answer.manner
        )
        with self._lock:
            self.requests.append(received)
            self._used += received.counts
            used = self._used
        if not received.is_for_api:
            return answer
        limits = {
            "x-github-media-type": "github.v3; format=json",
            "x-oauth-scopes": "gist, read:org, repo, workflow",
            "x-ratelimit-limit": str(_HOURLY_LIMIT),
            "x-ratelimit-remaining": str(max(0, _HOURLY_LIMIT - used)),
            "x-ratelimit-reset": str(3600 * (int(received.at) // 3600 + 1)),
            "x-ratelimit-resource": "graphql" if request.path == "/graphql" else "core",
            "x-ratelimit-used": str(used),
        }
        return replace(answer, headers={**limits, **answer.headers})
