"""The stand-in's commands for a person with curl: `POST /_control/COMMAND/ARGUMENT`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from patchwright.practice.faults import Fault
from patchwright.practice.runs import RunScript
from patchwright.practice.wire import Answer, Request

if TYPE_CHECKING:
    from patchwright.practice.github import StandIn

COMMANDS = {
    "break": "WORKFLOW: its runs fail from now on",
    "mend": "WORKFLOW: its runs succeed again",
    "protect": "BRANCH: pushes to it are refused",
    "unprotect": "BRANCH: pushes to it are taken again",
    "approve": "RUN-ID: the jobs that wait for an approval start",
    "outage": ": no request to the API gets an answer",
    "heal": ": every request gets its answer again",
}
_PREFIX = "/_control/"


def obey(standin: StandIn, request: Request) -> Answer:
    """Do what the request says, and say so."""
    command, _, argument = request.path.removeprefix(_PREFIX).partition("/")
    if request.method != "POST" or not request.path.startswith(_PREFIX) or command not in COMMANDS:
        return _told(404, "".join(f"POST {_PREFIX}{name}/{what}\n" for name, what in COMMANDS.items()))
    try:
        _do(standin, command, argument)
    except (LookupError, ValueError):
        return _told(400, f"{command}: there is no {argument!r} here.\n")
    return _told(200, f"{command} {argument}: done.\n")


def _do(standin: StandIn, command: str, argument: str) -> None:
    match command:
        case "break":
            standin.usually(argument, RunScript(conclusion="failure"))
        case "mend":
            standin.usually(argument, None)
        case "protect":
            standin.protect(f"refs/heads/{argument}")
        case "unprotect":
            standin.unprotect(f"refs/heads/{argument}")
        case "approve":
            standin.approve(int(argument))
        case "outage":
            standin.fault(Fault(kind="reset", times=math.inf))
        case "heal":
            standin.heal()


def _told(status: int, text: str) -> Answer:
    return Answer(status, {"content-type": "text/plain; charset=utf-8"}, text.encode())
