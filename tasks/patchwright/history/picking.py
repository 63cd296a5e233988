"""Puts commits onto another line of history, each once; knows which are there and which will conflict."""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from patchwright.halts import BranchConflict, CommandFailed
from patchwright.tools.git import Commit, Git
from patchwright.tools.worktree import Worktree

# How many earlier commits of the same paths are tried as what a pick lacks, one by one and together.
_TRIED_ALONE = 12
_TRIED_TOGETHER = 4
# More paths than this are not put onto a command line; of more commits than this, no common base is sought.
_PATHS_AT_MOST = 1000
_ENDS_AT_MOST = 30

_REQUEST = re.compile(r"#(\d+)\b", re.ASCII)

Fit = Callable[[Commit], Commit | None]


@dataclass(frozen=True)
class Conflict:
    """A commit that would not apply, the paths in which it would not, and what is known of the other side.

    `theirs` are the last commits that changed one of the paths where it would be picked onto. `prerequisites`
    are commits that make it apply when they are picked before it.
    """

    commit: Commit
    paths: tuple[str, ...]
    theirs: tuple[Commit, ...] = ()
    prerequisites: tuple[Commit, ...] = ()

    @property
    def rows(self) -> list[str]:
        """The conflict as lines of evidence."""
        rows = [f"{self.commit.short} {self.commit.subject} ({self.commit.author})"]
        rows += [f"  conflicts in {path}" for path in self.paths]
        rows += [f"  the other side: {other.short} {other.subject} ({other.author})" for other in self.theirs]
        rows += [f"  it applies after {other.short} {other.subject}" for other in self.prerequisites]
        return rows


def ordered(git: Git, shas: Sequence[str]) -> list[Commit]:
    """Return commits by name, ancestors first."""
    if len(shas) <= 1:
        return git.commits("--no-walk=unsorted", *shas) if shas else []
    # Of many commits, finding the base costs more than walking to the beginning.
    base = git.merge_base(*shas) if len(shas) <= _ENDS_AT_MOST else None
    order = git.rev_list("--reverse", "--topo-order", *shas, *([f"^{base}"] if base else []))
    rank = {sha: at for at, sha in enumerate([*([base] if base else []), *order])}
    found = git.commits("--no-walk=unsorted", *dict.fromkeys(shas))
    return sorted(found, key=lambda commit: rank[commit.sha])


# What is there already


def present(
    git: Git,
    sources: Sequence[Commit],
    onto: str,
    *,
    places: Sequence[str] = (),
    essence: Fit | None = None,
) -> dict[str, str]:
    """Return those of the sources that a line of history holds already, each with how that is known.

    Known by being in it, by an `-x` line on either side, by an equal patch-id, by the author with the very
    time and subject, by the same news fragment (of a directory in `places`), by the pull request that it
    backports, or by an identical result: picking its `essence` there would change nothing.
    """
    if not sources:
        return {}
    found = _by_history(git, sources, onto)
    rest = [source for source in sources if source.sha not in found]
    alike = counterparts(git, rest, onto, places=places)
    found.update({sha: how.format(other.short) for sha, (other, how) in alike.items()})
    if essence:
        for source in (source for source in sources if source.sha not in found):
            core = essence(source)
            if core is None or _changes_nothing(git, core, onto):
                found[source.sha] = "it would change nothing there"
    return found


def _by_history(git: Git, sources: Sequence[Commit], onto: str) -> dict[str, str]:
    asked = {source.sha for source in sources} | {name for source in sources for name in source.picked_from}
    held = sorted(asked - set(git.missing(sorted(asked))))
    inside = set(held) - set(git.rev_list(*held, f"^{onto}")) if held else set()
    found = {}
    for source in sources:
        if source.sha in inside:
            found[source.sha] = "it is in the history"
        elif origin := next((name for name in source.picked_from if name in inside), None):
            found[source.sha] = f"it was picked from {origin[:10]}, which is in the history"
    return found


def counterparts(
    git: Git, sources: Sequence[Commit], onto: str, *, places: Sequence[str] = ()
) -> dict[str, tuple[Commit, str]]:
    """Return the commit of another line that brings the same as a source, and how that is known, by source.

    The sources come ancestors first. How it is known is a sentence with `{}` for the other commit.
    """
    if not sources:
        return {}
    ends = sources if len(sources) <= _ENDS_AT_MOST else (sources[0], sources[-1])
    base = git.merge_base(onto, *(source.sha for source in ends))
    since = ["--no-merges", "--full-history", onto, *([f"^{base}"] if base else [])]
    naming = git.commits("--fixed-strings", "--grep=(cherry picked from commit ", *since)
    named = {name: other for other in naming for name in other.picked_from}
    # A commit that brings a source otherwise changes the same paths, which keeps what is looked at to a few.
    paths = sorted({path for source in sources for path in source.paths})
    literal = [f":(literal,top){path}" for path in paths] if len(paths) <= _PATHS_AT_MOST else []
    others = git.commits(*since, "--", *literal)
    by_sha = {other.sha: other for other in others}
    touched = {path for other in others for path in other.paths}
    ids = git.patch_ids([source.sha for source in sources if source.paths & touched])
    same = {patch: by_sha[sha] for sha, patch in git.patch_ids(by_sha).items()}
    alike = {(other.author, other.date, other.subject): other for other in others}
    adders = {path: other for other in others for path in _added(other, set(places))}
    found = {}
    for source in sources:
        origins = [named[name] for name in (source.sha, *source.picked_from) if name in named]
        twin = alike.get((source.author, source.date, source.subject))
        news = _added(source, set(places))
        if origins:
            found[source.sha] = origins[0], "{} was picked from it"
        elif ids.get(source.sha) in same:
            found[source.sha] = same[ids[source.sha]], "{} is the same patch"
        elif twin:
            found[source.sha] = twin, "{} has its author, time and subject"
        elif news and all(path in adders for path in news):
            found[source.sha] = adders[news[0]], "{} adds the same news"
        elif request := _backported(git, source, onto, base):
            found[source.sha] = request, "{} is the pull request that it backports"
    return found


def _backported(git: Git, source: Commit, onto: str, base: str | None) -> Commit | None:
    """Return the commit that brought the pull request which a backport names, as bots and people word it."""
    numbers = _REQUEST.findall(source.message) if "backport" in source.message.lower() else []
    since = ["--full-history", onto, *([f"^{base}"] if base else [])]
    for number in dict.fromkeys(numbers):
        brought = re.compile(rf"\(#{number}\)$|^Merge (?:pull request|PR) #{number}\b")
        mentions = git.commits("--fixed-strings", f"--grep=#{number}", *since)
        found = next((one for one in mentions if one.sha != source.sha and brought.search(one.subject)), None)
        if found:
            return found
    return None


def _added(commit: Commit, places: set[str]) -> list[str]:
    return [c.path for c in commit.changes if c.before is None and posixpath.dirname(c.path) in places]


def together_nothing(git: Git, sources: Sequence[Commit], onto: str, essence: Fit) -> bool:
    """Tell whether the sources as one would change nothing on a line of history: it has them squashed."""
    cores = [core for source in sources if (core := essence(source))]
    if not cores:
        return True
    before = at = cores[0].parents[0]
    for core in cores:
        at, conflicts = git.picked(core, at)
        if conflicts:
            return False
    whole = replace(cores[-1], sha=git.made(git.tree(at), before, "together\n"), parents=(before,))
    return _changes_nothing(git, whole, onto)


def _changes_nothing(git: Git, source: Commit, onto: str) -> bool:
    made, conflicts = git.picked(source, onto)
    return not conflicts and git.tree(made) == git.tree(onto)


# What will conflict


def predicted(git: Git, sources: Sequence[Commit], onto: str) -> Conflict | None:
    """Return the first of the sources that would conflict when all are picked in order."""
    at = onto
    for source in sources:
        at, conflicts = git.picked(source, at)
        if conflicts:
            return explained(git, source, tuple(conflicts), onto)
    return None


def explained(git: Git, source: Commit, paths: tuple[str, ...], onto: str) -> Conflict:
    """Return a conflict with both its sides, and with what the other line lacks, where that is found."""
    base = git.merge_base(source.sha, onto)
    since = [f"^{base}"] if base else []
    theirs = {}
    for path in paths:
        for commit in git.commits("-1", "--no-merges", onto, *since, "--", f":(literal,top){path}"):
            theirs[commit.sha] = commit
    return Conflict(source, paths, tuple(theirs.values()), prerequisites(git, source, paths, onto))


def prerequisites(git: Git, source: Commit, paths: Sequence[str], onto: str) -> tuple[Commit, ...]:
    """Return commits of the source's line that, picked first, make the source apply; nothing where none do.

    Tried are the last commits that changed the paths, the nearest first, one by one and then together.
    """
    literal = [f":(literal,top){path}" for path in paths]
    earlier = git.commits(
        f"--max-count={_TRIED_ALONE}", "--no-merges", source.parents[0], f"^{onto}", "--", *literal
    )
    lacking = [
        commit for commit in earlier if commit.sha not in present(git, earlier, onto) and commit.parents
    ]
    alone = [[commit] for commit in reversed(lacking)]
    together = [lacking[-many:] for many in range(2, min(_TRIED_TOGETHER, len(lacking)) + 1)]
    return next((tuple(tried) for tried in (*alone, *together) if _applies(git, [*tried, source], onto)), ())


def _applies(git: Git, sources: Sequence[Commit], onto: str) -> bool:
    at = onto
    for source in sources:
        at, conflicts = git.picked(source, at)
        if conflicts:
            return False
    return True


# Picking


def pick(tree: Worktree, sources: Sequence[Commit], *, fit: Fit, next_command: str) -> None:
    """Cherry-pick commits onto the worktree's HEAD in the given order; what is empty is passed over.

    Each is picked as `fit` has it, and names its source as `git cherry-pick -x` does. A conflict leaves the
    worktree ready for a person and halts; a resolution that was made is taken up.
    """
    for source in sources:
        fitting = fit(source)
        if fitting is None:
            continue
        try:
            named = [] if source.sha in fitting.picked_from else ["-x"]
            tree.git.act("cherry-pick", *named, fitting.sha)
        except CommandFailed:
            if tree.operation() != "cherry-pick":
                raise
            _require_resolved(tree, next_command, source)
            if tree.changed():
                raise
            tree.git.act("cherry-pick", "--skip")


def take_up(tree: Worktree, next_command: str) -> None:
    """Commit the pick that a person has resolved, where one is in progress; halt where conflicts are left."""
    if tree.exists and tree.operation() == "cherry-pick":
        _require_resolved(tree, next_command, None)
        tree.continue_pick()


def _require_resolved(tree: Worktree, next_command: str, source: Commit | None) -> None:
    unmerged = tree.unmerged()
    if not unmerged:
        return
    paths = ", ".join(unmerged)
    picked = f"Picking {source.short} ({source.subject}) conflicts in {paths}." if source else None
    left = f"A pick still conflicts in {paths}."
    where = shlex.quote(os.fspath(tree.path))
    told = explained(tree.git, source, tuple(unmerged), "HEAD").rows if source else []
    raise BranchConflict(
        picked or left,
        evidence=[f"worktree: {where}", *told],
        remedy=[
            f"Resolve it there: edit the files, then: git -C {where} add {shlex.join(unmerged)}",
            f"Or take nothing of it: git -C {where} restore --source=HEAD --staged --worktree :/",
            f"Or drop what was begun: git -C {where} cherry-pick --abort",
        ],
        next_command=next_command,
    )
