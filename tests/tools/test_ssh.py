"""ssh's own configuration says which host a name means."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from patchwright.tools import ssh
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    for name in ("GIT_SSH", "GIT_SSH_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    return Git(Shell(tmp_path), tmp_path)


def without_ssh_command(fp: FakeProcess) -> None:
    fp.register(["git", "config", "--get", "core.sshCommand"], returncode=1)


def test_an_alias_is_resolved_once(git: Git, fp: FakeProcess) -> None:
    without_ssh_command(fp)
    fp.register(["ssh", "-G", "--", "github-work"], stdout="user git\nhostname github.com\nport 22\n")
    assert [ssh.resolve_host(git, "github-work") for _ in range(2)] == ["github.com"] * 2


def test_the_ssh_command_of_git_is_asked(git: Git, fp: FakeProcess) -> None:
    fp.register(["git", "config", "--get", "core.sshCommand"], stdout="ssh -F '/home/ada/my config'\n")
    fp.register(["ssh", "-F", "/home/ada/my config", "-G", "--", "work"], stdout="hostname github.example\n")
    assert ssh.resolve_host(git, "work") == "github.example"


def test_the_environment_comes_before_the_configuration(
    git: Git, fp: FakeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -F other")
    fp.register(["ssh", "-F", "other", "-G", "--", "work"], stdout="hostname github.example\n")
    assert ssh.resolve_host(git, "work") == "github.example"


@pytest.mark.parametrize(("returncode", "stdout"), [(255, ""), (0, ""), (0, "usage: plink\n")])
def test_a_program_that_cannot_say_leaves_the_host_as_it_is(
    git: Git, fp: FakeProcess, returncode: int, stdout: str
) -> None:
    without_ssh_command(fp)
    fp.register(["ssh", "-G", "--", "work"], returncode=returncode, stdout=stdout)
    assert ssh.resolve_host(git, "work") == "work"


def test_a_command_that_is_not_valid_leaves_the_host_as_it_is(
    git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh 'unbalanced")
    assert ssh.resolve_host(git, "work") == "work"


@pytest.mark.journey
def test_real_ssh_resolves_aliases_patterns_and_includes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "more").write_text("Host gh-*\n  HostName ssh.github.com\n  Port 443\n")
    (tmp_path / "config").write_text(f"Include {tmp_path}/more\nHost github-work\n  HostName github.com\n")
    monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -F {tmp_path}/config")
    git = Git(Shell(tmp_path), tmp_path)
    hosts = ("github-work", "gh-private", "github.example")
    assert [ssh.resolve_host(git, host) for host in hosts] == [
        "github.com",
        "ssh.github.com",
        "github.example",
    ]
