"""Control: change the stand-in with curl, by `POST /_control/COMMAND/ARGUMENT`."""

from __future__ import annotations

import math

from patchwright.practice.backend import Controls
from patchwright.practice.faults import Fault
from patchwright.practice.runs import RunScript
from patchwright.practice.wire import Answer, Request

# The commands, each with an example of its argument and with what it does.
COMMANDS = {
    "break": ("qa", "let the runs of a workflow fail until you fix it"),
    "fix": ("qa", "let the runs of a workflow succeed again"),
    "protect": ("master", "reject pushes to a branch"),
    "unprotect": ("master", "accept pushes to a branch again"),
    "approve": ("RUN-ID", "approve the jobs of a run that wait for an approval"),
    "outage": ("", "stop answering requests to the API"),
    "heal": ("", "answer requests to the API again"),
}
_PREFIX = "/_control/"


def examples() -> list[tuple[str, str]]:
    """Return the path of each command with a description."""
    return [(f"{_PREFIX}{name}/{example}".rstrip("/"), what) for name, (example, what) in COMMANDS.items()]


def obey(controls: Controls, request: Request) -> Answer:
    """Run the command in a request, and return an answer that describes the result."""
    command, _, argument = request.path.removeprefix(_PREFIX).partition("/")
    if request.method != "POST" or not request.path.startswith(_PREFIX) or command not in COMMANDS:
        return _text_answer(404, "".join(f"POST {path}: {what}\n" for path, what in examples()))
    try:
        _run(controls, command, argument)
    except (LookupError, ValueError):
        return _text_answer(400, f"{command}: {argument!r} does not exist.\n")
    return _text_answer(200, f"{command} {argument}".rstrip() + ": done.\n")


def _run(controls: Controls, command: str, argument: str) -> None:
    if command in {"break", "fix"} and argument not in controls.workflow_names():
        raise LookupError(argument)
    match command:
        case "break":
            controls.usually(argument, RunScript(conclusion="failure"))
        case "fix":
            controls.usually(argument, None)
        case "protect":
            controls.protect(f"refs/heads/{argument}")
        case "unprotect":
            controls.unprotect(f"refs/heads/{argument}")
        case "approve":
            controls.approve(int(argument))
        case "outage":
            controls.fault(Fault(kind="reset", times=math.inf))
        case "heal":
            controls.heal()


def _text_answer(status: int, text: str) -> Answer:
    return Answer(status, {"content-type": "text/plain; charset=utf-8"}, text.encode())
