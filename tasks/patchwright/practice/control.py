"""The stand-in's commands for a person with curl: `POST /_control/COMMAND/ARGUMENT`."""

from __future__ import annotations

import math

from patchwright.practice.backend import Controls
from patchwright.practice.faults import Fault
from patchwright.practice.runs import RunScript
from patchwright.practice.wire import Answer, Request

# What can be asked for: an example of its argument, and what it does.
COMMANDS = {
    "break": ("qa", "let the runs of a workflow fail from now on"),
    "mend": ("qa", "let the runs of a workflow succeed again"),
    "protect": ("master", "refuse pushes to a branch"),
    "unprotect": ("master", "take pushes to a branch again"),
    "approve": ("RUN-ID", "let the jobs of a run start that wait for an approval"),
    "outage": ("", "give no request to the API an answer"),
    "heal": ("", "give every request its answer again"),
}
_PREFIX = "/_control/"


def examples() -> list[tuple[str, str]]:
    """Return each command as the path of a request, with what it does."""
    return [(f"{_PREFIX}{name}/{example}".rstrip("/"), what) for name, (example, what) in COMMANDS.items()]


def obey(controls: Controls, request: Request) -> Answer:
    """Do what the request says, and say so."""
    command, _, argument = request.path.removeprefix(_PREFIX).partition("/")
    if request.method != "POST" or not request.path.startswith(_PREFIX) or command not in COMMANDS:
        return _text_answer(404, "".join(f"POST {path}: {what}\n" for path, what in examples()))
    try:
        _do(controls, command, argument)
    except (LookupError, ValueError):
        return _text_answer(400, f"{command}: there is no {argument!r} here.\n")
    return _text_answer(200, f"{command} {argument}: done.\n")


def _do(controls: Controls, command: str, argument: str) -> None:
    if command in {"break", "mend"} and argument not in controls.workflow_names():
        raise LookupError(argument)
    match command:
        case "break":
            controls.usually(argument, RunScript(conclusion="failure"))
        case "mend":
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
