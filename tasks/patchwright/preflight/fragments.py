"""News fragments: the release has some, and towncrier can render each of them."""

from __future__ import annotations

from patchwright.halts import Prerequisite
from patchwright.history import presence
from patchwright.history.snapshot import Snapshot
from patchwright.patches import choice
from patchwright.releases.release import Release
from patchwright.tools import towncrier
from patchwright.tools.towncrier import Fragments


def require_fragments(release: Release) -> None:
    """Check that the release branch has fragments after the picks, and that towncrier can render them.

    Raise Prerequisite if it has none, or if towncrier would drop or refuse one of them.
    """
    if release.commits.landmarks(release.commits.head).section is not None:
        return
    snapshot = release.commits.snapshot(release.commits.head)
    expected = _fragments_after_picks(release, snapshot)
    if not expected.fragments and not expected.unknown:
        raise Prerequisite(
            f"There is nothing to release after {release.plan.previous_tag}: {release.plan.branch} has no "
            f"news fragments, and no patch adds one.",
            evidence=_searched_directories(snapshot),
            remedy=[
                "Add a fragment that describes the patch, or name commits of the mainline with --patches."
            ],
        )
    require_renderable(expected, snapshot, release)


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
    uncommitted = sorted(fragment.path for fragment in towncrier.fragments(configuration, paths).fragments)
    if uncommitted:
        raise Prerequisite(
            f"Your checkout of {release.plan.branch} has uncommitted news fragments.",
            evidence=uncommitted,
            remedy=["Commit them together with the change that they describe, or move them away."],
        )


def require_renderable(found: Fragments, snapshot: Snapshot, release: Release) -> None:
    """Check that there are fragments and that towncrier can render each of them.

    Raise Prerequisite if there are none, or if towncrier would drop one or refuse to build.
    """
    if found.unknown:
        types = ", ".join(one.directory for one in snapshot.configuration.types)
        raise Prerequisite(
            "towncrier would silently drop news fragments, because it does not know their type.",
            evidence=sorted(found.unknown),
            remedy=[f"Rename them to one of the types: {types}."],
        )
    if found.duplicates or found.invalid_issues:
        raise Prerequisite(
            "towncrier refuses to build with some of the news fragments.",
            evidence=[
                *(f"same issue, type and number as another fragment: {path}" for path in found.duplicates),
                *(f"issue does not match `issue_pattern`: {path}" for path in found.invalid_issues),
            ],
            remedy=["Rename them on the release branch."],
        )
    if not found.fragments:
        raise Prerequisite(
            f"{release.plan.branch} has no news fragments to release.",
            evidence=_searched_directories(snapshot),
            remedy=["Add a fragment that describes the patch, on the release branch or in the patch itself."],
        )


def _fragments_after_picks(release: Release, snapshot: Snapshot) -> Fragments:
    """Return the fragments that the release branch will have when the patches are picked."""
    wanted = choice.wanted_patches(release)
    present = presence.find_present(release.git, wanted, release.commits.head)
    added = {
        change.path
        for commit in wanted
        if commit.sha not in present
        for change in commit.changes
        if change.after
    }
    return towncrier.fragments(snapshot.configuration, added | set(snapshot.fragment_files))


def _searched_directories(snapshot: Snapshot) -> list[str]:
    return [f"looked in: {', '.join(snapshot.configuration.directories)}"]
