"""The tasks for the people who work on patchwright."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import cast
from unittest.mock import Mock

import pytest
from invoke import MockContext, Result

import development
from development import dev

TASKS = {
    "test", "journeys", "truth", "lint", "types", "bench", "transcripts", "pictures", "replay", "package",
}  # fmt: skip  # one list
CONTRIBUTING = Path(__file__).parent.parent / "CONTRIBUTING.md"


def started(context: MockContext) -> list[list[str]]:
    """Return the arguments that this Python was started with, in order."""
    calls = cast("Mock", context.run).call_args_list
    commands = [shlex.split(call.args[0].rpartition(" && ")[2]) for call in calls]
    assert all(command[0] == sys.executable for command in commands)
    return [command[1:] for command in commands]


@pytest.fixture
def context() -> MockContext:
    return MockContext(run=Result(), repeat=True)


def test_the_tasks_are_these_and_all_are_documented() -> None:
    assert set(dev.task_names) == TASKS
    text = CONTRIBUTING.read_text(encoding="utf-8")
    for name in TASKS:
        assert f"inv dev.{name}" in text
        assert dev[name].__doc__


def test_unit_tests_and_journeys_are_all_the_tests(context: MockContext) -> None:
    development.units(context)
    development.journeys(context)
    marked = [command[command.index("-m", 2) + 1] for command in started(context)]
    assert marked == ["not journey", "journey"]


def test_a_part_of_the_tests_can_be_chosen(context: MockContext) -> None:
    development.units(context, only="tag and not push", path="tests/github")
    assert started(context)[0][-3:] == ["-k", "tag and not push", "tests/github"]


def test_every_made_history_is_compared_with_the_truth(context: MockContext) -> None:
    development.truth(context)
    assert started(context)[0][-3:] == ["--histories", "2000", "tests/patches/test_truth.py"]


def test_a_repository_to_replay_is_found_from_where_the_command_was_typed(
    context: MockContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    development.replay(context, "clone", series="1.24", limit=3)
    assert started(context) == [
        ["tests/replay.py", str(tmp_path / "clone"), "--series", "1.24", "--limit", "3"]
    ]
