"""Series file: find the mainline's file with the changelog of a series, which may have another path there."""

from __future__ import annotations

import posixpath

from patchwright.changelogs import sections
from patchwright.changelogs.blank_lines import normalize
from patchwright.changelogs.headings import markup_of_file
from patchwright.history.snapshot import Snapshot
from patchwright.versions import same_series, same_version

_TEXT_SUFFIXES = {".rst", ".rest", ".md", ".markdown", ".mdx", ".txt", ""}


def find_series_files(mainline: Snapshot, branch: Snapshot, version: str) -> list[str]:
    """Return the files of the mainline to which a section of the release branch may belong.

    It is the configured file if that one has a section of the series. Otherwise, these are the files that
    have an earlier section of the series word for word. If there is none, it is the configured file if it has
    the same path on both lines.
    """
    configured = mainline.changelog_file
    if not mainline.configuration.single_file:
        return [configured]
    earlier = _earlier_sections(branch, version)
    if not earlier or set(_sections(mainline.changelog, configured, mainline.start_string)) & set(earlier):
        return [configured]
    others = [path for path in _text_files(mainline) if path != configured]
    found = [path for path, text in mainline.read_all(others).items() if _has_any(text or "", path, earlier)]
    return found or ([configured] if configured == branch.changelog_file else [])


def _earlier_sections(branch: Snapshot, version: str) -> dict[str, str]:
    """Return the other sections of the series in the branch's changelog by version, or else all others."""
    found = _sections(branch.changelog, branch.changelog_file, branch.start_string)
    others = {other: text for other, text in found.items() if not same_version(other, version)}
    return {other: text for other, text in others.items() if same_series(other, version)} or others


def _sections(text: str, path: str, start_string: str | None = None) -> dict[str, str]:
    markup = sections.markup_of(text, path)
    found = sections.find_sections(text, markup, start_string=start_string)
    return {str(one.version): normalize(one.text) for one in found}


def _has_any(text: str, path: str, earlier: dict[str, str]) -> bool:
    """Return whether a text has one of the sections. Parse it only if it has the words of one."""
    plain = normalize(text)
    if not any(section in plain for section in earlier.values()):
        return False
    here = _sections(text, path)
    return any(here.get(version) == section for version, section in earlier.items())


def _text_files(snapshot: Snapshot) -> list[str]:
    """Return the files that may be changelogs: texts in markup or without a suffix, but no fragments."""
    fragments = snapshot.fragment_files
    return [
        path
        for path in snapshot.git.files(snapshot.commit)
        if path not in fragments
        and (markup_of_file(path) or posixpath.splitext(path)[1].lower() in _TEXT_SUFFIXES)
    ]
