"""The replay on histories whose maintainers made no error, and on a repository without releases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import replay
from histories import Flavour, History, several_series

pytestmark = pytest.mark.journey

MARKDOWN = Flavour(markup="md", changelog="CHANGES.md", mainline="main", branch="{series}.x", tag="{version}")


def test_generated_histories_are_replayed_exactly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    several_series(tmp_path / "made", MARKDOWN, together=True, keep=False)
    assert replay.main([str(tmp_path / "made"), "--json", "--series", "1.24"]) == 0
    replays = json.loads(capsys.readouterr().out)
    assert [one["version"] for one in replays] == ["1.24.1", "1.24.2", "1.24.3"]
    assert [one["expected"] for one in replays] == [1, 1, 0]
    for one in replays:
        words = [one[part]["word"] for part in ("picks", "made", "mainline")]
        assert words == ["same", "same tree", "identical"], one


def test_a_repository_without_release_branches_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = History(tmp_path / "made")
    history.begin()
    for version in ("1.0.0", "1.0.1"):
        history.add("master", f"{version[-1]}.bugfix", f"Repair it for {version}.")
        history.release("master", version)
    assert replay.main([str(tmp_path / "made")]) == 0
    assert "not replayed: 1 because it was made on the mainline" in capsys.readouterr().out
    assert replay.main([str(tmp_path)]) == 2
