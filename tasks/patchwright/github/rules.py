"""Rules: what the rulesets and the branch protection of a repository forbid, as far as the token may read it.

Each question is asked once. What GitHub does not tell counts as allowed: then the push itself shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from patchwright.github.client import Refused
from patchwright.github.repository import PAGE, GitHub

ACTIVE = "active"
# A release neither rewrites nor deletes.
_HARMLESS = frozenset({"non_fast_forward", "deletion"})
# With these, GitHub does not apply a ruleset to a push of this person.
_BYPASSES = frozenset({"always", "exempt"})
_PIECES = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", re.DOTALL)
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True)
class Rule:
    """A rule that applies to a ref: its type in GitHub's API, its parameters, and where it is set."""

    type: str
    source: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.source}: {self.type}"


class Rules:
    """The rules of one repository that hold for the person whose login gh uses."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._rulesets: dict[int, Mapping[str, Any]] = {}

    def of_branch(self, branch: str) -> list[Rule]:
        """Return the rules for pushes to a branch, which need not exist, in rulesets."""
        found = []
        for item in self._listed(f"rules/branches/{quote(branch, safe='')}"):
            if str(item.get("type")) in _HARMLESS:
                continue
            ruleset = self._ruleset(item.get("ruleset_id"))
            if _binds(ruleset):
                found.append(Rule(str(item.get("type")), _source(ruleset), _table(item.get("parameters"))))
        return found

    def of_protection(self, branch: str) -> list[Rule]:
        """Return the rules of a branch's protection that hold for administrators, too.

        Only administrators can read the other rules, and for them they do not hold.
        """
        about = _table(self._get(f"branches/{quote(branch, safe='')}"))
        summary = _table(about.get("protection"))
        if not summary.get("enabled"):
            return []
        source = f"protection of {branch}"
        checks = _table(summary.get("required_status_checks"))
        found = []
        if checks.get("enforcement_level") == "everyone" and (checks.get("contexts") or checks.get("checks")):
            found.append(Rule("required_status_checks", source, checks))
        protection = _table(self._get(f"branches/{quote(branch, safe='')}/protection"))
        if not _is_on(protection, "enforce_admins"):
            return found
        if "required_pull_request_reviews" in protection:
            reviews = _table(protection["required_pull_request_reviews"])
            if not any(_table(reviews.get("bypass_pull_request_allowances")).values()):
                found.append(Rule("pull_request", source, reviews))
        types = {
            "required_signatures": "required_signatures",
            "required_linear_history": "required_linear_history",
            "lock_branch": "update",
        }
        return [*found, *(Rule(rule, source) for key, rule in types.items() if _is_on(protection, key))]

    def is_protected(self, branch: str) -> bool:
        """Return whether a branch has a protection of any kind."""
        return _table(self._get(f"branches/{quote(branch, safe='')}")).get("protected") is True

    def of_tag(self, tag: str) -> list[Rule]:
        """Return the rules for the creation of a tag."""
        found = []
        for item in self._listed("rulesets", targets="tag", per_page=PAGE):
            if item.get("target") != "tag" or item.get("enforcement") != ACTIVE:
                continue
            ruleset = self._ruleset(item.get("id"))
            if _binds(ruleset) and _is_about(ruleset, f"refs/tags/{tag}"):
                found += [
                    Rule(str(rule.get("type")), _source(ruleset), _table(rule.get("parameters")))
                    for rule in _list(ruleset.get("rules"))
                    if isinstance(rule, Mapping)
                ]
        return found

    def _ruleset(self, number: object) -> Mapping[str, Any]:
        """Return a ruleset, or an empty one if it cannot be read."""
        if not isinstance(number, int):
            return {}
        if number not in self._rulesets:
            self._rulesets[number] = _table(self._get(f"rulesets/{number}"))
        return self._rulesets[number]

    def _listed(self, path: str, **query: str | int) -> list[Mapping[str, Any]]:
        return [item for item in _list(self._get(path, **query)) if isinstance(item, Mapping)]

    def _get(self, path: str, **query: str | int) -> object:
        """Return what GitHub answers, or None if the token may not read it or the host does not know it."""
        try:
            return self._github.get(path, **query)
        except Refused:
            return None


def _binds(ruleset: Mapping[str, Any]) -> bool:
    """Return whether a ruleset is known to hold for this person. GitHub says who can bypass it."""
    bypass = ruleset.get("current_user_can_bypass")
    return bypass is not None and str(bypass) not in _BYPASSES


def _is_about(ruleset: Mapping[str, Any], ref: str) -> bool:
    """Return whether the conditions of a ruleset include a full ref."""
    names = _table(_table(ruleset.get("conditions")).get("ref_name"))
    include, exclude = _list(names.get("include")), _list(names.get("exclude"))
    return any(_matches(one, ref) for one in include) and not any(_matches(one, ref) for one in exclude)


def _matches(pattern: object, ref: str) -> bool:
    """Return whether a pattern of a condition matches: `~ALL`, or one of File.fnmatch of Ruby."""
    if pattern == "~ALL":
        return True
    pieces = _PIECES.findall(str(pattern))
    try:
        return bool(re.fullmatch("".join(_meaning(piece) for piece in pieces), ref))
    except re.error:
        return False


def _meaning(piece: str) -> str:
    is_set = piece.startswith("[") and len(piece) > 1
    return _MEANING.get(piece) or (piece.replace("[!", "[^", 1) if is_set else re.escape(piece))


def _source(ruleset: Mapping[str, Any]) -> str:
    return f"ruleset {ruleset.get('name') or ruleset.get('id')}"


def _is_on(protection: Mapping[str, Any], key: str) -> bool:
    return _table(protection.get(key)).get("enabled") is True


def _table(content: object) -> Mapping[str, Any]:
    return content if isinstance(content, Mapping) else {}


def _list(content: object) -> list[Any]:
    return content if isinstance(content, list) else []
