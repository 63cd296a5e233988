"""Rules: rulesets and branch protection on GitHub accept the commits and the tag of the release."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchwright.github.rules import Rule, Rules
from patchwright.halts import Prerequisite, combine
from patchwright.patches import choice
from patchwright.preflight.remote import can_ask_github
from patchwright.releases.release import Release
from patchwright.settings import fill_command
from patchwright.tools import maintainer

# With one of these rules, a branch takes no commit that is pushed to it directly.
CLOSING = {
    "update": "only those who can bypass the ruleset may push",
    "pull_request": "changes need a pull request",
    "merge_queue": "changes need the merge queue",
    "required_status_checks": "checks must have passed on a commit before it is pushed",
    "required_deployments": "a commit must have been deployed before it is pushed",
    "workflows": "workflows must have passed on a commit before it is pushed",
    "code_scanning": "code scanning must have passed on a commit before it is pushed",
    "code_quality": "code quality must have been analyzed on a commit before it is pushed",
}
_SIGNATURES = "required_signatures"


def require_open_branch(release: Release) -> None:
    """Check that the rules of the release branch accept direct pushes of the release's commits.

    Raise Prerequisite if they do not. Rules that the token may not read are no problem.
    """
    if not can_ask_github(release):
        return
    rules, branch = Rules(release.github), release.plan.branch
    found = [*rules.of_branch(branch), *rules.of_protection(branch)]
    closing = [rule for rule in found if rule.type in CLOSING]
    problems = []
    if closing:
        problems.append(
            Prerequisite(
                f"GitHub accepts no direct push to {branch}.",
                evidence=[f"{rule} ({CLOSING[rule.type]})" for rule in closing],
                remedy=[
                    f"Ask an administrator to let you bypass the rules of {branch}, or to exempt {branch}.",
                    f"Rules: {release.github.repo.url}/rules?ref=refs/heads/{branch}",
                ],
            )
        )
    problems += _find_problems_of_commits(release, found)
    if problems:
        raise combine(list(problems))


def require_open_tag(release: Release) -> None:
    """Check that the rulesets for tags let you create the tag of the release. Raise Prerequisite if not."""
    if not can_ask_github(release) or release.origin.tag:
        return
    tag = release.plan.tag
    rules = Rules(release.github).of_tag(tag)
    closing = [rule for rule in rules if rule.type == "creation"]
    if closing:
        raise Prerequisite(
            f"You may not create the tag {tag} on GitHub.",
            evidence=[f"{rule} (only those who can bypass the ruleset may create tags)" for rule in closing],
            remedy=[
                "Ask an administrator to add you to the bypass list of the ruleset for tags.",
                "Or let somebody who is on that list make the release.",
                f"Rules: {release.github.repo.url}/rules?ref=refs/tags/{tag}",
            ],
        )
    names = [rule for rule in rules if rule.type == "tag_name_pattern" and not _accepts(rule, tag)]
    if names:
        raise Prerequisite(
            f"The rules on GitHub do not accept {tag} as the name of a tag.",
            evidence=[f"{rule} ({describe_pattern(rule)})" for rule in names],
            remedy=["Set `tag` in [tool.patchwright] to a name that they accept, or have the rule changed."],
        )
    if any(rule.type == _SIGNATURES for rule in rules) and not _signs_commits(release):
        raise _unsigned(f"for the tag {tag}", [rule for rule in rules if rule.type == _SIGNATURES])


def describe_pattern(rule: Rule) -> str:
    """Return what a rule with a pattern demands, in words."""
    operator = str(rule.parameters.get("operator", "")).replace("_", " ")
    verb = "must not match" if rule.parameters.get("negate") else "must match"
    return f"{verb}: {operator} {rule.parameters.get('pattern', '')}"


def _find_problems_of_commits(release: Release, rules: Sequence[Rule]) -> list[Prerequisite]:
    """Return a problem for each kind of rule that the commits of the release would break."""
    branch = release.plan.branch
    problems = []
    signatures = [rule for rule in rules if rule.type == _SIGNATURES]
    if signatures and not _signs_commits(release):
        problems.append(_unsigned(f"on {branch}", signatures))
    merges = [commit for commit in release.commits.local_commits if len(commit.parents) > 1]
    linear = [rule for rule in rules if rule.type == "required_linear_history"]
    if linear and merges:
        problems.append(
            Prerequisite(
                f"GitHub accepts no merge commits on {branch}, and your local {branch} has some.",
                evidence=[
                    *(str(rule) for rule in linear),
                    *(f"{one.short} {one.subject}" for one in merges),
                ],
                remedy=[f"Rebase your local {branch} onto {release.settings.remote}'s."],
            )
        )
    for rule in rules:
        refused = [text for text in _texts_for(release, rule) if not _accepts(rule, text)]
        if refused:
            problems.append(
                Prerequisite(
                    f"The rules on GitHub for {branch} do not accept what the release would push.",
                    evidence=[
                        f"{rule} ({describe_pattern(rule)})",
                        *(text.partition("\n")[0] for text in refused),
                    ],
                    remedy=[
                        "Change the commit subjects in the settings, or your email address in git.",
                        "Or ask an administrator to let you bypass the rule.",
                    ],
                )
            )
    return problems


def _texts_for(release: Release, rule: Rule) -> list[str]:
    """Return the texts that a rule with a pattern is about: messages of commits, or email addresses."""
    if rule.type == "commit_message_pattern":
        settings = release.settings
        subjects = [settings.changelog_subject, settings.clean_up_subject]
        if settings.version_subject:
            subjects.append(settings.version_subject)
        picked = [commit.message for commit in choice.wanted_patches(release)]
        local = [commit.message for commit in release.commits.local_commits]
        return [*fill_command(tuple(subjects), **release.plan.fields), *picked, *local]
    if rule.type in {"committer_email_pattern", "commit_author_email_pattern"}:
        person = maintainer.read_maintainer(release.git)
        identity = person.committer if rule.type == "committer_email_pattern" else person.author
        return [identity.rpartition("<")[2].removesuffix(">")]
    return []


def _accepts(rule: Rule, text: str) -> bool:
    """Return whether a text fits the pattern of a rule. It does if Python cannot read the pattern."""
    pattern, operator = str(rule.parameters.get("pattern", "")), rule.parameters.get("operator")
    if operator == "starts_with":
        found = text.startswith(pattern)
    elif operator == "ends_with":
        found = text.endswith(pattern)
    elif operator == "contains":
        found = pattern in text
    elif operator == "regex":
        try:
            found = re.search(pattern, text) is not None
        except re.error:
            return True
    else:
        return True
    return found is not bool(rule.parameters.get("negate"))


def _signs_commits(release: Release) -> bool:
    return maintainer.read_maintainer(release.git).signs_commits


def _unsigned(where: str, rules: Sequence[Rule]) -> Prerequisite:
    return Prerequisite(
        f"GitHub accepts only signed commits {where}, and git does not sign your commits.",
        evidence=[*(str(rule) for rule in rules), "commit.gpgSign is not true"],
        remedy=["Let git sign your commits:", "$ git config commit.gpgSign true"],
    )
