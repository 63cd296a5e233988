"""A release for unit tests: real parts over refs, files and commits that a test states, without any git."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from patchwright.github.repository import GitHub
from patchwright.history.landmarks import Landmarks
from patchwright.history.snapshot import Snapshot
from patchwright.progress import SilentProgress
from patchwright.releases.commits import Commits
from patchwright.releases.plan import Plan
from patchwright.releases.release import Release
from patchwright.settings import Settings
from patchwright.tools.git import Clone, Git
from patchwright.tools.git_output import Change, Commit
from patchwright.tools.shell import Shell
from repository import PYPROJECT, START, WORKFLOW_FILES

HEAD, MAINLINE, TAG = "f" * 40, "e" * 40, "d" * 40
PLAN = Plan(
    series="1.24",
    version="1.24.1",
    tag="v1.24.1",
    branch="release-1.24",
    previous_version="1.24.0",
    previous_tag="v1.24.0",
    previous="0" * 40,
    date="2026-01-01",
    message=None,
    picks=None,
)
URL = "https://github.example/octo/almanac.git"
REFS = {"refs/heads/release-1.24": HEAD, "refs/heads/master": MAINLINE}
FILES = {
    **WORKFLOW_FILES,
    "pyproject.toml": PYPROJECT,
    "almanac.py": '__version__ = "1.24.0"\n',
    "CHANGES.rst": f"{START}\n",
    "news/7.repair.rst": "Leap years.\n",
}


@dataclass
class FakeCommits:
    """The commits of a release: the files at each commit by path, and the landmarks that a test states.

    A commit without files of its own has those of the head.
    """

    files: Mapping[str, str] = field(default_factory=lambda: FILES)
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    section: str | None = None
    patches: tuple[Commit, ...] = ()
    fragments: Mapping[str, str] = field(default_factory=dict)
    clean_ups: tuple[Commit, ...] = ()
    changelog_commit: Commit | None = None
    message: str = "Repair leap years."
    is_complete: bool = False
    local_commits: tuple[Commit, ...] = ()
    is_pushed: bool = False
    head: str = HEAD

    @property
    def start(self) -> str:
        return self.head

    @property
    def release_commit(self) -> str:
        return self.head

    @property
    def branch_end(self) -> str:
        return self.head

    def landmarks(self, tip: str | None = None) -> Landmarks:
        return Landmarks(
            tip=tip or self.head,
            commits=(fake_commit(self.head, message=self.message),),
            version_commit=None,
            changelog_commit=self.changelog_commit,
            section=self.section,
            fragments=self.fragments,
            clean_ups=self.clean_ups,
            patches=self.patches,
        )

    def snapshot(self, commit: str) -> Snapshot:
        return fake_snapshot(commit, self.others.get(commit, self.files))

    def version_at(self, commit: str) -> str | None:
        return self.snapshot(commit).version

    def version_is_from_tag(self, commit: str) -> bool:
        source = self.snapshot(commit).version_source
        return source is not None and source.is_tag

    def version_variables(self, _commit: str) -> dict[str, str]:
        return {}


def fake_release(  # noqa: PLR0913  each is one thing that a test may state
    path: Path,
    *,
    refs: Mapping[str, str] = REFS,
    urls: tuple[list[str], list[str]] = ([URL], [URL]),
    shallow: bool = False,
    dry: bool = False,
    commits: FakeCommits | None = None,
    github: object | None = None,
    **settings: Any,  # noqa: ANN401  the values of settings
) -> Release:
    """Return the release of PLAN in a clone at `path`. Without `commits`, it asks git about its commits."""
    shell = Shell(path, dry=dry)
    clone = Clone(path, path / ".git", shallow)
    release = Release(shell, Settings(**settings), clone, SilentProgress())
    release.origin.refs, release.origin.urls = dict(refs), urls
    release.resolve(PLAN)
    if commits:
        release.commits = cast("Commits", commits)
    if github:
        release.github = cast("GitHub", github)
    return release


def fake_commit(
    sha: str,
    *,
    message: str = "Repair leap years.",
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
) -> Commit:
    """Return a commit that adds and removes files."""
    changes = [Change(path, "A", None, blob_of(path)) for path in added]
    changes += [Change(path, "D", blob_of(path), None) for path in removed]
    return Commit(sha, ("0" * 40,), "Ada <ada@example.org>", "2026-01-02", message, tuple(changes))


def fake_snapshot(commit: str, files: Mapping[str, str]) -> Snapshot:
    """Return the snapshot of a commit with these files, the text by path."""

    def texts(names: Iterable[str]) -> dict[str, str | None]:
        return {
            name: text_of(name) if _is_blob(name) else files.get(name.partition(":")[2]) for name in names
        }

    def blobs(_commit: str, directory: str = "") -> dict[str, str]:
        below = f"{directory}/" if directory else ""
        return {path: blob_of(text) for path, text in files.items() if path.startswith(below)}

    return Snapshot(cast("Git", SimpleNamespace(texts=texts, files=blobs, folder="")), commit)


def blob_of(text: str) -> str:
    """Return a name for a blob: equal for equal texts."""
    return f"{_BLOB}{text!r}"


def text_of(blob: str) -> str:
    """Return the text of a blob."""
    return str(ast.literal_eval(blob.removeprefix(_BLOB)))


_BLOB = "blob of "


def _is_blob(name: str) -> bool:
    return name.startswith(_BLOB)
