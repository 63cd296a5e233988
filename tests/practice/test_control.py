from __future__ import annotations

import http.client
import math

import pytest

from patchwright.practice import control
from patchwright.practice.faults import API_HOST
from patchwright.practice.github import Hold, RunScript, StandIn
from patchwright.practice.wire import Answer, Request
from practice.ground import Ground
from practice.memory_hosting import BRANCH, MASTER, push_request


def post(ground: Ground, path: str) -> tuple[int, str]:
    """Return the status and the text of the answer to a command."""
    connection = http.client.HTTPConnection(ground.standin.proxy_url.removeprefix("http://"), timeout=5)
    connection.request("POST", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def obey(standin: StandIn, path: str, method: str = "POST") -> Answer:
    """Return the answer to a command, without HTTP."""
    return control.obey(standin, Request(method, "127.0.0.1", path, "", {}, b""))


def conclusion(ground: Ground) -> str | None:
    run = ground.standin.runs[-1]
    return run.state(run.created_at + 1e6).conclusion


@pytest.mark.journey
def test_curl_can_break_and_fix_a_workflow(ground: Ground) -> None:
    assert post(ground, "/_control/break/qa") == (200, "break qa: done.\n")
    ground.commit("One.")
    assert conclusion(ground) == "failure"
    post(ground, "/_control/mend/qa")
    ground.commit("Two.")
    assert conclusion(ground) == "success"


@pytest.mark.journey
def test_curl_can_protect_and_unprotect_a_branch(ground: Ground) -> None:
    post(ground, "/_control/protect/release-1.24")
    push = ("git", "push", "--quiet", "origin", "HEAD~1:refs/heads/release-1.24", "--force")
    assert "GH006" in ground.run(*push, ok=False).stderr
    post(ground, "/_control/unprotect/release-1.24")
    ground.run(*push)


@pytest.mark.journey
def test_curl_can_approve_a_run(ground: Ground) -> None:
    ground.standin.script("qa", RunScript(hold=Hold("pypi", ("ada",))))
    ground.commit("Fix.")
    run = ground.standin.runs[0]
    assert run.state(run.created_at + 1e6).status == "waiting"
    assert post(ground, f"/_control/approve/{run.id}")[0] == 200
    assert conclusion(ground) == "success"


@pytest.mark.journey
def test_curl_can_start_and_end_an_outage_of_the_api(ground: Ground) -> None:
    post(ground, "/_control/outage")
    ground.run("gh", "api", "user", ok=False)
    post(ground, "/_control/heal/")
    ground.run("gh", "api", "user")


def test_break_lets_the_runs_of_a_workflow_fail_and_fix_lets_them_succeed(memory_standin: StandIn) -> None:
    conclusions = []
    for command in ("break", "fix"):
        answer = obey(memory_standin, f"/_control/{command}/qa")
        assert (answer.status, answer.body) == (200, f"{command} qa: done.\n".encode())
        memory_standin.pushes.receive(
            push_request("refs/heads/master", BRANCH if command == "break" else MASTER)
        )
        conclusions.append(memory_standin.runs[-1].state(2000.0).conclusion)
    assert conclusions == ["failure", "success"]


def test_protect_and_unprotect_change_the_protection_of_a_branch(memory_standin: StandIn) -> None:
    obey(memory_standin, "/_control/protect/release-1.24")
    assert list(memory_standin.pushes.protected) == ["refs/heads/release-1.24"]
    obey(memory_standin, "/_control/unprotect/release-1.24")
    assert memory_standin.pushes.protected == {}


def test_outage_affects_the_api_until_heal(memory_standin: StandIn) -> None:
    obey(memory_standin, "/_control/outage")
    (fault,) = memory_standin.faults
    assert (fault.kind, fault.times, fault.host) == ("reset", math.inf, API_HOST)
    assert obey(memory_standin, "/_control/heal").body == b"heal: done.\n"
    assert memory_standin.faults == []


@pytest.mark.parametrize("command", ["approve/1", "approve/x", "break/missing", "fix/missing"])
def test_a_missing_run_or_workflow_is_an_error(memory_standin: StandIn, command: str) -> None:
    answer = obey(memory_standin, f"/_control/{command}")
    assert (answer.status, answer.body.endswith(b" does not exist.\n")) == (400, True)


@pytest.mark.parametrize(
    ("path", "method"), [("/_control/", "POST"), ("/_control/break/qa", "GET"), ("/", "GET")]
)
def test_any_other_request_is_answered_with_the_list_of_commands(
    memory_standin: StandIn, path: str, method: str
) -> None:
    answer = obey(memory_standin, path, method)
    assert answer.status == 404
    assert [line.split(": ")[0] for line in answer.body.decode().splitlines()] == [
        f"POST {path}" for path, _ in control.examples()
    ]


def test_the_examples_are_paths_of_all_commands() -> None:
    paths = [path for path, _ in control.examples()]
    assert len(paths) == len(control.COMMANDS)
    assert {"/_control/break/qa", "/_control/fix/qa", "/_control/heal"} < set(paths)
