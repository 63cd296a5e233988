"""Which commits of the mainline belong in the patch: those that were named, else those with evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from patchwright import picking
from patchwright.git import Commit
from patchwright.halts import BadArgument, BranchConflict
from patchwright.release import Release


@dataclass(frozen=True)
class Candidate:
    """A commit of the mainline that the release branch lacks, whether it is proposed, and why."""

    commit: Commit
    proposed: bool
    reason: str


def named(release: Release, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the commits that `--patches` names, in topological order, by full object name.

    Raises BadArgument for what is no commit, is a merge, or is not on origin's mainline.
    """
    known = [sha for name in names if (sha := release.git.commit_named(name))]
    if len(known) < len(names):
        unknown = next(name for name in names if not release.git.commit_named(name))
        raise BadArgument(f"--patches names {unknown}, which is no commit that this clone knows, or not the only one.")
    foreign = [sha for sha in known if not release.git.is_ancestor(sha, release.mainline_tip)]
    if foreign:
        mainline = f"{release.settings.remote}'s {release.settings.mainline}"
        raise BadArgument(f"--patches names {foreign[0][:10]}, which is not on {mainline}.")
    commits = ordered(release, known)
    merges = [commit for commit in commits if len(commit.parents) != 1]
    if merges:
        raise BadArgument(f"--patches names {merges[0].short}, which is a merge; name the commits that it merged.")
    return tuple(commit.sha for commit in commits)


def ordered(release: Release, shas: list[str] | tuple[str, ...]) -> list[Commit]:
    """Return commits by name, ancestors first."""
    return release.git.commits("--no-walk=unsorted", *shas) if len(shas) == 1 else _sorted(release, shas)


def _sorted(release: Release, shas: list[str] | tuple[str, ...]) -> list[Commit]:
    if not shas:
        return []
    wanted = set(shas)
    base = release.git.ask("merge-base", "--octopus", *shas).line
    order = release.git.rev_list("--reverse", "--topo-order", *shas, f"^{base}")
    rank = {sha: at for at, sha in enumerate([base, *order])}
    found = release.git.commits("--no-walk=unsorted", *sorted(wanted))
    return sorted(found, key=lambda commit: rank[commit.sha])


def wanted(release: Release) -> list[Commit]:
    """Return the patches that the release is to pick, ancestors first; chosen by evidence where none were named."""
    if release.plan.picks is None:
        release.plan = replace(release.plan, picks=tuple(one.commit.sha for one in candidates(release) if one.proposed))
        release.intend(picks=release.plan.picks)
    return ordered(release, release.plan.picks or ())


def candidates(release: Release) -> list[Candidate]:
    """Return the mainline's commits that the release branch lacks and that bring a news fragment, judged.

    A commit is proposed when it adds a fragment of a patch type that the release branch lacks.
    """
    tree = release.tree_at(release.mainline_tip)
    directories = tree.configuration.directories
    commits = release.git.commits("--no-merges", release.mainline_tip, f"^{release.head}", "--", *directories)
    there = picking.present(release.git, commits, release.head)
    on_branch = release.tree_at(release.head).fragment_files
    types = {one.path: one.category for one in tree.fragments.fragments}
    judged = []
    for commit in commits:
        added = [c.path for c in commit.changes if c.before is None and c.path in types]
        if commit.sha in there:
            judged.append(Candidate(commit, False, there[commit.sha]))
        elif not added:
            judged.append(Candidate(commit, False, "it adds no news fragment that is still there"))
        elif all(path in on_branch for path in added):
            judged.append(Candidate(commit, False, "the release branch has its news fragment"))
        elif not all(types[path] in release.settings.patch_types for path in added):
            what = ", ".join(dict.fromkeys(types[path] for path in added))
            judged.append(Candidate(commit, False, f"it adds news of type {what}"))
        else:
            judged.append(Candidate(commit, True, f"it adds {', '.join(added)}"))
    return judged
