"""Copies: a throwaway copy of origin and of the maintainer's clone, in which a release can be tried."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from patchwright.releases.release import Release
from patchwright.tools import maintainer
from patchwright.tools.git import Git
from patchwright.tools.shell import Shell

_COPIED_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
# The remote of a copy is on this machine: it needs no login and no proxy, and no file gets a secret.
_FOR_REMOTES = re.compile(r"(credential|http|url)\.")


def fetch_origin(release: Release) -> None:
    """Fetch the objects of every branch and tag of origin. No ref changes."""
    release.git.fetch_objects(release.settings.remote, _refs(release))


def copy_origin(release: Release, bare: Path, objects: Iterable[Path]) -> None:
    """Create a bare repository with the branches and tags of origin. It reads the given object directories.

    They must have every object: see `fetch_origin`.
    """
    shell = Shell(release.clone.top)
    bare.parent.mkdir(parents=True, exist_ok=True)
    shell.act("git", "init", "--quiet", "--bare", str(bare))
    alternates = "".join(f"{directory}\n" for directory in objects)
    (bare / "objects" / "info" / "alternates").write_text(alternates, encoding="utf-8")
    creations = "".join(f"create {ref} {sha}\n" for ref, sha in _refs(release).items())
    Git(shell, bare).act("update-ref", "--stdin", stdin=creations)


def copy_clone(release: Release, bare: Path, clone: Path) -> None:
    """Create a clone of the bare repository with the branches and tags of the maintainer's clone.

    No file is checked out.
    """
    shell = Shell(release.clone.top)
    reference = str(release.clone.common)
    shell.act("git", "clone", "--quiet", "--no-checkout", "--reference", reference, str(bare), str(clone))
    fetched = ("fetch", "--quiet", "--update-head-ok", str(release.clone.top), *_COPIED_REFS)
    Git(shell, clone).act(*fetched)


def configure(release: Release, clone: Path, url: str) -> None:
    """Let a copied clone use the remote at a URL, and what git uses in the maintainer's checkout."""
    copy = Git(Shell(release.clone.top), clone)
    copy.act("config", f"remote.{release.settings.remote}.url", url)
    for key, value in maintainer.settings_at(release.git, copy.configuration()):
        if not _FOR_REMOTES.match(key):
            copy.act("config", "--add", key, value)


def _refs(release: Release) -> dict[str, str]:
    return {ref: sha for ref, sha in release.origin.refs.items() if not ref.endswith("^{}")}
