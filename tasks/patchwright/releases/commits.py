"""Commits: where the release starts, which commit it has come to, and which commit is released."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from functools import cached_property

from patchwright.halts import BranchConflict, Halt
from patchwright.history import presence
from patchwright.history.adapting import Adapter
from patchwright.history.landmarks import Landmarks, find_landmarks, reverted_by, without_reverted
from patchwright.history.snapshot import Snapshot
from patchwright.invocation import task_command
from patchwright.releases.journal import ReleaseRecord
from patchwright.releases.origin import Origin
from patchwright.releases.plan import Plan
from patchwright.releases.workspace import Workspace
from patchwright.tools import tag_version
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit
from patchwright.versions import is_development_of, same_version, successor

# The name under which the worktree keeps the clean-up until it is pushed.
CLEAN_UP = "clean-up"
_FULL_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)


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
        local = self._local_tip
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

    def remaining_fragments(self, commit: str) -> list[str]:
        """Return the paths of the rendered fragments that a commit of the release branch still has."""
        files, rendered = self.snapshot(commit).fragment_files, self.landmarks(commit).fragments
        return [path for path, blob in sorted(rendered.items()) if files.get(path) == blob]

    def cleaned_up(self, sha: str) -> str | None:
        """Return the commit that a clean-up is built on, or None if the commit is not a clean-up.

        A clean-up removes exactly the fragments that are rendered in the section of this release.
        """
        if not self._existing([sha]):
            return None
        commit = self._git.commits("--no-walk=unsorted", sha)[0]
        if len(commit.parents) != 1 or not commit.changes or any(change.after for change in commit.changes):
            return None
        parent = commit.parents[0]
        return parent if commit.paths == set(self.remaining_fragments(parent)) else None

    def back_in_development(self, sha: str) -> str | None:
        """Return the commit on which a commit sets the version that follows this release, or None."""
        if not self._existing([sha]):
            return None
        commit = self._git.commits("--no-walk=unsorted", sha)[0]
        if len(commit.parents) != 1:
            return None
        before, after = self.snapshot(commit.parents[0]).version, self.snapshot(sha).version
        follows = after is not None and is_development_of(after, successor(self._plan.version))
        is_step = follows and same_version(before, self._plan.version)
        return commit.parents[0] if is_step and self._sets_version(commit) else None

    def _without_clean_up(self, sha: str) -> str:
        """Return the commit on which a clean-up and the next development version were built, if any."""
        end = self.back_in_development(sha) or sha
        return self.cleaned_up(end) or end

    @property
    def clean_up(self) -> str | None:
        """The last commit of the clean-up that was built on the release commit and is kept, or None."""
        kept = self._workspace.branch.kept(CLEAN_UP)
        is_ours = kept and kept != self.release_commit and self._existing([kept])
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
        why = f"an edit of {news} must keep the words of each fragment, and the other sections"
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
        others = [commit for commit in beyond if not self._is_own(commit)]
        if not others:
            return []
        kept = self._existing([*self._branch_tips(), *self._git.past_tips(f"refs/heads/{self._plan.branch}")])
        lost = set(self._git.rev_list(*(one.sha for one in others), *(f"^{tip}" for tip in kept)))
        return [commit for commit in others if commit.sha in lost]

    def _may_build_on(self, head: str) -> bool:
        """Return whether a commit is the start, or is built on it by patchwright and fits the request.

        It fits if it has only wanted picks, and every wanted one once it has the changelog section.
        """
        if head == self.start:
            return True
        if not self._git.is_ancestor(self.start, head):
            return False
        beyond = self._git.commits(head, f"^{self.start}")
        if not all(self._is_own(commit) for commit in beyond):
            return False
        picks = self._plan.picks
        if picks is None:
            return True
        if any(not set(picks) & set(commit.picked_from) for commit in beyond if commit.picked_from):
            return False
        return self.landmarks(head).section is None or self._has_every_pick(head, beyond, picks)

    def _has_every_pick(self, head: str, beyond: Iterable[Commit], picks: tuple[str, ...]) -> bool:
        if len(self._existing(picks)) < len(set(picks)):
            return False
        wanted = self._git.commits("--no-walk=unsorted", *picks) if picks else []
        adapter = Adapter(self._git, self._plan.version, self.snapshot(self.start))
        found = presence.find_presence(
            self._git, wanted, head, adapt=adapter.adapt, code_change=adapter.code_change,
            trusted={commit.sha for commit in beyond},
        )  # fmt: skip  # what of whom, then how it is tried
        return len(found.proven) == len(wanted)

    def _is_own(self, commit: Commit) -> bool:
        """Return whether a commit is a pick of a public commit, or sets the version, or adds the section.

        Its subject does not matter.
        """
        if len(commit.parents) != 1:
            return False
        if commit.picked_from:
            return self._is_pick(commit)
        try:
            return self._sets_version(commit) or self._adds_section(commit) or self._edits_section(commit)
        except Halt:
            return False

    def _is_pick(self, commit: Commit) -> bool:
        if set(commit.picked_from) & set(self._plan.picks or ()):
            return True
        lines = self._existing([self._origin.mainline_tip, self.start, *self._mainline_tips()])
        sources = self._existing(commit.picked_from)
        return any(self._git.is_ancestor(source, tip) for source in sources for tip in lines)

    def _sets_version(self, commit: Commit) -> bool:
        """Return whether a commit changes the version and nothing else."""
        after = self.snapshot(commit.sha)
        if self.version_is_from_tag(commit.sha):
            return False
        if same_version(after.version, self.snapshot(commit.parents[0]).version or ""):
            return False
        if not commit.changes or not all(change.before and change.after for change in commit.changes):
            return False
        version = after.version or self._plan.version
        return Adapter(self._git, version).adapt(commit) is None or all(
            version in (text or "") for text in after.read_all(sorted(commit.paths)).values()
        )

    def _adds_section(self, commit: Commit) -> bool:
        """Return whether a commit adds or replaces the changelog section of its version and nothing else.

        The section is replaced if fragments came or went after it was rendered.
        """
        after, before = self.snapshot(commit.sha), self.snapshot(commit.parents[0])
        versions = dict.fromkeys(filter(None, (self._plan.version, after.version)))
        return any(
            commit.paths == {after.configuration.news_file(version)}
            and after.section(version) is not None
            and (before.section(version) is None or self._replaces_section(commit, before, after))
            for version in versions
        )

    def _replaces_section(self, commit: Commit, before: Snapshot, after: Snapshot) -> bool:
        """Return whether a commit adds late fragments to the section, or takes withdrawn ones out of it.

        A change of the section for another reason is a person's.
        """
        version, was, now = self._plan.version, self.landmarks(commit.parents[0]), self.landmarks(commit.sha)
        return (
            bool(was.late or was.withdrawn)
            and not (now.late or now.withdrawn)
            and before.without_section(version).changelog == after.without_section(version).changelog
        )

    def _edits_section(self, commit: Commit) -> bool:
        """Return whether a commit only edits the section of this release, and loses no fragment by it.

        A person does this in the worktree after `prepare` has shown the section.
        """
        version, was, now = self._plan.version, self.snapshot(commit.parents[0]), self.snapshot(commit.sha)
        before, after = was.section(version), now.section(version)
        return (
            commit.paths == {now.configuration.news_file(version)}
            and before is not None
            and after is not None
            and was.without_section(version).changelog == now.without_section(version).changelog
            and set(now.unrendered_fragments(after)) <= set(was.unrendered_fragments(before))
        )

    # What origin has withdrawn

    def require_nothing_withdrawn(self) -> None:
        """Raise BranchConflict if origin lacks commits that its branches had since the release began.

        Commits that are about to be released also count if this clone has ever seen them on origin's release
        branch. A pick that the mainline has reverted since counts as well, unless it was named with `:again`.
        """
        self._require_no_reverted_pick()
        withdrawn = self._withdrawn()
        if not withdrawn:
            return
        rows = [
            f"{branch}: {one.short} {one.subject} ({one.author})"
            for branch, commits in withdrawn.items()
            for one in commits
        ]
        plan, tip = self._plan, self._origin.branch_tip
        remedy = [
            "If it was a mistake, push the commits to the branch again, and run the same command again.",
            f"If not, begin again without them: {task_command('abandon', plan.series)}",
        ]
        local = self._local_tip
        if local and any(self._git.is_ancestor(one.sha, local) for one in withdrawn.get(plan.branch, ())):
            remedy.append(
                f"Your local {plan.branch} has these commits. To remove them, check it out, then: "
                f"git reset --keep {tip}"
            )
        raise BranchConflict(
            f"{self._origin.name} has withdrawn commits from its branches.",
            evidence=rows,
            remedy=remedy,
            never=["Do not publish again what others withdrew on purpose."],
            next_command=task_command("abandon", plan.series),
        )

    def _require_no_reverted_pick(self) -> None:
        """Raise BranchConflict if the mainline has reverted a pick since the release began."""
        plan, mainline = self._plan, self._origin.mainline
        picks = [pick for pick in plan.picks or () if pick not in plan.again]
        begin = self._existing(self._mainline_tips_since_begin())[:1]
        since = self._git.commits(self._origin.mainline_tip, f"^{begin[0]}") if picks and begin else []
        rows = [
            f"{mainline}: {commit.short} {commit.subject} ({commit.author}) reverts {pick[:10]}"
            for commit in without_reverted(since)
            for name in reverted_by(commit)
            for pick in picks
            if pick.startswith(name)
        ]
        if not rows:
            return
        fix = f"If {plan.branch} on {self._origin.name} has the patch already, revert it there, too."
        raise BranchConflict(
            f"{mainline} on {self._origin.name} has reverted a patch of this release since it began.",
            evidence=rows,
            remedy=[
                f"Begin again without it: {task_command('abandon', plan.series)}",
                fix,
                "Or release it nevertheless: name the commits with --patches, this one as SHA:again.",
            ],
            never=["Do not publish again what others withdrew on purpose."],
            next_command=task_command("abandon", plan.series),
        )

    def _withdrawn(self) -> dict[str, list[Commit]]:
        """Return the commits that origin has withdrawn, by the short name of the branch."""
        origin = self._origin
        since = self._lacking(self._existing(self._branch_tips_since_begin()), origin.branch_tip)
        seen = self._lacking(self._existing(self._branch_tips()), origin.branch_tip)
        ours = (
            set(self._git.rev_list(*self._about_to_be_released(), f"^{origin.branch_tip}")) if seen else set()
        )
        known = {one.sha for one in since} | (ours & {one.sha for one in seen})
        found = {
            self._plan.branch: [one for one in seen if one.sha in known],
            origin.mainline: self._lacking(
                self._existing(self._mainline_tips_since_begin()), origin.mainline_tip
            ),
        }
        return {name: commits for name, commits in found.items() if commits}

    def _lacking(self, tips: list[str], tip: str) -> list[Commit]:
        """Return the commits of some tips that another one lacks, ancestors first."""
        return self._git.commits(*tips, f"^{tip}") if tips else []

    def _about_to_be_released(self) -> list[str]:
        """Return the local branch and the head. There is no head if the local branch has diverged."""
        local, tip = self._local_tip, self._origin.branch_tip
        if local and not self._git.is_ancestor(local, tip) and not self._git.is_ancestor(tip, local):
            return [local]
        return [self.head]

    @property
    def _local_tip(self) -> str | None:
        return self._git.ref(f"refs/heads/{self._plan.branch}")

    def was_withdrawn_from_mainline(self, sha: str) -> bool:
        """Return whether a commit was on origin's mainline, as far as is known, and is not there now."""
        if not self._existing([sha]) or self._git.is_ancestor(sha, self._origin.mainline_tip):
            return False
        return any(self._git.is_ancestor(sha, tip) for tip in self._existing(self._mainline_tips()))

    def _branch_tips(self) -> list[str]:
        """Return the tips that origin's release branch is known to have had."""
        return [*self._branch_tips_since_begin(), *self._tracked_tips(self._plan.branch)]

    def _mainline_tips(self) -> list[str]:
        """Return the tips that origin's mainline is known to have had."""
        return [*self._mainline_tips_since_begin(), *self._tracked_tips(self._origin.mainline)]

    def _branch_tips_since_begin(self) -> list[str]:
        """Return the tips of the release branch on record, and the one that this run saw first."""
        recorded = self._record.content.branch_tips if self._record else ()
        return [*recorded, self._first_tip(self._plan.branch)]

    def _mainline_tips_since_begin(self) -> list[str]:
        recorded = self._record.content.mainline_tips if self._record else ()
        return [*recorded, self._first_tip(self._origin.mainline)]

    def _first_tip(self, branch: str) -> str:
        return self._origin.first_refs.get(f"refs/heads/{branch}", "")

    def _tracked_tips(self, branch: str) -> list[str]:
        """Return the tips of a branch that the clone's remote-tracking ref has had."""
        return self._git.past_tips(f"refs/remotes/{self._origin.name}/{branch}")

    def _existing(self, names: Iterable[str]) -> list[str]:
        """Return the names that are full names of commits in this clone. A journal may hold anything."""
        full = [name for name in dict.fromkeys(names) if _FULL_NAME.fullmatch(name)]
        missing = set(self._git.missing(full))
        return [name for name in full if name not in missing]
