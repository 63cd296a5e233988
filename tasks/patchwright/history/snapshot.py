"""The project's files at a commit: its version, its changelog and its fragments."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from patchwright.changelogs import placing, sections
from patchwright.changelogs.headings import Markup
from patchwright.halts import BranchConflict, StepFailed, VersionConflict
from patchwright.tools import hatch, towncrier
from patchwright.tools.git import Git


class Snapshot:
    """The files of a Hatch and towncrier project at one commit. Each file is read at most once."""

    def __init__(self, git: Git, commit: str) -> None:
        self.git = git
        self.commit = commit
        self._texts: dict[str, str | None] = {}

    def read(self, path: str) -> str | None:
        """Return the text of a file, or None if the commit has no such file."""
        if path not in self._texts:
            self.read_all([path])
        return self._texts[path]

    def read_all(self, paths: list[str]) -> Mapping[str, str | None]:
        """Return the texts of several files with one call of git."""
        fresh = [path for path in paths if path not in self._texts]
        found = self.git.texts(f"{self.commit}:{path}" for path in fresh)
        self._texts.update({path: found[f"{self.commit}:{path}"] for path in fresh})
        return {path: self._texts[path] for path in paths}

    @cached_property
    def configuration(self) -> towncrier.Config:
        """The towncrier configuration. Raise Prerequisite if the commit has none."""
        self.read_all(["pyproject.toml", "towncrier.toml", "hatch.toml"])
        return towncrier.configuration(self.read("pyproject.toml"), self.read("towncrier.toml"))

    @cached_property
    def version_source(self) -> hatch.VersionSource | None:
        """The place from which Hatch reads the version."""
        self.read_all(["pyproject.toml", "towncrier.toml", "hatch.toml"])
        return hatch.version_source(self.read)

    @cached_property
    def project_name(self) -> str:
        """The normalized name of the project, or an empty text."""
        return hatch.project_name(self.read)

    @cached_property
    def version(self) -> str | None:
        """The version at the commit, or None if no file holds it."""
        source = self.version_source
        text = self.read(source.path) if source and source.path else None
        return source.version_in(text) if source and text is not None else None

    @cached_property
    def changelog(self) -> str:
        """The text of the changelog, empty if the file does not exist."""
        return self.read(self.configuration.filename) or ""

    def section(self, version: str) -> str | None:
        """Return the changelog section for a version. Raise VersionConflict if there are several."""
        try:
            found = sections.section_for(self.changelog, version, self.markup, start_string=self.start_string)
        except sections.Ambiguous as problem:
            raise VersionConflict(
                str(problem), evidence=[f"{self.configuration.filename} at {self.commit}"],
                remedy=["Keep only one section for the version in the changelog."],
            ) from None  # fmt: skip  # cause, evidence, remedy
        return found.text if found else None

    @property
    def markup(self) -> Markup:
        """The markup of the changelog."""
        return sections.markup_of(self.changelog, self.configuration.filename)

    @property
    def start_string(self) -> str:
        """The marker below which towncrier writes."""
        return self.configuration.start_string

    def gained_section(self, text: str, version: str) -> str:
        """Return the section that a new text of the changelog adds. Raise StepFailed if more changed."""
        try:
            new = sections.find_addition(
                self.changelog, text, version, self.markup, start_string=self.start_string
            )
        except (sections.Ambiguous, sections.NotProven) as problem:
            raise StepFailed(str(problem), evidence=[f"file: {self.configuration.filename}"]) from None
        if not new.is_only_change:
            raise StepFailed(
                f"More than the section for {version} changed in {self.configuration.filename}.",
                remedy=[
                    "Look at the difference in patchwright's worktree; only the new section may be added."
                ],
            )
        return new.section.text

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
                f"The section for {version} has no proven place in {self.configuration.filename}: {problem}",
                remedy=["Add the section to the changelog by hand, then run the same command again."],
            ) from None
        return after

    @cached_property
    def fragment_files(self) -> dict[str, str]:
        """All files in the fragment directories, as blobs by path."""
        files: dict[str, str] = {}
        for directory in self.configuration.directories:
            files.update(self.git.files(self.commit, directory))
        return files

    @cached_property
    def fragments(self) -> towncrier.Fragments:
        """The files that towncrier renders as fragments, and the files that it ignores or rejects."""
        return towncrier.fragments(self.configuration, list(self.fragment_files))

    def rendered_fragments(self, section: str) -> dict[str, str]:
        """Return the fragments whose text is in a changelog section, as blobs by path."""
        texts = self.git.texts(self.fragment_files[one.path] for one in self.fragments.fragments)
        return {
            one.path: self.fragment_files[one.path]
            for one in self.fragments.fragments
            if towncrier.is_rendered(
                section,
                texts[self.fragment_files[one.path]] or "",
                self.configuration.shows_content(one.category),
                one.issue,
            )
        }
