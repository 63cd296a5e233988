"""towncrier: a project's configuration, which files are fragments, and whether a section has them (26.9)."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from patchwright.halts import Prerequisite


@dataclass(frozen=True)
class FragmentType:
    """A type of fragments. `directory` is the word that a file's name contains."""

    directory: str
    showcontent: bool = True


@dataclass(frozen=True)
class Config:
    """The part of a project's towncrier configuration that patchwright uses, with defaults.

    Paths start at the root of the repository. `sections` are directories below `directory`, by the name of
    the section. `template` is None if it is a template of towncrier or of another package.
    `refuses_unknown` is whether towncrier refuses to build with files of no known type. `heading_format` is
    the heading of a section, or None if only the template knows it. Markdown has no `underline`.

    If a project sets neither `directory` nor `package`, towncrier looks in the directory of the project's
    name since 25.8, and at the `top_level` before that. `is_undecided` is whether neither has fragments.
    """

    directory: str | None
    filename: str
    start_string: str
    types: tuple[FragmentType, ...]
    sections: Mapping[str, str]
    ignore: tuple[str, ...]
    template: str | None
    package: str
    package_dir: str
    name: str
    single_file: bool
    issue_pattern: str
    orphan_prefix: str
    refuses_unknown: bool = False
    heading_format: str | None = None
    underline: str = ""
    implies_package: bool = False
    top_level: bool = False
    is_undecided: bool = False

    @property
    def directories(self) -> tuple[str, ...]:
        """The directories of the fragments, each once, in the order of the sections."""
        configs = (self, self.at_top_level()) if self.is_undecided else (self,)
        return tuple(dict.fromkeys(one.directory_of(section) for one in configs for section in self.sections))

    def in_folder(self, folder: str) -> Config:
        """Return the configuration of a project in a folder of the repository, with paths from its root."""
        if not folder:
            return self

        def below(path: str) -> str:
            return posixpath.normpath(posixpath.join(folder, path))

        return replace(
            self,
            directory=None if self.directory is None else below(self.directory),
            filename=below(self.filename),
            template=None if self.template is None else below(self.template),
            package_dir=below(self.package_dir),
        )

    def at_top_level(self) -> Config:
        """Return the configuration as towncrier before 25.8 reads it."""
        return replace(self, top_level=True, is_undecided=False)

    def decided_by(self, has_fragments: Callable[[str], bool]) -> Config:
        """Return the configuration with the directories that have fragments, if it leaves two open."""
        if not self.implies_package:
            return self
        found, older = replace(self, top_level=False, is_undecided=False), self.at_top_level()
        return next(
            (one for one in (found, older) if any(map(has_fragments, one.directories))),
            replace(found, is_undecided=True),
        )

    def directory_of(self, section: str) -> str:
        """Return the directory that contains the fragments of a section."""
        path = self.sections[section]
        if self.directory is not None:
            return posixpath.normpath(posixpath.join(self.directory, path))
        package = "" if self.top_level else self.package
        return posixpath.normpath(posixpath.join(self.package_dir, package, path, "newsfragments"))

    def sections_in(self, directory: str) -> frozenset[str]:
        """Return the names of the sections whose fragments are in a directory."""
        return frozenset(name for name in self.sections if self.directory_of(name) == directory)

    def shows_content(self, category: str) -> bool:
        """Return whether the changelog shows the text of fragments of a type, not only their issues."""
        return next(one.showcontent for one in self.types if one.directory == category)

    def news_file(self, version: str, date: str = "") -> str:
        """Return the file that towncrier writes for a version. With `single_file` it is always the same."""
        if self.single_file:
            return self.filename
        return posixpath.normpath(
            self.filename.format(name=self.name or self.package, version=version, project_date=date)
        )

    def heading(self, version: str, date: str) -> str | None:
        """Return the heading that towncrier writes above a section, or None if only the template knows it."""
        if self.heading_format is None:
            return None
        line = self.heading_format.format(
            name=self.name or self.package, version=version, project_date=date
        ).strip("\n")
        return f"{line}\n{self.underline * len(line)}".strip("\n")


@dataclass(frozen=True)
class Fragment:
    """A news fragment. `issue` is empty if the fragment is an orphan, which names no issue."""

    path: str
    section: str
    issue: str
    category: str
    counter: int


@dataclass(frozen=True)
class Fragments:
    """The files in the directories of fragments, except those that towncrier is configured to ignore.

    `unknown` are files of no known type: towncrier silently ignores them, or refuses to build if `ignore` is
    configured. `misspelt` are those of them that look like fragments. `stray` look like fragments, too, but
    are in no directory of a section: towncrier ignores them. `duplicates` are fragments with equal issue,
    type and number, and `invalid_issues` are fragments whose issue does not match `issue_pattern`: towncrier
    refuses to build with either.
    """

    fragments: tuple[Fragment, ...] = ()
    unknown: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    invalid_issues: tuple[str, ...] = ()
    misspelt: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()


_DEFAULT_TYPES = (
    FragmentType("feature"),
    FragmentType("bugfix"),
    FragmentType("doc"),
    FragmentType("removal"),
    FragmentType("misc", showcontent=False),
)
_NEVER_FRAGMENTS = (".gitignore", ".gitkeep", ".keep", "readme", "readme.md", "readme.rst")
_NO_FRAGMENT = re.compile(r"[._]|readme|template|\d+(?:\.\d+)+(?:\.[a-z]+)?$", re.IGNORECASE)
_ISSUE = re.compile(r"\W?(?:[A-Za-z]+[-_]?)?\d+")
_TEXT_FILES = frozenset({"rst", "rest", "md", "txt"})
_TEMPLATES = frozenset({"in", "j2", "jinja", "jinja2", "tmpl", "tpl", "template"})
_NEARLY = 0.75
_OWN_TEMPLATE = "towncrier:default"
_PACKAGED_TEMPLATE = re.compile(r"[-\w.]+:[-\w.]+$")


def configuration(pyproject: str | None, towncrier_toml: str | None) -> Config:
    """Return the configuration in the texts of pyproject.toml and towncrier.toml. None means no such file.

    towncrier.toml replaces pyproject.toml, except for the name of the project. Raise Prerequisite with the
    file and the key if the configuration is missing or invalid.
    """
    if towncrier_toml is not None:
        table = _Table.parse("towncrier.toml", towncrier_toml)
    else:
        table = _Table.parse("pyproject.toml", pyproject)
    project = ""
    if pyproject is not None:
        project = _parse_toml("pyproject.toml", pyproject).get("project", {}).get("name", "")
    package = table.text("package") or project
    filename = table.text("filename", "NEWS.rst")
    directory = table.text("directory") if "directory" in table.values else None
    if directory is None and not package:
        problem = "must name the directory of the fragments, because the project has no package and no name"
        raise table.invalid("directory", problem)
    _require_title_format(table)
    config = Config(
        directory=None if directory is None else posixpath.normpath(directory),
        filename=posixpath.normpath(filename),
        start_string=table.text("start_string") or _start_string(filename),
        types=_types(table),
        sections=_sections(table),
        ignore=table.texts("ignore"),
        template=_template(table),
        package=package,
        package_dir=table.text("package_dir", "."),
        name=table.text("name") or (package if project else ""),
        single_file=table.flag("single_file", default=True),
        issue_pattern=table.text("issue_pattern"),
        orphan_prefix=table.text("orphan_prefix", "+"),
        refuses_unknown="ignore" in table.values,
        heading_format=_heading_format(table),
        implies_package=directory is None and not table.text("package"),
        underline="" if _writes_markdown(table) else _underline(table),
    )
    for key, path in (("filename", config.filename), *(("directory", path) for path in config.directories)):
        if path.startswith(("/", "../")) or path == "..":
            raise table.invalid(key, f"leads out of the repository: {path}")
    return config


def fragments(config: Config, paths: Iterable[str]) -> Fragments:
    """Return which of the repository's `paths` are fragments, and which files among them are invalid.

    Like towncrier, skip files in other directories and in subdirectories that are not a section.
    """
    found: list[Fragment] = []
    unknown, invalid_issues = [], []
    ordered = sorted(paths)
    if config.is_undecided:
        config = config.decided_by({posixpath.dirname(path) for path in ordered}.__contains__)
    for section in config.sections:
        directory = config.directory_of(section)
        orphans: dict[str, int] = {}
        for path in ordered:
            basename = posixpath.basename(path)
            if posixpath.dirname(path) != ("" if directory == "." else directory) or _is_ignored(
                basename, config
            ):
                continue
            parts = _parse_name(basename, config)
            if parts is None:
                unknown.append(path)
                continue
            issue, category, counter = parts
            if config.orphan_prefix and issue.startswith(config.orphan_prefix):
                issue, counter = "", orphans.get(category, 0)
                orphans[category] = counter + 1
            if config.issue_pattern and issue and not re.fullmatch(config.issue_pattern, issue):
                invalid_issues.append(path)
            found.append(Fragment(path, section, issue, category, counter))
    return Fragments(
        tuple(found),
        tuple(unknown),
        _duplicates(found),
        tuple(invalid_issues),
        misspelt=tuple(path for path in unknown if _looks_like_fragment(posixpath.basename(path), config)),
        stray=tuple(path for path in ordered if _is_stray(path, config)),
    )


def _is_stray(path: str, config: Config) -> bool:
    """Return whether a file below the fragment directories looks like a fragment, but is in no section."""
    directory, basename = posixpath.split(path)
    if config.sections_in(directory or ".") or _is_ignored(basename, config):
        return False
    places = (*config.directories, *([config.directory] if config.directory else []))
    is_below = any(path.startswith(f"{place}/") for place in places)
    return is_below and (_parse_name(basename, config) is not None or _looks_like_fragment(basename, config))


def _looks_like_fragment(basename: str, config: Config) -> bool:
    """Return whether a file of no known type is probably a fragment whose name is misspelt.

    It begins with an issue or as an orphan, or contains a word that is nearly a type, or a word where the
    type belongs. Other files are for people: `README.txt`, `notes.txt`, `1.24.0.rst`.
    """
    if _NO_FRAGMENT.match(basename):
        return False
    issue, *words = basename.split(".")
    types = [one.directory.lower() for one in config.types]
    is_orphan = bool(config.orphan_prefix) and issue.startswith(config.orphan_prefix)
    if is_orphan or _ISSUE.fullmatch(issue):
        return True
    if issue[:1].isdecimal():
        words += re.split(r"[-_]", issue)[1:]
    words = [word.lower() for word in words]
    has_place_of_type = len(words) > 1 and words[-1] in _TEXT_FILES and words[-2] not in _TEMPLATES
    return has_place_of_type or any(
        get_close_matches(word, types, n=1, cutoff=_NEARLY) for word in words if word not in _TEXT_FILES
    )


def counterpart(path: str, source: Config, target: Config) -> str | None:
    """Return where `target` keeps the fragment that `source` keeps at a path, or None if that is not clear.

    Sections are the same if their names are the same. If the directory of a section differs, the directory
    was moved as a whole; but not if `target` still uses the old directory for other fragments. A section
    whose directory stayed and whose name is new on both sides was renamed.
    """
    directory, name = posixpath.split(path)
    if target.is_undecided and source.top_level:
        target = target.at_top_level()
    names = source.sections_in(directory or ".")
    known = {section for section in names if section in target.sections}
    if not known:
        others = target.sections_in(directory or ".")
        return path if names and others and not any(other in source.sections for other in others) else None
    places = {target.directory_of(section) for section in known}
    if len(known) < len(names) or len(places) > 1:
        return None
    place = places.pop()
    if place == (directory or "."):
        return path
    is_moved = not target.sections_in(directory or ".")
    return posixpath.normpath(posixpath.join(place, name)) if is_moved else None


def is_rendered(section: str, fragment: str, showcontent: bool, issue: str | None) -> bool:  # noqa: FBT001  a column of the configuration
    """Return whether a changelog section contains a fragment.

    It does if it contains the words of each line of the fragment's text. A type without `showcontent` is
    shown by its issue alone, if the fragment names an issue. Only words are compared: templates add bullets
    and punctuation and make an entry of each line, and wrapping changes the white space.
    """
    if not showcontent and issue:
        return _names_issue(section, issue)
    words = _words(section)
    return all(_words(line) in words for line in fragment.splitlines() if _words(line).strip())


def _parse_name(basename: str, config: Config) -> tuple[str, str, int] | None:
    """Return issue, type and counter from a file's name, or None if it contains no known type.

    The type is the last part between dots that is a type, but never the first part. The parts before it are
    the issue.
    """
    categories = {one.directory for one in config.types}
    parts = basename.split(".")
    places = [at for at, part in enumerate(parts) if at and part in categories]
    if not places:
        return None
    at = places[-1]
    issue = ".".join(parts[:at]).strip()
    if issue.isdecimal():
        issue = str(int(issue))
    number = parts[at + 1 : at + 2]
    return issue, parts[at], int(number[0]) if number and number[0].isdecimal() else 0


_WORD = re.compile(r"\w+")


# Cached, because each section of a long changelog is compared with many fragments.
@lru_cache(maxsize=1024)
def _words(text: str) -> str:
    """Return the words of a text, with one space before, between and after them."""
    return " ".join(["", *_WORD.findall(text), ""])


def _names_issue(section: str, issue: str) -> bool:
    """Return whether a section names an issue, not only as part of a date or a version."""
    return bool(re.search(rf"(?<![\w])(?<!\d[.-]){re.escape(issue)}(?!\w)(?![.-]\d)", section))


def _is_ignored(basename: str, config: Config) -> bool:
    patterns = [*_NEVER_FRAGMENTS, *(pattern.lower() for pattern in config.ignore)]
    if config.template is not None:
        patterns.append(posixpath.basename(config.template))
    return any(fnmatchcase(basename.lower(), pattern) for pattern in patterns)


def _duplicates(found: Iterable[Fragment]) -> tuple[str, ...]:
    by_key: dict[tuple[str, str, str, int], list[str]] = {}
    for one in found:
        by_key.setdefault((one.section, one.issue, one.category, one.counter), []).append(one.path)
    return tuple(path for paths in by_key.values() if len(paths) > 1 for path in paths)


@dataclass(frozen=True)
class _Table:
    """The towncrier table of a configuration file, or a table in it."""

    source: str
    values: Mapping[str, Any]

    @classmethod
    def parse(cls, source: str, text: str | None) -> _Table:
        """Return the table of a file. Raise Prerequisite if the file, valid TOML or the table is missing."""
        if text is None:
            raise Prerequisite(
                "The project has neither towncrier.toml nor pyproject.toml, so towncrier is not configured.",
                remedy=["Configure towncrier in pyproject.toml, in the table [tool.towncrier]."],
            )
        tool = _parse_toml(source, text).get("tool", {})
        values = tool.get("towncrier") if isinstance(tool, dict) else None
        table = cls(source, values if isinstance(values, dict) else {})
        if values is None:
            raise table.invalid(None, "is missing")
        if not isinstance(values, dict):
            raise table.invalid(None, "must be a table")
        if values.get("singlefile"):
            raise table.invalid("singlefile", "is not an option of towncrier; use `single_file`")
        return table

    def invalid(self, key: str | None, problem: str) -> Prerequisite:
        """Return the halt for an invalid value."""
        name = f"tool.towncrier.{key}" if key else "tool.towncrier"
        return Prerequisite(
            f"{self.source}: `{name}` {problem}.",
            remedy=[f"Fix it in {self.source}, and check it with: towncrier build --draft"],
        )

    def text(self, key: str, default: str = "") -> str:
        """Return a value that must be text."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.invalid(key, "must be text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a value that must be a list of texts, empty by default."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.invalid(key, "must be a list of texts")
        return tuple(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a value that must be true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.invalid(key, "must be true or false")
        return value

    def tables(self, key: str) -> list[_Table]:
        """Return a value that must be an array of tables."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.invalid(key, f"must be an array of tables, [[tool.towncrier.{key}]]")
        return [_Table(self.source, one) for one in value]


def _parse_toml(source: str, text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Prerequisite(
            f"{source} is not TOML: {error}.", remedy=[f"Fix the syntax of {source}."]
        ) from None


def _require_title_format(table: _Table) -> None:
    """Raise Prerequisite if towncrier would fail with the title format."""
    title_format = table.values.get("title_format", "")
    if title_format is not False and not isinstance(title_format, str):
        raise table.invalid("title_format", "must be text or false")


def _heading_format(table: _Table) -> str | None:
    """Return the title format, else the heading of towncrier's own template (26.9), else None."""
    title_format = table.values.get("title_format", "")
    if title_format or title_format is False:
        return title_format or None
    if table.text("template", _OWN_TEMPLATE).partition(".")[0] != _OWN_TEMPLATE:
        return None
    return (
        "# {name} {version} ({project_date})"
        if _writes_markdown(table)
        else "{name} {version} ({project_date})"
    )


def _writes_markdown(table: _Table) -> bool:
    """Return whether towncrier takes the output of the template for Markdown: the suffix decides."""
    template = table.text("template", _OWN_TEMPLATE)
    suffix = posixpath.splitext(template)[1]
    if not suffix and _PACKAGED_TEMPLATE.match(template):
        suffix = posixpath.splitext(table.text("filename", "NEWS.rst"))[1]
    return suffix.lower() == ".md"


def _underline(table: _Table) -> str:
    underlines = table.values.get("underlines") or "="
    return str(underlines[0]) if isinstance(underlines, (list, str)) else "="


def _start_string(filename: str) -> str:
    marker = "towncrier release notes start"
    return f"<!-- {marker} -->\n" if posixpath.splitext(filename)[1] == ".md" else f".. {marker}\n"


def _template(table: _Table) -> str | None:
    template = table.text("template", _OWN_TEMPLATE)
    return None if _PACKAGED_TEMPLATE.match(template) else posixpath.normpath(template)


def _sections(table: _Table) -> dict[str, str]:
    if "section" not in table.values:
        return {"": ""}
    for one in table.tables("section"):
        if "path" not in one.values:
            raise table.invalid("section", "needs a `path` in each of its tables")
    return {one.text("name"): one.text("path") for one in table.tables("section")}


def _types(table: _Table) -> tuple[FragmentType, ...]:
    """Return the types of the tables, else those of the array, else towncrier's default types."""
    named = table.values.get("fragment")
    if named:
        if not isinstance(named, dict) or not all(isinstance(one, dict) for one in named.values()):
            raise table.invalid("fragment", "must be tables, [tool.towncrier.fragment.NAME]")
        return tuple(_type(key, _Table(table.source, named[key])) for key in sorted(named))
    listed = table.tables("type")
    if not listed:
        return _DEFAULT_TYPES
    for one in listed:
        if not one.text("name"):
            raise table.invalid("type", "needs a `name` in each of its tables")
    by_directory = {one.text("directory", one.text("name").lower()): one for one in listed}
    return tuple(_type(directory, one) for directory, one in by_directory.items())


def _type(directory: str, table: _Table) -> FragmentType:
    return FragmentType(directory, table.flag("showcontent", default=True))
