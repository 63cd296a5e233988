"""Checks of the rules on GitHub: what they would refuse is known before the push."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fake_gh import REPO
from fake_release import REFS, FakeCommits, fake_commit, fake_release
from patchwright.github.rules import Rule, Rules
from patchwright.halts import Prerequisite
from patchwright.patches import choice
from patchwright.preflight import rules
from patchwright.releases.release import Release
from patchwright.tools import maintainer
from patchwright.tools.git_output import Commit

MERGE = Commit("5" * 40, ("1" * 40, "2" * 40), "Ada <ada@example.org>", "2026-01-02", "Merge.", ())


def rule(kind: str, **parameters: object) -> Rule:
    return Rule(kind, "ruleset strict", parameters)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Rule]]:
    """What GitHub knows: the rules of the branch, of its protection and of the tag, for a test to change."""
    found: dict[str, list[Rule]] = {"branch": [], "protection": [], "tag": []}
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(Rules, "of_branch", lambda _self, _name: found["branch"])
    monkeypatch.setattr(Rules, "of_protection", lambda _self, _name: found["protection"])
    monkeypatch.setattr(Rules, "of_tag", lambda _self, _name: found["tag"])
    person = maintainer.Maintainer("Ada <ada@example.org>", "Ada <ada@work.example>", signs_commits=False)
    monkeypatch.setattr(maintainer, "read_maintainer", lambda _git: person)
    monkeypatch.setattr(choice, "wanted_patches", lambda _release: [fake_commit("7" * 40)])
    return found


def on_github(path: Path, refs: Mapping[str, str] = REFS, local: tuple[Commit, ...] = ()) -> Release:
    commits = FakeCommits(local_commits=local)
    return fake_release(path, refs=refs, commits=commits, github=SimpleNamespace(repo=REPO, has_login=True))


def problem(check: Any, release: Release) -> Prerequisite:  # noqa: ANN401  one of the checks
    with pytest.raises(Prerequisite) as raised:
        check(release)
    return raised.value


def test_a_repository_without_rules_passes(tmp_path: Path, known: dict[str, list[Rule]]) -> None:
    rules.require_open_branch(on_github(tmp_path))
    rules.require_open_tag(on_github(tmp_path))
    assert not any(known.values())


@pytest.mark.usefixtures("known")
def test_github_is_not_asked_without_a_url(tmp_path: Path) -> None:
    release = fake_release(tmp_path, urls=([], []), commits=FakeCommits())
    rules.require_open_branch(release)
    rules.require_open_tag(release)


@pytest.mark.parametrize("where", ["branch", "protection"])
@pytest.mark.parametrize("kind", sorted(rules.CLOSING))
def test_a_branch_that_takes_no_push_halts(
    tmp_path: Path, known: dict[str, list[Rule]], where: str, kind: str
) -> None:
    known[where] = [rule(kind)]
    halt = problem(rules.require_open_branch, on_github(tmp_path))
    assert halt.cause == "GitHub accepts no direct push to release-1.24."
    assert halt.evidence == (f"ruleset strict: {kind} ({rules.CLOSING[kind]})",)


def test_rules_that_a_release_keeps_pass(tmp_path: Path, known: dict[str, list[Rule]]) -> None:
    known["branch"] = [
        rule("creation"),
        rule("required_linear_history"),
        rule("commit_message_pattern", operator="regex", pattern="^WIP", negate=True),
        rule("commit_message_pattern", operator="regex", pattern="(?<name", negate=False),
        rule("commit_message_pattern", operator="of tomorrow", pattern="x"),
        rule("committer_email_pattern", operator="ends_with", pattern="@work.example"),
        rule("commit_author_email_pattern", operator="contains", pattern="ada@"),
    ]
    known["tag"] = [
        rule("update"),
        rule("deletion"),
        rule("tag_name_pattern", operator="starts_with", pattern="v"),
    ]
    rules.require_open_branch(on_github(tmp_path))
    rules.require_open_tag(on_github(tmp_path))


def test_signed_commits_that_git_does_not_make_halt(tmp_path: Path, known: dict[str, list[Rule]]) -> None:
    known["branch"] = known["tag"] = [rule("required_signatures")]
    halt = problem(rules.require_open_branch, on_github(tmp_path))
    assert halt.cause.startswith("GitHub accepts only signed commits on release-1.24, and git")
    assert halt.remedy[-1] == "$ git config commit.gpgSign true"
    assert "the tag v1.24.1" in problem(rules.require_open_tag, on_github(tmp_path)).cause


def test_merges_on_a_branch_with_linear_history_halt(tmp_path: Path, known: dict[str, list[Rule]]) -> None:
    known["branch"] = [rule("required_linear_history")]
    halt = problem(rules.require_open_branch, on_github(tmp_path, local=(MERGE,)))
    assert (
        halt.cause == "GitHub accepts no merge commits on release-1.24, and your local release-1.24 has some."
    )
    assert halt.evidence[-1] == "5555555555 Merge."


@pytest.mark.parametrize(
    ("kind", "pattern", "shown"),
    [
        ("commit_message_pattern", ("regex", r"^(fix|docs): "), "Repair leap years."),
        ("commit_message_pattern", ("contains", "Signed-off-by: "), "Version: 1.24.1"),
        ("committer_email_pattern", ("ends_with", "@example.org"), "ada@work.example"),
        ("commit_author_email_pattern", ("starts_with", "bot@"), "ada@example.org"),
    ],
)
def test_texts_that_a_pattern_refuses_halt(
    tmp_path: Path, known: dict[str, list[Rule]], kind: str, pattern: tuple[str, str], shown: str
) -> None:
    operator, words = pattern
    known["branch"] = [rule(kind, operator=operator, pattern=words)]
    halt = problem(rules.require_open_branch, on_github(tmp_path))
    assert halt.cause == "The rules on GitHub for release-1.24 do not accept what the release would push."
    assert halt.evidence[0] == f"ruleset strict: {kind} (must match: {operator.replace('_', ' ')} {words})"
    assert shown in halt.evidence


def test_a_tag_that_may_not_be_created_halts(tmp_path: Path, known: dict[str, list[Rule]]) -> None:
    known["tag"] = [rule("creation")]
    halt = problem(rules.require_open_tag, on_github(tmp_path))
    assert halt.cause == "You may not create the tag v1.24.1 on GitHub."
    assert f"Rules: {REPO.url}/rules?ref=refs/tags/v1.24.1" in halt.remedy


def test_a_name_that_the_rules_refuse_halts(tmp_path: Path, known: dict[str, list[Rule]]) -> None:
    known["tag"] = [rule("tag_name_pattern", operator="regex", pattern="^v", negate=True)]
    halt = problem(rules.require_open_tag, on_github(tmp_path))
    assert halt.cause == "The rules on GitHub do not accept v1.24.1 as the name of a tag."
    assert halt.evidence == ("ruleset strict: tag_name_pattern (must not match: regex ^v)",)


def test_a_tag_that_is_public_needs_no_permission(tmp_path: Path, known: dict[str, list[Rule]]) -> None:
    known["tag"] = [rule("creation")]
    rules.require_open_tag(on_github(tmp_path, {**REFS, "refs/tags/v1.24.1": "a" * 40}))


def test_several_problems_are_one_halt(tmp_path: Path, known: dict[str, list[Rule]]) -> None:
    known["branch"] = [rule("pull_request"), rule("required_signatures")]
    assert len(problem(rules.require_open_branch, on_github(tmp_path)).problems) == 2
