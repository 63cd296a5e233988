"""The interface: names, flags and help of the tasks, in patchwright's collection and in somebody else's."""

from __future__ import annotations

import pytest
from invoke import Collection, Context, Program, task

import patchwright

# Not by the package's name `release`, which names the module as well once that is imported.
from patchwright.collection import release
from patchwright.pipeline import STEPS

STEP_NAMES = [
    "preflight", "checkout", "pick", "check", "bump", "changelog",
    "push", "watch-qa", "tag", "watch-release", "clean-up", "integrate-master",
]  # fmt: skip  # the order of the process
# Once, and first: Invoke gives out the help of a flag a single time (Invoke 3.0).
CONTEXTS = patchwright.ns.to_contexts()
TASKS = {"patch", "status", "rehearse", "abandon", *STEP_NAMES}


def flags(name: str) -> set[str]:
    """Return the flags of a task of the release."""
    return {flag for context in CONTEXTS if context.name == name for flag in context.flags}


def test_the_steps_are_the_steps_of_the_process_in_its_order() -> None:
    assert [step.name for step in STEPS] == STEP_NAMES
    assert [post.name for post in release["patch"].post] == STEP_NAMES


def test_each_step_needs_only_steps_that_come_before_it() -> None:
    for at, step in enumerate(STEPS):
        assert set(step.needs) <= set(STEP_NAMES[:at]), step.name


def test_the_tasks_are_these() -> None:
    assert set(patchwright.ns.task_names) == {"practice", *(f"release.{name}" for name in TASKS)}


@pytest.mark.parametrize("name", sorted(TASKS - {"patch", "rehearse", "status"}))
def test_a_step_takes_the_series_and_nothing_else(name: str) -> None:
    assert flags(f"release.{name}") == {"--version"}


def test_the_whole_release_takes_what_is_to_be_released() -> None:
    whole = {"--version", "--patches", "--message", "--skip-check", "--yes"}
    assert flags("release.patch") == whole
    assert flags("release.rehearse") == whole
    assert flags("release.status") == {"--version", "--json"}


def test_nothing_is_positional_and_everything_is_explained() -> None:
    for context in CONTEXTS:
        assert context.positional_args == [], context.name
        assert all(argument.help for argument in context.args.values()), context.name
        assert patchwright.ns[str(context.name)].__doc__, context.name


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_task_can_be_asked_for_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Program(namespace=patchwright.ns).run(["inv", "--help", f"release.{name}"], exit=False)
    told = capsys.readouterr().out
    assert f"inv[oke] [--core-opts] release.{name} [--options]" in told.replace("inv ", "inv[oke] ", 1)
    assert "--version=STRING" in told


def test_a_listing_tells_what_each_task_makes_true(capsys: pytest.CaptureFixture[str]) -> None:
    Program(namespace=patchwright.ns).run(["inv", "--list"], exit=False)
    told = capsys.readouterr().out
    for step in STEPS:
        assert f"release.{step.name}" in told
    assert "Make it true that the signed tag of that exact commit is on origin." in " ".join(told.split())


def test_a_collection_of_ones_own_keeps_its_tasks_and_its_configuration() -> None:
    @task
    def greet(_c: Context) -> None:
        """Say good morning."""

    own = Collection(greet, release)
    own.configure({"patchwright": {"remote": "upstream"}, "mine": True})

    assert set(own.task_names) == {"greet", *(f"release.{name}" for name in TASKS)}
    assert own.configuration("release.patch")["patchwright"] == {"remote": "upstream"}
    assert own.configuration("greet")["mine"] is True
    assert patchwright.ns.configuration("release.patch") == {}
