"""What GitHub says about rulesets and protection is read, and what it does not say counts as allowed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from fake_gh import FakeClock, FakeGh, Reply, github
from patchwright.github.rules import Rules

BRANCH = "release-1.24"
PULL = {"type": "pull_request", "ruleset_id": 7, "parameters": {"required_approving_review_count": 1}}


def ruleset(number: int = 7, bypass: str | None = "never", **more: object) -> dict[str, Any]:
    """Return a ruleset as GitHub shows it."""
    known = {} if bypass is None else {"current_user_can_bypass": bypass}
    return {"id": number, "name": "strict", "target": "tag", "enforcement": "active", **known, **more}


def names(include: list[str], exclude: list[str] | None = None) -> dict[str, object]:
    return {"ref_name": {"include": include, "exclude": exclude or []}}


def types_of_branch(**answers: object) -> list[str]:
    """Return the types of the rules that hold for a branch, by what GitHub answers."""
    with FakeGh(
        FakeClock(), others={path.replace("__", "/"): answer for path, answer in answers.items()}
    ) as gh:
        return [rule.type for rule in Rules(github(gh.clock)).of_branch(BRANCH)]


RULES = {f"rules/branches/{BRANCH}": [PULL]}


@pytest.mark.parametrize(
    ("bypass", "expected"),
    [
        ("never", ["pull_request"]),
        ("pull_requests_only", ["pull_request"]),
        ("always", []),
        ("exempt", []),
        (None, []),
    ],
)
def test_a_rule_holds_unless_the_person_can_bypass_it(bypass: str | None, expected: list[str]) -> None:
    assert types_of_branch(**RULES, **{"rulesets/7": ruleset(bypass=bypass)}) == expected


def test_a_ruleset_that_cannot_be_read_is_no_problem() -> None:
    assert types_of_branch(**RULES) == []


def test_nothing_that_cannot_be_read_is_a_problem() -> None:
    refused = [(".", Reply(status, "{}")) for status in (403, 404, 403, 404)]
    with FakeGh(FakeClock(), faults=refused) as gh:
        rules = Rules(github(gh.clock))
        assert rules.of_branch(BRANCH) == []
        assert rules.of_tag("v1.24.1") == []
        assert rules.of_protection(BRANCH) == []
        assert not rules.is_protected(BRANCH)


def test_a_ruleset_is_asked_for_once_and_harmless_rules_ask_nothing() -> None:
    rules = [PULL, {**PULL, "type": "update"}, {"type": "deletion", "ruleset_id": 8}]
    others = {f"rules/branches/{BRANCH}": rules, "rulesets/7": ruleset()}
    with FakeGh(FakeClock(), others=others) as gh:
        found = Rules(github(gh.clock)).of_branch(BRANCH)
    assert [str(rule) for rule in found] == ["ruleset strict: pull_request", "ruleset strict: update"]
    assert gh.targets("rulesets") == ["rulesets/7"]


@pytest.mark.parametrize(
    ("include", "exclude", "holds"),
    [
        (["~ALL"], [], True),
        (["refs/tags/v*"], [], True),
        (["refs/tags/**/*"], [], True),
        (["refs/tags/v1.24.?"], [], True),
        (["refs/tags/[vw]1.*"], [], True),
        (["refs/tags/nightly-*"], [], False),
        (["refs/*"], [], False),
        (["~ALL"], ["refs/tags/v1.24.*"], False),
        ([], [], False),
        (["refs/tags/["], [], False),
    ],
)
def test_the_conditions_of_a_ruleset_say_which_tags_it_is_about(
    include: list[str], exclude: list[str], *, holds: bool
) -> None:
    whole = ruleset(conditions=names(include, exclude), rules=[{"type": "creation"}])
    with FakeGh(FakeClock(), others={"rulesets": [ruleset()], "rulesets/7": whole}) as gh:
        found = Rules(github(gh.clock)).of_tag("v1.24.1")
    assert [rule.type for rule in found] == (["creation"] if holds else [])


@pytest.mark.parametrize("other", [{"target": "branch"}, {"enforcement": "evaluate"}, {"id": "7"}])
def test_other_rulesets_are_not_asked_for(other: dict[str, object]) -> None:
    with FakeGh(FakeClock(), others={"rulesets": [{**ruleset(), **other}, "nonsense"]}) as gh:
        assert Rules(github(gh.clock)).of_tag("v1.24.1") == []
    assert gh.targets("rulesets/") == []


@pytest.mark.parametrize(
    ("protection", "expected"),
    [
        ({"enforce_admins": {"enabled": True}, "required_pull_request_reviews": {}}, ["pull_request"]),
        ({"enforce_admins": {"enabled": False}, "required_pull_request_reviews": {}}, []),
        (
            {
                "enforce_admins": {"enabled": True},
                "required_pull_request_reviews": {
                    "bypass_pull_request_allowances": {"users": [{"login": "ada"}]}
                },
            },
            [],
        ),
        (
            {
                "enforce_admins": {"enabled": True},
                "lock_branch": {"enabled": True},
                "required_signatures": {"enabled": True},
                "required_linear_history": {"enabled": False},
            },
            ["required_signatures", "update"],
        ),
        (None, []),
    ],
)
def test_protection_holds_if_it_holds_for_administrators(
    protection: dict[str, object] | None, expected: list[str]
) -> None:
    others: dict[str, Any] = {f"branches/{BRANCH}": {"protected": True, "protection": {"enabled": True}}}
    if protection is not None:
        others[f"branches/{BRANCH}/protection"] = protection
    with FakeGh(FakeClock(), others=others) as gh:
        found = Rules(github(gh.clock)).of_protection(BRANCH)
    assert [rule.type for rule in found] == expected


@pytest.mark.parametrize(
    ("level", "contexts", "holds"),
    [("everyone", ["qa"], True), ("non_admins", ["qa"], False), ("everyone", [], False)],
)
def test_required_checks_hold_if_they_hold_for_everyone(
    level: str, contexts: list[str], *, holds: bool
) -> None:
    checks = {"enforcement_level": level, "contexts": contexts}
    about = {"protected": True, "protection": {"enabled": True, "required_status_checks": checks}}
    with FakeGh(FakeClock(), others={f"branches/{BRANCH}": about}) as gh:
        found = Rules(github(gh.clock)).of_protection(BRANCH)
    assert [rule.type for rule in found] == (["required_status_checks"] if holds else [])


def test_a_branch_without_protection_costs_one_request() -> None:
    with FakeGh(FakeClock(), others={f"branches/{BRANCH}": {"protected": False}}) as gh:
        assert Rules(github(gh.clock)).of_protection(BRANCH) == []
    assert len(gh.requests) == 1


def test_the_name_of_a_branch_is_one_part_of_the_path() -> None:
    with FakeGh(FakeClock()) as gh:
        Rules(github(gh.clock)).of_branch("release/1.24")
    assert gh.targets("rules") == ["rules/branches/release%2F1.24"]


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "ruleset_id",
                    "id",
                    "target",
                    "enforcement",
                    "conditions",
                    "ref_name",
                    "include",
                    "rules",
                    "protection",
                    "enabled",
                    "parameters",
                    "current_user_can_bypass",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(content=st.lists(json, max_size=3) | st.dictionaries(st.text(), json, max_size=3))
def test_any_answer_is_read(content: object) -> None:
    paths = (f"rules/branches/{BRANCH}", f"branches/{BRANCH}", f"branches/{BRANCH}/protection", "rulesets")
    with FakeGh(FakeClock(), others=dict.fromkeys(paths, content)) as gh:
        rules = Rules(github(gh.clock))
        rules.of_branch(BRANCH)
        rules.of_protection(BRANCH)
        rules.of_tag("v1.24.1")
