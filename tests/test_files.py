"""Files of patchwright's own: no link is followed, nothing waits, and errors say what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from patchwright import files
from patchwright.halts import Prerequisite, StepFailed


def test_a_file_is_read_as_it_was_written_and_only_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "record"
    files.write_text(path, "ü\n")
    files.write_text(path, "new\n")
    assert files.read_text(path) == "new\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["link", "loop", "FIFO", "directory", "binary", "long"])
def test_what_is_no_regular_text_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "record"
    (tmp_path / "other").write_text("x")
    assert files.read_text(path) is None
    make: dict[str, Callable[[], object]] = {
        "link": lambda: path.symlink_to("other"),
        "loop": lambda: path.symlink_to("record"),
        "FIFO": lambda: os.mkfifo(path),
        "directory": path.mkdir,
        "binary": lambda: path.write_bytes(b"\xff"),
        "long": lambda: path.write_text("x" * (files.LONGEST + 1)),
    }
    make[kind]()
    assert files.read_text(path) is None


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    for name in ("record", "record.new"):
        (tmp_path / name).symlink_to(other)
    files.write_text(tmp_path / "record", "text")
    assert other.read_text() == "mine"
    assert files.read_text(tmp_path / "record") == "text"


def test_a_file_that_cannot_be_written_halts_and_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_text(tmp_path / "record", "old")

    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StepFailed, match="could not be written: No space left") as halted:
        files.write_text(tmp_path / "record", "new")
    assert halted.value.remedy[0] == "Free some space on the disk, or raise your quota."
    assert [path.name for path in tmp_path.iterdir()] == ["record"]
    assert files.read_text(tmp_path / "record") == "old"


def test_a_directory_is_created_but_no_link_is_used_as_one(tmp_path: Path) -> None:
    files.make_directory(tmp_path / "one" / "two")
    files.make_directory(tmp_path / "one" / "two")
    (tmp_path / "link").symlink_to("one")
    (tmp_path / "file").write_text("")
    with pytest.raises(Prerequisite, match="symbolic link"):
        files.make_directory(tmp_path / "link")
    with pytest.raises(Prerequisite, match="could not be created"):
        files.make_directory(tmp_path / "file" / "below")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EMFILE, errno.EIO, 9999])
def test_each_error_of_the_system_has_a_remedy(number: int) -> None:
    halt = files.describe_fault(OSError(number, "no", "/one", None, "/two"), has_begun=True)
    assert (halt.status, halt.cause) == (4, "The system refused an operation (no): /one and /two.")
    assert halt.remedy[0]
    assert files.describe_fault(OSError("odd"), has_begun=False).cause == (
        "The system refused an operation (odd)."
    )


@pytest.mark.parametrize("link", ["news.rst", "docs", "docs/deep"])
def test_a_file_of_the_project_is_not_written_through_a_link(tmp_path: Path, link: str) -> None:
    outside, top = tmp_path / "outside", tmp_path / "top"
    path = "news.rst" if link == "news.rst" else "docs/deep/news.rst"
    (outside / "deep").mkdir(parents=True)
    (outside / "mine").write_text("mine\n")
    (top / link).parent.mkdir(parents=True, exist_ok=True)
    (top / link).symlink_to(outside / "mine" if link == path else outside)
    with pytest.raises(StepFailed, match="is a symbolic link"):
        files.write_below(top, path, "new\n")
    assert sorted(one.name for one in outside.rglob("*")) == ["deep", "mine"]
    assert (outside / "mine").read_text() == "mine\n"


def test_a_file_of_the_project_is_written_with_its_directories(tmp_path: Path) -> None:
    files.write_below(tmp_path, "docs/news.rst", "Gr\udcfc\u00dfe\n")
    assert (tmp_path / "docs" / "news.rst").read_bytes() == b"Gr\xfc\xc3\x9fe\n"
