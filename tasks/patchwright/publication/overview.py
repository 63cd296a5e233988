"""Overview: what a release is about to make public, as it has been built."""

from __future__ import annotations

from dataclasses import dataclass

from patchwright.integration import preparation
from patchwright.progress import Chapter
from patchwright.publication import tag_object
from patchwright.releases.release import Release
from patchwright.text import quantity
from patchwright.tools.git_output import Commit


@dataclass(frozen=True)
class Overview:
    """What becomes public.

    `commits` are the new commits of each branch, ancestors first, or None if they are not built yet.
    """

    repository: str
    tag: str
    tag_message: str
    changelog: str
    section: str
    commits: dict[str, list[Commit] | None]
    notes: tuple[str, ...]

    def chapters(self, *, with_names: bool = True) -> list[Chapter]:
        """Return the overview as text. In a preview, the names of the commits mean nothing."""
        branches = [self._branch_chapter(branch, with_names=with_names) for branch in self.commits]
        return [
            *branches,
            (f"Tag {self.tag}", self.tag_message.splitlines()),
            (f"Section in {self.changelog}", self.section.strip("\n").splitlines()),
            *([("Notes", self.notes)] if self.notes else []),
        ]

    def _branch_chapter(self, branch: str, *, with_names: bool) -> Chapter:
        commits = self.commits[branch]
        if commits is None:
            return f"{branch} of {self.repository} gets the integration, which is not built yet", ()
        rows = [
            f"{f'{commit.short} ' if with_names else ''}{commit.subject} ({commit.author})"
            for commit in commits
        ]
        return f"{branch} of {self.repository} gets {quantity(len(commits), 'commit')}", rows


def find_overview(release: Release) -> Overview:
    """Return what the release makes public, from the commits that were built. Nothing is changed."""
    plan, commits, origin = release.plan, release.commits, release.origin
    base, built = preparation.find_base(release), preparation.find_prepared(release)
    new: dict[str, list[Commit] | None] = {
        plan.branch: release.git.commits(commits.branch_end, f"^{origin.branch_tip}"),
        release.settings.mainline: release.git.commits(built, f"^{base}") if built else None,
    }
    return Overview(
        repository=release.repo.full_slug if release.repo else release.settings.remote,
        tag=plan.tag,
        tag_message=tag_object.message(release),
        changelog=commits.snapshot(commits.release_commit).changelog_file,
        section=commits.landmarks().section or "",
        commits=new,
        notes=tuple(release.notes),
    )
