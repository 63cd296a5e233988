"""Rest: answer the requests to GitHub's REST API that `gh` and a release send."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from patchwright.halts import CommandFailed
from patchwright.practice import logs, shapes
from patchwright.practice.actions import Run, Workflow
from patchwright.practice.backend import Backend
from patchwright.practice.runs import JobState, RunState
from patchwright.practice.shapes import API, USER, Json, Shapes
from patchwright.practice.wire import Answer, Request, error_answer, json_answer

LOGS = "http://logs.github.localhost"
_MAX_PAGE = 100


class Rest:
    """The REST API. It answers from the present state of the stand-in."""

    def __init__(self, backend: Backend, shape: Shapes) -> None:
        self._backend = backend
        self._shape = shape
        self._actions = backend.actions
        self._routes = [(method, re.compile(pattern), respond) for method, pattern, respond in self._table()]

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request. If what it names does not exist, the answer is a 404."""
        for method, pattern, respond in self._routes:
            found = pattern.fullmatch(request.path)
            if found and method == request.method:
                try:
                    return respond(request, *found.groups())
                except LookupError:
                    break
        return error_answer(404, "Not Found")

    def log(self, request: Request) -> Answer:
        """Return the answer to a request for a log, whose URL the API has sent to the client."""
        try:
            if found := re.fullmatch(r"/runs/(\d+)/(\d+)\.zip", request.path):
                jobs = self._state(self._find_run(found[1]), int(found[2])).jobs
                return Answer(200, {"content-type": "application/zip"}, logs.pack_logs(jobs))
            if found := re.fullmatch(r"/jobs/(\d+)\.txt", request.path):
                _, _, job = self._find_job(found[1])
                return Answer(200, {"content-type": "text/plain; charset=utf-8"}, logs.job_log(job).encode())
        except LookupError:
            pass
        return error_answer(404, "Not Found")

    def _table(self) -> Sequence[tuple[str, str, Callable[..., Answer]]]:
        here = re.escape(self._shape.path)
        actions = f"{here}/actions"
        run = rf"{actions}/runs/(\d+)"
        attempt = rf"{run}/attempts/(\d+)"
        return (
            ("GET", "/", self._root),
            ("GET", "/user", self._user),
            ("GET", here, self._repository),
            ("GET", f"{here}/branches/(.+)", self._branch),
            ("GET", f"{here}/rules/branches/(.+)", self._branch_rules),
            ("GET", f"{here}/rulesets", self._rulesets),
            ("GET", rf"{here}/rulesets/(\d+)", self._ruleset),
            ("GET", f"{here}/git/ref/(.+)", self._ref),
            ("GET", f"{here}/commits/([^/]+)", self._commit),
            ("GET", f"{here}/releases", self._releases),
            ("GET", f"{here}/releases/tags/(.+)", self._release),
            ("GET", f"{here}/pulls", self._pulls),
            ("POST", f"{here}/pulls", self._open_pull),
            ("GET", rf"{here}/pulls/(\d+)", self._pull),
            ("GET", rf"{here}/check-runs/(\d+)/annotations", self._annotations),
            ("GET", f"{actions}/permissions", self._permissions),
            ("GET", f"{actions}/workflows", self._workflows),
            ("GET", f"{actions}/workflows/([^/]+)", self._workflow),
            ("GET", f"{actions}/workflows/([^/]+)/runs", self._runs),
            ("GET", f"{actions}/runs", self._runs),
            ("GET", run, self._run),
            ("GET", attempt, self._run),
            ("GET", f"{run}/jobs", self._jobs),
            ("GET", f"{attempt}/jobs", self._jobs),
            ("GET", f"{run}/logs", self._run_log),
            ("GET", f"{attempt}/logs", self._run_log),
            ("GET", f"{run}/artifacts", self._artifacts),
            ("GET", f"{run}/pending_deployments", self._pending_deployments),
            ("POST", f"{run}/pending_deployments", self._approve),
            ("POST", f"{run}/(rerun|rerun-failed-jobs)", self._rerun),
            ("GET", rf"{actions}/jobs/(\d+)", self._job),
            ("GET", rf"{actions}/jobs/(\d+)/logs", self._job_log),
        )

    # The host and the repository

    def _root(self, _request: Request) -> Answer:
        return json_answer({"current_user_url": f"{API}/user"})

    def _user(self, _request: Request) -> Answer:
        return json_answer(shapes.user())

    def _repository(self, _request: Request) -> Answer:
        return json_answer(self._shape.repository())

    def _branch(self, _request: Request, name: str) -> Answer:
        ref = f"refs/heads/{unquote(name)}"
        _, sha = self._backend.hosting.refs()[ref]
        commit = self._shape.commit(self._backend.hosting.commit(sha))
        return json_answer(
            {"name": name, "commit": commit, "protected": ref in self._backend.pushes.protected}
        )

    def _branch_rules(self, request: Request, name: str) -> Answer:
        ref = f"refs/heads/{unquote(name)}"
        active = [one for one in self._backend.pushes.rulesets if one.enforcement == "active"]
        return self._page(
            request, [rule for one in active if one.is_about(ref) for rule in one.rule_shapes()]
        )

    def _rulesets(self, request: Request) -> Answer:
        targets = request.parameter("targets", "branch,tag,push").split(",")
        rulesets = self._backend.pushes.rulesets
        return self._page(request, [one.summary() for one in rulesets if one.target in targets])

    def _ruleset(self, _request: Request, number: str) -> Answer:
        found = next((one for one in self._backend.pushes.rulesets if one.id == int(number)), None)
        if found is None:
            raise LookupError(number)
        return json_answer(found.shape())

    def _ref(self, _request: Request, name: str) -> Answer:
        sha, commit = self._backend.hosting.refs()[f"refs/{name}"]
        kind = "commit" if sha == commit else "tag"
        return json_answer({"ref": f"refs/{name}", "object": {"sha": sha, "type": kind}})

    def _commit(self, _request: Request, revision: str) -> Answer:
        try:
            return json_answer(self._shape.commit(self._backend.hosting.commit(revision)))
        except CommandFailed:
            return error_answer(422, f"No commit found for SHA: {revision}")

    def _releases(self, request: Request) -> Answer:
        releases = reversed(self._backend.releases.items())
        return self._page(request, [self._shape.release(tag, at) for tag, at in releases])

    def _release(self, _request: Request, tag: str) -> Answer:
        return json_answer(self._shape.release(tag, self._backend.releases[tag]))

    # Pull requests

    def _pulls(self, request: Request) -> Answer:
        head = request.parameter("head").rpartition(":")[2]
        base, state = request.parameter("base"), request.parameter("state", "open")
        chosen = [
            self._shape.pull(pull)
            for pull in reversed(self._backend.pulls.opened)
            if head in {pull.head, ""} and base in {pull.base, ""} and state in {pull.state, "all"}
        ]
        return self._page(request, chosen)

    def _open_pull(self, request: Request) -> Answer:
        fields = request.json()
        head = fields["head"].rpartition(":")[2]
        if self._backend.pulls.from_branch(head):
            label = f"{self._backend.owner}:{head}"
            return error_answer(422, f"Validation Failed: A pull request already exists for {label}.")
        try:
            pull = self._backend.open_pull(fields["title"], fields.get("body") or "", head, fields["base"])
        except LookupError:
            return error_answer(422, "Validation Failed: head or base is invalid")
        return json_answer(self._shape.pull(pull), 201)

    def _pull(self, _request: Request, number: str) -> Answer:
        return json_answer(self._shape.pull(self._backend.pulls.find(int(number))))

    # Workflows, runs and jobs

    def _permissions(self, _request: Request) -> Answer:
        return json_answer({"enabled": self._actions.enabled, "allowed_actions": "all"})

    def _workflows(self, request: Request) -> Answer:
        return self._page(
            request, [self._shape.workflow(one) for one in self._actions.workflows], "workflows"
        )

    def _workflow(self, _request: Request, key: str) -> Answer:
        return json_answer(self._shape.workflow(self._find_workflow(key)))

    def _runs(self, request: Request, key: str | None = None) -> Answer:
        workflow = self._find_workflow(key) if key else None
        runs = [run for run in self._actions.listed_runs() if workflow is None or run.workflow is workflow]
        states = [(run, self._state(run)) for run in runs]
        chosen = [
            self._run_shape(run, state) for run, state in states if _matches_filters(request, run, state)
        ]
        return self._page(request, chosen, "workflow_runs")

    def _run(self, _request: Request, run_id: str, attempt: str | None = None) -> Answer:
        run = self._find_run(run_id)
        number = int(attempt) if attempt else None
        return json_answer(self._run_shape(run, self._state(run, number), number))

    def _jobs(self, request: Request, run_id: str, attempt: str | None = None) -> Answer:
        run = self._find_run(run_id)
        numbers = [int(attempt) if attempt else run.attempts[-1].number]
        if request.parameter("filter") == "all":
            numbers = [one.number for one in run.attempts]
        jobs = [
            self._job_shape(run, number, job) for number in numbers for job in self._state(run, number).jobs
        ]
        return self._page(request, jobs, "jobs")

    def _job(self, _request: Request, job_id: str) -> Answer:
        return json_answer(self._job_shape(*self._find_job(job_id)))

    def _annotations(self, _request: Request, job_id: str) -> Answer:
        _, _, job = self._find_job(job_id)
        return json_answer(shapes.job_annotations(job))

    def _artifacts(self, request: Request, run_id: str) -> Answer:
        self._find_run(run_id)
        return self._page(request, [], "artifacts")

    def _pending_deployments(self, _request: Request, run_id: str) -> Answer:
        return json_answer(shapes.pending_deployments(self._state(self._find_run(run_id)).holds))

    def _approve(self, request: Request, run_id: str) -> Answer:
        run = self._find_run(run_id)
        if request.json().get("state") != "approved":
            return error_answer(422, "Validation Failed: the stand-in supports only the state approved")
        self._backend.approve(run.id)
        return json_answer([])

    def _rerun(self, _request: Request, run_id: str, which: str) -> Answer:
        run = self._find_run(run_id)
        if self._state(run).status != "completed":
            return error_answer(403, "This workflow is already running")
        self._backend.rerun(run.id, failed_only=which == "rerun-failed-jobs")
        return json_answer({}, 201)

    # Logs: the API answers with their URL

    def _run_log(self, _request: Request, run_id: str, attempt: str | None = None) -> Answer:
        run = self._find_run(run_id)
        number = int(attempt) if attempt else run.attempts[-1].number
        is_complete = self._state(run, number).status == "completed"
        return self._log_redirect(run, number, f"runs/{run.id}/{number}.zip", is_complete=is_complete)

    def _job_log(self, _request: Request, job_id: str) -> Answer:
        run, number, job = self._find_job(job_id)
        is_complete = job.status == "completed"
        return self._log_redirect(run, number, f"jobs/{job_id}.txt", is_complete=is_complete)

    def _log_redirect(self, run: Run, attempt: int, path: str, *, is_complete: bool) -> Answer:
        if not is_complete:
            raise LookupError(path)
        if not run.attempt(attempt).script.logs:
            return error_answer(410, "Gone")
        return Answer(302, {"location": f"{LOGS}/{path}"})

    # Helpers

    def _find_workflow(self, key: str) -> Workflow:
        return self._actions.find_workflow(key)

    def _find_run(self, run_id: str) -> Run:
        return self._backend.run(int(run_id))

    def _find_job(self, job_id: str) -> tuple[Run, int, JobState]:
        return self._actions.find_job(int(job_id))

    def _state(self, run: Run, attempt: int | None = None) -> RunState:
        return run.state(self._backend.clock(), attempt)

    def _run_shape(self, run: Run, state: RunState, attempt: int | None = None) -> Json:
        return self._shape.run(run, state, attempt or run.attempts[-1].number)

    def _job_shape(self, run: Run, attempt: int, job: JobState) -> Json:
        return self._shape.job(run, attempt, job, self._actions.job_id(run, attempt, job.name))

    def _page(self, request: Request, items: Sequence[Json], name: str | None = None) -> Answer:
        """Return a page of a list and a link to the next page. With `name`, the list is in an object."""
        size = min(_MAX_PAGE, int(request.parameter("per_page", "30")))
        page = max(1, int(request.parameter("page", "1")))
        page_items = items[size * (page - 1) : size * page]
        headers = {}
        if size * page < len(items):
            others = [part for part in request.query.split("&") if part and not part.startswith("page=")]
            url = f"{API}{request.path}?{'&'.join([*others, f'page={page + 1}'])}"
            headers["link"] = f'<{url}>; rel="next"'
        return json_answer(
            {"total_count": len(items), name: page_items} if name else page_items, headers=headers
        )


def _matches_filters(request: Request, run: Run, state: RunState) -> bool:
    """Return whether a run matches the filters of a query. GitHub ignores empty filters."""
    values: dict[str, set[str | None]] = {
        "actor": {USER},
        "branch": {run.head_branch},
        "event": {run.event},
        "head_sha": {run.commit.sha},
        "status": {state.status, state.conclusion},
    }
    return all(request.parameter(name) in {"", *accepted} for name, accepted in values.items())
