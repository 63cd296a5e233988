"""Text from outside is safe to show: its control characters are escaped, and its secrets are hidden."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from patchwright.masking import HIDDEN, hide_secrets
from patchwright.text import quantity, safe_line, safe_text

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
    assert safe_text(given) == shown


def test_a_safe_line_is_one_line() -> None:
    assert safe_line(" two\n\tlines \x1b ") == "two lines \\x1b"


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
    assert hide_secrets(given) == shown


@pytest.mark.parametrize("name", ["GH_TOKEN", "HATCH_INDEX_AUTH", "TWINE_PASSWORD", "my_api_key"])
def test_secrets_of_the_environment_are_hidden(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "open sesame")
    assert safe_text("it is 'open sesame'.") == "it is '***'."


def test_a_short_value_is_not_hidden_as_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "x")
    assert safe_text("extra") == "extra"


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    shown = safe_text(text)
    assert {unicodedata.category(c) for c in shown if c not in "\n\t"} & {"Cc", "Cf", "Cs", "Co"} == set()
    assert safe_text(shown) == shown
    shown.encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Z", "C"], exclude_characters="/"), min_size=1))
def test_a_password_in_a_url_is_never_shown(password: str) -> None:
    assert safe_text(f"https://ada:{password}@host/path") == f"https://{HIDDEN}@host/path"


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (1, "fragment", "1 fragment"),
        (2, "fragment", "2 fragments"),
        (0, "commit", "0 commits"),
        (1, "branch", "1 branch"),
        (2, "branch", "2 branches"),
    ],
)
def test_a_noun_agrees_with_its_number(number: int, noun: str, text: str) -> None:
    assert quantity(number, noun) == text
