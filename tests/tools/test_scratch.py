"""The temporary repository, with real git: the clone's objects and configuration, but its own refs."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchwright.tools import scratch
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell
from repository import Repository

pytestmark = pytest.mark.journey


def test_a_tag_in_it_is_an_object_of_the_clone_but_not_a_ref(repository: Repository) -> None:
    tip = repository.commit("One")
    common = repository.path / ".git"
    with scratch.repository(repository.package_git, common) as env:
        repository.package_git.act("tag", "--annotate", "--message=One.", "v1", tip, env=env)
        tag = repository.package_git.ref("refs/tags/v1", env=env)
    assert tag is not None
    assert repository.git("cat-file", "-t", tag) == "tag"
    assert repository.package_git.ref("refs/tags/v1") is None
    assert list((common / "patchwright").iterdir()) == []


def test_the_configuration_of_the_clone_applies_including_conditional_includes(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit("One")
    (tmp_path / "work").write_text("[user]\n\tsigningKey = work\n")
    repository.git("config", "tag.gpgSign", "false")
    repository.git("config", f"includeIf.gitdir:{repository.path.parent}/.path", str(tmp_path / "work"))
    with scratch.repository(repository.package_git, repository.path / ".git") as env:
        for key, value in {"tag.gpgSign": "false", "user.signingKey": "work"}.items():
            assert repository.package_git.ask("config", "--get", key, env=env).line == value


def test_locks_of_a_killed_git_do_not_matter(repository: Repository) -> None:
    tip = repository.commit("One")
    common = repository.path / ".git"
    lock = common / "patchwright" / "scratch.git" / "refs" / "tags" / "v1.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with scratch.repository(repository.package_git, common) as env:
        repository.package_git.act("tag", "--annotate", "--message=One.", "v1", tip, env=env)
        assert repository.package_git.ref("refs/tags/v1", env=env)


def test_a_dry_run_creates_no_repository(repository: Repository) -> None:
    repository.commit("One")
    git = Git(Shell(repository.path, dry=True), repository.path)
    with scratch.repository(git, repository.path / ".git") as env:
        assert env == {}
    assert not (repository.path / ".git" / "patchwright").exists()
