"""News fragments: the release has some, and towncrier can render each of them."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Mapping

from patchwright.halts import Halt, Prerequisite, combine
from patchwright.history import picking, presence
from patchwright.history.adapting import directories
from patchwright.history.snapshot import Snapshot
from patchwright.invocation import status_command
from patchwright.patches import choice
from patchwright.patches.fragments import changelog_sections
from patchwright.releases import outcome
from patchwright.releases.release import Release
from patchwright.tools import news_fragments
from patchwright.tools.git_output import Commit
from patchwright.tools.news_fragments import Fragments
from patchwright.tools.towncrier import Config
from patchwright.versions import same_series


def require_fragments(release: Release) -> None:
    """Check that the release branch has fragments after the picks, and that towncrier can render them.

    Raise Prerequisite if it has none, or if towncrier would drop or refuse one of them, or if one is empty.
    """
    snapshot = release.commits.snapshot(release.commits.head)
    marks = release.commits.landmarks(release.commits.head)
    if marks.section is not None and not marks.late:
        return
    has_section = marks.section is not None
    patches = [] if has_section else choice.wanted_patches(release)
    files = snapshot.fragment_files if has_section else _files_after_picks(release, snapshot, patches)
    expected = news_fragments.fragments(snapshot.configuration, files)
    problems = _find_problems(expected, snapshot, release, files)
    if problems:
        raise combine(problems)
    if not expected.fragments:
        raise _nothing_to_release(release, snapshot)


def require_committed_fragments(release: Release) -> None:
    """Check that a checkout of the release branch has no uncommitted news fragments.

    A release is made from commits, so it would not contain them. Other files and other branches do not
    matter. Raise Prerequisite if there are uncommitted fragments.
    """
    branch = release.git.ask("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)).line
    if branch != f"refs/heads/{release.plan.branch}":
        return
    configuration = release.commits.snapshot(release.commits.head).configuration
    where = ("--", *configuration.directories)
    untracked = release.git.ask("ls-files", "-z", "--others", "--exclude-standard", *where).stdout
    staged = release.git.ask(
        "diff-index", "-z", "--cached", "--name-only", "--diff-filter=A", "HEAD", *where
    ).stdout
    paths = [path for path in f"{untracked}{staged}".split("\0") if path]
    uncommitted = sorted(
        fragment.path for fragment in news_fragments.fragments(configuration, paths).fragments
    )
    if uncommitted:
        raise Prerequisite(
            f"Your checkout of {release.plan.branch} has uncommitted news fragments.",
            evidence=uncommitted,
            remedy=["Commit them together with the change that they describe, or move them away."],
        )


def require_renderable(found: Fragments, snapshot: Snapshot, release: Release) -> None:
    """Check that there are fragments and that towncrier can render each of them.

    Raise Prerequisite if there are none, if towncrier would drop one or refuse to build, or if one is empty.
    """
    problems = _find_problems(found, snapshot, release, snapshot.fragment_files)
    if problems:
        raise combine(problems)
    if not found.fragments:
        raise Prerequisite(
            f"{release.plan.branch} has no news fragments to release.",
            evidence=_searched_directories(snapshot),
            remedy=["Add a fragment that describes the patch, on the release branch or in the patch itself."],
            on_branch=True,
        )


def report_fragments(release: Release) -> None:
    """Say which news would be printed twice, and which fragments of the mainline towncrier does not read."""
    if release.origin.tag:
        return
    try:
        if release.commits.landmarks(release.commits.head).section is not None:
            return
        snapshot = release.commits.snapshot(release.commits.head)
        files = _files_after_picks(release, snapshot, _likely_patches(release))
        mainline = release.commits.snapshot(release.origin.mainline_tip)
        misspelt = mainline.fragments.misspelt
    except Halt:
        # The check of the fragments has reported it.
        return
    report_repetitions(release, _texts_of(snapshot, files))
    for path in sorted(misspelt):
        release.progress.say(
            f"{release.settings.mainline} has {path}, which looks like a news fragment of an unknown type; "
            "its change is not proposed"
        )


def report_repetitions(release: Release, texts: Mapping[str, str]) -> None:
    """Report the fragments whose text an earlier section of the series already has."""
    snapshot = release.commits.snapshot(release.commits.head)
    earlier = [
        (version, text)
        for version, text in changelog_sections(snapshot)
        if same_series(version, release.plan.version) and version != release.plan.version
    ]
    for path, text in sorted(texts.items()):
        versions = [
            version
            for version, section in earlier
            if text.strip() and news_fragments.is_rendered(section, text, showcontent=True, issue=None)
        ]
        if versions:
            release.progress.say(
                f"the section of {versions[0]} already has the text of {path}; "
                f"{release.plan.version} will repeat it"
            )


def _find_problems(
    found: Fragments, snapshot: Snapshot, release: Release, files: Mapping[str, str]
) -> list[Halt]:
    """Return one halt for each kind of fragments that towncrier would drop or refuse, or that are empty."""
    config = snapshot.configuration
    types = ", ".join(one.directory for one in config.types)
    problems: list[Halt] = []
    if found.misspelt:
        problems.append(
            Prerequisite(
                "towncrier would silently drop news fragments, because it does not know their type.",
                evidence=sorted(found.misspelt),
                remedy=[
                    f"Rename them to one of the types: {types}.",
                    "If they are not fragments, add their names to `ignore` in [tool.towncrier].",
                ],
            )
        )
    refused = _refused(found, config)
    if refused:
        problems.append(
            Prerequisite(
                "towncrier refuses to build with some of the news fragments.",
                evidence=refused,
                remedy=["Rename them on the release branch."],
                on_branch=True,
            )
        )
    before = release.commits.snapshot(release.plan.previous).fragment_files if found.stray else {}
    stray = [path for path in found.stray if path not in before]
    if stray:
        problems.append(
            Prerequisite(
                "towncrier would silently drop news fragments, because they are in no section's directory.",
                evidence=sorted(stray),
                remedy=[f"Move them to the directory of their section: {', '.join(config.directories)}."],
            )
        )
    empty = _empty(found, config, _texts_of(snapshot, files))
    if empty:
        problems.append(
            Prerequisite(
                "News fragments have no text, and the changelog shows the text of their type.",
                evidence=empty,
                remedy=["Write what changed into them, or remove them."],
            )
        )
    return problems


def _refused(found: Fragments, config: Config) -> list[str]:
    """Return evidence for the files with which towncrier refuses to build."""
    unknown = set(found.unknown) - set(found.misspelt) if config.refuses_unknown else set()
    return [
        *(f"same issue, type and number as another fragment: {path}" for path in found.duplicates),
        *(f"issue does not match `issue_pattern`: {path}" for path in found.invalid_issues),
        *(f"no known type, and not in `ignore`: {path}" for path in sorted(unknown)),
    ]


def _empty(found: Fragments, config: Config, texts: Mapping[str, str]) -> list[str]:
    """Return the fragments without text whose text the changelog would show."""
    return [
        one.path
        for one in found.fragments
        if (config.shows_content(one.category) or not one.issue) and not texts[one.path].strip()
    ]


def _texts_of(snapshot: Snapshot, files: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the fragments among files, which are blobs by path."""
    paths = [one.path for one in news_fragments.fragments(snapshot.configuration, files).fragments]
    texts = snapshot.git.texts(files[path] for path in paths)
    return {path: texts[files[path]] or "" for path in paths}


def _likely_patches(release: Release) -> list[Commit]:
    """Return the chosen patches, else the proposed ones, even if others are unsure: as with `--yes`."""
    if release.plan.picks is not None:
        return choice.wanted_patches(release)
    proposed = choice.proposed_commits(choice.collect_candidates(release))
    return picking.sort_commits(release.git, proposed)


def _nothing_to_release(release: Release, snapshot: Snapshot) -> Prerequisite:
    """Return the halt for a release without fragments.

    If the last version was closed, its fixes can be released again: a fragment that says so is enough.
    """
    plan = release.plan
    is_closed = outcome.is_previous_closed(release)
    remedy = ["Add a fragment that describes the patch, or name commits of the mainline with --patches."]
    if is_closed:
        path = _example_path(release, snapshot.configuration)
        text = f"Publish what {plan.previous_version} has: that version was tagged, but never published."
        subject = f"Release {plan.previous_version} again."
        write = f"echo {shlex.quote(text)} > {shlex.quote(path)} && git add {shlex.quote(path)}"
        remedy += [
            f"{plan.previous_version} is closed. To publish the same as {plan.version}, add a fragment:",
            f"In a work tree of {plan.branch}:",
            f"$ {write} && git commit --message {shlex.quote(subject)}",
        ]
    return Prerequisite(
        f"There is nothing to release after {plan.previous_tag}: {plan.branch} has no news fragments, and no "
        "patch adds one.",
        evidence=_searched_directories(snapshot),
        remedy=remedy,
        on_branch=True,
        next_command=None if is_closed else status_command(plan.series),
    )


def _example_path(release: Release, config: Config) -> str:
    """Return the path of a fragment without an issue, of a type that patches have."""
    patch_types = release.settings.patch_types
    types = [one.directory for one in config.types]
    kind = next((one for one in types if one.lower() in patch_types), types[0])
    name = f"{config.orphan_prefix}not-published.{kind}{posixpath.splitext(config.filename)[1]}"
    return posixpath.join(config.directories[0], name)


def _files_after_picks(release: Release, snapshot: Snapshot, wanted: list[Commit]) -> dict[str, str]:
    """Return the files that the fragment directories will have when the patches are picked.

    They are blobs by path. A fragment of another directory on the mainline comes to that of its section.
    """
    files = dict(snapshot.fragment_files)
    present = presence.find_present(release.git, wanted, release.commits.head)
    for commit in wanted:
        if commit.sha in present:
            continue
        source = release.commits.snapshot(commit.sha)
        for change in commit.changes:
            path = change.path
            if posixpath.dirname(path) in directories(source):
                place = news_fragments.counterpart(path, source.configuration, snapshot.configuration)
                path = place or path
            if change.after is None:
                files.pop(path, None)
            else:
                files[path] = change.after
    return files


def _searched_directories(snapshot: Snapshot) -> list[str]:
    return [f"looked in: {', '.join(snapshot.configuration.directories)}"]
