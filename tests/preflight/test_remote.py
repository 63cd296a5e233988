"""Checks of the clone, its remote and the repository on GitHub."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pytest_subprocess import FakeProcess

from fake_gh import REPO
from fake_release import HEAD, URL, FakeCommits, fake_release
from patchwright.github.models import About
from patchwright.halts import BranchConflict, Halt, Prerequisite
from patchwright.preflight import remote
from patchwright.releases import withdrawals
from patchwright.releases.commits import Commits
from patchwright.releases.release import Release

UPSTREAM = "https://github.example/upstream/almanac.git"
LOCAL = "a" * 40


@pytest.fixture(autouse=True)
def gh_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")


def on_github(
    path: Path, parent: str | None = None, *, may_push: bool = True, archived: bool = False
) -> Release:
    """Return a release of a repository on GitHub."""
    about = About(full_name="octo/almanac", parent=parent, may_push=may_push, is_archived=archived)
    return fake_release(path, github=SimpleNamespace(repo=REPO, has_login=True, about=lambda: about))


# require_whole_history


def test_a_whole_clone_passes(tmp_path: Path) -> None:
    remote.require_whole_history(fake_release(tmp_path))


def test_a_shallow_clone_halts(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match=r"^This clone is shallow: it lacks a part of the hist") as raised:
        remote.require_whole_history(fake_release(tmp_path, shallow=True))
    assert raised.value.next_command == "git fetch --unshallow origin"


# require_remote


def test_a_remote_with_one_url_passes(tmp_path: Path) -> None:
    remote.require_remote(fake_release(tmp_path))


def test_a_missing_remote_halts(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register(["git", "remote"], stdout="origin\nbackup\n")
    with pytest.raises(Prerequisite, match=r"^This clone has no remote named upstream\.$") as raised:
        remote.require_remote(fake_release(tmp_path, urls=([], []), remote="upstream"))
    assert raised.value.evidence == ("remotes: origin, backup",)
    assert raised.value.remedy == (
        "Set `remote` in [tool.patchwright] to the right one, or add it with git remote add.",
    )


def test_a_clone_without_any_remote_halts(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register(["git", "remote"], stdout="")
    with pytest.raises(Prerequisite, match=r"^This clone has no remote named origin\.$") as raised:
        remote.require_remote(fake_release(tmp_path, urls=([], [])))
    assert raised.value.evidence == ("remotes: none",)


@pytest.mark.parametrize("urls", [([URL], [UPSTREAM]), ([URL], [URL, UPSTREAM]), ([URL, UPSTREAM],) * 2])
def test_a_remote_with_several_urls_halts(tmp_path: Path, urls: tuple[list[str], list[str]]) -> None:
    with pytest.raises(Prerequisite) as raised:
        remote.require_remote(fake_release(tmp_path, urls=urls))
    assert raised.value.cause == "The remote origin has different URLs for fetch and push."
    fetch, push = urls
    assert raised.value.evidence == (*(f"fetch: {url}" for url in fetch), *(f"push:  {url}" for url in push))
    assert raised.value.remedy == (
        "Give the remote one URL for both, or set `remote` in [tool.patchwright] to another one.",
    )


@pytest.mark.parametrize(
    "push",
    [
        "ssh://git@github.example/Octo/Almanac",
        "git@work:octo/almanac.git",
        "https://u:p@github.example/octo/almanac",
    ],
)
def test_two_urls_of_one_repository_pass(tmp_path: Path, fp: FakeProcess, push: str) -> None:
    if not push.startswith("https"):
        fp.register(["git", "config", "--get", "core.sshCommand"], returncode=1)
        fp.register(["ssh", "-G", "--", fp.any()], stdout="user git\nhostname github.example\n")
    remote.require_remote(fake_release(tmp_path, urls=([URL], [push])))


# require_login


def test_a_host_without_a_login_halts_and_is_named(tmp_path: Path) -> None:
    github = SimpleNamespace(repo=REPO, has_login=False)
    with pytest.raises(Prerequisite) as raised:
        remote.require_login(fake_release(tmp_path, github=github))
    assert raised.value.cause == "gh has no login for github.example, the host of the remote origin."
    assert raised.value.next_command == "gh auth login --hostname github.example"


def test_github_is_not_asked_about_a_host_without_a_login(tmp_path: Path) -> None:
    remote.require_access(fake_release(tmp_path, github=SimpleNamespace(repo=REPO, has_login=False)))


# require_access


def test_a_repository_with_write_access_passes(tmp_path: Path) -> None:
    remote.require_access(on_github(tmp_path))


def test_github_is_not_asked_without_gh_or_without_a_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.require_access(fake_release(tmp_path, urls=([], [])))
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    remote.require_access(fake_release(tmp_path))


def test_an_archived_repository_halts(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite) as raised:
        remote.require_access(on_github(tmp_path, archived=True))
    assert raised.value.cause == "octo/almanac is archived, so GitHub accepts no pushes to it."
    assert raised.value.remedy == ("Unarchive the repository in its settings on GitHub.",)


def test_a_fork_of_another_remote_halts(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register(["git", "remote"], stdout="origin\nupstream\n")
    for name, url in (("origin", URL), ("upstream", UPSTREAM)):
        fp.register(["git", "remote", "get-url", "--all", "--", name], stdout=f"{url}\n")
        fp.register(["git", "remote", "get-url", "--push", "--all", "--", name], stdout=f"{url}\n")
    with pytest.raises(Prerequisite) as raised:
        remote.require_access(on_github(tmp_path, "Upstream/almanac"))
    assert raised.value.cause == "The remote origin is a fork (octo/almanac) of the remote upstream."
    assert raised.value.evidence == ("origin: octo/almanac", "upstream: Upstream/almanac")
    assert raised.value.remedy == (
        'To release from upstream, set remote = "upstream" in [tool.patchwright].',
        "Or set it for one run: INVOKE_PATCHWRIGHT_REMOTE=upstream inv release.preflight --version 1.24",
    )


def test_a_fork_of_a_repository_that_is_no_remote_passes(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register(["git", "remote"], stdout="origin\n")
    fp.register(["git", "remote", "get-url", "--all", "--", "origin"], stdout=f"{URL}\n")
    fp.register(["git", "remote", "get-url", "--push", "--all", "--", "origin"], stdout=f"{URL}\n")
    remote.require_access(on_github(tmp_path, "upstream/almanac"))


def test_a_login_without_write_access_halts(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite) as raised:
        remote.require_access(on_github(tmp_path, may_push=False))
    assert raised.value.cause == "The login that gh uses has no permission to push to octo/almanac."
    assert raised.value.next_command == "gh auth status --hostname github.example"


# require_push


def register_push(fp: FakeProcess, *, error: str = "") -> None:
    """Let a dry run of the push succeed, or fail with an error."""
    fp.register(
        ["git", "-c", "core.hooksPath=/dev/null", "push", "--dry-run", fp.any()],
        stderr=error,
        returncode=128 if error else 0,
    )


def test_a_dry_run_that_succeeds_passes_and_would_change_nothing(tmp_path: Path, fp: FakeProcess) -> None:
    register_push(fp)
    remote.require_push(fake_release(tmp_path))
    assert list(fp.calls[0])[-2:] == ["origin", f"{HEAD}:refs/heads/release-1.24"]


def test_a_dry_run_that_fails_halts(tmp_path: Path, fp: FakeProcess) -> None:
    register_push(fp, error="remote: denied\n")
    with pytest.raises(Prerequisite, match=r"^A dry run of the push to origin failed\.$") as raised:
        remote.require_push(fake_release(tmp_path))
    assert raised.value.evidence[-1] == "  remote: denied"
    assert raised.value.remedy == (
        "Get permission to push to it. To let git use the login of gh: gh auth setup-git",
    )


# require_branches


def with_commits(path: Path, monkeypatch: pytest.MonkeyPatch, **halts: Halt) -> Release:
    """Return a release whose commits raise these halts, by the name of the question."""

    def ask(name: str) -> Callable[..., None]:
        def answer(*_release: object) -> None:
            if name in halts:
                raise halts[name]

        return answer

    release = fake_release(path)
    start = property(lambda _self: ask("start")())
    release.commits = cast("Commits", type("Asked", (), {"start": start})())
    monkeypatch.setattr(release.commits, "require_own_worktree", ask("require_own_worktree"), raising=False)
    monkeypatch.setattr(withdrawals, "require_nothing_withdrawn", ask("require_nothing_withdrawn"))
    return release


def test_branches_that_fit_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remote.require_branches(with_commits(tmp_path, monkeypatch))


@pytest.mark.parametrize("question", ["require_nothing_withdrawn", "require_own_worktree", "start"])
def test_each_question_about_the_branches_halts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    halt = BranchConflict("They have diverged.")
    with pytest.raises(BranchConflict, match="They have diverged"):
        remote.require_branches(with_commits(tmp_path, monkeypatch, **{question: halt}))


# can_ask_github


@pytest.mark.parametrize(
    ("push", "has_gh", "expected"), [([URL], True, True), ([], True, False), ([URL], False, False)]
)
def test_github_can_be_asked_with_a_url_and_gh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, push: list[str], *, has_gh: bool, expected: bool
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: "/bin/gh" if has_gh else None)
    github = SimpleNamespace(repo=REPO, has_login=True)
    release = fake_release(tmp_path, urls=(push, push), commits=FakeCommits(), github=github)
    assert remote.can_ask_github(release) is expected
