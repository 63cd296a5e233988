"""Sections of changelogs, one of them put where its version belongs, and the proof of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent

import pytest
from hypothesis import assume, given, settings, strategies as st
from packaging.version import Version

from patchwright.changelogs.headings import Markup
from patchwright.changelogs.sections import (
    Ambiguous,
    NotProven,
    Unplaceable,
    gained,
    insert,
    markup_of,
    only_gained,
    section_for,
    sections,
)

RST = """\
Changelog
=========

.. towncrier release notes start

Almanac 1.25.0 (2026-10-01)
---------------------------

Features
~~~~~~~~

- Knows the tides. (#30)


Almanac 1.24.2 (2026-09-01)
---------------------------

Repairs
~~~~~~~

- Python 3.14 works. (#28)


"""
RST_NEW = """\
Almanac 1.24.3 (2026-11-22)
---------------------------

Repairs
~~~~~~~

- The moon no longer sets at noon. (#31)


"""
MARKDOWN = """\
# Changelog

<!-- towncrier release notes start -->

## [1.25.0](https://example.org/v1.25.0) - 2026-10-01

### Features

- Knows the tides. (#30)

## [1.24.2](https://example.org/v1.24.2) - 2026-09-01

### Repairs

- Python 3.14 works. (#28)

[1.25.0]: https://example.org/compare/v1.24.0...v1.25.0
[1.24.2]: https://example.org/compare/v1.24.1...v1.24.2
"""
MARKDOWN_NEW = (
    "## [1.24.3](https://example.org/v1.24.3) - 2026-11-22\n\n### Repairs\n\n- The moon is back. (#31)\n\n"
)


def versions(text: str, markup: Markup | None = None) -> list[str]:
    return [str(section.version) for section in sections(text, markup)]


def release(version: str, *lines: str) -> str:
    """Return a section as towncrier's default template writes it."""
    title = f"{version} (2026-11-22)"
    return "\n".join((title, "=" * len(title), "", *(lines or ("- something",)), "", "", ""))


# sections


def test_sections_are_cut_exactly() -> None:
    found = sections(RST)
    assert [(str(one.version), one.heading) for one in found] == [
        ("1.25.0", "Almanac 1.25.0 (2026-10-01)"),
        ("1.24.2", "Almanac 1.24.2 (2026-09-01)"),
    ]
    assert [RST[one.start : one.end] for one in found] == [one.text for one in found]
    assert RST[: found[0].start].endswith("release notes start\n\n")
    assert found[0].text == RST[RST.index("Almanac 1.25") : RST.index("Almanac 1.24")]
    assert found[1].text == RST[RST.index("Almanac 1.24") :]


def test_links_to_versions_at_the_end_belong_to_no_section() -> None:
    last = sections(MARKDOWN)[-1]
    assert last.text.endswith("- Python 3.14 works. (#28)\n\n")
    assert MARKDOWN[last.end :].startswith("[1.25.0]:")


def test_links_that_a_section_ends_with_are_its_own() -> None:
    text = "# 1.24.3\n\n- x [#1]\n\n[#1]: https://example.org/1\n"
    assert sections(text)[0].text == text


def test_an_included_history_belongs_to_no_section() -> None:
    text = release("1.24.2") + ".. include:: HISTORY.rst\n"
    assert sections(text)[0].text == release("1.24.2")


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("1.1\n===\n\n- x\n\nOlder versions\n==============\n\nSee the attic.\n", "1.1\n===\n\n- x\n\n"),
        ("T\n=\n\n1.1\n---\n\n- x\n\nAttic\n=====\n\nAges.\n", "1.1\n---\n\n- x\n\n"),
        ("# 1.1\n\n- x\n\n# Older\n\n- y\n", "# 1.1\n\n- x\n\n"),
    ],
)
def test_a_heading_without_a_version_ends_a_section_of_its_rank(text: str, last: str) -> None:
    assert sections(text)[-1].text == last


def test_categories_are_part_of_their_section_even_with_versions_in_them() -> None:
    text = "## 3.1.0 (2026-11-22) {: #3.1.0 }\n\n### API {: #3.1.0-a }\n\n#### Repairs {: #3.1.0-r }\n\n- y\n"
    found = sections(text + text.replace("3.1.0", "3.0.0"))
    assert [one.text for one in found] == [text, text.replace("3.1.0", "3.0.0")]


def test_transitions_between_releases_belong_to_the_one_above() -> None:
    text = release("1.1", "Misc", "----", "", "- #1", "", "----") + release("1.0")
    assert sections(text)[0].text + release("1.0") == text


def test_a_document_named_for_its_series_is_no_section() -> None:
    marker = "<!-- towncrier release notes start -->\n"
    text = f"# v1.24 Release Notes\n\n## Overview\n\n{marker}## [v1.24.0 (2026-01-01)](x)\n"
    assert versions(text) == ["1.24.0"]
    assert section_for(text, "1.24") == sections(text)[0]


def test_ranks_of_sections_may_change_over_the_years() -> None:
    newer = "v9.1.0\n======\n\nMisc\n----\n* #2: a\n\n\nv9.0.0\n======\n\nMisc\n----\n* #1: b\n\n\n"
    older = "".join(f"v8.{n}.0\n------\n\n* #{n}: c\n\n\n" for n in (4, 3, 2, 1))
    found = sections(newer + older)
    assert [str(one.version) for one in found] == ["9.1.0", "9.0.0", "8.4.0", "8.3.0", "8.2.0", "8.1.0"]
    assert "".join(one.text for one in found) == newer + older


def test_blank_lines_that_a_template_begins_with_are_the_sections() -> None:
    text = ".. towncrier release notes start\n\n\n.. _v1.24.3:\n\n1.24.3\n======\n"
    assert sections(text)[0].text == "\n.. _v1.24.3:\n\n1.24.3\n======\n"


def test_a_marker_directly_above_a_section_is_not_its_comment() -> None:
    for marker in (".. towncrier release notes start\n", "<!-- towncrier release notes start -->\n"):
        heading = "1.24.3\n------\n\n- x\n"
        assert sections(marker + heading)[0].text == heading


def test_newlines_stay_as_they_are() -> None:
    text = RST.replace("\n", "\r\n").rstrip()
    found = sections(text)
    assert [str(one.version) for one in found] == ["1.25.0", "1.24.2"]
    assert text[: found[0].start] + "".join(one.text for one in found) == text


@pytest.mark.parametrize(
    ("text", "filename", "markup"),
    [
        (RST, "NEWS", Markup.RST),
        ("1.24.3\n======\n\n### Repairs\n\n- x\n", "NEWS", Markup.MARKDOWN),
        ("1.24.3\n======\n\nRepairs\n^^^^^^^\n\n- x\n", "NEWS", Markup.RST),
        (MARKDOWN, "NEWS", Markup.MARKDOWN),
        (RST, "NEWS.md", Markup.MARKDOWN),
        ("", "", Markup.RST),
    ],
)
def test_markup_is_told_by_the_name_and_else_by_the_sections(
    text: str, filename: str, markup: Markup
) -> None:
    assert markup_of(text, filename) is markup


# section_for


def test_a_section_is_found_by_the_version_that_is_meant() -> None:
    text = release("1.24") + release("1.23.0rc1")
    for same in ("1.24", "1.24.0", Version("1.24.0")):
        assert section_for(text, same) == sections(text)[0]
    assert section_for(text, "1.23") is None


def test_two_sections_for_one_version_are_ambiguous() -> None:
    with pytest.raises(Ambiguous, match=r"2 sections for 1\.24\.0: '1\.24 .*', '1\.24\.0"):
        section_for(release("1.24") + release("1.24.0"), "1.24.0")


# insert


@pytest.mark.parametrize(
    ("there", "new", "expected"),
    [
        ("1.25.0 1.24.2 1.24.1", "1.24.3", "1.25.0 1.24.3 1.24.2 1.24.1"),
        ("1.25.0 1.24.2 1.24.1", "1.25.1", "1.25.1 1.25.0 1.24.2 1.24.1"),
        ("1.25.0 1.24.2 1.24.1", "1.23.9", "1.25.0 1.24.2 1.24.1 1.23.9"),
        ("1.25.0 1.24.4 1.24.2", "1.24.3", "1.25.0 1.24.4 1.24.3 1.24.2"),
        ("1.10.0 1.9.0", "1.9.1", "1.10.0 1.9.1 1.9.0"),
        ("1.25.0 1.24.3rc1 1.24.2", "1.24.3", "1.25.0 1.24.3 1.24.3rc1 1.24.2"),
        ("1.25.0.dev0 1.24.2", "1.24.3", "1.25.0.dev0 1.24.3 1.24.2"),
        ("2.0 1.24", "1.24.1", "2.0 1.24.1 1.24"),
        ("1.23.0 1.24.0 1.24.1 1.24.2 1.25.0", "1.24.3", "1.23.0 1.24.0 1.24.1 1.24.2 1.24.3 1.25.0"),
        ("1.23.0 1.24.0", "1.24.1", "1.23.0 1.24.0 1.24.1"),
        ("1.24.0 1.24.1", "1.23.9", "1.23.9 1.24.0 1.24.1"),
        ("1.24.0", "1.24.1", "1.24.1 1.24.0"),
        # Series strewn among each other by date.
        ("1.25.1 1.24.2 1.25.0 1.24.1 1.24.0", "1.24.3", "1.25.1 1.24.3 1.24.2 1.25.0 1.24.1 1.24.0"),
        ("1.25.1 1.24.2 1.25.0 1.24.1 1.24.0", "1.25.2", "1.25.2 1.25.1 1.24.2 1.25.0 1.24.1 1.24.0"),
        ("1.25.1 1.23.4 1.25.0 1.23.3", "1.24.0", "1.25.1 1.24.0 1.23.4 1.25.0 1.23.3"),
        ("1.25.1 1.23.4 1.25.0 1.24.4 1.23.3", "1.24.3", "1.25.1 1.23.4 1.25.0 1.24.4 1.24.3 1.23.3"),
        ("1.27.1 1.20.1 1.27.0 1.25.0 1.20.0", "1.26.0", "1.27.1 1.20.1 1.27.0 1.26.0 1.25.0 1.20.0"),
        (
            "1.24.4 1.25.3 1.26.1 1.24.3 1.25.2 1.26.0",
            "1.24.5",
            "1.24.5 1.24.4 1.25.3 1.26.1 1.24.3 1.25.2 1.26.0",
        ),
        # Several sections for a version, as of subprojects.
        ("1.24.2 1.24.2 1.24.2 1.24.1 1.24.1", "1.24.3", "1.24.3 1.24.2 1.24.2 1.24.2 1.24.1 1.24.1"),
        ("1.25.0 1.24.2 1.24.2 1.24.1", "1.24.3", "1.25.0 1.24.3 1.24.2 1.24.2 1.24.1"),
    ],
)
def test_a_section_comes_where_its_version_belongs(there: str, new: str, expected: str) -> None:
    text = "".join(map(release, there.split()))
    after = insert(text, release(new), new)
    assert after == "".join(map(release, expected.split()))
    only_gained(text, after, release(new), new)


def test_a_newer_section_comes_behind_the_marker_as_towncrier_would_put_it() -> None:
    new = RST_NEW.replace("1.24.3", "1.25.1")
    assert insert(RST, new, "1.25.1") == RST.replace("start\n\n", f"start\n\n{new}")


def test_an_older_section_comes_between_its_neighbours() -> None:
    after = insert(RST, RST_NEW, "1.24.3")
    assert after == RST.replace("Almanac 1.24.2", f"{RST_NEW}Almanac 1.24.2")
    only_gained(RST, after, RST_NEW, "1.24.3")


def test_a_section_that_was_the_last_of_its_file_gets_the_usual_blank_lines() -> None:
    assert insert(RST, RST_NEW.rstrip() + "\n", "1.24.3") == insert(RST, RST_NEW, "1.24.3")
    after = insert(MARKDOWN, MARKDOWN_NEW.rstrip() + "\n", "1.24.3")
    assert after == insert(MARKDOWN, MARKDOWN_NEW, "1.24.3")


def test_the_oldest_section_comes_last_and_the_file_ends_as_it_did() -> None:
    new = RST_NEW.replace("1.24.3", "1.23.9")
    text = RST.rstrip()
    assert insert(text, new, "1.23.9") == f"{text}\n\n\n{new.rstrip()}"
    assert insert(text + "\n", new, "1.23.9") == f"{text}\n\n\n{new.rstrip()}\n"


def test_the_oldest_section_comes_before_what_is_for_the_whole_file() -> None:
    new = MARKDOWN_NEW.replace("1.24.3", "1.23.9")
    assert insert(MARKDOWN, new, "1.23.9") == MARKDOWN.replace("[1.25.0]: ", f"{new}[1.25.0]: ")


@pytest.mark.parametrize(
    ("text", "start_string", "expected"),
    [
        ("", None, "{}\n"),
        ("Changelog\n=========\n", None, "Changelog\n=========\n\n\n{}\n"),
        (
            "Changelog\n=========\n\n.. towncrier release notes start\n",
            None,
            "Changelog\n=========\n\n.. towncrier release notes start\n\n{}\n",
        ),
        (
            "Changelog\n=========\n.. towncrier release notes start\n\n\nOlder notes are lost.\n",
            None,
            "Changelog\n=========\n\n.. towncrier release notes start\n\n{}\n\n\nOlder notes are lost.\n",
        ),
        ("Top\n\n.. here\n", ".. here", "Top\n\n.. here\n{}\n"),
        ("Top\n\nNews\n====\n", "News\n====\n", "Top\n\nNews\n====\n\n{}\n"),
        ("Top\r\n\r\nNews\r\n====\r\n", "News\n====\n", "Top\r\n\r\nNews\r\n====\r\n\r\n{}\r\n"),
    ],
)
def test_the_first_section_comes_behind_the_marker_or_last(
    text: str, start_string: str | None, expected: str
) -> None:
    new = RST_NEW.rstrip()
    wanted = expected.format(new.replace("\n", "\r\n") if "\r" in text else new)
    assert insert(text, RST_NEW.rstrip() + "\n", "1.24.3", start_string=start_string) == wanted


def test_a_section_takes_the_newlines_of_where_it_comes() -> None:
    windows = RST.replace("\n", "\r\n")
    assert insert(windows, RST_NEW, "1.24.3") == insert(RST, RST_NEW, "1.24.3").replace("\n", "\r\n")
    assert insert(RST, RST_NEW.replace("\n", "\r\n"), "1.24.3") == insert(RST, RST_NEW, "1.24.3")


def test_mixed_newlines_are_left_alone() -> None:
    text = RST.replace("tides. (#30)\n", "tides. (#30)\r\n")
    assert insert(text, RST_NEW, "1.24.3").replace(RST_NEW, "") == text


def test_a_section_stays_with_its_series_where_a_heading_parts_them() -> None:
    series = "1.25.x\n======\n\n{}1.24.x\n======\n\n{}"
    newer = dedent("""\
        1.25.0 (2026-10-01)
        -------------------

        - x

    """)
    older, new = newer.replace("1.25.0", "1.24.2"), newer.replace("1.25.0", "1.24.3")
    assert insert(series.format(newer, older), new, "1.24.3") == series.format(newer, new + older)
    first = newer.replace("1.25.0", "1.25.0rc1")
    assert insert(series.format(newer, older), first, "1.25.0rc1") == series.format(newer + first, older)


def test_a_section_that_is_there_is_not_inserted_again() -> None:
    after = insert(RST, RST_NEW, "1.24.3")
    assert insert(after, RST_NEW.replace("\n", "\r\n") + "\n", "1.24.3") == after


def test_another_section_for_the_version_is_not_touched() -> None:
    with pytest.raises(Unplaceable, match=r"a section for 1\.24\.2 already, and it reads otherwise"):
        insert(RST, RST_NEW.replace("1.24.3", "1.24.2"), "1.24.2")


@pytest.mark.parametrize(
    "text", ["", "- a list\n", RST_NEW.replace("1.24.3", "1.24.4"), "Preface.\n\n" + RST_NEW]
)
def test_only_a_section_for_the_version_is_inserted(text: str) -> None:
    with pytest.raises(Unplaceable, match=r"does not begin with a section for 1\.24\.3"):
        insert(RST, text, "1.24.3")


def test_prose_that_follows_an_inserted_section_is_left_alone() -> None:
    text = "Changelog\n\n.. towncrier release notes start\n\nOld notes are in the attic.\n"
    after = insert(text, RST_NEW, "1.24.3")
    assert after == text.replace("Old", f"{RST_NEW}Old")
    only_gained(text, after, RST_NEW, "1.24.3")


# only_gained


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda after: after.replace("tides", "tide"), "other sections changed"),
        (lambda after: after.replace("Changelog\n", "Changelogs\n"), "outside of sections"),
        (lambda after: after.replace("#31", "#32"), "does not read as it did"),
        (lambda after: after.replace(RST_NEW, RST_NEW * 2), "2 sections"),
        (lambda after: after.replace(RST_NEW, ""), "0 sections"),
        (lambda after: after.replace("Knows", "  Knows"), "other sections changed"),
        (
            lambda after: after.replace("(2026-10-01)\n---------------------------\n\n", ""),
            "Not only the section",
        ),
        (lambda after: after + "The end.\n", "Not only the section"),
        (lambda after: "Preface\n" + after, "outside of sections"),
        (lambda after: after.replace("\n", "\r\n"), "Not only the section"),
        (lambda after: after.replace("start\n\nA", "start\n\n.. _x:\n\nA"), "other sections changed"),
    ],
)
def test_nothing_but_the_section_may_have_changed(change: object, why: str) -> None:
    after = insert(RST, RST_NEW, "1.24.3")
    only_gained(RST, after, RST_NEW, "1.24.3")
    assert callable(change)
    assert change(after) != after
    with pytest.raises(NotProven, match=why):
        only_gained(RST, change(after), RST_NEW, "1.24.3")


def test_sections_may_not_change_places() -> None:
    first, second = (one.text for one in sections(RST))
    after = insert(RST, RST_NEW, "1.24.3")
    swapped = after.replace(first, "@").replace(second, first).replace("@", second)
    with pytest.raises(NotProven, match="other sections changed"):
        only_gained(RST, swapped, RST_NEW, "1.24.3")


def test_what_was_there_before_was_not_gained() -> None:
    after = insert(RST, RST_NEW, "1.24.3")
    with pytest.raises(NotProven, match="before"):
        only_gained(after, after, RST_NEW, "1.24.3")
    with pytest.raises(NotProven, match="before"):
        gained(after, after, "1.24.3")


# gained


def test_what_a_commit_added_to_a_changelog_is_told() -> None:
    after = insert(RST, RST_NEW, "1.24.3")
    told = gained(RST, after, "1.24.3")
    assert told.section == section_for(after, "1.24.3")
    assert told.alone
    assert not gained(RST, after.replace("tides", "tide"), "1.24.3").alone
    assert not gained(RST, after.replace("- Knows the tides. (#30)\n", ""), "1.24.3").alone
    assert not gained("", after, "1.24.3").alone
    assert gained("", RST_NEW, "1.24.3").alone
    two = insert(after, RST_NEW.replace("1.24.3", "1.24.4"), "1.24.4")
    assert not gained(RST, two, "1.24.3").alone
    assert not gained(RST, two, "1.24.4").alone
    with pytest.raises(NotProven, match="no section"):
        gained(RST, RST, "1.24.3")


def test_towncrier_turns_the_newlines_of_a_file_and_evens_its_blank_lines() -> None:
    before = RST.replace("\n", "\r\n").replace("=\r\n\r\n..", "=\r\n..")
    told = gained(before, insert(RST, RST_NEW, "1.24.3"), "1.24.3")
    assert told.alone
    assert told.section.text == RST_NEW


def test_prose_that_followed_before_is_no_part_of_the_section() -> None:
    before = "Changelog\n\n.. towncrier release notes start\n\nOld notes are in the attic.\n"
    after = before.replace("Old notes", f"{release('1.24.0')}Old notes")
    told = gained(before, after, "1.24")
    assert told.section.text == release("1.24.0")
    assert told.section.end == after.index("Old notes")
    assert told.alone


def test_headings_within_a_section_do_not_end_what_was_gained() -> None:
    new = release("1.24.3", "- a", "", "How to upgrade", "==============", "", "Slowly.")
    text = release("1.25.0") + release("1.24.2")
    after = text.replace("1.24.2", f"{new}1.24.2")
    told = gained(text, after, "1.24.3")
    assert told.section.text == new
    assert told.alone
    assert insert(text, new, "1.24.3") == after
    only_gained(text, after, new, "1.24.3")
    assert insert(after, new, "1.24.3") == after


# Random changelogs.


@dataclass(frozen=True)
class Style:
    """How a project writes its changelog."""

    markup: Markup
    marker: str
    preface: str
    title: str
    underline: str
    ending: str
    footer: str
    newline: str

    def section(self, version: str, body: str) -> str:
        title = self.title.format(version=version)
        underline = f"{self.underline * len(title)}\n" if self.underline else ""
        return f"{title}\n{underline}\n{body}{self.ending}"

    def changelog(self, parts: dict[str, str]) -> str:
        # towncrier leaves two blank lines above a marker that begins a file.
        head = (self.preface or "\n\n") + f"{self.marker}\n" if self.marker else self.preface
        body = "".join(
            self.section(version, parts[version]) for version in sorted(parts, key=Version, reverse=True)
        )
        return re.sub("\n", self.newline, (head + body).rstrip("\n") + "\n" + self.footer)


ENDINGS = st.sampled_from(["\n", "\n\n", "\n----\n\n\n"])
NEWLINES = st.sampled_from(["\n", "\r\n"])
STYLES = st.one_of(
    st.builds(
        Style,
        st.just(Markup.RST),
        st.sampled_from(["", ".. towncrier release notes start\n", ".. _top: https://example.org\n"]),
        st.sampled_from(["", "Changelog 2\n###########\n\n", "=======\nHistory\n=======\n\nText.\n\n"]),
        st.sampled_from(["Almanac {version} (2026-11-22)", "v{version}", ".. _v{version}:\n\n{version}"]),
        st.sampled_from("=-"),
        ENDINGS,
        st.sampled_from(["", "\n\nAttic\n#####\n\nOlder notes.\n", "\n\n.. include:: HISTORY.rst\n"]),
        NEWLINES,
    ).filter(lambda style: not style.title.startswith("..") or style.underline == "-"),
    st.builds(
        Style,
        st.just(Markup.MARKDOWN),
        st.sampled_from(["", "<!-- towncrier release notes start -->\n"]),
        st.sampled_from(["", "# Changelog\n\n", "# Changelog\n\nText.\n\n"]),
        st.sampled_from(
            [
                "## {version} (2026-11-22)",
                "## [{version}](x) - 2026-11-22",
                '<a id="{version}"></a>\n## {version}',
            ]
        ),
        st.just(""),
        ENDINGS,
        st.sampled_from(["", "\n\n# Attic\n\nOlder notes.\n", "\n\n[1.0.0]: https://example.org/1.0.0\n"]),
        NEWLINES,
    ),
)
RST_BODIES = st.lists(
    st.sampled_from(
        [
            "- Mended the moon. (#1)\n",
            "- Mended\n  the sun.\n",
            "Repairs\n~~~~~~~\n\n- #2, #3\n",
            "Python 3.14\n~~~~~~~~~~~\n\n- works\n",
            "- Sample::\n\n    9.9.9\n    =====\n",
            "No significant changes.\n",
        ]
    ),
    min_size=1,
    max_size=3,
).map("\n".join)
MARKDOWN_BODIES = st.lists(
    st.sampled_from(
        [
            "- Mended the moon. (#1)\n",
            "### Repairs\n\n- #2, #3\n",
            "### Python 3.14\n\n- works\n",
            "```\n## 9.9.9\n```\n",
            "- one\n  ```\n  ## 9.9.9\n  ```\n",
            "No significant changes.\n\n[#1]: https://example.org/1\n",
        ]
    ),
    min_size=1,
    max_size=3,
).map("\n".join)
VERSIONS = st.builds("{}.{}.{}".format, st.integers(1, 2), st.sampled_from([0, 1, 9, 10]), st.integers(0, 4))


@st.composite
def merges(draw: st.DrawFn) -> tuple[Style, dict[str, str], str]:
    """Draw a style, all sections by version, and one of the versions."""
    style = draw(STYLES)
    bodies = RST_BODIES if style.markup is Markup.RST else MARKDOWN_BODIES
    parts = draw(st.dictionaries(VERSIONS, bodies, min_size=2, max_size=6))
    return style, parts, draw(st.sampled_from(sorted(parts)))


def without(parts: dict[str, str], *left_out: str) -> dict[str, str]:
    return {version: body for version, body in parts.items() if version not in left_out}


def usual(style: Style) -> bool:
    """Tell whether towncrier would write where the sections are: behind a marker, or at the very top."""
    return bool(style.marker) or not style.preface


@settings(deadline=None)
@given(merges())
def test_a_section_taken_out_comes_back_to_its_place(drawn: tuple[Style, dict[str, str], str]) -> None:
    style, parts, version = drawn
    whole, before = style.changelog(parts), style.changelog(without(parts, version))
    section = section_for(whole, version, style.markup)
    assert section
    after = insert(before, section.text, version, style.markup)
    only_gained(before, after, section.text, version, style.markup)
    assert versions(after, style.markup) == sorted(parts, key=Version, reverse=True)
    assert insert(after, section.text, version, style.markup) == after
    assert gained(before, after, version, style.markup).alone
    # How sections are parted shows where two are left and no footer follows: then every byte is as it was.
    if usual(style) and (version != min(parts, key=Version) or (len(parts) > 2 and not style.footer)):
        assert after == whole


@settings(deadline=None)
@given(merges(), st.data())
def test_the_order_of_two_sections_does_not_matter(
    drawn: tuple[Style, dict[str, str], str], data: st.DataObject
) -> None:
    style, parts, one = drawn
    other = data.draw(st.sampled_from(sorted(parts)))
    assume(other != one and len(parts) > 2)
    whole, before = style.changelog(parts), style.changelog(without(parts, one, other))
    texts = {
        version: section.text
        for version in (one, other)
        if (section := section_for(whole, version, style.markup))
    }
    results = []
    for first, second in ((one, other), (other, one)):
        after = insert(before, texts[first], first, style.markup)
        results.append(insert(after, texts[second], second, style.markup))
    # How sections are parted shows where two are left; else only the blank lines may differ.
    if len(parts) > 3:
        assert results[0] == results[1]
    assert results[0].split() == results[1].split()


@settings(deadline=None)
@given(merges(), st.lists(VERSIONS, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_in_any_order_of_sections_the_proof_holds_or_it_halts(
    drawn: tuple[Style, dict[str, str], str], others: list[str], random: object
) -> None:
    style, parts, version = drawn
    body = parts[version]
    order = [other for other in {*parts, *others} if Version(other) != Version(version)]
    random.shuffle(order)  # type: ignore[attr-defined]  # Hypothesis' stand-in for random.Random
    before = style.preface + "".join(style.section(other, body) for other in order)
    section = style.section(version, body)
    after = insert(before, section, version, style.markup)
    only_gained(before, after, section, version, style.markup)
    assert [one for one in versions(after, style.markup) if one != version] == versions(before, style.markup)


LINES = st.lists(
    st.sampled_from(
        """\
1.24.3|1.24.2 (2026-11-22)|======|------|# 1.24.1|## 1.25.0|```|- item|  more||.. _x:|    1.24.3|\x0c|\ufeff
.. towncrier release notes start|<!-- towncrier release notes start -->
<!--|-->|[1.0.0]: x|.. include:: y|Older\
""".replace("\n", "|").split("|")
    ).flatmap(lambda line: st.sampled_from(["\n", "\n", "\r\n"]).map(lambda newline: line + newline)),
    max_size=16,
).map("".join)


@settings(deadline=None)
@given(LINES, st.sampled_from(Markup), st.booleans())
def test_in_any_text_the_proof_holds_or_it_halts(text: str, markup: Markup, ends: bool) -> None:  # noqa: FBT001  drawn
    text = text if ends else text.rstrip("\r\n")
    new = (
        "# 1.24.4 (2026-11-22)\n\n- new\n"
        if markup is Markup.MARKDOWN
        else "1.24.4 (2026-11-22)\n======\n\n- new\n"
    )
    found = sections(text, markup)
    assert all(text[one.start : one.end] == one.text for one in found)
    try:
        after = insert(text, new, "1.24.4", markup)
        only_gained(text, after, new, "1.24.4", markup)
    except (Unplaceable, NotProven):
        return
    taken = section_for(after, "1.24.4", markup)
    assert taken
    if taken.text.replace("\r\n", "\n").strip("\n") == new.strip("\n"):
        assert insert(after, new, "1.24.4", markup) == after
    assert [one.strip() for one in after.replace("\r\n", "\n").split("\n")].count("- new") == 1
