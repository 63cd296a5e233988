"""Tools are not trusted: the proof of each step catches the errors of hooks, commands and signers."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from journeys.ground import Ground

pytestmark = pytest.mark.journey

RELEASE = ("release.patch", "--version", "1.24", "--skip-check")

# A section with its heading and without the fragments.
LIES = r"""/release notes start/a\
\
almanac 1.24.1 (2026-01-01)\
===========================\
\
Nothing to tell.\
"""


@dataclasses.dataclass(frozen=True)
class Row:
    """An error of a tool (a hook's script or a setting of the project), and the expected message."""

    does: str
    status: int
    says: tuple[str, ...]
    hook: str = ""
    script: str = ""
    setting: str = ""
    command: tuple[str, ...] = RELEASE


ROWS = (
    Row(
        "a pre-commit hook fails",
        4,
        ("Halted at bump", "pre-commit", "no commits on Sundays"),
        hook="pre-commit",
        script="echo no commits on Sundays >&2; exit 1",
    ),
    Row(
        "a pre-commit hook adds a file",
        4,
        ("Halted at bump", "contains more than it should: stamp.txt", "Find the hook or command"),
        hook="pre-commit",
        script="date > stamp.txt; git add stamp.txt",
    ),
    Row(
        "a pre-push hook fails, and is not bypassed",
        4,
        ("Halted at push", "not on my watch", "--porcelain"),
        hook="pre-push",
        script="echo not on my watch >&2; exit 1",
    ),
    Row(
        "the version command prints noise",
        4,
        ("Halted at bump", "printed 2 lines", "Creating environment"),
        setting='version-command = ["sh", "-c", "echo Creating environment: develop; echo 1.24.1"]',
    ),
    Row(
        "the version command prints no version",
        4,
        ("Halted at bump", "printed no version: unknown"),
        setting='version-command = ["echo", "unknown"]',
    ),
    Row(
        "the bump does nothing",
        6,
        ("Halted at bump", "After the bump the version is 1.24.0, not 1.24.1"),
        setting='bump-command = ["true"]',
    ),
    Row(
        "the bump changes more",
        4,
        ("Halted at bump", "README.rst"),
        setting='bump-command = ["sh", "-c", "hatch version {version}; echo more >> README.rst"]',
    ),
    Row(
        "the changelog command does nothing",
        4,
        ("Halted at changelog", "`true` must change documentation/changelog.rst"),
        setting='changelog-command = ["true"]',
    ),
    Row(
        "the changelog command drops the fragments",
        4,
        ("Halted at changelog", "lacks news fragments", "417.repair.rst"),
        setting='changelog-command = ["sed", "-i", "-f", "{lies}", "documentation/changelog.rst"]',
    ),
    Row(
        "a check has no such script",
        4,
        ("Halted at check", "failed on the code to be released", "nope"),
        setting='checks = [["hatch", "--env", "develop", "run", "nope"]]',
        command=RELEASE[:-1],
    ),
    Row(
        "a check changes files",
        4,
        ("Halted at check", "changed files that git tracks", "README.rst"),
        setting='checks = [["sh", "-c", "echo more >> README.rst"]]',
        command=RELEASE[:-1],
    ),
)


@pytest.fixture
def clean_ground(shared_ground: Ground) -> Iterator[Ground]:
    """Return the module's ground, and remove afterwards what a release left in the clone."""
    yield shared_ground
    for path in (shared_ground.root / "state", shared_ground.clone / ".git" / "patchwright"):
        shutil.rmtree(path, ignore_errors=True)
    shared_ground.git("worktree", "prune")
    shared_ground.git("restore", "pyproject.toml")
    for hook in (shared_ground.clone / ".git" / "hooks").glob("pre-*[!e]"):
        hook.unlink()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.does)
def test_an_error_of_a_tool_is_caught_before_anything_is_public(clean_ground: Ground, row: Row) -> None:
    ground, before = clean_ground, clean_ground.refs()
    if row.hook:
        write_hook(ground.clone, row.hook, row.script)
    lies = ground.clone.parent / "lies.sed"
    lies.write_text(LIES)
    if row.setting:
        pyproject = ground.clone / "pyproject.toml"
        setting = row.setting.replace("{lies}", str(lies))
        pyproject.write_text(f"{pyproject.read_text()}\n[tool.patchwright]\n{setting}\n")

    done = ground.inv(*row.command)

    assert done.status == row.status, done.text
    for fact in row.says:
        assert fact in done.text
    assert ground.refs() == before
    assert ground.git("fsck", "--strict") == "" or "dangling" in ground.git("fsck", "--strict")


def test_a_tag_without_a_signature_is_not_published(ground: Ground) -> None:
    steps = ("checkout", "pick", "check", "bump", "changelog")
    for step in steps:
        done = ground.inv(f"release.{step}", "--version", "1.24")
        assert done.status == 0, done.text
    # With git before 2.43.2 `git tag --sign` then exits with 0, and the tag is not signed.
    ground.git("config", "user.signingKey", str(ground.root / "none"))

    done = ground.inv("release.prepare", "--version", "1.24")

    assert done.status == 4, done.text
    assert "Halted at prepare" in done.err
    assert "refs/tags/v1.24.1" not in ground.refs()
    assert ground.git("tag", "--list", "v1.24.1") == ""


def test_a_protected_branch_halts_and_nothing_is_public(ground: Ground) -> None:
    before = ground.refs()
    ground.standin.protect("refs/heads/release-1.24")

    done = ground.inv(*RELEASE)

    assert done.status == 7, done.text
    for fact in (
        "Halted at push",
        "rejected the push",
        "Changes must be made through a pull request",
        "Do not force",
    ):
        assert fact in done.err
    assert ground.refs() == before


def test_the_tag_of_somebody_else_is_never_changed(ground: Ground) -> None:
    steps = ("checkout", "pick", "check", "bump", "changelog", "prepare", "push", "watch-qa")
    for step in steps:
        done = ground.inv(f"release.{step}", "--version", "1.24")
        assert done.status == 0, done.text
    ground.origin("update-ref", "refs/tags/v1.24.1", "refs/heads/master")
    before = ground.refs()

    done = ground.inv("release.tag", "--version", "1.24.1")

    assert done.status == 7, done.text
    for fact in ("v1.24.1 is on origin, but it is not the tag", "Do not delete or move a tag"):
        assert fact in done.err
    assert ground.refs() == before


def test_hostile_settings_and_a_rewritten_subject_change_nothing(ground: Ground) -> None:
    settings = {
        "color.ui": "always",
        "core.pager": "false",
        "log.decorate": "full",
        "log.showSignature": "true",
        "format.pretty": "oneline",
        "alias.push": "push --force",
        "push.followTags": "true",
        "push.default": "nothing",
        "remote.origin.push": "+refs/heads/*:refs/heads/*",
        "remote.origin.tagOpt": "--tags",
        "pull.rebase": "true",
        "merge.ff": "false",
        "merge.conflictStyle": "zdiff3",
        "commit.gpgSign": "true",
        "commit.template": "/nowhere",
        "commit.verbose": "true",
        "commit.cleanup": "scissors",
        "tag.gpgSign": "true",
        "tag.sort": "-version:refname",
        "diff.noprefix": "true",
        "diff.renames": "copies",
        "diff.external": "false",
        "core.quotePath": "true",
        "core.abbrev": "4",
        "status.short": "true",
        "rerere.enabled": "true",
        "advice.detachedHead": "true",
        "fetch.prune": "true",
        "fetch.pruneTags": "true",
        "submodule.recurse": "true",
    }
    for key, value in settings.items():
        ground.git("config", key, value)
    ground.git("update-ref", "refs/tags/private", "HEAD")
    write_hook(ground.clone, "commit-msg", "sed -i '1s/^/[almanac] /' \"$1\"")

    done = ground.inv(
        *RELEASE,
        LANG="de_DE.UTF-8",
        LC_MESSAGES="tr_TR.UTF-8",
        FORCE_COLOR="1",
        CLICOLOR_FORCE="1",
        GH_FORCE_TTY="80",
    )

    assert done.status == 0, done.text
    assert "\x1b" not in done.text
    assert sorted(ref for ref in ground.refs() if ref.startswith("refs/tags/")) == [
        "refs/tags/v1.24.0",
        "refs/tags/v1.24.1",
    ]
    assert ground.subjects("release-1.24")[:2] == [
        "[almanac] Clean up news fragments.",
        "[almanac] Update changelog for v1.24.1 patch release.",
    ]
    assert ground.show("master:documentation/changelog.rst").count("almanac 1.24.1 (") == 1


def write_hook(clone: Path, name: str, script: str) -> None:
    """Write a hook of the clone; it runs in all worktrees."""
    hook = clone / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
