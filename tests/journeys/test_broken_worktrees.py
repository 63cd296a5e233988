"""Broken and occupied worktrees: a rerun or `release.abandon` leads out, and a person's files are kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from journeys.ground import Ground

pytestmark = pytest.mark.journey

CHECKOUT = ("release.checkout", "--version", "1.24")
ABANDON = ("release.abandon", "--version", "1.24")
Fault = Callable[[Ground], object]


def worktree(ground: Ground) -> Path:
    return next((ground.root / "state").glob("patchwright/*/1.24")) / "release"


def writes(name: str, content: bytes) -> Fault:
    return lambda ground: next(ground.clone.glob(".git/worktrees/*")).joinpath(name).write_bytes(content)


def occupied_by(make: Callable[[Path, Path], object]) -> Fault:
    """Return a fault: something of a person is where the worktree was. `make` gets that place."""

    def fault(ground: Ground) -> None:
        shutil.rmtree(worktree(ground))
        make(worktree(ground), ground.root / "outside")

    return fault


def directory(place: Path, _outside: Path) -> None:
    place.mkdir()
    (place / "mine.txt").write_text("mine\n")


def file(place: Path, _outside: Path) -> None:
    place.write_text("mine\n")


def link(place: Path, outside: Path) -> None:
    directory(outside, outside)
    place.symlink_to(outside)


def moves_out(name: str) -> Fault:
    """Return a fault: a part of the worktree is elsewhere, and a link leads there."""

    def fault(ground: Ground) -> None:
        place, outside = worktree(ground) / name, ground.root / "outside"
        place.rename(outside)
        place.symlink_to(outside)

    return fault


FAULTS: dict[str, Fault] = {
    "the index is empty": writes("index", b""),
    "the index is binary": writes("index", b"x" * 100),
    "HEAD is empty": writes("HEAD", b""),
    "HEAD is binary": writes("HEAD", b"\0\377" * 50),
    "HEAD names no commit": writes("HEAD", b"1" * 40 + b"\n"),
    "a directory of somebody": occupied_by(directory),
    "a file of somebody": occupied_by(file),
    "a link of somebody": occupied_by(link),
    "a linked directory": moves_out("almanac"),
    "a linked git file": moves_out(".git"),
}


@pytest.fixture
def clean_ground(shared_ground: Ground) -> Iterator[Ground]:
    """Return the module's ground with a worktree, and remove afterwards what a fault and a run have made."""
    assert shared_ground.inv(*CHECKOUT).status == 0
    yield shared_ground
    for path in (shared_ground.root / "state", shared_ground.root / "outside"):
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
    for path in shared_ground.clone.glob(".git/worktrees/*"):
        shutil.rmtree(path)
    shutil.rmtree(shared_ground.clone / ".git" / "patchwright")


@pytest.mark.parametrize("command", [CHECKOUT, ABANDON], ids=lambda command: command[0])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_worktree_leads_out(clean_ground: Ground, fault: str, command: tuple[str, ...]) -> None:
    edited = worktree(clean_ground) / "almanac" / "years.py"
    edited.write_text("mine\n")
    FAULTS[fault](clean_ground)

    done = clean_ground.inv(*command)

    assert done.status == 0, done.text
    kept = [one for one in clean_ground.root.rglob("*") if one.is_file() and one.read_bytes() == b"mine\n"]
    assert kept, done.text
    assert clean_ground.inv(*CHECKOUT).status == 0


def test_a_lock_of_a_person_is_named_and_kept(clean_ground: Ground) -> None:
    clean_ground.git("worktree", "lock", "--reason", "on a disk that I remove", str(worktree(clean_ground)))
    assert clean_ground.inv(*CHECKOUT).status == 0

    halted = clean_ground.inv(*ABANDON)

    assert halted.status == 3, halted.text
    assert "on a disk that I remove" in halted.err
    assert f"git worktree unlock {worktree(clean_ground)}" in halted.err
    assert "locked on a disk" in clean_ground.git("worktree", "list", "--porcelain")


def test_a_worktree_behind_a_link_is_neither_written_nor_deleted(clean_ground: Ground) -> None:
    place, outside = worktree(clean_ground).parent, clean_ground.root / "outside"
    place.rename(outside)
    place.symlink_to(outside)
    before = sorted(outside.rglob("*"))

    for command in (CHECKOUT, ABANDON):
        halted = clean_ground.inv(*command)
        assert halted.status == 3, halted.text
        assert f"{place} is a symbolic link" in halted.err
    assert sorted(outside.rglob("*")) == before
