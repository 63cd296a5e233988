"""A remote means one repository on GitHub, whatever its URL looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from patchwright.github.repository import Repo
from patchwright.releases.identity import configured_repo, repo_of_url
from patchwright.settings import Settings
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell


@pytest.mark.parametrize(
    ("url", "hostname"),
    [
        ("git@github-work:acme/gizmo.git", "github.com"),
        ("ssh://git@gh/acme/gizmo", "ssh.github.com"),
        ("Work:acme/gizmo", "GitHub.com"),
    ],
)
def test_an_alias_of_ssh_means_the_host_behind_it(
    tmp_path: Path, fp: FakeProcess, url: str, hostname: str
) -> None:
    fp.register(["git", "config", "--get", "core.sshCommand"], returncode=1)
    fp.register(["ssh", "-G", "--", fp.any()], stdout=f"hostname {hostname}\n")
    assert repo_of_url(Git(Shell(tmp_path), tmp_path), url) == Repo("github.com", "acme", "gizmo")


def test_ssh_is_not_asked_about_other_urls(tmp_path: Path) -> None:
    git = Git(Shell(tmp_path), tmp_path)
    assert repo_of_url(git, "https://github.com/acme/gizmo") == Repo("github.com", "acme", "gizmo")
    assert repo_of_url(git, str(tmp_path)) is None


@pytest.mark.parametrize(
    ("setting", "repo"),
    [
        ("", None),
        ("acme/gizmo", Repo("github.com", "acme", "gizmo")),
        ("github.example/acme/gizmo", Repo("github.example", "acme", "gizmo")),
    ],
)
def test_a_setting_names_the_repository(setting: str, repo: Repo | None) -> None:
    assert configured_repo(Settings(repository=setting)) == repo
