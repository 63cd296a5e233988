"""Whether the file of git's index is whole: what a power failure leaves is not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from patchwright.tools.git_index import is_whole

CONTENT = b"DIRC\0\0\0\2\0\0\0\0"
SHA1, SHA256 = (hashlib.new(name, CONTENT).digest() for name in ("sha1", "sha256"))


@pytest.mark.parametrize("checksum", [SHA1, SHA256, bytes(20)])
def test_an_index_ends_with_its_checksum(tmp_path: Path, checksum: bytes) -> None:
    (tmp_path / "index").write_bytes(CONTENT + checksum)
    assert is_whole(tmp_path / "index")


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"x" * 100, CONTENT, (CONTENT + SHA1)[:-1], CONTENT[:-1] + b"\1" + SHA1]
)
def test_a_damaged_index_is_not_whole(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "index").write_bytes(content)
    assert not is_whole(tmp_path / "index")


def test_what_is_no_file_is_no_index(tmp_path: Path) -> None:
    assert not is_whole(tmp_path)
    assert not is_whole(tmp_path / "missing")
