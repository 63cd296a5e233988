"""What becomes of a push: it is refused, or taken, noted down and answered with runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from patchwright.github.triggers import skip_marker
from patchwright.practice import workflows
from patchwright.practice.actions import Actions, KnownRun
from patchwright.practice.hosting import (
    NO_OBJECT,
    Hosting,
    MovedRef,
    moved_refs,
    pushed_refs,
    rejection_answer,
)
from patchwright.practice.pulls import MergeMethod, Pull, Pulls
from patchwright.practice.wire import Answer, Manner, Request

Result = TypeVar("Result")


@dataclass(frozen=True)
class RefChange:
    """A ref that a push has moved from `old` to `new`, and the runs that were known when the push came.

    `commit` is what the ref names now, behind a tag where it is one; None where the ref is gone.
    """

    at: float
    ref: str
    old: str
    new: str
    commit: str | None
    runs: tuple[KnownRun, ...]


class Pushes:
    """The pushes to one repository, one at a time; `lock` guards what they share with the API."""

    def __init__(
        self, hosting: Hosting, actions: Actions, pulls: Pulls, lock: threading.RLock, *, default_branch: str
    ) -> None:
        self.events: list[RefChange] = []
        self.protected: dict[str, str] = {}
        self.lost_answers: dict[str, Manner] = {}
        self._hosting, self._actions, self._pulls = hosting, actions, pulls
        self._lock = lock
        self._default_branch = default_branch
        self._learned = False
        # Taken before `lock`, never while holding it.
        self._push_lock = threading.Lock()

    def receive(self, request: Request) -> Answer:
        """Answer the request by which git pushes."""
        refs = pushed_refs(request.body)
        with self._push_lock:
            refused = {ref: message for ref, message in self.protected.items() if ref in refs}
            if refused:
                return _reject(refs, refused)
            changes, answer = self._record_changes(lambda: self._hosting.serve(request))
        with self._lock:
            lost = [
                self.lost_answers.pop(change.ref) for change in changes if change.ref in self.lost_answers
            ]
        return replace(answer, manner=lost[0]) if lost else answer

    def merge(self, pull: Pull, method: MergeMethod) -> None:
        """Merge a pull request, which moves its base as a push does."""
        with self._push_lock:
            self._record_changes(lambda: self._pulls.merge(pull, method, self._actions.clock()))

    def learn_workflows(self) -> None:
        """List the workflows that the default branch had before anybody pushed; once is enough."""
        if self._learned:
            return
        self._learned = True
        _, head = self._hosting.refs().get(f"refs/heads/{self._default_branch}", ("", ""))
        for file in self._workflow_files(head) if head else ():
            self._actions.workflow(file.path, file.name)

    def _record_changes(self, move: Callable[[], Result]) -> tuple[list[MovedRef], Result]:
        """Do what moves refs, and take what has moved."""
        with self._lock:
            self.learn_workflows()
            known = self._actions.known()
        before = self._hosting.refs()
        result = move()
        changes = moved_refs(before, self._hosting.refs())
        with self._lock:
            self._record(changes, known)
        return changes, result

    def _record(self, changes: Sequence[MovedRef], known: tuple[KnownRun, ...]) -> None:
        now = self._actions.clock()
        for change in changes:
            self.events.append(RefChange(now, change.ref, change.old, change.new, change.commit, known))
            if change.ref.startswith("refs/heads/") and change.new != NO_OBJECT:
                self._pulls.update_head(change.ref.removeprefix("refs/heads/"), change.new)
        starting = workflows.triggering_refs([change.ref for change in changes])
        for change in changes:
            if change.ref in starting and change.commit:
                self._start_runs(change.ref, change.commit)

    def _start_runs(self, ref: str, sha: str) -> None:
        commit = self._hosting.commit(sha)
        silent = skip_marker(commit.message) is not None
        for file in self._workflow_files(sha):
            if not silent and (file.broken or file.is_triggered_by(ref)):
                self._actions.start(file, "push", ref.split("/", 2)[2], commit)
            elif ref == f"refs/heads/{self._default_branch}":
                # GitHub lists the workflows of the default branch, whether they ran or not.
                self._actions.workflow(file.path, file.name)

    def _workflow_files(self, sha: str) -> Iterable[workflows.WorkflowFile]:
        for path, text in self._hosting.read_files(sha, workflows.DIRECTORY).items():
            if path.endswith((".yaml", ".yml")):
                yield workflows.parse_workflow(path, text, self._actions.job_seconds)


def _reject(refs: Sequence[str], refused: dict[str, str]) -> Answer:
    """Refuse a whole push for the sake of protected branches, in GitHub's words."""
    told = [
        line
        for ref, message in refused.items()
        for line in (f"error: GH006: Protected branch update failed for {ref}.", f"error: {message}")
    ]
    return rejection_answer(refs, dict.fromkeys(refused, "protected branch hook declined"), told)
