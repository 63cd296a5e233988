"""towncrier: configuration and fragments, compared with towncrier itself."""

from __future__ import annotations

import tempfile
from importlib import resources
from pathlib import Path

import pytest
from click import ClickException
from hypothesis import example, given, settings, strategies as st
from towncrier._builder import (  # type: ignore[import-untyped]  # towncrier 26.9 has no types
    find_fragments,
    render_fragments,
    split_fragments,
)
from towncrier._settings import (  # type: ignore[import-untyped]  # as above
    load_config_from_options,
)

from patchwright.halts import Prerequisite
from patchwright.tools.towncrier import (
    Config,
    Fragment,
    FragmentType,
    configuration,
    counterpart,
    fragments,
    is_rendered,
)

ALMANAC = """
[project]
name = "almanac"

[tool.towncrier]
directory = ".auxiliary/data/towncrier"
filename = "CHANGELOG.rst"

[[tool.towncrier.type]]
directory = "repair"
name = "Repairs"
showcontent = true

[[tool.towncrier.type]]
directory = "chore"
name = "Chores"
showcontent = false
"""


def config_of(towncrier_table: str = "", project: str = "") -> Config:
    return configuration(f"[project]\n{project}\n[tool.towncrier]\n{towncrier_table}", None)


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


def test_a_fragment_at_the_top_level_stays_there_if_the_target_has_none() -> None:
    config = configuration("[project]\nname = 'toy'\n", "[tool.towncrier]\n")
    source, empty = config.decided_by(["newsfragments"].__contains__), config.decided_by([].__contains__)
    assert counterpart("newsfragments/7.bugfix.rst", source, empty) == "newsfragments/7.bugfix.rst"
    assert fragments(empty, ["newsfragments/7.bugfix.rst"]).fragments


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


# fragments


def test_fragments_are_recognized_by_their_names() -> None:
    config = configuration(ALMANAC, None)
    directory = ".auxiliary/data/towncrier"
    found = fragments(
        config,
        [
            f"{directory}/{name}"
            for name in (
                "123.repair.rst",
                "+missing-template.repair.rst",
                "+more.repair",
                "0045.repair.2.rst",
                "fix-1.2.3.chore",
                "9.repiar.rst",
                "README.rst",
                ".gitignore",
                "deeper/1.repair.rst",
            )
        ]
        + ["1.repair.rst", f"{directory}-old/1.repair.rst"],
    )
    assert found.fragments == (
        Fragment(f"{directory}/+missing-template.repair.rst", "", "", "repair", 0),
        Fragment(f"{directory}/+more.repair", "", "", "repair", 1),
        Fragment(f"{directory}/0045.repair.2.rst", "", "45", "repair", 2),
        Fragment(f"{directory}/123.repair.rst", "", "123", "repair", 0),
        Fragment(f"{directory}/fix-1.2.3.chore", "", "fix-1.2.3", "chore", 0),
    )
    assert found.unknown == (f"{directory}/9.repiar.rst",)
    assert found.duplicates == ()
    assert found.invalid_issues == ()


def test_only_the_template_itself_is_ignored() -> None:
    config = config_of('directory = "c"\ntemplate = "c/template.rst"')
    found = fragments(config, ["c/template.rst", "c/+missing-template.bugfix.rst"])
    assert found.unknown == ()
    assert [one.path for one in found.fragments] == ["c/+missing-template.bugfix.rst"]


def test_fragments_that_towncrier_refuses_are_found() -> None:
    config = config_of("directory = \"c\"\nissue_pattern = '\\d+'")
    found = fragments(config, ["c/1.bugfix.rst", "c/01.bugfix.md", "c/x.bugfix", "c/+y.bugfix"])
    assert found.duplicates == ("c/01.bugfix.md", "c/1.bugfix.rst")
    assert found.invalid_issues == ("c/x.bugfix",)


def test_fragments_may_be_in_the_root_directory() -> None:
    assert [
        one.path for one in fragments(config_of('directory = "."'), ["1.bugfix", "x/1.bugfix"]).fragments
    ] == ["1.bugfix"]


PARTS = st.one_of(
    st.sampled_from(
        ["feature", "bugfix", "misc", "Bugfix", "rst", "md", "", "1", "007", "12", "+x", "+", "٣"]
    ),
    st.sampled_from(
        ["readme", "README", "gitignore", "fix-1", " 5 ", "template", "keep", "notes", "bugfix "]
    ),
    # A digit that is no number, such as a superscript (No), breaks towncrier.
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs", "No"]), max_size=3),
)
NAMES = (
    st.lists(PARTS, min_size=1, max_size=5)
    .map(".".join)
    .filter(lambda name: name not in {"", ".", ".."} and len(name.encode()) < 200)
)
TABLES = st.builds(
    "\n".join,
    st.tuples(
        st.just('directory = "c"'),
        st.sampled_from(["", "ignore = []", 'ignore = ["*.notes", "KEEP*"]']),
        st.sampled_from(["", r"issue_pattern = '\d+'"]),
        st.sampled_from(["", 'orphan_prefix = "fix"', 'orphan_prefix = ""']),
        st.sampled_from(["", 'template = "c/Template.rst"']),
    ),
)


@settings(deadline=None)
@given(st.lists(NAMES, max_size=6, unique=True), TABLES)
@example(["1.bugfix", "01.bugfix"], 'directory = "c"')
@example(["+a.bugfix", "+b.bugfix"], 'directory = "c"')
def test_towncrier_finds_the_same_fragments(names: list[str], table: str) -> None:
    text = f"[tool.towncrier]\n{table}\n"
    with tempfile.TemporaryDirectory() as root:
        directory = Path(root, "c")
        directory.mkdir()
        (directory / "Template.rst").touch()
        for name in names:
            (directory / name).touch()
        Path(root, "towncrier.toml").write_text(text)
        base, theirs = load_config_from_options(root, None)
        config = configuration(None, text)
        ours = fragments(config, [f"c/{path.name}" for path in directory.iterdir()])
        refused = bool(ours.duplicates or ours.invalid_issues or (theirs.ignore is not None and ours.unknown))
        try:
            content, files = find_fragments(base, theirs, strict=theirs.ignore is not None)
        except (ClickException, ValueError):
            assert refused
            return
        assert not refused
        assert sorted((one.path, one.category) for one in ours.fragments) == sorted(
            (str(Path(path).relative_to(root)), category) for path, category in files
        )
        assert sorted((one.issue, one.category, one.counter) for one in ours.fragments) == sorted(content[""])


# rendered

WORDS = st.sampled_from(
    ["the", "almanac", "no", "longer", "loses", "its", "moon,", "see", "``phase()``", "(again)."]
)
TEMPLATES = ("default.rst", "default.md")


@settings(deadline=None, max_examples=50)
@given(
    texts=st.lists(st.lists(WORDS, min_size=1), min_size=1, max_size=4),
    wrap=st.sampled_from([False, True, 30]),
    bullets=st.booleans(),
    template=st.sampled_from(TEMPLATES),
)
def test_exactly_the_fragments_that_towncrier_renders_are_found(
    texts: list[list[str]], *, wrap: bool | int, bullets: bool, template: str
) -> None:
    fragment_texts = {f"{number}00": "\n".join(words) + "\n" for number, words in enumerate(texts, start=1)}
    definitions = {"repair": {"name": "Repairs", "showcontent": True}}
    content = {"": {(issue, "repair", 0): text for issue, text in fragment_texts.items()}}
    section = render_fragments(
        resources.files("towncrier.templates").joinpath(template).read_text("utf-8"),
        None,
        split_fragments(content, definitions, all_bullets=bullets),
        definitions,
        "-~",
        wrap,
        {"name": "Almanac", "version": "1.24.3", "date": "2026-11-22"},
        all_bullets=bullets,
    )
    for issue, text in fragment_texts.items():
        assert is_rendered(section, text, showcontent=True, issue=issue)
        assert is_rendered(section, "", showcontent=False, issue=issue)
    assert not is_rendered(section, "the almanac now has a sun", showcontent=True, issue="900")
    assert not is_rendered(section, "the almanac", showcontent=False, issue="900")


@pytest.mark.parametrize(
    ("section", "issue", "named"),
    [
        ("Almanac 1.24.3 (2026-11-22)\n\n- #22, #31\n", "22", True),
        ("Almanac 1.24.3 (2026-11-22)\n\n- #31\n", "22", False),
        ("Almanac 1.24.3 (2026-11-22)\n\n- #31\n", "24", False),
        ("1.24.3\n\n- `#7 <https://example.org/7>`_\n", "7", True),
        ("1.24.3\n\n- gh-77, bpo-7\n", "7", True),
        ("1.24.3\n\n- gh-77\n", "7", False),
        ("1.24.3\n\n- fix-1.2.3.\n", "fix-1.2.3", True),
    ],
)
def test_an_issue_is_not_a_part_of_a_date_or_a_version(section: str, issue: str, named: bool) -> None:  # noqa: FBT001  a column
    assert is_rendered(section, "", showcontent=False, issue=issue) is named


def test_an_orphan_is_shown_even_if_its_type_has_no_content() -> None:
    assert is_rendered("- Sorted the drawers.\n", "Sorted the\ndrawers", showcontent=False, issue=None)
    assert not is_rendered("- Sorted the cellar.\n", "Sorted the\ndrawers", showcontent=False, issue=None)
    assert not is_rendered("- Unsorted the drawers.\n", "sorted the drawers", showcontent=True, issue=None)
    assert is_rendered("- anything", "\n", showcontent=True, issue="7")


def test_a_template_may_make_an_entry_of_each_line() -> None:
    section = "- [#7](x) - Sorted the drawers\n  of the desk.\n- [#7](x) - Swept the cellar.\n"
    assert is_rendered(
        section, "Sorted the drawers of the desk.\nSwept the cellar.\n", showcontent=True, issue="7"
    )
    assert not is_rendered(section, "Sorted the drawers.\nSwept the attic.\n", showcontent=True, issue="7")


def test_the_default_types_are_those_of_towncrier() -> None:
    types = config_of('directory = "c"').types
    assert [(one.directory, one.showcontent) for one in types] == [
        ("feature", True),
        ("bugfix", True),
        ("doc", True),
        ("removal", True),
        ("misc", False),
    ]


# counterpart


def with_sections(directory: str, **sections: str) -> Config:
    """Return a configuration with sections: their directories by name."""
    tables = "".join(f"[[tool.towncrier.section]]\nname='{n}'\npath='{p}'\n" for n, p in sections.items())
    return configuration(None, f"[tool.towncrier]\ndirectory = '{directory}'\n{tables}")


HERE = with_sections("changes", core="core", web="web")


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (HERE, "changes/core/7.misc"),
        (with_sections("changes", web="web", core="core"), "changes/core/7.misc"),
        (with_sections("news", web="w", core="c", docs="d"), "news/c/7.misc"),
        (with_sections("changes", core="web", web="core"), None),
        (with_sections("changes", kernel="core", web="web"), "changes/core/7.misc"),
        (with_sections("changes", kernel="kernel", web="web"), None),
        (with_sections("changes", web="core"), None),
        (with_sections("news", core="../changes/api", api="../changes/core"), None),
    ],
    ids=[
        "the same", "in another order", "moved, with one more", "exchanged", "renamed", "renamed and moved",
        "taken by another section", "taken by a new section",
    ],
)  # fmt: skip  # the cases, then their names
def test_a_fragment_is_looked_for_in_the_section_of_its_name(there: Config, expected: str | None) -> None:
    assert counterpart("changes/core/7.misc", HERE, there) == expected


def test_a_path_in_no_section_has_no_counterpart() -> None:
    assert counterpart("changes/7.misc", HERE, HERE) is None


# misspelt and stray


@pytest.mark.parametrize(
    "name",
    ["43.bugfx.rst", "43", "#43", "gh-43.bug", "+x.md", "leap.BUGFIX", "leap.other.rst", "43-bugfix.rst"],
)
def test_a_file_that_looks_like_a_fragment_is_misspelt(name: str) -> None:
    config = configuration(None, "[tool.towncrier]\ndirectory = 'changes'\n")
    assert fragments(config, [f"changes/{name}"]).misspelt == (f"changes/{name}",)


@pytest.mark.parametrize(
    "name",
    [
        "README.txt",
        "readme.de.md",
        "notes.txt",
        ".TEMPLATE.rst",
        "_x.rst.j2",
        "1.24.rst",
        "news.rst.in",
        "Makefile",
    ],
)
def test_a_file_for_people_is_not_misspelt(name: str) -> None:
    config = configuration(None, "[tool.towncrier]\ndirectory = 'changes'\n")
    found = fragments(config, [f"changes/{name}", f"changes/attic/{name}"])
    assert (found.misspelt, found.stray) == ((), ())


def test_a_fragment_below_the_directories_of_the_sections_is_stray() -> None:
    paths = [
        "changes/7.misc",
        "changes/wbe/7.misc",
        "changes/core/old/7.bugfx",
        "changes/core/7.misc",
        "x/7.misc",
    ]
    assert fragments(HERE, paths).stray == (
        "changes/7.misc",
        "changes/core/old/7.bugfx",
        "changes/wbe/7.misc",
    )


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
