"""What the commits of a release are: the version commit, the changelog commit, the patches; told by trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from patchwright import changelog, hatch, towncrier
from patchwright.git import Commit, Git
from patchwright.halts import BranchConflict, StepFailed, VersionConflict
from patchwright.headings import Markup


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
            found = changelog.section_for(
                self.changelog, version, self.markup, start_string=self.start_string
            )
        except changelog.Ambiguous as problem:
            raise VersionConflict(
                str(problem), evidence=[f"{self.configuration.filename} at {self.commit}"],
                remedy=["Leave one section for the version in the changelog."],
            ) from None  # fmt: skip  # what, where, and the way out
        return found.text if found else None

    @property
    def markup(self) -> Markup:
        """The markup of the changelog."""
        return changelog.markup_of(self.changelog, self.configuration.filename)

    @property
    def start_string(self) -> str:
        """The marker below which towncrier writes."""
        return self.configuration.start_string

    def gained(self, text: str, version: str) -> str:
        """Return the section that a new text of the changelog gained; halt where more changed."""
        try:
            new = changelog.gained(self.changelog, text, version, self.markup, start_string=self.start_string)
        except (changelog.Ambiguous, changelog.NotProven) as problem:
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
            after = changelog.insert(before, section, version, markup, start_string=start)
            if after != before:
                changelog.only_gained(before, after, section, version, markup, start_string=start)
        except (changelog.Ambiguous, changelog.Unplaceable, changelog.NotProven) as problem:
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


@dataclass(frozen=True)
class Landmarks:
    """The commits of a release from its predecessor to a tip, each known for what its tree shows.

    `fragments` are those that the changelog commit rendered, blobs by path. `section` is what it added to the
    changelog, as the tip has it.
    """

    tip: str
    commits: tuple[Commit, ...]
    version_commit: Commit | None
    changelog_commit: Commit | None
    section: str | None
    fragments: Mapping[str, str]
    clean_ups: tuple[Commit, ...]

    @property
    def patches(self) -> tuple[Commit, ...]:
        """The commits that change something and are neither merge, version, changelog nor clean-up."""
        own = {
            commit.sha for commit in (self.version_commit, self.changelog_commit, *self.clean_ups) if commit
        }
        return tuple(
            commit
            for commit in self.commits
            if commit.sha not in own and len(commit.parents) == 1 and commit.changes
        )


def survey(git: Git, previous: str, tip: str, version: str) -> Landmarks:
    """Return the landmarks of a version's release among the commits that the tip has and `previous` lacks."""
    commits = tuple(git.commits(tip, f"^{previous}"))
    tree = Tree(git, tip)
    source = tree.version_source
    filename = tree.configuration.filename
    version_commit = next(
        (c for c in reversed(commits) if source and source.path in c.paths and _begins(git, c, version)), None
    )
    added = [c for c in commits if filename in c.paths and _adds_section(git, c, version)]
    changelog_commit = added[-1] if added else None
    section = tree.section(version)
    fragments: dict[str, str] = {}
    if changelog_commit and section:
        for holder in (changelog_commit.sha, *changelog_commit.parents[:1]):
            fragments = {**Tree(git, holder).rendered_into(section), **fragments}
    clean_ups = tuple(c for c in commits if _only_deletes(c, set(tree.configuration.directories)))
    return Landmarks(tip, commits, version_commit, changelog_commit, section, fragments, clean_ups)


def _begins(git: Git, commit: Commit, version: str) -> bool:
    before = commit.parents[0] if commit.parents else None
    return same_version(Tree(git, commit.sha).version, version) and not (
        before and same_version(Tree(git, before).version, version)
    )


def _adds_section(git: Git, commit: Commit, version: str) -> bool:
    before = commit.parents[0] if commit.parents else None
    return Tree(git, commit.sha).section(version) is not None and not (
        before and Tree(git, before).section(version)
    )


def _only_deletes(commit: Commit, directories: set[str]) -> bool:
    return bool(commit.changes) and all(
        change.after is None and any(change.path.startswith(f"{directory}/") for directory in directories)
        for change in commit.changes
    )
