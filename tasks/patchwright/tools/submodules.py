"""Submodules: check out the submodules of the checkout in a worktree, from the checkout's own copies."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from patchwright.halts import CommandFailed, Prerequisite
from patchwright.tools.git import NETWORK_SECONDS, Git
from patchwright.tools.git_output import parse_configuration
from patchwright.tools.git_settings import settings_variables
from patchwright.tools.shell import command_line

_GITLINK = re.compile(r"160000 ([0-9a-f]+) 0\t(.*)", re.ASCII | re.DOTALL)
# git clones a submodule from a path only with this setting.
_LOCAL_FETCH = (("protocol.file.allow", "always"), ("uploadpack.allowAnySHA1InWant", "true"))


def update(worktree: Git, checkout: Git, source: Path | None = None) -> None:
    """Check out each submodule of the worktree that the checkout has, at the commit that the index names.

    The network is used only if the checkout's copy lacks the commit. `source` is the git directory of the
    checkout, if it is a submodule itself. Raise Prerequisite if a submodule cannot be checked out.
    """
    links = _gitlinks(worktree)
    if not links:
        return
    names = _names(worktree)
    for path, commit in links.items():
        name = names.get(path)
        copy = _find_copy(checkout, path, name, source)
        if name is None or copy is None:
            continue
        _check_out(worktree, path, name, commit, copy)
        below = (worktree.cwd / path, checkout.cwd / path)
        inner, outer = (Git(worktree.shell, place, worktree.quarantine) for place in below)
        update(inner, outer, copy)


def _gitlinks(worktree: Git) -> dict[str, str]:
    """Return the commits of the submodules in the index, by path."""
    rows = worktree.ask("ls-files", "-z", "--stage").stdout.split("\0")
    return {found[2]: found[1] for row in rows if (found := _GITLINK.fullmatch(row))}


def _names(worktree: Git) -> dict[str, str]:
    """Return the names of the submodules by path, as .gitmodules in the worktree gives them."""
    file = worktree.cwd / ".gitmodules"
    if file.is_symlink() or not file.is_file():
        return {}
    listed = worktree.ask("config", "--file", str(file), "--list", "-z", ok=None)
    paths = parse_configuration(listed.stdout)
    return {
        values[-1]: key.removeprefix("submodule.").removesuffix(".path")
        for key, values in paths.items()
        if key.startswith("submodule.") and key.endswith(".path")
    }


def _find_copy(checkout: Git, path: str, name: str | None, source: Path | None) -> Path | None:
    """Return the git directory of a submodule in the checkout, or None if it is not initialised there."""
    place = checkout.cwd / path
    if (place / ".git").exists():
        ceiling = {"GIT_CEILING_DIRECTORIES": str(place.parent)}
        question = ("git", "rev-parse", "--path-format=absolute", "--git-common-dir")
        found = checkout.shell.ask(*question, cwd=place, env=ceiling, ok=None)
        return Path(found.line) if found.status == 0 else None
    if name is None or ".." in name.split("/"):
        return None
    # Another branch may be checked out that does not have the submodule.
    top = source or Path(checkout.ask("rev-parse", "--path-format=absolute", "--git-dir").line)
    is_active = source is not None or checkout.config(f"submodule.{name}.url") is not None
    kept = top / "modules" / name
    return kept if is_active and not place.exists() and (kept / "HEAD").is_file() else None


def _check_out(worktree: Git, path: str, name: str, commit: str, copy: Path) -> None:
    """Check out one submodule. Clone it from its copy, or from its URL if the copy lacks the commit."""
    if _is_checked_out(worktree, path, commit):
        return
    has_commit = _has_commit(worktree, copy, commit)
    place = worktree.cwd / path
    settings = [("submodule.recurse", "false"), (f"submodule.{name}.active", "true")]
    if has_commit and not (place / ".git").exists():
        settings += [(f"submodule.{name}.url", str(copy)), ("protocol.file.allow", "always")]
    arguments: tuple[str, ...] = ("submodule", "--quiet", "update", "--init", "--force", "--checkout")
    try:
        if has_commit and (place / ".git").exists():
            # The worktree's copy may be older than that of the checkout. Without --no-fetch, git would fetch
            # a commit that no ref of the copy has once more, from a path, which it does not allow by default.
            arguments += ("--no-fetch",)
            worktree.shell.act(
                "git", "fetch", "--quiet", "--no-tags", str(copy), commit, cwd=place,
                env=settings_variables(_LOCAL_FETCH),
            )  # fmt: skip  # what is fetched, then where
        worktree.shell.act(
            "git", *arguments, "--", path,
            cwd=worktree.cwd, env=settings_variables(settings), timeout=NETWORK_SECONDS,
        )  # fmt: skip  # the command, then where
    except CommandFailed as failure:
        where, word = shlex.quote(str(worktree.cwd)), shlex.quote(path)
        raise Prerequisite(
            f"The submodule {name} could not be checked out at {commit[:10]} in patchwright's worktree.",
            evidence=failure.evidence,
            remedy=[
                f"Fetch the commit in your checkout: git -C {shlex.quote(str(copy))} fetch --all",
                f"Or check it out in the worktree: git -C {where} {command_line(arguments)} -- {word}",
                "Then run the same command again.",
            ],
        ) from None


def _is_checked_out(worktree: Git, path: str, commit: str) -> bool:
    place = worktree.cwd / path
    if not (place / ".git").exists():
        return False
    ceiling = {"GIT_CEILING_DIRECTORIES": str(place.parent)}
    head = worktree.shell.ask("git", "rev-parse", "--verify", "HEAD", cwd=place, env=ceiling, ok=None)
    if head.status or head.line != commit:
        return False
    changed = worktree.shell.ask(
        "git", "diff-index", "--quiet", "HEAD", "--", cwd=place, env=ceiling, ok=None
    )
    return changed.status == 0


def _has_commit(worktree: Git, copy: Path, commit: str) -> bool:
    # The work tree that the copy names may be missing now, so only its objects are looked at.
    objects = {"GIT_OBJECT_DIRECTORY": str(copy / "objects")}
    question = ("git", "cat-file", "-e", f"{commit}^{{commit}}")
    return worktree.shell.ask(*question, cwd=worktree.cwd, env=objects, ok=None).status == 0
