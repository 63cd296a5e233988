from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from patchwright.github.triggers import matches, skip_marker, why_not_triggered

BRANCHES = "on:\n  push:\n    branches: [master, 'release-*']\n"


@pytest.mark.parametrize("marker", ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"])
def test_a_marker_anywhere_in_the_message_skips(marker: str) -> None:
    assert skip_marker(f"Fix it {marker}") == marker
    assert skip_marker(f"Fix it\n\nBecause {marker.upper()}.\n") == marker


@pytest.mark.parametrize("trailer", ["skip-checks: true", "skip-checks:true"])
def test_a_trailer_skips(trailer: str) -> None:
    assert skip_marker(f"Fix it\n\n\n{trailer}\n") == trailer


@pytest.mark.parametrize(
    "message", ["", "Fix it", "skip ci", "Fix it\n\nskip-checks: true\n\nNot at the end.", "[skip cider]"]
)
def test_other_messages_do_not(message: str) -> None:
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
def test_what_starts_a_workflow_is_no_reason(text: str, ref: str, *, is_tag: bool) -> None:
    assert (
        why_not_triggered(text + ("" if text.endswith("\n") else "\n") + "jobs: {}\n", ref, is_tag=is_tag)
        is None
    )


@pytest.mark.parametrize(
    ("text", "ref", "is_tag", "why"),
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
        ("on: [push", "master", False, "is no YAML"),
    ],
)
def test_what_does_not_start_a_workflow_is_told(text: str, ref: str, why: str, *, is_tag: bool) -> None:
    assert why in str(why_not_triggered(text, ref, is_tag=is_tag))


@pytest.mark.parametrize(
    ("patterns", "name", "through"),
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
def test_filter_patterns_are_githubs(patterns: list[str], name: str, *, through: bool) -> None:
    assert matches(patterns, name) is through


@given(st.text(), st.text(), st.booleans())
def test_no_file_makes_it_stumble(text: str, ref: str, is_tag: bool) -> None:  # noqa: FBT001  Hypothesis gives it
    assert isinstance(why_not_triggered(text, ref, is_tag=is_tag), (str, type(None)))


@given(st.lists(st.text("ab*?+[]!\\-/", max_size=8), max_size=4), st.text("ab-/", max_size=8))
def test_no_filter_makes_it_stumble(patterns: list[str], ref: str) -> None:
    import yaml  # noqa: PLC0415  it writes the file that is read

    text = yaml.safe_dump({"on": {"push": {"branches": patterns}}})
    assert isinstance(why_not_triggered(text, ref, is_tag=False), (str, type(None)))
