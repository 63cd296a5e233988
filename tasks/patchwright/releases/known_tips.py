"""Known tips: the tips that origin's branches are known to have had."""

from __future__ import annotations

import re
from collections.abc import Iterable

from patchwright.releases.journal import ReleaseRecord
from patchwright.releases.origin import Origin
from patchwright.releases.plan import Plan
from patchwright.tools.git import Git

_FULL_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)


class KnownTips:
    """The tips of origin's release branch and mainline, as the journal, this run and the clone saw them.

    The clone may lack their commits: `existing` selects those that it has.
    """

    def __init__(self, git: Git, plan: Plan, origin: Origin, record: ReleaseRecord | None) -> None:
        self._git = git
        self._plan = plan
        self._origin = origin
        self._record = record

    def of_branch(self) -> list[str]:
        """Return the tips that origin's release branch is known to have had."""
        return [*self.of_branch_since_begin(), *self._tracked(self._plan.branch)]

    def of_mainline(self) -> list[str]:
        """Return the tips that origin's mainline is known to have had."""
        return [*self.of_mainline_since_begin(), *self._tracked(self._origin.mainline)]

    def of_branch_since_begin(self) -> list[str]:
        """Return the tips of the release branch on record, and the one that this run saw first."""
        recorded = self._record.content.branch_tips if self._record else ()
        return [*recorded, self._first(self._plan.branch)]

    def of_mainline_since_begin(self) -> list[str]:
        """Return the tips of the mainline on record, and the one that this run saw first."""
        recorded = self._record.content.mainline_tips if self._record else ()
        return [*recorded, self._first(self._origin.mainline)]

    def existing(self, names: Iterable[str]) -> list[str]:
        """Return the names that are full names of commits in this clone. A journal may hold anything."""
        full = [name for name in dict.fromkeys(names) if _FULL_NAME.fullmatch(name)]
        missing = set(self._git.missing(full))
        return [name for name in full if name not in missing]

    def _first(self, branch: str) -> str:
        return self._origin.first_refs.get(f"refs/heads/{branch}", "")

    def _tracked(self, branch: str) -> list[str]:
        """Return the tips of a branch that the clone's remote-tracking ref has had."""
        return self._git.past_tips(f"refs/remotes/{self._origin.name}/{branch}")
