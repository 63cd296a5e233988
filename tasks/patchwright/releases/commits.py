"""Commits: where the release starts, which commit it has come to, and which commit is released."""

from __future__ import annotations

from functools import cached_property

from patchwright.halts import BranchConflict
from patchwright.history import picking
from patchwright.history.landmarks import Landmarks, find_landmarks
from patchwright.history.snapshot import Snapshot
from patchwright.releases.origin import Origin
from patchwright.releases.plan import Plan
from patchwright.releases.workspace import Workspace
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit
from patchwright.versions import same_version


class Commits:
    """The commits of one release, as origin, the clone and the worktree show them at one time."""

    def __init__(
        self, git: Git, plan: Plan, origin: Origin, workspace: Workspace, *, pushed: str | None = None
    ) -> None:
        self._git = git
        self._plan = plan
        self._origin = origin
        self._workspace = workspace
        self._pushed = pushed
        self._landmarks: dict[str, Landmarks] = {}
        self._snapshots: dict[str, Snapshot] = {}

    def fresh_copy(self, plan: Plan, origin: Origin, *, pushed: str | None) -> Commits:
        """Return the commits as they are now. Facts about objects with a full name never change, and stay."""
        commits = Commits(self._git, plan, origin, self._workspace, pushed=pushed)
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
        local = self._git.ref(f"refs/heads/{self._plan.branch}")
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
    def local_commits(self) -> list[Commit]:
        """The commits of the local release branch that origin lacks. They are part of the release."""
        is_ahead = not self._origin.tag and self.start != self._origin.branch_tip
        return self._git.commits(self.start, f"^{self._origin.branch_tip}") if is_ahead else []

    @cached_property
    def head(self) -> str:
        """The worktree's HEAD if it fits the request, else the start."""
        head = self._workspace.branch.head()
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

    @property
    def code_commit(self) -> str:
        """The newest commit that does more than set the version or add the changelog section."""
        marks = self.landmarks()
        own = {commit.sha for commit in (marks.version_commit, marks.changelog_commit) if commit}
        own -= {commit.sha for commit in marks.patches}
        return next((c.sha for c in reversed(marks.commits) if c.sha not in own), self._plan.previous)

    @property
    def is_prepared(self) -> bool:
        """Whether the head has the planned version and a changelog section with the present fragments."""
        marks = self.landmarks(self.head)
        is_complete = marks.section is not None and not marks.late and not marks.withdrawn
        return is_complete and same_version(self.version_at(self.head), self._plan.version)

    @property
    def is_pushed(self) -> bool:
        """Whether the head is a prepared release and is the tip of origin's release branch."""
        return self._origin.branch_tip == self.head and self.is_prepared

    def _may_build_on(self, head: str) -> bool:
        """Return whether a commit is the start, or is built on it and fits the request.

        It fits if it has only wanted picks, and every wanted one once it has the changelog section.
        """
        if not self._git.is_ancestor(self.start, head):
            return False
        picks = self._plan.picks
        if picks is None or head == self.start:
            return True
        beyond = self._git.commits(head, f"^{self.start}")
        if any(not set(picks) & set(commit.picked_from) for commit in beyond if commit.picked_from):
            return False
        if self.landmarks(head).section is None:
            return True
        wanted = self._git.commits("--no-walk=unsorted", *picks) if picks else []
        return len(picking.find_present(self._git, wanted, head)) == len(wanted)
