"""The order of the steps of a patch release. A step is a line here and a module of its name in `steps`."""

from __future__ import annotations

from patchwright.engine.runner import Step

STEPS = (
    # What would fail late fails here, before anything has changed.
    Step("preflight", "everything that would fail late has been checked early"),
    # From here on the work is done in a worktree of our own.
    Step("checkout", "the worktree stands at the tip of the release branch"),
    # The patches come first: everything after is about the tree that holds them.
    Step("pick", "every requested patch is on the release branch, once", needs=("checkout",)),
    # Cheap to find out here, embarrassing to find out in public.
    Step("check", "linters, testers and docsgen pass on what will be released", needs=("checkout", "pick")),
    # Two commits of ours: the version, then the changelog that names it.
    Step("bump", "one commit sets the version", needs=("checkout", "pick", "check")),
    Step("changelog", "one commit adds the changelog's section", needs=("checkout", "bump")),
    # The first thing that others see; a fix can still follow it.
    Step(
        "push",
        "origin's release branch is that commit",
        needs=("checkout", "pick", "check", "bump", "changelog"),
    ),
    # QA speaks on the very commit that will be tagged.
    Step("watch-qa", "the QA run of that exact commit succeeded", needs=("push",)),
    # The one thing that can't be taken back.
    Step("tag", "the signed tag of that exact commit is on origin", needs=("watch-qa",)),
    # The tag starts it; it publishes.
    Step("watch-release", "the release run of that tag succeeded", needs=("tag",)),
    # Only what was rendered, and only now that it is published.
    Step("clean-up", "the rendered fragments are gone from the release branch", needs=("watch-release",)),
    # The mainline learns of the release.
    Step("integrate-master", "patches, changelog and clean-up are on the mainline", needs=("clean-up",)),
)
BY_NAME = {step.name: step for step in STEPS}
# Steps that make sense for the last release as well as for the next one: alone, they mean the last one.
LATE = ("watch-qa", "tag", "watch-release", "clean-up", "integrate-master")
