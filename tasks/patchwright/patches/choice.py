"""Which commits of the mainline belong in the patch: those that were named, else those with evidence."""

from __future__ import annotations

from dataclasses import replace

from patchwright.halts import BadArgument, BranchConflict
from patchwright.history import picking
from patchwright.history.adapting import Fitting
from patchwright.history.candidate import Candidate
from patchwright.history.landmarks import effective
from patchwright.patches import evidence
from patchwright.releases.release import Release
from patchwright.tools.git import Commit


def named(release: Release, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the commits that `--patches` names, in topological order, by full object name.

    Raises BadArgument for what is no commit, is a merge, or is neither on origin's mainline nor on the
    release branch already.
    """
    shas = []
    for name in names:
        sha = release.git.commit_named(name)
        if sha is None:
            raise BadArgument(
                f"--patches names {name}, which is no commit that this clone knows, or not the only one."
            )
        if not any(release.git.is_ancestor(sha, tip) for tip in (release.mainline_tip, release.start)):
            mainline = f"{release.settings.remote}'s {release.settings.mainline}"
            raise BadArgument(f"--patches names {name}, which is not on {mainline}.")
        shas.append(sha)
    commits = picking.ordered(release.git, list(dict.fromkeys(shas)))
    merges = [commit for commit in commits if len(commit.parents) != 1]
    if merges:
        what = "a merge; name the commits that it merged" if merges[0].parents else "the first commit"
        raise BadArgument(f"--patches names {merges[0].short}, which is {what}.")
    return tuple(commit.sha for commit in commits)


def wanted(release: Release) -> list[Commit]:
    """Return the patches that the release is to pick, ancestors first; by evidence where none were named.

    Halts where the evidence is ambiguous.
    """
    if release.plan.picks is None:
        judged = candidates(release)
        require_clear(release, judged)
        release.plan = replace(release.plan, picks=proposed(judged))
        release.intend(picks=release.plan.picks)
    return picking.ordered(release.git, release.plan.picks or ())


def candidates(release: Release) -> list[Candidate]:
    """Return the mainline's commits that were looked at as patches, judged by evidence, ancestors first."""
    at = (release.start, release.mainline_tip)
    if at not in release.judged:
        release.judged[at] = evidence.judged(release)
    return release.judged[at]


def proposed(judged: list[Candidate], *, unsure: bool = False) -> tuple[str, ...]:
    """Return the commits that are proposed, with those that are `unsure` where asked for."""
    verdicts = {"picked", "unsure"} if unsure else {"picked"}
    return tuple(one.commit.sha for one in judged if one.verdict in verdicts)


def require_clear(release: Release, judged: list[Candidate]) -> None:
    """Halt where the evidence leaves it open whether a commit belongs in the patch; print what to type."""
    unsure = [one for one in judged if one.verdict == "unsure"]
    if unsure:
        raise BranchConflict(
            f"It is not clear which commits of {release.settings.mainline} belong in {release.plan.version}.",
            evidence=[f"unsure: {one.commit.short} {one.commit.subject} ({one.reason})" for one in unsure],
            remedy=[
                f"To take the clear ones alone: {command(release, proposed(judged))}",
                f"To take all of them: {command(release, proposed(judged, unsure=True))}",
            ],
            next_command=command(release, proposed(judged)),
        )


def command(release: Release, picks: tuple[str, ...]) -> str:
    """Return the command that releases exactly these picks."""
    names = ",".join(sha[:12] for sha in picks) or "none"
    return f"inv release.patch --version {release.plan.series} --patches {names}"


def fitting(release: Release) -> Fitting:
    """Return how patches are fitted to the release branch."""
    return Fitting(release.git, release.plan.version, release.tree_at(release.start))


def there(release: Release, wanted: list[Commit]) -> dict[str, str]:
    """Return those of the wanted patches that the release has already, each with how that is known.

    A pick that was reverted on the release branch since does not count.
    """
    known = picking.present(release.git, wanted, release.head, essence=fitting(release).fitted)
    since = release.git.commits(release.head, f"^{release.plan.previous}")
    standing = effective(since)
    names = {name for commit in standing for name in (commit.sha, *commit.picked_from)}
    reverted = {name for commit in since for name in (commit.sha, *commit.picked_from)} - names
    return {sha: how for sha, how in known.items() if sha not in reverted}


def foreseen(release: Release, wanted: list[Commit]) -> picking.Conflict | None:
    """Return the first conflict that picking the wanted patches would have; nothing is written."""
    known = there(release, wanted)
    fit = fitting(release).fitted
    fitted = [fit(commit) for commit in wanted if commit.sha not in known]
    return picking.predicted(release.git, [commit for commit in fitted if commit], release.head)
