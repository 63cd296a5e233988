"""The project's files at a commit: its version, its changelog and its fragments."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from patchwright.changelogs import placing, sections
from patchwright.changelogs.headings import BOM, Markup
from patchwright.halts import BranchConflict, Prerequisite, StepFailed, VersionConflict
from patchwright.tools import hatch, news_fragments, towncrier
from patchwright.tools.git import Git

# A longer changelog, fragment or configuration is not read.
LONGEST_FILE = 8_000_000
# The folder of the files that GitHub reads as workflows.
WORKFLOWS = ".github/workflows"


def configuration_files(folder: str) -> tuple[str, ...]:
    """Return the paths of the files from which towncrier reads the configuration of a project in a folder."""
    return tuple(posixpath.join(folder, name) for name in ("pyproject.toml", "towncrier.toml"))


class Snapshot:
    """The files of a Hatch and towncrier project at one commit. Each file is read at most once.

    Paths start at the root of the repository, also if the project is in a folder of it.
    """

    def __init__(self, git: Git, commit: str, changelog_file: str | None = None) -> None:
        self.git = git
        self.commit = commit
        self._changelog_file = changelog_file
        self._texts: dict[str, str | None] = {}

    def read(self, path: str) -> str | None:
        """Return the text of a file, or None if the commit has no such file."""
        if path not in self._texts:
            self.read_all([path])
        return self._texts[path]

    def read_own(self, path: str) -> str | None:
        """Return the text of a file whose path starts at the project's folder."""
        return self.read(posixpath.join(self.git.folder, path))

    def _read_configuration(self) -> None:
        hatch_toml = posixpath.join(self.git.folder, "hatch.toml")
        self.read_all([*configuration_files(self.git.folder), hatch_toml])

    def read_all(self, paths: list[str]) -> Mapping[str, str | None]:
        """Return the texts of several files with one call of git."""
        fresh = [path for path in paths if path not in self._texts]
        found = self._read({path: f"{self.commit}:{path}" for path in fresh})
        self._texts.update(found)
        return {path: self._texts[path] for path in paths}

    def _read(self, names: Mapping[str, str]) -> dict[str, str | None]:
        """Return the texts of objects, by path. Raise Prerequisite if a file is too long."""
        texts = self.git.texts(names.values()) if names else {}
        for path, name in names.items():
            if len(texts[name] or "") > LONGEST_FILE:
                raise Prerequisite(
                    f"{path} is longer than {LONGEST_FILE // 1_000_000} million characters.",
                    evidence=[f"commit: {self.commit}"],
                    remedy=["Move its content into several files: it is read as a whole."],
                )
        return {path: texts[name] for path, name in names.items()}

    @cached_property
    def configuration(self) -> towncrier.Config:
        """The towncrier configuration. Raise Prerequisite if the commit has none."""
        self._read_configuration()
        found = towncrier.configuration(self.read_own("pyproject.toml"), self.read_own("towncrier.toml"))
        found = found.in_folder(self.git.folder)
        return found.decided_by(lambda directory: bool(self.git.files(self.commit, directory)))

    @cached_property
    def version_source(self) -> hatch.VersionSource | None:
        """The place from which Hatch reads the version."""
        self._read_configuration()
        source = hatch.version_source(self.read_own)
        if source is None or source.path is None:
            return source
        return replace(source, path=posixpath.join(self.git.folder, source.path))

    @cached_property
    def project_name(self) -> str:
        """The normalized name of the project, or an empty text."""
        return hatch.project_name(self.read_own)

    @cached_property
    def version(self) -> str | None:
        """The version at the commit, or None if no file holds it."""
        source = self.version_source
        text = self.read(source.path) if source and source.path else None
        return source.version_in(text) if source and text is not None else None

    @property
    def changelog_file(self) -> str:
        """The path of the changelog: the given one, else that of towncrier's configuration."""
        return self._changelog_file or self.configuration.filename

    def with_changelog_file(self, path: str) -> Snapshot:
        """Return the snapshot with another file as its changelog."""
        return Snapshot(self.git, self.commit, path)

    @cached_property
    def changelog(self) -> str:
        """The text of the changelog, empty if the file does not exist."""
        return self.read(self.changelog_file) or ""

    @cached_property
    def known_sections(self) -> list[sections.Section]:
        """The sections of the changelog, in the order of the file."""
        return sections.find_sections(self.changelog, self.markup, start_string=self.start_string)

    def section(self, version: str) -> str | None:
        """Return the changelog section for a version. Raise VersionConflict if there are several."""
        found = self._find_section(version)
        return found.text if found else None

    def section_date(self, version: str) -> str | None:
        """Return the ISO date in the heading of a version's section, or None."""
        found = self._find_section(version)
        return found.date.isoformat() if found and found.date else None

    def _find_section(self, version: str) -> sections.Section | None:
        try:
            return sections.section_for(self.changelog, version, self.markup, start_string=self.start_string)
        except sections.Ambiguous as problem:
            raise VersionConflict(
                str(problem), evidence=[f"{self.changelog_file} at {self.commit}"],
                remedy=["Keep only one section for the version in the changelog."],
            ) from None  # fmt: skip  # cause, evidence, remedy

    @property
    def markup(self) -> Markup:
        """The markup of the changelog."""
        return sections.markup_of(self.changelog, self.changelog_file)

    @property
    def start_string(self) -> str:
        """The marker below which towncrier writes."""
        return self.configuration.start_string

    def gained_section(self, text: str, version: str) -> str:
        """Return the section that a new text of the changelog adds. Raise StepFailed if more changed.

        Without a marker, towncrier writes above everything, even above a byte order mark.
        """
        before = self.changelog.removeprefix(BOM)
        after = text if before == self.changelog else text.replace(BOM, "", 1)
        try:
            new = sections.find_addition(before, after, version, self.markup, start_string=self.start_string)
        except (sections.Ambiguous, sections.NotProven) as problem:
            raise StepFailed(str(problem), evidence=[f"file: {self.changelog_file}"]) from None
        if not new.is_only_change:
            raise StepFailed(
                f"More than the section for {version} changed in {self.changelog_file}.",
                remedy=[
                    "Look at the difference in patchwright's worktree; only the new section may be added."
                ],
            )
        return new.section.text

    def without_section(self, version: str) -> Snapshot:
        """Return the snapshot as it would be if its changelog had no section for a version."""
        earlier = Snapshot(self.git, self.commit, self._changelog_file)
        earlier._texts = {
            **self._texts,
            self.changelog_file: placing.remove_section(
                self.changelog, version, self.markup, start_string=self.start_string
            ),
        }
        return earlier

    def with_section(self, section: str, version: str) -> str:
        """Return the changelog with a section added where its version belongs.

        Raise BranchConflict if the place is not clear, or if more than the section would change.
        """
        before, markup, start = self.changelog, self.markup, self.start_string
        try:
            after = placing.insert_section(before, section, version, markup, start_string=start)
            if after != before:
                sections.require_only_addition(before, after, section, version, markup, start_string=start)
        except (sections.Ambiguous, placing.Unplaceable, sections.NotProven) as problem:
            raise BranchConflict(
                f"It is not clear where in {self.changelog_file} the section for {version} belongs: "
                f"{problem}",
                remedy=["Add the section to the changelog by hand, then run the same command again."],
            ) from None
        return after

    @cached_property
    def workflow_files(self) -> dict[str, str]:
        """The texts of the workflow files by path."""
        blobs = {
            path: blob
            for path, blob in self.git.files(self.commit, WORKFLOWS).items()
            # GitHub does not look into folders.
            if path.endswith((".yml", ".yaml")) and path.count("/") == WORKFLOWS.count("/") + 1
        }
        return {path: text or "" for path, text in self._read(blobs).items()}

    @cached_property
    def fragment_files(self) -> dict[str, str]:
        """All files in and below the fragment directories, as blobs by path."""
        configuration = self.configuration
        base = [configuration.directory] if configuration.directory not in {None, "."} else []
        files: dict[str, str] = {}
        for directory in dict.fromkeys((*configuration.directories, *base)):
            files.update(self.git.files(self.commit, str(directory)))
        return files

    @cached_property
    def fragments(self) -> news_fragments.Fragments:
        """The files that towncrier renders as fragments, and the files that it ignores or rejects."""
        return news_fragments.fragments(self.configuration, list(self.fragment_files))

    @cached_property
    def fragment_texts(self) -> dict[str, str]:
        """The texts of the fragments by path."""
        blobs = {one.path: self.fragment_files[one.path] for one in self.fragments.fragments}
        return {path: text or "" for path, text in self._read(blobs).items()}

    def rendered_fragments(self, section: str) -> dict[str, str]:
        """Return the fragments whose text is in a changelog section, as blobs by path."""
        return {
            one.path: self.fragment_files[one.path]
            for one in self.fragments.fragments
            if news_fragments.is_rendered(
                section,
                self.fragment_texts[one.path],
                self.configuration.shows_content(one.category),
                one.issue,
            )
        }

    def unrendered_fragments(self, section: str) -> tuple[str, ...]:
        """Return the paths of the fragments whose text is not in a changelog section."""
        rendered = self.rendered_fragments(section)
        return tuple(one.path for one in self.fragments.fragments if one.path not in rendered)
