"""Halt and its kinds: why a release stops, and the exit status that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from invoke.exceptions import Exit

from patchwright.text import plain


@dataclass(frozen=True)
class Standing:
    """Where everything stands at a halt, one sentence an item."""

    public: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()


class Halt(Exit):
    """A release stops here, and a person is told why.

    `cause` is one sentence. `evidence` are lines that show it (a command and its exit status, the tail of
    an output, a link); they may come from outside and are made safe to show. `never` names what must not be
    done although it is tempting. `next_command` is the one command to type next. `problems` are the halts
    that were found together, where it stands for several. The step and the standing are filled in by whoever
    knows them, on the way up. `invoke` exits with `code` and prints nothing of its own.
    """

    kind: ClassVar[str]
    status: ClassVar[int]

    def __init__(  # noqa: PLR0913  each is one part of the report
        self,
        cause: str,
        *,
        evidence: tuple[str, ...] | list[str] = (),
        remedy: tuple[str, ...] | list[str] = (),
        never: tuple[str, ...] | list[str] = (),
        next_command: str | None = None,
        problems: tuple[Halt, ...] | list[Halt] = (),
    ) -> None:
        super().__init__(message=None, code=self.status)
        self.cause = plain(cause)
        self.evidence = tuple(plain(line) for line in evidence)
        self.remedy = tuple(plain(line) for line in remedy)
        self.never = tuple(plain(line) for line in never)
        self.next_command = plain(next_command) if next_command else None
        self.problems = tuple(problems)
        self.step: str | None = None
        self.standing = Standing()

    def __str__(self) -> str:
        return self.cause

    def as_json(self) -> dict[str, Any]:
        """Return the halt as `release.status --json` and the journal carry it."""
        return {
            "kind": self.kind,
            "exit": self.status,
            "step": self.step,
            "cause": self.cause,
            "evidence": list(self.evidence),
            "remedy": list(self.remedy),
            "never": list(self.never),
            "public": list(self.standing.public),
            "local": list(self.standing.local),
            "untouched": list(self.standing.untouched),
            "next": self.next_command,
            "problems": [problem.as_json() for problem in self.problems],
        }


class BadArgument(Halt):
    """A flag's value is not of the form that it must have. Nothing was started."""

    kind, status = "bad argument", 2


class Prerequisite(Halt):
    """Something that a release needs is not there."""

    kind, status = "prerequisite", 3


class StepFailed(Halt):
    """A step acted and could not prove that it is done."""

    kind, status = "step failed", 4


class WorkflowFailed(Halt):
    """A workflow run ended otherwise than with success, or has not ended in time."""

    kind, status = "workflow failed", 5


class VersionConflict(Halt):
    """The versions on the branch, in the tags and in the request do not fit together."""

    kind, status = "version conflict", 6


class BranchConflict(Halt):
    """A branch or a tag is not where the release needs it, or a pick conflicts."""

    kind, status = "branch conflict", 7


class Unavailable(Halt):
    """The network or GitHub could not be asked."""

    kind, status = "unavailable", 8


class Interrupted(Halt):
    """A person or the system stopped patchwright."""

    kind, status = "interrupted", 130


class Bug(Halt):
    """patchwright itself did what it never should."""

    kind, status = "bug in patchwright", 1


class CommandFailed(StepFailed):
    """A program could not do what it was started for; `output` is what it left behind."""

    def __init__(
        self,
        cause: str,
        *,
        argv: tuple[str, ...],
        exited: int | None,
        output: str = "",
        **more: Any,  # noqa: ANN401  what Halt takes
    ) -> None:
        tail = [f"  {line}" for line in output.strip().splitlines()[-TAIL_LINES:]]
        shown = "no answer in time" if exited is None else f"exit status {exited}"
        command = " ".join(argv)
        super().__init__(cause, evidence=[f"$ {command}", f"  ({shown})", *tail], **more)
        self.argv, self.exited, self.output = argv, exited, output


class RefusedPush(BranchConflict):
    """A remote did not take a push: the branch has moved, or is protected."""


TAIL_LINES = 20
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


def together(problems: list[Halt]) -> Halt:
    """Return one halt for several; a single one stands for itself.

    Problems of one kind are a halt of that kind; of several kinds, they are prerequisites.
    """
    found: dict[str, Halt] = {}
    for problem in problems:
        found.setdefault(problem.cause, problem)
    once = list(found.values())
    if len(once) == 1:
        return once[0]
    statuses = {problem.status for problem in once}
    kind = next((kind for kind in KINDS if statuses == {kind.status}), Prerequisite)
    return kind(f"{len(once)} things stand in the way of this release.", problems=once)
