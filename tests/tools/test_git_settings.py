"""Settings that no configuration may change, and the variables that give them to git."""

from __future__ import annotations

import pytest

from patchwright.tools.git_settings import PLAIN_MERGE, merge_settings, settings_variables


def test_every_merge_driver_is_replaced_and_those_of_git() -> None:
    settings = dict(
        merge_settings({"merge.ours.driver": ("true",), "merge.ours.name": ("x",), "user.name": ("y",)})
    )
    assert settings["merge.ours.driver"] == settings["merge.union.driver"] == PLAIN_MERGE
    assert settings["merge.default"] == "text"
    assert "merge.ours.name" not in settings


@pytest.mark.parametrize(("given", "first"), [(None, 0), ("2", 2), ("wrong", 0)])
def test_settings_are_added_to_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, given: str | None, first: int
) -> None:
    monkeypatch.delenv("GIT_CONFIG_COUNT", raising=False)
    if given:
        monkeypatch.setenv("GIT_CONFIG_COUNT", given)
    assert settings_variables([("a.b", "1"), ("a.b", "2")]) == {
        "GIT_CONFIG_COUNT": str(first + 2),
        f"GIT_CONFIG_KEY_{first}": "a.b",
        f"GIT_CONFIG_VALUE_{first}": "1",
        f"GIT_CONFIG_KEY_{first + 1}": "a.b",
        f"GIT_CONFIG_VALUE_{first + 1}": "2",
    }
