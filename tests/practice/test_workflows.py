from __future__ import annotations

import pytest

from patchwright.github import triggers
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


def asks(on: str) -> workflows.WorkflowFile:
    return workflows.parse_workflow(".github/workflows/w.yaml", f"name: w\n{on}\njobs: {{ a: {{}} }}\n", 1.0)


@pytest.mark.parametrize(
    ("patterns", "name", "through"),
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
def test_filter_patterns_match_as_githubs_do(patterns: str | list[str], name: str, *, through: bool) -> None:
    assert triggers.matches(patterns, name) is through


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
def test_a_push_triggers_what_asks_for_it(on: str, *, branch: bool, tag: bool) -> None:
    assert asks(on).is_triggered_by("refs/heads/master") is branch
    assert asks(on).is_triggered_by("refs/tags/v1.24.1") is tag


def test_a_ref_is_matched_without_its_prefix_but_with_all_of_its_name() -> None:
    assert asks("on: { push: { branches: [ 'fix/**' ] } }").is_triggered_by("refs/heads/fix/a/b")


def test_the_jobs_of_a_file_wait_for_each_other_and_a_matrix_makes_several() -> None:
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
def test_the_names_of_jobs_are_those_that_github_shows_or_what_is_written(job: str, names: list[str]) -> None:
    file = workflows.parse_workflow("w.yaml", f"on: push\njobs:\n  build: {job}\n", 1.0)
    assert [known.name for known in file.jobs] == names


def test_jobs_stand_after_those_that_they_need_and_steps_have_names() -> None:
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
def test_what_is_no_workflow_is_known_as_broken_by_its_path(text: str) -> None:
    file = workflows.parse_workflow(".github/workflows/w.yaml", text, 1.0)
    assert (file.name, file.broken) == (".github/workflows/w.yaml", True)
    assert not file.is_triggered_by("refs/heads/master")


def test_the_made_projects_workflows_ask_for_a_branch_and_for_a_tag() -> None:
    begun = almanac.beginning()
    qa, release = (
        workflows.parse_workflow(f"{name}.yaml", begun[f".github/workflows/{name}.yaml"] or "", 1.0)
        for name in ("qa", "release")
    )
    assert qa.is_triggered_by("refs/heads/release-1.24")
    assert not qa.is_triggered_by("refs/tags/v1.24.1")
    assert release.is_triggered_by("refs/tags/v1.24.1")
    assert not release.is_triggered_by("refs/heads/release-1.24")


@pytest.mark.parametrize(
    "message",
    [
        "Fix. [skip ci]",
        "Fix.\n\n[CI SKIP]",
        "[no ci]",
        "[skip actions]",
        "[actions skip]",
        "Fix.\n\n\nskip-checks: true",
    ],
)
def test_a_marker_in_the_message_skips_runs(message: str) -> None:
    assert triggers.skip_marker(message) is not None


@pytest.mark.parametrize(
    "message", ["Fix.", "skip ci", "Fix.\n\nskip-checks: false", "Explain skip-checks: true."]
)
def test_no_marker_skips_nothing(message: str) -> None:
    assert triggers.skip_marker(message) is None


def test_more_than_three_tags_in_a_push_start_nothing() -> None:
    tags = [f"refs/tags/v{number}" for number in range(4)]
    assert workflows.triggering_refs([*tags, "refs/heads/master"]) == ["refs/heads/master"]
    assert workflows.triggering_refs(tags[:3]) == tags[:3]
