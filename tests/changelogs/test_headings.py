"""Headings in reStructuredText and Markdown, with their exact offsets."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings, strategies as st

from patchwright.changelogs.headings import Markup, find_headings, markup_of_file, split_lines


def found(text: str, markup: Markup) -> list[tuple[int, str]]:
    return [(heading.rank, heading.title) for heading in find_headings(dedent(text), markup)]


def cut(text: str, markup: Markup) -> list[str]:
    return [text[heading.start : heading.end] for heading in find_headings(text, markup)]


def test_titles_have_underlines_and_overlines_of_any_character() -> None:
    text = """\
        *********
        Changelog
        *********

        1.24.3
        ======

        Repairs
        ^^^^^^^
        - one

        -------
         1.24.2
        -------
        1.24.1
        ======
    """
    assert found(text, Markup.RST) == [
        (1, "Changelog"),
        (2, "1.24.3"),
        (3, "Repairs"),
        (4, "1.24.2"),
        (2, "1.24.1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Literal::\n\n    1.24.3\n    ======\n",
        ".. code::\n\n   1.24.3\n   ======\n",
        "..\n   1.24.3\n   ======\n",
        "A paragraph that goes on\n1.24.3\n------\n",
        "- 1.24.3\n--------\n",
        "text\n\n----\n\nmore\n",
        "1.24.3\n==\n",
        "====  ====\n1.24  1.23\n====  ====\n",
        ".. _1.24.3:\n===========\n",
        "======\n1.24.3\n------\n".replace("------", ""),
    ],
)
def test_text_that_only_looks_like_a_title_is_not_a_heading(text: str) -> None:
    assert find_headings(text, Markup.RST) == []


def test_a_title_follows_an_indented_block_or_a_list_directly() -> None:
    assert found("- item\n  more\n1.24.3\n======\n", Markup.RST) == [(1, "1.24.3")]
    assert found("- item\n1.24.3\n======\n", Markup.RST) == [(1, "1.24.3")]


def test_a_transition_above_a_title_is_not_its_overline() -> None:
    text = "----\n\n1.24.3\n======\n"
    assert cut(text, Markup.RST) == ["1.24.3\n======\n"]


def test_an_underline_may_be_longer_or_a_little_shorter_than_its_title() -> None:
    assert found("3.5.1 (2018-12-24)\n====================\n", Markup.RST) == [(1, "3.5.1 (2018-12-24)")]
    assert found("Almanac 1.24.3\n=============\n", Markup.RST) == [(1, "Almanac 1.24.3")]


@pytest.mark.parametrize(
    "heading",
    [
        ".. _v1.24.3:\n\n1.24.3\n======\n",
        ".. _one:\n.. _two:\n\n1.24.3\n======\n",
        ".. _one:\n\n.. _two:\n\n======\n1.24.3\n======\n",
        ".. rst-class:: emphasized\n\n1.24.3\n======\n",
        ".. built by towncrier\n1.24.3\n======\n",
    ],
)
def test_anchors_and_comments_directly_above_belong_to_an_rst_heading(heading: str) -> None:
    assert cut(f"- before\n\n{heading}\n- after\n", Markup.RST) == [heading]


@pytest.mark.parametrize(
    "above",
    [
        ".. _the moon: https://example.org/moon\n",
        ".. |moon| replace:: the moon\n",
        ".. [1] a footnote\n",
        ".. a comment\n\n",
        ".. note:: a note\n",
    ],
)
def test_other_directives_above_an_rst_heading_do_not_belong_to_it(above: str) -> None:
    assert cut(f"- before\n\n{above}\n1.24.3\n======\n", Markup.RST) == ["1.24.3\n======\n"]


def test_markdown_has_two_kinds_of_headings() -> None:
    text = """\
        # Changelog

        ## 1.24.3 (2026-11-22)
        ### Repairs ###
        #hashtag
        1.24.2
        ------

        1.24.1
        ======
    """
    assert found(text, Markup.MARKDOWN) == [
        (1, "Changelog"),
        (2, "1.24.3 (2026-11-22)"),
        (3, "Repairs"),
        (2, "#hashtag\n1.24.2"),
        (1, "1.24.1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "```\n# 1.24.3\n```\n",
        "~~~~ python\n# 1.24.3\n~~~\n# 1.24.3\n~~~~\n",
        "    # 1.24.3\n",
        "- ```\n  # 1.24.3\n  ```\n",
        "- item\n\n  # 1.24.3\n",
        "<!--\n# 1.24.3\n-->\n",
        "> # 1.24.3\n",
        "---\ntitle: 1.24.3\n---\n",
        "---\ntitle: x\n# 1.24.3\n...\n",
        "- 1.24.3\n---\n",
    ],
)
def test_text_that_only_looks_like_a_markdown_heading_is_not_one(text: str) -> None:
    assert find_headings(text, Markup.MARKDOWN) == []


def test_a_fence_that_a_list_item_leaves_open_ends_with_the_item() -> None:
    assert found("- item\n  ```\n  # 1\n\n## 1.24.3\n", Markup.MARKDOWN) == [(2, "1.24.3")]


@pytest.mark.parametrize(
    "heading",
    [
        '<a id="v1.24.3"></a>\n## 1.24.3\n',
        '<a name="v1.24.3"/>\n\n## 1.24.3\n',
        "(v1-24-3)=\n## 1.24.3\n",
        "[](){ #v1.24.3 }\n\n## 1.24.3\n",
        "<!-- 1.24.3 -->\n## 1.24.3\n",
    ],
)
def test_anchors_and_comments_directly_above_belong_to_a_markdown_heading(heading: str) -> None:
    assert cut(f"- before\n\n{heading}\n- after\n", Markup.MARKDOWN) == [heading]


def test_front_matter_does_not_change_the_offsets_of_headings() -> None:
    assert cut("---\ntitle: x\n---\n\n# 1.24.3\n", Markup.MARKDOWN) == ["# 1.24.3\n"]


def test_a_byte_order_mark_hides_no_heading() -> None:
    assert cut("\ufeff# 1.24.3\n", Markup.MARKDOWN) == ["# 1.24.3\n"]
    assert cut("\ufeff1.24.3\n======\n", Markup.RST) == ["1.24.3\n======\n"]


@pytest.mark.parametrize(
    ("name", "markup"),
    [
        ("CHANGELOG.md", Markup.MARKDOWN),
        ("docs/NEWS.MD", Markup.MARKDOWN),
        ("docs/changelog.rst", Markup.RST),
        ("NEWS", None),
        ("CHANGES.txt", None),
    ],
)
def test_the_suffix_of_a_file_means_its_markup(name: str, markup: Markup | None) -> None:
    assert markup_of_file(name) is markup


TEXTS = st.lists(
    st.sampled_from(
        [
            "1.24.3",
            "======",
            "------",
            "# 1.24.3",
            "```",
            "- item",
            "  more",
            "",
            "\t",
            ".. _x:",
            ".. x",
            "<!--",
            "-->",
            "---",
            "\x0c",
            "a: b",
            "<a id='x'></a>",
            "\u2028",
            "::",
            "    code",
            "1.24.2",
        ]
    ).flatmap(lambda line: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda newline: line + newline)),
    max_size=14,
).map("".join)


@settings(deadline=None)
@given(TEXTS, st.sampled_from(Markup))
def test_headings_are_in_order_and_contain_their_titles(text: str, markup: Markup) -> None:
    end = 0
    for heading in find_headings(text, markup):
        assert end <= heading.start < heading.end <= len(text)
        assert heading.title.split("\n")[-1] in text[heading.start : heading.end]
        end = heading.end


@settings(deadline=None)
@given(TEXTS)
def test_the_lines_of_a_text_add_up_to_the_text(text: str) -> None:
    assert "".join(text[line.start : line.end] for line in split_lines(text)) == text
