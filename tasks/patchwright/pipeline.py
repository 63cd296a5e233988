"""Pipeline: the steps of a patch release in their order. The module of each step is in `steps`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step of a release: its name, its title, and the steps that must be proven before it acts."""

    name: str
    title: str
    needs: tuple[str, ...] = ()


STEPS = (
    # A problem that would stop a later step is reported here, before anything has changed.
    Step("preflight", "Check everything that could fail later; change nothing"),
    # The following steps work in patchwright's own worktree.
    Step("checkout", "Check out the release branch in patchwright's own worktree"),
    # The patches come first, because every later step works on a tree that contains them.
    Step("pick", "Cherry-pick the patches onto the release branch", needs=("checkout",)),
    # A failed check costs little here. After the push it is public.
    Step("check", "Run linters, testers and docsgen on the code to be released", needs=("checkout", "pick")),
    # The changelog names the version, so the version is committed first.
    Step("bump", "Commit the new version", needs=("checkout", "pick", "check")),
    Step("changelog", "Commit the changelog section", needs=("checkout", "bump")),
    # Everything that will become public is built and shown while it can still be abandoned.
    Step(
        "prepare",
        "Sign the tag, build the clean-up and the integration; publish nothing",
        needs=("checkout", "pick", "check", "bump", "changelog"),
    ),
    # The push is the first public change. A fix can still follow it.
    Step(
        "push", "Push the release branch", needs=("checkout", "pick", "check", "bump", "changelog", "prepare")
    ),
    # QA must pass on exactly the commit that will be tagged.
    Step("watch-qa", "Wait until QA has passed on exactly this commit", needs=("push",)),
    # A public tag cannot be withdrawn.
    Step("tag", "Push the signed tag", needs=("watch-qa",)),
    # The tag starts the release workflow, which publishes.
    Step("watch-release", "Wait until the release workflow has published", needs=("tag",)),
    # Only the rendered fragments are removed, after the release was published.
    Step("clean-up", "Remove the released news fragments from the release branch", needs=("watch-release",)),
    # The mainline must contain everything that was released.
    Step("integrate-master", "Bring patches, changelog and clean-up to the mainline", needs=("clean-up",)),
)
STEPS_BY_NAME = {step.name: step for step in STEPS}
# If one of these steps is run alone and the next release has not begun, it works on the last release.
LATE_STEPS = ("watch-qa", "tag", "watch-release", "clean-up", "integrate-master")
