"""Missing run: find out from GitHub, the commit and its workflow file why a run does not appear."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from patchwright.github import triggers
from patchwright.github.models import Target, Workflow
from patchwright.github.repository import GitHub
from patchwright.github.triggers import Push


def diagnosis(github: GitHub, target: Target, read_file: Callable[[str], str | None] | None) -> list[str]:
    """Return the reasons why the target's run may be missing, and a list of the commit's other runs.

    `read_file` returns the text of a file of the target's commit, or None if the commit has no such file.
    """
    workflow = github.workflow_of(target)
    reasons = list(_reasons(github, workflow, target, read_file))
    if not reasons:
        reasons = ["No reason was found. GitHub may be slow: see https://www.githubstatus.com"]
        if target.is_tag:
            reasons.append("GitHub starts no runs if more than three tags are pushed at once.")
    listed = [
        f"  {run.title} ({run.path}), {run.event} {run.head_branch}: {run.conclusion or run.status} {run.url}"
        for run in github.runs_of_commit(target.sha)
    ]
    heading = "GitHub has these runs of the commit:" if listed else "GitHub has no runs of the commit."
    return [*reasons, heading, *listed]


def _reasons(
    github: GitHub, workflow: Workflow | None, target: Target, read_file: Callable[[str], str | None] | None
) -> Iterator[str]:
    if workflow and not workflow.is_active:
        yield f"The workflow is disabled ({workflow.state}). To enable it: {github.enable_command(workflow)}"
    if github.are_actions_enabled() is False:
        yield f"GitHub Actions are disabled: see {github.repo.url}/settings/actions"
    marker = triggers.skip_marker(github.commit_message(target.sha) or "")
    if marker:
        yield f"The commit message contains `{marker}`, so a push of the commit starts no runs."
    path = workflow.path if workflow else target.path
    if read_file is None or path is None:
        return
    text = read_file(path)
    if text is None:
        yield f"The commit has no file {path}."
        return
    obstacle = triggers.find_obstacle(text, Push(target.ref, target.is_tag))
    if obstacle:
        yield f"{path} {obstacle.reason}{f': {obstacle.place}' if obstacle.key else ''}."
