"""The words of a remote that rejects a push decide what to do about it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from patchwright.releases.refusals import is_rejected, remedies

BRANCH, TAG = "refs/heads/release-1.24", "refs/tags/v1.24.1"
RULES = """\
!\t{ref}:{ref}\t[remote rejected] (push declined due to repository rule violations)
Done
remote: error: GH013: Repository rule violations found for {ref}.
remote: Review all repository rules at https://github.com/octo/almanac/rules?ref={ref}
remote: - Cannot create ref due to creations being restricted.
"""


def rejected(ref: str, summary: str, *words: str) -> str:
    """Return what git prints if the remote rejects a push."""
    return "\n".join([f"!\t{ref}:{ref}\t[remote rejected] ({summary})", "Done", *words])


@pytest.mark.parametrize(
    ("ref", "summary", "words", "remedy"),
    [
        (
            BRANCH,
            (
                "refusing to allow an OAuth App to create or update workflow `.github/workflows/qa.yaml` "
                "without `workflow` scope"
            ),
            "",
            "$ gh auth refresh -s workflow",
        ),
        (
            BRANCH,
            (
                "refusing to allow a GitHub App to create or update workflow `.github/workflows/qa.yaml` "
                "without `workflows` permission"
            ),
            "",
            "$ gh auth refresh -s workflow",
        ),
        (
            BRANCH,
            "protected branch hook declined",
            "error: GH006: Protected branch update failed",
            "is protected",
        ),
        (
            BRANCH,
            "push declined due to email privacy restrictions",
            "error: GH007: x",
            "git config user.email",
        ),
        (
            BRANCH,
            "push declined due to repository rule violations",
            "Push cannot contain secrets",
            "a secret",
        ),
        (BRANCH, "pre-receive hook declined", "remote: frozen until Monday", "A hook on the server"),
        (BRANCH, "stale info", "", "Somebody else moved the branch"),
        (BRANCH, "fetch first", "", "Somebody else moved the branch"),
        (TAG, "already exists", "", "$ git ls-remote origin refs/tags/v1.24.1"),
        (TAG, "stale info", "", "Somebody else pushed a tag"),
        (
            "refs/heads/patchwright/x",
            "failed to update ref",
            (
                "remote: error: cannot lock ref 'refs/heads/patchwright/x': 'refs/heads/patchwright' exists; "
                "cannot create 'refs/heads/patchwright/x'"
            ),
            "git cannot have both names",
        ),
    ],
)
def test_words_that_are_known_have_their_own_remedy(ref: str, summary: str, words: str, remedy: str) -> None:
    output = rejected(ref, summary, words)
    assert is_rejected(output)
    assert remedy in "\n".join(remedies(output, ref, "origin"))


def test_a_ruleset_for_tags_has_a_remedy_about_tags_and_names_its_page() -> None:
    rows = remedies(RULES.format(ref=TAG), TAG, "origin")
    assert "restricts who may create tags" in rows[0]
    assert not any("branch" in row for row in rows)
    assert rows[-1] == f"The rules are listed at https://github.com/octo/almanac/rules?ref={TAG}"


def test_a_ruleset_for_branches_has_a_remedy_about_the_branch() -> None:
    rows = remedies(RULES.format(ref=BRANCH), BRANCH, "origin")
    assert "forbids this push to the branch" in rows[0]
    assert not any("tag" in row for row in rows)


def test_a_protected_tag_has_a_remedy_about_tags() -> None:
    output = rejected(TAG, "protected branch hook declined", "error: GH006")
    assert remedies(output, TAG, "origin")[0].startswith("Tags of this name are protected.")


def test_words_that_are_not_known_are_quoted_without_a_guess() -> None:
    output = rejected(BRANCH, "the moon is full")
    assert remedies(output, BRANCH, "mine") == [
        (
            "Read what mine said above. Fix it, or ask somebody who may push there. "
            "Then run the same command again."
        )
    ]


def test_a_push_that_never_reached_the_remote_was_not_rejected() -> None:
    assert not is_rejected("fatal: unable to access: Could not resolve host\n")
    assert not is_rejected("=\tx:y\t[up to date]\nDone\n")


@given(output=st.text())
def test_any_output_has_a_remedy(output: str) -> None:
    assert remedies(output, TAG, "origin")
