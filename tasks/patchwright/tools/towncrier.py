"""What a project's towncrier configuration says, and which files are its fragments (towncrier 26.9)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from patchwright.halts import Prerequisite


@dataclass(frozen=True)
class FragmentType:
    """A type of fragments: `directory` is what a file's name tells it by, `name` is its title."""

    directory: str
    name: str
    showcontent: bool = True
    check: bool = True


@dataclass(frozen=True)
class Config:
    """A project's towncrier configuration, defaults filled in.

    Paths are the repository's. `sections` are directories under the fragments', by the section's name.
    `ignore` None is not the same as empty: with a list, towncrier refuses files of unknown type instead of
    dropping them. `title_format` None leaves the title to the template, False leaves it out. `template` None
    is one of towncrier's own or of another package.
    """

    source: str
    directory: str | None
    filename: str
    start_string: str
    types: tuple[FragmentType, ...]
    sections: Mapping[str, str]
    ignore: tuple[str, ...] | None
    template: str | None
    package: str
    package_dir: str
    name: str
    version: str | None
    single_file: bool
    title_format: str | bool | None
    issue_format: str | None
    issue_pattern: str
    orphan_prefix: str

    @property
    def strict(self) -> bool:
        """Whether towncrier refuses to build while a file of unknown type is there."""
        return self.ignore is not None

    @property
    def directories(self) -> tuple[str, ...]:
        """The directories in which fragments lie, each once, in the order of the sections."""
        return tuple(dict.fromkeys(self.directory_of(section) for section in self.sections))

    def directory_of(self, section: str) -> str:
        """Return the directory in which the fragments of a section lie."""
        path = self.sections[section]
        if self.directory is not None:
            return posixpath.normpath(posixpath.join(self.directory, path))
        return posixpath.normpath(posixpath.join(self.package_dir, self.package, path, "newsfragments"))

    def shows(self, category: str) -> bool:
        """Tell whether fragments of a type are shown with their text, and not by their issue alone."""
        return next(one.showcontent for one in self.types if one.directory == category)

    def news_file(self, version: str, date: str = "") -> str:
        """Return the file that towncrier writes for a version: with `single_file` always the same one."""
        if self.single_file:
            return self.filename
        return posixpath.normpath(
            self.filename.format(name=self.name or self.package, version=version, project_date=date)
        )


@dataclass(frozen=True)
class Fragment:
    """A news fragment. `issue` is empty for an orphan."""

    path: str
    section: str
    issue: str
    category: str
    counter: int


@dataclass(frozen=True)
class Fragments:
    """The files in the directories of fragments, each in one of the lists.

    `unknown` are those of no known type: towncrier drops them without a word, or refuses to build when the
    configuration is strict. `clashing` are fragments that towncrier can't tell apart, and `off_pattern` those
    whose issue is not as `issue_pattern` wants it; it refuses to build with either.
    """

    fragments: tuple[Fragment, ...] = ()
    unknown: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    clashing: tuple[str, ...] = ()
    off_pattern: tuple[str, ...] = ()


DEFAULT_TYPES = (
    FragmentType("feature", "Features"),
    FragmentType("bugfix", "Bugfixes"),
    FragmentType("doc", "Improved Documentation"),
    FragmentType("removal", "Deprecations and Removals"),
    FragmentType("misc", "Misc", showcontent=False),
)
_NEVER_FRAGMENTS = (".gitignore", ".gitkeep", ".keep", "readme", "readme.md", "readme.rst")
_PACKAGED_TEMPLATE = re.compile(r"[-\w.]+:[-\w.]+$")


def configuration(pyproject: str | None, towncrier_toml: str | None) -> Config:
    """Return what the texts of pyproject.toml and towncrier.toml configure; None is no such file.

    towncrier.toml wins whole, except that the project's name is pyproject.toml's. Raises Prerequisite, naming
    file and key.
    """
    source, text = (
        ("towncrier.toml", towncrier_toml) if towncrier_toml is not None else ("pyproject.toml", pyproject)
    )
    table = _Table.of(source, text)
    project = (
        "" if pyproject is None else _document("pyproject.toml", pyproject).get("project", {}).get("name", "")
    )
    package = table.text("package") or project
    filename = table.text("filename", "NEWS.rst")
    directory = table.text("directory") if "directory" in table.values else None
    if directory is None and not package:
        raise table.wrong(
            "directory", "must say where the fragments are, as there is no package and no project name"
        )
    title_format = table.values.get("title_format", "")
    if title_format is not False and not isinstance(title_format, str):
        raise table.wrong("title_format", "must be text or false")
    config = Config(
        source=source,
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
        version=table.text("version") or None,
        single_file=table.flag("single_file", default=True),
        title_format=title_format if title_format != "" else None,
        issue_format=table.text("issue_format") if "issue_format" in table.values else None,
        issue_pattern=table.text("issue_pattern"),
        orphan_prefix=table.text("orphan_prefix", "+"),
    )
    for key, path in (("filename", config.filename), *(("directory", path) for path in config.directories)):
        if path.startswith(("/", "../")) or path == "..":
            raise table.wrong(key, f"leads out of the repository: {path}")
    return config


def fragments(config: Config, paths: Iterable[str]) -> Fragments:
    """Return which of the repository's `paths` are fragments, and which lie among them and are none.

    Files elsewhere, and in directories below that are no section's, are not looked at, as towncrier does not.
    """
    found: list[Fragment] = []
    unknown, ignored, off_pattern = [], [], []
    ordered = sorted(paths)
    for section in config.sections:
        directory = config.directory_of(section)
        orphans: dict[str, int] = {}
        for path in ordered:
            if posixpath.dirname(path) != ("" if directory == "." else directory):
                continue
            basename = posixpath.basename(path)
            parsed = parsed_name(basename, config)
            if _is_ignored(basename, config):
                ignored.append(path)
            elif parsed is None:
                unknown.append(path)
            else:
                issue, category, counter = parsed
                if config.orphan_prefix and issue.startswith(config.orphan_prefix):
                    issue, counter = "", orphans.get(category, 0)
                    orphans[category] = counter + 1
                if config.issue_pattern and issue and not re.fullmatch(config.issue_pattern, issue):
                    off_pattern.append(path)
                found.append(Fragment(path, section, issue, category, counter))
    return Fragments(tuple(found), tuple(unknown), tuple(ignored), _clashing(found), tuple(off_pattern))


def parsed_name(basename: str, config: Config) -> tuple[str, str, int] | None:
    """Return issue, type and counter that a file's name tells; None where it has no known type.

    The type is the last part between dots that is one, but never the first; what is before it is the issue.
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
    counted = parts[at + 1 : at + 2]
    return issue, parts[at], int(counted[0]) if counted and counted[0].isdecimal() else 0


def rendered(section_text: str, fragment_text: str, showcontent: bool, issue: str | None) -> bool:  # noqa: FBT001  a column of the configuration
    """Tell whether a section of the changelog has the words of each line of a fragment, however wrapped.

    Of a type without content it shows the issue alone, where the fragment has one. Words are what counts:
    templates add bullets and punctuation and make an entry of each line, and wrapping moves what is between.
    """
    if not showcontent and issue:
        return _names_issue(section_text, issue)
    section = _words(section_text)
    return all(_words(line) in section for line in fragment_text.splitlines() if _words(line).strip())


_WORD = re.compile(r"\w+")


# Kept, because the sections of a long changelog are asked for many fragments.
@lru_cache(maxsize=1024)
def _words(text: str) -> str:
    """Return the words of a text, with one space before, between and behind them."""
    return " ".join(["", *_WORD.findall(text), ""])


def _names_issue(section_text: str, issue: str) -> bool:
    """Tell whether an issue is named, other than as a part of a date or a version."""
    return bool(re.search(rf"(?<![\w])(?<!\d[.-]){re.escape(issue)}(?!\w)(?![.-]\d)", section_text))


def _is_ignored(basename: str, config: Config) -> bool:
    patterns = [*_NEVER_FRAGMENTS, *(pattern.lower() for pattern in config.ignore or ())]
    if config.template is not None:
        patterns.append(posixpath.basename(config.template))
    return any(fnmatchcase(basename.lower(), pattern) for pattern in patterns)


def _clashing(found: Iterable[Fragment]) -> tuple[str, ...]:
    by_key: dict[tuple[str, str, str, int], list[str]] = {}
    for one in found:
        by_key.setdefault((one.section, one.issue, one.category, one.counter), []).append(one.path)
    return tuple(path for paths in by_key.values() if len(paths) > 1 for path in paths)


@dataclass(frozen=True)
class _Table:
    """The towncrier table of a configuration file."""

    source: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, source: str, text: str | None) -> _Table:
        """Return the table. Raises Prerequisite where there is no file, no TOML, or no such table in it."""
        if text is None:
            raise Prerequisite(
                "The project has neither towncrier.toml nor pyproject.toml, so towncrier is not configured.",
                remedy=["Configure towncrier in pyproject.toml, in the table [tool.towncrier]."],
            )
        tool = _document(source, text).get("tool", {})
        values = tool.get("towncrier") if isinstance(tool, dict) else None
        table = cls(source, values if isinstance(values, dict) else {})
        if values is None:
            raise table.wrong(None, "is missing")
        if not isinstance(values, dict):
            raise table.wrong(None, "must be a table")
        if values.get("singlefile"):
            raise table.wrong("singlefile", "is no option of towncrier's; it is called `single_file`")
        return table

    def wrong(self, key: str | None, problem: str) -> Prerequisite:
        """Return the halt for a value that is not as towncrier needs it."""
        name = f"tool.towncrier.{key}" if key else "tool.towncrier"
        return Prerequisite(
            f"{self.source}: `{name}` {problem}.",
            remedy=[f"Mend it in {self.source}; `towncrier build --draft` then shows what it makes of it."],
        )

    def text(self, key: str, default: str = "") -> str:
        """Return a value that must be text."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "must be text")
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a value that must be a list of texts, or None where there is none."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(key, "must be a list of texts")
        return tuple(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a value that must be true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def tables(self, key: str) -> list[_Table]:
        """Return a value that must be an array of tables."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.wrong(key, f"must be an array of tables, [[tool.towncrier.{key}]]")
        return [_Table(self.source, one) for one in value]


def _document(source: str, text: str) -> Mapping[str, Any]:
    import tomllib  # noqa: PLC0415  `inv --list` does without

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Prerequisite(f"{source} is not TOML: {error}.", remedy=[f"Mend {source}."]) from None


def _start_string(filename: str) -> str:
    marker = "towncrier release notes start"
    return f"<!-- {marker} -->\n" if posixpath.splitext(filename)[1] == ".md" else f".. {marker}\n"


def _template(table: _Table) -> str | None:
    template = table.text("template", "towncrier:default")
    return None if _PACKAGED_TEMPLATE.match(template) else posixpath.normpath(template)


def _sections(table: _Table) -> dict[str, str]:
    if "section" not in table.values:
        return {"": ""}
    for one in table.tables("section"):
        if "path" not in one.values:
            raise table.wrong("section", "needs a `path` in each of its tables")
    return {one.text("name"): one.text("path") for one in table.tables("section")}


def _types(table: _Table) -> tuple[FragmentType, ...]:
    """Return the types: tables win over the array, which wins over towncrier's own."""
    named = table.values.get("fragment")
    if named:
        if not isinstance(named, dict) or not all(isinstance(one, dict) for one in named.values()):
            raise table.wrong("fragment", "must be tables, [tool.towncrier.fragment.NAME]")
        return tuple(
            _type(_Table(table.source, named[key]), key, named[key].get("name", key.capitalize()))
            for key in sorted(named)
        )
    listed = table.tables("type")
    if not listed:
        return DEFAULT_TYPES
    for one in listed:
        if not one.text("name"):
            raise table.wrong("type", "needs a `name` in each of its tables")
    by_directory = {one.text("directory", one.text("name").lower()): one for one in listed}
    return tuple(_type(one, directory, one.text("name")) for directory, one in by_directory.items())


def _type(table: _Table, directory: str, name: str) -> FragmentType:
    return FragmentType(
        directory, name, table.flag("showcontent", default=True), table.flag("check", default=True)
    )
