"""Placing: a section is inserted where its version belongs, and nothing else changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent

import pytest
from hypothesis import assume, given, settings, strategies as st
from packaging.version import Version

from changelog_texts import MARKDOWN, MARKDOWN_NEW, RST, RST_NEW, section_of, versions
from patchwright.changelogs.headings import Markup
from patchwright.changelogs.placing import Unplaceable, insert_section, remove_section
from patchwright.changelogs.sections import (
    NotProven,
    find_addition,
    find_sections,
    require_only_addition,
    section_for,
)


@pytest.mark.parametrize(
    ("present", "new", "expected"),
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
        # Series mixed by date.
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
        # Several sections for a version, for example of subprojects.
        ("1.24.2 1.24.2 1.24.2 1.24.1 1.24.1", "1.24.3", "1.24.3 1.24.2 1.24.2 1.24.2 1.24.1 1.24.1"),
        ("1.25.0 1.24.2 1.24.2 1.24.1", "1.24.3", "1.25.0 1.24.3 1.24.2 1.24.2 1.24.1"),
    ],
)
def test_a_section_is_inserted_where_its_version_belongs(present: str, new: str, expected: str) -> None:
    text = "".join(map(section_of, present.split()))
    after = insert_section(text, section_of(new), new)
    assert after == "".join(map(section_of, expected.split()))
    require_only_addition(text, after, section_of(new), new)


def test_the_newest_section_is_inserted_below_the_marker() -> None:
    new = RST_NEW.replace("1.24.3", "1.25.1")
    assert insert_section(RST, new, "1.25.1") == RST.replace("start\n\n", f"start\n\n{new}")


def test_an_older_section_is_inserted_between_its_neighbours() -> None:
    after = insert_section(RST, RST_NEW, "1.24.3")
    assert after == RST.replace("Almanac 1.24.2", f"{RST_NEW}Almanac 1.24.2")
    require_only_addition(RST, after, RST_NEW, "1.24.3")


def test_the_last_section_of_a_file_gets_the_usual_blank_lines_elsewhere() -> None:
    assert insert_section(RST, RST_NEW.rstrip() + "\n", "1.24.3") == insert_section(RST, RST_NEW, "1.24.3")
    after = insert_section(MARKDOWN, MARKDOWN_NEW.rstrip() + "\n", "1.24.3")
    assert after == insert_section(MARKDOWN, MARKDOWN_NEW, "1.24.3")


def test_the_oldest_section_is_inserted_at_the_end_and_the_end_stays() -> None:
    new = RST_NEW.replace("1.24.3", "1.23.9")
    text = RST.rstrip()
    assert insert_section(text, new, "1.23.9") == f"{text}\n\n\n{new.rstrip()}"
    assert insert_section(text + "\n", new, "1.23.9") == f"{text}\n\n\n{new.rstrip()}\n"


def test_the_oldest_section_is_inserted_above_links_for_the_whole_file() -> None:
    new = MARKDOWN_NEW.replace("1.24.3", "1.23.9")
    assert insert_section(MARKDOWN, new, "1.23.9") == MARKDOWN.replace("[1.25.0]: ", f"{new}[1.25.0]: ")


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
def test_the_first_section_is_inserted_below_the_marker_or_at_the_end(
    text: str, start_string: str | None, expected: str
) -> None:
    new = RST_NEW.rstrip()
    complete = expected.format(new.replace("\n", "\r\n") if "\r" in text else new)
    assert insert_section(text, RST_NEW.rstrip() + "\n", "1.24.3", start_string=start_string) == complete


def test_a_section_gets_the_newlines_of_the_changelog() -> None:
    windows = RST.replace("\n", "\r\n")
    assert insert_section(windows, RST_NEW, "1.24.3") == insert_section(RST, RST_NEW, "1.24.3").replace(
        "\n", "\r\n"
    )
    assert insert_section(RST, RST_NEW.replace("\n", "\r\n"), "1.24.3") == insert_section(
        RST, RST_NEW, "1.24.3"
    )


@pytest.mark.parametrize("top", ["Changes\n\r\n", "\ufeffChanges\r\n\r\n", "Changes\n\n"])
def test_the_blank_line_above_the_marker_stays_byte_for_byte(top: str) -> None:
    rest = ".. towncrier release notes start\r\n\r\nOlder.\r\n"
    after = insert_section(top + rest, RST_NEW, "1.24.3", Markup.RST)
    assert after.startswith(top + rest[:36])
    assert after.endswith("\nOlder.\r\n")


def test_mixed_newlines_stay_unchanged() -> None:
    text = RST.replace("tides. (#30)\n", "tides. (#30)\r\n")
    assert insert_section(text, RST_NEW, "1.24.3").replace(RST_NEW, "") == text


def test_a_section_stays_with_its_series_if_a_heading_separates_series() -> None:
    series = "1.25.x\n======\n\n{}1.24.x\n======\n\n{}"
    newer = dedent("""\
        1.25.0 (2026-10-01)
        -------------------

        - x

    """)
    older, new = newer.replace("1.25.0", "1.24.2"), newer.replace("1.25.0", "1.24.3")
    assert insert_section(series.format(newer, older), new, "1.24.3") == series.format(newer, new + older)
    first = newer.replace("1.25.0", "1.25.0rc1")
    assert insert_section(series.format(newer, older), first, "1.25.0rc1") == series.format(
        newer + first, older
    )


def test_an_existing_section_is_not_inserted_again() -> None:
    after = insert_section(RST, RST_NEW, "1.24.3")
    assert insert_section(after, RST_NEW.replace("\n", "\r\n") + "\n", "1.24.3") == after


def test_another_section_for_the_version_is_not_replaced() -> None:
    with pytest.raises(Unplaceable, match=r"already has another section for 1\.24\.2"):
        insert_section(RST, RST_NEW.replace("1.24.3", "1.24.2"), "1.24.2")


@pytest.mark.parametrize(
    "text", ["", "- a list\n", RST_NEW.replace("1.24.3", "1.24.4"), "Preface.\n\n" + RST_NEW]
)
def test_only_a_section_for_the_version_is_inserted(text: str) -> None:
    with pytest.raises(Unplaceable, match=r"does not begin with a section for 1\.24\.3"):
        insert_section(RST, text, "1.24.3")


def test_text_below_an_inserted_section_stays_unchanged() -> None:
    text = "Changelog\n\n.. towncrier release notes start\n\nOld notes are in the attic.\n"
    after = insert_section(text, RST_NEW, "1.24.3")
    assert after == text.replace("Old", f"{RST_NEW}Old")
    require_only_addition(text, after, RST_NEW, "1.24.3")


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
            "- Fixed the moon. (#1)\n",
            "- Fixed\n  the sun.\n",
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
            "- Fixed the moon. (#1)\n",
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


def is_usual(style: Style) -> bool:
    """Return whether towncrier would write where the sections are: below a marker or at the very top."""
    return bool(style.marker) or not style.preface


@settings(deadline=None)
@given(merges())
def test_a_removed_section_returns_to_its_place(drawn: tuple[Style, dict[str, str], str]) -> None:
    style, parts, version = drawn
    whole, before = style.changelog(parts), style.changelog(without(parts, version))
    section = section_for(whole, version, style.markup)
    assert section
    after = insert_section(before, section.text, version, style.markup)
    require_only_addition(before, after, section.text, version, style.markup)
    assert versions(after, style.markup) == sorted(parts, key=Version, reverse=True)
    assert insert_section(after, section.text, version, style.markup) == after
    assert find_addition(before, after, version, style.markup).is_only_change
    # If two sections remain and no footer follows, the blank lines between sections are known.
    if is_usual(style) and (version != min(parts, key=Version) or (len(parts) > 2 and not style.footer)):
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
        after = insert_section(before, texts[first], first, style.markup)
        results.append(insert_section(after, texts[second], second, style.markup))
    # Two remaining sections show the blank lines between sections; else only blank lines may differ.
    if len(parts) > 3:
        assert results[0] == results[1]
    assert results[0].split() == results[1].split()


@settings(deadline=None)
@given(merges(), st.lists(VERSIONS, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_the_insertion_is_proven_in_any_order_of_sections(
    drawn: tuple[Style, dict[str, str], str], others: list[str], random: object
) -> None:
    style, parts, version = drawn
    body = parts[version]
    order = [other for other in {*parts, *others} if Version(other) != Version(version)]
    random.shuffle(order)  # type: ignore[attr-defined]  # Hypothesis' stand-in for random.Random
    before = style.preface + "".join(style.section(other, body) for other in order)
    section = style.section(version, body)
    after = insert_section(before, section, version, style.markup)
    require_only_addition(before, after, section, version, style.markup)
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
def test_the_insertion_is_proven_or_refused_in_any_text(text: str, markup: Markup, ends: bool) -> None:  # noqa: FBT001  drawn
    text = text if ends else text.rstrip("\r\n")
    new = (
        "# 1.24.4 (2026-11-22)\n\n- new\n"
        if markup is Markup.MARKDOWN
        else "1.24.4 (2026-11-22)\n======\n\n- new\n"
    )
    found = find_sections(text, markup)
    assert all(text[one.start : one.end] == one.text for one in found)
    try:
        after = insert_section(text, new, "1.24.4", markup)
        require_only_addition(text, after, new, "1.24.4", markup)
    except (Unplaceable, NotProven):
        return
    inserted = section_for(after, "1.24.4", markup)
    assert inserted
    if inserted.text.replace("\r\n", "\n").strip("\n") == new.strip("\n"):
        assert insert_section(after, new, "1.24.4", markup) == after
    assert [one.strip() for one in after.replace("\r\n", "\n").split("\n")].count("- new") == 1


# What is not released yet


UNRELEASED = st.sampled_from(["Unreleased", "[Unreleased]", "Next release", "Upcoming", "Not yet released"])


@settings(deadline=None)
@given(merges(), UNRELEASED)
def test_the_newest_section_is_inserted_below_what_is_not_released(
    drawn: tuple[Style, dict[str, str], str], title: str
) -> None:
    style, parts, _ = drawn
    newest = max(parts, key=Version)
    heading = style.title.format(version=newest).splitlines()[-1]
    mark = heading[: len(heading) - len(heading.lstrip("#"))]
    name = f"{mark} {title}" if mark else title
    underline = f"{style.underline * len(name)}\n" if style.underline else ""
    part = re.sub("\n", style.newline, f"{name}\n{underline}\n- By hand.\n\n\n")
    released = style.changelog(without(parts, newest))
    first = find_sections(released, style.markup)[0].start
    before = released[:first] + part + released[first:]
    section = style.section(newest, parts[newest])
    after = insert_section(before, section, newest, style.markup)
    assert after.index("By hand.") < after.index(find_sections(after, style.markup)[0].heading)
    assert versions(after, style.markup) == sorted(parts, key=Version, reverse=True)
    require_only_addition(before, after, section, newest, style.markup)
    assert insert_section(after, section, newest, style.markup) == after
    assert remove_section(after, newest, style.markup).split() == before.split()
    if style.newline == "\r\n":
        assert "\n" not in after.replace("\r\n", "")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_list_of_what_is_not_released_alone_gets_the_first_section_below(newline: str) -> None:
    text = (
        "# Changelog\n\n<!-- towncrier release notes start -->\n\n## Unreleased\n\n- x\n\n[unreleased]: y\n"
    )
    text = text.replace("\n", newline)
    after = insert_section(text, MARKDOWN_NEW, "1.24.3", Markup.MARKDOWN)
    assert after.index("- x") < after.index("1.24.3") < after.index("[unreleased]:")
    assert after.split() == (text.split("[unr")[0] + MARKDOWN_NEW + "[unreleased]: y").split()


def test_a_version_that_is_not_released_is_placed_by_its_number() -> None:
    text = section_of("1.25.0").replace("(2026-11-22)", "(unreleased)") + section_of("1.24.0")
    after = insert_section(text, section_of("1.24.1"), "1.24.1")
    assert versions(after) == ["1.25.0", "1.24.1", "1.24.0"]


# remove_section


@settings(deadline=None)
@given(merges())
def test_a_section_that_was_replaced_is_where_it_was(drawn: tuple[Style, dict[str, str], str]) -> None:
    style, parts, version = drawn
    whole = style.changelog(parts)
    section = section_for(whole, version, style.markup)
    assert section
    less = remove_section(whole, version, style.markup)
    assert section_for(less, version, style.markup) is None
    assert remove_section(less, version, style.markup) == less
    again = insert_section(less, section.text, version, style.markup)
    assert again.split() == whole.split()
    assert versions(again, style.markup) == versions(whole, style.markup)
