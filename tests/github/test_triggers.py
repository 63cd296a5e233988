"""Which pushes start a workflow: markers, triggers and filters."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, strategies as st

from patchwright.github.triggers import (
    Push,
    find_obstacle,
    select_files,
    skip_marker,
    skipped_jobs,
)

BRANCH, TAG = Push("release-1.24", pattern="release-*"), Push("v1.24.3", is_tag=True, pattern="v*")
MASTER = Push("master")
BRANCHES = "on:\n  push:\n    branches: [master, 'release-*']\n"


@pytest.mark.parametrize("marker", ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"])
def test_a_marker_anywhere_in_the_message_is_found(marker: str) -> None:
    assert skip_marker(f"Fix it {marker}") == marker
    assert skip_marker(f"Fix it\n\nBecause {marker.upper()}.\n") == marker


@pytest.mark.parametrize("trailer", ["skip-checks: true", "skip-checks:true"])
def test_a_trailer_at_the_end_of_the_message_is_found(trailer: str) -> None:
    assert skip_marker(f"Fix it\n\n\n{trailer}\n") == trailer


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Fix it",
        "skip ci",
        "Fix it\n\nskip-checks: true\n\nNot at the end.",
        "[skip cider]",
        "skip-checks: false",
    ],
)
def test_other_messages_have_no_marker(message: str) -> None:
    assert skip_marker(message) is None


def changing(*paths: str, more: bool = False) -> Push:
    """Return a push of the release branch that changes these files."""
    return Push("release-1.24", changed_paths=lambda: paths, may_change_more=more)


# What starts


@pytest.mark.parametrize(
    ("text", "push"),
    [
        ("on: push", MASTER),
        ("on: push", TAG),
        ("on: [pull_request, push]", MASTER),
        ("'on': [push]", MASTER),
        ("on:\n  push:\n", TAG),
        ("on:\n  push: {}\n  release:\n    types: [published]\n", TAG),
        ("on:\n  push:\n    paths: [src/**]\n", MASTER),
        ("on:\n  push:\n    paths: [src/**]\n", TAG),
        (
            "on:\n  push:\n    tags: ['v*']\n    paths: [src/**]\n",
            Push("v1", is_tag=True, changed_paths=lambda: ["a"]),
        ),
        (BRANCHES, BRANCH),
        ("on:\n  push:\n    tags: ['v*']\n", TAG),
        ("on:\n  push:\n    tags: ['v*']\n    branches: [main]\n", TAG),
        ("on:\n  push:\n    tags-ignore: ['nightly-*']\n", TAG),
        ("on:\n  push:\n    branches-ignore: ['wip/**']\n", BRANCH),
        ("on:\n  push:\n    branches: release-1.24\n", BRANCH),
        ("on:\n  push:\n    branches: ['**', '!wip/**']\n", BRANCH),
        ("on:\n  push:\n    branches: ['+']\n", Push("+")),
        ("on:\n  push:\n    paths: ['**.py']\n", changing("a/b.py", "README.rst")),
        ("on:\n  push:\n    paths: ['**', '!docs/**']\n", changing("docs/a.rst", "a.py")),
        ("on:\n  push:\n    paths-ignore: ['docs/**']\n", changing("docs/a.rst", "a.py")),
        ("on:\n  push:\n    paths-ignore: ['docs/**']\n", changing("a.py", more=True)),
        ("on: push\njobs: { a: { if: true }, b: { if: false } }\n", BRANCH),
        ("on: push\njobs: { a: { if: 'always()' } }\n", BRANCH),
        ("on: push\njobs: { a: {}, b: { if: \"github.ref_type == 'tag'\" } }\n", BRANCH),
    ],
)
def test_a_push_that_starts_the_workflow_meets_no_obstacle(text: str, push: Push) -> None:
    assert find_obstacle(text, push) is None


# What does not start, with the key and the value that a person must change


@pytest.mark.parametrize(
    ("text", "push", "reason", "key", "value"),
    [
        ("on: release", TAG, "only by release", "on", "release"),
        (
            "on:\n  release:\n    types: [published]\n",
            TAG,
            "only by release",
            "on",
            "{release: {types: [published]}}",
        ),
        (
            "on: [pull_request, workflow_dispatch]",
            MASTER,
            "only by pull_request, workflow_dispatch",
            "on",
            "[pull",
        ),
        ("on: workflow_call", MASTER, "only by workflow_call", "on", "workflow_call"),
        (
            "on: { workflow_run: { workflows: [qa] } }",
            BRANCH,
            "only by workflow_run",
            "on",
            "{workflow_run: ",
        ),
        (BRANCHES, Push("hotfix"), "the branch hotfix", "on.push.branches", "[master, release-*]"),
        (
            BRANCHES,
            Push("release/1.24"),
            "the branch release/1.24",
            "on.push.branches",
            "[master, release-*]",
        ),
        (BRANCHES, TAG, "the tag v1.24.3", "on.push", "{branches: [master, release-*]}"),
        ("on:\n  push:\n    branches: [main]\n", BRANCH, "release-1.24", "on.push.branches", "[main]"),
        (
            "on:\n  push:\n    branches: ['**', '!release-*']\n",
            BRANCH,
            "1.24",
            "on.push.branches",
            "[**, !rel",
        ),
        ("on:\n  push:\n    tags: ['v*']\n", MASTER, "the branch master", "on.push", "{tags: [v*]}"),
        ("on:\n  push:\n    tags: ['[0-9]*']\n", TAG, "the tag v1.24.3", "on.push.tags", "[[0-9]*]"),
        (
            "on:\n  push:\n    branches-ignore: ['release-*']\n",
            BRANCH,
            "the branch release-1.24",
            "on.push.branches-ignore",
            "[release-*]",
        ),
        ("on:\n  push:\n    tags-ignore: ['v*']\n", TAG, "the tag v1.24.3", "on.push.tags-ignore", "[v*]"),
        (
            "on:\n  push:\n    branches: [a]\n    branches-ignore: [b]\n",
            TAG,
            "GitHub rejects",
            "on.push",
            "{branches: [a], branches-ignore: [b]}",
        ),
        (
            "on:\n  push:\n    paths: [src/**]\n",
            changing("docs/a.rst", "src"),
            "that changes only docs/a.rst, src",
            "on.push.paths",
            "[src/**]",
        ),
        (
            "on:\n  push:\n    branches: ['release-*']\n    paths-ignore: ['**.rst']\n",
            changing("a.rst", "b/c.rst"),
            "that changes only a.rst, b/c.rst",
            "on.push.paths-ignore",
            "[**.rst]",
        ),
        (
            "on:\n  push:\n    paths: ['x']\n",
            changing(*"abcdefg"),
            "a, b, c, d, e and more",
            "on.push.paths",
            "[x]",
        ),
        ("jobs: {}", MASTER, "has no `on`", "on", ""),
        ("on:\n", MASTER, "has no `on`", "on", ""),
        ("", MASTER, "has no `on`", "on", ""),
        ("- on", MASTER, "has no `on`", "on", ""),
        ("on: push\nif: false\n", BRANCH, "never runs", "if", "false"),
        ("on: push\njobs: { a: { if: false } }\n", BRANCH, "never runs a", "jobs.a.if", "false"),
        (
            "on: push\njobs: { a: { if: '${{ false }}' }, b: { needs: a }, c: { needs: [b] } }\n",
            BRANCH,
            "never runs a, b, c",
            "jobs.a.if",
            "${{ false }}",
        ),
        # What is certain comes before what is not.
        (
            "on:\n  push:\n    branches: [a]\njobs: { a: { if: \"github.x == 'y'\" } }\n",
            BRANCH,
            "the branch",
            "on.push.branches",
            "[a]",
        ),
    ],
)
def test_an_obstacle_names_key_and_value(text: str, push: Push, reason: str, key: str, value: str) -> None:
    obstacle = find_obstacle(text, push)
    assert obstacle is not None
    assert obstacle.kind == "stops"
    assert reason in obstacle.reason
    assert obstacle.key == key
    assert obstacle.value.startswith(value)
    assert obstacle.fix.endswith(".")


def test_the_fix_proposes_a_pattern_for_such_refs() -> None:
    fixes = [
        find_obstacle("on: release", TAG),
        find_obstacle("on:\n  push:\n    branches: [main]\n", BRANCH),
        find_obstacle("on:\n  push:\n    tags: ['v*']\n", BRANCH),
    ]
    assert [obstacle.fix for obstacle in fixes if obstacle] == [
        "Add `push: {tags: ['v*']}` to `on`.",
        "Add 'release-*' to `on.push.branches`.",
        "Add `branches: ['release-*']` to `on.push`.",
    ]


# What the file does not show


@pytest.mark.parametrize(
    ("text", "push", "kind", "reason"),
    [
        ("on: [push", MASTER, "unreadable", "is not valid YAML"),
        ("[" * 5000, MASTER, "unreadable", "is not valid YAML"),
        ("on:\n  push:\n    branches: ['${{ vars.BRANCH }}']\n", BRANCH, "unreadable", "cannot be read"),
        ("on:\n  push:\n    branches: []\n", BRANCH, "unreadable", "cannot be read"),
        ("on:\n  push:\n    branches: [{ a: b }]\n", BRANCH, "unreadable", "cannot be read"),
        ("on:\n  push:\n    tags-ignore: { a: b }\n", TAG, "unreadable", "cannot be read"),
        ("on:\n  push:\n    branches: ['[z-a]']\n", BRANCH, "unreadable", "cannot be read"),
        ("on:\n  push:\n    paths: ['[z-a]']\n", changing("a"), "unreadable", "cannot be read"),
        ("on:\n  push: [branches]\n", BRANCH, "unreadable", "unknown form"),
        (
            "on:\n  push:\n    paths: [src/**]\n",
            changing("docs/a.rst", more=True),
            "depends",
            "may not be started",
        ),
        (
            "on:\n  push:\n    paths: [z]\n",
            changing("z", *(f"a{number}" for number in range(300))),
            "depends",
            "may not be started",
        ),
        (
            "on: push\njobs: { a: { if: \"github.ref_type == 'tag'\" } }\n",
            BRANCH,
            "depends",
            "runs a only if",
        ),
    ],
)
def test_what_cannot_be_decided_is_reported_so(text: str, push: Push, kind: str, reason: str) -> None:
    obstacle = find_obstacle(text, push)
    assert obstacle is not None
    assert obstacle.kind == kind
    assert reason in obstacle.reason


# Jobs


@pytest.mark.parametrize(
    ("required", "reason", "kind"),
    [
        (["publish"], "never runs publish", "stops"),
        (["Upload"], "runs Upload only if an expression is true", "depends"),
        (["build"], None, None),
        ([], None, None),
    ],
)
def test_a_required_job_must_run(required: list[str], reason: str | None, kind: str | None) -> None:
    text = (
        "on: push\njobs: { build: {}, off: { if: false }, publish: { needs: off },"
        " up: { name: Upload, if: '${{ vars.X }}' } }"
    )
    obstacle = find_obstacle(text, TAG, required)
    assert (obstacle.reason if obstacle else None) == reason
    assert (obstacle.kind if obstacle else None) == kind


def test_a_job_with_a_condition_of_its_own_may_run_after_a_skipped_one() -> None:
    jobs = {"a": {"if": "false"}, "b": {"needs": ["a"], "if": "always()"}, "c": {"needs": "a"}, "d": "?"}
    assert skipped_jobs(jobs) == ["a", "c"]
    assert skipped_jobs(None) == []


# Which file a name stands for


def test_a_name_is_a_path_or_a_file_name_before_it_is_a_display_name() -> None:
    files = {
        ".github/workflows/qa.yml": "name: Quality\n",
        ".github/workflows/tester.yaml": "name: qa\n",
        ".github/workflows/odd.yaml": "[",
    }
    qa, tester, odd = files
    assert select_files("tester.yaml", files) == [tester]
    assert select_files(qa, files) == [qa]
    assert select_files("qa", files) == [qa, tester]
    assert select_files("Quality", files) == [qa]
    assert select_files("odd", files) == [odd]
    assert select_files("other", files) == []


# Any text


@given(st.text(), st.text(), st.booleans())
def test_any_workflow_file_can_be_read(text: str, ref: str, is_tag: bool) -> None:  # noqa: FBT001  Hypothesis gives it
    find_obstacle(text, Push(ref, is_tag))


YAML = st.recursive(
    st.sampled_from(["push", "branches", "tags", "if", "false", "", "**", "!a", "${{ x }}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["push", "branches", "paths", "tags-ignore", "if", "needs", "a"]), inner
        )
    ),
    max_leaves=8,
)


@given(YAML, YAML)
def test_any_form_of_a_workflow_file_can_be_read(on: object, jobs: object) -> None:
    find_obstacle(yaml.safe_dump({"on": on, "jobs": jobs}), changing("a"), ["a"])
    find_obstacle(yaml.safe_dump({"on": on, "jobs": jobs}), TAG)


@given(st.lists(st.text("ab*?+[]!\\-/", max_size=8), max_size=4), st.text("ab-/", max_size=8))
def test_any_filter_can_be_read(patterns: list[str], ref: str) -> None:
    find_obstacle(yaml.safe_dump({"on": {"push": {"branches": patterns}}}), Push(ref))
