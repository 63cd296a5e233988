"""Hatch: where a project keeps its version, its environments, and the output of a version command."""

from __future__ import annotations

import pytest

from patchwright.halts import StepFailed
from patchwright.tools.hatch import (
    VersionSource,
    environment_of,
    environments,
    project_name,
    stated_version,
    version_source,
)
from patchwright.tools.shell import Output

STATIC = '[project]\nname = "almanac"\nversion = "1.24.2"\n'
DYNAMIC = '[project]\ndynamic = ["version"]\n[tool.hatch.version]\npath = "almanac/__init__.py"\n'


def source_of(**files: str) -> VersionSource | None:
    """Return the version source of a project with these files. Their names have _ for a dot."""
    return version_source({name.replace("_", "."): text for name, text in files.items()}.get)


def test_a_static_version_is_in_pyproject() -> None:
    source = source_of(pyproject_toml=STATIC)
    assert source is not None
    assert source.path == "pyproject.toml"
    assert source.version_in(STATIC) == "1.24.2"


def test_a_dynamic_version_is_in_the_file_that_hatch_reads() -> None:
    source = source_of(pyproject_toml=DYNAMIC)
    assert source is not None
    assert source.path == "almanac/__init__.py"


def test_hatch_toml_comes_before_the_tool_table() -> None:
    source = source_of(pyproject_toml=DYNAMIC, hatch_toml='[version]\npath = "other.py"\n')
    assert source is not None
    assert source.path == "other.py"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("__version__ = '1.24.2'\n", "1.24.2"),
        ('"""Almanac."""\n__version__: str = "1.24.2"\n', "1.24.2"),
        ('VERSION="v1.24.2"\n', "1.24.2"),
        ('    __version__ = "1.24.2"\n', None),
        ("version = 1\n", None),
        ("", None),
    ],
)
def test_the_version_is_read_as_hatchling_reads_it(text: str, version: str | None) -> None:
    assert VersionSource("almanac/__init__.py").version_in(text) == version


def test_a_configured_pattern_is_used() -> None:
    table = '[tool.hatch.version]\npath = "v.txt"\npattern = "release (?P<version>.+)"\n'
    source = source_of(pyproject_toml=table)
    assert source is not None
    assert source.version_in("release 1.24.2\n") == "1.24.2"


@pytest.mark.parametrize("pattern", ["(", "no group", "(.+)"])
def test_a_pattern_without_a_version_group_finds_nothing(pattern: str) -> None:
    assert VersionSource("v.txt", pattern).version_in("no group (1.24.2)") is None


@pytest.mark.parametrize("kind", ["vcs", "code", "env"])
def test_a_version_outside_of_files_has_no_path(kind: str) -> None:
    source = source_of(pyproject_toml=f'[tool.hatch.version]\nsource = "{kind}"\npath = "v.py"\n')
    assert source == VersionSource(None, kind=kind)


@pytest.mark.parametrize("text", ["", "[project]\n", "this is no TOML = ["])
def test_a_project_without_a_configured_version_has_no_source(text: str) -> None:
    assert source_of(pyproject_toml=text) is None
    assert source_of() is None


@pytest.mark.parametrize("printed", ["1.24.3\n", "\n 1.24.3 \n\n", "\x1b[1m1.24.3\x1b[0m\n"])
def test_the_printed_version_is_read(printed: str) -> None:
    assert stated_version(Output(("hatch", "version"), 0, printed, "Creating environment\n")) == "1.24.3"


@pytest.mark.parametrize("printed", ["", "Creating environment: develop\n1.24.3\n", "1.24.3\n1.24.4\n"])
def test_more_or_less_than_one_line_halts_and_shows_the_output(printed: str) -> None:
    with pytest.raises(StepFailed, match="should print the version on one line") as halted:
        stated_version(Output(("hatch", "version"), 0, printed, ""))
    assert halted.value.evidence == tuple(f"  {row}" for row in printed.splitlines())


def test_anything_but_a_version_halts() -> None:
    with pytest.raises(StepFailed, match="printed no version: unknown"):
        stated_version(Output(("hatch", "version"), 0, "unknown\n", ""))


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        (("hatch", "--env", "develop", "run", "linters"), "develop"),
        (("hatch", "-e", "develop", "run", "linters"), "develop"),
        (("hatch", "run", "linters"), None),
        (("tox", "-e", "develop"), None),
        (("hatch", "--env"), None),
        ((), None),
    ],
)
def test_the_environment_of_a_command_follows_from_its_flag(
    command: tuple[str, ...], environment: str | None
) -> None:
    assert environment_of(command) == environment


def test_environments_come_from_both_files_and_from_hatch() -> None:
    files = {
        "pyproject.toml": "[tool.hatch.envs.develop]\nskip-install = true\n[tool.hatch.envs.docs.scripts]\n",
        "hatch.toml": "[envs.qa]\n",
    }
    found = environments(files.get)
    assert found is not None
    assert {"default", "develop", "docs", "hatch-test", "qa"} <= found
    assert "elsewhere" not in found


def test_with_collectors_the_environments_are_unknown() -> None:
    files = {"pyproject.toml": "[tool.hatch.env.collectors.custom]\n[tool.hatch.envs.develop]\n"}
    assert environments(files.get) is None


# Sources by key, and sources that commit


def test_the_static_version_is_that_of_its_table() -> None:
    text = "[tool.x]\nversion = '9'\n[project]\nname = 'Al_manac'\nversion = '1.24.2'\n"
    source = source_of(pyproject_toml=text)
    assert source is not None
    assert source.version_in(text) == "1.24.2"
    span = source.span_in(text)
    assert span is not None
    assert text[slice(*span)] == "'1.24.2'"


@pytest.mark.parametrize(("line", "path"), [("", "package.json"), ('path = "web/package.json"\n', None)])
def test_a_nodejs_version_is_in_package_json(line: str, path: str | None) -> None:
    source = source_of(pyproject_toml=f'[tool.hatch.version]\nsource = "nodejs"\n{line}')
    assert source is not None
    assert source.path == (path or "web/package.json")
    assert source.version_in('{"x": {"version": "9"}, "version": "1.24.2"}') == "1.24.2"
    assert source.version_in("{}") is None


@pytest.mark.parametrize(
    ("options", "commits"),
    [
        ("", True),
        ("commit = false\n", True),
        ("tag = false\n", True),
        ("commit = false\ntag = false\n", False),
    ],
)
def test_a_regex_commit_source_reads_a_file_and_commits(options: str, *, commits: bool) -> None:
    table = f'[tool.hatch.version]\nsource = "regex_commit"\npath = "a.py"\n{options}'
    source = source_of(pyproject_toml=table)
    assert source is not None
    assert (source.path, source.commits) == ("a.py", commits)
    assert source.version_in("__version__ = '1.24.2'\n") == "1.24.2"


@pytest.mark.parametrize(
    ("text", "name"), [("[project]\nname = 'Al__Manac.x'\n", "al-manac-x"), ("", ""), ("project = 1\n", "")]
)
def test_the_name_of_the_project_is_normalized(text: str, name: str) -> None:
    assert project_name({"pyproject.toml": text}.get) == name
