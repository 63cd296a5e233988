"""The editor is the one that git would open, started as git starts it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from patchwright.tools import editor
from patchwright.tools.shell import Shell

FILE = Path("list")


def test_the_editor_of_git_edits_the_file(
    fp: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIT_EDITOR", raising=False)
    fp.register(["env", "-u", "GIT_EDITOR", "git", "var", "GIT_EDITOR"], stdout="code --wait\n")
    fp.register(["sh", "-c", 'code --wait "$@"', "code --wait", str(FILE)], returncode=3)
    assert editor.edit(Shell(tmp_path), FILE) == 3


def test_the_variable_of_the_person_decides(
    fp: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_EDITOR", "vim -u NONE")
    fp.register(["env", "GIT_EDITOR=vim -u NONE", "git", "var", "GIT_EDITOR"], stdout="vim -u NONE\n")
    fp.register(["sh", "-c", 'vim -u NONE "$@"', "vim -u NONE", str(FILE)])
    assert editor.edit(Shell(tmp_path), FILE) == 0


def test_without_an_editor_gits_exit_status_is_returned(
    fp: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIT_EDITOR", raising=False)
    fp.register(["env", "-u", "GIT_EDITOR", "git", "var", "GIT_EDITOR"], returncode=128)
    assert editor.edit(Shell(tmp_path), FILE) == 128
