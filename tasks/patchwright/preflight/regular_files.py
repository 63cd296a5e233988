"""Regular files: nothing that a release reads or writes is a symbolic link, or lies behind one."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from patchwright.halts import Halt, Prerequisite, combine
from patchwright.history.series_file import find_series_files
from patchwright.history.snapshot import Snapshot, configuration_files
from patchwright.patches import choice
from patchwright.releases.release import Release

_REGULAR = {"100644", "100755"}
_KINDS = {"120000": "a symbolic link", "160000": "a submodule"}


def require_regular_files(release: Release) -> None:
    """Raise Prerequisite if a file of the release is not a regular file on the branch, mainline or in a pick.

    These are the configuration, the version file, the changelog, the template and the news fragments.
    """
    commits = release.commits
    require_regular(release, commits.head)
    mainline = commits.snapshot(release.origin.mainline_tip)
    files = find_series_files(mainline, commits.snapshot(commits.head), release.plan.version)
    _require(release.settings.mainline, mainline, [*files, *mainline.configuration.directories])
    patches = choice.wanted_patches(release)
    found = [halt for patch in patches if (halt := find_in_pick(release, patch.sha, patch.paths))]
    if found:
        raise combine(found)


def require_regular(release: Release, commit: str) -> None:
    """Raise Prerequisite if a file that the release reads or writes is not a regular file at a commit."""
    snapshot = release.commits.snapshot(commit)
    _require(release.plan.branch, snapshot, _paths(snapshot, release.plan.version))


def _paths(snapshot: Snapshot, version: str) -> list[str]:
    configuration, source = snapshot.configuration, snapshot.version_source
    folder = snapshot.git.folder
    paths = [*configuration_files(folder), posixpath.join(folder, "hatch.toml")]
    paths += [configuration.news_file(version)]
    paths += [one.path for one in snapshot.fragments.fragments]
    paths += [configuration.template] if configuration.template else []
    paths += [source.path] if source and source.path else []
    return [*paths, *configuration.directories]


def _require(where: str, snapshot: Snapshot, paths: Iterable[str]) -> None:
    odd = _odd_entries(snapshot, paths)
    if odd:
        raise Prerequisite(
            f"{where} has something other than a regular file where a release reads or writes: "
            f"{', '.join(sorted(odd))}.",
            evidence=[f"{path}: {kind}" for path, kind in sorted(odd.items())],
            remedy=["Replace each of them with a regular file or a directory. Commit and push the change."],
        )


def find_in_pick(release: Release, sha: str, changed: frozenset[str]) -> Halt | None:
    """Return the halt for a pick that makes one of the files irregular, or None."""
    snapshot = release.commits.snapshot(sha)
    wanted = _with_parents(_paths(snapshot, release.plan.version))
    try:
        _require(f"The pick {sha[:10]}", snapshot, [path for path in changed if path in wanted])
    except Prerequisite as halt:
        return halt
    return None


def _odd_entries(snapshot: Snapshot, paths: Iterable[str]) -> dict[str, str]:
    """Return what is at the paths, and at the directories above them, if it is not a regular file."""
    modes = snapshot.git.modes(snapshot.commit, sorted(_with_parents(paths)))
    return {
        path: _KINDS.get(mode, f"of mode {mode}")
        for path, mode in modes.items()
        if mode not in _REGULAR and mode != "040000"
    }


def _with_parents(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        place = posixpath.normpath(path)
        while place not in {"", ".", "/"} and place not in found:
            found.add(place)
            place = posixpath.dirname(place)
    return found
