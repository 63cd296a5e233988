"""Committers: whether the commits that were made in the worktrees for a release are the maintainer's.

A person may commit there by hand with another identity: that of another shell, or of another configuration.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from patchwright.halts import StepFailed
from patchwright.integration import preparation
from patchwright.releases.release import Release
from patchwright.tools import maintainer
from patchwright.tools.git_output import Commit
from patchwright.tools.worktree import Worktree

# The settings that decide who commits, and how a commit is signed.
_SETTINGS = ("user.", "gpg.", "commit.gpgsign")
# A pick keeps the author of its source.
_RESET_AUTHOR = (
    'git log -1 --format=%B | grep -q "^(cherry picked from commit " '
    "|| git commit --amend --no-edit --quiet --allow-empty --reset-author"
)


def require_own_release(release: Release) -> None:
    """Raise StepFailed if a commit that was made in the release's worktree is not the maintainer's."""
    _require_own(release, release.workspace.branch, release.commits.commits_made_here)


def require_own_integration(release: Release, tip: str) -> None:
    """Raise StepFailed if a commit that was built for the mainline, up to a tip, is not the maintainer's."""
    if not release.shell.dry:
        commits = release.git.commits(tip, f"^{preparation.find_base(release)}")
        _require_own(release, release.workspace.mainline, commits)


def _require_own(release: Release, worktree: Worktree, commits: Iterable[Commit]) -> None:
    """Raise StepFailed if some of these commits of a worktree, ancestors first, are not the maintainer's.

    The committer and the signature must be the maintainer's, and so must the author, except of a pick.
    """
    who = maintainer.read_maintainer(release.git)
    found = []
    for commit in commits:
        author = commit.author if commit.picked_from else None
        problem = who.find_difference(release.git.identities(commit.sha), author)
        if problem:
            found.append((commit, problem))
    if not found:
        return
    where, base = shlex.quote(str(worktree.path)), found[0][0].parents[0]
    again = _command(release, worktree, base, with_author=any(not one.picked_from for one, _ in found))
    raise StepFailed(
        "Commits in patchwright's worktree are not the maintainer's.",
        evidence=[
            f"worktree: {where}",
            *(f"{commit.short} {commit.subject}: {problem}" for commit, problem in found),
        ],
        remedy=[
            f"To keep the changes, commit them again as {who.committer}: {again}",
            f"Or let the tool make the commits: git -C {where} checkout --detach {base}",
            "After either of them, run the same command again.",
        ],
        next_command=again,
    )


def _command(release: Release, worktree: Worktree, base: str, *, with_author: bool) -> str:
    """Return the command that makes the commits on top of a base again, as the maintainer."""
    identity = maintainer.read_maintainer(release.git).environment
    settings = maintainer.settings_at(release.git, worktree.git.configuration())
    settings = [row for row in settings if row[0].lower().startswith(_SETTINGS)]
    words = ["git", "-C", str(worktree.path)]
    words += ["-c", "commit.cleanup=verbatim"]
    words += [word for key, value in settings for word in ("-c", f"{key}={value}")]
    words += ["rebase", "--quiet", "--no-ff", *(("--exec", _RESET_AUTHOR) if with_author else ()), base]
    variables = [f"{name}={shlex.quote(value)}" for name, value in identity.items()]
    return " ".join([*variables, shlex.join(words)])
