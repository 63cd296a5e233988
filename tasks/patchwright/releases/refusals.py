"""Refusals: why a remote rejected a push, by its own words, and what you can do about it.

GitHub's words are those of 2026. Words that are not known here are shown without a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# A row of `git push --porcelain` for a ref that was rejected (git 2.39).
_REJECTED = re.compile(r"^!\t[^\t]*\t(?P<summary>.*)$", re.MULTILINE)
_RULES_PAGE = re.compile(r"https?://\S+/rules\?ref=\S+")


@dataclass(frozen=True)
class _Reason:
    """Words by which a remote says why it rejects a push, and how to fix it for branches and for tags."""

    words: re.Pattern[str]
    branch: tuple[str, ...]
    tag: tuple[str, ...] | None = None

    def remedy(self, ref: str) -> tuple[str, ...]:
        return self.tag if self.tag is not None and ref.startswith("refs/tags/") else self.branch


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_AGAIN = "Then run the same command again."
_MOVED = ("Somebody else moved the branch. Run the same command again: it builds on the new tip.",)
_CREATED = (
    "Somebody else pushed a tag of this name. Find out who, and whether it names the release commit.",
    "$ git ls-remote {remote} {ref}",
)
# The first reason whose words the remote says is the one that counts.
_REASONS = (
    _Reason(
        _words(r"without `?workflows?`? (scope|permission)"),
        (
            "The token that git pushes with may not change workflow files. Give it the scope `workflow`:",
            "$ gh auth refresh -s workflow",
            "Let git use the login of gh: gh auth setup-git. Or push with ssh, which needs no scope.",
        ),
    ),
    _Reason(
        _words(r"GH007|would publish a private email"),
        (
            "GitHub blocks pushes that show your private email address. Set the address that it offers you:",
            "$ git config user.email ID+NAME@users.noreply.github.com",
            "Or allow such pushes: https://github.com/settings/emails. " + _AGAIN,
        ),
    ),
    _Reason(
        _words(r"push cannot contain secrets|GH009"),
        ("GitHub found a secret in a commit. Open the link in the evidence, and withdraw the secret.",),
    ),
    _Reason(
        _words(r"GH013|repository rule violations"),
        (
            "A ruleset of the repository forbids this push to the branch. The evidence names the rule.",
            "Ask an administrator to add you to the ruleset's bypass list, or to change the ruleset. "
            + _AGAIN,
        ),
        (
            "A ruleset of the repository restricts who may create tags. The evidence names the rule.",
            "Ask an administrator to add you to the bypass list of the ruleset for tags. " + _AGAIN,
            "Or ask somebody on that list to run the same command: it continues from here.",
        ),
    ),
    _Reason(
        _words(r"GH006|protected branch|GL-HOOK-ERR.*protected"),
        (
            "The branch is protected. Get permission to push to it, or ask somebody who has it.",
            'For the mainline: set mainline-via = "pull-request" in [tool.patchwright].',
        ),
        ("Tags of this name are protected. Ask somebody who may create them, or get that permission.",),
    ),
    _Reason(
        _words(r"protected tag|tag protection|not allowed to create this tag"),
        ("Tags of this name are protected. Ask somebody who may create them, or get that permission.",),
    ),
    _Reason(
        _words(r"(pre-receive|update|post-receive|reference-transaction) hook declined|hook declined"),
        (
            "A hook on the server rejected the push. Its message is in the evidence.",
            "Fix what it names, or ask the people who run the server. " + _AGAIN,
        ),
    ),
    _Reason(
        _words(r"directory.file conflict|there are still refs under|exists; cannot create"),
        (
            "git cannot have both names: one is a directory of the other. The evidence names the other one.",
            "Rename the other branch or tag on the remote. Then run the same command again.",
        ),
    ),
    _Reason(_words(r"\(already exists\)|reference already exists"), _CREATED, _CREATED),
    _Reason(
        _words(r"stale info|fetch first|non-fast-forward|incorrect old value|cannot lock ref"),
        _MOVED,
        _CREATED,
    ),
)


def is_rejected(output: str) -> bool:
    """Return whether the output of `git push --porcelain` says that the remote rejected a ref."""
    return _REJECTED.search(output) is not None


def remedies(output: str, ref: str, remote: str) -> list[str]:
    """Return how to fix a rejected push, by what the remote said. Rows that begin with `$ ` are commands."""
    reason = next((one for one in _REASONS if one.words.search(output)), None)
    if reason is None:
        return [f"Read what {remote} said above. Fix it, or ask somebody who may push there. {_AGAIN}"]
    names: Mapping[str, str] = {"remote": remote, "ref": ref}
    rows = [row.format(**names) for row in reason.remedy(ref)]
    page = _RULES_PAGE.search(output)
    return [*rows, f"The rules are listed at {page[0]}"] if page else rows
