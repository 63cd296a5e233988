"""Checks of the version, the changelog, and local tags and locks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from fake_git import history_release
from fake_release import FILES, HEAD, REFS, TAG, FakeCommits, fake_release
from histories import released_history
from patchwright.halts import BranchConflict, Prerequisite, VersionConflict
from patchwright.history import picking
from patchwright.history.picking import Conflict
from patchwright.preflight import series
from patchwright.releases.release import Release
from repository import PYPROJECT

OTHER = "a" * 40


# require_unlocked


def test_a_clone_without_locks_passes(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "index.lock").touch()
    series.require_unlocked(fake_release(tmp_path))


def test_a_lock_that_a_killed_git_left_halts(tmp_path: Path) -> None:
    lock = tmp_path / "my clone" / ".git" / "packed-refs.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    os.utime(lock, (0, 0))
    with pytest.raises(Prerequisite, match=r"^A killed git process left a lock file in this c") as raised:
        series.require_unlocked(fake_release(tmp_path / "my clone"))
    assert raised.value.evidence == (str(lock),)
    assert raised.value.remedy == (
        "Make sure that no git process runs in this clone, then remove the lock file.",
    )
    assert raised.value.never == ("Do not remove it while a git process runs: it protects the refs.",)
    assert raised.value.next_command == f"rm '{lock}'"
    assert lock.exists()


# require_own_tag


def register_local_tag(fp: FakeProcess, commit: str | None) -> None:
    """Let the clone have a tag v1.24.1 at a commit, or no such tag."""
    verify = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options"]
    found = commit is not None
    fp.register(
        [*verify, "refs/tags/v1.24.1"], stdout=f"{TAG}\n" if found else "", returncode=0 if found else 1
    )
    if found:
        fp.register([*verify, f"{TAG}^{{commit}}"], stdout=f"{commit}\n")


def register_tag_object(fp: FakeProcess, name: str, *, signed: bool = True, verifies: bool = True) -> None:
    """Let the object of the local tag be annotated, with its own name, at HEAD."""
    end = "-----BEGIN SSH SIGNATURE-----\n" if signed else ""
    fp.register(
        ["git", "cat-file", "tag", TAG],
        stdout=f"object {HEAD}\ntype commit\ntag {name}\ntagger Ada <a@example.org> 1 +0000\n\nA\n{end}",
    )
    if signed and name == "v1.24.1":
        fp.register(["git", "verify-tag", TAG], returncode=0 if verifies else 1, stderr="no principal\n")


def test_no_local_tag_passes(tmp_path: Path, fp: FakeProcess) -> None:
    register_local_tag(fp, None)
    series.require_own_tag(fake_release(tmp_path, commits=FakeCommits(is_complete=True)))


def test_the_signed_tag_of_the_complete_release_commit_passes(tmp_path: Path, fp: FakeProcess) -> None:
    register_local_tag(fp, HEAD)
    register_tag_object(fp, "v1.24.1")
    series.require_own_tag(fake_release(tmp_path, commits=FakeCommits(is_complete=True)))


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("lightweight", "it is not annotated"),
        ("unsigned", "it is not signed"),
        ("renamed", "its own name is v1.24.9"),
        ("unverified", "its signature does not verify (no principal)"),
    ],
)
def test_a_local_tag_that_the_last_step_would_refuse_halts_now(
    tmp_path: Path, fp: FakeProcess, kind: str, problem: str
) -> None:
    register_local_tag(fp, HEAD)
    if kind == "lightweight":
        fp.register(["git", "cat-file", "tag", TAG], returncode=128)
    else:
        name = "v1.24.9" if kind == "renamed" else "v1.24.1"
        register_tag_object(fp, name, signed=kind != "unsigned", verifies=kind != "unverified")
    with pytest.raises(Prerequisite) as raised:
        series.require_own_tag(fake_release(tmp_path, commits=FakeCommits(is_complete=True)))
    assert raised.value.evidence[-1] == f"it cannot be published: {problem}"
    assert raised.value.remedy[-1] == "$ git tag --delete v1.24.1"


def test_a_local_tag_of_a_commit_that_is_not_complete_halts(tmp_path: Path, fp: FakeProcess) -> None:
    register_local_tag(fp, HEAD)
    with pytest.raises(Prerequisite, match=r"^This clone has a tag v1\.24\.1 that origin lacks\.$"):
        series.require_own_tag(fake_release(tmp_path, commits=FakeCommits()))


def test_a_local_tag_of_another_commit_halts(tmp_path: Path, fp: FakeProcess) -> None:
    register_local_tag(fp, OTHER)
    with pytest.raises(Prerequisite) as raised:
        series.require_own_tag(fake_release(tmp_path, commits=FakeCommits()))
    assert raised.value.cause == "This clone has a tag v1.24.1 that origin lacks."
    assert raised.value.evidence == (f"object: {TAG}",)
    assert raised.value.remedy == (
        "Look at the tag, then delete it from this clone:",
        "$ git show v1.24.1",
        "$ git tag --delete v1.24.1",
    )
    assert raised.value.never == ("Do not push it: nobody can take back a tag that is public.",)


def test_a_local_tag_does_not_matter_if_origin_has_the_tag(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register(
        ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", "refs/tags/v1.24.1"],
        stdout=f"{TAG}\n",
    )
    refs = {**REFS, "refs/tags/v1.24.1": OTHER}
    series.require_own_tag(fake_release(tmp_path, refs=refs, commits=FakeCommits()))


# require_version_source


def with_source(source: str) -> FakeCommits:
    table = f'[tool.hatch.version]\nsource = "{source}"\n'
    return FakeCommits({**FILES, "pyproject.toml": PYPROJECT.replace("[tool.hatch.version]\n", table)})


def test_a_version_in_a_file_passes(tmp_path: Path) -> None:
    series.require_version_source(fake_release(tmp_path, commits=FakeCommits()))


@pytest.mark.parametrize("source", ["code", "env"])
def test_a_version_that_hatch_cannot_write_halts(tmp_path: Path, source: str) -> None:
    with pytest.raises(Prerequisite) as raised:
        series.require_version_source(fake_release(tmp_path, commits=with_source(source)))
    assert raised.value.cause == (
        f"Hatch can't set the version on release-1.24: the version source is `{source}`."
    )
    assert raised.value.evidence == (f"at {HEAD}: [tool.hatch.version] or hatch.toml",)
    assert raised.value.remedy == (
        "Keep the version in a file (`path`), or set `bump-command` in [tool.patchwright].",
    )


def test_another_bump_command_can_write_any_version(tmp_path: Path) -> None:
    release = fake_release(tmp_path, commits=with_source("code"), bump_command=("bump", "{version}"))
    series.require_version_source(release)


def test_nothing_sets_a_version_that_comes_from_the_tag(tmp_path: Path) -> None:
    series.require_version_source(fake_release(tmp_path, commits=with_source("vcs")))


def test_a_command_that_sets_a_version_from_the_tag_halts(tmp_path: Path) -> None:
    release = fake_release(tmp_path, commits=with_source("vcs"), bump_command=("bump", "{version}"))
    with pytest.raises(Prerequisite) as raised:
        series.require_version_source(release)
    assert raised.value.cause == (
        "The version on release-1.24 comes from the tag, but `bump-command` would set it, too."
    )
    assert raised.value.evidence == ("source of the version: vcs",)
    assert raised.value.remedy == (
        "Remove `bump-command` from [tool.patchwright].",
        'Or, if the command sets the version in a file, set `version-source = "file"`.',
    )


@pytest.mark.parametrize(("options", "halts"), [("", True), ("commit = false\ntag = false\n", False)])
def test_a_version_source_that_commits_halts(tmp_path: Path, options: str, *, halts: bool) -> None:
    commits = with_source(f'regex_commit"\n{options}# "')
    if not halts:
        series.require_version_source(fake_release(tmp_path, commits=commits))
        return
    with pytest.raises(Prerequisite, match="version source `regex_commit`") as raised:
        series.require_version_source(fake_release(tmp_path, commits=commits))
    assert raised.value.remedy == (
        "Set `commit = false` and `tag = false` beside `source`: patchwright commits and tags.",
    )


# require_version


@pytest.mark.parametrize("version", ["1.24.0", "1.24", "1.24.1", "1.24.1.dev0", "1.24.1-dev"])
def test_the_last_version_and_the_planned_one_pass(tmp_path: Path, version: str) -> None:
    files = {**FILES, "almanac.py": f'__version__ = "{version}"\n'}
    series.require_version(fake_release(tmp_path, commits=FakeCommits(files)))


def test_a_version_that_no_file_holds_passes(tmp_path: Path) -> None:
    files = {**FILES, "almanac.py": ""}
    series.require_version(fake_release(tmp_path, commits=FakeCommits(files)))


def test_another_version_halts(tmp_path: Path) -> None:
    files = {**FILES, "almanac.py": '__version__ = "1.24.1rc1"\n'}
    with pytest.raises(VersionConflict) as raised:
        series.require_version(fake_release(tmp_path, commits=FakeCommits(files)))
    assert raised.value.cause == (
        "The version on release-1.24 is 1.24.1rc1; a patch release to 1.24.1 expects 1.24.0, "
        "the last release of the series."
    )
    assert raised.value.evidence == (f"at {HEAD}",)
    assert raised.value.remedy == ("Set the version on the branch to 1.24.0, or release 1.24.1rc1 by hand.",)


# require_separable_version


def mixed_release(path: Path, mainline: str) -> tuple[Release, str]:
    """Return a release whose version commit also changes years.py, which the mainline has with a text."""
    history = released_history(path / "origin.git")
    history.commit("master", "Count years.", {"years.py": mainline})
    history.commit("release-1.24", "Count years.", {"years.py": "leap = 4\n"})
    history.tag("1.24.0", "release-1.24")
    files = {**history.flavour.version("1.24.1"), "years.py": "leap = 400\n"}
    sha = history.commit("release-1.24", "Version 1.24.1.", files)
    return history_release(history, path), sha


def test_a_version_commit_with_more_that_applies_is_noted(tmp_path: Path) -> None:
    release, sha = mixed_release(tmp_path, "leap = 4\n")
    series.require_separable_version(release)
    (note,) = release.notes
    assert note.startswith(f"{sha[:10]} Version 1.24.1. sets the version and changes more;")


def test_a_version_commit_with_more_that_conflicts_halts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        picking, "explain_conflict", lambda _git, commit, paths, _onto: Conflict(commit, paths)
    )
    release, sha = mixed_release(tmp_path, "leap = 100\n")
    with pytest.raises(BranchConflict) as raised:
        series.require_separable_version(release)
    assert raised.value.cause == (
        f"{sha[:10]} sets the version together with other changes, which conflict on master in years.py."
    )
    assert raised.value.evidence[0].startswith(f"{sha[:10]} Version 1.24.1.")
    assert [row for row in raised.value.remedy if row.startswith("$")] == [
        f"$ git cherry-pick -x {sha}",
        f"$ git commit --allow-empty -m 'Leave it out.' -m '(cherry picked from commit {sha})'",
    ]


# require_changelog


def without_changelog(pyproject: str = PYPROJECT) -> FakeCommits:
    files = {path: text for path, text in FILES.items() if path != "CHANGES.rst"}
    return FakeCommits({**files, "pyproject.toml": pyproject})


def test_a_changelog_passes(tmp_path: Path) -> None:
    series.require_changelog(fake_release(tmp_path, commits=FakeCommits()))


def test_a_missing_changelog_halts(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match=r"^release-1\.24 has no changelog CHANGES\.rst\.$") as raised:
        series.require_changelog(fake_release(tmp_path, commits=without_changelog()))
    assert raised.value.remedy == (
        "Set `filename` in [tool.towncrier], or commit a changelog with towncrier's start marker.",
    )


def test_a_file_for_each_version_halts(tmp_path: Path) -> None:
    pyproject = PYPROJECT.replace('directory = "news"\n', 'directory = "news"\nsingle_file = false\n')
    with pytest.raises(Prerequisite, match=r"^On release-1\.24, towncrier writes a file for each version"):
        series.require_changelog(fake_release(tmp_path, commits=without_changelog(pyproject)))
