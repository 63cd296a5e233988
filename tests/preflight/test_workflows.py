"""Checks of the workflows that a release needs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fake_gh import QA, FakeClock, FakeGh, Recorder, github
from fake_release import FILES, HEAD, REFS, URL, FakeCommits, fake_release
from histories import Files
from memory_release import BRANCH, FLAVOUR, MAINLINE, MemoryRelease
from patchwright.halts import Prerequisite
from patchwright.preflight import workflows
from patchwright.preflight.checks import Check
from patchwright.progress import SilentProgress
from patchwright.releases.release import Release
from patchwright.settings import Settings
from patchwright.tools.git import Clone
from patchwright.tools.shell import Shell
from repository import WORKFLOW_FILES

RELEASE = {"id": 8, "name": "release", "path": ".github/workflows/release.yaml", "state": "active"}
CHECKS = [(workflows.require_qa_workflow, QA), (workflows.require_release_workflow, RELEASE)]


@pytest.fixture
def gh(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGh]:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    with FakeGh(FakeClock()) as gh:
        yield gh


def on_github(path: Path, gh: FakeGh) -> Release:
    return fake_release(path, github=github(gh.clock), commits=FakeCommits())


# require_qa_workflow, require_release_workflow


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_an_enabled_workflow_passes(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    gh.workflows = [workflow]
    check(on_github(tmp_path, gh))


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_before_the_release_is_resolved_github_decides_what_a_workflow_is(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    gh.workflows = []
    release = Release(Shell(tmp_path), Settings(), Clone(tmp_path, tmp_path, shallow=False), SilentProgress())
    release.origin.urls = ([URL], [URL])
    release.github = github(gh.clock)
    with pytest.raises(Prerequisite, match=rf"^octo/almanac has no workflow `{workflow['name']}`\.$"):
        check(release)


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_a_workflow_that_github_does_not_list_yet_passes(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    gh.workflows = []
    check(on_github(tmp_path, gh))
    assert workflow["path"] in FILES


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_the_file_of_the_pushed_commit_decides_between_workflows_of_one_name(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    other = {**workflow, "id": 99, "path": ".github/workflows/old.yml"}
    gh.workflows = [other, workflow]
    check(on_github(tmp_path, gh))
    gh.workflows = [{**other, "state": "disabled_manually"}, {**workflow, "state": "disabled_inactivity"}]
    with pytest.raises(Prerequisite, match=f"^The workflow {workflow['path']} is disabled"):
        check(on_github(tmp_path, gh))


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_a_disabled_workflow_halts(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    gh.workflows = [{**workflow, "state": "disabled_manually"}]
    with pytest.raises(Prerequisite, match=f"^The workflow {workflow['path']} is disabled"):
        check(on_github(tmp_path, gh))


@pytest.mark.parametrize(("check", "workflow"), CHECKS)
def test_github_is_not_asked_without_a_url(
    tmp_path: Path, gh: FakeGh, check: Check, workflow: dict[str, Any]
) -> None:
    gh.workflows = [workflow]
    check(fake_release(tmp_path, urls=([], []), github=github(gh.clock)))
    assert gh.requests == []


# require_unmarked_commit


def prepared(path: Path, message: str, files: Mapping[str, str] = FILES) -> Release:
    """Return a release whose release commit has this message."""
    return fake_release(path, commits=FakeCommits(is_complete=True, message=message, files=files))


@pytest.mark.parametrize(
    "marker",
    [
        "[skip ci]",
        "[ci skip]",
        "[no ci]",
        "[skip actions]",
        "[actions skip]",
        "[SKIP CI]",
        "\n\nskip-checks: true",
    ],
)
def test_a_marker_that_keeps_github_from_starting_qa_halts(tmp_path: Path, marker: str) -> None:
    with pytest.raises(Prerequisite) as raised:
        workflows.require_unmarked_commit(prepared(tmp_path, f"Fix it. {marker}"))
    assert raised.value.cause == (
        f"QA would never start: the message of commit ffffffffff contains `{marker.strip().lower()}`."
    )
    assert raised.value.evidence[0].startswith("Fix it.")
    assert raised.value.remedy == ("Add a commit without the marker on top of it.",)


def test_a_marker_in_a_subject_of_the_settings_halts(tmp_path: Path) -> None:
    release = fake_release(tmp_path, commits=FakeCommits(), version_subject="{version} [no ci]")
    with pytest.raises(Prerequisite) as raised:
        workflows.require_unmarked_commit(release)
    assert raised.value.cause == (
        "QA would never start: a commit subject in the settings contains `[no ci]`."
    )
    assert raised.value.evidence == ("Update changelog for v1.24.1 patch release.", "1.24.1 [no ci]")
    assert raised.value.remedy == ("Remove the marker from `changelog-subject` and `version-subject`.",)


def test_messages_without_a_marker_start_workflows(tmp_path: Path) -> None:
    workflows.require_unmarked_commit(fake_release(tmp_path, commits=FakeCommits()))
    message = "Skip ci in the documentation.\n\nSee [skip] and ci."
    workflows.require_unmarked_commit(prepared(tmp_path, message))


# trigger_problems, require_startable


QA_FILE, RELEASE_FILE = WORKFLOW_FILES
NOT_PUSHED = {**REFS, "refs/heads/release-1.24": "9" * 40}


def with_files(path: Path, files: Mapping[str, str], **settings: Any) -> Release:  # noqa: ANN401  of settings
    """Return a prepared release with other workflow files, whose head is not on origin yet."""
    kept = {name: text for name, text in FILES.items() if name not in WORKFLOW_FILES}
    commits = FakeCommits(is_complete=True, files={**kept, **files})
    return fake_release(path, commits=commits, refs=NOT_PUSHED, **settings)


def causes(release: Release) -> list[str]:
    return [problem.cause for problem in workflows.trigger_problems(release, HEAD)]


def test_pushes_that_start_both_workflows_have_no_problems(tmp_path: Path) -> None:
    release = with_files(tmp_path, WORKFLOW_FILES)
    assert causes(release) == []
    workflows.require_startable(release)
    workflows.require_qa_trigger(release)
    workflows.require_release_trigger(release)


def test_a_problem_names_file_key_and_value_and_the_fix(tmp_path: Path) -> None:
    release = with_files(
        tmp_path,
        {
            QA_FILE: "name: qa\non: { push: { branches: [main] } }\njobs: { a: {} }",
            RELEASE_FILE: "name: release\non: { release: { types: [published] } }\njobs: { a: {} }",
        },
    )
    qa, published = workflows.trigger_problems(release, HEAD)
    assert qa.cause == (
        "QA would never start: .github/workflows/qa.yaml at ffffffffff is not started by a push of the "
        "branch release-1.24."
    )
    assert qa.evidence == (".github/workflows/qa.yaml at ffffffffff: `on.push.branches` is `[main]`",)
    assert qa.remedy[0] == "Add 'release-*' to `on.push.branches`."
    assert published.cause == (
        "The release workflow would never start: .github/workflows/release.yaml at ffffffffff is not started "
        "by pushes, only by release."
    )
    assert published.evidence[0].endswith("`on` is `{release: {types: [published]}}`")
    assert published.remedy[0] == "Add `push: {tags: ['v*']}` to `on`."
    with pytest.raises(Prerequisite, match="2 problems must be fixed"):
        workflows.require_startable(release)
    for check in (workflows.require_qa_trigger, workflows.require_release_trigger):
        with pytest.raises(Prerequisite, match="would never start"):
            check(release)


def test_a_push_that_was_made_is_not_judged_again(tmp_path: Path) -> None:
    files = {**FILES, QA_FILE: "on: release\njobs: {}"}
    release = prepared(tmp_path, "Fix it.", files)
    assert causes(release) == []


def test_the_marker_of_the_head_is_a_problem_too(tmp_path: Path) -> None:
    (cause,) = causes(prepared(tmp_path, "Fix it. [skip ci]"))
    assert cause.startswith("QA would never start")


def test_the_name_of_the_setting_finds_a_renamed_file(tmp_path: Path) -> None:
    moved = {".github/workflows/tester.yaml": "name: qa\non: pull_request\njobs: {}"}
    release = with_files(tmp_path, {**moved, RELEASE_FILE: WORKFLOW_FILES[RELEASE_FILE]})
    (cause,) = causes(release)
    assert "QA would never start: .github/workflows/tester.yaml" in cause


@pytest.mark.parametrize(
    ("files", "cause", "evidence"),
    [
        (
            {},
            "release-1.24 has no workflow file that matches `qa`.",
            "in ffffffffff: .github/workflows/release.yaml",
        ),
        (
            {".github/workflows/tester.yaml": "name: test\n", ".github/workflows/below/qa.yaml": ""},
            "release-1.24 has no workflow file that matches `qa`.",
            "in ffffffffff: .github/workflows/tester.yaml",
        ),
        (
            {".github/workflows/tester.yaml": "name: qa\n", QA_FILE: ""},
            "release-1.24 has 2 workflow files that match `qa`.",
            "in ffffffffff: .github/workflows/tester.yaml",
        ),
    ],
)
def test_a_name_must_fit_one_file(tmp_path: Path, files: dict[str, str], cause: str, evidence: str) -> None:
    release = with_files(tmp_path, {**files, RELEASE_FILE: WORKFLOW_FILES[RELEASE_FILE]})
    (problem,) = workflows.trigger_problems(release, HEAD)
    assert problem.cause == cause
    assert problem.evidence[0].endswith(evidence)
    assert "`qa-workflow`" in problem.remedy[0]


def test_one_file_may_have_both_roles(tmp_path: Path) -> None:
    one = {".github/workflows/all.yaml": "name: all\non: push\njobs: { a: {} }"}
    assert causes(with_files(tmp_path, one, qa_workflow="all", release_workflow="all.yaml")) == []
    only_branches = {".github/workflows/all.yaml": "on: { push: { branches: ['**'] } }\njobs: { a: {} }"}
    (cause,) = causes(with_files(tmp_path, only_branches, qa_workflow="all", release_workflow="all"))
    assert cause.startswith("The release workflow would never start: .github/workflows/all.yaml")


def test_a_job_of_the_setting_must_be_able_to_run(tmp_path: Path) -> None:
    text = "name: release\non: push\njobs: { build: {}, publish: { if: false } }"
    files = {**WORKFLOW_FILES, RELEASE_FILE: text}
    assert causes(with_files(tmp_path, files)) == []
    (cause,) = causes(with_files(tmp_path, files, release_jobs=("publish",)))
    assert cause.endswith(" never runs publish.")


def test_what_depends_on_an_expression_is_said_and_passes(tmp_path: Path) -> None:
    text = "name: release\non: push\njobs: { publish: { if: '${{ vars.PUBLISH }}' } }"
    release = with_files(tmp_path, {**WORKFLOW_FILES, RELEASE_FILE: text})
    release.progress = Recorder()
    assert causes(release) == []
    (said,) = release.progress.said
    assert said.startswith("it is not known whether the tag v1.24.1 starts the release workflow: ")
    assert said.endswith("only if an expression is true; `jobs.publish.if` is `${{ vars.PUBLISH }}`")


def test_a_file_that_cannot_be_read_halts(tmp_path: Path) -> None:
    (cause,) = causes(with_files(tmp_path, {**WORKFLOW_FILES, RELEASE_FILE: "name: [release"}))
    assert cause.startswith("It is not known whether the release workflow would start: ")
    assert "is not valid YAML" in cause


# Filters by path, against what the push changes


PATHS = "name: qa\non: { push: { paths: ['src/**'] } }\njobs: { a: {} }"


def commit_locally(release: MemoryRelease, files: Files) -> None:
    """Commit to the local release branch."""
    tip = release.memory.local.get(BRANCH) or release.memory.remote[BRANCH]
    release.memory.local[BRANCH] = release.memory.add_commit("Change.", files, tip)
    release.refresh()


def with_filter(path: Path, filtered: str = PATHS, picks: tuple[str, ...] | None = None) -> MemoryRelease:
    """Return a release with a filter by path on origin's branch, and a local commit to the documentation."""
    release = MemoryRelease(path)
    release.move_branch("Filter.", {QA_FILE: filtered})
    commit_locally(release, {"docs/a.rst": "a\n"})
    release.resolve(replace(release.plan, picks=picks))
    return release


def test_a_filter_by_path_is_compared_with_everything_that_the_push_changes(tmp_path: Path) -> None:
    release = with_filter(tmp_path)
    (problem,) = workflows.trigger_problems(release, release.commits.head)
    assert problem.cause.endswith("that changes only docs/a.rst.")
    commit_locally(release, {"src/a.py": "a\n"})
    assert workflows.trigger_problems(release, release.commits.head) == []


def test_a_filter_by_path_is_ignored_after_a_thousand_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = with_filter(tmp_path)
    monkeypatch.setattr(workflows, "_MAX_COMMITS", 0)
    assert workflows.trigger_problems(release, release.commits.head) == []


@pytest.mark.parametrize("path", ["almanac.py", FLAVOUR.changelog, "docs/*", "suns.py"])
def test_in_preflight_patches_version_and_changelog_count_as_changed(tmp_path: Path, path: str) -> None:
    release = with_filter(tmp_path, PATHS.replace("src/**", path))
    fix = release.memory.add_commit("Fix.", {"suns.py": "x\n"}, release.memory.remote[MAINLINE])
    release.memory.remote[MAINLINE] = fix
    release.refresh()
    release.choose((fix,))
    workflows.require_qa_trigger(release)


def test_in_preflight_a_filter_that_no_change_passes_halts(tmp_path: Path) -> None:
    release = with_filter(tmp_path, picks=())
    with pytest.raises(Prerequisite, match=r"changes only .*almanac\.py, docs/a\.rst\."):
        workflows.require_qa_trigger(release)


def test_patches_that_are_not_chosen_yet_leave_a_filter_by_path_open(tmp_path: Path) -> None:
    release = with_filter(tmp_path)
    workflows.require_qa_trigger(release)
    (said,) = release.shown.said
    assert "may not be started" in said


def test_a_bump_command_of_the_project_may_change_other_files(tmp_path: Path) -> None:
    release = with_filter(tmp_path, picks=())
    release.settings = replace(release.settings, bump_command=("bump", "{version}"))
    workflows.require_qa_trigger(release)
    assert "may not be started" in release.shown.said[0]


def test_a_pick_that_changes_the_workflow_is_judged_before_the_push(tmp_path: Path) -> None:
    release = with_filter(tmp_path)
    fix = release.memory.add_commit(
        "Repair QA.", {QA_FILE: "name: qa\non: push\n"}, release.memory.remote[MAINLINE]
    )
    release.memory.remote[MAINLINE] = fix
    release.refresh()
    release.choose((fix,))
    workflows.require_qa_trigger(release)
    assert workflows.trigger_problems(release, release.commits.head)
