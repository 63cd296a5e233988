from __future__ import annotations

import json

import pytest

from patchwright.practice import almanac, workflows

QA = """\
name: qa
on:
  push:
    branches: [ master, 'release-*' ]
jobs:
  initialize: {}
  test:
    needs: initialize
    continue-on-error: true
    strategy:
      matrix:
        python: [ 3.10, '3.11' ]
        system: [ linux ]
    steps:
      - uses: actions/checkout@v4
      - name: Run the tests
        run: |
          hatch run testers
  report:
    name: Report to all
    needs: [ initialize, test ]
"""


TWO = ["build (1, 2)", "build (3)"]
THREE = ["build (1, x)", "build (2, x)", "build (2, y)"]


def file_with(on: str) -> workflows.WorkflowFile:
    return workflows.parse_workflow(".github/workflows/w.yaml", f"name: w\n{on}\njobs: {{ a: {{}} }}\n", 1.0)


@pytest.mark.parametrize(
    ("patterns", "name", "is_triggered"),
    [
        ("master", "master", True),
        ("master", "master2", False),
        ("release-*", "release-1.24", True),
        ("release-*", "release-1.24/fix", False),
        ("release-**", "release-1.24/fix", True),
        ("release-1.24", "release-1x24", False),
        ("v[0-9]+.[0-9]+", "v1.24", True),
        ("v[0-9]+.[0-9]+", "v1.24.1", False),
        ("v1?", "v", True),
        (["release-*", "!release-1.24"], "release-1.24", False),
        (["release-*", "!release-1.*", "release-1.24"], "release-1.24", True),
        (["!master"], "release-1.24", False),
    ],
)
def test_branch_filters_match_as_on_github(
    patterns: str | list[str], name: str, *, is_triggered: bool
) -> None:
    file = file_with(f"on: {{ push: {{ branches: {json.dumps(patterns)} }} }}")
    assert file.is_triggered_by(f"refs/heads/{name}") is is_triggered


@pytest.mark.parametrize(
    ("on", "branch", "tag"),
    [
        ("on: push", True, True),
        ("on: [ pull_request, push ]", True, True),
        ("on: { push: }", True, True),
        ("on: pull_request", False, False),
        ("on: { push: { branches: [ master ] } }", True, False),
        ("on: { push: { tags: [ 'v*' ] } }", False, True),
        ("on: { push: { branches: [ master ], tags: [ x ] } }", True, False),
        ("on: { push: { branches-ignore: [ master ] } }", False, False),
        ("on: { push: { tags-ignore: [ 'x*' ] } }", False, True),
    ],
)
def test_a_push_triggers_the_workflows_whose_filters_accept_it(on: str, *, branch: bool, tag: bool) -> None:
    assert file_with(on).is_triggered_by("refs/heads/master") is branch
    assert file_with(on).is_triggered_by("refs/tags/v1.24.1") is tag


@pytest.mark.parametrize(
    ("on", "paths", "branch", "tag"),
    [
        ("on: { push: { paths: [ 'src/**' ] } }", ["src/a.py", "b"], True, True),
        ("on: { push: { paths: [ 'src/**' ] } }", ["b"], False, True),
        ("on: { push: { paths-ignore: [ '**.rst' ] } }", ["a.rst", "b/c.rst"], False, True),
        ("on: { push: { paths-ignore: [ '**.rst' ] } }", ["a.rst", "b/c.py"], True, True),
        ("on: { push: { branches: [ master ], paths: [ b ] } }", ["b"], True, False),
    ],
)
def test_a_filter_by_path_concerns_pushes_of_branches(
    on: str, paths: list[str], *, branch: bool, tag: bool
) -> None:
    assert file_with(on).is_triggered_by("refs/heads/master", lambda: paths) is branch
    assert file_with(on).is_triggered_by("refs/tags/v1.24.1", lambda: paths) is tag


def test_a_job_that_never_runs_is_skipped_with_the_jobs_that_need_it() -> None:
    text = "on: push\njobs: { a: { if: false }, b: { needs: a }, c: {} }\n"
    file = workflows.parse_workflow("w.yaml", text, 1.0)
    assert {job.name: job.conclusion for job in file.jobs} == {
        "a": "skipped",
        "b": "skipped",
        "c": "success",
    }


def test_a_filter_matches_the_whole_name_of_a_ref_without_its_prefix() -> None:
    assert file_with("on: { push: { branches: [ 'fix/**' ] } }").is_triggered_by("refs/heads/fix/a/b")


def test_jobs_have_needs_and_a_matrix_creates_a_job_for_each_combination() -> None:
    file = workflows.parse_workflow(".github/workflows/qa.yaml", QA, 3.0)
    assert (file.name, file.broken) == ("qa", False)
    assert [(job.name, tuple(job.needs), job.may_fail) for job in file.jobs] == [
        ("initialize", (), False),
        ("test (3.10, linux)", ("initialize",), True),
        ("test (3.11, linux)", ("initialize",), True),
        ("Report to all", ("initialize", "test (3.10, linux)", "test (3.11, linux)"), False),
    ]
    assert file.jobs[1].steps == ("Set up job", "Run actions/checkout@v4", "Run the tests")
    assert {job.seconds for job in file.jobs} == {3.0}


@pytest.mark.parametrize(
    ("job", "names"),
    [
        ("{}", ["build"]),
        ("{ name: Build all }", ["Build all"]),
        ("{ strategy: { matrix: '${{ fromJSON(x) }}' } }", ["build"]),
        ("{ strategy: { matrix: { py: '${{ fromJSON(x) }}' } } }", ["build (${{ fromJSON(x) }})"]),
        ("{ strategy: { matrix: { include: [ { a: 1, b: 2 }, { a: 3 } ] } } }", TWO),
        ("{ strategy: { matrix: { a: [ 1, 2 ], b: [ x, y ], exclude: [ { a: 1, b: y } ] } } }", THREE),
        ("{ name: 'on ${{ matrix.a }}', strategy: { matrix: { a: [ 1, 2 ], b: [ x ] } } }", ["on 1", "on 2"]),
        ("{ strategy: { matrix: { a: [ { x: 1 }, { x: 2 } ] } } }", ["build"]),
        ("{ uses: ./.github/workflows/other.yaml }", ["build"]),
    ],
)  # fmt: skip
def test_job_names_are_those_that_github_shows(job: str, names: list[str]) -> None:
    file = workflows.parse_workflow("w.yaml", f"on: push\njobs:\n  build: {job}\n", 1.0)
    assert [job.name for job in file.jobs] == names


def test_jobs_come_after_the_jobs_that_they_need_and_steps_have_names() -> None:
    steps = r'[ { run: "" }, { run: "\nx\ny\n" }, { uses: z } ]'
    text = f"on: push\njobs:\n  b: {{ needs: [ a ] }}\n  a: {{ steps: {steps} }}\n"
    file = workflows.parse_workflow("w.yaml", text, 1.0)
    assert [job.name for job in file.jobs] == ["a", "b"]
    assert file.jobs[0].steps == ("Set up job", "Run nothing", "Run x", "Run z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "]",
        "- a\n",
        "name: w\njobs: {}\n",
        "on: push\n",
        "on: push\njobs: { a: { needs: b } }",
        "on: push\njobs: { a: { needs: b }, b: { needs: a } }",
    ],
)
def test_an_invalid_workflow_is_broken_and_has_its_path_as_its_name(text: str) -> None:
    file = workflows.parse_workflow(".github/workflows/w.yaml", text, 1.0)
    assert (file.name, file.broken) == (".github/workflows/w.yaml", True)
    assert not file.is_triggered_by("refs/heads/master")


def test_in_the_almanac_qa_runs_for_branches_and_release_for_tags() -> None:
    files = almanac.beginning()
    qa, release = (
        workflows.parse_workflow(f"{name}.yaml", files[f".github/workflows/{name}.yaml"] or "", 1.0)
        for name in ("qa", "release")
    )
    assert qa.is_triggered_by("refs/heads/release-1.24")
    assert not qa.is_triggered_by("refs/tags/v1.24.1")
    assert release.is_triggered_by("refs/tags/v1.24.1")
    assert not release.is_triggered_by("refs/heads/release-1.24")


def test_more_than_three_tags_in_a_push_start_no_runs() -> None:
    tags = [f"refs/tags/v{number}" for number in range(4)]
    assert workflows.triggering_refs([*tags, "refs/heads/master"]) == ["refs/heads/master"]
    assert workflows.triggering_refs(tags[:3]) == tags[:3]
