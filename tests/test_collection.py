"""The collection: names, flags and help of the tasks, alone and in the collection of a project."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from invoke import Collection, Context, Exit, Program, task

import patchwright
from patchwright.collection import release
from patchwright.commands import abandon, patch, practice, rehearse, status, step
from patchwright.pipeline import STEPS

# Invoke gives out the help of a flag only once (Invoke 3.0), so this must be the first use of the flags.
CONTEXTS = patchwright.ns.to_contexts()
STEP_NAMES = [step.name for step in STEPS]
TASKS = {"patch", "status", "rehearse", "abandon", "preview", *STEP_NAMES}


def flags(name: str) -> set[str]:
    """Return the flags of a task."""
    return {flag for context in CONTEXTS if context.name == name for flag in context.flags}


def run_inv(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run inv with the arguments in this process, and return its output."""
    Program(namespace=patchwright.ns).run(["inv", *arguments], exit=False)
    return capsys.readouterr().out


def record_calls(monkeypatch: pytest.MonkeyPatch, command: ModuleType, result: object = None) -> list[Any]:
    """Replace the `run` of a command, and return the list of its calls without the context."""
    calls: list[Any] = []

    def run(_c: Context, *arguments: object, **flags: object) -> object:
        calls.append((arguments, flags))
        return result

    monkeypatch.setattr(command, "run", run)
    return calls


def test_these_are_the_tasks() -> None:
    assert set(patchwright.ns.task_names) == {"practice", *(f"release.{name}" for name in TASKS)}


def test_no_task_has_post_tasks_because_invoke_runs_equal_ones_only_once() -> None:
    assert [name for name in TASKS if release[name].post or release[name].pre] == []


@pytest.mark.parametrize(
    "name", sorted(TASKS - {"abandon", "patch", "pick", "preview", "rehearse", "status"})
)
def test_a_step_has_the_version_flag_only(name: str) -> None:
    assert flags(f"release.{name}") == {"--version"}


def test_the_other_tasks_have_these_flags() -> None:
    whole = {
        "--version",
        "--patches",
        "--message",
        "--skip-check",
        "--integrate-later",
        "--yes",
        "--published",
        "--release-only",
    }
    assert flags("release.pick") == {"--version", "--patches", "--yes"}
    assert flags("release.patch") == whole
    assert flags("release.rehearse") == whole
    assert flags("release.preview") == {"--version", "--patches", "--message", "--json"}
    assert flags("release.status") == {"--version", "--json"}
    assert flags("release.abandon") == {"--version", "--yes"}
    assert flags("practice") == {
        "--patches", "--fail", "--newer-series", "--by-hand", "--keep", "--directory",
        "--version-source",
    }  # fmt: skip  # one list


def test_no_argument_is_positional_and_each_flag_and_task_has_a_help_text() -> None:
    for context in CONTEXTS:
        assert context.positional_args == [], context.name
        assert all(argument.help for argument in context.args.values()), context.name
        assert patchwright.ns[str(context.name)].__doc__, context.name


@pytest.mark.parametrize("name", sorted(TASKS))
def test_each_task_shows_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = run_inv(capsys, "--help", f"release.{name}")
    assert f"inv[oke] [--core-opts] release.{name} [--options]" in shown.replace("inv ", "inv[oke] ", 1)
    assert "--version=STRING" in shown


def test_the_listing_shows_each_step_with_its_title(capsys: pytest.CaptureFixture[str]) -> None:
    shown = " ".join(run_inv(capsys, "--list").split())
    for each in STEPS:
        assert f"release.{each.name} {each.title}." in shown


def test_patch_and_rehearse_pass_on_their_flags(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--version", "1.24", "--patches", "a", "--patches", "b,c", "--message", "Fix", "--yes"]
    passed = {
        "version": "1.24", "patches": ["a", "b,c"], "message": "Fix",
        "skip_check": False, "integrate_later": False, "yes": True, "published": False, "release_only": (),
    }  # fmt: skip  # one set of flags
    patched, rehearsed = record_calls(monkeypatch, patch), record_calls(monkeypatch, rehearse, result=0)

    run_inv(capsys, "release.patch", *arguments)
    run_inv(capsys, "release.rehearse", *arguments)

    assert patched == rehearsed == [((), passed)]


def test_two_releases_in_one_command_are_both_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = record_calls(monkeypatch, patch)
    run_inv(capsys, "release.patch", "--version", "1.23", "release.patch", "--version", "1.24", "--yes")
    assert [flags["version"] for _, flags in calls] == ["1.23", "1.24"]


def test_the_patch_task_is_a_function_too(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = record_calls(monkeypatch, patch)
    release["patch"](Context(), version="1.24", yes=True)
    assert calls == [
        (
            (),
            {
                "version": "1.24", "patches": (), "message": None,
                "skip_check": False, "integrate_later": False, "yes": True, "published": False,
                "release_only": (),
            },
        )
    ]  # fmt: skip  # one set of flags


@pytest.mark.parametrize("each", STEPS, ids=STEP_NAMES)
def test_a_step_task_runs_its_step(
    each: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = record_calls(monkeypatch, step)
    run_inv(capsys, f"release.{getattr(each, 'name', '')}", "--version", "1.24")
    more = {"patches": (), "yes": False} if getattr(each, "name", "") == "pick" else {}
    assert calls == [((each,), {"version": "1.24", **more})]


def test_status_and_abandon_pass_on_their_flags(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown, abandoned = record_calls(monkeypatch, status), record_calls(monkeypatch, abandon)
    run_inv(capsys, "release.status", "--json")
    run_inv(capsys, "release.abandon", "--version", "1.24.1", "--yes")
    assert shown == [((None,), {"as_json": True})]
    assert abandoned == [(("1.24.1",), {"yes": True})]


@pytest.mark.parametrize(
    ("command", "name"),
    [(practice, "practice"), (rehearse, "release.rehearse")],
    ids=["practice", "rehearse"],
)
@pytest.mark.parametrize("code", [0, 5])
def test_the_exit_status_is_that_of_the_inner_release(
    command: ModuleType, name: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_calls(monkeypatch, command, result=code)
    with pytest.raises(Exit) as raised:
        patchwright.ns[name](Context())
    assert raised.value.code == code


def test_a_collection_of_a_project_keeps_its_tasks_and_its_configuration() -> None:
    @task
    def greet(_c: Context) -> None:
        """Say good morning."""

    own = Collection(greet, release)
    own.configure({"patchwright": {"remote": "upstream"}, "mine": True})

    assert set(own.task_names) == {"greet", *(f"release.{name}" for name in TASKS)}
    assert own.configuration("release.patch")["patchwright"] == {"remote": "upstream"}
    assert own.configuration("greet")["mine"] is True
    assert patchwright.ns.configuration("release.patch") == {}
