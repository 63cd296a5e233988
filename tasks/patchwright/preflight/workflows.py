"""Workflows: they are enabled, and the pushes of the branch and the tag can start them."""

from __future__ import annotations

from dataclasses import replace

from patchwright.github.triggers import Obstacle, Push, find_obstacle, skip_marker
from patchwright.halts import Halt, Prerequisite, combine
from patchwright.history.snapshot import WORKFLOWS
from patchwright.patches import choice
from patchwright.preflight.remote import can_ask_github
from patchwright.releases.release import Release
from patchwright.releases.workflow_files import SETTINGS, Role, find_file, find_files, workflow_name
from patchwright.settings import Settings, fill_command, fill_text
from patchwright.text import safe_lines
from patchwright.tools.git_output import Commit

# GitHub ignores filters by path if a push has more commits.
_MAX_COMMITS = 1000


def require_qa_workflow(release: Release) -> None:
    """Raise Prerequisite if GitHub does not know the QA workflow, or if the workflow is disabled."""
    _require_enabled(release, "qa")


def require_release_workflow(release: Release) -> None:
    """Raise Prerequisite if GitHub does not know the release workflow, or if the workflow is disabled."""
    _require_enabled(release, "release")


def require_unmarked_commit(release: Release) -> None:
    """Raise Prerequisite if the message of the release commit keeps GitHub from starting workflows.

    Before the release is prepared, this checks the commit subjects in the settings.
    """
    if release.commits.is_complete:
        problem = _marker_problem(release, release.commits.head)
    else:
        templates = (release.settings.changelog_subject, release.settings.version_subject)
        problem = _find_marker(
            "\n".join(fill_command(templates, **release.plan.fields)),
            "a commit subject in the settings",
            "Remove the marker from `changelog-subject` and `version-subject`.",
        )
    if problem:
        raise problem


def require_qa_trigger(release: Release) -> None:
    """Raise Prerequisite if the push of the release branch would not start QA."""
    _require_trigger(release, "qa")


def require_release_trigger(release: Release) -> None:
    """Raise Prerequisite if the push of the tag would not start the release workflow."""
    _require_trigger(release, "release")


def require_startable(release: Release) -> None:
    """Raise Prerequisite if the pushes of the head and its tag would not start both workflows."""
    problems = trigger_problems(release, release.commits.head)
    if problems:
        raise combine(problems)


def trigger_problems(release: Release, head: str) -> list[Halt]:
    """Return why the pushes of a commit and its tag would not start QA and the release workflow.

    `head` is the commit as it will be pushed. Ask only git. Add a note about what its files do not show.
    """
    # GitHub has already decided about a push that was made.
    roles = [role for role in SETTINGS if role == "release" or head != release.origin.branch_tip]
    found = [_file_problem(release, head, role, _push(release, head, role)) for role in roles]
    return [problem for problem in (_marker_problem(release, head), *found) if problem]


def _require_enabled(release: Release, role: Role) -> None:
    if not can_ask_github(release):
        return
    path = _pushed_file(release, role)
    if path is not None:
        # GitHub lists a file that is only on the branch after its first run.
        release.github.workflow_in(path)
    elif not release.is_planned or release.origin.tag:
        # Before the push, another check reports that the commit has no such file.
        release.github.workflow(workflow_name(release.settings, role))


def _pushed_file(release: Release, role: Role) -> str | None:
    """Return the workflow file in the commit that is pushed, or None if it is not known."""
    if not release.is_planned:
        return None
    try:
        return find_file(release, release.commits.release_commit, role)
    except Halt:
        # Another check reports that the branches have diverged, for example.
        return None


def _require_trigger(release: Release, role: Role) -> None:
    """Raise Prerequisite if the workflow would not be started, as far as that is known now.

    Patches that are still to be picked may change files. If they change workflow files, the check before the
    push decides.
    """
    head = release.commits.head
    is_pushed = role == "qa" and release.commits.is_pushed
    if is_pushed:
        return
    if release.commits.is_complete:
        problem = _file_problem(release, head, role, _push(release, head, role))
    else:
        problem = _file_problem(release, head, role, _expected_push(release, head, role))
        if problem and any(_changes_workflows(commit) for commit in _wanted(release)):
            return
    if problem:
        raise problem


# What is pushed


def _push(release: Release, head: str, role: Role) -> Push:
    """Return the push of the branch or of the tag, if the branch is pushed as it is at a commit."""
    settings, plan = release.settings, release.plan
    if role == "release":
        return Push(plan.tag, is_tag=True, pattern=fill_text(settings.tag, version="*"))
    pattern = fill_text(settings.release_branch, series="*")
    return Push(plan.branch, pattern=pattern, changed_paths=lambda: _changed_paths(release, head))


def _changed_paths(release: Release, head: str) -> list[str] | None:
    """Return the files that a push of a commit changes, or None if GitHub does not look at them."""
    tip = release.origin.branch_tip
    if len(release.git.rev_list(head, f"^{tip}")) > _MAX_COMMITS:
        return None
    return release.git.changed_paths(tip, head)


def _expected_push(release: Release, head: str, role: Role) -> Push:
    """Return the push with what the steps before it will add: patches, the version, the section."""
    if role == "release":
        return _push(release, head, role)

    def changed_paths() -> list[str] | None:
        known = _changed_paths(release, head)
        snapshot = release.commits.snapshot(head)
        source = snapshot.version_source
        own = (snapshot.configuration.news_file(release.plan.version), source.path if source else None)
        picked = (path for commit in _wanted(release) for path in commit.paths)
        return None if known is None else sorted({*known, *picked, *filter(None, own)})

    is_complete = release.plan.picks is not None and release.settings.bump_command == Settings.bump_command
    return replace(_push(release, head, role), changed_paths=changed_paths, may_change_more=not is_complete)


def _wanted(release: Release) -> list[Commit]:
    """Return the commits that are to be picked: the chosen ones, else those that may be chosen."""
    picks = release.plan.picks
    if picks is None:
        picks = choice.proposed_commits(choice.collect_candidates(release), unsure=True)
    return release.git.commits("--no-walk=unsorted", *picks) if picks else []


def _changes_workflows(commit: Commit) -> bool:
    return any(path.startswith(f"{WORKFLOWS}/") for path in commit.paths)


# Problems


def _marker_problem(release: Release, head: str) -> Prerequisite | None:
    return _find_marker(
        release.commits.landmarks(head).commits[-1].message,
        f"the message of commit {head[:10]}",
        "Add a commit without the marker on top of it.",
    )


def _find_marker(message: str, source: str, remedy: str) -> Prerequisite | None:
    marker = skip_marker(message)
    if not marker:
        return None
    return Prerequisite(
        f"QA would never start: {source} contains `{marker}`.",
        evidence=safe_lines(message)[:5],
        remedy=[remedy],
    )


def _file_problem(release: Release, head: str, role: Role, push: Push) -> Prerequisite | None:
    """Return why a push would not start the workflow of a role, by the workflow file at a commit."""
    if not release.is_on_github:
        # Another check reports it.
        return None
    paths = find_files(release, head, role)
    if len(paths) != 1:
        return _unclear_file(release, head, role, paths)
    required = release.settings.release_jobs if role == "release" else ()
    text = release.commits.snapshot(head).workflow_files[paths[0]]
    obstacle = find_obstacle(text, push, required)
    if obstacle is None:
        return None
    subject = "QA" if role == "qa" else "the release workflow"
    if obstacle.kind == "depends":
        release.progress.say(
            f"it is not known whether {push} starts {subject}: {paths[0]} {obstacle.reason}; {obstacle.place}"
        )
        return None
    return _obstacle_problem(release, subject, f"{paths[0]} at {head[:10]}", obstacle)


def _obstacle_problem(release: Release, subject: str, file: str, obstacle: Obstacle) -> Prerequisite:
    cause = f"{subject[0].upper()}{subject[1:]} would never start: {file} {obstacle.reason}."
    if obstacle.kind == "unreadable":
        cause = f"It is not known whether {subject} would start: {file} {obstacle.reason}."
    branch, mainline = release.plan.branch, release.settings.mainline
    return Prerequisite(
        cause,
        evidence=[f"{file}: {obstacle.place}"] if obstacle.key else [],
        remedy=[
            obstacle.fix,
            f"Commit the change of the file to {branch}, or to {mainline} and pick it with --patches.",
        ],
    )


def _unclear_file(release: Release, head: str, role: Role, paths: list[str]) -> Prerequisite:
    name, setting = workflow_name(release.settings, role), SETTINGS[role]
    variable = setting.upper().replace("-", "_")
    listed = paths or list(release.commits.snapshot(head).workflow_files)
    evidence = [f"in {head[:10]}: {path}" for path in listed] or [f"{head[:10]} has no file in {WORKFLOWS}"]
    if paths:
        return Prerequisite(
            f"{release.plan.branch} has {len(paths)} workflow files that match `{name}`.",
            evidence=evidence,
            remedy=[f"Name one file, with its extension, in the setting `{setting}`."],
        )
    return Prerequisite(
        f"{release.plan.branch} has no workflow file that matches `{name}`.",
        evidence=evidence,
        remedy=[
            f"Name the file in the setting `{setting}`, or the display name that it has on every branch.",
            f"Or set it for one run: INVOKE_PATCHWRIGHT_{variable}=FILE inv release.patch ...",
        ],
    )
