"""What the two watching steps share: the run that a release waits for, proven or awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchwright.github import watch

if TYPE_CHECKING:
    from patchwright.releases.release import Release


def proof(release: Release, workflow: str) -> str | None:
    """Return the sentence that shows the run successful, or None."""
    run = watch.proven(release.github, release.target(workflow))
    if run is None:
        return None
    # The URL is told once: by who watched the run, or here.
    told = release.runs.get(workflow) == run.url
    release.runs[workflow] = run.url
    evidence = f"run {run.number} of {workflow}, attempt {run.attempt}: success"
    return evidence if told else f"{evidence} {run.url}"


def act(release: Release, workflow: str) -> None:
    """Wait for the run, or raise WorkflowFailed, Unavailable or Prerequisite. When dry, only say so."""
    target = release.target(workflow)
    if release.shell.dry:
        release.narrator.say(f"watch the run of workflow {workflow} for {release.head_name} on {target.ref}")
        return
    settings = release.settings
    run = watch.watch(
        release.github,
        target,
        interval=settings.watch_interval,
        watch_timeout=settings.watch_timeout,
        appear_timeout=settings.appear_timeout,
        narrator=release.narrator,
        read_file=lambda path: release.tree_at(target.sha).read(path),
    )
    release.runs[workflow] = run.url
