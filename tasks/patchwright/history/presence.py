"""Find out which commits a branch already has. Proof is ancestry, an `-x` line or the effect.

Everything else (patch-id, author, time and subject, fragments, backported pull requests) is a hint.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from patchwright.history.landmarks import find_reverted_names, without_reverted
from patchwright.history.leftovers import find_leftovers
from patchwright.history.merges import find_merges, is_merge, merged_commits
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit

# A command line with more paths would be too long.
_MAX_PATHS = 1000
# Finding the common base of more commits takes longer than it saves.
_MAX_ENDS = 30
# How many paths a reason names.
_SHOWN_PATHS = 3

# A person may have abbreviated the name.
_SOURCE_NAMES = re.compile(r"^\(cherry picked from commit ([0-9a-f]{7,40})\)$", re.ASCII | re.MULTILINE)
_FULL_LENGTH = 40
_PULL_REQUEST = re.compile(r"#(\d+)\b", re.ASCII)

# Returns what would be picked of a commit, or None for nothing: see `adapting.Adapter`.
Adapt = Callable[[Commit], Commit | None]
# What picking a commit would do.
Effect = Literal["nothing", "conflict", "change"]


@dataclass(frozen=True)
class Doubt:
    """Evidence that a branch may have a commit.

    `has_landed` means that the commit came to the branch, but its effect is missing there now. `applies`
    means that picking the commit would change something without a conflict.
    """

    reason: str
    has_landed: bool
    applies: bool


@dataclass(frozen=True)
class Presence:
    """Which sources a branch has, by their names.

    `proven` has the proof of each source that is there. `doubts` are about sources that are only probably
    there. `reverted` names the commits that were reverted there. The branch lacks every other source.
    """

    proven: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, Doubt] = field(default_factory=dict)
    reverted: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Landing:
    """A commit with which a source came to a branch, and the reason.

    `whole` is the change that came: the source, or the merge that brought the source and that was picked.
    """

    commit: Commit
    reason: str
    is_standing: bool
    whole: Commit


def find_present(git: Git, sources: Sequence[Commit], onto: str) -> dict[str, str]:
    """Return the sources that came to a branch and were not reverted there, each with the reason."""
    return find_presence(git, sources, onto).proven


def find_presence(  # noqa: PLR0913  each option is a keyword
    git: Git,
    sources: Sequence[Commit],
    onto: str,
    *,
    places: Collection[str] = (),
    adapt: Adapt | None = None,
    code_change: Adapt | None = None,
    trusted: Collection[str] = (),
    only_signs: bool = False,
) -> Presence:
    """Return which of some sources a branch has. The sources are sorted, ancestors first.

    `adapt` returns the part of a source that would be picked. `code_change` returns the part that still
    matters after its fragments were rendered. With both, the effect of each source is tried, in order, on top
    of the sources that are missing. The commits in `trusted` count without a trial. With `only_signs`, a
    source without evidence in the history and without a hint is missing without a trial. `places` are
    directories of fragments.
    """
    landings = find_landings(git, sources, onto)
    trial = _Trial(git, onto, adapt, code_change) if adapt and code_change else None
    standing = {sha for sha, found in landings.items() if found.is_standing}
    missing = [source for source in sources if source.sha not in standing]
    hints = find_hints(git, missing, onto, places)
    for source in missing:
        if is_merge(source) and (part := _find_part(git, source, onto, adapt, code_change)):
            hints[source.sha] = part
    presence = Presence()
    for source in sources:
        landing, hint = landings.get(source.sha), hints.get(source.sha)
        if landing and not landing.is_standing:
            presence.reverted[source.sha] = landing.reason
        if trial is None:
            _judge_signs(presence, source, landing, hint)
        elif not only_signs or landing or hint:
            trial.judge(presence, source, landing, hint, trusted)
        if source.sha in presence.proven:
            presence.reverted.pop(source.sha, None)
    return presence


def _judge_signs(presence: Presence, source: Commit, landing: Landing | None, hint: Hint | None) -> None:
    """Judge a source whose effect is not tried."""
    if landing and landing.is_standing:
        presence.proven[source.sha] = landing.reason
    elif hint:
        presence.doubts[source.sha] = Doubt(hint.reason, has_landed=False, applies=False)


@dataclass
class _Trial:
    """Tries what picking commits would change, on top of those that the branch lacks."""

    git: Git
    onto: str
    adapt: Adapt
    code_change: Adapt
    conflicting: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tip = self.onto

    def judge(
        self,
        presence: Presence,
        source: Commit,
        landing: Landing | None,
        hint: Hint | None,
        trusted: Collection[str],
    ) -> None:
        """Judge a source by its signs and its effect."""
        if landing and landing.is_standing:
            is_trusted = landing.commit.sha in trusted
            undone = None if is_trusted else self._find_undone(landing.whole, landing.commit)
            if undone is None:
                presence.proven[source.sha] = landing.reason
            else:
                change, at, paths = undone
                applies = self._effect(change, at) == "change"
                reason = f"{landing.reason}, but picking it again would {self._describe(change, at, paths)}"
                presence.doubts[source.sha] = Doubt(reason, has_landed=True, applies=applies)
            return
        adapted, tried_on = self.adapt(source), self.tip
        effect = self._effect(adapted)
        is_contained = adapted is None or (effect == "nothing" and not adapted.paths & self.conflicting)
        if is_contained:
            # A missing source may never be picked, so what only comes with it is missing, too.
            effect, tried_on = self._effect(adapted, self.onto), self.onto
        if adapted is None or (is_contained and effect == "nothing"):
            presence.proven[source.sha] = "picking it would change nothing"
            return
        if hint and (effect != "change" or hint.is_close):
            reason = f"{hint.reason}, but picking it would {self._describe(adapted, tried_on)}"
            presence.doubts[source.sha] = Doubt(reason, has_landed=False, applies=effect == "change")
        if not is_contained:
            self._pick(adapted, effect)

    def _find_undone(self, source: Commit, landed: Commit) -> tuple[Commit, str, Collection[str]] | None:
        """Return a change that the branch lacks or has only in part, or None, as far as is known.

        With it come the commit on which it was tried, and the paths of the missing parts if they are known.

        The landing may have left it out, or a later commit may have undone it. A change that conflicts was
        changed later, but it was there. That counts only with a landing in the same files.
        """
        changes = [
            self.code_change(one) if len(one.parents) == 1 or one is source else None
            for one in (source, *([landed] if landed.sha != source.sha else []))
        ]
        for change in changes:
            # A missing source may never be picked, so what only comes with it is missing, too.
            at = self.onto if self._effect(change) == "nothing" else self.tip
            effect = self._effect(change, at)
            if change is None or effect == "nothing":
                continue
            if effect == "change" or not self._touches(change, at, changes[-1], landed):
                return change, at, ()
            if paths := self._find_missing_parts(change, at, landed):
                return change, at, paths
        return None

    def _touches(self, change: Commit, at: str, landing: Commit | None, landed: Commit) -> bool:
        """Return whether a landing changes a file that a change changes or conflicts in. Merges may."""
        if len(landed.parents) != 1:
            return True
        _, conflicts = self.git.simulate_pick(change, at)
        return landing is not None and bool(landing.paths & {*change.paths, *conflicts})

    def _find_missing_parts(self, change: Commit, at: str, landed: Commit) -> set[str]:
        """Return the paths in which a part of a change that conflicts is missing.

        A part is missing if it still applies, or if the landing left it out: the part applied to the landing,
        or a hunk that conflicted before the landing conflicts in the same way after it. Then nobody has
        resolved the hunk, or the other side was kept. A file that did not exist there has no such part.
        """
        now = find_leftovers(self.git, change, at)
        if now.changing or len(landed.parents) != 1:
            return set(now.changing)
        after = find_leftovers(self.git, change, landed.sha)
        before = find_leftovers(self.git, change, landed.parents[0])
        existed = self.git.modes(landed.parents[0], now.conflicts)
        return {
            path
            for path in now.conflicts
            if path in after.changing
            or (path in after.conflicts and path not in before.conflicts)
            or (path in existed and path in after.conflicts and path not in landed.paths)
            or after.hunks(path) & before.hunks(path)
        }

    def _describe(self, change: Commit, at: str, paths: Collection[str] = ()) -> str:
        """Return what picking a change onto a commit would do, in some paths or in all of them."""
        found = find_leftovers(self.git, change, at)
        changing, conflicts = (
            [path for path in one if not paths or path in paths] for one in (found.changing, found.conflicts)
        )
        parts = [f"change {_shown(changing)}"] if changing else []
        parts += [f"conflict in {_shown(conflicts)}"] if conflicts else []
        return " and ".join(parts)

    def _effect(self, adapted: Commit | None, onto: str | None = None) -> Effect:
        """Return what picking a commit would do, by default on top of the missing sources."""
        return find_effect(self.git, adapted, onto or self.tip)

    def _pick(self, adapted: Commit, effect: Effect) -> None:
        """Let later sources be tried on top of this one."""
        if effect == "change":
            self.tip, _ = self.git.simulate_pick(adapted, self.tip)
        else:
            self.conflicting |= adapted.paths


def find_effect(git: Git, adapted: Commit | None, onto: str) -> Effect:
    """Return what picking a commit onto another one would do."""
    if adapted is None:
        return "nothing"
    picked, conflicts = git.simulate_pick(adapted, onto)
    if conflicts:
        return "conflict"
    return "nothing" if git.tree(picked) == git.tree(onto) else "change"


# What history proves


def find_landings(git: Git, sources: Sequence[Commit], onto: str) -> dict[str, Landing]:
    """Return the commit with which each source came to a branch, if it did.

    That is the source itself, the commit that it was picked from, or a pick of one of them by its `-x` line.
    It is also a pick of the merge that brought one of them. A landing that was not reverted since is
    preferred.
    """
    names = {source.sha for source in sources} | {name for source in sources for name in source.picked_from}
    existing = sorted(names - set(git.missing(sorted(names))))
    if not existing:
        return {}
    inside = set(existing) - set(git.rev_list(*existing, f"^{onto}"))
    line = _line(git, onto, existing)
    picks = git.commits("--fixed-strings", "--grep=(cherry picked from commit ", *line)
    merges = find_merges(git, {name for pick in picks for name in pick.picked_from} - names)
    known = names | {merge for merge, merged in merges.items() if names & merged}
    landed = [pick for pick in picks if known & set(pick.picked_from)]
    landed += git.commits("--no-walk=unsorted", *sorted(inside)) if inside else []
    if not landed:
        return {}
    reverts = git.commits("--grep=^This reverts commit ", *line)
    standing = {commit.sha for commit in _without_reverted(git, [*landed, *reverts], line)}
    found = {}
    for source in sources:
        own = {source.sha, *source.picked_from}
        wholes = {merge for merge, merged in merges.items() if own & merged}
        of_source = [commit for commit in landed if (own | wholes) & {commit.sha, *commit.picked_from}]
        if of_source:
            best = max(
                of_source,
                key=lambda commit: (
                    commit.sha in standing, commit.sha == source.sha, bool(own & set(commit.picked_from)),
                ),
            )  # fmt: skip  # the best one comes first
            found[source.sha] = _landing(git, source, best, wholes, is_standing=best.sha in standing)
    return found


def _landing(git: Git, source: Commit, landed: Commit, wholes: set[str], *, is_standing: bool) -> Landing:
    """Return the landing of a source with a commit. `wholes` are the merges that brought the source."""
    merge = next((name for name in landed.picked_from if name in wholes), None)
    if merge is None or {source.sha, *source.picked_from} & {landed.sha, *landed.picked_from}:
        return Landing(landed, _why_landed(source, landed), is_standing, source)
    reason = f"{landed.short} was picked from {merge[:10]}, which merged it"
    return Landing(landed, reason, is_standing, git.commits("--no-walk=unsorted", merge)[0])


def _line(git: Git, onto: str, names: Sequence[str]) -> list[str]:
    """Return the arguments for the commits of a branch since its merge base with all these commits."""
    base = git.merge_base(onto, *names) if len(names) <= _MAX_ENDS else None
    return ["--full-history", onto, *([f"^{base}"] if base else [])]


def _without_reverted(git: Git, commits: Iterable[Commit], line: Sequence[str]) -> list[Commit]:
    by_sha = {commit.sha: commit for commit in commits}
    if not by_sha:
        return []
    rank = {sha: at for at, sha in enumerate(git.rev_list("--reverse", "--topo-order", *line))}
    # A commit outside the range is older than every commit in it.
    in_order = sorted(by_sha.values(), key=lambda commit: rank.get(commit.sha, -1))
    return without_reverted(in_order, find_reverted_names(git, in_order))


def _why_landed(source: Commit, landed: Commit) -> str:
    if landed.sha == source.sha:
        return "it is in the history"
    if landed.sha in source.picked_from:
        return f"it was picked from {landed.short}, which is in the history"
    return f"{landed.short} was picked from it"


def _find_part(
    git: Git, merge: Commit, onto: str, adapt: Adapt | None, code_change: Adapt | None
) -> Hint | None:
    """Return a commit that a merge brought and that a branch has already, or None.

    To pick the merge would then repeat a part of it.
    """
    parts = [part for part in merged_commits(git, merge.sha) if adapt is None or adapt(part)]
    found = find_presence(git, parts, onto, adapt=adapt, code_change=code_change).proven
    there = next((part for part in parts if part.sha in found), None)
    if there is None:
        return None
    return Hint(there, f"it merges {there.short}, which is there: {found[there.sha]}", is_close=True)


# What only suggests that a commit is there


@dataclass(frozen=True)
class Hint:
    """A commit that may make the same change as a source, and why.

    It is close if it seems to be a backport of exactly this source.
    """

    commit: Commit
    reason: str
    is_close: bool


def find_hints(git: Git, sources: Sequence[Commit], onto: str, places: Collection[str]) -> dict[str, Hint]:
    """Return the commit of a branch that may make the same change, by source. `places` hold fragments."""
    if not sources:
        return {}
    line = _line(git, onto, [source.sha for source in sources])
    standing = _without_reverted(git, _find_others(git, sources, line), line)
    others = _Others.among(git, standing, sources, set(places))
    named = _find_otherwise_named(git, sources, line)
    found = {}
    for source in sources:
        hint = named.get(source.sha) or others.find_alike(source) or _find_backported(git, source, line)
        if hint:
            found[source.sha] = hint
    return found


def _find_others(git: Git, sources: Sequence[Commit], line: Sequence[str]) -> list[Commit]:
    """Return the commits of a branch that change some of the same paths as a source, or have its subject.

    Only these need a closer look.
    """
    paths = sorted({path for source in sources for path in source.paths})
    literal = [f":(literal,top){path}" for path in paths] if len(paths) <= _MAX_PATHS else []
    touching = git.commits("--no-merges", *line, "--", *literal)
    subjects = dict.fromkeys(source.subject for source in sources[-_MAX_PATHS:] if source.subject)
    greps = [f"--grep={subject}" for subject in subjects]
    return [*touching, *(git.commits("--no-merges", "--fixed-strings", *greps, *line) if greps else [])]


@dataclass(frozen=True)
class _Others:
    """The commits of another branch by what they may share with a source."""

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

    def find_alike(self, source: Commit) -> Hint | None:
        """Return the commit that is most like a source."""
        same_author = self.by_author.get((source.author, source.date, source.subject))
        if same_author and same_author.sha != source.sha:
            reason = f"{same_author.short} has the same author, time and subject"
            return Hint(same_author, reason, is_close=True)
        same_patch = self.by_patch_id.get(self.patch_ids.get(source.sha, ""))
        if same_patch and same_patch.sha != source.sha:
            return Hint(same_patch, f"{same_patch.short} has the same patch-id", is_close=False)
        fragments = _new_fragments(source, self.places)
        if fragments and all(path in self.by_fragment for path in fragments):
            other = self.by_fragment[fragments[0]]
            what = "fragment" if len(fragments) == 1 else "fragments"
            return Hint(other, f"{other.short} adds the same {what}", is_close=False)
        return None


def _find_backported(git: Git, source: Commit, line: Sequence[str]) -> Hint | None:
    """Return the commit of the pull request that a backport names, in the usual words of bots and people."""
    numbers = _PULL_REQUEST.findall(source.message) if "backport" in source.message.lower() else []
    for number in dict.fromkeys(numbers):
        subject = re.compile(rf"\(#{number}\)$|^Merge (?:pull request|PR) #{number}\b")
        mentions = git.commits("--fixed-strings", f"--grep=#{number}", *line)
        found = next((one for one in mentions if one.sha != source.sha and subject.search(one.subject)), None)
        if found:
            return Hint(found, f"{found.short} is the pull request that it backports", is_close=True)
    return None


def _find_otherwise_named(git: Git, sources: Sequence[Commit], line: Sequence[str]) -> dict[str, Hint]:
    """Return the pick that names a source by a part of its name, or a merge that brought it, by source."""
    found: dict[str, Hint] = {}
    for pick in git.commits("--fixed-strings", "--grep=(cherry picked from commit ", *line):
        for name in _SOURCE_NAMES.findall(pick.message):
            if len(name) < _FULL_LENGTH:
                reason = f"{pick.short} names it by a part of its name as its source"
                brought = {source.sha for source in sources if source.sha.startswith(name)}
            else:
                reason = f"{pick.short} was picked from the merge {name[:10]}, which brought it"
                brought = _merged_by(git, name)
            found.update({sha: Hint(pick, reason, is_close=True) for sha in brought})
    return found


def _merged_by(git: Git, sha: str) -> set[str]:
    """Return the commits that a merge brought, or nothing if the commit is not a merge of this clone."""
    if git.missing([sha]):
        return set()
    merge = git.commits("--no-walk=unsorted", sha)[0]
    return set(git.rev_list(sha, f"^{merge.parents[0]}")) if len(merge.parents) > 1 else set()


def _new_fragments(commit: Commit, places: set[str]) -> list[str]:
    return [c.path for c in commit.changes if c.before is None and posixpath.dirname(c.path) in places]


def _shown(paths: Collection[str]) -> str:
    names = sorted(paths)
    more = len(names) - _SHOWN_PATHS
    return ", ".join([*names[:_SHOWN_PATHS], *([f"{more} more"] if more > 0 else [])])
