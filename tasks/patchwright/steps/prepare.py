"""Prepare: sign the tag, build the clean-up and the integration; publish nothing."""

from __future__ import annotations

import shlex

from patchwright.halts import Interrupted
from patchwright.integration import preparation
from patchwright.invocation import task_command
from patchwright.publication import clean_up, committers, tag_object
from patchwright.publication.overview import find_overview
from patchwright.releases.release import Release


def proof(release: Release) -> str | None:
    """Return evidence that tag, clean-up and integration of the head are built, proven and still private."""
    plan = release.plan
    if release.origin.tag:
        return f"{plan.tag} is public"
    if not release.commits.is_complete or not clean_up.is_prepared(release):
        return None
    if not plan.integrate_later and preparation.find_prepared(release) is None:
        return None
    if tag_object.find_prepared(release) is None:
        return None
    kind = "signed" if release.settings.sign else "created"
    built = (
        "the clean-up is built, but not the integration (--integrate-later)"
        if plan.integrate_later
        else "the clean-up and the integration are built"
    )
    return f"{plan.tag} is {kind}; {built}"


def act(release: Release) -> None:
    """Build the clean-up and the integration, show what becomes public, ask once, and sign the tag.

    The tag is the last, so that a signed tag means that the person has agreed. Raise BranchConflict if the
    integration conflicts, StepFailed if a commit was made by hand as somebody else, and Interrupted if the
    person does not agree.
    """
    committers.require_own_release(release)
    clean_up.prepare(release)
    release.refresh(origin=False)
    if not release.plan.integrate_later:
        committers.require_own_integration(release, preparation.prepare(release))
    else:
        release.note(
            f"the integration into {release.settings.mainline} was not built before the push, because of "
            "--integrate-later: it may conflict after publication"
        )
    if release.shell.dry:
        tag_object.prepare(release)
        return
    if tag_object.find_local(release) is None and tag_object.find_prepared(release):
        return
    release.progress.present(find_overview(release).chapters())
    _require_consent(release)
    tag_object.prepare(release)


def _require_consent(release: Release) -> None:
    """Ask whether to publish. Raise Interrupted if the answer is no."""
    version = release.plan.version
    if not release.asks or release.progress.confirm(f"Publish {version}?"):
        return
    worktree = release.workspace.branch
    where = shlex.quote(str(worktree.path))
    changelog = release.commits.snapshot(release.commits.head).changelog_file
    raise Interrupted(
        f"You decided not to publish {version}.",
        remedy=[
            "Nothing was deleted: the same command asks again.",
            f"To add to the section first: edit {changelog} in {where}, then: git -C {where} commit --all",
            f"To change the words of a fragment, edit the fragment on {release.plan.branch}.",
            f"To give the release up: {task_command('abandon', release.plan.series)}",
        ],
    )
