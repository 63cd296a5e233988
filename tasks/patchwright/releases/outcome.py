"""Outcome: what a person has said about a public version if no release run shows that it was published.

It is a line in the message of the commit that removes the fragments from the release branch. Every clone sees
it there, and it is on the mainline as well, where that commit is picked. The tag stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from patchwright.history.landmarks import without_reverted
from patchwright.releases.release import Release
from patchwright.tools.git_output import Commit

NOT_PUBLISHED, BY_HAND = "Tagged-not-published", "Published-by-hand"
_MEANINGS = {NOT_PUBLISHED: "is closed: tagged, not published", BY_HAND: "was published by hand"}


@dataclass(frozen=True)
class Outcome:
    """What a person has said, and the commit of the release branch that records it."""

    kind: str
    commit: Commit


def find_outcome(release: Release) -> Outcome | None:
    """Return what the release branch on origin records about the version, or None. The last record counts."""
    tagged = release.origin.tagged_commit
    return _find_record(release, release.plan.version, tagged) if tagged else None


def is_previous_closed(release: Release) -> bool:
    """Return whether the release branch on origin records that the last version was not published."""
    found = _find_record(release, release.plan.previous_version, release.plan.previous)
    return found is not None and found.kind == NOT_PUBLISHED


def _find_record(release: Release, version: str, tagged: str) -> Outcome | None:
    tip = release.origin.refs.get(f"refs/heads/{release.plan.branch}")
    if tip is None or tip == tagged:
        return None
    for commit in reversed(without_reverted(release.git.commits(tip, f"^{tagged}"))):
        rows = commit.message.splitlines()
        for kind in _MEANINGS:
            if record_line(kind, version) in rows:
                return Outcome(kind, commit)
    return None


def is_closed(release: Release) -> bool:
    """Return whether the release branch on origin records that the version was not published."""
    found = find_outcome(release)
    return found is not None and found.kind == NOT_PUBLISHED


def record_line(kind: str, version: str) -> str:
    """Return the line that records an outcome in the message of a commit."""
    return f"{kind}: {version}"


def describe(kind: str, version: str) -> str:
    """Return an outcome as a sentence."""
    return f"{version} {_MEANINGS[kind]}"
