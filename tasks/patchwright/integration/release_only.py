"""Commits that stay on the release branch: by a flag, by a setting, or by a trailer of the commit."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from patchwright.invocation import corrected_command
from patchwright.releases.release import Release
from patchwright.tools.git_output import Commit

_TRAILER = re.compile(r"^Release-only: *(?:yes|true)\s*$", re.IGNORECASE | re.MULTILINE)


def find_reason(release: Release, commit: Commit) -> str | None:
    """Return why a commit of the release branch is not for the mainline, or None if it is."""
    if commit.sha in release.plan.release_only:
        return "--release-only names it"
    last_paragraph = commit.message.rstrip().rpartition("\n\n")[2]
    if "\n\n" in commit.message and _TRAILER.search(last_paragraph):
        return "its message has the trailer Release-only"
    patterns = release.settings.release_only
    if patterns and commit.paths and all(_fits(path, patterns) for path in commit.paths):
        return "it changes only paths of the setting `release-only`"
    return None


def describe_way_out(release: Release, patch: Commit) -> str:
    """Return how a person lets a patch stay on the release branch, if it conflicts with the mainline."""
    names = ",".join(sha[:12] for sha in (*release.plan.release_only, patch.sha))
    command = corrected_command(release.plan.series, release_only=names)
    return f"If {patch.short} is only for {release.plan.branch}, let it stay there: {command}"


def _fits(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
