"""Workflows: GitHub knows them, they are enabled, and the push can start them."""

from __future__ import annotations

from patchwright.github.triggers import skip_marker
from patchwright.halts import Prerequisite
from patchwright.preflight.remote import can_ask_github
from patchwright.releases.release import Release
from patchwright.settings import fill_command


def require_qa_workflow(release: Release) -> None:
    """Raise Prerequisite if GitHub does not know the QA workflow, or if the workflow is disabled."""
    if can_ask_github(release):
        release.github.workflow(release.settings.qa_workflow)


def require_release_workflow(release: Release) -> None:
    """Raise Prerequisite if GitHub does not know the release workflow, or if the workflow is disabled."""
    if can_ask_github(release):
        release.github.workflow(release.settings.release_workflow)


def require_startable(release: Release) -> None:
    """Raise Prerequisite if the message of the release commit keeps GitHub from starting QA.

    Before the release is prepared, this checks the commit subjects in the settings.
    """
    if release.commits.is_prepared:
        message = release.commits.landmarks(release.commits.head).commits[-1].message
        source = f"the message of commit {release.commits.head[:10]}"
        remedy = "Add a commit without the marker on top of it."
    else:
        templates = (release.settings.changelog_subject, release.settings.version_subject)
        message = "\n".join(fill_command(templates, **release.plan.fields))
        source = "a commit subject in the settings"
        remedy = "Remove the marker from `changelog-subject` and `version-subject`."
    marker = skip_marker(message)
    if marker:
        raise Prerequisite(
            f"QA would never start: {source} contains `{marker}`.",
            evidence=message.splitlines()[:5],
            remedy=[remedy],
        )
