"""Bug: the report of an error that patchwright did not expect, with a file that has everything about it."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from importlib import metadata

from patchwright.halts import Bug
from patchwright.masking import hide_secrets

_PACKAGES = ("patchwright", "invoke", "rich")
# The report shows this many entries of the traceback. The file has all of them.
_SHOWN_ENTRIES = 6


def describe_bug(error: BaseException) -> Bug:
    """Return the halt for an unexpected error. Write its whole traceback to a file of its own."""
    entries, facts = traceback.format_exception(error), _facts()
    path = _write("\n".join([*facts, "", *entries]))
    whole = [f"the whole traceback: {path}"] if path else []
    shown = entries[-_SHOWN_ENTRIES:] if path else entries
    return Bug(
        f"patchwright has a bug: {error!r}.",
        evidence=[*facts, *whole, *"".join(shown).splitlines()],
        remedy=["Report it, with the evidence and the file."] if path else ["Report it, with the evidence."],
    )


def _facts() -> list[str]:
    versions = [f"{name} {_version(name)}" for name in _PACKAGES]
    # `platform.platform` would start a program.
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return [f"{', '.join(versions)}, Python {platform.python_version()}, {system}"]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of unknown version"


def _write(text: str) -> str | None:
    """Write a text to a new temporary file that only its owner can read. Return its path, or None."""
    command = " ".join(["inv", *sys.argv[1:]])
    try:
        descriptor, path = tempfile.mkstemp(prefix="patchwright-bug-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(hide_secrets(f"$ {command}\n{text}"))
    except OSError:
        return None
    return path
