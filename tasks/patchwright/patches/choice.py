"""Choose the patches of a release: the commits that were named, or those that the evidence supports."""

from __future__ import annotations

from patchwright.halts import BadArgument, BranchConflict
from patchwright.history import picking
from patchwright.history.adapting import Adapter
from patchwright.history.candidate import Candidate
from patchwright.history.landmarks import without_reverted
from patchwright.patches import evidence
from patchwright.releases.release import Release
from patchwright.tools.git_output import Commit


def resolve_named(release: Release, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the full object names of the commits that `--patches` names, ancestors first.

    Raise BadArgument if a name is unknown or ambiguous, if a commit is a merge or the first commit, or if it
    is neither on origin's mainline nor on the release branch.
    """
    shas = [_resolve_name(release, name) for name in names]
    commits = picking.sort_commits(release.git, list(dict.fromkeys(shas)))
    for commit in commits:
        if len(commit.parents) != 1:
            what = "a merge; name the commits that it merged" if commit.parents else "the first commit"
            raise BadArgument(f"--patches names {commit.short}, which is {what}.")
    return tuple(commit.sha for commit in commits)


def _resolve_name(release: Release, name: str) -> str:
    sha = release.git.commit_named(name)
    if sha is None:
        raise BadArgument(f"--patches names {name}, which is unknown or ambiguous in this clone.")
    lines = (release.origin.mainline_tip, release.commits.start)
    if not any(release.git.is_ancestor(sha, tip) for tip in lines):
        mainline = f"{release.settings.remote}'s {release.settings.mainline}"
        raise BadArgument(f"--patches names {name}, which is not on {mainline}.")
    return sha


def wanted_patches(release: Release) -> list[Commit]:
    """Return the patches of the release, ancestors first: the chosen ones, else those with evidence.

    Raise BranchConflict if the evidence leaves a commit unsure.
    """
    picks = release.plan.picks
    if picks is None:
        candidates = collect_candidates(release)
        require_clear(release, candidates)
        picks = proposed_commits(candidates)
    return picking.sort_commits(release.git, picks)


def collect_candidates(release: Release) -> list[Candidate]:
    """Return the candidates of the mainline with their verdicts, ancestors first."""
    at = (release.commits.start, release.origin.mainline_tip)
    if at not in release.candidates:
        release.candidates[at] = evidence.judge_candidates(release)
    return release.candidates[at]


def proposed_commits(candidates: list[Candidate], *, unsure: bool = False) -> tuple[str, ...]:
    """Return the proposed commits, and with `unsure` also the unsure ones."""
    verdicts = {"proposed", "unsure"} if unsure else {"proposed"}
    return tuple(one.commit.sha for one in candidates if one.verdict in verdicts)


def require_clear(release: Release, candidates: list[Candidate]) -> None:
    """Raise BranchConflict if a candidate is unsure. Its remedies are the commands for both answers."""
    unsure = [one for one in candidates if one.verdict == "unsure"]
    if unsure:
        without_unsure = patch_command(release, proposed_commits(candidates))
        with_unsure = patch_command(release, proposed_commits(candidates, unsure=True))
        raise BranchConflict(
            f"It is not clear which commits of {release.settings.mainline} belong in {release.plan.version}.",
            evidence=[f"unsure: {one.commit.short} {one.commit.subject} ({one.reason})" for one in unsure],
            remedy=[
                f"To release only the proposed commits: {without_unsure}",
                f"To release the unsure commits too: {with_unsure}",
            ],
            next_command=without_unsure,
        )


def patch_command(release: Release, picks: tuple[str, ...]) -> str:
    """Return the command that releases exactly these picks."""
    names = ",".join(sha[:12] for sha in picks) or "none"
    return f"inv release.patch --version {release.plan.series} --patches {names}"


def adapter(release: Release) -> Adapter:
    """Return the adapter for picks onto the release branch."""
    return Adapter(release.git, release.plan.version, release.commits.snapshot(release.commits.start))


def find_present(release: Release, wanted: list[Commit]) -> dict[str, str]:
    """Return the wanted patches that the release already has, each with the reason.

    A pick that was reverted on the release branch does not count.
    """
    present = picking.find_present(release.git, wanted, release.commits.head, adapt=adapter(release).adapt)
    commits = release.git.commits(release.commits.head, f"^{release.plan.previous}")
    reverted = _names(commits) - _names(without_reverted(commits))
    return {sha: reason for sha, reason in present.items() if sha not in reverted}


def _names(commits: list[Commit]) -> set[str]:
    """Return the names of commits and of the commits that they were picked from."""
    return {name for commit in commits for name in (commit.sha, *commit.picked_from)}


def predict_conflict(release: Release, wanted: list[Commit]) -> picking.Conflict | None:
    """Return the first conflict that picking the wanted patches would have. Only objects are written."""
    present = find_present(release, wanted)
    adapt = adapter(release).adapt
    adapted = [adapt(commit) for commit in wanted if commit.sha not in present]
    return picking.predict_conflict(
        release.git, [commit for commit in adapted if commit], release.commits.head
    )
