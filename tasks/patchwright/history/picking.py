"""Pick commits onto another line of history: find those it has, predict conflicts, pick the rest."""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from patchwright.halts import BranchConflict, CommandFailed
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit
from patchwright.tools.worktree import Worktree

# How many earlier commits of the same paths are tried as prerequisites, one by one and together.
_MAX_TRIED_ALONE = 12
_MAX_TRIED_TOGETHER = 4
# A command line with more paths would be too long.
_MAX_PATHS = 1000
# Finding the common base of more commits takes longer than it saves.
_MAX_ENDS = 30

_PULL_REQUEST = re.compile(r"#(\d+)\b", re.ASCII)

# Returns what would be picked of a commit, or None for nothing: see `adapting.Adapter`.
Adapt = Callable[[Commit], Commit | None]


@dataclass(frozen=True)
class Conflict:
    """A commit that does not apply, and the paths in which it conflicts.

    `theirs` are the last commits of the other line that changed these paths. `prerequisites` are commits that
    make this commit apply if they are picked before it.
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


def sort_commits(git: Git, shas: Sequence[str]) -> list[Commit]:
    """Return the commits with these names, ancestors first."""
    if len(shas) <= 1:
        return git.commits("--no-walk=unsorted", *shas) if shas else []
    # For many commits, finding the base costs more than walking to the first commit.
    base = git.merge_base(*shas) if len(shas) <= _MAX_ENDS else None
    order = git.rev_list("--reverse", "--topo-order", *shas, *([f"^{base}"] if base else []))
    rank = {sha: at for at, sha in enumerate([*([base] if base else []), *order])}
    found = git.commits("--no-walk=unsorted", *dict.fromkeys(shas))
    return sorted(found, key=lambda commit: rank[commit.sha])


# Which commits are already present


def find_present(
    git: Git,
    sources: Sequence[Commit],
    onto: str,
    *,
    places: Sequence[str] = (),
    adapt: Adapt | None = None,
) -> dict[str, str]:
    """Return the sources that a line of history already has, each with the reason.

    The line has a source if it contains it, or if one of its commits is a counterpart (see `counterparts`).
    With `adapt`, the line also has a source if picking the adapted commit would change nothing.
    """
    if not sources:
        return {}
    reasons = _find_in_history(git, sources, onto)
    others = [source for source in sources if source.sha not in reasons]
    for sha, (counterpart, reason) in counterparts(git, others, onto, places=places).items():
        reasons[sha] = reason.format(counterpart.short)
    if adapt:
        for source in (source for source in sources if source.sha not in reasons):
            adapted = adapt(source)
            if adapted is None or _changes_nothing(git, adapted, onto):
                reasons[source.sha] = "picking it would change nothing"
    return reasons


def _find_in_history(git: Git, sources: Sequence[Commit], onto: str) -> dict[str, str]:
    names = {source.sha for source in sources} | {name for source in sources for name in source.picked_from}
    existing = sorted(names - set(git.missing(sorted(names))))
    inside = set(existing) - set(git.rev_list(*existing, f"^{onto}")) if existing else set()
    reasons = {}
    for source in sources:
        if source.sha in inside:
            reasons[source.sha] = "it is in the history"
        elif origin := next((name for name in source.picked_from if name in inside), None):
            reasons[source.sha] = f"it was picked from {origin[:10]}, which is in the history"
    return reasons


def counterparts(
    git: Git, sources: Sequence[Commit], onto: str, *, places: Sequence[str] = ()
) -> dict[str, tuple[Commit, str]]:
    """Return the commit of another line that makes the same change, by source, with the reason.

    A counterpart and its source have the same origin by their `-x` lines, the same patch-id, the same author,
    time and subject, or the same new fragments (in the directories `places`). The pull request that a source
    backports is also its counterpart.

    The sources come ancestors first. A reason is a sentence with `{}` for the counterpart.
    """
    if not sources:
        return {}
    ends = sources if len(sources) <= _MAX_ENDS else (sources[0], sources[-1])
    base = git.merge_base(onto, *(source.sha for source in ends))
    line = ["--no-merges", "--full-history", onto, *([f"^{base}"] if base else [])]
    picks = git.commits("--fixed-strings", "--grep=(cherry picked from commit ", *line)
    by_origin = {name: pick for pick in picks for name in pick.picked_from}
    # A counterpart changes some of the same paths, so only few commits need a closer look.
    paths = sorted({path for source in sources for path in source.paths})
    literal = [f":(literal,top){path}" for path in paths] if len(paths) <= _MAX_PATHS else []
    others = _Others.among(git, git.commits(*line, "--", *literal), sources, set(places))
    found = {}
    for source in sources:
        names = (name for name in (source.sha, *source.picked_from) if name in by_origin)
        origin = next(names, None)
        if origin:
            found[source.sha] = by_origin[origin], "{} was picked from it"
        elif alike := others.find_alike(source):
            found[source.sha] = alike
        elif pull_request := _find_backported(git, source, onto, base):
            found[source.sha] = pull_request, "{} is the pull request that it backports"
    return found


@dataclass(frozen=True)
class _Others:
    """The commits of another line by what they may share with a source."""

    places: set[str]
    patch_ids: dict[str, str]
    by_patch_id: dict[str, Commit]
    by_author: dict[tuple[str, str, str], Commit]
    by_fragment: dict[str, Commit]

    @classmethod
    def among(cls, git: Git, others: list[Commit], sources: Sequence[Commit], places: set[str]) -> _Others:
        by_sha = {other.sha: other for other in others}
        paths = {path for other in others for path in other.paths}
        return cls(
            places,
            patch_ids=git.patch_ids([source.sha for source in sources if source.paths & paths]),
            by_patch_id={patch_id: by_sha[sha] for sha, patch_id in git.patch_ids(by_sha).items()},
            by_author={(other.author, other.date, other.subject): other for other in others},
            by_fragment={path: other for other in others for path in _new_fragments(other, places)},
        )

    def find_alike(self, source: Commit) -> tuple[Commit, str] | None:
        """Return the commit that is most like a source, with the reason."""
        same_patch = self.by_patch_id.get(self.patch_ids.get(source.sha, ""))
        if same_patch:
            return same_patch, "{} has the same patch-id"
        same_author = self.by_author.get((source.author, source.date, source.subject))
        if same_author:
            return same_author, "{} has the same author, time and subject"
        fragments = _new_fragments(source, self.places)
        if fragments and all(path in self.by_fragment for path in fragments):
            what = "fragment" if len(fragments) == 1 else "fragments"
            return self.by_fragment[fragments[0]], f"{{}} adds the same {what}"
        return None


def _find_backported(git: Git, source: Commit, onto: str, base: str | None) -> Commit | None:
    """Return the commit of the pull request that a backport names, in the usual words of bots and people."""
    numbers = _PULL_REQUEST.findall(source.message) if "backport" in source.message.lower() else []
    line = ["--full-history", onto, *([f"^{base}"] if base else [])]
    for number in dict.fromkeys(numbers):
        subject = re.compile(rf"\(#{number}\)$|^Merge (?:pull request|PR) #{number}\b")
        mentions = git.commits("--fixed-strings", f"--grep=#{number}", *line)
        found = next((one for one in mentions if one.sha != source.sha and subject.search(one.subject)), None)
        if found:
            return found
    return None


def _new_fragments(commit: Commit, places: set[str]) -> list[str]:
    return [c.path for c in commit.changes if c.before is None and posixpath.dirname(c.path) in places]


def is_empty_together(git: Git, sources: Sequence[Commit], onto: str, adapt: Adapt) -> bool:
    """Return whether the sources, squashed into one commit, would change nothing on the other line."""
    adapted = [commit for source in sources if (commit := adapt(source))]
    if not adapted:
        return True
    base = adapted[0].parents[0]
    tip, conflict = _simulate_picks(git, adapted, base)
    if conflict:
        return False
    squashed = git.write_commit(git.tree(tip), base, "together\n")
    return _changes_nothing(git, replace(adapted[-1], sha=squashed, parents=(base,)), onto)


def _changes_nothing(git: Git, source: Commit, onto: str) -> bool:
    picked, conflicts = git.simulate_pick(source, onto)
    return not conflicts and git.tree(picked) == git.tree(onto)


# What will conflict


def predict_conflict(git: Git, sources: Sequence[Commit], onto: str) -> Conflict | None:
    """Return the first conflict that picking the sources in order would have. Only objects are written."""
    _, conflict = _simulate_picks(git, sources, onto)
    return explain_conflict(git, conflict.commit, conflict.paths, onto) if conflict else None


def _simulate_picks(git: Git, sources: Sequence[Commit], onto: str) -> tuple[str, Conflict | None]:
    """Return the commit that picking the sources in order would make, up to the first conflict."""
    tip = onto
    for source in sources:
        tip, paths = git.simulate_pick(source, tip)
        if paths:
            return tip, Conflict(source, tuple(paths))
    return tip, None


def explain_conflict(git: Git, source: Commit, paths: tuple[str, ...], onto: str) -> Conflict:
    """Return a conflict with the commits of the other side, and with prerequisites if some are found."""
    base = git.merge_base(source.sha, onto)
    not_base = [f"^{base}"] if base else []
    theirs = {}
    for path in paths:
        for commit in git.commits("-1", "--no-merges", onto, *not_base, "--", f":(literal,top){path}"):
            theirs[commit.sha] = commit
    return Conflict(source, paths, tuple(theirs.values()), find_prerequisites(git, source, paths, onto))


def find_prerequisites(git: Git, source: Commit, paths: Sequence[str], onto: str) -> tuple[Commit, ...]:
    """Return commits of the source's line that make the source apply if they are picked before it.

    The candidates are the last commits that changed the paths: each alone, the nearest first, then several
    together. Return nothing if none of them helps.
    """
    literal = [f":(literal,top){path}" for path in paths]
    earlier = git.commits(
        f"--max-count={_MAX_TRIED_ALONE}", "--no-merges", source.parents[0], f"^{onto}", "--", *literal
    )
    present = find_present(git, earlier, onto)
    missing = [commit for commit in earlier if commit.sha not in present and commit.parents]
    alone = [[commit] for commit in reversed(missing)]
    together = [missing[-many:] for many in range(2, min(_MAX_TRIED_TOGETHER, len(missing)) + 1)]
    for tried in (*alone, *together):
        _, conflict = _simulate_picks(git, [*tried, source], onto)
        if conflict is None:
            return tuple(tried)
    return ()


# Picking


def pick(worktree: Worktree, sources: Sequence[Commit], *, adapt: Adapt, next_command: str) -> None:
    """Cherry-pick commits onto the worktree's HEAD in the given order. Skip those that would be empty.

    Each commit is picked as `adapt` returns it, and names its source as `git cherry-pick -x` does. Raise
    BranchConflict at a conflict, and leave it in the worktree to be resolved.
    """
    for source in sources:
        adapted = adapt(source)
        if adapted is None:
            continue
        try:
            worktree.pick(adapted, names_source=source.sha not in adapted.picked_from)
        except CommandFailed:
            if worktree.operation() != "cherry-pick":
                raise
            _require_resolved(worktree, next_command, source)
            if worktree.changed_paths():
                raise
            worktree.git.act("cherry-pick", "--skip")


def commit_resolved(worktree: Worktree, next_command: str) -> None:
    """Commit a pick in progress whose conflicts are resolved. Raise BranchConflict if they are not."""
    if worktree.exists and worktree.operation() == "cherry-pick":
        _require_resolved(worktree, next_command, None)
        worktree.continue_pick()


def _require_resolved(worktree: Worktree, next_command: str, source: Commit | None) -> None:
    unmerged = worktree.unmerged_paths()
    if not unmerged:
        return
    paths = ", ".join(unmerged)
    picked = f"Picking {source.short} ({source.subject}) conflicts in {paths}." if source else None
    unresolved = f"A pick still conflicts in {paths}."
    where = shlex.quote(os.fspath(worktree.path))
    rows = explain_conflict(worktree.git, source, tuple(unmerged), "HEAD").rows if source else []
    raise BranchConflict(
        picked or unresolved,
        evidence=[f"worktree: {where}", *rows],
        remedy=[
            f"Edit the files in the worktree, then: git -C {where} add {shlex.join(unmerged)}",
            f"Or skip this commit: git -C {where} restore --source=HEAD --staged --worktree :/",
            f"Or undo this pick: git -C {where} cherry-pick --abort",
        ],
        next_command=next_command,
    )
