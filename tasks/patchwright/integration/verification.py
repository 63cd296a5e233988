"""Prove that the commits built for the mainline bring everything of a release, and nothing else."""

from __future__ import annotations

from patchwright.halts import StepFailed
from patchwright.integration import build, left_out
from patchwright.releases.release import Release
from patchwright.tools.git_output import Commit


def require_whole(release: Release, base: str, tip: str) -> None:
    """Raise StepFailed if the commits from a mainline commit to the tip are not exactly the integration.

    A dry run has no commits.
    """
    problems = [] if release.shell.dry else find_problems(release, base, tip)
    if problems:
        raise _not_whole(release, base, tip, problems)


def find_problems(release: Release, base: str, tip: str) -> list[str]:
    """Return why the commits from a mainline commit to the tip are not exactly the integration.

    Nothing of the release may be missing at the tip. Each commit is judged on its parent: it is a pick of a
    patch of the release, or adds the changelog section, or removes rendered fragments. None of them changes
    the version.
    """
    if not release.git.is_ancestor(base, tip):
        return [f"{tip[:10]} is not on top of {base[:10]}"]
    for commit in release.git.commits(tip, f"^{base}"):
        problem = _find_problem(release, commit)
        if problem:
            return [f"{commit.short} {commit.subject}: {problem}"]
    missing = build.find_missing(release, tip)
    rows = [f"{patch.short} {patch.subject}" for patch in missing.patches]
    rows += ["the changelog section"] if missing.section else []
    rows += [f"the removal of {path}" for path in missing.fragments]
    return [f"missing: {row}" for row in rows]


def _find_problem(release: Release, commit: Commit) -> str | None:
    """Return why a commit is not part of the integration, or None if it is."""
    if len(commit.parents) != 1:
        return "it is a merge"
    before = release.commits.snapshot(commit.parents[0])
    after = release.commits.snapshot(commit.sha)
    if before.version != after.version:
        return f"it changes the version from {before.version} to {after.version}"
    marks = release.commits.landmarks()
    if not commit.changes:
        return None if left_out.is_record(commit) else "it changes nothing"
    if set(commit.picked_from) & {patch.sha for patch in marks.patches}:
        return None
    if marks.section is not None and not any(change.after is None for change in commit.changes):
        return _find_section_problem(release, commit, marks.section)
    rendered, _ = build.rendered_fragments(release, before.commit)
    removed = {change.path for change in commit.changes if change.after is None}
    others = commit.paths - (removed & set(rendered))
    return f"it changes {', '.join(sorted(others))}" if others else None


def _find_section_problem(release: Release, commit: Commit, section: str) -> str | None:
    """Return why a commit is not the one that adds the section to the file of the series."""
    version, onto = release.plan.version, build.mainline_changelog(release, commit.parents[0])
    path = build.section_path(release, onto)
    others = sorted(commit.paths - {path})
    if others:
        return f"it changes {', '.join(others)}"
    text = release.commits.snapshot(commit.sha).read(path)
    is_placed = onto.section(version) is None and text == onto.with_section(section, version)
    return None if is_placed else f"it changes more than the section for {version}"


def _not_whole(release: Release, base: str, tip: str, rows: list[str]) -> StepFailed:
    mainline = release.settings.mainline
    worktree = release.workspace.mainline.path
    return StepFailed(
        f"The commits for {mainline} are not exactly this release, so they were not pushed.",
        evidence=[f"built: {tip}", f"on:    {base}", *rows],
        remedy=[
            f"Look at it: git log --patch {base[:10]}..{tip[:10]}",
            f"If a hook or another program changed the commits in {worktree}, disable it for the release.",
            f"Or bring the release to {mainline} by hand, and run the same command again.",
        ],
    )
