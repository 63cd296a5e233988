"""A commit's tree as a Hatch and towncrier project: its version, its changelog, its fragments."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from patchwright.changelogs import sections
from patchwright.changelogs.headings import Markup
from patchwright.halts import BranchConflict, StepFailed, VersionConflict
from patchwright.tools import hatch, towncrier
from patchwright.tools.git import Git


class Tree:
    """One commit's tree as a Hatch and towncrier project; reads what it is asked for, once."""

    def __init__(self, git: Git, commit: str) -> None:
        self.git = git
        self.commit = commit
        self._texts: dict[str, str | None] = {}

    def read(self, path: str) -> str | None:
        """Return the text of a path, None where the tree has no such file."""
        if path not in self._texts:
            self.read_all([path])
        return self._texts[path]

    def read_all(self, paths: list[str]) -> Mapping[str, str | None]:
        """Return the texts of paths, asking git once."""
        fresh = [path for path in paths if path not in self._texts]
        found = self.git.texts(f"{self.commit}:{path}" for path in fresh)
        self._texts.update({path: found[f"{self.commit}:{path}"] for path in fresh})
        return {path: self._texts[path] for path in paths}

    @cached_property
    def configuration(self) -> towncrier.Config:
        """What the tree's towncrier configuration says. Raises Prerequisite where it has none."""
        self.read_all(["pyproject.toml", "towncrier.toml", "hatch.toml"])
        return towncrier.configuration(self.read("pyproject.toml"), self.read("towncrier.toml"))

    @cached_property
    def version_source(self) -> hatch.VersionSource | None:
        """Where the tree's version is kept."""
        self.read_all(["pyproject.toml", "towncrier.toml", "hatch.toml"])
        return hatch.version_source(self.read)

    @cached_property
    def version(self) -> str | None:
        """The version of the tree, where a file of it holds one."""
        source = self.version_source
        text = self.read(source.path) if source and source.path else None
        return source.version_in(text) if source and text is not None else None

    @cached_property
    def changelog(self) -> str:
        """The text of the changelog, empty where there is none."""
        return self.read(self.configuration.filename) or ""

    def section(self, version: str) -> str | None:
        """Return the changelog's section for a version. Raises VersionConflict where it has several."""
        try:
            found = sections.section_for(self.changelog, version, self.markup, start_string=self.start_string)
        except sections.Ambiguous as problem:
            raise VersionConflict(
                str(problem), evidence=[f"{self.configuration.filename} at {self.commit}"],
                remedy=["Leave one section for the version in the changelog."],
            ) from None  # fmt: skip  # what, where, and the way out
        return found.text if found else None

    @property
    def markup(self) -> Markup:
        """The markup of the changelog."""
        return sections.markup_of(self.changelog, self.configuration.filename)

    @property
    def start_string(self) -> str:
        """The marker below which towncrier writes."""
        return self.configuration.start_string

    def gained(self, text: str, version: str) -> str:
        """Return the section that a new text of the changelog gained; halt where more changed."""
        try:
            new = sections.gained(self.changelog, text, version, self.markup, start_string=self.start_string)
        except (sections.Ambiguous, sections.NotProven) as problem:
            raise StepFailed(str(problem), evidence=[f"file: {self.configuration.filename}"]) from None
        if not new.alone:
            raise StepFailed(
                f"More than the section for {version} changed in {self.configuration.filename}.",
                remedy=["Look at the difference in patchwright's worktree; only a new section may come in."],
            )
        return new.section.text

    def with_section(self, section: str, version: str) -> str:
        """Return the changelog with a section where its version belongs, proven to have gained just that.

        Raises BranchConflict where there is no such place, or no such proof.
        """
        before, markup, start = self.changelog, self.markup, self.start_string
        try:
            after = sections.insert(before, section, version, markup, start_string=start)
            if after != before:
                sections.only_gained(before, after, section, version, markup, start_string=start)
        except (sections.Ambiguous, sections.Unplaceable, sections.NotProven) as problem:
            raise BranchConflict(
                f"The section for {version} has no proven place in {self.configuration.filename}: {problem}",
                remedy=["Put the section there by hand, and go on: it is then found to be there."],
            ) from None
        return after

    @cached_property
    def fragment_files(self) -> dict[str, str]:
        """The blobs by path of all files where fragments lie."""
        files: dict[str, str] = {}
        for directory in self.configuration.directories:
            files.update(self.git.files(self.commit, directory))
        return files

    @cached_property
    def fragments(self) -> towncrier.Fragments:
        """Which of those files towncrier takes for fragments, and which it passes over."""
        return towncrier.fragments(self.configuration, list(self.fragment_files))

    def rendered_into(self, section: str) -> dict[str, str]:
        """Return the fragments, blobs by path, whose words a changelog's section holds."""
        texts = self.git.texts(self.fragment_files[one.path] for one in self.fragments.fragments)
        return {
            one.path: self.fragment_files[one.path]
            for one in self.fragments.fragments
            if towncrier.rendered(
                section,
                texts[self.fragment_files[one.path]] or "",
                self.configuration.shows(one.category),
                one.issue,
            )
        }


def same_version(one: str | None, other: str) -> bool:
    """Tell whether two versions are the same by PEP 440; what is no version is none of them."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415  `inv --list` does without

    try:
        return one is not None and Version(one) == Version(other)
    except InvalidVersion:
        return False
