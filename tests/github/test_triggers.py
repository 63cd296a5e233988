"""Which pushes start a workflow: markers, triggers and filters."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, strategies as st

from patchwright.github.triggers import matches, skip_marker, why_not_triggered

BRANCHES = "on:\n  push:\n    branches: [master, 'release-*']\n"


@pytest.mark.parametrize("marker", ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"])
def test_a_marker_anywhere_in_the_message_is_found(marker: str) -> None:
    assert skip_marker(f"Fix it {marker}") == marker
    assert skip_marker(f"Fix it\n\nBecause {marker.upper()}.\n") == marker


@pytest.mark.parametrize("trailer", ["skip-checks: true", "skip-checks:true"])
def test_a_trailer_at_the_end_of_the_message_is_found(trailer: str) -> None:
    assert skip_marker(f"Fix it\n\n\n{trailer}\n") == trailer


@pytest.mark.parametrize(
    "message", ["", "Fix it", "skip ci", "Fix it\n\nskip-checks: true\n\nNot at the end.", "[skip cider]"]
)
def test_other_messages_have_no_marker(message: str) -> None:
    assert skip_marker(message) is None


@pytest.mark.parametrize(
    ("text", "ref", "is_tag"),
    [
        ("on: push", "master", False),
        ("on: push", "v1.24.3", True),
        ("on: [pull_request, push]", "master", False),
        ("on:\n  push:\n", "v1.24.3", True),
        ("on:\n  push:\n    paths: [src/**]\n", "master", False),
        (BRANCHES, "release-1.24", False),
        ("on:\n  push:\n    tags: ['v*']\n", "v1.24.3", True),
        ("on:\n  push:\n    tags-ignore: ['nightly-*']\n", "v1.24.3", True),
        ("on:\n  push:\n    branches: release-1.24\n", "release-1.24", False),
        ("on:\n  push:\n    branches: ['+']\n", "release-1.24", False),
    ],
)
def test_a_push_that_starts_the_workflow_has_no_reason_against_it(
    text: str, ref: str, *, is_tag: bool
) -> None:
    assert (
        why_not_triggered(text + ("" if text.endswith("\n") else "\n") + "jobs: {}\n", ref, is_tag=is_tag)
        is None
    )


@pytest.mark.parametrize(
    ("text", "ref", "is_tag", "reason"),
    [
        ("on: [pull_request, workflow_dispatch]", "master", False, "only by pull_request, workflow_dispatch"),
        (BRANCHES, "hotfix", False, "the branch hotfix"),
        (BRANCHES, "release/1.24", False, "the branch release/1.24"),
        (BRANCHES, "v1.24.3", True, "the tag v1.24.3"),
        ("on:\n  push:\n    tags: ['v*']\n", "master", False, "the branch master"),
        (
            "on:\n  push:\n    branches-ignore: ['release-*']\n",
            "release-1.24",
            False,
            "the branch release-1.24",
        ),
        ("on:\n  push:\n    tags-ignore: ['v*']\n", "v1.24.3", True, "the tag v1.24.3"),
        ("jobs: {}", "master", False, "has no `on`"),
        ("", "master", False, "has no `on`"),
        ("on: [push", "master", False, "is not valid YAML"),
    ],
)
def test_a_push_that_does_not_start_the_workflow_has_a_reason(
    text: str, ref: str, reason: str, *, is_tag: bool
) -> None:
    assert reason in str(why_not_triggered(text, ref, is_tag=is_tag))


@pytest.mark.parametrize(
    ("patterns", "name", "is_accepted"),
    [
        (["release-1.24"], "release-1.24", True),
        (["release-1.2"], "release-1.24", False),
        (["releases/**"], "releases/1/24", True),
        (["releases/*"], "releases/1/24", False),
        (["v[12].[0-9]+.[0-9]+"], "v1.24.3", True),
        (["v[12].[0-9]+.[0-9]+"], "v3.24.3", False),
        (["*", "!wip"], "wip", False),
        (["!wip", "*"], "wip", True),
        (["release-1.2?"], "release-1.", True),
        (["release-1x24"], "release-1.24", False),
        ([], "master", False),
    ],
)
def test_filter_patterns_follow_the_rules_of_github(
    patterns: list[str], name: str, *, is_accepted: bool
) -> None:
    assert matches(patterns, name) is is_accepted


@given(st.text(), st.text(), st.booleans())
def test_any_workflow_file_can_be_read(text: str, ref: str, is_tag: bool) -> None:  # noqa: FBT001  Hypothesis gives it
    assert isinstance(why_not_triggered(text, ref, is_tag=is_tag), (str, type(None)))


@given(st.lists(st.text("ab*?+[]!\\-/", max_size=8), max_size=4), st.text("ab-/", max_size=8))
def test_any_filter_can_be_read(patterns: list[str], ref: str) -> None:
    text = yaml.safe_dump({"on": {"push": {"branches": patterns}}})
    assert isinstance(why_not_triggered(text, ref, is_tag=False), (str, type(None)))
