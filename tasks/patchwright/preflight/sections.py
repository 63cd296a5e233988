"""Sections: towncrier can write the section of the release, and both changelogs have a place for it."""

from __future__ import annotations

from packaging.version import Version

from patchwright.changelogs.titles import is_unfinished
from patchwright.halts import BranchConflict, Prerequisite
from patchwright.history.series_file import find_series_files
from patchwright.releases.release import Release


def require_finished_section(release: Release) -> None:
    """Check that towncrier can write the section, or that a person has written and finished it.

    Raise Prerequisite if the changelog has a section for the version that calls itself unreleased, or one
    that a person wrote while fragments wait: towncrier would add a second section.
    """
    commits, version = release.commits, release.plan.version
    snapshot, marks = commits.snapshot(commits.head), commits.landmarks(commits.head)
    sections = [
        one for one in snapshot.known_sections if one.version.base_version == Version(version).base_version
    ]
    unfinished = [one.heading for one in sections if is_unfinished(one.heading)]
    waiting = [one.path for one in snapshot.fragments.fragments]
    is_by_hand = marks.section is not None and not marks.fragments and bool(waiting)
    if not unfinished and not is_by_hand:
        return
    file, branch = snapshot.changelog_file, release.plan.branch
    what = "an unreleased section" if unfinished else "a section that towncrier did not write"
    raise Prerequisite(
        f"{file} on {branch} already has {what} for {version}.",
        evidence=[
            *(f"heading: {heading}" for heading in unfinished or [one.heading for one in sections]),
            *(f"fragment that is not released yet: {path}" for path in waiting),
        ],
        remedy=[
            f"Either let towncrier write it: on {branch}, move its text into fragments and remove it.",
            f"Or finish it by hand: on {branch}, write the date into its heading.",
            "  Put the text of the fragments into it, and remove the fragments. The release keeps it.",
        ],
    )


def require_place(release: Release) -> None:
    """Check that the section with its heading has a place in the changelog of both branches.

    Raise Prerequisite if it has none: the headings of the releases in the file have another rank, for
    example. If only the template knows the heading, the place is not checked here.
    """
    branch, version = release.commits.snapshot(release.commits.head), release.plan.version
    heading = branch.configuration.heading(version, release.plan.date)
    section = branch.section(version) or (f"{heading}\n\n- ...\n\n\n" if heading else None)
    if section is None or not branch.configuration.single_file:
        return
    mainline = release.commits.snapshot(release.origin.mainline_tip)
    files = find_series_files(mainline, branch, version)
    places = [(branch, release.plan.branch)]
    if len(files) == 1 and mainline.configuration.single_file:
        places.append((mainline.with_changelog_file(files[0]), release.settings.mainline))
    for snapshot, name in places:
        if snapshot.section(version) is not None or snapshot.markup is not branch.markup:
            # Other checks judge these.
            continue
        try:
            snapshot.with_section(section, version)
        except BranchConflict as conflict:
            known = [one.heading for one in snapshot.known_sections[:3]]
            raise Prerequisite(
                f"{snapshot.changelog_file} on {name} has no clear place for the section for {version}.",
                evidence=[
                    f"heading of the section: {section.splitlines()[0]}",
                    *(f"heading in the file: {one}" for one in known),
                    conflict.cause,
                ],
                remedy=[
                    f"Set `title_format` in [tool.towncrier] on {release.plan.branch}, so that towncrier",
                    "  writes headings of the level that the releases in the file have.",
                    f"Or give the releases in {snapshot.changelog_file} headings of the section's level.",
                ],
            ) from None
