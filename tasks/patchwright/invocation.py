"""Invocation: how a person called inv, and which command they can type next in the same place."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from invoke import Program
from invoke.exceptions import ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext

from patchwright.pipeline import STEPS

# If a command of patchwright has started this run, TYPED has the words of that command: the person continues
# with it. ENTERING has the shell commands that lead from the person's directory to the practice ground.
TYPED = "PATCHWRIGHT_TYPED"
ENTERING = "PATCHWRIGHT_ENTERING"

_STEPS = {step.name for step in STEPS}
_QUESTIONS = {"preflight", "preview", "status"}
_TASKS = _STEPS | _QUESTIONS | {"patch", "abandon", "rehearse", "init", "practice"}
_WITH_VALUES = {"--version", "--patches", "--message"}


@dataclass(frozen=True)
class Invocation:
    """A command line of Invoke.

    `program` are the words that start Invoke, with its own flags. `task` is the first task of patchwright,
    without its namespace, or None. `arguments` are the tasks and their flags. `is_known` is false if the
    words are of another program, for example of a test runner.
    """

    program: tuple[str, ...] = ("inv",)
    namespace: str = "release."
    task: str | None = None
    arguments: tuple[str, ...] = ()
    is_known: bool = False

    @property
    def is_dry(self) -> bool:
        """Whether Invoke's flag --dry is given. It may follow a task."""
        return bool({"-R", "--dry"} & {*self.program, *self.arguments})


def current() -> Invocation:
    """Return how the person called inv."""
    return read(shlex.split(os.environ.get(TYPED, "")) or sys.argv)


def read(argv: Sequence[str]) -> Invocation:
    """Return the invocation that the words of a command line describe."""
    program = _program(argv[0])
    count = _own_flags(argv)
    own, arguments = tuple(argv[1:count]), tuple(argv[count:])
    at = next(_tasks_at(arguments), None)
    typed = arguments[at] if at is not None else ""
    is_invoke = Path(program[-1]).name in {"inv", "invoke"}
    if not is_invoke and "." not in typed:
        return Invocation()
    task = _base_name(typed) or None
    namespace = typed[: len(typed) - len(task)] if task and task != "practice" else "release."
    return Invocation((*program, *own), namespace, task, arguments, is_known=bool(arguments))


def typed_command() -> str | None:
    """Return the command as it was typed, or None if the program was not Invoke."""
    invocation = current()
    return _command(*invocation.program, *invocation.arguments) if invocation.is_known else None


def task_command(task: str, version: str, *flags: str) -> str:
    """Return the command for a task of patchwright, called as the present one was.

    A dry run stays dry. A rehearsal stays a rehearsal, and the practice ground is begun again.
    """
    invocation = current()
    if invocation.task == "rehearse" and task == "patch":
        task = "rehearse"
    elif invocation.task in {"rehearse", "practice"}:
        return str(typed_command())
    dry = ("--dry",) if invocation.is_dry and "--dry" not in invocation.program else ()
    return _command(*invocation.program, *dry, f"{invocation.namespace}{task}", "--version", version, *flags)


def candidates_command(series: str) -> str:
    """Return the command that shows the candidates of a release and changes nothing."""
    invocation = current()
    dry = () if "--dry" in invocation.program else ("--dry",)
    return _command(*invocation.program, *dry, f"{invocation.namespace}patch", "--version", series)


def status_command(series: str) -> str:
    """Return the command that shows where a release is. After preflight, return preflight."""
    return str(typed_command()) if current().task == "preflight" else task_command("status", series)


def help_command(task: str = "patch") -> str:
    """Return the command that shows the flags of the task that was typed, else of the given one."""
    invocation = current()
    task = invocation.task or task
    return _command(
        invocation.program[0], *invocation.program[1:], "--help",
        task if task == "practice" else f"{invocation.namespace}{task}",
    )  # fmt: skip  # program, then what it shows


def corrected_command(series: str, *, version: str | None = None, patches: str | None = None) -> str:
    """Return the typed command for a series with another value of a flag. All other flags stay.

    If the typed task has no such flag, return the narrowest command that has it: a question stays a question,
    and a step leads to `pick`.
    """
    invocation = current()
    words = _words_for(series, invocation)
    task = _base_name(words[0]) if words else "patch"
    if patches is not None and task not in {"patch", "rehearse", "pick", "practice"}:
        dry = task in _QUESTIONS and not invocation.is_dry
        program = (*invocation.program, *(("--dry",) if dry else ()))
        task = "patch" if task in _QUESTIONS else "pick"
        return _command(*program, f"{invocation.namespace}{task}", "--version", series, "--patches", patches)
    if not words or task == "practice":
        flags = () if patches is None else ("--patches", patches)
        return task_command("patch", version or series, *flags)
    if version is not None:
        words = _with_flag(words, "--version", _replaced(words, series, version))
    if patches is not None:
        words = _with_flag(words, "--patches", patches)
    return _command(*invocation.program, *words)


def kept_practice() -> tuple[str, ...]:
    """Return the words of the command that makes the same practice ground in a new directory and keeps it."""
    invocation = current()
    words = invocation.arguments if invocation.task == "practice" else ("practice",)
    without = [word for word in words if not word.startswith("--directory=") and word != "--keep"]
    if "--directory" in without:
        at = without.index("--directory")
        del without[at : at + 2]
    return (*invocation.program, *without, "--keep")


def place(command: str) -> str:
    """Return a command that works where the person is, also if this run has been started elsewhere.

    A run that another command of patchwright started can be continued only in a practice ground that is kept.
    """
    if os.environ.get(TYPED):
        own = shlex.join(current().program)
        return command if command.startswith(f"{own} ") else str(typed_command())
    return enter(command)


def lacks_value(flag: str) -> bool:
    """Return whether a flag was typed without a value. Invoke takes this for a list without members."""
    words = current().arguments
    return any(
        word == flag and following.startswith("-") for word, following in itertools.pairwise((*words, "-"))
    )


def _command(*words: str) -> str:
    return enter(shlex.join(words))


def enter(command: str) -> str:
    """Return a command that is run in the practice ground, if this run is in one that is kept."""
    entering = os.environ.get(ENTERING)
    return f"({entering} && {command})" if entering and not command.startswith("(cd ") else command


def _program(typed: str) -> tuple[str, ...]:
    """Return the words that start the program of `sys.argv[0]`: its name if that is enough."""
    path = Path(typed)
    if path.name == "__main__.py":
        return (Path(sys.executable).name, "-m", path.parent.name)
    found = shutil.which(path.name)
    is_on_path = found is not None and Path(found).resolve() == path.resolve()
    return (path.name if is_on_path or not path.name else typed,)


def _own_flags(argv: Sequence[str]) -> int:
    """Return where the flags of Invoke end and the tasks begin."""
    invoke = Program()
    parser = Parser(initial=ParserContext(args=invoke.core_args() + invoke.task_args()), ignore_unknown=True)
    try:
        return len(argv) - len(parser.parse_argv(list(argv[1:])).unparsed)
    except ParseError:
        return 1


def _tasks_at(words: Sequence[str]) -> Iterator[int]:
    """Yield where the tasks of patchwright are among the words of a command."""
    for at, word in enumerate(words):
        if _base_name(word) in _TASKS and (at == 0 or words[at - 1] not in _WITH_VALUES):
            yield at


def _base_name(task: str) -> str:
    return task.rpartition(".")[2].replace("_", "-")


def _words_for(series: str, invocation: Invocation) -> tuple[str, ...]:
    """Return the typed task for a series with its flags. Several tasks can be typed in one command."""
    words = invocation.arguments
    starts = list(_tasks_at(words))
    tasks = [words[start:end] for start, end in itertools.pairwise([*starts, len(words)])]
    fitting = [task for task in tasks if any(_is_of_series(one, series) for one in _versions(task))]
    return next(iter([*fitting, *tasks[-1:]]), ())


def _versions(words: Sequence[str]) -> list[str]:
    for word, following in itertools.pairwise((*words, "")):
        if word == "--version":
            return following.split(",")
        if word.startswith("--version="):
            return word.partition("=")[2].split(",")
    return []


def _is_of_series(version: str, series: str) -> bool:
    return f"{version.strip()}.".startswith(f"{series}.")


def _replaced(words: Sequence[str], series: str, version: str) -> str:
    """Return the value of --version with another version for a series."""
    return ",".join(version if _is_of_series(one, series) else one for one in _versions(words) or [series])


def _with_flag(words: Sequence[str], flag: str, value: str) -> tuple[str, ...]:
    """Return the words with one value for a flag."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == flag:
            next(rest, None)
        elif not word.startswith(f"{flag}="):
            kept.append(word)
    return (*kept, flag, value)
