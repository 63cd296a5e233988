"""Commits: where the release starts, which commit it has come to, and which commit is released."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from functools import cached_property

from patchwright.halts import BranchConflict
from patchwright.history import presence
from patchwright.history.adapting import Adapter
from patchwright.history.landmarks import Landmarks, find_landmarks
from patchwright.history.snapshot import Snapshot
from patchwright.releases.journal import ReleaseRecord
from patchwright.releases.known_tips import KnownTips
from patchwright.releases.origin import Origin
from patchwright.releases.own_commits import OwnCommits
from patchwright.releases.plan import Plan
from patchwright.releases.workspace import Workspace
from patchwright.tools import tag_version
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit
from patchwright.versions import is_development_of, same_version, successor

# The name under which the worktree keeps the clean-up until it is pushed.
CLEAN_UP = "clean-up"


class Commits:
    """The commits of one release, as origin, the clone and the worktree show them at one time."""

    def __init__(  # noqa: PLR0913  what the commits are read from
        self,
        git: Git,
        plan: Plan,
        origin: Origin,
        workspace: Workspace,
        *,
        pushed: str | None = None,
        record: ReleaseRecord | None = None,
    ) -> None:
        self._git = git
        self._plan = plan
        self._origin = origin
        self._workspace = workspace
        self._pushed = pushed
        self._record = record
        self.tips = KnownTips(git, plan, origin, record)
        self._landmarks: dict[str, Landmarks] = {}
        self._snapshots: dict[str, Snapshot] = {}

    def fresh_copy(self, plan: Plan, origin: Origin, *, pushed: str | None) -> Commits:
        """Return the commits as they are now. Facts about objects with a full name never change, and stay."""
        commits = Commits(self._git, plan, origin, self._workspace, pushed=pushed, record=self._record)
        commits._snapshots = self._snapshots
        if (plan.version, plan.previous) == (self._plan.version, self._plan.previous):
            commits._landmarks = self._landmarks
        return commits

    # Where the release is

    @cached_property
    def start(self) -> str:
        """The commit on which the release starts: origin's release branch, or the local one if it is ahead.

        Raise BranchConflict if the two have diverged.
        """
        tip = self._origin.branch_tip
        local = self.local_tip
        if local is None or local == tip or self._git.is_ancestor(local, tip):
            return tip
        if self._git.is_ancestor(tip, local):
            return local
        raise BranchConflict(
            f"The local branch {self._plan.branch} and {self._origin.name}'s have diverged.",
            evidence=[f"local:  {local}", f"{self._origin.name}: {tip}"],
            remedy=[
                "Rebase or merge the local branch, or delete it.",
                f"To see the differences: git log {tip[:10]}...{local[:10]}",
            ],
            never=["Do not force-push the release branch."],
        )

    @property
    def local_tip(self) -> str | None:
        """The tip of the local release branch, or None if there is no such branch."""
        return self._git.ref(f"refs/heads/{self._plan.branch}")

    @property
    def local_commits(self) -> list[Commit]:
        """The commits of the local release branch that origin lacks. They are part of the release."""
        is_ahead = not self._origin.tag and self.start != self._origin.branch_tip
        return self._git.commits(self.start, f"^{self._origin.branch_tip}") if is_ahead else []

    @cached_property
    def head(self) -> str:
        """The worktree's HEAD if it fits the request, else the start. A clean-up on top does not count."""
        head = self._workspace.branch.head()
        if head and head != self.start:
            head = self._without_clean_up(head)
        return head if head and self._may_build_on(head) else self.start

    @property
    def release_commit(self) -> str:
        """The commit that is released: the tagged one, else the pushed one, else the head."""
        return self._origin.tagged_commit or self._pushed or self.head

    # What the commits are

    def landmarks(self, tip: str | None = None) -> Landmarks:
        """Return the release's commits by their roles, up to a tip (by default the release commit)."""
        at = tip or self.release_commit
        if at not in self._landmarks:
            self._landmarks[at] = find_landmarks(self._git, self._plan.previous, at, self._plan.version)
        return self._landmarks[at]

    def snapshot(self, commit: str) -> Snapshot:
        """Return the project's files at a commit."""
        return self._snapshots.setdefault(commit, Snapshot(self._git, commit))

    def version_at(self, commit: str) -> str | None:
        """Return the version at a commit: from its files, else by the version command in the worktree."""
        version = self.snapshot(commit).version
        worktree = self._workspace.branch
        if version is None and worktree.exists and worktree.head() == commit:
            version = self._workspace.stated_version()
        return version

    def version_is_from_tag(self, commit: str) -> bool:
        """Return whether the tag alone decides the version: by the setting, else by the files of a commit."""
        if self._plan.version_source != "auto":
            return self._plan.version_source == "tag"
        source = self.snapshot(commit).version_source
        return source is not None and source.is_tag

    def has_planned_version(self, commit: str) -> bool:
        """Return whether a commit has the planned version, or gets it from the tag."""
        return self.version_is_from_tag(commit) or same_version(self.version_at(commit), self._plan.version)

    def version_variables(self, commit: str) -> dict[str, str]:
        """Return the variables with which commands of the project see the planned version before the tag."""
        if not self.version_is_from_tag(commit):
            return {}
        snapshot = self.snapshot(commit)
        source = snapshot.version_source
        return tag_version.variables(
            source.kind if source else None, snapshot.project_name, self._plan.version
        )

    @property
    def code_commit(self) -> str:
        """The newest commit that does more than set the version or add the changelog section."""
        marks = self.landmarks()
        own = {commit.sha for commit in (marks.version_commit, marks.changelog_commit) if commit}
        own -= {commit.sha for commit in marks.patches}
        return next((c.sha for c in reversed(marks.commits) if c.sha not in own), self._plan.previous)

    @property
    def is_complete(self) -> bool:
        """Whether the head has the planned version and a changelog section with the present fragments."""
        marks = self.landmarks(self.head)
        is_complete = marks.section is not None and not marks.late and not marks.withdrawn
        return is_complete and self.has_planned_version(self.head)

    @property
    def is_pushed(self) -> bool:
        """Whether the head is a prepared release and is the tip of origin's release branch."""
        return self._origin.branch_tip == self.head and self.is_complete

    # The clean-up

    def cleaned_up(self, sha: str) -> str | None:
        """Return the commit that a clean-up is built on, or None if the commit is not a clean-up.

        A clean-up removes exactly the fragments that are rendered in the section of this release.
        """
        if not self.tips.existing([sha]):
            return None
        commit = self._git.commits("--no-walk=unsorted", sha)[0]
        if len(commit.parents) != 1 or not commit.changes or any(change.after for change in commit.changes):
            return None
        parent = commit.parents[0]
        files, rendered = self.snapshot(parent).fragment_files, self.landmarks(parent).fragments
        remaining = {path for path, blob in rendered.items() if files.get(path) == blob}
        return parent if commit.paths == remaining else None

    def back_in_development(self, sha: str) -> str | None:
        """Return the commit on which a commit sets the version that follows this release, or None."""
        if not self.tips.existing([sha]):
            return None
        commit = self._git.commits("--no-walk=unsorted", sha)[0]
        if len(commit.parents) != 1:
            return None
        before, after = self.snapshot(commit.parents[0]).version, self.snapshot(sha).version
        follows = after is not None and is_development_of(after, successor(self._plan.version))
        is_step = follows and same_version(before, self._plan.version)
        return commit.parents[0] if is_step and self._own.sets_version(commit) else None

    def _without_clean_up(self, sha: str) -> str:
        """Return the commit on which a clean-up and the next development version were built, if any."""
        end = self.back_in_development(sha) or sha
        return self.cleaned_up(end) or end

    @property
    def clean_up(self) -> str | None:
        """The last commit of the clean-up that was built on the release commit and is kept, or None."""
        kept = self._workspace.branch.kept(CLEAN_UP)
        is_ours = kept and kept != self.release_commit and self.tips.existing([kept])
        return kept if kept and is_ours and self._without_clean_up(kept) == self.release_commit else None

    @property
    def branch_end(self) -> str:
        """The commit to which the release brings origin's release branch, as far as it is known now."""
        if self._origin.tag and self._origin.branch_tip != self.release_commit:
            return self._origin.branch_tip
        return self.clean_up or self.release_commit

    # What the worktree has beyond the start

    def require_own_worktree(self) -> None:
        """Raise BranchConflict if only the worktree has a commit that is not patchwright's own."""
        foreign = self.foreign_commits
        if not foreign:
            return
        where = shlex.quote(str(self._workspace.branch.path))
        names = " ".join(commit.sha[:12] for commit in foreign)
        back = f"git -C {where} checkout --detach {foreign[0].parents[0]}"
        news = self.snapshot(foreign[0].sha).configuration.news_file(self._plan.version)
        edits = all(commit.paths == {news} for commit in foreign)
        why = f"an edit of {news} may change only the section, and must keep the words of each fragment"
        raise BranchConflict(
            "patchwright's worktree has commits that patchwright did not make.",
            evidence=[
                f"worktree: {where}",
                *(f"{one.short} {one.subject} ({one.author})" for one in foreign),
                *([why] if edits else []),
            ],
            remedy=[
                f"To release them, commit them to {self._plan.branch} first: git cherry-pick {names}",
                f"After that, or to leave them out, put the worktree back: {back}",
            ],
        )

    @cached_property
    def foreign_commits(self) -> list[Commit]:
        """The commits of the worktree that neither patchwright made nor a branch has or had."""
        head = self._workspace.branch.head()
        end = self._without_clean_up(head) if head and head != self.start else self.start
        beyond = self._git.commits(end, f"^{self.start}")
        return self._only_in_worktree([commit for commit in beyond if not self._own.is_own(commit)])

    @property
    def commits_made_here(self) -> list[Commit]:
        """The commits of the worktree that no branch has or had, ancestors first."""
        head = self._workspace.branch.head()
        return self._only_in_worktree(self._git.commits(head, f"^{self.start}") if head else [])

    def _only_in_worktree(self, commits: list[Commit]) -> list[Commit]:
        if not commits:
            return []
        past = self._git.past_tips(f"refs/heads/{self._plan.branch}")
        kept = self.tips.existing([*self.tips.of_branch(), *past])
        lost = set(self._git.rev_list(*(one.sha for one in commits), *(f"^{tip}" for tip in kept)))
        return [commit for commit in commits if commit.sha in lost]

    @cached_property
    def _own(self) -> OwnCommits:
        return OwnCommits(
            self._git, self._plan, self._origin, self.tips, self.start,
            snapshot=self.snapshot, landmarks=self.landmarks, is_from_tag=self.version_is_from_tag,
        )  # fmt: skip  # the world, then what is known of commits

    def _may_build_on(self, head: str) -> bool:
        """Return whether a commit is the start, or is built on it by patchwright and fits the request.

        It fits if it has only wanted picks, and every wanted one once it has the changelog section.
        """
        if head == self.start:
            return True
        if not self._git.is_ancestor(self.start, head):
            return False
        beyond = self._git.commits(head, f"^{self.start}")
        if not all(self._own.is_own(commit) for commit in beyond):
            return False
        picks = self._plan.picks
        if picks is None:
            return True
        if any(not set(picks) & set(commit.picked_from) for commit in beyond if commit.picked_from):
            return False
        return self.landmarks(head).section is None or self._has_every_pick(head, beyond, picks)

    def _has_every_pick(self, head: str, beyond: Iterable[Commit], picks: tuple[str, ...]) -> bool:
        if len(self.tips.existing(picks)) < len(set(picks)):
            return False
        wanted = self._git.commits("--no-walk=unsorted", *picks) if picks else []
        adapter = Adapter(self._git, self._plan.version, self.snapshot(self.start))
        found = presence.find_presence(
            self._git, wanted, head, adapt=adapter.adapt, code_change=adapter.code_change,
            trusted={commit.sha for commit in beyond},
        )  # fmt: skip  # what of whom, then how it is tried
        return len(found.proven) == len(wanted)
