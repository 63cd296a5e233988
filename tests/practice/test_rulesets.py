"""The rules for branches and tags: to which refs they apply, and what a push breaks of them."""

from __future__ import annotations

import pytest

from patchwright.practice.rulesets import Ruleset, find_violations

BRANCH, TAG = "refs/heads/release/1.24", "refs/tags/v1.24.1"
CREATION = "Cannot create ref due to creations being restricted."
PULL_REQUEST = "Changes must be made through a pull request."


def ruleset(*rules: str, target: str = "branch", **more: object) -> Ruleset:
    return Ruleset(7, "strict", target, rules={name: {} for name in rules}, **more)  # type: ignore[arg-type]  # the fields of Ruleset


@pytest.mark.parametrize(
    ("target", "include", "ref", "expected"),
    [
        ("branch", ("~ALL",), BRANCH, True),
        ("branch", ("~ALL",), TAG, False),
        ("tag", ("~ALL",), TAG, True),
        ("branch", ("refs/heads/release/*",), BRANCH, True),
        ("branch", ("refs/heads/Release/*",), BRANCH, False),
        ("branch", ("refs/heads/master", "refs/heads/release/1.24"), BRANCH, True),
        ("branch", (), BRANCH, False),
    ],
)
def test_a_ruleset_is_about_the_refs_of_its_target_and_patterns(
    target: str, include: tuple[str, ...], ref: str, *, expected: bool
) -> None:
    assert Ruleset(7, "strict", target, include).is_about(ref) is expected


@pytest.mark.parametrize(("is_new", "expected"), [(True, [CREATION]), (False, [PULL_REQUEST])])
def test_a_new_ref_is_created_and_another_one_is_updated(*, is_new: bool, expected: list[str]) -> None:
    rules = ruleset("creation", "pull_request", "commit_message_pattern")
    assert find_violations([rules], BRANCH, is_new=is_new) == expected


@pytest.mark.parametrize(
    "harmless",
    [
        ruleset("pull_request", bypass="always"),
        ruleset("pull_request", enforcement="evaluate"),
        ruleset("pull_request", target="tag"),
        ruleset("pull_request", include=("refs/heads/master",)),
        ruleset("non_fast_forward"),
    ],
)
def test_a_ruleset_that_does_not_apply_rejects_nothing(harmless: Ruleset) -> None:
    assert find_violations([harmless], BRANCH, is_new=False) == []
    assert find_violations([harmless, ruleset("update")], BRANCH, is_new=False) == [
        "Cannot update this protected ref."
    ]


def test_a_ruleset_has_the_shapes_of_github() -> None:
    pattern = {"operator": "contains", "pattern": "#"}
    by_type: dict[str, dict[str, str]] = {"creation": {}, "commit_message_pattern": pattern}
    rules = Ruleset(7, "strict", "tag", ("refs/tags/v*",), by_type)
    listed = {"id": 7, "name": "strict", "target": "tag", "enforcement": "active"}
    shown: list[dict[str, object]] = [
        {"type": "creation"},
        {"type": "commit_message_pattern", "parameters": pattern},
    ]
    assert rules.summary() == listed
    assert rules.shape() == {
        **listed,
        "current_user_can_bypass": "never",
        "conditions": {"ref_name": {"include": ["refs/tags/v*"], "exclude": []}},
        "rules": shown,
    }
    source = {"ruleset_id": 7, "ruleset_source_type": "Repository"}
    assert rules.rule_shapes() == [{**one, **source} for one in shown]
