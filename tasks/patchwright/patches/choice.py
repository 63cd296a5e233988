"""Choose the patches of a release: the commits that were named, or those that the evidence supports."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from patchwright.halts import BadArgument, BranchConflict
from patchwright.history import picking, presence
from patchwright.history.adapting import Adapter, directories
from patchwright.history.candidate import Candidate
from patchwright.history.presence import Presence
from patchwright.invocation import candidates_command, corrected_command
from patchwright.patches import evidence
from patchwright.releases.release import Release
from patchwright.releases.request import AGAIN
from patchwright.tools.git_output import Commit

_FULL_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Named:
    """The commits that `--patches` names, by full object names, ancestors first.

    Those in `again` are picked even if the release branch seems to have them.
    """

    picks: tuple[str, ...]
    again: tuple[str, ...]


def choose_named(release: Release, names: tuple[str, ...]) -> None:
    """Set the picks to the commits that `--patches` names. Raise BadArgument as `resolve_named` does."""
    named = resolve_named(release, names)
    release.choose(named.picks, named.again)


def resolve_named(release: Release, names: tuple[str, ...]) -> Named:
    """Return the commits that `--patches` names.

    Raise BadArgument if a name is unknown or ambiguous, if a commit is a merge or the first commit, or if it
    is neither on origin's mainline nor on the release branch.
    """
    shas = {name: _resolve_name(release, name.removesuffix(AGAIN)) for name in names}
    for commit in release.git.commits("--no-walk=unsorted", *shas.values()) if shas else []:
        problem = _find_problem(release, commit)
        if problem:
            raise BadArgument(
                f"--patches names {commit.short}, which is {problem}.",
                remedy=[_how_to_list(commit)] if len(commit.parents) > 1 else [],
                next_command=candidates_command(release.plan.series),
            )
    picks = picking.sort_commits(release.git, list(dict.fromkeys(shas.values())))
    again = {sha for name, sha in shas.items() if name.endswith(AGAIN)}
    return Named(
        tuple(commit.sha for commit in picks), tuple(commit.sha for commit in picks if commit.sha in again)
    )


def _resolve_name(release: Release, name: str) -> str:
    sha = release.git.commit_with_prefix(name)
    if sha is None:
        raise BadArgument(
            f"--patches names {name}, which is unknown or ambiguous in this clone.",
            next_command=candidates_command(release.plan.series),
        )
    return sha


def _how_to_list(merge: Commit) -> str:
    """Return how a person lists the commits that a merge brought."""
    return f"List them with: git log --oneline --no-merges {merge.short}^1..{merge.short}"


def _find_problem(release: Release, commit: Commit) -> str | None:
    """Return why a commit cannot be picked, or None if it can."""
    # The local release branch may have commits that origin lacks: they are part of the release.
    lines = (release.origin.mainline_tip, release.commits.start)
    if not any(release.git.is_ancestor(commit.sha, tip) for tip in lines):
        remote, settings = release.settings.remote, release.settings
        return f"neither on {remote}'s {settings.mainline} nor on {release.plan.branch}"
    if len(commit.parents) != 1:
        return "a merge; name the commits that it merged" if commit.parents else "the first commit"
    return None


def wanted_patches(release: Release) -> list[Commit]:
    """Return the patches of the release, ancestors first: the chosen ones, else those with evidence.

    Raise BadArgument if the evidence leaves a commit unsure, and BranchConflict if a recorded pick cannot be
    picked.
    """
    picks = release.plan.picks
    if picks is None:
        candidates = collect_candidates(release)
        require_clear(release, candidates)
        picks = proposed_commits(candidates)
    else:
        require_pickable(release, picks)
    return picking.sort_commits(release.git, picks)


def require_pickable(release: Release, picks: tuple[str, ...]) -> None:
    """Raise BranchConflict if a pick is not what `--patches` may name.

    The journal may be older than origin's branches, and anybody may have written it.
    """
    problems = []
    for sha in picks:
        exists = _FULL_NAME.fullmatch(sha) and not release.git.missing([sha])
        if not exists or release.git.commit_with_prefix(sha) != sha:
            problems.append(f"{sha} is not the full name of a commit in this clone")
            continue
        commit = release.git.commits("--no-walk=unsorted", sha)[0]
        problem = _find_problem(release, commit)
        if problem:
            problems.append(f"{sha} ({commit.subject}) is {problem}")
    if problems:
        path = release.journal.path(release.plan.series)
        raise BranchConflict(
            f"The journal of {release.plan.version} names commits that cannot be picked.",
            evidence=[f"journal: {path}", *problems],
            remedy=[
                "Name the commits to release with --patches; they replace those of the journal.",
                f"Or delete {path}; the commits are then proposed again.",
            ],
            next_command=shlex.join(["rm", str(path)]),
        )


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
    """Raise BadArgument if a candidate is unsure. Its remedies are the commands for both answers."""
    unsure = [one for one in candidates if one.verdict == "unsure"]
    if unsure:
        without_unsure = _command_for(release, proposed_commits(candidates))
        with_unsure = _command_for(release, proposed_commits(candidates, unsure=True))
        raise BadArgument(
            f"It is not clear which commits of {release.settings.mainline} belong in {release.plan.version}.",
            evidence=[f"unsure: {one.commit.short} {one.commit.subject} ({one.reason})" for one in unsure],
            remedy=[
                f"To release only the proposed commits: {without_unsure}",
                f"To release the unsure commits too: {with_unsure}",
            ],
            next_command=without_unsure,
        )


def _command_for(release: Release, picks: tuple[str, ...]) -> str:
    """Return the command that releases these picks and asks about none of them again."""
    found = find_presence(release, picking.sort_commits(release.git, picks))
    asked = found.doubts.keys() | found.reverted.keys()
    return patch_command(release, picks, again=tuple(sha for sha in picks if sha in asked))


def patch_command(release: Release, picks: tuple[str, ...], again: tuple[str, ...] = ()) -> str:
    """Return the command that releases exactly these picks, those in `again` in any case."""
    names = ",".join(f"{sha[:12]}{AGAIN if sha in again else ''}" for sha in picks) or "none"
    return corrected_command(release.plan.series, patches=names)


def adapter(release: Release) -> Adapter:
    """Return the adapter for picks onto the release branch."""
    return Adapter(release.git, release.plan.version, release.commits.snapshot(release.commits.start))


def find_presence(release: Release, wanted: list[Commit]) -> Presence:
    """Return what the head has of the wanted patches.

    The release's own picks count by their `-x` lines. A patch that is to be picked again is never in doubt.
    """
    if not wanted:
        return Presence()
    head, start = release.commits.head, release.commits.start
    adapt = adapter(release)
    found = presence.find_presence(
        release.git, wanted, head, places=directories(release.commits.snapshot(start)),
        adapt=adapt.adapt, code_change=adapt.code_change, trusted=release.git.rev_list(head, f"^{start}"),
    )  # fmt: skip  # what of whom, then how it is tried
    again = release.plan.again
    doubts = {sha: doubt for sha, doubt in found.doubts.items() if sha not in again}
    reverted = {sha: reason for sha, reason in found.reverted.items() if sha not in again}
    return Presence(found.proven, doubts, reverted)


def find_present(release: Release, wanted: list[Commit]) -> dict[str, str]:
    """Return the wanted patches that the release has by proof, each with the reason."""
    return find_presence(release, wanted).proven


def require_decided(
    release: Release, wanted: list[Commit], found: Presence, *, is_recorded: bool = False
) -> None:
    """Raise BranchConflict if a wanted patch is only probably there. Its remedies are for both answers.

    With `is_recorded`, nobody has named the patches in this run. Then a patch that was reverted on the branch
    is not picked again without a question.
    """
    branch = release.plan.branch
    reasons = {sha: doubt.reason for sha, doubt in found.doubts.items()}
    if is_recorded:
        reverted = found.reverted.items()
        reasons |= {sha: f"it was reverted on {branch}: {reason}" for sha, reason in reverted}
    if not reasons:
        return
    unsure = [commit for commit in wanted if commit.sha in reasons]
    without = patch_command(release, tuple(commit.sha for commit in wanted if commit not in unsure))
    again = patch_command(
        release,
        tuple(commit.sha for commit in wanted),
        again=(*release.plan.again, *(commit.sha for commit in unsure)),
    )
    raise BranchConflict(
        f"{branch} may already have some of the patches, or they were reverted there.",
        evidence=[f"{one.short} {one.subject}: {reasons[one.sha]}" for one in unsure],
        remedy=[f"To pick them anyway: {again}", f"To leave them out: {without}"],
        next_command=again,
    )


def predict_conflict(release: Release, wanted: list[Commit]) -> picking.Conflict | None:
    """Return the first conflict that picking the wanted patches would have. Only objects are written."""
    present = find_present(release, wanted)
    adapt = adapter(release).adapt
    adapted = [adapt(commit) for commit in wanted if commit.sha not in present]
    return picking.predict_conflict(
        release.git, [commit for commit in adapted if commit], release.commits.head
    )
