"""Origin: the refs of the remote as they were read once, and the only function that pushes."""

from __future__ import annotations

from functools import cached_property

from patchwright.halts import BranchConflict, CommandFailed, Effects, RefusedPush
from patchwright.releases import refusals
from patchwright.releases.plan import Plan
from patchwright.settings import Settings
from patchwright.tools import hook_trace
from patchwright.tools.git import Git
from patchwright.tools.git_settings import push_settings, settings_variables


class Origin:
    """The remote that is released to. Each fact is read once; a `fresh_copy` reads again.

    `plan` is None until the release has been resolved. Until then only `urls` and `refs` can be read.
    """

    def __init__(
        self, git: Git, settings: Settings, plan: Plan | None = None, *, first: Origin | None = None
    ) -> None:
        self._git = git
        self._settings = settings
        self._plan = plan
        self._first = first
        self.name = settings.remote
        self.mainline = settings.mainline

    def fresh_copy(self) -> Origin:
        """Return an Origin that reads the remote again. Its `first_refs` are those of this one."""
        return Origin(self._git, self._settings, self._plan, first=self._first or self)

    def for_plan(self, plan: Plan) -> Origin:
        """Return the remote for the release of a plan, with the refs that were read already."""
        origin = Origin(self._git, self._settings, plan, first=self._first or self)
        origin.refs, origin.urls = self.refs, self.urls
        return origin

    @property
    def plan(self) -> Plan:
        """The plan of the release. Raise LookupError before the release has been resolved."""
        if self._plan is None:
            raise LookupError(self.name)
        return self._plan

    @cached_property
    def urls(self) -> tuple[list[str], list[str]]:
        """The URLs from which the remote is fetched, and those to which it is pushed."""
        return self._git.urls(self.name)

    @cached_property
    def refs(self) -> dict[str, str]:
        """The remote's heads and tags, by full name."""
        return self._git.ls_remote(self.name)

    @property
    def first_refs(self) -> dict[str, str]:
        """The remote's heads and tags when this run read them for the first time."""
        return self._first.refs if self._first else self.refs

    @property
    def branch_tip(self) -> str:
        """The tip of the release branch. Raise BranchConflict if it does not exist."""
        return self._tip(self.plan.branch)

    @property
    def mainline_tip(self) -> str:
        """The tip of the mainline. Raise BranchConflict if it does not exist."""
        return self._tip(self._settings.mainline)

    @property
    def integration_tip(self) -> str | None:
        """The tip of the pull request's branch, or None if it does not exist."""
        return self.refs.get(f"refs/heads/{self.plan.integration_branch}")

    @property
    def integration_tips(self) -> list[str]:
        """The tips of the branches that may hold the integration: the mainline and the pull request's."""
        tips = (self.refs.get(f"refs/heads/{self._settings.mainline}"), self.integration_tip)
        return [tip for tip in tips if tip]

    @property
    def tag(self) -> str | None:
        """The object that the release's tag names, or None if the remote has no such tag."""
        return self.refs.get(f"refs/tags/{self.plan.tag}")

    @property
    def tagged_commit(self) -> str | None:
        """The commit that the release's tag peels to, or None if the remote has no such tag."""
        return self.refs.get(f"refs/tags/{self.plan.tag}^{{}}") or self.tag

    def fetch(self) -> None:
        """Fetch the commits of this release's branches and tags that the clone lacks. No ref changes."""
        branches = (self.plan.branch, self._settings.mainline, self.plan.integration_branch)
        names = [f"refs/heads/{branch}" for branch in branches]
        names += [f"refs/tags/{tag}" for tag in (self.plan.tag, self.plan.previous_tag)]
        existing = [name for name in names if name in self.refs]
        if self._git.missing(self.refs[name] for name in existing):
            self._git.fetch_objects(self.name, existing)

    def push(self, commit: str, ref: str) -> None:
        """Push one commit or tag object to one full ref, and push nothing else.

        The remote takes it only if the ref still has the value in `refs`. A branch only moves forward, and a
        tag is only created. Raise BranchConflict if the commit is not on top of that value, and RefusedPush
        if the remote rejects it. In `--porcelain` the line of a rejected ref begins with `!` (git 2.39).
        """
        # A tag that exists is never replaced, even if it was seen.
        old = "" if ref.startswith("refs/tags/") else self.refs.get(ref, "")
        self._require_forward(commit, ref, old)
        with hook_trace.trace_hooks_elsewhere() as trace:
            try:
                # The lease makes git refuse if the ref has another value. Nothing is forced: see above.
                self._git.act(
                    "push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no",
                    f"--force-with-lease={ref}:{old}", "--", self.name, f"{commit}:{ref}",
                    env={**settings_variables(push_settings(self.name)), **trace.environment},
                )  # fmt: skip  # the flags, then what is pushed where
            except CommandFailed as failure:
                self._explain(failure, ref, trace.failed_hook())
                raise

    def _explain(self, failure: CommandFailed, ref: str, hook: str | None) -> None:
        """Say why a push failed, if that is known. Raise RefusedPush if the remote rejected it."""
        if refusals.is_rejected(failure.output):
            raise RefusedPush(
                f"{self.name} rejected the push to {ref}.",
                evidence=failure.evidence,
                remedy=refusals.remedies(failure.output, ref, self.name),
                never=["Do not force-push."],
            ) from None
        if hook:
            hook_trace.explain_refusal(
                failure, self._git, hook, f"the push to {ref}",
                "If the hook requires a branch, change the hook: patchwright pushes a commit by its name.",
                "Then run the same command again. Nothing of this push is public.",
            )  # fmt: skip  # what was refused, then how to fix it

    def _require_forward(self, commit: str, ref: str, old: str) -> None:
        """Raise BranchConflict if a push would take anything back. A dry run has no commit to look at."""
        if not old or self._git.shell.dry or self._git.is_ancestor(old, commit):
            return
        raise BranchConflict(
            f"{commit[:10]} is not on top of {self.name}'s {ref}, so it was not pushed.",
            evidence=[f"{self.name}: {old}", f"commit: {commit}"],
            never=["Do not force-push."],
        )

    def _tip(self, branch: str) -> str:
        tip = self.refs.get(f"refs/heads/{branch}")
        if tip is None and branch == self.plan.branch and self.tagged_commit:
            raise deleted_branch(self.name, branch, self.plan.tag, self.tagged_commit)
        if tip is None:
            raise BranchConflict(f"{self.name} has no branch {branch}.")
        return tip


def deleted_branch(remote: str, branch: str, tag: str, commit: str) -> BranchConflict:
    """Return the halt for a series whose release branch is gone although its tags are public."""
    halt = BranchConflict(
        f"{remote} has no branch {branch}, but {tag} of this series is public.",
        evidence=[f"{tag}: {commit}"],
        remedy=[
            "If the series has ended, nothing has to be done.",
            "If not, bring the branch back from the tag, and run the same command again.",
            f"If this clone lacks the commit of the tag: git fetch {remote} tag {tag}",
            "If the branch had later commits, push its last tip instead.",
        ],
        next_command=f"git push {remote} {commit}:refs/heads/{branch}",
    )
    halt.effects = Effects(public=(f"the tag {tag}, at {commit[:10]}",), untouched=("everything",))
    return halt
