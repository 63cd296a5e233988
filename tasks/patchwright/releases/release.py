"""Release: one release as its steps see it, with one part for each subject."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from patchwright.github.repository import GitHub, Repo
from patchwright.halts import Halt, Prerequisite
from patchwright.history.candidate import Candidate
from patchwright.progress import Progress
from patchwright.releases.commits import Commits
from patchwright.releases.identity import configured_repo, repo_of_url
from patchwright.releases.journal import Journal, ReleaseRecord
from patchwright.releases.origin import Origin
from patchwright.releases.plan import Plan
from patchwright.releases.workspace import Workspace, worktree_place
from patchwright.settings import Settings
from patchwright.tools.git import Clone, Git
from patchwright.tools.shell import Shell
from patchwright.tools.worktree import Worktree

# A dry run shows this for a commit that an earlier command would make.
_NO_COMMIT = "<the commit above>"


class Release:
    """One release: its plan, and what origin, the clone, the worktrees and the journal say about it.

    The parts `commits`, `workspace` and `record` exist once the release has been resolved to a plan.
    `refresh` replaces `origin` and `commits`. `place` is the directory of the worktrees, if it is not the
    usual one. `asks` is whether a person is asked before anything becomes public.
    """

    commits: Commits
    workspace: Workspace
    record: ReleaseRecord

    def __init__(
        self,
        shell: Shell,
        settings: Settings,
        clone: Clone,
        progress: Progress,
        *,
        place: Path | None = None,
    ) -> None:
        self._place = place
        self.shell = shell
        self.settings = settings
        self.clone = clone
        self.progress = progress
        self.git = Git(shell, clone.top, folder=clone.folder)
        self.journal = Journal(clone.common, clone.folder)
        self.origin = Origin(self.git, settings)
        self.proven: dict[str, str] = {}
        self.problems: list[Halt] = []
        self.run_urls: dict[str, str] = {}
        self.candidates: dict[tuple[str, str], list[Candidate]] = {}
        self.notes: list[str] = []
        # The session holds the clone's lock. While GitHub is waited for, others may use the clone.
        self.unlocked: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
        # What a person says about the public version in this run: a kind of `outcome`.
        self.outcome: str | None = None
        self._plan: Plan | None = None
        self.pushed_commit: str | None = None
        self.asks = False

    @property
    def is_planned(self) -> bool:
        """Whether the release has been resolved to a plan."""
        return self._plan is not None

    @property
    def plan(self) -> Plan:
        """The plan of the release. Raise LookupError before the release has been resolved."""
        if self._plan is None:
            raise LookupError("plan")
        return self._plan

    def resolve(self, plan: Plan) -> None:
        """Resolve this release to a plan: create its parts from the refs that were read already."""
        self._plan = plan
        self.origin = self.origin.for_plan(plan)
        place = self._place or worktree_place(self.clone, plan.series)
        self.workspace = Workspace(self.git, self.settings, place, on_kept=self._report_kept_work)
        self.record = ReleaseRecord(self.journal, plan, dry=self.shell.dry)
        self.commits = Commits(
            self.git, plan, self.origin, self.workspace, pushed=self.pushed_commit, record=self.record
        )

    def choose(self, picks: tuple[str, ...], again: tuple[str, ...] = ()) -> None:
        """Set the picks to these commits. Decide again whether the worktree fits them.

        Those in `again` are picked even if the release branch seems to have them.
        """
        self.resolve(replace(self.plan, picks=picks, again=again))

    def begin(self) -> None:
        """Record the release as one that is under way, with the tips that origin has now."""
        self.record.begin(self.origin.branch_tip, self.origin.mainline_tip)

    def refresh(self, *, origin: bool = True) -> None:
        """Look again at the worktree's HEAD and, with `origin`, at the remote's refs."""
        if origin:
            self.origin = self.origin.fresh_copy()
            self.origin.fetch()
        self.commits = self.commits.fresh_copy(self.plan, self.origin, pushed=self.pushed_commit)

    def remember_pushed(self, commit: str) -> None:
        """Use the pushed commit as the release commit for the rest of this run."""
        self.pushed_commit = commit
        self.commits = self.commits.fresh_copy(self.plan, self.origin, pushed=commit)

    def note(self, text: str) -> None:
        """Add a sentence to the notes of the summary, unless they have it."""
        if text not in self.notes:
            self.notes.append(text)

    def _report_kept_work(self, text: str) -> None:
        """Say where a person's work is, now and in the summary: a halt has no summary."""
        self.progress.say(text)
        self.note(text)

    @property
    def head_name(self) -> str:
        """The head as a command line shows it. In a dry run it may not exist yet."""
        is_real = self.commits.is_complete or not self.shell.dry
        return self.commits.head if is_real else _NO_COMMIT

    def head_of(self, worktree: Worktree) -> str:
        """Return the head of a worktree as a command shows it: a dry run has not committed."""
        return _NO_COMMIT if self.shell.dry else str(worktree.head())

    @property
    def repo(self) -> Repo | None:
        """The repository that the remote is pushed to: the setting `repository`, else by the push URL."""
        _, push = self.origin.urls
        return configured_repo(self.settings) or (repo_of_url(self.git, push[0]) if push else None)

    @property
    def is_on_github(self) -> bool:
        """Whether the remote's push URL names a repository on GitHub."""
        return self.repo is not None

    @cached_property
    def github(self) -> GitHub:
        """The repository on GitHub to which the remote is pushed. Raise Prerequisite if it is elsewhere."""
        _, push = self.origin.urls
        repo = self.repo
        if repo is None:
            raise Prerequisite(
                f"The remote {self.settings.remote} is not a repository on GitHub.",
                evidence=[f"push URL: {push[0] if push else 'none'}"],
            )
        return GitHub(self.shell, repo, progress=self.progress, patience=self.settings.patience)
