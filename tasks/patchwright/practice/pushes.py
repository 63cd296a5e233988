"""Pushes: accept or reject a push, record the refs that it moved, and start runs."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from patchwright.github.triggers import skip_marker
from patchwright.practice import workflows
from patchwright.practice.actions import Actions, KnownRun, is_by_job
from patchwright.practice.hosting import (
    NO_OBJECT,
    Hosting,
    MovedRef,
    moved_refs,
    pushed_refs,
    rejection_answer,
)
from patchwright.practice.pulls import MergeMethod, Pull, Pulls
from patchwright.practice.rulesets import Ruleset, find_violations
from patchwright.practice.wire import Answer, Manner, Request

Result = TypeVar("Result")


@dataclass(frozen=True)
class RefChange:
    """A ref that a push moved from `old` to `new`, and the state of the runs just before the push.

    `commit` is the commit to which the ref peels now. It is None if the push deleted the ref.
    """

    at: float
    ref: str
    old: str
    new: str
    commit: str | None
    runs: tuple[KnownRun, ...]


class Pushes:
    """The pushes to one repository, one at a time. `lock` protects the state that the API also uses."""

    def __init__(
        self, hosting: Hosting, actions: Actions, pulls: Pulls, lock: threading.RLock, *, default_branch: str
    ) -> None:
        self.events: list[RefChange] = []
        self.protected: dict[str, str] = {}
        self.rulesets: list[Ruleset] = []
        self.lost_answers: dict[str, Manner] = {}
        self._hosting, self._actions, self._pulls = hosting, actions, pulls
        self._lock = lock
        self._default_branch = default_branch
        self._has_learned = False
        # To prevent a deadlock, a thread acquires this lock before `lock`, never while it holds `lock`.
        self._push_lock = threading.Lock()

    def receive(self, request: Request) -> Answer:
        """Return the answer to the `git-receive-pack` request of a push."""
        refs = pushed_refs(request.body)
        with self._push_lock:
            protected = {ref: message for ref, message in self.protected.items() if ref in refs}
            if protected:
                return _reject(refs, protected)
            violations = self._find_violations(refs)
            if violations:
                return _reject_by_rules(refs, violations)
            changes, answer = self._record_changes(
                lambda: self._hosting.serve(request), starts_runs=not is_by_job(request)
            )
        with self._lock:
            manners = [
                self.lost_answers.pop(change.ref) for change in changes if change.ref in self.lost_answers
            ]
        return replace(answer, manner=manners[0]) if manners else answer

    def _find_violations(self, refs: Sequence[str]) -> dict[str, list[str]]:
        """Return what a push to refs breaks of the rulesets, by ref."""
        if not self.rulesets:
            return {}
        known = self._hosting.refs()
        found = {ref: find_violations(self.rulesets, ref, is_new=ref not in known) for ref in refs}
        return {ref: violations for ref, violations in found.items() if violations}

    @contextlib.contextmanager
    def between_pushes(self) -> Iterator[None]:
        """Wait until no push is being recorded, and let none begin while the block runs."""
        with self._push_lock:
            yield

    def merge(self, pull: Pull, method: MergeMethod) -> None:
        """Merge a pull request, which moves its base as a push does."""
        with self._push_lock:
            self._record_changes(lambda: self._pulls.merge(pull, method, self._actions.clock()))

    def learn_workflows(self) -> None:
        """List the workflows that the default branch had before the first push. Later calls do nothing."""
        if self._has_learned:
            return
        self._has_learned = True
        _, head = self._hosting.refs().get(f"refs/heads/{self._default_branch}", ("", ""))
        for file in self._workflow_files(head) if head else ():
            self._actions.workflow(file.path, file.name)

    def _record_changes(
        self, move: Callable[[], Result], *, starts_runs: bool = True
    ) -> tuple[list[MovedRef], Result]:
        """Call `move`, record the refs that it moved, and start the runs for them."""
        with self._lock:
            self.learn_workflows()
            runs = self._actions.known_runs()
        before = self._hosting.refs()
        result = move()
        changes = moved_refs(before, self._hosting.refs())
        with self._lock:
            self._record(changes, runs)
            if starts_runs:
                self._start_all_runs(changes)
        return changes, result

    def _record(self, changes: Sequence[MovedRef], runs: tuple[KnownRun, ...]) -> None:
        now = self._actions.clock()
        for change in changes:
            self.events.append(RefChange(now, change.ref, change.old, change.new, change.commit, runs))
            if change.ref.startswith("refs/heads/") and change.new != NO_OBJECT:
                self._pulls.update_head(change.ref.removeprefix("refs/heads/"), change.new)

    def _start_all_runs(self, changes: Sequence[MovedRef]) -> None:
        triggering = workflows.triggering_refs([change.ref for change in changes])
        for change in changes:
            if change.ref in triggering and change.commit:
                self._start_runs(change.ref, change.commit, change.old)

    def _start_runs(self, ref: str, sha: str, old: str) -> None:
        commit = self._hosting.commit(sha)
        is_skipped = skip_marker(commit.message) is not None
        for file in self._workflow_files(sha):
            changed_paths = functools.partial(self._hosting.changed_paths, old, sha)
            if not is_skipped and (file.broken or file.is_triggered_by(ref, changed_paths)):
                self._actions.start(file, "push", ref.split("/", 2)[2], commit)
            elif ref == f"refs/heads/{self._default_branch}":
                # GitHub lists the workflows of the default branch even if they never ran.
                self._actions.workflow(file.path, file.name)

    def _workflow_files(self, sha: str) -> Iterable[workflows.WorkflowFile]:
        for path, text in self._hosting.read_files(sha, workflows.DIRECTORY).items():
            if path.endswith((".yaml", ".yml")):
                yield workflows.parse_workflow(path, text, self._actions.job_seconds)


def _reject(refs: Sequence[str], protected: dict[str, str]) -> Answer:
    """Return GitHub's answer to a push that contains protected branches. It rejects the whole push."""
    messages = [
        line
        for ref, message in protected.items()
        for line in (f"error: GH006: Protected branch update failed for {ref}.", f"error: {message}")
    ]
    return rejection_answer(refs, dict.fromkeys(protected, "protected branch hook declined"), messages)


def _reject_by_rules(refs: Sequence[str], violations: dict[str, list[str]]) -> Answer:
    """Return GitHub's answer to a push that breaks rules. It rejects the whole push."""
    messages = [
        line
        for ref, broken in violations.items()
        for line in (
            f"error: GH013: Repository rule violations found for {ref}.",
            "",
            *(f"- {words}" for words in broken),
        )
    ]
    reason = "push declined due to repository rule violations"
    return rejection_answer(refs, dict.fromkeys(violations, reason), messages)
