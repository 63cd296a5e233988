from __future__ import annotations

import http.client

import pytest

from patchwright.practice.github import Hold, RunScript
from practice.ground import Ground

pytestmark = pytest.mark.journey


def post(ground: Ground, path: str, method: str = "POST") -> tuple[int, str]:
    """What the control surface says."""
    connection = http.client.HTTPConnection(ground.standin.proxy_url.removeprefix("http://"), timeout=5)
    connection.request(method, path)
    answer = connection.getresponse()
    told = answer.status, answer.read().decode()
    connection.close()
    return told


def conclusion(ground: Ground) -> str | None:
    run = ground.standin.runs[-1]
    return run.state(run.created_at + 1e6).conclusion


def test_a_workflow_can_be_broken_and_mended(ground: Ground) -> None:
    assert post(ground, "/_control/break/qa") == (200, "break qa: done.\n")
    ground.commit("One.")
    assert conclusion(ground) == "failure"
    post(ground, "/_control/mend/qa")
    ground.commit("Two.")
    assert conclusion(ground) == "success"


def test_a_branch_can_be_protected_and_unprotected(ground: Ground) -> None:
    post(ground, "/_control/protect/release-1.24")
    push = ("git", "push", "--quiet", "origin", "HEAD~1:refs/heads/release-1.24", "--force")
    assert "GH006" in ground.run(*push, ok=False).stderr
    post(ground, "/_control/unprotect/release-1.24")
    ground.run(*push)


def test_a_run_can_be_approved(ground: Ground) -> None:
    ground.standin.script("qa", RunScript(hold=Hold("pypi", ("ada",))))
    ground.commit("Fix.")
    run = ground.standin.runs[0]
    assert run.state(run.created_at + 1e6).status == "waiting"
    assert post(ground, f"/_control/approve/{run.id}")[0] == 200
    assert conclusion(ground) == "success"


def test_the_api_can_fall_silent_and_recover(ground: Ground) -> None:
    post(ground, "/_control/outage")
    ground.run("gh", "api", "user", ok=False)
    post(ground, "/_control/heal/")
    ground.run("gh", "api", "user")


@pytest.mark.parametrize("path", ["/_control/approve/1", "/_control/approve/x"])
def test_what_is_not_there_is_told(ground: Ground, path: str) -> None:
    assert post(ground, path)[0] == 400


@pytest.mark.parametrize(
    ("path", "method"), [("/_control/", "POST"), ("/_control/break/qa", "GET"), ("/", "GET")]
)
def test_everything_else_is_answered_with_the_commands(ground: Ground, path: str, method: str) -> None:
    status, told = post(ground, path, method)
    assert (status, "POST /_control/break/qa: " in told) == (404, True)
