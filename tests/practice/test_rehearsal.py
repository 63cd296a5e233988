from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess
from pytest_subprocess.fake_popen import FakePopen

from fake_release import HEAD, MAINLINE, fake_release
from patchwright.practice import rehearsal
from patchwright.releases import copies
from patchwright.releases.release import Release
from patchwright.report.terminal import Report

TAG = "1" * 40
PYPROJECT = "[tool.patchwright]\nsign = false\n"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory for temporary files."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """The copies that were configured: the release, the clone and the URL of its remote."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(copies, "configure", lambda *arguments: calls.append(arguments))
    return calls


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Return a release in a checkout with uncommitted settings. Origin has two branches and a tag."""
    return release_in(tmp_path / "almanac")


def release_in(checkout: Path) -> Release:
    checkout.mkdir()
    (checkout / "pyproject.toml").write_text(PYPROJECT)
    refs = {
        "refs/heads/release-1.24": HEAD,
        "refs/heads/master": MAINLINE,
        "refs/tags/v1.24.0": TAG,
        "refs/tags/v1.24.0^{}": HEAD,
    }
    return fake_release(checkout, refs=refs)


def create_objects(process: FakePopen) -> None:
    (last_argument(process) / "objects" / "info").mkdir(parents=True)


def create_clone(process: FakePopen) -> None:
    last_argument(process).mkdir(parents=True)


def last_argument(process: FakePopen) -> Path:
    assert isinstance(process.args, (list, tuple))
    return Path(str(process.args[-1]))


def register_commands(fp: FakeProcess, status: int) -> list[str]:
    """Let git do nothing but create directories, and let the rehearsal end with this exit status.

    Return the list of the texts that `git update-ref` reads.
    """
    updates: list[str] = []

    def read_updates(text: bytes) -> None:
        updates.append(text.decode())

    fp.register(["git", "init", fp.any()], callback=create_objects)
    fp.register(["git", "fetch", fp.any(), "--", "origin", fp.any()])
    fp.register(["git", "update-ref", "--stdin"], stdin_callable=read_updates)
    fp.register(["git", "clone", fp.any()], callback=create_clone)
    fp.register(["git", "rev-parse", fp.any(), "HEAD^{commit}"], stdout=f"{HEAD}\n")
    fp.register(["git", "checkout", "--quiet", "--detach", HEAD])
    fp.register(["git", "fetch", "--quiet", "--update-head-ok", fp.any()])
    fp.register(["inv", fp.any()], returncode=status)
    if not status:
        fp.register(["git", "rev-list", fp.any()], occurrences=2)
        fp.register(["git", "rev-parse", fp.any(), "refs/tags/v1.24.1"], returncode=1)
    return updates


def test_a_successful_rehearsal_removes_its_copy(
    fp: FakeProcess, release: Release, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register_commands(fp, status=0)
    assert rehearsal.run(release, ("--message", "Repair"), Report()) == 0
    assert list(temporary.iterdir()) == []
    assert "rm -r" not in capsys.readouterr().out
    root = str(release.clone.top)
    command = ["inv", "--search-root", root, "release.patch", "--version", "1.24", "--message", "Repair"]
    assert command in [list(call) for call in fp.calls]


def test_a_rehearsal_that_halts_keeps_its_copy_and_shows_how_to_remove_it(
    fp: FakeProcess, release: Release, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    updates = register_commands(fp, status=5)
    assert rehearsal.run(release, (), Report()) == 5
    (directory,) = temporary.iterdir()
    output = capsys.readouterr().out
    assert f"copy       {directory / 'clone' / 'almanac'}" in output
    assert f"remove it  rm -r {directory}" in output
    assert (directory / "clone" / "almanac" / "pyproject.toml").read_text() == PYPROJECT
    created = {line.split()[1]: line.split()[2] for line in updates[0].splitlines()}
    assert created == {
        "refs/heads/release-1.24": HEAD, "refs/heads/master": MAINLINE, "refs/tags/v1.24.0": TAG,
    }  # fmt: skip  # the refs of origin, without the peeled tag


def test_the_remote_of_the_copy_is_the_stand_in(
    fp: FakeProcess, release: Release, temporary: Path, configured: list[tuple[object, ...]]
) -> None:
    register_commands(fp, status=5)
    rehearsal.run(release, (), Report())
    (directory,) = temporary.iterdir()
    ((configured_release, clone, url),) = configured
    assert (configured_release, clone) == (release, directory / "clone" / "almanac")
    assert str(url).endswith("/rehearsal/almanac.git")


def test_the_quarantine_is_released_before_the_copy_refers_to_the_objects_of_the_clone(
    fp: FakeProcess, release: Release, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = []

    def observe() -> None:
        has_fetched = any("--no-write-fetch-head" in call for call in fp.calls)
        states.append((has_fetched, list(temporary.rglob("alternates"))))

    monkeypatch.setattr(release.git.quarantine, "release", observe)
    register_commands(fp, status=5)
    rehearsal.run(release, (), Report())
    assert states == [(True, [])]
    (alternates,) = temporary.rglob("alternates")
    assert alternates.read_text() == f"{release.clone.common / 'objects'}\n"


@pytest.mark.parametrize("name", ["github", "home", "state", "hatch", "clone", "gitconfig"])
def test_the_checkout_may_have_the_name_of_a_directory_of_the_rehearsal(
    fp: FakeProcess, tmp_path: Path, temporary: Path, name: str
) -> None:
    register_commands(fp, status=5)
    assert rehearsal.run(release_in(tmp_path / name), (), Report()) == 5
    (directory,) = temporary.iterdir()
    clone = next(call for call in fp.calls if list(call)[:2] == ["git", "clone"])
    assert Path(str(list(clone)[-1])) == directory / "clone" / name
    assert not {"github", "home", "state", "hatch"} & set(Path(str(list(clone)[-1])).parent.parts[-1:])
