"""towncrier: the configuration, compared with towncrier itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from towncrier._settings import (  # type: ignore[import-untyped]  # as above
    load_config_from_options,
)

from patchwright.halts import Prerequisite
from patchwright.tools.news_fragments import fragments
from patchwright.tools.towncrier import Config, FragmentType, configuration
from towncrier_tables import ALMANAC, config_of

# configuration


def test_a_configuration_in_pyproject_is_read_with_defaults() -> None:
    config = configuration(ALMANAC, None)
    assert config == Config(
        directory=".auxiliary/data/towncrier",
        filename="CHANGELOG.rst",
        start_string=".. towncrier release notes start\n",
        types=(FragmentType("repair"), FragmentType("chore", showcontent=False)),
        sections={"": ""},
        ignore=(),
        template=None,
        package="almanac",
        package_dir=".",
        name="almanac",
        single_file=True,
        issue_pattern="",
        orphan_prefix="+",
        heading_format="{name} {version} ({project_date})",
        underline="=",
        implies_package=False,
    )
    assert config.directories == (".auxiliary/data/towncrier",)
    assert config.shows_content("repair")
    assert not config.shows_content("chore")
    assert config.news_file("1.24.3") == "CHANGELOG.rst"


def test_towncrier_toml_replaces_all_but_the_name_of_the_project() -> None:
    config = configuration(ALMANAC, '[tool.towncrier]\nfilename = "NEWS.md"\n')
    assert config.filename == "NEWS.md"
    assert config.start_string == "<!-- towncrier release notes start -->\n"
    assert [one.directory for one in config.types] == ["feature", "bugfix", "doc", "removal", "misc"]
    assert config.name == "almanac"
    assert config.directories == ("almanac/newsfragments",)


def test_tables_of_types_replace_the_array_and_are_sorted() -> None:
    config = config_of("""
        directory = "changes"
        [tool.towncrier.fragment.repair]
        [tool.towncrier.fragment.chore]
        showcontent = false
        [[tool.towncrier.type]]
        name = "Ignored"
    """)
    assert config.types == (
        FragmentType("chore", showcontent=False),
        FragmentType("repair"),
    )


@pytest.mark.parametrize(
    ("rows", "heading"),
    [
        ("", "toy 1.24.1 (2026-02-01)\n======================="),
        ("underlines = ['~']\n", "toy 1.24.1 (2026-02-01)\n~~~~~~~~~~~~~~~~~~~~~~~"),
        ("filename = 'CHANGES.md'\n", "# toy 1.24.1 (2026-02-01)"),
        ("title_format = '{version}'\n", "1.24.1\n======"),
        ("title_format = '## {version}'\nfilename = 'CHANGES.md'\n", "## 1.24.1"),
        ("title_format = '{version}'\ntemplate = 'x/own.md'\n", "1.24.1"),
        ("title_format = false\n", None),
        ("template = 'x/own.rst'\n", None),
        ("template = 'others:default'\n", None),
    ],
)
def test_the_heading_of_a_section_is_known_unless_the_template_writes_it(
    rows: str, heading: str | None
) -> None:
    config = configuration(None, f"[tool.towncrier]\npackage = 'toy'\nname = 'toy'\n{rows}")
    assert config.heading("1.24.1", "2026-02-01") == heading


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        (["newsfragments"], ("newsfragments",)),
        (["toy/newsfragments"], ("toy/newsfragments",)),
        (["toy/newsfragments", "newsfragments"], ("toy/newsfragments",)),
        ([], ("toy/newsfragments", "newsfragments")),
    ],
)
def test_the_default_directory_is_the_one_that_has_fragments(
    existing: list[str], expected: tuple[str, ...]
) -> None:
    config = configuration("[project]\nname = 'toy'\n", "[tool.towncrier]\n").decided_by(
        existing.__contains__
    )
    assert config.directories == expected
    found = fragments(config, ["newsfragments/7.bugfix.rst", "toy/newsfragments/8.bugfix.rst"]).fragments
    assert [one.path for one in found] == [
        f"{expected[0]}/{'7' if expected[0] == 'newsfragments' else '8'}.bugfix.rst"
    ]


@pytest.mark.parametrize("table", ["package = 'toy'\n", "directory = 'news'\n"])
def test_a_directory_that_the_project_sets_is_not_guessed(table: str) -> None:
    config = configuration("[project]\nname = 'toy'\n", f"[tool.towncrier]\n{table}")
    assert config.decided_by(["newsfragments"].__contains__) == config


def test_each_section_has_a_directory() -> None:
    table = '[[tool.towncrier.section]]\npath = ""\n[[tool.towncrier.section]]\nname = "Web"\npath = "web"\n'
    assert config_of('directory = "./changes/"\n' + table).directories == ("changes", "changes/web")
    package = 'package_dir = "src"\npackage = "almanac"\n'
    assert config_of(package + table).directories == (
        "src/almanac/newsfragments",
        "src/almanac/web/newsfragments",
    )


def test_without_single_file_the_name_contains_the_version() -> None:
    config = config_of(
        'directory = "c"\nname = "Almanac"\nsingle_file = false\nfilename = "./notes/{name}-{version}.md"'
    )
    assert config.news_file("1.24.3") == "notes/Almanac-1.24.3.md"


@pytest.mark.parametrize(
    ("pyproject", "towncrier_toml", "named"),
    [
        (None, None, "neither towncrier.toml nor pyproject.toml"),
        ("[project]\nname = 'almanac'\n", None, "pyproject.toml: `tool.towncrier` is missing"),
        (ALMANAC, "[tool.other]\n", "towncrier.toml: `tool.towncrier` is missing"),
        ("[tool]\ntowncrier = 1\n", None, "pyproject.toml: `tool.towncrier` must be a table"),
        ("tool = 1\n", None, "pyproject.toml: `tool.towncrier` is missing"),
        ("[tool.towncrier\n", None, "pyproject.toml is not TOML"),
        ("[tool.towncrier]\n", None, "`tool.towncrier.directory` must name the directory"),
        ("[tool.towncrier]\ndirectory = 1\n", None, "`tool.towncrier.directory` must be text"),
        ("[tool.towncrier]\ndirectory = '../c'\n", None, "`tool.towncrier.directory` leads out"),
        ("[tool.towncrier]\ndirectory = 'c'\nfilename = '/x'\n", None, "`tool.towncrier.filename` leads out"),
        (
            "[tool.towncrier]\ndirectory = 'c'\nfilename = []\n",
            None,
            "`tool.towncrier.filename` must be text",
        ),
        (
            "[tool.towncrier]\ndirectory = 'c'\nsingle_file = 'no'\n",
            None,
            "`tool.towncrier.single_file` must be true or false",
        ),
        ("[tool.towncrier]\nsinglefile = true\n", None, "is not an option of towncrier; use `single_file`"),
        ("[tool.towncrier]\ndirectory = 'c'\nignore = 'x'\n", None, "`tool.towncrier.ignore` must be a list"),
        ("[tool.towncrier]\ndirectory = 'c'\ntitle_format = 1\n", None, "`tool.towncrier.title_format` must"),
        ("[tool.towncrier]\ndirectory = 'c'\ntype = 'x'\n", None, "`tool.towncrier.type` must be an array"),
        ("[tool.towncrier]\ndirectory = 'c'\ntype = [{}]\n", None, "`tool.towncrier.type` needs a `name`"),
        (
            "[tool.towncrier]\ndirectory = 'c'\nfragment = 1\n",
            None,
            "`tool.towncrier.fragment` must be tables",
        ),
        (
            "[tool.towncrier]\ndirectory = 'c'\nsection = [{}]\n",
            None,
            "`tool.towncrier.section` needs a `path`",
        ),
    ],
)
def test_a_missing_or_invalid_value_halts_with_file_and_key(
    pyproject: str | None, towncrier_toml: str | None, named: str
) -> None:
    with pytest.raises(Prerequisite) as halted:
        configuration(pyproject, towncrier_toml)
    assert named in halted.value.cause
    assert halted.value.remedy


@pytest.mark.parametrize(
    ("pyproject", "towncrier_toml"),
    [
        (ALMANAC, None),
        (ALMANAC, "[tool.towncrier]\n"),
        (ALMANAC, "[tool.towncrier]\nfilename = 'CHANGES.md'\nstart_string = '# Changes'\n"),
        (None, "[tool.towncrier]\npackage = 'a'\nissue_format = '#{issue}'\ntitle_format = false\n"),
        (ALMANAC, "[tool.towncrier]\nname = 'The Almanac'\nignore = ['*.txt']\nversion = '1'\n"),
        (
            "[project]\nname='x'\n",
            "[tool.towncrier]\n[tool.towncrier.fragment.b]\n[tool.towncrier.fragment.a]\n",
        ),
        (ALMANAC, "[tool.towncrier]\n[[tool.towncrier.section]]\npath = 'x'\nname = 'X'\n"),
    ],
)
def test_towncrier_reads_the_same_configuration(
    tmp_path: Path, pyproject: str | None, towncrier_toml: str | None
) -> None:
    for name, text in (("pyproject.toml", pyproject), ("towncrier.toml", towncrier_toml)):
        if text is not None:
            (tmp_path / name).write_text(text)
    _, theirs = load_config_from_options(str(tmp_path), None)
    ours = configuration(pyproject, towncrier_toml)
    same = [
        "filename",
        "start_string",
        "package",
        "package_dir",
        "name",
        "single_file",
        "issue_pattern",
    ]
    assert [getattr(ours, key) for key in same] == [getattr(theirs, key) for key in same]
    assert ours.orphan_prefix == theirs.orphan_prefix
    assert ours.directory == (theirs.directory and str(Path(theirs.directory)))
    assert ours.sections == theirs.sections
    assert list(ours.ignore) == (theirs.ignore or [])
    assert [(one.directory, one.showcontent) for one in ours.types] == [
        (directory, one["showcontent"]) for directory, one in theirs.types.items()
    ]


def test_the_default_types_are_those_of_towncrier() -> None:
    types = config_of('directory = "c"').types
    assert [(one.directory, one.showcontent) for one in types] == [
        ("feature", True),
        ("bugfix", True),
        ("doc", True),
        ("removal", True),
        ("misc", False),
    ]


@pytest.mark.parametrize(
    ("row", "expected"), [("", False), ("ignore = []\n", True), ("ignore = ['x']\n", True)]
)
def test_towncrier_refuses_unknown_files_if_ignore_is_set(row: str, *, expected: bool) -> None:
    config = configuration(None, f"[tool.towncrier]\ndirectory = 'changes'\n{row}")
    assert config.refuses_unknown is expected


# A project in a folder


@pytest.mark.parametrize(
    ("table", "directories", "filename"),
    [
        ("directory = 'changes'\nfilename = 'CHANGES.rst'", ("gizmo/changes",), "gizmo/CHANGES.rst"),
        ("directory = './changes/'\nfilename = './N.rst'", ("gizmo/changes",), "gizmo/N.rst"),
        ("package = 'p'\npackage_dir = 'src'", ("gizmo/src/p/newsfragments",), "gizmo/NEWS.rst"),
    ],
)
def test_paths_of_a_project_in_a_folder_start_at_the_root_of_the_repository(
    table: str, directories: tuple[str, ...], filename: str
) -> None:
    found = configuration(f"[tool.towncrier]\n{table}\ntemplate = 'changes/t.rst'\n", None)
    there = found.in_folder("gizmo")
    assert (there.directories, there.filename) == (directories, filename)
    assert there.template == "gizmo/changes/t.rst"
    assert found.in_folder("") == found
