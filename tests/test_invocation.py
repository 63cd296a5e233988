"""The next command fits the way in which the person called inv."""

from __future__ import annotations

import shlex

import pytest

from patchwright import invocation
from patchwright.invocation import ENTERING, TYPED

GROUND = "cd '/tmp/a ground/almanac' && . '/tmp/a ground/activate'"


def type_in(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setattr("sys.argv", shlex.split(command))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("inv release.push --version 1.24", "inv release.pick --version 1.24"),
        ("invoke -r '/my tasks' release.push", "invoke -r '/my tasks' release.pick --version 1.24"),
        ("inv -c patching rel.patch --version 1.24 --yes", "inv -c patching rel.pick --version 1.24"),
        ("inv patch --version 1.24", "inv pick --version 1.24"),
        ("inv -T 5 --search-root=x release.push", "inv -T 5 --search-root=x release.pick --version 1.24"),
        ("inv --dry release.patch --version 1.24", "inv --dry release.pick --version 1.24"),
        ("inv release.patch --version 1.24 --dry", "inv --dry release.pick --version 1.24"),
        ("inv clean release.push", "inv release.pick --version 1.24"),
        ("inv release.patch --message release.push", "inv release.pick --version 1.24"),
        ("inv ship", "inv release.pick --version 1.24"),
        ("gizmo rel.patch --version 1.24", "gizmo rel.pick --version 1.24"),
        ("/venv/lib/invoke/__main__.py release.push", "python -m invoke release.pick --version 1.24"),
        ("./some/bin/inv release.push", "./some/bin/inv release.pick --version 1.24"),
        ("pytest tests/test_tags.py -k pick", "inv release.pick --version 1.24"),
        ("inv release.rehearse --version 1.24 --yes", "inv release.rehearse --version 1.24 --yes"),
    ],
)
def test_another_task_is_called_as_the_present_one(
    monkeypatch: pytest.MonkeyPatch, typed: str, expected: str
) -> None:
    monkeypatch.setattr("sys.executable", "/venv/bin/python")
    type_in(monkeypatch, typed)
    assert invocation.task_command("pick", "1.24") == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("inv release.patch --version 1.24.3 --yes", "inv release.patch --yes --version 1.24.2"),
        ("inv release.push --version=1.24.3", "inv release.push --version 1.24.2"),
        ("inv release.patch --version 1.23,1.24.3", "inv release.patch --version 1.23,1.24.2"),
        ("inv release.preflight --version 1.24.3", "inv release.preflight --version 1.24.2"),
        (
            "inv release.patch --version 1.23 --yes release.patch --version 1.24.3 --message 'a b'",
            "inv release.patch --message 'a b' --version 1.24.2",
        ),
        ("pytest", "inv release.patch --version 1.24.2"),
    ],
)
def test_a_wrong_version_is_corrected_and_every_other_flag_stays(
    monkeypatch: pytest.MonkeyPatch, typed: str, expected: str
) -> None:
    type_in(monkeypatch, typed)
    assert invocation.corrected_command("1.24", version="1.24.2") == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "inv release.patch --version 1.24 --patches 1111111 --patches 2222222 --yes --skip-check",
            "inv release.patch --version 1.24 --yes --skip-check --patches abc",
        ),
        ("inv release.rehearse --version 1.24", "inv release.rehearse --version 1.24 --patches abc"),
        ("inv --dry release.patch --version 1.24", "inv --dry release.patch --version 1.24 --patches abc"),
        ("inv release.preflight", "inv --dry release.patch --version 1.24 --patches abc"),
        ("inv release.pick --version 1.24", "inv release.pick --version 1.24 --patches abc"),
        ("inv release.bump --version 1.24", "inv release.pick --version 1.24 --patches abc"),
        ("python", "inv release.patch --version 1.24 --patches abc"),
    ],
)
def test_other_patches_never_widen_what_was_asked(
    monkeypatch: pytest.MonkeyPatch, typed: str, expected: str
) -> None:
    type_in(monkeypatch, typed)
    assert invocation.corrected_command("1.24", patches="abc") == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("inv release.patch --version x", "inv --help release.patch"),
        ("invoke -c rel patch --version x", "invoke -c rel --help patch"),
        ("inv practice --fail x", "inv --help practice"),
        ("python", "inv --help release.patch"),
    ],
)
def test_help_is_for_the_task_that_was_typed(
    monkeypatch: pytest.MonkeyPatch, typed: str, expected: str
) -> None:
    type_in(monkeypatch, typed)
    assert invocation.help_command() == expected


def test_the_candidates_are_listed_without_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "inv --dry release.patch --version 1.24")
    assert invocation.candidates_command("1.24") == "inv --dry release.patch --version 1.24"
    type_in(monkeypatch, "inv -e release.patch --version 1.24")
    assert invocation.candidates_command("1.24") == "inv -e --dry release.patch --version 1.24"


def test_a_command_for_a_kept_practice_ground_leads_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENTERING, GROUND)
    type_in(monkeypatch, "inv release.patch --version 1.24 --yes")
    assert invocation.typed_command() == f"({GROUND} && inv release.patch --version 1.24 --yes)"
    assert invocation.place("gh auth status") == f"({GROUND} && gh auth status)"
    assert invocation.place(str(invocation.typed_command())) == invocation.typed_command()


@pytest.mark.parametrize("typed", ["inv release.rehearse --version 1.24", "inv practice --fail qa --keep"])
def test_what_another_command_started_is_begun_again(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv(TYPED, typed)
    type_in(monkeypatch, "inv release.patch --version 1.24 --yes")
    assert invocation.typed_command() == typed
    assert invocation.task_command("integrate-master", "1.24") == typed
    assert invocation.place("git tag --delete v1.24.1") == typed
    assert invocation.place(typed) == typed


def test_a_rehearsal_that_needs_other_patches_stays_a_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TYPED, "inv release.rehearse --version 1.24 --yes")
    type_in(monkeypatch, "inv release.patch --version 1.24 --yes")
    expected = "inv release.rehearse --version 1.24 --yes --patches abc"
    assert invocation.place(invocation.corrected_command("1.24", patches="abc")) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("inv release.patch --version 1.24 --patches", True),
        ("inv release.patch --patches --version 1.24", True),
        ("inv release.patch --patches '' --version 1.24", False),
        ("inv release.patch --patches abc", False),
        ("inv release.patch", False),
    ],
)
def test_a_flag_without_a_value_is_seen(
    monkeypatch: pytest.MonkeyPatch, typed: str, *, expected: bool
) -> None:
    type_in(monkeypatch, typed)
    assert invocation.lacks_value("--patches") is expected
