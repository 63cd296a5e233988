"""The next command of a halt: does it parse, does it mean the same release, and does it ask for no more?"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from invoke import Program
from invoke.exceptions import ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext

from patchwright import ns
from patchwright.pipeline import STEPS_BY_NAME

# Programs other than inv that a halt may name.
OTHERS = {"git", "gh", "rm", "pip"}
# What may follow each kind of task: never more than was typed.
QUESTIONS = {"preflight", "preview", "status"}
STEPS = set(STEPS_BY_NAME) - {"preflight"}
MAY_FOLLOW: Mapping[str, set[str]] = {
    **dict.fromkeys(QUESTIONS, QUESTIONS),
    **{task: {*STEPS, *QUESTIONS, "abandon"} for task in STEPS},
    "patch": {"patch", "abandon", *STEPS, *QUESTIONS},
    # Who cannot give a public version up finishes it.
    "abandon": {"abandon", "patch", *QUESTIONS},
    "rehearse": {"rehearse"},
    "practice": {"practice"},
}
# A next command may add these flags only after these tasks. In both cases a person decides by typing it.
ADDED = {"yes": {"abandon"}, "published": {"patch"}, "skip-check": set[str](), "integrate-later": set[str]()}
# Words that no halt may suggest.
NEVER = {"--force", "-f", "--force-with-lease", "--no-verify", "--tags", "--mirror"}


@dataclass(frozen=True)
class Command:
    """A task of patchwright in a command of Invoke's: its name, its flags, and whether it is dry."""

    task: str
    flags: Mapping[str, object]
    is_dry: bool

    @property
    def series(self) -> set[str]:
        versions = [one.strip() for one in str(self.flags.get("version") or "").split(",")]
        return {".".join(one.split(".")[:2]) for one in versions if one}


def next_of(report: str) -> str | None:
    """Return the next command of the halt that a run has reported, or None."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", report)
    found = re.findall(r"^Next:\n  \$ (.*)$", plain, re.MULTILINE)
    return str(found[-1]) if found else None


def parse(words: Sequence[str]) -> list[Command]:
    """Return the tasks of patchwright in the words after `inv`. Raise ParseError if Invoke refuses them."""
    program = Program()
    core = ParserContext(args=program.core_args() + program.task_args())
    own = Parser(initial=core, ignore_unknown=True).parse_argv(list(words))
    parsed = Parser(contexts=ns.to_contexts(ignore_unknown_help=False)).parse_argv(own.unparsed)
    is_dry = bool(own[0].args["dry"].value)
    return [
        Command(
            context.name.rpartition(".")[2],
            {name: arg.value for name, arg in context.args.items() if arg.got_value},
            is_dry,
        )
        for context in parsed
        if context.name
    ]


def problem_of(typed: Sequence[str], report: str) -> str | None:
    """Return what is wrong with the next command of a report, or None. `typed` are the words after `inv`."""
    line = next_of(report)
    if line is None:
        return None
    inside = re.fullmatch(r"\(.+ && (.+)\)", line)
    words = shlex.split(inside[1] if inside else line)
    if NEVER & set(words):
        return f"`{line}` forces something"
    if words[0].rpartition("/")[2] not in {"inv", "invoke"} and words[1:2] != ["-m"]:
        return None if words[0] in OTHERS else f"`{line}` starts {words[0]}"
    return _problem_of_inv(typed, words[3 if words[1:2] == ["-m"] else 1 :], line)


def _problem_of_inv(typed: Sequence[str], words: Sequence[str], line: str) -> str | None:
    """Return what is wrong with a next command of Invoke's, or None."""
    try:
        all_meant = parse(typed)
    except ParseError:
        # A task of the project's own, or words that Invoke has refused.
        return None
    try:
        commands = parse(words)
    except ParseError as error:
        return f"`{line}` is refused by Invoke: {error}"
    if "--help" in words or not all_meant:
        return None
    if not commands:
        return f"`{line}` has no task of patchwright"
    # Of a chain, a halt is about one release.
    meant = next((one for one in all_meant if commands[0].series <= one.series), all_meant[0])
    return _widening(meant, commands[0], line)


def _widening(meant: Command, command: Command, line: str) -> str | None:
    """Return how a command asks for more than what was typed, or None."""
    asks_only = command.task in QUESTIONS or command.is_dry
    if meant.is_dry and not asks_only:
        return f"`{line}` is not dry"
    if command.task not in MAY_FOLLOW[meant.task] and not (meant.task in QUESTIONS and asks_only):
        return f"`{line}` follows release.{meant.task}"
    if meant.series and not command.series <= meant.series:
        return f"`{line}` is about another series"
    for flag, tasks in ADDED.items():
        if command.flags.get(flag) and not meant.flags.get(flag) and command.task not in tasks:
            return f"`{line}` adds --{flag}"
    return None
