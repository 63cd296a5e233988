"""The diagnosis of a run that does not appear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fake_gh import BRANCH, QA, REPO, SHA, START, FakeClock, FakeGh, FakeRun, github
from patchwright.github.missing_run import diagnosis
from patchwright.github.models import Target
from patchwright.practice.runs import JobScript, RunScript

TARGET = Target("qa", SHA, BRANCH)
TAG = Target("qa", SHA, "v1.24.3", is_tag=True)
PUSH = "on: push\njobs: {}\n"
BRANCHES = "on:\n  push:\n    branches: ['**']\n"


@pytest.fixture
def gh() -> Iterator[FakeGh]:
    others = {f"commits/{SHA}": {"commit": {"message": "Fix it"}}}
    with FakeGh(FakeClock(START + 300), others=others) as fake:
        yield fake


@pytest.mark.parametrize(
    ("changed", "text", "reason"),
    [
        (
            {"workflows": [{**QA, "state": "disabled_manually"}]},
            PUSH,
            "gh workflow enable qa.yaml -R github.example",
        ),
        (
            {"actions/permissions": {"enabled": False}},
            PUSH,
            "https://github.example/octo/almanac/settings/actions",
        ),
        ({f"commits/{SHA}": {"commit": {"message": "Fix it [skip ci]"}}}, PUSH, "`[skip ci]`"),
        (
            {f"commits/{SHA}": {"commit": {"message": "Fix it\n\n\nskip-checks: true\n"}}},
            PUSH,
            "`skip-checks: true`",
        ),
        ({}, "on: pull_request\n", "is not started by pushes, only by pull_request"),
        ({}, "on:\n  push:\n    branches: [master]\n", "is not started by a push of the branch release-1.24"),
        ({}, None, "has no file .github/workflows/qa.yaml"),
        ({}, PUSH, "GitHub has no runs of the commit."),
    ],
)
def test_the_diagnosis_names_the_reason(
    gh: FakeGh, changed: dict[str, Any], text: str | None, reason: str
) -> None:
    changed = dict(changed)
    gh.workflows = changed.pop("workflows", [QA])
    gh.others |= changed
    rows = diagnosis(github(gh.clock), TARGET, {".github/workflows/qa.yaml": text}.get)
    assert any(reason in row for row in rows), rows


def test_other_runs_of_the_commit_are_listed(gh: FakeGh) -> None:
    script = RunScript(jobs=[JobScript("lint", 30)])
    gh.runs = [FakeRun(script, event="workflow_dispatch", id=9, number=3)]
    url = f"{REPO.url}/actions/runs/9"
    assert diagnosis(github(gh.clock), TARGET, lambda _path: PUSH) == [
        "No reason was found. GitHub may be slow: see https://www.githubstatus.com",
        "GitHub has these runs of the commit:",
        f"  qa #3 (.github/workflows/qa.yaml), workflow_dispatch release-1.24: success {url}",
    ]


def test_a_filter_for_branches_does_not_start_runs_of_tags(gh: FakeGh) -> None:
    rows = diagnosis(github(gh.clock), TAG, lambda _path: BRANCHES)
    assert "is not started by a push of the tag v1.24.3" in rows[0]


def test_without_a_reason_the_number_of_tags_may_be_one(gh: FakeGh) -> None:
    rows = diagnosis(github(gh.clock), TAG, None)
    assert "more than three tags" in rows[1]
