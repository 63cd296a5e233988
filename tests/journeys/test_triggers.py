"""Workflows that the pushes of a release would not start: known before anything is public."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest

from journeys.ground import Done, Ground
from journeys.test_hazards import PREFLIGHT, committed
from patchwright.practice.actions import JOB_TOKEN
from patchwright.practice.almanac import FRAGMENTS, beginning
from patchwright.practice.github import APP_TOKEN, GIT_HOST
from patchwright.practice.runs import RunScript

pytestmark = pytest.mark.journey

QA, RELEASE = ".github/workflows/qa.yaml", ".github/workflows/release.yaml"
PATCH = ("release.patch", "--version", "1.24", "--yes", "--skip-check")
BRANCH, TAG = "refs/heads/release-1.24", "refs/tags/v1.24.1"
FILES = beginning()
PUSH = "push:\n    branches: [ master, 'release-*' ]"


def qa(push: str) -> str:
    """Return the QA workflow with other triggers."""
    text = str(FILES[QA])
    assert PUSH in text
    return text.replace(PUSH, push)


def release(on: str) -> str:
    """Return the release workflow with another `on`."""
    return str(FILES[RELEASE]).replace("on:\n  push:\n    tags: [ 'v*' ]", on)


def put(
    ground: Ground, files: Mapping[str, str | None], branch: str = "release-1.24", message: str = "x"
) -> str:
    """Commit files to a branch of origin, and leave them there."""
    with committed(ground, branch, dict(files), message) as sha:
        ref = f"refs/heads/{branch}"
    ground.origin("update-ref", ref, sha)
    return sha


def require_nothing_public(ground: Ground, before: Mapping[str, str], done: Done) -> None:
    """Require that a halt came before the first push, and that GitHub starts no run."""
    assert done.status == 3, done.text
    assert ground.refs() == before
    assert ground.standin.events == []
    assert ground.standin.runs == []


CASES: dict[str, tuple[Mapping[str, str | None], tuple[str, ...]]] = {
    "on: release": (
        {RELEASE: release("on:\n  release:\n    types: [ published ]")},
        (
            "The release workflow would never start",
            RELEASE,
            "`on` is `{release: {types: [published]}}`",
            "'v*'",
        ),
    ),
    "another branch": (
        {QA: qa("push:\n    branches: [ main ]")},
        ("QA would never start", QA, "`on.push.branches` is `[main]`", "Add 'release-*'"),
    ),
    "a filter by path": (
        {QA: qa("push:\n    paths: [ 'src/**' ]")},
        (
            "QA would never start",
            QA,
            "`on.push.paths` is `[src/**]`",
            "almanac/__init__.py",
            "almanac/years.py",
        ),
    ),
    "a filter for tags": (
        {RELEASE: release("on:\n  push:\n    tags: [ '[0-9]*' ]")},
        ("The release workflow would never start", RELEASE, "`on.push.tags` is `[[0-9]*]`", "Add 'v*'"),
    ),
    "a job that never runs": (
        {QA: qa(PUSH).replace("  initialize:\n", "  initialize:\n    if: false\n", 1)},
        ("QA would never start", "never runs initialize", "`jobs.initialize.if` is `false`"),
    ),
    "not YAML": (
        {RELEASE: "name: release\non: [ push\n"},
        ("It is not known whether the release workflow would start", "is not valid YAML"),
    ),
    "no such file": (
        {QA: None, ".github/workflows/tester.yaml": qa(PUSH).replace("name: qa", "name: tester")},
        (
            "release-1.24 has no workflow file that matches `qa`",
            "tester.yaml",
            "INVOKE_PATCHWRIGHT_QA_WORKFLOW",
        ),
    ),
    "two of one name": (
        {".github/workflows/tester.yaml": qa(PUSH)},
        ("release-1.24 has 2 workflow files that match `qa`", "tester.yaml", QA),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_workflow_that_would_not_start_halts_before_anything_is_public(ground: Ground, name: str) -> None:
    files, facts = CASES[name]
    put(ground, files)
    before = ground.refs()

    done = ground.inv(*PATCH)

    require_nothing_public(ground, before, done)
    for fact in ("Halted at preflight", *facts):
        assert fact in done.err


def test_a_disabled_workflow_halts_before_anything_is_public(ground: Ground) -> None:
    before = ground.refs()
    for workflow, state in (("qa", "disabled_inactivity"), ("release", "disabled_manually")):
        ground.standin.workflow(workflow).state = state

        done = ground.inv(*PATCH)

        require_nothing_public(ground, before, done)
        assert f"{workflow}.yaml is disabled ({state})" in done.err
        assert f"gh workflow enable {workflow}.yaml" in done.err
        ground.standin.workflow(workflow).state = "active"


def test_after_the_fix_that_the_halt_names_the_release_goes_on(ground: Ground) -> None:
    put(ground, {QA: qa("push:\n    branches: [ main ]")})
    assert ground.inv(*PATCH).status == 3
    put(ground, {QA: qa("push:\n    branches: [ main, 'release-*' ]")})

    done = ground.inv(*PATCH)

    assert done.status == 0, done.text
    assert TAG in ground.refs()


def test_a_pick_that_repairs_the_workflow_is_enough(ground: Ground) -> None:
    put(ground, {RELEASE: release("on:\n  release:\n    types: [ published ]")})
    put(ground, {RELEASE: release("on:\n  release:\n    types: [ published ]")}, "master")
    repair = {RELEASE: FILES[RELEASE], f"{FRAGMENTS}/+ci.repair.rst": "Publish.\n"}
    fix = put(ground, repair, "master", "Publish tags.")

    done = ground.inv(*PATCH)

    assert done.status == 0, done.text
    assert f"(cherry picked from commit {fix})" in ground.origin("log", "--format=%B", BRANCH)


def test_a_pick_that_breaks_the_workflow_halts_immediately_before_the_push(ground: Ground) -> None:
    broken = {QA: qa("pull_request:"), f"{FRAGMENTS}/+ci.repair.rst": "Test less.\n"}
    put(ground, broken, "master")
    before = ground.refs()

    done = ground.inv(*PATCH)

    require_nothing_public(ground, before, done)
    assert "Halted at push" in done.err or "Halted at prepare" in done.err
    assert "is not started by pushes, only by pull_request" in done.err


def test_a_marker_in_a_pick_that_becomes_the_head_halts(ground: Ground) -> None:
    # 1.24.1 is prepared and pushed, QA fails, and the fix is a pick without a fragment.
    ground.standin.usually("qa", RunScript(conclusion="failure"))
    assert ground.inv(*PATCH).status == 5
    fix = put(ground, {"almanac/moons.py": "MOONS = 1\n"}, "master", "Repair it. [skip ci]")
    before, events = ground.refs(), len(ground.standin.events)

    done = ground.inv(*PATCH, "--patches", ",".join((*ground.project.patches, fix)))

    assert done.status == 3, done.text
    assert "QA would never start" in done.err
    assert "`[skip ci]`" in done.err
    assert ground.refs() == before
    assert len(ground.standin.events) == events


def test_the_file_of_the_branch_decides_if_it_was_renamed_on_the_mainline(ground: Ground) -> None:
    tester = ".github/workflows/tester.yaml"
    put(ground, {QA: None, tester: FILES[QA]})
    # GitHub lists the file on the branch only after its first run.
    assert ground.inv(*PREFLIGHT).status == 0

    done = ground.inv(*PATCH)

    assert done.status == 0, done.text
    # The pushes to master start the file that master has.
    paths = [run.workflow.path for run in ground.standin.runs if run.head_branch != "master"]
    assert paths == [tester, RELEASE, tester]


def test_one_file_can_be_qa_and_release(ground: Ground) -> None:
    one = ".github/workflows/all.yaml"
    text = qa("push:\n    branches: [ master, 'release-*' ]\n    tags: [ 'v*' ]").replace(
        "name: qa", "name: all"
    )
    for branch in ("release-1.24", "master"):
        put(ground, {QA: None, RELEASE: None, one: text}, branch)
    done = ground.inv(*PATCH, INVOKE_PATCHWRIGHT_QA_WORKFLOW="all", INVOKE_PATCHWRIGHT_RELEASE_WORKFLOW="all")

    assert done.status == 0, done.text
    pushed = [run.head_branch for run in ground.standin.runs]
    assert pushed == ["release-1.24", "v1.24.1", "release-1.24", "master"]
    assert "qa run" in done.text
    assert "release run" in done.text


def test_one_file_that_only_branches_start_halts(ground: Ground) -> None:
    before = ground.refs()
    done = ground.inv(*PATCH, INVOKE_PATCHWRIGHT_RELEASE_WORKFLOW="qa")
    require_nothing_public(ground, before, done)
    assert f"The release workflow would never start: {QA}" in done.err
    assert "Add `tags: ['v*']` to `on.push`." in done.err


def test_in_a_job_of_github_actions_the_token_of_the_job_halts(ground: Ground) -> None:
    def use(token: str) -> None:
        """Configure git as actions/checkout does."""
        header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        ground.git("config", f"http.http://{GIT_HOST}/.extraheader", f"AUTHORIZATION: basic {header}")

    before = ground.refs()
    use(JOB_TOKEN)

    done = ground.inv(*PATCH, GITHUB_ACTIONS="true")

    require_nothing_public(ground, before, done)
    assert "Pushes from this job start no workflows" in done.err
    assert JOB_TOKEN not in done.text

    use(APP_TOKEN)
    passed = ground.inv(*PREFLIGHT, GITHUB_ACTIONS="true")
    assert passed.status == 0
    assert "it is not known" not in passed.text


def test_github_starts_no_runs_for_the_token_of_a_job(ground: Ground) -> None:
    header = base64.b64encode(f"x-access-token:{JOB_TOKEN}".encode()).decode()
    setting = f"http.extraheader=AUTHORIZATION: basic {header}"
    ground.git("-c", setting, "push", "--quiet", "origin", "HEAD:refs/heads/release-9.9")
    assert len(ground.standin.events) == 1
    assert ground.standin.runs == []
