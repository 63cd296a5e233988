"""The series: its version, its changelog, and no local tag or lock file that would block the release."""

from __future__ import annotations

import contextlib
import shlex

from patchwright.changelogs.blank_lines import normalize
from patchwright.halts import BranchConflict, Halt, Prerequisite, VersionConflict
from patchwright.history.series_file import find_series_files
from patchwright.integration import build
from patchwright.releases.release import Release
from patchwright.releases.tag_problem import find_tag_problem
from patchwright.settings import Settings
from patchwright.text import safe_lines
from patchwright.tools import git_locks
from patchwright.tools.git_output import pick_line
from patchwright.tools.hatch import VersionSource
from patchwright.versions import is_development_of, same_version

# Hatch cannot write to these sources of a version, nor to tags (hatchling 1.27).
READ_ONLY_SOURCES = frozenset({"code", "env"})


def require_unlocked(release: Release) -> None:
    """Raise Prerequisite if a killed git process left a lock file on the clone's packed refs.

    git cannot pick commits or update branches while this lock file exists.
    """
    locks = git_locks.find_stale_locks(release.clone.common, "packed-refs.lock")
    if locks:
        raise Prerequisite(
            "A killed git process left a lock file in this clone.",
            evidence=[str(lock) for lock in locks],
            remedy=["Make sure that no git process runs in this clone, then remove the lock file."],
            never=["Do not remove it while a git process runs: it protects the refs."],
            next_command=f"rm {shlex.quote(str(locks[0]))}",
        )


def require_own_tag(release: Release) -> None:
    """Raise Prerequisite if this clone has a local tag for the version that is not on origin.

    A local tag of the release commit is accepted if that commit is complete. While it is not, the release
    gets further commits, and the tag names a commit that is not released. The accepted tag must be the one
    that the step `tag` would push: annotated, with its own name, and signed if the settings say so.
    """
    local = release.git.ref(f"refs/tags/{release.plan.tag}")
    if not local or release.origin.tag:
        return
    is_named = release.git.commit_named(local) == release.commits.release_commit
    is_complete = is_named and release.commits.is_complete
    problem = find_tag_problem(release, local, release.commits.release_commit) if is_complete else None
    if not is_complete or problem:
        raise Prerequisite(
            f"This clone has a tag {release.plan.tag} that {release.settings.remote} lacks.",
            evidence=[f"object: {local}", *([f"it cannot be published: {problem}"] if problem else [])],
            remedy=[
                "Look at the tag, then delete it from this clone:",
                f"$ git show {release.plan.tag}",
                f"$ git tag --delete {release.plan.tag}",
            ],
            never=["Do not push it: nobody can take back a tag that is public."],
        )


def require_version_source(release: Release) -> None:
    """Check that something sets the version: Hatch in a file, another command, or the tag.

    Raise Prerequisite if Hatch cannot write the version, or would commit or tag it, or if a command would set
    a version that comes from the tag.
    """
    commits, head = release.commits, release.commits.head
    source = commits.snapshot(head).version_source
    sets_by_hatch = release.settings.bump_command[:2] == ("hatch", "version")
    if commits.version_is_from_tag(head):
        if release.settings.bump_command != Settings.bump_command:
            raise _two_versions(release, source)
        return
    if source and (source.kind in READ_ONLY_SOURCES or source.is_tag) and sets_by_hatch:
        raise Prerequisite(
            f"Hatch can't set the version on {release.plan.branch}: the version source is `{source.kind}`.",
            evidence=[f"at {head}: [tool.hatch.version] or hatch.toml"],
            remedy=["Keep the version in a file (`path`), or set `bump-command` in [tool.patchwright]."],
        )
    if source and source.commits and sets_by_hatch:
        raise Prerequisite(
            f"With the version source `{source.kind}`, Hatch commits or tags by itself when it sets the "
            "version.",
            evidence=[f"at {head}: [tool.hatch.version] or hatch.toml"],
            remedy=["Set `commit = false` and `tag = false` beside `source`: patchwright commits and tags."],
        )


def report_version_source(release: Release) -> None:
    """Say that no commit will set the version, if it comes from the tag."""
    # The checks report why there is no head.
    with contextlib.suppress(Halt):
        if not release.origin.tag and release.commits.version_is_from_tag(release.commits.head):
            release.progress.say(f"the version comes from the tag {release.plan.tag}; no commit sets it")


def _two_versions(release: Release, source: VersionSource | None) -> Prerequisite:
    return Prerequisite(
        f"The version on {release.plan.branch} comes from the tag, but `bump-command` would set it, too.",
        evidence=[f"source of the version: {source.kind}"] if source else [],
        remedy=[
            "Remove `bump-command` from [tool.patchwright].",
            'Or, if the command sets the version in a file, set `version-source = "file"`.',
        ],
    )


def require_development_version(release: Release) -> None:
    """Raise Prerequisite if the settings have a development version and no file has the version."""
    snapshot = release.commits.snapshot(release.commits.head)
    if release.settings.development_version and snapshot.version is None:
        raise Prerequisite(
            f"`development-version` is set, but no file of {release.plan.branch} has the version.",
            evidence=[f"at {snapshot.commit}: [project] version, [tool.hatch.version] or hatch.toml"],
            remedy=["Remove `development-version` from [tool.patchwright]."],
        )


def require_separable_version(release: Release) -> None:
    """Raise BranchConflict if a commit sets the version, and its other changes conflict with the mainline.

    The mainline keeps its own version, so it gets such a commit without the version. If that applies, a note
    says so.
    """
    mainline = release.settings.mainline
    for commit, conflict in build.mixed_version_commits(release):
        if conflict is None:
            release.note(
                f"{commit.short} {commit.subject} sets the version and changes more; "
                f"{mainline} gets the rest without the version"
            )
            continue
        remedy = [
            f"To bring the rest to {mainline}, pick it there, keep the version of {mainline}, and push:",
            f"$ git cherry-pick -x {commit.sha}",
            f"To keep the rest off {mainline}, add an empty commit there that names it, and push:",
            f"$ git commit --allow-empty -m 'Leave it out.' -m '{pick_line(commit.sha)}'",
        ]
        if commit.sha in {local.sha for local in release.commits.local_commits}:
            remedy.append("Or split the commit, which is only in this clone, into the version and the rest.")
        raise BranchConflict(
            f"{commit.short} sets the version together with other changes, which conflict on {mainline} in "
            f"{', '.join(conflict.paths)}.",
            evidence=conflict.rows,
            remedy=remedy,
            never=[f"Do not bring the version of {release.plan.branch} to {mainline}."],
        )


def require_version(release: Release) -> None:
    """Check that the version on the branch is the last release's, or the planned one or a development of it.

    Raise VersionConflict if it is another one. A version that comes from the tag is not on the branch.
    """
    plan, head = release.plan, release.commits.head
    if release.commits.version_is_from_tag(head):
        return
    version = release.commits.version_at(head)
    if version is None or any(same_version(version, v) for v in (plan.previous_version, plan.version)):
        return
    if is_development_of(version, plan.version):
        return
    raise VersionConflict(
        f"The version on {plan.branch} is {version}; a patch release to {plan.version} expects "
        f"{plan.previous_version}, the last release of the series.",
        evidence=[f"at {head}"],
        remedy=[f"Set the version on the branch to {plan.previous_version}, or release {version} by hand."],
    )


def require_changelog(release: Release) -> None:
    """Raise Prerequisite if the release branch lacks the changelog to which towncrier adds sections.

    Raise it also if towncrier writes a file for each version: a release needs one file with all sections.
    """
    snapshot = release.commits.snapshot(release.commits.head)
    if not snapshot.configuration.single_file:
        raise Prerequisite(
            f"On {release.plan.branch}, towncrier writes a file for each version, which patchwright does not "
            "support.",
            evidence=[f"single_file = false, filename = {snapshot.configuration.filename}"],
            remedy=[
                "Let towncrier add its sections to one file (single_file = true), or release by hand.",
            ],
        )
    if not snapshot.changelog:
        raise Prerequisite(
            f"{release.plan.branch} has no changelog {snapshot.configuration.filename}.",
            remedy=[
                "Set `filename` in [tool.towncrier], or commit a changelog with towncrier's start marker."
            ],
        )


def require_mainline_changelog(release: Release) -> None:
    """Check that the section of the release has one place on the mainline.

    Raise Prerequisite if it is not clear which file has the changelog there, if that file is written in
    another markup, or if it has another section for the version already.
    """
    branch = release.commits.snapshot(release.commits.head)
    mainline, name = release.commits.snapshot(release.origin.mainline_tip), release.settings.mainline
    version, series = release.plan.version, release.plan.series
    files = find_series_files(mainline, branch, version)
    if len(files) != 1:
        raise Prerequisite(
            f"It is not clear to which file of {name} the section for {version} belongs.",
            evidence=[
                f"changelog of {release.plan.branch}: {branch.changelog_file}",
                f"changelog configured on {name}: {mainline.changelog_file}",
                *(f"file of {name} with sections of {series}: {path}" for path in files),
            ],
            remedy=[f"Let exactly one file of {name} have the sections of {series}."],
        )
    there = mainline.with_changelog_file(files[0])
    if there.changelog and branch.changelog and there.markup is not branch.markup:
        raise Prerequisite(
            f"The changelog is {branch.markup.value} on {release.plan.branch} and {there.markup.value} on "
            f"{name}, so the section cannot be added to {name}.",
            evidence=[f"{release.plan.branch}: {branch.changelog_file}", f"{name}: {there.changelog_file}"],
            remedy=[f"Keep the sections of {series} on {name} in a {branch.markup.value} file."],
        )
    present, own = there.section(version), branch.section(version)
    if present is not None and (own is None or normalize(present) != normalize(own)):
        raise Prerequisite(
            f"{there.changelog_file} on {name} already has a section for {version}.",
            evidence=safe_lines(present.strip())[:5],
            remedy=[f"Remove the section from {name}; the release brings its own."],
        )
