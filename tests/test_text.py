"""Text from outside is shown and not obeyed, and keeps its secrets."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from patchwright.text import HIDDEN, line, plain, without_secrets

TOKEN = "ghp_0123456789abcdefghij"  # noqa: S105  the form of one


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\rb\x07\x9b", "a\\rb\\x07\\x9b"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\udcff", "\\udcff"),
        ("[red]not markup[/red]", "[red]not markup[/red]"),
        ("two\n\tlines", "two\n\tlines"),
        ("Ünïcödé 日本語", "Ünïcödé 日本語"),
    ],
)
def test_control_and_format_characters_are_escaped(given: str, shown: str) -> None:
    assert plain(given) == shown


def test_a_line_is_one_line() -> None:
    assert line(" two\n\tlines \x1b ") == "two lines \\x1b"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://ada:s3cret@github.com/o/n", "https://***@github.com/o/n"),
        ("https://ada:p@ss@github.com/o/n", "https://***@github.com/o/n"),
        ("fatal: 'ssh://git@github.com/o/n'", "fatal: 'ssh://***@github.com/o/n'"),
        ("git@github.com:o/n.git", "git@github.com:o/n.git"),
        ("https://github.com/o/n at user@host", "https://github.com/o/n at user@host"),
        ("https://h/p?access_token=abc&x=1", "https://h/p?access_token=***&x=1"),
        (f"x {TOKEN} y", "x *** y"),
        ("github_pat_0123456789abcdefghij_x", "***"),
        ("pypi-AgEIcHlwaS5vcmcCJDAwMD", "***"),
        ("> Authorization: Basic YWRhOnMzY3JldA== more\nnext", "> Authorization:***\nnext"),
    ],
)
def test_secrets_are_hidden(given: str, shown: str) -> None:
    assert without_secrets(given) == shown


@pytest.mark.parametrize("name", ["GH_TOKEN", "HATCH_INDEX_AUTH", "TWINE_PASSWORD", "my_api_key"])
def test_secrets_of_the_environment_are_hidden(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "open sesame")
    assert plain("it is 'open sesame'.") == "it is '***'."


def test_what_is_too_short_to_be_secret_does_not_garble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "x")
    assert plain("extra") == "extra"


@given(st.text())
def test_whatever_comes_can_be_shown(text: str) -> None:
    shown = plain(text)
    assert {unicodedata.category(c) for c in shown if c not in "\n\t"} & {"Cc", "Cf", "Cs", "Co"} == set()
    assert plain(shown) == shown
    shown.encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Z", "C"], exclude_characters="/"), min_size=1))
def test_no_password_of_a_url_is_shown(password: str) -> None:
    assert plain(f"https://ada:{password}@host/path") == f"https://{HIDDEN}@host/path"
