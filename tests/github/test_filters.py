"""Filter patterns for branches, tags and paths: GitHub's own examples, and an independent model."""

from __future__ import annotations

import functools
from itertools import pairwise

import pytest
from hypothesis import assume, given, strategies as st

from patchwright.github.filters import matches


@pytest.mark.parametrize(
    ("patterns", "name", "is_accepted"),
    [
        (["release-1.24"], "release-1.24", True),
        (["release-1.2"], "release-1.24", False),
        (["releases/**"], "releases/1/24", True),
        (["releases/*"], "releases/1/24", False),
        (["v[12].[0-9]+.[0-9]+"], "v1.24.3", True),
        (["v[12].[0-9]+.[0-9]+"], "v3.24.3", False),
        (["*", "!wip"], "wip", False),
        (["!wip", "*"], "wip", True),
        (["!wip"], "release-1.24", False),
        (["v*", "!v*rc*", "v2rc1"], "v2rc1", True),
        (["release-1.2?"], "release-1.", True),
        (["release-1x24"], "release-1.24", False),
        ("release-*", "release-1.24", True),
        ([], "master", False),
    ],
)
def test_the_last_pattern_that_matches_decides(
    patterns: str | list[str], name: str, *, is_accepted: bool
) -> None:
    assert matches(patterns, name) is is_accepted


@pytest.mark.parametrize(
    ("pattern", "accepted", "rejected"),
    [
        # From GitHub's cheat sheet for branches and tags.
        ("feature/*", ["feature/my-branch"], ["feature/beta-a/my-branch", "feature"]),
        ("feature/**", ["feature/beta-a/my-branch", "feature/my-branch"], ["feature"]),
        ("**", ["all/the/branches", "every/tag", "main"], []),
        ("*feature", ["mona-feature", "feature", "ver-10-feature"], ["a/feature", "features"]),
        ("v2*", ["v2", "v2.0", "v2.9"], ["v1", "v2/x"]),
        ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.x.0"]),
        # From GitHub's cheat sheet for paths.
        ("*", ["README.md", "server.rb"], ["docs/README.md"]),
        ("*.jsx?", ["page.js", "page.jsx"], ["page.j", "page.jsxx"]),
        ("*.js", ["app.js", "index.js"], ["js/index.js"]),
        ("**.js", ["index.js", "js/index.js", "src/js/app.js"], ["index.jsx"]),
        ("docs/*", ["docs/README.md"], ["docs/mona/octocat.txt"]),
        ("docs/**", ["docs/README.md", "docs/mona/octocat.txt"], ["docs", "a/docs/x"]),
        ("docs/**/*.md", ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"], ["x.md"]),
        ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["adocs/x"]),
        ("**/README.md", ["README.md", "js/README.md"], ["js/aREADME.md"]),
        ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["a/srcs/app.js"]),
        ("**/*-post.md", ["my-post.md", "path/their-post.md"], ["post.md"]),
        ("**/migrate-*.sql", ["migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"], ["a"]),
        # A repeated star, and what only Python would read otherwise.
        ("a*+b", ["ab", "axxb"], ["a/b"]),
        ("a?+b", ["b", "ab", "aaab"], ["xb"]),
        ("[a^]", ["a", "^"], ["b"]),
        ("+?", ["+", ""], ["++"]),
        (r"a\*", ["a*"], ["ab"]),
    ],
)
def test_patterns_match_as_in_the_examples_of_github(
    pattern: str, accepted: list[str], rejected: list[str]
) -> None:
    assert [name for name in accepted if not matches(pattern, name)] == []
    assert [name for name in rejected if matches(pattern, name)] == []


# An independent model: a pattern is a list of items, and an item with its bounds consumes characters.

ATOMS = st.one_of(
    st.sampled_from("abv./-").map(lambda one: (one, frozenset(one))),
    st.sampled_from(["ab", "a-c", "./"]).map(
        lambda inside: (f"[{inside}]", frozenset("abc" if inside == "a-c" else inside))
    ),
)
Item = tuple[tuple[str, frozenset[str]], str]
ITEMS: st.SearchStrategy[Item] = st.one_of(
    st.tuples(ATOMS, st.sampled_from(["", "?", "+", "?+", "+?", "++"])),
    st.sampled_from(["*", "**"]).map(lambda star: ((star, frozenset()), "")),
)


def model(items: list[Item], text: str) -> bool:
    """Return whether items consume a text, by trying every number of characters for each item."""

    @functools.cache
    def consumes(item: int, at: int) -> bool:
        if item == len(items):
            return at == len(text)
        (written, allowed), repeats = items[item]
        follows_stars = written == "**" and item + 1 < len(items) and items[item + 1] == SLASH
        if follows_stars and any(
            consumes(item + 2, end)
            for end in [at, *(i + 1 for i in range(at + 1, len(text)) if text[i] == "/")]
        ):
            return True
        if follows_stars:
            return False
        least = 0 if written in {"*", "**"} or "?" in repeats else 1
        most = len(text) if written in {"*", "**"} or "+" in repeats else 1
        for count in range(most + 1):
            part = text[at : at + count]
            if len(part) < count or not all(
                one != "/" if written == "*" else written == "**" or one in allowed for one in part
            ):
                return False
            if count >= least and consumes(item + 1, at + count):
                return True
        return False

    return consumes(0, 0)


SLASH = (("/", frozenset("/")), "")


@given(st.lists(ITEMS, max_size=6), st.text("abv./-", max_size=10))
def test_a_pattern_matches_what_an_independent_model_accepts(items: list[Item], text: str) -> None:
    pattern = "".join(f"{written}{repeats}" for (written, _), repeats in items)
    stars = [written in {"*", "**"} for (written, _), _ in items]
    assume(not any(one and other for one, other in pairwise(stars)))
    assume("**/+" not in pattern and "**/?" not in pattern)
    assert matches(pattern, text) is model(items, text), pattern


@given(
    st.lists(st.tuples(st.booleans(), st.text("ab*", min_size=1, max_size=3)), max_size=5),
    st.text("ab", max_size=3),
)
def test_order_decides_between_patterns(rules: list[tuple[bool, str]], text: str) -> None:
    patterns = [f"{'!' * excludes}{pattern}" for excludes, pattern in rules]
    decisive = [excludes for excludes, pattern in rules if matches(pattern, text)]
    assert matches(patterns, text) is (bool(decisive) and not decisive[-1])
