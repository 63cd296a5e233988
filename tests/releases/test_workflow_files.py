"""Which files of a commit are the workflows of a release."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from fake_release import FILES, HEAD, FakeCommits, fake_release
from patchwright.releases import workflow_files
from patchwright.settings import Settings

QA, RELEASE = ".github/workflows/qa.yaml", ".github/workflows/release.yaml"


def test_each_role_has_its_setting() -> None:
    settings = Settings(qa_workflow="tests", release_workflow="publish")
    assert workflow_files.workflow_name(settings, "qa") == "tests"
    assert workflow_files.workflow_name(settings, "release") == "publish"
    names = {name.replace("-", "_") for name in workflow_files.SETTINGS.values()}
    assert names == {"qa_workflow", "release_workflow"}


@pytest.mark.parametrize(
    ("settings", "role", "expected"),
    [
        ({}, "qa", [QA]),
        ({}, "release", [RELEASE]),
        ({"qa_workflow": "release.yaml"}, "qa", [RELEASE]),
        ({"qa_workflow": "tests"}, "qa", [".github/workflows/one.yaml", ".github/workflows/two.yml"]),
        ({"qa_workflow": "missing"}, "qa", []),
    ],
)
def test_the_files_of_the_commit_are_found_by_their_names(
    tmp_path: Path, settings: dict[str, str], role: workflow_files.Role, expected: list[str]
) -> None:
    more = {f".github/workflows/{name}": "name: tests\non: push\n" for name in ("one.yaml", "two.yml")}
    commits = FakeCommits({}, others={HEAD: {**FILES, **more}})
    release = fake_release(tmp_path, commits=commits, **cast("dict[str, Any]", settings))
    assert workflow_files.find_files(release, HEAD, role) == expected
    assert workflow_files.find_files(release, "a" * 40, role) == []
    assert workflow_files.find_file(release, HEAD, role) == (expected[0] if len(expected) == 1 else None)
