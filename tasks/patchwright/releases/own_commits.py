"""Own commits: which commits of the worktree patchwright made."""

from __future__ import annotations

from collections.abc import Callable

from patchwright.halts import Halt
from patchwright.history.adapting import Adapter
from patchwright.history.landmarks import Landmarks
from patchwright.history.snapshot import Snapshot
from patchwright.releases.known_tips import KnownTips
from patchwright.releases.origin import Origin
from patchwright.releases.plan import Plan
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit
from patchwright.versions import same_version


class OwnCommits:
    """What patchwright commits for a release that starts at `start`: picks, the version and the section.

    `snapshot` and `landmarks` return what is known about a commit, `is_from_tag` whether the tag decides its
    version.
    """

    def __init__(  # noqa: PLR0913  what the commits are compared with
        self,
        git: Git,
        plan: Plan,
        origin: Origin,
        tips: KnownTips,
        start: str,
        *,
        snapshot: Callable[[str], Snapshot],
        landmarks: Callable[[str], Landmarks],
        is_from_tag: Callable[[str], bool],
    ) -> None:
        self._git = git
        self._plan = plan
        self._origin = origin
        self._tips = tips
        self._start = start
        self._snapshot = snapshot
        self._landmarks = landmarks
        self._is_from_tag = is_from_tag

    def is_own(self, commit: Commit) -> bool:
        """Return whether a commit is a pick of a public commit, or sets the version, or adds the section.

        Its subject does not matter.
        """
        if len(commit.parents) != 1:
            return False
        if commit.picked_from:
            return self._is_pick(commit)
        try:
            return self.sets_version(commit) or self._adds_section(commit) or self._edits_section(commit)
        except Halt:
            return False

    def _is_pick(self, commit: Commit) -> bool:
        if set(commit.picked_from) & set(self._plan.picks or ()):
            return True
        lines = self._tips.existing([self._origin.mainline_tip, self._start, *self._tips.of_mainline()])
        sources = self._tips.existing(commit.picked_from)
        return any(self._git.is_ancestor(source, tip) for source in sources for tip in lines)

    def sets_version(self, commit: Commit) -> bool:
        """Return whether a commit changes the version and nothing else."""
        if self._is_from_tag(commit.sha):
            return False
        after = self._snapshot(commit.sha)
        if same_version(after.version, self._snapshot(commit.parents[0]).version or ""):
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
        after, before = self._snapshot(commit.sha), self._snapshot(commit.parents[0])
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
        version = self._plan.version
        was, now = self._landmarks(commit.parents[0]), self._landmarks(commit.sha)
        return (
            bool(was.late or was.withdrawn)
            and not (now.late or now.withdrawn)
            and before.without_section(version).changelog == after.without_section(version).changelog
        )

    def _edits_section(self, commit: Commit) -> bool:
        """Return whether a commit only edits the section of this release, and loses no fragment by it.

        A person does this in the worktree after `prepare` has shown the section.
        """
        version, was, now = self._plan.version, self._snapshot(commit.parents[0]), self._snapshot(commit.sha)
        before, after = was.section(version), now.section(version)
        return (
            commit.paths == {now.configuration.news_file(version)}
            and before is not None
            and after is not None
            and was.without_section(version).changelog == now.without_section(version).changelog
            and set(now.unrendered_fragments(after)) <= set(was.unrendered_fragments(before))
        )
