"""Merges of changelog sections from one line of history into another, compared with towncrier itself.

The correct result is known: towncrier writes it if the same releases are built in one place, in the order of
their versions.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings, strategies as st
from towncrier.build import _main as build_command  # type: ignore[import-untyped]  # towncrier 26.9 has no types

from patchwright.changelogs.headings import markup_of_file
from patchwright.changelogs.placing import insert_section
from patchwright.changelogs.sections import find_addition, find_sections, require_only_addition, section_for
from patchwright.tools.news_fragments import fragments, is_rendered
from patchwright.tools.towncrier import configuration
from towncrier_tables import TYPES

RELEASED = {"1.24.0": "2026-05-04", "1.24.1": "2026-06-01", "1.24.2": "2026-11-22"}
DEVELOPED = {"1.25.0": "2026-07-01", "1.25.1": "2026-08-10", "2.0.0": "2026-09-30"}
ALL = RELEASED | DEVELOPED
BLANK_LINES_FIRST = """\
{# a comment #}

{% set title = versiondata.name ~ " " ~ versiondata.version %}

.. _v{{ versiondata.version }}:

{{ title }}
{{ "=" * title|length }}

{% for category, entries in sections[""].items() %}
{{ definitions[category]["name"] }}:

{% for text, issues in entries.items() %}
* {{ text }} [{{ issues|join(", ") }}]
{% endfor %}

{% endfor %}

"""
RULES_LAST = """\

{% for category, entries in sections[""].items() %}
{% for text, issues in entries.items() %}
- {{ text }} {{ issues|join(", ") }}
{% endfor %}
{% endfor %}


----


"""
TIGHT = """\
{% for category, entries in sections[""].items() %}
{% for text, issues in entries.items() %}
- {{ text }} {{ issues|join(", ") }}
{% endfor %}
{% endfor %}

"""


@dataclass(frozen=True)
class Project:
    """How a project uses towncrier. `changelog` is its first changelog."""

    settings: str
    changelog: str
    files: dict[str, str] = field(default_factory=dict)

    @property
    def toml(self) -> str:
        return f'[tool.towncrier]\ndirectory = "changes"\nname = "Almanac"\n{self.settings}\n{TYPES}'

    def make(self, root: Path) -> None:
        (root / "changes").mkdir()
        (root / "towncrier.toml").write_text(self.toml)
        config = configuration(None, self.toml)
        for name, text in {**self.files, config.filename: self.changelog}.items():
            (root / name).write_text(text)


RST_TOP = "Changelog\n=========\n\n.. towncrier release notes start\n"
MARKDOWN_TOP = "# Changelog\n\n<!-- towncrier release notes start -->\n"
PROJECTS = {
    "rst": Project("", RST_TOP),
    "rst with a title format": Project(
        'title_format = "v{version}, {project_date}"\nunderlines = ["-", "~", "^"]',
        "News\n####\n\n" + RST_TOP[20:],
    ),
    "rst with rules between versions": Project(
        'title_format = "{version}"\ntemplate = "changes/rules.rst"',
        RST_TOP,
        {"changes/rules.rst": RULES_LAST},
    ),
    "markdown without blank lines": Project(
        'filename = "CHANGES.md"\ntitle_format = "## {version}"\ntemplate = "changes/tight.md"',
        MARKDOWN_TOP + "\n## 1.23.1\n- one\n## 1.23.0\n- two\n",
        {"changes/tight.md": TIGHT},
    ),
    "rst wrapped, with links": Project(
        'wrap = true\nissue_format = "`#{issue} <https://example.org/{issue}>`_"', RST_TOP
    ),
    "rst without bullets": Project(
        'template = "towncrier:single-file-no-bullets"\nall_bullets = false', RST_TOP
    ),
    "rst with a template of its own": Project(
        'template = "changes/template.rst"', RST_TOP, {"changes/template.rst": BLANK_LINES_FIRST}
    ),
    "rst without a marker": Project("", ""),
    "rst with a marker on top": Project("", ".. towncrier release notes start\n"),
    "rst with a tight marker": Project("", RST_TOP.replace("\n\n..", "\n..")),
    "rst with a marker of its own": Project(
        'start_string = ".. here"', "Changelog\n=========\n\n.. here\n\n"
    ),
    "markdown": Project('filename = "CHANGELOG.md"', MARKDOWN_TOP),
    "markdown with a title format": Project(
        'filename = "CHANGES.md"\n'
        'title_format = "## {version} ({project_date}) {{: #{version} }}"\n'
        'start_string = "[//]: # (towncrier release notes start)\\n"\n'
        'issue_format = "[#{issue}]: https://example.org/{issue}"',
        "# Changelog\n\n[//]: # (towncrier release notes start)\n",
    ),
    "markdown with a tight marker": Project(
        'filename = "docs.md"\ntitle_format = "## [{version}](https://example.org) - {project_date}"\n'
        'start_string = "<!-- towncrier release notes start -->"',
        MARKDOWN_TOP,
    ),
}

HISTORY = {
    version: {
        f"{number}.repair.rst": f"The moon is {number} times as bright as it was, and sets\nat dawn.\n",
        f"+{number}.repair.rst": "An orphan of a repair.\n",
        f"{number + 50}.chore": "Swept the floor.\n",
    }
    for number, version in enumerate(ALL, start=101)
}
WORDS = st.sampled_from(
    [
        "the",
        "moon",
        "no",
        "longer",
        "sets",
        "at",
        "``noon()``",
        "(again),",
        "9.8.7",
        "Python",
        "3.14",
        "-",
        "2026-01-01",
        "#",
        "=",
        "*",
        "`x`",
    ]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=30).map(" ".join) | st.sampled_from(
    [
        "Run::\n\n    9.8.7\n    =====\n\nand more.",
        "```\n# 9.8.7\n```",
        "One\n\n* two\n* three\n",
        "Trailing spaces  \nmatter.  ",
        "Ends in code::\n\n    9.8.7\n    -----\n",
    ]
)
# The template without bullets drops the text of orphans of a type without content.
NAMES = st.just("+moon.repair") | st.builds(
    "{}.{}".format, st.integers(1, 9999) | st.just("gh-7"), st.sampled_from(["repair", "chore"])
)
FRAGMENTS = st.dictionaries(NAMES, TEXTS, max_size=4)
EXAMPLES = 8  # each builds up to nine changelogs
HISTORIES = st.fixed_dictionaries(dict.fromkeys(ALL, FRAGMENTS))


class Towncrier:
    """Build changelogs in temporary directories, in this process unless `start_processes`."""

    def __init__(self, project: Project, root: Path, *, start_processes: bool = False) -> None:
        self.config = configuration(None, project.toml)
        self.markup = markup_of_file(self.config.filename)
        self.root = root
        self.start_processes = start_processes
        self.empty = root / "empty"
        self.empty.mkdir()
        project.make(self.empty)

    def copy(self, source: Path, name: str) -> Path:
        return Path(shutil.copytree(source, self.root / name))

    def changelog(self, line: Path) -> str:
        return (line / self.config.filename).read_text()

    def build(self, line: Path, version: str, texts: dict[str, str]) -> str:
        """Release a version on a line of history and return the changelog."""
        paths = [line / "changes" / name for name in texts]
        for path, text in zip(paths, texts.values(), strict=True):
            path.write_text(text)
        arguments = ["--keep", "--version", version, "--date", ALL[version], "--dir", str(line)]
        if self.start_processes:
            command = [sys.executable, "-m", "towncrier", "build", *arguments]
            subprocess.run(command, check=True, capture_output=True, cwd=line, timeout=60)
        else:
            done = CliRunner().invoke(build_command, arguments, catch_exceptions=False)
            assert done.exit_code == 0, done.output
        for path in paths:
            path.unlink()
        return self.changelog(line)

    def merge(self, text: str, before: str, after: str, version: str) -> str:
        """Insert the section that a release added to one changelog into another one, and prove it."""
        start_string = self.config.start_string
        new = find_addition(before, after, version, self.markup, start_string=start_string)
        assert new.is_only_change
        result = insert_section(text, new.section.text, version, self.markup, start_string=start_string)
        require_only_addition(text, result, new.section.text, version, self.markup, start_string=start_string)
        return result


def merge_two_lines(towncrier: Towncrier, history: dict[str, dict[str, str]]) -> None:
    """Release on a release branch and on the mainline, integrate each patch, and compare the changelogs."""
    one_place = towncrier.copy(towncrier.empty, "one-place")
    for version in ALL:
        expected = towncrier.build(one_place, version, history[version])

    branch = towncrier.copy(towncrier.empty, "branch")
    towncrier.build(branch, "1.24.0", history["1.24.0"])
    mainline = towncrier.copy(branch, "mainline")
    towncrier.build(mainline, "1.25.0", history["1.25.0"])
    for patch, newer in (("1.24.1", ["1.25.1", "2.0.0"]), ("1.24.2", [])):
        before = towncrier.changelog(branch)
        after = towncrier.build(branch, patch, history[patch])
        assert towncrier.merge(before, before, after, patch) == after
        result = towncrier.merge(towncrier.changelog(mainline), before, after, patch)
        (mainline / towncrier.config.filename).write_text(result)
        for version in newer:
            result = towncrier.build(mainline, version, history[version])
    assert result == expected


@pytest.mark.parametrize("name", PROJECTS)
def test_a_merge_equals_the_changelog_of_towncrier_in_one_place(name: str, tmp_path: Path) -> None:
    merge_two_lines(Towncrier(PROJECTS[name], tmp_path), HISTORY)


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.sampled_from(sorted(PROJECTS)), HISTORIES)
def test_merges_of_any_fragments_equal_the_changelog_of_towncrier(
    name: str, history: dict[str, dict[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as root:
        merge_two_lines(Towncrier(PROJECTS[name], Path(root)), history)


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.sampled_from(sorted(PROJECTS)), st.lists(FRAGMENTS, min_size=2, max_size=2), TEXTS)
def test_the_first_release_of_a_project_is_merged(
    name: str, releases: list[dict[str, str]], text: str
) -> None:
    with tempfile.TemporaryDirectory() as root:
        towncrier = Towncrier(PROJECTS[name], Path(root))
        line = towncrier.copy(towncrier.empty, "line")
        for version, texts in zip(
            ("1.24.0", "1.24.1"), ({"1.repair": text, **releases[0]}, releases[1]), strict=True
        ):
            before = towncrier.changelog(line)
            after = towncrier.build(line, version, texts)
            assert towncrier.merge(before, before, after, version) == after


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.sampled_from(sorted(PROJECTS)), FRAGMENTS)
def test_every_fragment_is_found_in_its_section(name: str, texts: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as root:
        towncrier = Towncrier(PROJECTS[name], Path(root))
        line = towncrier.copy(towncrier.empty, "line")
        towncrier.build(line, "1.24.0", {"5.repair": "An older release."})
        section = section_for(
            towncrier.build(line, "1.24.1", texts),
            "1.24.1",
            towncrier.markup,
            start_string=towncrier.config.start_string,
        )
        assert section
        found = fragments(towncrier.config, [f"changes/{name}" for name in texts]).fragments
        assert len(found) == len(texts)
        for one in found:
            shown = towncrier.config.shows_content(one.category)
            assert is_rendered(section.text, texts[one.path.removeprefix("changes/")], shown, one.issue)
        assert not is_rendered(section.text, "An older release.", showcontent=True, issue="5")


@pytest.mark.journey
@pytest.mark.parametrize("name", ["rst", "rst with a template of its own", "markdown"])
def test_the_towncrier_program_builds_on_two_lines_of_history(name: str, tmp_path: Path) -> None:
    towncrier = Towncrier(PROJECTS[name], tmp_path, start_processes=True)
    merge_two_lines(towncrier, HISTORY)
    result = towncrier.changelog(tmp_path / "mainline")
    assert [str(one.version) for one in find_sections(result, towncrier.markup)] == list(reversed(ALL))
