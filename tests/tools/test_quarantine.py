"""The quarantine: questions leave the clone's objects unchanged, and an act finds every object."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from patchwright.halts import Prerequisite, StepFailed
from patchwright.tools.git import Git
from patchwright.tools.quarantine import Quarantine
from patchwright.tools.shell import Shell
from repository import Repository

LOOSE = f"ab/{'c' * 38}"
PACK = f"pack/pack-{'d' * 40}"


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    """Return an object directory, as a clone has it."""
    directory = tmp_path / "clone" / "objects"
    (directory / "pack").mkdir(parents=True)
    return directory


@pytest.fixture
def quarantine(objects: Path) -> Iterator[Quarantine]:
    active = Quarantine()
    with active.hold(objects):
        yield active


def place_of(quarantine: Quarantine) -> Path:
    return Path(quarantine.environment["GIT_OBJECT_DIRECTORY"])


def write(directory: Path, *names: str) -> None:
    """Write files as git writes objects: read-only, with their own names as contents."""
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(0o444)


def contents(directory: Path) -> dict[str, bytes]:
    """Return the files below a directory by relative path."""
    found = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in found}


def test_outside_of_a_hold_the_quarantine_does_nothing(objects: Path) -> None:
    quarantine = Quarantine()
    quarantine.release()
    assert quarantine.environment == {}
    with quarantine.hold(objects):
        place = place_of(quarantine)
        write(place, LOOSE)
    assert quarantine.environment == {}
    assert not place.exists()
    assert contents(objects) == {}


def test_only_the_owner_can_read_the_quarantine(quarantine: Quarantine) -> None:
    assert stat.S_IMODE(place_of(quarantine).stat().st_mode) == 0o700


def test_a_release_moves_objects_and_packs_once(quarantine: Quarantine, objects: Path) -> None:
    names = [LOOSE, *(f"{PACK}{suffix}" for suffix in (".pack", ".promisor", ".rev", ".idx"))]
    write(place_of(quarantine), *names)

    quarantine.release()
    quarantine.release()

    assert contents(objects) == {name: name.encode() for name in names}
    assert contents(place_of(quarantine)) == {}
    write(place_of(quarantine), f"ab/{'e' * 38}")
    quarantine.release()
    assert f"ab/{'e' * 38}" in contents(objects)


def test_temporary_files_and_caches_stay_in_the_quarantine(quarantine: Quarantine, objects: Path) -> None:
    unfinished = (
        "ab/tmp_obj_x", "pack/tmp_pack_x", "pack/pack-1.pack", "pack/pack-1.keep", "pack/multi-pack-index",
        "info/commit-graphs/commit-graph-chain", "info/packs",
    )  # fmt: skip  # one list
    write(place_of(quarantine), *unfinished)

    quarantine.release()

    assert contents(objects) == {}
    assert set(contents(place_of(quarantine))) == set(unfinished)


def test_an_object_that_the_clone_already_has_is_not_written_again(
    quarantine: Quarantine, objects: Path
) -> None:
    write(objects, LOOSE)
    before = (objects / LOOSE).stat()
    write(place_of(quarantine), LOOSE)

    quarantine.release()

    after = (objects / LOOSE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert contents(place_of(quarantine)) == {}


def test_the_index_of_a_pack_is_the_last_to_appear_and_the_first_to_vanish(
    quarantine: Quarantine, objects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{PACK}{suffix}" for suffix in (".idx", ".pack", ".rev")]
    place = place_of(quarantine)
    write(place, *names)
    seen: list[tuple[set[str], set[str]]] = []
    replace, unlink = Path.replace, Path.unlink

    def look() -> None:
        seen.append((set(contents(objects)), set(contents(place))))

    def slow_replace(self: Path, target: Path) -> Path:
        look()
        return replace(self, target)

    def slow_unlink(self: Path, *, missing_ok: bool = False) -> None:
        look()
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "replace", slow_replace)
    monkeypatch.setattr(Path, "unlink", slow_unlink)

    quarantine.release()
    look()

    for moments in zip(*seen, strict=True):
        assert all(names[0] not in moment or set(names) <= moment for moment in moments)
    assert set(names) <= seen[-1][0]


def test_a_kill_while_a_file_is_copied_leaves_no_partial_object(
    quarantine: Quarantine, objects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(place_of(quarantine), LOOSE)

    def killed(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:3])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", killed)
        with pytest.raises(KeyboardInterrupt):
            quarantine.release()
    assert contents(objects) == {}

    quarantine.release()

    assert contents(objects) == {LOOSE: LOOSE.encode()}


def test_modes_of_git_are_kept(quarantine: Quarantine, objects: Path) -> None:
    place = place_of(quarantine)
    write(place, LOOSE)
    (place / LOOSE).chmod(0o440)
    (place / "ab").chmod(0o770)

    quarantine.release()

    modes = [stat.S_IMODE((objects / name).stat().st_mode) for name in (LOOSE, "ab")]
    assert modes == [0o440, 0o770]


def test_a_full_disk_is_a_halt(
    quarantine: Quarantine, objects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(place_of(quarantine), LOOSE)

    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StepFailed, match=r"could not be written to .*: No space left on device"):
        quarantine.release()
    assert contents(objects) == {}
    assert contents(place_of(quarantine)) == {LOOSE: LOOSE.encode()}


def test_a_missing_temporary_directory_is_a_halt(objects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(objects / "missing"))
    with (
        pytest.raises(Prerequisite, match="temporary directory could not be created"),
        Quarantine().hold(objects),
    ):
        pass


@pytest.mark.journey
class TestRealGit:
    """The quarantine of a real clone."""

    @pytest.fixture
    def clone(self, repository: Repository, tmp_path: Path) -> Git:
        repository.commit("Base", {"a.txt": "1\n2\n3\n"})
        return self.cloned(repository, tmp_path / "almanac")

    @staticmethod
    def cloned(repository: Repository, path: Path) -> Git:
        repository.git("clone", "--quiet", "--no-local", ".", str(path))
        return Git(Shell(path), path)

    @staticmethod
    def files_of(clone: Git) -> dict[str, bytes]:
        return contents(clone.object_directory())

    @staticmethod
    def seen_by_others(clone: Git, sha: str) -> bool:
        """Return whether another process sees a commit and everything that it needs."""
        listed = subprocess.run(
            ["git", "rev-list", "--objects", sha], cwd=clone.cwd, capture_output=True, check=False
        )
        return listed.returncode == 0

    def test_questions_leave_the_objects_of_the_clone_unchanged(
        self, repository: Repository, clone: Git
    ) -> None:
        patch = repository.commit("Patch", {"a.txt": "1\n2\n3!\n"})
        base = repository.git("rev-parse", "HEAD^")
        before = self.files_of(clone)

        with clone.questions_in_quarantine():
            clone.fetch_objects("origin", ["refs/heads/master"])
            (source,) = clone.commits("-1", patch)
            pick, conflicts = clone.simulate_pick(source, base)
            tree = clone.write_tree(pick, {"b.txt": clone.write_blob("b\n")})
            commit = clone.write_commit(tree, pick, "With b.txt")

            assert self.files_of(clone) == before
            assert conflicts == []
            assert clone.missing([patch, pick, tree, commit]) == []
            assert clone.texts([f"{commit}:a.txt", f"{commit}:b.txt"]) == {
                f"{commit}:a.txt": "1\n2\n3!\n",
                f"{commit}:b.txt": "b\n",
            }
            assert not self.seen_by_others(clone, commit)

        assert self.files_of(clone) == before
        assert Git(clone.shell, clone.cwd).missing([patch, pick, tree, commit]) == [patch, pick, tree, commit]

    @pytest.mark.parametrize("limit", ["1", "1000"], ids=["pack", "loose objects"])
    def test_an_act_finds_the_objects_in_the_clone(
        self, repository: Repository, clone: Git, limit: str
    ) -> None:
        patch = repository.commit("Patch", {"a.txt": "1\n2\n3!\n"})
        clone.act("config", "fetch.unpackLimit", limit)
        clone.act("config", "fetch.writeCommitGraph", "true")

        with clone.questions_in_quarantine():
            clone.fetch_objects("origin", ["refs/heads/master"])
            first = clone.write_commit(f"{patch}^{{tree}}", patch, "First")
            assert not self.seen_by_others(clone, patch)

            clone.act("update-ref", "refs/patches/first", first)

            assert self.seen_by_others(clone, first)
            second = clone.write_commit(f"{patch}^{{tree}}", first, "Second")
            assert not self.seen_by_others(clone, second)
            clone.act("update-ref", "refs/patches/second", second)
            third = clone.write_commit(f"{patch}^{{tree}}", second, "Third")

        assert self.seen_by_others(clone, second)
        assert Git(clone.shell, clone.cwd).missing([first, second, third]) == [third]
        fsck = subprocess.run(
            ["git", "fsck", "--strict", "--full"], cwd=clone.cwd, capture_output=True, text=True, check=True
        )
        assert fsck.stdout + fsck.stderr == ""

    def test_a_dry_run_moves_nothing(self, clone: Git) -> None:
        dry = Git(Shell(clone.cwd, dry=True), clone.cwd)
        before = self.files_of(clone)
        with dry.questions_in_quarantine():
            commit = dry.write_commit("HEAD^{tree}", "HEAD", "Dry")
            dry.act("update-ref", "refs/patches/dry", commit)
            assert dry.missing([commit]) == []
        assert self.files_of(clone) == before

    def test_another_process_never_sees_part_of_a_pack(
        self, repository: Repository, clone: Git, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        patch = repository.commit("Patch", {f"{number}.txt": f"{number}\n" for number in range(20)})
        clone.act("config", "fetch.unpackLimit", "1")
        replace = Path.replace
        moments = []

        def watched_replace(self: Path, target: Path) -> Path:
            moved = replace(self, target)
            # Another process sees the commit completely or not at all, and fsck finds no broken pack.
            known = subprocess.run(
                ["git", "rev-list", "--objects", patch], cwd=clone.cwd, capture_output=True, check=False
            )
            checked = subprocess.run(["git", "fsck"], cwd=clone.cwd, capture_output=True, check=False)
            # The quarantine is still readable for patchwright itself.
            own = clone.missing([patch])
            moments.append((target.suffix, known.returncode == 0, checked.returncode, own))
            return moved

        with clone.questions_in_quarantine():
            clone.fetch_objects("origin", ["refs/heads/master"])
            monkeypatch.setattr(Path, "replace", watched_replace)
            clone.quarantine.release()

        assert [suffix for suffix, *_ in moments][-1] == ".idx"
        assert [(known, status, own) for _, known, status, own in moments] == [
            (suffix == ".idx", 0, []) for suffix, *_ in moments
        ]

    def test_questions_in_threads_survive_releases(self, clone: Git) -> None:
        tip = clone.commit_named("HEAD")
        assert tip is not None

        def ask(number: int) -> str:
            commit = clone.write_commit(f"{tip}^{{tree}}", tip, f"Number {number}")
            assert [one.message for one in clone.commits("-1", commit)] == [f"Number {number}"]
            if number % 5 == 0:
                clone.act("update-ref", f"refs/patches/{number}", commit)
            return commit

        with clone.questions_in_quarantine():
            with ThreadPoolExecutor(8) as pool:
                commits = list(pool.map(ask, range(24)))
            assert clone.missing(commits) == []
            clone.quarantine.release()

        assert Git(clone.shell, clone.cwd).missing(commits) == []
        assert clone.ask("fsck", "--strict").status == 0

    @pytest.mark.parametrize("name", ["a:b", 'quo"te', "back\\slash", "new\nline", "#hash", "\u00fc \u00fc"])
    def test_a_clone_may_have_any_path(self, repository: Repository, tmp_path: Path, name: str) -> None:
        repository.commit("Base", {"a.txt": "1\n"})
        clone = self.cloned(repository, tmp_path / name / "almanac")
        before = self.files_of(clone)
        with clone.questions_in_quarantine():
            commit = clone.write_commit("HEAD^{tree}", "HEAD", "Odd path")
            assert clone.commits("-1", commit)[0].subject == "Odd path"
            assert self.files_of(clone) == before
            clone.act("update-ref", "refs/patches/odd", commit)
        assert self.seen_by_others(clone, commit)

    def test_a_clone_that_borrows_objects_can_be_quarantined(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        tip = repository.commit("Base", {"a.txt": "1\n"})
        path = tmp_path / "borrower"
        repository.git("clone", "--quiet", "--shared", ".", str(path))
        clone = Git(Shell(path), path)
        with clone.questions_in_quarantine():
            commit = clone.write_commit(f"{tip}^{{tree}}", tip, "Borrowed")
            assert clone.text(f"{commit}:a.txt") == "1\n"
            clone.act("update-ref", "refs/patches/borrowed", commit)
        assert self.seen_by_others(clone, commit)

    def test_a_shared_clone_keeps_its_group_permissions(self, clone: Git) -> None:
        clone.act("config", "core.sharedRepository", "group")
        with clone.questions_in_quarantine():
            commit = clone.write_commit("HEAD^{tree}", "HEAD", "Shared")
            clone.act("update-ref", "refs/patches/shared", commit)
        path = clone.object_directory() / commit[:2]
        assert stat.S_IMODE(path.stat().st_mode) & 0o2070 == 0o2070
