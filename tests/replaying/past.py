"""The past patch releases of a repository, and what the maintainers did for each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from patchwright.halts import Halt
from patchwright.history import presence
from patchwright.history.adapting import Adapter, directories
from patchwright.history.landmarks import Landmarks, find_landmarks
from patchwright.history.snapshot import Snapshot
from patchwright.history.version_files import Move
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit

_TAG = re.compile(r"refs/tags/(?P<prefix>.*?)(?P<version>\d+\.\d+(?:\.\d+)?)")
_MAINLINES = ("main", "master", "trunk", "develop", "dev", "devel")
_PICKED_MANY = 400


class Unfit(Exception):
    """A release can't be replayed; the message says why."""


@dataclass(frozen=True)
class Tagged:
    """One final release of a series, by its tag."""

    version: str
    tag: str
    commit: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """What releases are ordered by; X.Y is X.Y.0."""
        parts = tuple(int(part) for part in self.version.split("."))
        return parts + (0,) * (3 - len(parts))

    @property
    def series(self) -> str:
        """The first two numbers."""
        return ".".join(map(str, self.numbers[:2]))


@dataclass(frozen=True)
class Past:
    """One patch release that was made, and the mainline before and after it was integrated.

    `picks` are the commits of the release branch by those of the mainline that they bring, `own` those that
    were made on the release branch. `integrated` is the first commit of the mainline with the release's
    section, None where it never came there.
    """

    last: Tagged
    this: Tagged
    marks: Landmarks
    mainline: str
    integrated: str | None
    picks: dict[str, Commit] = field(default_factory=dict)
    own: tuple[Commit, ...] = ()


def tags_of(git: Git) -> list[Tagged]:
    """Return the final releases that the tags show, by the prefix that most of them have."""
    rows = git.ask("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "refs/tags").lines
    found = []
    for row in rows:
        name, sha, peeled = [*row.split(" "), "", ""][:3]
        match = _TAG.fullmatch(name)
        commit = peeled or sha
        if match:
            found.append((match["prefix"], Tagged(match["version"], name.removeprefix("refs/tags/"), commit)))
    if not found:
        return []
    prefix = Counter(prefix for prefix, _ in found).most_common(1)[0][0]
    unique = {one.numbers: one for start, one in found if start == prefix}
    return [unique[numbers] for numbers in sorted(unique)]


def mainline_of(git: Git, named: str | None) -> str:
    """Return the full name of the branch that is the mainline."""
    head = git.ask("symbolic-ref", "--quiet", "HEAD", ok=None).line
    names = [named] if named else [head.removeprefix("refs/heads/"), *_MAINLINES]
    for name in names:
        for ref in (f"refs/heads/{name}", f"refs/remotes/origin/{name}", "refs/remotes/origin/HEAD"):
            if name and git.ref(ref):
                return ref
    raise Unfit(f"there is no mainline: none of {', '.join(names)}")


def pairs(tags: list[Tagged], series: str | None) -> list[tuple[Tagged, Tagged]]:
    """Return each patch release with its predecessor in the series, the oldest first."""
    by_series: dict[str, list[Tagged]] = {}
    for one in tags:
        by_series.setdefault(one.series, []).append(one)
    found = [
        (last, this)
        for of_series in by_series.values()
        for last, this in pairwise(of_series)
        if series in {None, this.series}
    ]
    return sorted(found, key=lambda pair: pair[1].numbers)


class Line:
    """The first-parent history of the mainline, the newest commit first, with the time of each."""

    def __init__(self, git: Git, tip: str) -> None:
        self.git = git
        rows = git.ask("log", "--first-parent", "--format=%H %ct", tip, "--", timeout=600).lines
        self.commits = [row.split(" ")[0] for row in rows]
        self.times = [int(row.split(" ")[1]) for row in rows]
        self.members = set(self.commits)

    def at(self, time: int) -> int:
        """Return the place of the last commit that is not later than a time."""
        return next((place for place, when in enumerate(self.times) if when <= time), len(self.commits) - 1)

    def first_with_section(self, version: str) -> int | None:
        """Return the place of the first commit whose changelog has a section for a version."""
        low, high = 0, len(self.commits)
        while low < high:
            middle = (low + high) // 2
            if _has_section(self.git, self.commits[middle], version):
                low = middle + 1
            else:
                high = middle
        return low - 1 if low else None


def _has_section(git: Git, commit: str, version: str) -> bool:
    try:
        return Snapshot(git, commit).section(version) is not None
    except Halt:
        return False


def past(git: Git, line: Line, last: Tagged, this: Tagged) -> Past:
    """Return what was done for a release. Raises Unfit where it was not made on a release branch."""
    if this.commit in line.members:
        raise Unfit("it was made on the mainline")
    if (*this.numbers[:2], last.numbers[2] + 1) != this.numbers:
        raise Unfit("it skips a number")
    if not git.is_ancestor(last.commit, this.commit):
        raise Unfit(f"{last.tag} is not in its history")
    try:
        marks = find_landmarks(git, last.commit, this.commit, this.version)
    except Halt as halt:
        raise Unfit(f"its tree can't be read: {halt.cause}") from None
    if marks.section is None:
        raise Unfit("its changelog has no section for it")
    if len(marks.commits) > _PICKED_MANY:
        raise Unfit(f"it has {len(marks.commits)} commits")
    made = int(git.ask("show", "--no-patch", "--format=%ct", this.commit).line)
    place = line.at(made)
    brought = line.first_with_section(this.version)
    if brought is not None:
        place = max(place, brought + 1)
    if place >= len(line.commits):
        raise Unfit("the mainline does not go back that far")
    mainline = line.commits[place]
    if git.is_ancestor(this.commit, mainline):
        raise Unfit("it was merged before it was tagged")
    picks, own = _sources(git, marks, mainline, this)
    return Past(last, this, marks, mainline, None if brought is None else line.commits[brought], picks, own)


def _counterparts(
    git: Git, sources: Sequence[Commit], onto: str, places: Collection[str]
) -> dict[str, Commit]:
    """Return the commit of a branch that seems to make the same change, by source."""
    landings = presence.find_landings(git, sources, onto)
    picked = {sha: one.commit for sha, one in landings.items() if one.is_standing and one.commit.sha != sha}
    others = [source for source in sources if source.sha not in picked]
    hints = presence.find_hints(git, others, onto, places)
    return {**picked, **{sha: hint.commit for sha, hint in hints.items()}}


def _sources(
    git: Git, marks: Landmarks, mainline: str, this: Tagged
) -> tuple[dict[str, Commit], tuple[Commit, ...]]:
    places = {*directories(Snapshot(git, mainline)), *directories(Snapshot(git, this.commit))}
    alike = _counterparts(git, marks.patches, mainline, places)
    picks: dict[str, Commit] = {}
    own = []
    for commit in marks.patches:
        named = [
            name for name in commit.picked_from if not git.missing([name]) and git.is_ancestor(name, mainline)
        ]
        source = named[0] if named else alike[commit.sha].sha if commit.sha in alike else None
        if source is None and git.is_ancestor(commit.sha, mainline):
            source = commit.sha
        if source:
            picks[source] = commit
        else:
            own.append(commit)
    return picks, tuple(own)


def version_files(git: Git, past: Past) -> dict[str, str]:
    """Return the files in which the maintainers set the version, with the text that each came to have."""
    tip = Snapshot(git, past.this.commit)
    move = Move(past.last.version, past.this.version, tip.project_name, tip.version_source)
    found = {}
    for commit in past.marks.commits:
        for change in commit.changes:
            if change.before and change.after:
                was, now = git.text(change.before) or "", git.text(change.after) or ""
                if move.is_all(change.path, was, now):
                    found[change.path] = now
    return found


def rewound(git: Git, past: Past) -> tuple[str, bool]:
    """Return the release branch as it was before the picks, and whether the picks are off it.

    It is made of the last release and what the maintainers made on the branch themselves, in their order;
    where that does not apply without the picks, of everything but version and section.
    """
    own = {commit.sha for commit in past.own} | {commit.sha for commit in past.marks.clean_ups}
    without = _made_of(git, past, own)
    if without is not None:
        return without, True
    whole = _made_of(git, past, own | {commit.sha for commit in past.marks.patches})
    if whole is None:
        raise Unfit("its patches do not apply one after the other")
    return whole, False


def _made_of(git: Git, past: Past, kept: set[str]) -> str | None:
    adapter = Adapter(git, past.this.version, onto_mainline=True)
    at = past.last.commit
    for commit in past.marks.commits:
        if commit.sha not in kept or len(commit.parents) != 1:
            continue
        fitted = commit if commit in past.marks.clean_ups else adapter.adapt(commit)
        made, conflicts = git.simulate_pick(fitted, at) if fitted else (at, [])
        if conflicts:
            return None
        at = git.write_commit(git.tree(made), at, commit.message, like=commit) if made != at else at
    return at
