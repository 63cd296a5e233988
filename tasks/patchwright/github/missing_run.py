"""Why a run does not appear: what GitHub, the commit and its workflow file say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from patchwright.github import triggers
from patchwright.github.models import Workflow
from patchwright.github.repository import GitHub

if TYPE_CHECKING:
    from patchwright.github.watch import Target


def diagnosis(github: GitHub, target: Target, read_file: Callable[[str], str | None] | None) -> list[str]:
    """Return the reasons that can be found for the target's run not to be there, and the runs that are.

    `read_file` returns a file of the target's commit by its path, None where the commit has no such file.
    """
    workflow = github.workflow(target.workflow, even_disabled=True)
    reasons = list(_reasons(github, workflow, target, read_file))
    if not reasons:
        reasons = ["No reason is to be seen; GitHub may be late: https://www.githubstatus.com"]
        if target.is_tag:
            reasons.append("More than three tags pushed at once start nothing.")
    there = github.runs_of_commit(target.sha)
    listed = [
        f"  {run.title} ({run.path}), {run.event} {run.head_branch}: {run.conclusion or run.status} {run.url}"
        for run in there
    ]
    return [
        *reasons,
        "Runs of that commit:" if listed else "GitHub knows no run of that commit at all.",
        *listed,
    ]


def _reasons(
    github: GitHub, workflow: Workflow, target: Target, read_file: Callable[[str], str | None] | None
) -> Iterator[str]:
    if not workflow.is_active:
        yield f"The workflow is disabled ({workflow.state}): {github.enable_command(workflow)}"
    if github.are_actions_on() is False:
        yield f"Actions are switched off: {github.repo.url}/settings/actions"
    marker = triggers.skip_marker(github.commit_message(target.sha) or "")
    if marker:
        yield f"The commit's message has `{marker}`, so that pushes of it start nothing."
    if read_file is None or target.event != "push":
        return
    text = read_file(workflow.path)
    if text is None:
        yield f"The commit has no file {workflow.path}."
        return
    why = triggers.why_not_triggered(text, target.ref, is_tag=target.is_tag)
    if why:
        yield f"{workflow.path} {why}."
