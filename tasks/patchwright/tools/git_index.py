"""git's index: whether its file is whole. A power failure may leave an empty, short or damaged one."""

from __future__ import annotations

import hashlib
from pathlib import Path

# The header: a signature, a version and the number of entries (gitformat-index, git 2.39).
_SIGNATURE, _HEADER = b"DIRC", 12


def is_whole(path: Path) -> bool:
    """Return whether a file is an index that ends with the checksum of its content.

    The checksum is zero if git does not compute it (`index.skipHash`).
    """
    try:
        content = path.read_bytes() if path.is_file() else b""
    except OSError:
        return False
    if not content.startswith(_SIGNATURE):
        return False
    # The algorithm is that of the repository's object names.
    return any(_ends_with_checksum(content, name) for name in ("sha1", "sha256"))


def _ends_with_checksum(content: bytes, name: str) -> bool:
    checksum = hashlib.new(name, usedforsecurity=False)
    size = checksum.digest_size
    checksum.update(content[:-size])
    return len(content) >= _HEADER + size and content[-size:] in {checksum.digest(), bytes(size)}
