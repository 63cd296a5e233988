"""Halts: the kinds of safe stops, each with its exit status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from invoke.exceptions import Exit

from patchwright.text import cut, safe_lines, safe_rows, safe_text

# A failed command shows the end of its output, at most this many lines.
_SHOWN_LINES = 20
# A halt keeps at most this many rows of its evidence.
MOST_ROWS = 200


@dataclass(frozen=True)
class Effects:
    """What a release has changed in public and locally, and what it has left untouched, as short texts."""

    public: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()


class Halt(Exit):
    """A safe stop of a release, with everything that its report shows.

    `cause` is one sentence. `evidence` are lines that support it (a command and its exit status, the end of
    an output, a link). `remedy` are imperative sentences. `never` warns of tempting mistakes. `next_command`
    is the one command to type next: None means the command that was typed, and an empty text means that no
    command leads on. `problems` are the halts that were combined into this one. `on_branch` says that a
    commit on the release branch fixes it; the session adds how. Every text may come from outside and is made
    safe to show. The session adds `step` and `effects`. Invoke exits with `code` and prints nothing itself.
    """

    kind: ClassVar[str]
    status: ClassVar[int]

    def __init__(  # noqa: PLR0913  one parameter for each part of the report
        self,
        cause: str,
        *,
        evidence: tuple[str, ...] | list[str] = (),
        remedy: tuple[str, ...] | list[str] = (),
        never: tuple[str, ...] | list[str] = (),
        next_command: str | None = None,
        problems: tuple[Halt, ...] | list[Halt] = (),
        on_branch: bool = False,
    ) -> None:
        super().__init__(message=None, code=self.status)
        self.cause = cut(safe_text(cause))
        self.evidence = _first_rows(safe_rows(evidence))
        self.remedy = tuple(safe_text(line) for line in remedy)
        self.never = tuple(safe_text(line) for line in never)
        self.next_command = None if next_command is None else safe_text(next_command)
        self.problems = tuple(problems)
        self.on_branch: bool = on_branch or any(problem.on_branch for problem in self.problems)
        self.step: str | None = None
        self.effects = Effects()

    def __str__(self) -> str:
        return self.cause

    @property
    def parts(self) -> tuple[Halt, ...]:
        """The halts that this one was combined from, or this one alone."""
        return self.problems or (self,)

    def as_json(self) -> dict[str, Any]:
        """Return the halt as `release.status --json` prints it and the journal stores it."""
        return {
            "kind": self.kind,
            "exit": self.status,
            "step": self.step,
            "cause": self.cause,
            "evidence": list(self.evidence),
            "remedy": list(self.remedy),
            "never": list(self.never),
            "public": list(self.effects.public),
            "local": list(self.effects.local),
            "untouched": list(self.effects.untouched),
            "next": self.next_command or None,
            "problems": [problem.as_json() for problem in self.problems],
        }


class BadArgument(Halt):
    """The value of a flag has the wrong form. Nothing was started."""

    kind, status = "bad argument", 2


class Prerequisite(Halt):
    """Something that a release needs is missing."""

    kind, status = "prerequisite", 3


class StepFailed(Halt):
    """A step has acted, but it has no proof that it is done."""

    kind, status = "step failed", 4


class WorkflowFailed(Halt):
    """A workflow run ended without success, or did not end in time."""

    kind, status = "workflow failed", 5


class VersionConflict(Halt):
    """The versions on the branch, in the tags and in the request contradict each other."""

    kind, status = "version conflict", 6


class AlreadyPublished(VersionConflict):
    """The version was public before, and its tag is gone. It is reported alone.

    The remedies of other problems, such as to delete the local tag, would lead to a second release of it.
    """


class BranchConflict(Halt):
    """A branch or a tag is not at the commit that the release needs, or a pick conflicts."""

    kind, status = "branch conflict", 7


class Unavailable(Halt):
    """The network or GitHub did not answer."""

    kind, status = "unavailable", 8


class Interrupted(Halt):
    """A person or the system interrupted patchwright."""

    kind, status = "interrupted", 130


class Bug(Halt):
    """patchwright itself has a bug."""

    kind, status = "bug in patchwright", 1


class CommandFailed(StepFailed):
    """A program failed or did not finish in time. `output` is what it printed."""

    def __init__(
        self,
        cause: str,
        *,
        argv: tuple[str, ...],
        exit_status: int | None,
        output: str = "",
        **more: Any,  # noqa: ANN401  the keyword arguments of Halt
    ) -> None:
        # A secret may begin before the lines that are shown.
        tail = [f"  {line}" for line in safe_lines(output.strip())[-_SHOWN_LINES:]]
        shown = "stopped at its time limit" if exit_status is None else f"exit status {exit_status}"
        command = " ".join(safe_text(word) for word in argv)
        super().__init__(cause, evidence=[f"$ {command}", f"  ({shown})", *tail], **more)
        self.argv, self.exit_status, self.output = argv, exit_status, output


class RefusedPush(BranchConflict):
    """A remote rejected a push: the branch has moved, or is protected."""


def _first_rows(rows: tuple[str, ...]) -> tuple[str, ...]:
    hidden = len(rows) - MOST_ROWS
    return rows if hidden <= 0 else (*rows[:MOST_ROWS], f"[{hidden:,} more rows]")


KINDS: tuple[type[Halt], ...] = (
    BadArgument,
    Prerequisite,
    StepFailed,
    WorkflowFailed,
    VersionConflict,
    BranchConflict,
    Unavailable,
    Interrupted,
)


def combine(problems: list[Halt]) -> Halt:
    """Return one halt for several. A single halt, or one that must be reported alone, is returned unchanged.

    Problems of one kind are combined to a halt of that kind, problems of several kinds to a Prerequisite. A
    halt that was combined from others counts as these.
    """
    by_cause: dict[str, Halt] = {}
    for problem in (part for halt in problems for part in halt.parts):
        by_cause.setdefault(problem.cause, problem)
    distinct = list(by_cause.values())
    alone = next((problem for problem in distinct if isinstance(problem, AlreadyPublished)), None)
    if alone or len(distinct) == 1:
        return alone or distinct[0]
    statuses = {problem.status for problem in distinct}
    kind = next((kind for kind in KINDS if statuses == {kind.status}), Prerequisite)
    both = kind(f"{len(distinct)} problems must be fixed before this release can start.", problems=distinct)
    both.effects = next((problem.effects for problem in problems if problem.effects.public), both.effects)
    return both
