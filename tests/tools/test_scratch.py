"""The throwaway repository, with real git: the clone's objects and configuration, and refs of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchwright.tools import scratch
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell
from repository import Repository

pytestmark = pytest.mark.journey


def test_a_tag_made_there_is_an_object_here_and_no_ref(repository: Repository) -> None:
    tip = repository.commit("One")
    common = repository.path / ".git"
    with scratch.repository(repository.asked, common) as env:
        repository.asked.act("tag", "--annotate", "--message=One.", "v1", tip, env=env)
        made = repository.asked.ref("refs/tags/v1", env=env)
    assert made is not None
    assert repository.git("cat-file", "-t", made) == "tag"
    assert repository.asked.ref("refs/tags/v1") is None
    assert list((common / "patchwright").iterdir()) == []


def test_what_the_clone_has_configured_holds_there_also_on_condition_of_its_place(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit("One")
    (tmp_path / "work").write_text("[user]\n\tsigningKey = work\n")
    repository.git("config", "tag.gpgSign", "false")
    repository.git("config", f"includeIf.gitdir:{repository.path.parent}/.path", str(tmp_path / "work"))
    with scratch.repository(repository.asked, repository.path / ".git") as env:
        for key, value in {"tag.gpgSign": "false", "user.signingKey": "work"}.items():
            assert repository.asked.ask("config", "--get", key, env=env).line == value


def test_what_a_killed_git_left_there_is_no_hindrance(repository: Repository) -> None:
    tip = repository.commit("One")
    common = repository.path / ".git"
    lock = common / "patchwright" / "scratch.git" / "refs" / "tags" / "v1.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with scratch.repository(repository.asked, common) as env:
        repository.asked.act("tag", "--annotate", "--message=One.", "v1", tip, env=env)
        assert repository.asked.ref("refs/tags/v1", env=env)


def test_when_dry_none_is_made(repository: Repository) -> None:
    repository.commit("One")
    git = Git(Shell(repository.path, dry=True), repository.path)
    with scratch.repository(git, repository.path / ".git") as env:
        assert env == {}
    assert not (repository.path / ".git" / "patchwright").exists()
