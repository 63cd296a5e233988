"""Sections: what a changelog has for each version, and what a change of it added."""

from __future__ import annotations

import pytest
from packaging.version import Version

from changelog_texts import MARKDOWN, RST, RST_NEW, section_of, versions
from patchwright.changelogs.headings import Markup
from patchwright.changelogs.placing import insert_section
from patchwright.changelogs.sections import (
    Ambiguous,
    NotProven,
    find_addition,
    find_sections,
    markup_of,
    require_only_addition,
    section_for,
)


def test_sections_have_exact_offsets() -> None:
    found = find_sections(RST)
    assert [(str(one.version), one.heading) for one in found] == [
        ("1.25.0", "Almanac 1.25.0 (2026-10-01)"),
        ("1.24.2", "Almanac 1.24.2 (2026-09-01)"),
    ]
    assert [RST[one.start : one.end] for one in found] == [one.text for one in found]
    assert RST[: found[0].start].endswith("release notes start\n\n")
    assert found[0].text == RST[RST.index("Almanac 1.25") : RST.index("Almanac 1.24")]
    assert found[1].text == RST[RST.index("Almanac 1.24") :]


def test_links_to_versions_at_the_end_belong_to_no_section() -> None:
    last = find_sections(MARKDOWN)[-1]
    assert last.text.endswith("- Python 3.14 works. (#28)\n\n")
    assert MARKDOWN[last.end :].startswith("[1.25.0]:")


def test_links_at_the_end_of_a_section_belong_to_it() -> None:
    text = "# 1.24.3\n\n- x [#1]\n\n[#1]: https://example.org/1\n"
    assert find_sections(text)[0].text == text


def test_an_included_history_belongs_to_no_section() -> None:
    text = section_of("1.24.2") + ".. include:: HISTORY.rst\n"
    assert find_sections(text)[0].text == section_of("1.24.2")


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("1.1\n===\n\n- x\n\nOlder versions\n==============\n\nSee the attic.\n", "1.1\n===\n\n- x\n\n"),
        ("T\n=\n\n1.1\n---\n\n- x\n\nAttic\n=====\n\nAges.\n", "1.1\n---\n\n- x\n\n"),
        ("# 1.1\n\n- x\n\n# Older\n\n- y\n", "# 1.1\n\n- x\n\n"),
    ],
)
def test_a_heading_without_a_version_ends_a_section_of_its_rank(text: str, last: str) -> None:
    assert find_sections(text)[-1].text == last


def test_categories_are_part_of_their_section_even_with_versions_in_them() -> None:
    text = "## 3.1.0 (2026-11-22) {: #3.1.0 }\n\n### API {: #3.1.0-a }\n\n#### Repairs {: #3.1.0-r }\n\n- y\n"
    found = find_sections(text + text.replace("3.1.0", "3.0.0"))
    assert [one.text for one in found] == [text, text.replace("3.1.0", "3.0.0")]


def test_transitions_between_releases_belong_to_the_one_above() -> None:
    text = section_of("1.1", "Misc", "----", "", "- #1", "", "----") + section_of("1.0")
    assert find_sections(text)[0].text + section_of("1.0") == text


def test_a_document_title_with_a_series_is_not_a_section() -> None:
    marker = "<!-- towncrier release notes start -->\n"
    text = f"# v1.24 Release Notes\n\n## Overview\n\n{marker}## [v1.24.0 (2026-01-01)](x)\n"
    assert versions(text) == ["1.24.0"]
    assert section_for(text, "1.24") == find_sections(text)[0]


def test_ranks_of_sections_may_change_over_the_years() -> None:
    newer = "v9.1.0\n======\n\nMisc\n----\n* #2: a\n\n\nv9.0.0\n======\n\nMisc\n----\n* #1: b\n\n\n"
    older = "".join(f"v8.{n}.0\n------\n\n* #{n}: c\n\n\n" for n in (4, 3, 2, 1))
    found = find_sections(newer + older)
    assert [str(one.version) for one in found] == ["9.1.0", "9.0.0", "8.4.0", "8.3.0", "8.2.0", "8.1.0"]
    assert "".join(one.text for one in found) == newer + older


def test_blank_lines_at_the_start_of_a_template_belong_to_the_section() -> None:
    text = ".. towncrier release notes start\n\n\n.. _v1.24.3:\n\n1.24.3\n======\n"
    assert find_sections(text)[0].text == "\n.. _v1.24.3:\n\n1.24.3\n======\n"


def test_a_marker_directly_above_a_section_does_not_belong_to_it() -> None:
    for marker in (".. towncrier release notes start\n", "<!-- towncrier release notes start -->\n"):
        heading = "1.24.3\n------\n\n- x\n"
        assert find_sections(marker + heading)[0].text == heading


def test_newlines_stay_as_they_are() -> None:
    text = RST.replace("\n", "\r\n").rstrip()
    found = find_sections(text)
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
def test_the_markup_follows_from_the_name_or_from_the_sections(
    text: str, filename: str, markup: Markup
) -> None:
    assert markup_of(text, filename) is markup


def test_a_section_is_found_by_an_equal_version() -> None:
    text = section_of("1.24") + section_of("1.23.0rc1")
    for same in ("1.24", "1.24.0", Version("1.24.0")):
        assert section_for(text, same) == find_sections(text)[0]
    assert section_for(text, "1.23") is None


def test_two_sections_for_one_version_are_ambiguous() -> None:
    with pytest.raises(Ambiguous, match=r"2 sections for 1\.24\.0: '1\.24 .*', '1\.24\.0"):
        section_for(section_of("1.24") + section_of("1.24.0"), "1.24.0")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda after: after.replace("tides", "tide"), "other sections changed"),
        (lambda after: after.replace("Changelog\n", "Changelogs\n"), "outside of sections"),
        (lambda after: after.replace("#31", "#32"), "differs from its source"),
        (lambda after: after.replace(RST_NEW, RST_NEW * 2), "2 sections"),
        (lambda after: after.replace(RST_NEW, ""), "0 sections"),
        (lambda after: after.replace("Knows", "  Knows"), "other sections changed"),
        (
            lambda after: after.replace("(2026-10-01)\n---------------------------\n\n", ""),
            "More than the section",
        ),
        (lambda after: after + "The end.\n", "More than the section"),
        (lambda after: "Preface\n" + after, "outside of sections"),
        (lambda after: after.replace("\n", "\r\n"), "More than the section"),
        (lambda after: after.replace("start\n\nA", "start\n\n.. _x:\n\nA"), "other sections changed"),
    ],
)
def test_only_the_section_may_change(change: object, why: str) -> None:
    after = insert_section(RST, RST_NEW, "1.24.3")
    require_only_addition(RST, after, RST_NEW, "1.24.3")
    assert callable(change)
    assert change(after) != after
    with pytest.raises(NotProven, match=why):
        require_only_addition(RST, change(after), RST_NEW, "1.24.3")


def test_sections_may_not_change_their_order() -> None:
    first, second = (one.text for one in find_sections(RST))
    after = insert_section(RST, RST_NEW, "1.24.3")
    swapped = after.replace(first, "@").replace(second, first).replace("@", second)
    with pytest.raises(NotProven, match="other sections changed"):
        require_only_addition(RST, swapped, RST_NEW, "1.24.3")


def test_a_section_that_existed_before_is_not_an_addition() -> None:
    after = insert_section(RST, RST_NEW, "1.24.3")
    with pytest.raises(NotProven, match="already had a section"):
        require_only_addition(after, after, RST_NEW, "1.24.3")
    with pytest.raises(NotProven, match="already had a section"):
        find_addition(after, after, "1.24.3")


def test_the_added_section_is_found() -> None:
    after = insert_section(RST, RST_NEW, "1.24.3")
    addition = find_addition(RST, after, "1.24.3")
    assert addition.section == section_for(after, "1.24.3")
    assert addition.is_only_change
    assert not find_addition(RST, after.replace("tides", "tide"), "1.24.3").is_only_change
    assert not find_addition(RST, after.replace("- Knows the tides. (#30)\n", ""), "1.24.3").is_only_change
    assert not find_addition("", after, "1.24.3").is_only_change
    assert find_addition("", RST_NEW, "1.24.3").is_only_change
    two = insert_section(after, RST_NEW.replace("1.24.3", "1.24.4"), "1.24.4")
    assert not find_addition(RST, two, "1.24.3").is_only_change
    assert not find_addition(RST, two, "1.24.4").is_only_change
    with pytest.raises(NotProven, match="no section"):
        find_addition(RST, RST, "1.24.3")


def test_an_addition_may_change_newlines_and_blank_lines() -> None:
    before = RST.replace("\n", "\r\n").replace("=\r\n\r\n..", "=\r\n..")
    addition = find_addition(before, insert_section(RST, RST_NEW, "1.24.3"), "1.24.3")
    assert addition.is_only_change
    assert addition.section.text == RST_NEW


def test_text_that_followed_before_is_not_part_of_the_section() -> None:
    before = "Changelog\n\n.. towncrier release notes start\n\nOld notes are in the attic.\n"
    after = before.replace("Old notes", f"{section_of('1.24.0')}Old notes")
    addition = find_addition(before, after, "1.24")
    assert addition.section.text == section_of("1.24.0")
    assert addition.section.end == after.index("Old notes")
    assert addition.is_only_change


def test_headings_within_an_added_section_do_not_end_it() -> None:
    new = section_of("1.24.3", "- a", "", "How to upgrade", "==============", "", "Slowly.")
    text = section_of("1.25.0") + section_of("1.24.2")
    after = text.replace("1.24.2", f"{new}1.24.2")
    addition = find_addition(text, after, "1.24.3")
    assert addition.section.text == new
    assert addition.is_only_change
    assert insert_section(text, new, "1.24.3") == after
    require_only_addition(text, after, new, "1.24.3")
    assert insert_section(after, new, "1.24.3") == after
