"""Throwaway copies of origin and of the maintainer's clone. What is copied stays as it is."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from fake_release import PLAN
from patchwright.progress import SilentProgress
from patchwright.releases import copies
from patchwright.releases.release import Release
from patchwright.settings import Settings
from patchwright.tools.git import Clone, Git
from patchwright.tools.shell import Shell
from repository import Project, Repository

pytestmark = pytest.mark.journey


@pytest.fixture
def release(project: Project) -> Release:
    """The release of 1.24.1 in a clone that lacks a commit of origin and has a commit of its own."""
    other = Repository(project.path.with_name("other"))
    other.git("pull", "--quiet", str(project.bare), "release-1.24")
    other.commit("Theirs", {"theirs.py": "x\n"})
    other.git("push", "--quiet", str(project.bare), "HEAD:refs/heads/release-1.24")
    project.git("checkout", "--quiet", "-b", "topic")
    project.commit("Mine", {"mine.py": "x\n"})
    clone = Clone(project.path, project.path / ".git", shallow=False)
    release = Release(Shell(project.path), Settings(), clone, SilentProgress())
    release.resolve(replace(PLAN, previous=project.git("rev-parse", "v1.24.0^{commit}")))
    return release


def refs(path: Path) -> dict[str, str]:
    """Return the branches and tags of a repository, by full name."""
    listed = subprocess.run(
        ["git", "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags"],
        cwd=path, check=True, capture_output=True, text=True,
    )  # fmt: skip  # the command, then how it runs
    return dict(line.split(" ") for line in listed.stdout.splitlines())


def files(path: Path) -> dict[Path, bytes]:
    return {one: one.read_bytes() for one in path.rglob("*") if one.is_file() and "objects" not in one.parts}


def test_both_copies_have_the_refs_and_every_object(
    release: Release, project: Project, tmp_path: Path
) -> None:
    before = files(project.path), files(project.bare)
    bare, clone = tmp_path / "copies" / "origin.git", tmp_path / "copies" / "clone"

    copies.fetch_origin(release)
    copies.copy_origin(release, bare, [project.path / ".git" / "objects"])
    copies.copy_clone(release, bare, clone)

    assert refs(bare) == refs(project.bare)
    assert refs(clone) == refs(project.path)
    for copy in (bare, clone):
        subprocess.run(["git", "fsck", "--full", "--strict"], cwd=copy, check=True, capture_output=True)
    assert [one.name for one in clone.iterdir()] == [".git"]
    assert (files(project.path), files(project.bare)) == before


def test_a_copy_has_the_settings_of_the_checkout_and_no_login(
    release: Release, project: Project, tmp_path: Path
) -> None:
    project.write({"keys/id.pub": "key\n"})
    for key, value in {
        "user.name": "Cleo",
        "user.signingKey": "keys/id.pub",
        "core.hooksPath": "hooks",
        "filter.x.clean": "cat",
        "rerere.enabled": "true",
        "credential.helper": "store",
        "http.https://github.com/.extraHeader": "AUTHORIZATION: basic secret",
        "url.https://token@github.com/.insteadOf": "https://github.com/",
    }.items():
        project.git("config", key, value)
    copies.fetch_origin(release)
    copies.copy_origin(release, tmp_path / "copy.git", [project.path / ".git" / "objects"])
    copies.copy_clone(release, tmp_path / "copy.git", tmp_path / "clone")
    before = (project.path / ".git" / "config").read_bytes()

    copies.configure(release, tmp_path / "clone", "http://stand-in/almanac.git")

    git = Git(release.shell, tmp_path / "clone")
    values = {key: git.config(key) for key in ("user.name", "user.signingkey", "core.hookspath")}
    assert values == {
        "user.name": "Cleo",
        "user.signingkey": str(project.path / "keys" / "id.pub"),
        "core.hookspath": str(project.path / "hooks"),
    }
    assert (git.config("filter.x.clean"), git.config("rerere.enabled")) == ("cat", "false")
    assert git.config("remote.origin.url") == "http://stand-in/almanac.git"
    written = (tmp_path / "clone" / ".git" / "config").read_text()
    assert not any(word in written for word in ("secret", "token", "credential"))
    assert (project.path / ".git" / "config").read_bytes() == before


def test_a_push_to_the_copy_does_not_reach_origin(release: Release, project: Project, tmp_path: Path) -> None:
    origin = refs(project.bare)
    copies.fetch_origin(release)
    copies.copy_origin(release, tmp_path / "copy.git", [project.path / ".git" / "objects"])
    copies.copy_clone(release, tmp_path / "copy.git", tmp_path / "clone")
    push = ["git", "push", "--quiet", "origin", "refs/heads/topic"]
    subprocess.run(push, cwd=tmp_path / "clone", check=True, capture_output=True)
    assert "refs/heads/topic" in refs(tmp_path / "copy.git")
    assert refs(project.bare) == origin
