"""One release as its steps see it: the plan, the worktree, and what origin shows."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from patchwright.halts import (
    BranchConflict,
    CommandFailed,
    Halt,
    Prerequisite,
    RefusedPush,
    Standing,
    VersionConflict,
)
from patchwright.history import picking
from patchwright.history.landmarks import Landmarks, survey
from patchwright.history.snapshot import Tree, same_version
from patchwright.releases import plan as plans
from patchwright.releases.journal import Intent, Journal
from patchwright.tools.git import Clone, Commit, Git
from patchwright.tools.worktree import Worktree

if TYPE_CHECKING:
    from patchwright.github.repository import GitHub
    from patchwright.github.watch import Target
    from patchwright.history.candidate import Candidate
    from patchwright.progress import Narrator
    from patchwright.settings import Settings
    from patchwright.tools.shell import Shell


class Release:
    """The facts of one release, each looked up once; `look_again` drops what an act may have changed."""

    def __init__(self, shell: Shell, settings: Settings, clone: Clone, narrator: Narrator) -> None:
        self.shell = shell
        self.settings = settings
        self.clone = clone
        self.narrator = narrator
        self.git = Git(shell, clone.top)
        self.journal = Journal(clone.common)
        self.pinned: str | None = None
        self.proven: dict[str, str] = {}
        self.problems: list[Halt] = []
        self.runs: dict[str, str] = {}
        self.judged: dict[tuple[str, str], list[Candidate]] = {}
        self.notes: list[str] = []
        self._landmarks: dict[tuple[str, str], Landmarks] = {}
        self._trees: dict[str, Tree] = {}

    # What was fixed when the release was opened: see `opening`.
    plan: plans.Plan

    @property
    def is_planned(self) -> bool:
        """Whether the plan has been fixed."""
        return hasattr(self, "plan")

    @property
    def intent(self) -> Intent:
        """What the journal keeps of this release; an empty intent where it is of another version."""
        kept = self.journal.read(self.plan.series)
        return kept if kept.version == self.plan.version else Intent(version=self.plan.version)

    @property
    def has_intent(self) -> bool:
        """Whether the journal knows of this release."""
        return self.journal.read(self.plan.series).version == self.plan.version

    @property
    def is_under_way(self) -> bool:
        """Whether the journal knows of this release, and not of its end."""
        return self.has_intent and not self.intent.finished

    def begin(self) -> None:
        """Keep the plan as the intent of a release that is under way; nothing is kept when dry."""
        plan = self.plan
        if not self.shell.dry:
            intent = replace(
                self.intent, date=plan.date, message=plan.message, picks=plan.picks,
                skip_check=plan.skip_check, finished=False, halt=None,
            )  # fmt: skip  # what was asked, then how far it is
            self.journal.write(plan.series, intent)

    def intend(self, **changes: object) -> None:
        """Keep changes of intent in the journal, where the release has begun."""
        if self.has_intent and not self.shell.dry:
            self.journal.write(self.plan.series, replace(self.intent, **changes))  # type: ignore[arg-type]  # fields

    # What origin shows

    @cached_property
    def urls(self) -> tuple[list[str], list[str]]:
        """The URLs that the remote is fetched from and pushed to."""
        return self.git.urls(self.settings.remote)

    @cached_property
    def origin(self) -> dict[str, str]:
        """Origin's heads and tags, as `ls-remote` showed them."""
        return self.git.ls_remote(self.settings.remote)

    @cached_property
    def seen_first(self) -> dict[str, str]:
        """Origin's refs as they were when this run began."""
        return dict(self.origin)

    def look_again(self, *, origin: bool = True) -> None:
        """Forget what an act may have changed: the worktree's HEAD, and origin's refs."""
        for fact in ("head", "start", *(("origin",) if origin else ())):
            self.__dict__.pop(fact, None)
        if origin:
            self.bring_objects()

    def bring_objects(self) -> None:
        """Make the commits that origin's refs of this release name present in the clone."""
        branches = (self.plan.branch, self.settings.mainline, self.integration_branch)
        names = [f"refs/heads/{branch}" for branch in branches]
        names += [f"refs/tags/{tag}" for tag in (self.plan.tag, self.plan.previous_tag)]
        there = [name for name in names if name in self.origin]
        if self.git.missing(self.origin[name] for name in there):
            self.git.fetch_objects(self.settings.remote, there)

    @property
    def branch_tip(self) -> str:
        """Origin's release branch. Raises BranchConflict where there is none."""
        return self._tip(self.plan.branch)

    @property
    def mainline_tip(self) -> str:
        """Origin's mainline. Raises BranchConflict where there is none."""
        return self._tip(self.settings.mainline)

    def _tip(self, branch: str) -> str:
        tip = self.origin.get(f"refs/heads/{branch}")
        if tip is None:
            raise BranchConflict(f"{self.settings.remote} has no branch {branch}.")
        return tip

    @property
    def integration_branch(self) -> str:
        """The short name of the branch that an integration by pull request is on."""
        return f"patchwright/integrate-{self.plan.tag}"

    def integration_tips(self) -> list[str]:
        """Return the commits on origin that may hold the integration: the mainline's, a pull request's."""
        names = (self.settings.mainline, self.integration_branch)
        return [self.origin[f"refs/heads/{name}"] for name in names if f"refs/heads/{name}" in self.origin]

    @property
    def public_tag(self) -> str | None:
        """The object of the release's tag on origin."""
        return self.origin.get(f"refs/tags/{self.plan.tag}")

    @property
    def tagged(self) -> str | None:
        """The commit that the release's tag on origin peels to."""
        return self.origin.get(f"refs/tags/{self.plan.tag}^{{}}") or self.public_tag

    # The worktrees

    @cached_property
    def tree(self) -> Worktree:
        """The worktree that the release branch is worked on in."""
        return Worktree(self.git, self._place / "release")

    @cached_property
    def mainline_tree(self) -> Worktree:
        """The worktree that the integration is built in."""
        return Worktree(self.git, self._place / "mainline")

    @property
    def _place(self) -> Path:
        return place(self.clone, self.plan.series)

    @cached_property
    def start(self) -> str:
        """Where the release begins: origin's release branch, or the local one where that is ahead of it.

        Raises BranchConflict where the two have diverged.
        """
        tip = self.branch_tip
        local = self.git.ref(f"refs/heads/{self.plan.branch}")
        if local is None or local == tip or self.git.is_ancestor(local, tip):
            return tip
        if self.git.is_ancestor(tip, local):
            return local
        raise BranchConflict(
            f"The local branch {self.plan.branch} and {self.settings.remote}'s have diverged.",
            evidence=[f"local:  {local}", f"{self.settings.remote}: {tip}"],
            remedy=[
                f"Bring them together, or drop the local one; git log {tip[:10]}...{local[:10]} shows them."
            ],
            never=["Do not force-push the release branch."],
        )

    def local_commits(self) -> list[Commit]:
        """Return the commits of the local release branch that origin lacks: they are part of the release."""
        local = not self.public_tag and self.start != self.branch_tip
        return self.git.commits(self.start, f"^{self.branch_tip}") if local else []

    @cached_property
    def head(self) -> str:
        """The commit that the release has come to: the worktree's HEAD where that fits, else the start."""
        head = self.tree.head()
        return head if head and self._may_build_on(head) else self.start

    @property
    def subject(self) -> str:
        """The commit that is released: the tagged one, else the one that was pushed, else the head."""
        return self.tagged or self.pinned or self.head

    # What the commits are

    def landmarks(self, tip: str | None = None) -> Landmarks:
        """Return what the release's commits are, up to a tip (the subject when none is named)."""
        at = (tip or self.subject, self.plan.version)
        if at not in self._landmarks:
            self._landmarks[at] = survey(self.git, self.plan.previous, *at)
        return self._landmarks[at]

    def tree_at(self, commit: str) -> Tree:
        """Return a commit's tree as a Hatch and towncrier project."""
        return self._trees.setdefault(commit, Tree(self.git, commit))

    def version_at(self, commit: str) -> str | None:
        """Return the version of a commit: from its tree, else by the version command in the worktree."""
        stated = self.tree_at(commit).version
        if stated is None and self.tree.exists and self.tree.head() == commit:
            stated = self.stated_version()
        return stated

    def stated_version(self) -> str:
        """Return what the version command says in the worktree, strictly read."""
        from patchwright.tools import hatch  # noqa: PLC0415  `inv --list` does without

        return hatch.stated_version(
            self.shell.ask(*self.settings.version_command, cwd=self.tree.path, timeout=600)
        )

    @property
    def code(self) -> str:
        """The newest commit of the release that does more than to set its version or write its changelog."""
        marks = self.landmarks()
        own = {commit.sha for commit in (marks.version_commit, marks.changelog_commit) if commit}
        own -= {commit.sha for commit in marks.patches}
        return next((c.sha for c in reversed(marks.commits) if c.sha not in own), self.plan.previous)

    @property
    def is_prepared(self) -> bool:
        """Whether the head has the planned version, and a changelog section for it."""
        return self.landmarks(self.head).section is not None and same_version(
            self.version_at(self.head), self.plan.version
        )

    @property
    def is_pushed(self) -> bool:
        """Whether the head is a prepared release and is what origin's release branch shows."""
        return self.branch_tip == self.head and self.is_prepared

    def _may_build_on(self, head: str) -> bool:
        """Tell whether a commit holds the start, and beyond it only what fits what was asked.

        No pick is there that is not wanted, and none is missing below a changelog that is written.
        """
        if not self.git.is_ancestor(self.start, head):
            return False
        if self.plan.picks is None or head == self.start:
            return True
        beyond = self.git.commits(head, f"^{self.start}")
        if any(not set(self.plan.picks) & set(commit.picked_from) for commit in beyond if commit.picked_from):
            return False
        if self.landmarks(head).section is None:
            return True
        wanted = self.git.commits("--no-walk=unsorted", *self.plan.picks) if self.plan.picks else []
        return len(picking.present(self.git, wanted, head)) == len(wanted)

    # GitHub

    @property
    def is_on_github(self) -> bool:
        """Whether the remote's push URL names a repository on GitHub."""
        from patchwright.github.repository import repo_of  # noqa: PLC0415  `inv --list` does without

        return any(repo_of(url) for url in self.urls[1])

    @cached_property
    def github(self) -> GitHub:
        """The repository on GitHub that the remote is pushed to."""
        from patchwright.github.repository import GitHub, repo_of  # noqa: PLC0415  `inv --list` does without

        _, push = self.urls
        repo = repo_of(push[0]) if push else None
        if repo is None:
            raise Prerequisite(
                f"The remote {self.settings.remote} is not a repository on GitHub.",
                evidence=[f"push URL: {push[0] if push else 'none'}"],
            )
        return GitHub(self.shell, repo, narrator=self.narrator, patience=self.settings.patience)

    def target(self, workflow: str) -> Target:
        """Return the run that a step looks for: QA's on the release branch, the release's on the tag."""
        from patchwright.github.watch import Target  # noqa: PLC0415  `inv --list` does without

        if workflow == self.settings.release_workflow:
            return Target(workflow, self.subject, self.plan.tag, is_tag=True)
        return Target(workflow, self.subject, self.plan.branch)

    def note(self, text: str) -> None:
        """Keep something for the summary that a person should know, once."""
        if text not in self.notes:
            self.notes.append(text)

    # Writing

    @property
    def head_name(self) -> str:
        """The head, for a command that is shown when dry, where it may not have been made."""
        return self.head if self.is_prepared or not self.shell.dry else "<the commit above>"

    def push(self, commit: str, ref: str) -> None:
        """Push one commit or tag object to one full ref of origin, fast-forward only, nothing else with it.

        Raises RefusedPush where origin says no. In `--porcelain` a refused ref's line begins with `!`
        (git 2.39).
        """
        try:
            self.git.act(
                "push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no",
                "--", self.settings.remote, f"{commit}:{ref}",
            )  # fmt: skip  # the flags, then what goes where
        except CommandFailed as failure:
            if any(row.startswith("!\t") for row in failure.output.splitlines()):
                raise self._refused(failure, ref) from None
            raise

    def _refused(self, failure: CommandFailed, ref: str) -> RefusedPush:
        return RefusedPush(
            f"{self.settings.remote} did not take the push to {ref}.",
            evidence=failure.evidence,
            remedy=[
                "Where the branch has moved meanwhile, go on: what was made is made anew on top of it.",
                "Where it is protected, be allowed to push to it, or ask someone who is to go on.",
            ],
            never=["Do not force-push."],
        )

    def require_version(self) -> None:
        """Halt where the head's version is neither the last release's nor the planned one."""
        found = self.version_at(self.head)
        if found is None or any(
            same_version(found, v) for v in (self.plan.previous_version, self.plan.version)
        ):
            return
        raise VersionConflict(
            f"The version on {self.plan.branch} is {found}; a patch release to {self.plan.version} expects "
            f"{self.plan.previous_version}, the last release of the series.",
            evidence=[f"at {self.head}"],
            remedy=[
                f"Set the version on the branch to {self.plan.previous_version}, or release {found} by hand."
            ],
        )

    def standing(self) -> Standing:
        """Return what is public, what is local and what is untouched, as far as this run has seen."""
        origin, branch = self.settings.remote, self.plan.branch
        public, local, untouched = [], [], ["your checkout, its index and its branch"]
        try:
            tip, first = self.branch_tip, self.seen_first.get(f"refs/heads/{branch}")
            if self.public_tag:
                public.append(f"the tag {self.plan.tag}, at {str(self.tagged)[:10]}")
            moved = tip != first or same_version(self.tree_at(tip).version, self.plan.version)
            (public if moved else untouched).append(f"{origin}'s {branch}, at {tip[:10]}")
            mainline = self.mainline_tip
            same = mainline == self.seen_first.get(f"refs/heads/{self.settings.mainline}")
            (untouched if same else public).append(f"{origin}'s {self.settings.mainline}, at {mainline[:10]}")
            unpushed = self.git.rev_list(self.head, f"^{tip}") if not self.public_tag else []
            if unpushed:
                local.append(f"{len(unpushed)} commit(s) in {self.tree.path}, up to {self.head[:10]}")
        except (BranchConflict, Prerequisite):
            pass
        return Standing(tuple(public), tuple(local), tuple(untouched))


def place(clone: Clone, series: str) -> Path:
    """Return where a series' worktrees are: below the user's state, the same for every run in a clone."""
    from platformdirs import user_state_path  # noqa: PLC0415  `inv --list` does without

    key = hashlib.sha256(str(clone.common).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    # Of the clone, not of the work tree in it that inv was started in.
    return user_state_path("patchwright", appauthor=False) / f"{clone.common.parent.name}-{key}" / series
