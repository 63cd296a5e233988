"""Pulls: the pull requests of a repository. The API opens them, and a test merges them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from patchwright.practice.hosting import Hosting

MergeMethod = Literal["merge", "squash"]


@dataclass
class Pull:
    """A pull request. Times are seconds since the epoch."""

    number: int
    title: str
    body: str
    head: str
    base: str
    head_sha: str
    created_at: float
    state: str = "open"
    merged_at: float | None = None
    merge_commit: str | None = None


@dataclass
class Pulls:
    """The pull requests of a repository, oldest first."""

    hosting: Hosting
    opened: list[Pull] = field(default_factory=list)

    def open(self, *, title: str, body: str, head: str, base: str, now: float) -> Pull:
        """Open a pull request. Raise KeyError if one of the branches does not exist."""
        refs = self.hosting.refs()
        (head_sha, _), _ = refs[f"refs/heads/{head}"], refs[f"refs/heads/{base}"]
        pull = Pull(len(self.opened) + 1, title, body, head, base, head_sha, now)
        self.opened.append(pull)
        return pull

    def find(self, number: int) -> Pull:
        """Return the pull request with this number. Raise LookupError if there is none."""
        if not 0 < number <= len(self.opened):
            raise LookupError(number)
        return self.opened[number - 1]

    def from_branch(self, head: str, state: str = "open") -> list[Pull]:
        """Return the pull requests from a branch, newest first. The state `all` means any state."""
        return [pull for pull in reversed(self.opened) if pull.head == head and state in {pull.state, "all"}]

    def update_head(self, branch: str, sha: str) -> None:
        """Set the head of the open pull requests from a branch."""
        for pull in self.from_branch(branch):
            pull.head_sha = sha

    def merge(self, pull: Pull, method: MergeMethod, now: float) -> None:
        """Merge a pull request into its base. Raise CommandFailed if it conflicts."""
        git = self.hosting.git
        base = git("rev-parse", f"refs/heads/{pull.base}")
        tree = git("merge-tree", "--write-tree", base, pull.head_sha)
        parents = ["-p", base, *(["-p", pull.head_sha] if method == "merge" else [])]
        title = (
            f"{pull.title} (#{pull.number})"
            if method == "squash"
            else f"Merge pull request #{pull.number}\n\n{pull.title}"
        )
        dates = {"GIT_AUTHOR_DATE": f"@{int(now)} +0000", "GIT_COMMITTER_DATE": f"@{int(now)} +0000"}
        identity = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Practitioner"), ("EMAIL", "practitioner@example.org"))
        }
        merged = git("commit-tree", tree, *parents, "-m", title, env={**dates, **identity})
        git("update-ref", f"refs/heads/{pull.base}", merged, base)
        pull.state, pull.merged_at, pull.merge_commit = "closed", now, merged
