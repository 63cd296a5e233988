"""News fragments: which files are fragments, and what a section shows, compared with towncrier itself."""

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

from patchwright.tools.news_fragments import Fragment, counterpart, fragments, is_rendered
from patchwright.tools.towncrier import Config, configuration
from towncrier_tables import ALMANAC, config_of

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


# counterpart


def test_a_fragment_at_the_top_level_stays_there_if_the_target_has_none() -> None:
    config = configuration("[project]\nname = 'toy'\n", "[tool.towncrier]\n")
    source, empty = config.decided_by(["newsfragments"].__contains__), config.decided_by([].__contains__)
    assert counterpart("newsfragments/7.bugfix.rst", source, empty) == "newsfragments/7.bugfix.rst"
    assert fragments(empty, ["newsfragments/7.bugfix.rst"]).fragments


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
