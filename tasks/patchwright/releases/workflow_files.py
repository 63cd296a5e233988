"""Workflow files: which file of the pushed commit is the QA workflow, and which is the release workflow."""

from __future__ import annotations

from typing import Literal

from patchwright.github.triggers import select_files
from patchwright.releases.release import Release
from patchwright.settings import Settings

Role = Literal["qa", "release"]
"""What a workflow does in a release. One file may have both roles."""
SETTINGS: dict[Role, str] = {"qa": "qa-workflow", "release": "release-workflow"}


def workflow_name(settings: Settings, role: Role) -> str:
    """Return the name that the setting gives to the workflow of a role."""
    return settings.qa_workflow if role == "qa" else settings.release_workflow


def find_files(release: Release, commit: str, role: Role) -> list[str]:
    """Return the paths of the files at a commit that may be the workflow of a role: one, if all is well."""
    return select_files(
        workflow_name(release.settings, role), release.commits.snapshot(commit).workflow_files
    )


def find_file(release: Release, commit: str, role: Role) -> str | None:
    """Return the path of the workflow file of a role at a commit, or None if it has none or several."""
    paths = find_files(release, commit, role)
    return paths[0] if len(paths) == 1 else None
