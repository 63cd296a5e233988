"""A mainline that rejects direct pushes gets the integration as one pull request."""

from __future__ import annotations

import pytest

from journeys.ground import Ground, Make
from patchwright.practice.pulls import MergeMethod

pytestmark = pytest.mark.journey

BRANCH = "patchwright/integrate-v1.24.1"


def integration_row(ground: Ground) -> str:
    """Return what the status shows of the integration."""
    steps = ground.inv("release.status", "--version", "1.24.1", "--json").json["steps"]
    return str(next(step["evidence"] for step in steps if step["name"] == "integrate-master"))


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_a_protected_mainline_gets_one_pull_request(make_ground: Make, method: MergeMethod) -> None:
    ground = make_ground("release-branch")
    ground.standin.protect("refs/heads/master")
    before = ground.refs()

    done = ground.inv("release.patch", "--version", "1.24")

    assert done.status == 0, done.text
    [pull] = ground.standin.pulls.opened
    assert (pull.head, pull.base, pull.state) == (BRANCH, "master", "open")
    url = f"/pull/{pull.number}"
    assert url in done.out
    after = ground.refs()
    assert after["refs/heads/master"] == before["refs/heads/master"]
    assert set(after) - set(before) == {f"refs/heads/{BRANCH}", "refs/tags/v1.24.1"}
    assert "almanac 1.24.1 (" in ground.show(f"{BRANCH}:documentation/changelog.rst")
    assert f"pull request open: http://github.localhost/practice/almanac{url}" == integration_row(ground)

    again = ground.inv("release.integrate-master", "--version", "1.24.1")
    assert again.status == 0, again.text
    assert ground.standin.pulls.opened == [pull]

    ground.standin.unprotect("refs/heads/master")
    ground.standin.merge(pull.number, method)
    assert "master at" in integration_row(ground)
    assert ground.inv("release.status", "--version", "1.24", "--json").json["state"] == "done"


def test_a_setting_asks_for_a_pull_request_and_a_closed_one_is_not_opened_again(ground: Ground) -> None:
    settings = ground.clone / "pyproject.toml"
    settings.write_text(settings.read_text() + "\n[tool.patchwright]\nmainline-via = 'pull-request'\n")

    done = ground.inv("release.patch", "--version", "1.24")

    assert done.status == 0, done.text
    [pull] = ground.standin.pulls.opened
    assert "almanac 1.24.1 (" not in ground.show("master:documentation/changelog.rst")
    pull.state = "closed"
    closed = ground.inv("release.integrate-master", "--version", "1.24.1")
    assert closed.status == 7
    assert "was closed without being merged" in closed.err
    assert ground.standin.pulls.opened == [pull]

    ground.origin("update-ref", "-d", f"refs/heads/{BRANCH}")
    again = ground.inv("release.integrate-master", "--version", "1.24.1")
    assert again.status == 0, again.text
    assert [one.state for one in ground.standin.pulls.opened] == ["closed", "open"]
    assert "almanac 1.24.1 (" in ground.show(f"{BRANCH}:documentation/changelog.rst")
