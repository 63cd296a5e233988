"""Shapes: the JSON objects of GitHub's REST API, as dicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from patchwright.practice.actions import Run, Workflow
from patchwright.practice.hosting import Commit
from patchwright.practice.pulls import Pull
from patchwright.practice.runs import Hold, JobState, RunState, StepState

WEB = "http://github.localhost"
API = "http://api.github.localhost"
USER = "practitioner"

Json = dict[str, Any]


def iso(seconds: float) -> str:
    """Return a time in the format of the API."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(login: str = USER) -> Json:
    """Return a user."""
    return {
        "login": login,
        "id": 7_000_001,
        "node_id": f"U_{login}",
        "type": "User",
        "html_url": f"{WEB}/{login}",
    }


@dataclass(frozen=True)
class Shapes:
    """The JSON objects of one repository and of everything in it."""

    owner: str
    name: str
    default_branch: str

    @property
    def path(self) -> str:
        """The path of the repository in the API."""
        return f"/repos/{self.owner}/{self.name}"

    @property
    def web(self) -> str:
        """The URL of the repository's page."""
        return f"{WEB}/{self.owner}/{self.name}"

    @property
    def node_id(self) -> str:
        """The repository's id in GraphQL."""
        return f"R_{self.owner}_{self.name}"

    def repository(self) -> Json:
        """Return the repository."""
        return {
            "id": 700_000_001,
            "node_id": self.node_id,
            "name": self.name,
            "full_name": f"{self.owner}/{self.name}",
            "private": False,
            "owner": user(self.owner),
            "html_url": self.web,
            "clone_url": f"{self.web}.git",
            "url": f"{API}{self.path}",
            "default_branch": self.default_branch,
            "fork": False,
            "archived": False,
            "permissions": {"admin": True, "maintain": True, "push": True, "triage": True, "pull": True},
        }

    def commit(self, commit: Commit) -> Json:
        """Return a commit."""
        author = {"name": commit.author, "email": commit.author_email, "date": commit.authored_at}
        committer = {"name": commit.committer, "email": commit.committer_email, "date": commit.committed_at}
        return {
            "sha": commit.sha,
            "html_url": f"{self.web}/commit/{commit.sha}",
            "commit": {
                "author": author,
                "committer": committer,
                "message": commit.message,
                "tree": {"sha": commit.tree},
            },
            "parents": [{"sha": parent} for parent in commit.parents],
        }

    def release(self, tag: str, published_at: float) -> Json:
        """Return a published release."""
        at = iso(published_at)
        return {
            "id": 500_000_001,
            "node_id": f"RE_{tag}",
            "tag_name": tag,
            "target_commitish": self.default_branch,
            "name": tag,
            "body": "",
            "draft": False,
            "prerelease": False,
            "immutable": False,
            "author": user(),
            "created_at": at,
            "published_at": at,
            "html_url": f"{self.web}/releases/tag/{tag}",
            "url": f"{API}{self.path}/releases/500000001",
            "upload_url": "",
            "tarball_url": "",
            "zipball_url": "",
            "assets": [],
        }

    def pull(self, pull: Pull) -> Json:
        """Return a pull request."""
        merged_at = None if pull.merged_at is None else iso(pull.merged_at)
        repository = self.repository()
        return {
            "number": pull.number,
            "node_id": f"PR_{pull.number}",
            "html_url": f"{self.web}/pull/{pull.number}",
            "url": f"{API}{self.path}/pulls/{pull.number}",
            "state": pull.state,
            "title": pull.title,
            "body": pull.body,
            "draft": False,
            "user": user(),
            "created_at": iso(pull.created_at),
            "updated_at": merged_at or iso(pull.created_at),
            "closed_at": merged_at,
            "merged_at": merged_at,
            "merged": merged_at is not None,
            "mergeable": True if pull.state == "open" else None,
            "merge_commit_sha": pull.merge_commit,
            "head": {
                "label": f"{self.owner}:{pull.head}",
                "ref": pull.head,
                "sha": pull.head_sha,
                "repo": repository,
            },
            "base": {"label": f"{self.owner}:{pull.base}", "ref": pull.base, "repo": repository},
        }

    def workflow(self, workflow: Workflow) -> Json:
        """Return a workflow."""
        return {
            "id": workflow.id,
            "node_id": f"W_{workflow.id}",
            "name": workflow.name,
            "path": workflow.path,
            "state": workflow.state,
            "created_at": "2025-01-06T09:00:00.000Z",
            "updated_at": "2025-01-06T09:00:00.000Z",
            "url": f"{API}{self.path}/actions/workflows/{workflow.id}",
            "html_url": f"{self.web}/blob/{self.default_branch}/{workflow.path}",
        }

    def run(self, run: Run, state: RunState, attempt: int) -> Json:
        """Return one attempt of a run. Only the latest attempt has the short URL for its jobs."""
        url = f"{API}{self.path}/actions/runs/{run.id}"
        is_latest = attempt == run.attempts[-1].number
        commit = run.commit
        return {
            "id": run.id,
            "name": run.workflow.name,
            "node_id": f"WFR_{run.id}",
            "head_branch": run.head_branch,
            "head_sha": commit.sha,
            "path": run.workflow.path,
            "display_title": commit.subject,
            "run_number": run.number,
            "event": run.event,
            "status": state.status,
            "conclusion": state.conclusion,
            "workflow_id": run.workflow.id,
            "check_suite_id": run.id + 20_000_000_000,
            "url": url,
            "html_url": self.run_page(run),
            "pull_requests": [],
            "created_at": iso(run.created_at),
            "updated_at": iso(state.updated_at),
            "actor": user(),
            "triggering_actor": user(),
            "run_attempt": attempt,
            "run_started_at": iso(run.attempt(attempt).started_at),
            "referenced_workflows": [],
            "jobs_url": f"{url}/jobs" if is_latest else f"{url}/attempts/{attempt}/jobs",
            "logs_url": f"{url}/logs",
            "artifacts_url": f"{url}/artifacts",
            "cancel_url": f"{url}/cancel",
            "rerun_url": f"{url}/rerun",
            "previous_attempt_url": f"{url}/attempts/{attempt - 1}" if attempt > 1 else None,
            "workflow_url": f"{API}{self.path}/actions/workflows/{run.workflow.id}",
            "head_commit": {
                "id": commit.sha,
                "tree_id": commit.tree,
                "message": commit.message,
                "timestamp": commit.committed_at,
                "author": {"name": commit.author, "email": commit.author_email},
                "committer": {"name": commit.committer, "email": commit.committer_email},
            },
            "repository": self.repository(),
            "head_repository": self.repository(),
        }

    def run_page(self, run: Run) -> str:
        """Return the URL of a run's page."""
        return f"{self.web}/actions/runs/{run.id}"

    def job(self, run: Run, attempt: int, job: JobState, job_id: int) -> Json:
        """Return a job of an attempt."""
        has_started = job.started_at is not None
        return {
            "id": job_id,
            "run_id": run.id,
            "workflow_name": run.workflow.name,
            "head_branch": run.head_branch,
            "run_url": f"{API}{self.path}/actions/runs/{run.id}",
            "run_attempt": attempt,
            "node_id": f"CR_{job_id}",
            "head_sha": run.commit.sha,
            "url": f"{API}{self.path}/actions/jobs/{job_id}",
            "html_url": f"{self.run_page(run)}/job/{job_id}",
            "status": job.status,
            "conclusion": job.conclusion,
            "created_at": iso(job.ready_at),
            "started_at": iso(job.ready_at if job.started_at is None else job.started_at),
            "completed_at": _iso_or_none(job.completed_at),
            "name": job.name,
            "steps": [_step(step) for step in job.steps],
            "check_run_url": f"{API}{self.path}/check-runs/{job_id}",
            "labels": ["ubuntu-latest"],
            "runner_id": 1 if has_started else None,
            "runner_name": "a runner of the stand-in" if has_started else None,
        }


def pending_deployments(holds: Sequence[Hold]) -> list[Json]:
    """Return the environments that a run waits for, with the users who may approve."""
    return [
        {
            "environment": {"id": number, "node_id": f"EN_{number}", "name": hold.environment},
            "wait_timer": 0,
            "wait_timer_started_at": None,
            "current_user_can_approve": USER in hold.reviewers,
            "reviewers": [{"type": "User", "reviewer": user(name)} for name in hold.reviewers],
        }
        for number, hold in enumerate(holds, start=1)
        if hold.environment
    ]


def job_annotations(job: JobState) -> list[Json]:
    """Return the annotations of a job. Only a failed job has one."""
    if job.conclusion != "failure":
        return []
    message = "Process completed with exit code 1."
    return [{"path": ".github", "start_line": 1, "annotation_level": "failure", "message": message}]


def _step(step: StepState) -> Json:
    return {
        "name": step.name,
        "status": step.status,
        "conclusion": step.conclusion,
        "number": step.number,
        "started_at": _iso_or_none(step.started_at),
        "completed_at": _iso_or_none(step.completed_at),
    }


def _iso_or_none(seconds: float | None) -> str | None:
    return None if seconds is None else iso(seconds)
