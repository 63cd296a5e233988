"""Rulesets: the rules that the stand-in has for branches and tags, and what a push breaks of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from patchwright.practice.shapes import Json

# Rules that reject a direct push, with GitHub's words.
_REJECTING = {
    "creation": "Cannot create ref due to creations being restricted.",
    "update": "Cannot update this protected ref.",
    "pull_request": "Changes must be made through a pull request.",
    "required_status_checks": "Required status check is expected.",
}


@dataclass(frozen=True)
class Ruleset:
    """A ruleset for `branch` or `tag`: patterns of full refs, rules by type with their parameters.

    `bypass` is what GitHub tells about the person: always, pull_requests_only, never or exempt.
    """

    id: int
    name: str
    target: str
    include: tuple[str, ...] = ("~ALL",)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    bypass: str = "never"
    enforcement: str = "active"

    def is_about(self, ref: str) -> bool:
        """Return whether the ruleset applies to a full ref."""
        kind = "refs/heads/" if self.target == "branch" else "refs/tags/"
        return ref.startswith(kind) and any(one == "~ALL" or fnmatchcase(ref, one) for one in self.include)

    def summary(self) -> Json:
        """Return the ruleset as it is listed."""
        return {"id": self.id, "name": self.name, "target": self.target, "enforcement": self.enforcement}

    def shape(self) -> Json:
        """Return the whole ruleset."""
        return {
            **self.summary(),
            "current_user_can_bypass": self.bypass,
            "conditions": {"ref_name": {"include": list(self.include), "exclude": []}},
            "rules": [_rule_shape(name, parameters) for name, parameters in self.rules.items()],
        }

    def rule_shapes(self) -> list[Json]:
        """Return the rules as GitHub lists them for a branch."""
        return [
            {**_rule_shape(name, parameters), "ruleset_id": self.id, "ruleset_source_type": "Repository"}
            for name, parameters in self.rules.items()
        ]


def find_violations(rulesets: Iterable[Ruleset], ref: str, *, is_new: bool) -> list[str]:
    """Return what a push to a ref breaks, in GitHub's words."""
    return [
        words
        for ruleset in rulesets
        if ruleset.enforcement == "active" and ruleset.bypass == "never" and ruleset.is_about(ref)
        for name, words in _REJECTING.items()
        if name in ruleset.rules and is_new is (name == "creation")
    ]


def _rule_shape(name: str, parameters: Mapping[str, Any]) -> Json:
    return {"type": name, "parameters": dict(parameters)} if parameters else {"type": name}
