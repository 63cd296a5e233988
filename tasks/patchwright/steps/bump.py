"""Bump: commit the new version."""

from __future__ import annotations

from patchwright import settings
from patchwright.preflight import series
from patchwright.preflight.regular_files import require_regular
from patchwright.publication import version_commit
from patchwright.releases.release import Release
from patchwright.versions import same_version


def proof(release: Release) -> str | None:
    """Return evidence that the release commit has the planned version, or will get it from the tag."""
    commit = release.commits.release_commit
    if release.commits.version_is_from_tag(commit):
        return f"the version comes from the tag {release.plan.tag}"
    if not same_version(release.commits.version_at(commit), release.plan.version):
        return None
    setter = release.commits.landmarks().version_commit
    where = f"set by {setter.short}" if setter else f"at {commit[:10]}"
    return f"the version is {release.plan.version}, {where}"


def act(release: Release) -> None:
    """Run the bump command, check that only the version changed, and commit the changed files.

    Raise VersionConflict if the version before or after the bump is not the expected one, and StepFailed if
    anything else changed, or if the command committed or tagged.
    """
    series.require_version(release)
    require_regular(release, release.commits.head)
    head = release.commits.snapshot(release.commits.head)
    subject = settings.fill_text(release.settings.version_subject, **release.plan.fields)
    version_commit.set_version(release, release.plan.version, head, subject)
