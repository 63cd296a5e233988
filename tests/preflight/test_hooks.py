"""Checks of the hooks that git starts for a release."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fake_release import fake_release
from patchwright.halts import Prerequisite
from patchwright.preflight import hooks
from patchwright.releases.release import Release
from patchwright.tools import maintainer


class Said:
    """A progress that records what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """A release of a clone whose hooks are in `my hooks`."""
    (tmp_path / "my hooks").mkdir()
    monkeypatch.setattr(maintainer, "hook_directory", lambda _git: tmp_path / "my hooks")
    return fake_release(tmp_path)


def write(release: Release, name: str, content: bytes, mode: int = 0o755) -> Path:
    hook = release.clone.top / "my hooks" / name
    hook.write_bytes(content)
    hook.chmod(mode)
    return hook


@pytest.mark.parametrize(
    "first",
    [
        b"#!/bin/sh",
        b"#! /bin/sh -e",
        b"#!/usr/bin/env sh",
        b"#!/usr/bin/env -S sh -e",
        b"#!/usr/bin/env A=b sh",
        f"#!{sys.executable}".encode(),
        b"\x7fELF\x02\x01",
        b"",
        b"echo no first line",
        b"#!",
    ],
)
def test_hooks_that_can_run_pass(release: Release, first: bytes) -> None:
    write(release, "pre-commit", first + b"\nexit 1\n")
    hooks.require_hooks(release)


def test_a_clone_without_hooks_passes(release: Release) -> None:
    hooks.require_hooks(release)
    write(release, "pre-commit.sample", b"#!/nowhere/sh\n")
    write(release, "post-commit", b"#!/nowhere/sh\n")
    hooks.require_hooks(release)


@pytest.mark.parametrize(
    ("first", "missing"),
    [
        (b"#!/nowhere/python3", "/nowhere/python3"),
        (b"#!/usr/bin/env no-such-program", "no-such-program"),
        (b"#!/usr/bin/env -S no-such-program -e", "no-such-program"),
        (b"#!/bin/sh\r", "/bin/sh\\r"),
    ],
)
def test_a_hook_whose_interpreter_is_missing_halts(release: Release, first: bytes, missing: str) -> None:
    hook = write(release, "commit-msg", first + b"\nexit 0\n")
    with pytest.raises(Prerequisite, match=r"cannot run hooks of this clone: commit-msg\.$") as raised:
        hooks.require_hooks(release)
    assert raised.value.evidence == (f"{hook}: {missing} does not exist",)


def test_every_hook_that_cannot_run_is_named(release: Release) -> None:
    for name in ("pre-commit", "pre-push"):
        write(release, name, b"#!/nowhere/sh\n")
    with pytest.raises(Prerequisite, match="hooks of this clone: pre-commit, pre-push"):
        hooks.require_hooks(release)


def test_a_hook_that_git_ignores_is_reported(release: Release) -> None:
    release.progress = said = Said()  # type: ignore[assignment]  # only `say` is needed
    hook = write(release, "pre-push", b"#!/nowhere/sh\n", mode=0o644)
    hooks.require_hooks(release)
    hooks.report_ignored_hooks(release)
    assert said.said == [
        f"the hook pre-push is not executable, so git does not run it; if it should run: chmod +x '{hook}'"
    ]
