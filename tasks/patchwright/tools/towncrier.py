"""towncrier: the part of a project's configuration that patchwright uses (26.9)."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from patchwright.halts import Prerequisite
from patchwright.tools.documents import value_at


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


_DEFAULT_TYPES = (
    FragmentType("feature"),
    FragmentType("bugfix"),
    FragmentType("doc"),
    FragmentType("removal"),
    FragmentType("misc", showcontent=False),
)
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
        name = value_at(_parse_toml("pyproject.toml", pyproject), ("project", "name"))
        project = name if isinstance(name, str) else ""
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
    except (ValueError, RecursionError) as error:
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
