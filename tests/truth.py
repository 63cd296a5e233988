"""Histories of picks, reverts and amendments, written by a model that knows what is on each line.

A `World` writes a history commit by commit. Every fix has lines of its own in a file, so that the truth is in
the files: a line of history has a fix if it has the lines of the fix. `check` compares what patchwright
believes with that truth.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from fake_git import FakeGit, history_release
from histories import ADA, BEN, Files, History, Made
from patchwright.commands import patch
from patchwright.halts import BadArgument, BranchConflict
from patchwright.integration import build
from patchwright.patches import choice
from patchwright.patches.evidence import judge_candidates
from patchwright.releases.release import Release
from patchwright.releases.request import Request
from patchwright.tools.git_output import Commit

if TYPE_CHECKING:
    from patchwright.report import terminal

MAIN, BRANCH = "master", "release-1.24"
SHARED = ("almanac/dates.py", "almanac/moons.py")
# Programs whose mode may change, submodules whose commit may change, and files that may be renamed.
TOOLS = tuple(f"almanac/tool_{number}" for number in range(2))
LINKS = tuple(f"vendor/sub_{number}" for number in range(2))
RENAMED = tuple(f"almanac/new_{number}.py" for number in range(3))
# The number of the line that stands for the mode of a file.
MODE = -1
SLOTS = 6
# So many lines lie between two places that git merges a change of one with a change of the other.
GAP = 5
SECTIONS = '\n[[tool.towncrier.section]]\npath = "{}"\nname = "{}"\n'

Place = tuple[str, int]
"""A line of a file, by path and number; the mode of a file; or the commit of a submodule."""
Edits = dict[Place, tuple[str | None, str | None]]
"""What a commit does to lines: old and new. A line is None if its file does not exist."""
Operation = tuple[str, int, int]
"""The name of an operation, a number that chooses the fix, and a number that chooses the variant."""


class MemoryHistory(History):
    """A history whose objects are in memory."""

    def __post_init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refs: dict[str, str] = {}

    def _write(self, kind: str, content: bytes) -> str:
        data = f"{kind} {len(content)}".encode() + b"\0" + content
        sha = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        self.objects[sha] = content
        return sha

    def _read(self, sha: str) -> str:
        return self.objects[sha].decode("utf-8", "surrogateescape")

    def _ref(self, name: str, sha: str) -> None:
        self.refs[name] = sha

    def read(self, sha: str) -> str:
        """Return the content of an object."""
        return self._read(sha)

    def move(self, branch: str, sha: str) -> None:
        """Let a branch name another commit."""
        self._point(branch, sha)


class LineGit(FakeGit):
    """A git that merges files line by line. Its patch-ids ignore white space, as those of git do."""

    def __init__(self, history: MemoryHistory) -> None:
        self.memory = history
        super().__init__(history)

    def _object(self, sha: str) -> str:
        return self.memory.read(sha)

    def tagged_commit(self, tag: str) -> str:
        name = self.memory.refs[f"refs/tags/{tag}"]
        return self._object(name).splitlines()[0].removeprefix("object ")

    def _learn(self, sha: str) -> None:
        """Learn a commit. An entry that is no plain file has its mode before its name."""
        super()._learn(sha)
        modes = {path: mode for path, (mode, _) in self.memory.made[sha].tree.items() if mode != "100644"}
        if modes:
            made, known = self.memory.made[sha], self.known[sha]
            tree = {
                path: f"{modes[path]}-{blob}" if path in modes else blob
                for path, blob in self.trees[sha].items()
            }
            self._add(sha, tree, made.parents, (known.author, known.date), made.message)

    def texts(self, names: Iterable[str]) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for name in names:
            commit, _, path = name.partition(":")
            entry = self.trees[commit].get(path) if path else name
            mode, blob = _split(entry) if entry else ("", "")
            found[name] = None if mode in {"", "160000"} else super().texts([blob])[blob]
        return found

    def modes(self, tree: str, paths: Iterable[str]) -> dict[str, str]:
        entries = self.trees[tree]
        return {path: _split(entries[path])[0] for path in paths if path in entries}

    def patch_ids(self, commits: Iterable[str]) -> dict[str, str]:
        return {sha: "".join(one.split()) for sha, one in super().patch_ids(commits).items()}

    def simulate_pick(self, source: Commit, onto: str) -> tuple[str, list[str]]:
        base, ours, theirs = (self.trees[sha] for sha in (source.parents[0], onto, source.sha))
        blobs: dict[str, str | None] = {}
        conflicts = []
        for path in sorted(base.keys() | theirs.keys()):
            versions = (base.get(path), ours.get(path), theirs.get(path))
            if versions[2] in versions[:2]:
                continue
            if versions[0] == versions[1]:
                blobs[path] = versions[2]
                continue
            merged, is_conflict = self._merge(*versions)
            if is_conflict:
                conflicts.append(path)
            blobs[path] = merged
        return self.write_commit(self.write_tree(onto, blobs), onto, source.message), conflicts

    def _merge(self, base: str | None, ours: str | None, theirs: str | None) -> tuple[str | None, bool]:
        """Return the entry that merges three entries line by line, and whether they conflict."""
        if base is None or ours is None or theirs is None:
            return ours, True
        modes, blobs = zip(*map(_split, (base, ours, theirs)), strict=True)
        mode = _pick_side(*modes)
        if mode is None or "160000" in modes:
            return ours, True
        found = self.texts(blobs)
        old, mine, other = (str(found[blob]).splitlines() for blob in blobs)
        if not len(old) == len(mine) == len(other):
            return ours, True
        lines, is_conflict = [], False
        for a, b, c in zip(old, mine, other, strict=True):
            side = _pick_side(a, b, c)
            is_conflict |= side is None
            lines += ["<<<<<<< ours", b, "=======", c, ">>>>>>> theirs"] if side is None else [side]
        blob = self.write_blob("".join(f"{line}\n" for line in lines))
        return (blob if mode == "100644" else f"{mode}-{blob}"), is_conflict


def _split(entry: str) -> tuple[str, str]:
    """Return the mode and the object of an entry of a tree."""
    mode, _, blob = entry.rpartition("-")
    return mode or "100644", blob


def _pick_side(base: str, ours: str, theirs: str) -> str | None:
    """Return the side that changed, or None if both changed in different ways."""
    if base not in {ours, theirs} and ours != theirs:
        return None
    return theirs if base == ours else ours


@dataclass
class Fix:
    """A change with a news fragment. `line` is the line that has the commit, or empty after a rewrite."""

    number: int
    sha: str
    line: str
    category: str
    edits: Edits

    @property
    def is_patch(self) -> bool:
        """Whether a patch release takes fragments of this type."""
        return self.category != "feature"


@dataclass
class World:
    """A history in the making, and the story of it."""

    with_sections: bool
    history: MemoryHistory = field(default_factory=lambda: MemoryHistory(Path("/memory/origin.git")))
    fixes: list[Fix] = field(default_factory=list)
    picks: list[tuple[str, str]] = field(default_factory=list)
    reverts: list[tuple[str, str]] = field(default_factory=list)
    chains: dict[Place, list[str | None]] = field(default_factory=dict)
    directories: dict[str, str] = field(default_factory=lambda: {MAIN: "changes", BRANCH: "changes"})
    known_tips: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str, Place, str | None]] = field(default_factory=list)
    """The sources whose pick left a place out: source, line of history, place, and what is there instead."""
    patch: int = 0
    story: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        history = self.history
        history.begin()
        text = "".join(
            f"    value_{slot} = 0\n" + "".join(f"# {slot}.{row}\n" for row in range(1, GAP))
            for slot in range(SLOTS)
        )
        files: Files = dict.fromkeys(SHARED, text)
        files.update({path: f"{path}\n" for path in (*TOOLS, *RENAMED)})
        links = {path: f"{number:040x}" for number, path in enumerate(LINKS, start=1)}
        files["pyproject.toml"] = self._configuration("changes")
        history.commit(MAIN, "Tell dates.", files, links=links)
        history.fork(BRANCH, MAIN)
        history.integrate("1.24.0", history.release(BRANCH, "1.24.0"))

    def _configuration(self, directory: str) -> str:
        text = self.history.flavour.pyproject.replace("'changes'", f"'{directory}'")
        sections = SECTIONS.format("", "") + SECTIONS.format("web", "Web")
        return text + (sections if self.with_sections else "")

    # What is true

    def value(self, line: str, place: Place) -> str | None:
        """Return the text of a place on a line of history, or None if its file does not exist."""
        return _lines_of(self.history, self.history.tip(line)).get(place)

    def has_whole(self, edits: Edits, line: str) -> bool:
        """Return whether a line of history has every line of a change."""
        return all(self.value(line, place) == new for place, (_, new) in edits.items())

    def has_whole_at(self, edits: Edits, sha: str) -> bool:
        """Return whether a commit has every line of a change."""
        lines = _lines_of(self.history, self.history.made[sha])
        return all(lines.get(place) == new for place, (_, new) in edits.items())

    def lacks(self, edits: Edits, line: str) -> bool:
        """Return whether a line of history has at every place what was there before a change."""
        return bool(edits) and all(
            self._is_earlier(place, self.value(line, place), old, new) for place, (old, new) in edits.items()
        )

    def _is_earlier(self, place: Place, value: str | None, old: str | None, new: str | None) -> bool:
        chain = self.chains.get(place, [])
        if value in {old, new} or not {value, old, new} <= {*chain}:
            return value == old
        return chain.index(value) < chain.index(new) and chain.index(old) < chain.index(new)

    def is_overtaken(self, values: dict[Place, str | None], line: str) -> bool:
        """Return whether a line of history has a later value at a place: nobody resolves that to an older."""
        chains = {place: self.chains.get(place, []) for place in values}
        return any(
            {value, self.value(line, place)} <= {*chains[place]}
            and chains[place].index(self.value(line, place)) > chains[place].index(value)
            for place, value in values.items()
        )

    def has_fragment(self, number: int, line: str) -> bool:
        """Return whether a line of history has the fragment of a fix."""
        place = f"{self.directories[line]}/"
        paths = self.history.tip(line).tree
        return any(path.startswith(place) and f"/{number}." in path for path in paths)

    def edits_of(self, sha: str) -> Edits:
        """Return what a commit does to lines."""
        made = self.history.made[sha]
        before = _lines_of(self.history, self.history.made[made.parents[0]])
        after = _lines_of(self.history, made)
        places = [p for p in {**before, **after} if before.get(p) != after.get(p)]
        return {place: (before.get(place), after.get(place)) for place in places}

    # How commits are made

    def tell(self, text: str, sha: str) -> None:
        """Add a sentence to the story."""
        self.story.append(f"{sha[:10]}  {text}")

    def commit(  # noqa: PLR0913  what a commit is made of
        self,
        line: str,
        message: str,
        values: dict[Place, str | None],
        files: Files | None = None,
        *,
        author: str = ADA,
        authored: int | None = None,
    ) -> str:
        """Commit new values of places, and files."""
        tree = self.history.tip(line).tree
        changed: Files = {path: text for path, text in (files or {}).items() if text or path in tree}
        links: dict[str, str] = {}
        modes: dict[str, str] = {}
        for (path, row), value in values.items():
            if path in LINKS or row == MODE:
                (links if path in LINKS else modes)[path] = str(value)
                continue
            if path not in SHARED:
                if value is not None or path in tree:
                    changed[path] = None if value is None else f"{value}\n"
                continue
            rows = (changed.get(path) or self.history.text(line, path)).splitlines()
            rows[row] = str(value)
            changed[path] = "".join(f"{text}\n" for text in rows)
        return self.history.commit(
            line, message, changed, author=author, authored=authored, links=links, modes=modes
        )

    def fragment_path(self, number: int, category: str, line: str) -> str:
        """Return the path of a fragment on a line of history."""
        section = "web/" if self.with_sections and number % 2 else ""
        return f"{self.directories[line]}/{section}{number}.{category}"

    def fragments_of(self, fix: Fix, line: str) -> Files:
        """Return the fragment of a fix for a line of history."""
        return {self.fragment_path(fix.number, fix.category, line): _text(fix.number)}

    def pick_fix(self, which: int) -> Fix | None:
        """Return one of the fixes."""
        return self.fixes[which % len(self.fixes)] if self.fixes else None

    def target(self, fix: Fix) -> str:
        """Return the line of history to which a fix may be picked."""
        return BRANCH if fix.line != BRANCH else MAIN


# The values of places


def _lines_of(history: MemoryHistory, made: Made) -> dict[Place, str | None]:
    found: dict[Place, str | None] = {}
    for path, (mode, blob) in made.tree.items():
        if path in LINKS:
            found[path, 0] = blob
        elif path in TOOLS:
            found[path, MODE] = mode
        elif path in SHARED:
            found.update({(path, row): text for row, text in enumerate(history.read(blob).splitlines())})
        elif path.startswith("almanac/new_"):
            found[path, 0] = history.read(blob).rstrip("\n")
    return found


def _text(number: int) -> str:
    return f"Repair case {number} of the calendar.\n"


SPECIAL = {"mode", "link", "rename"}
KINDS = ("line", "space", "file", "two", "chained", "twin", "feature", "merged", "near", *sorted(SPECIAL))
"""What a fix may change."""

# Operations on a world: each returns whether it could be done


def make_fix(world: World, which: int, how: int, line: str = MAIN) -> bool:
    """Add a fix with its fragment: in shared lines, in a new file, in white space, after another fix."""
    number = 10 + len(world.fixes)
    kind = KINDS[how % len(KINDS)]
    earlier = world.pick_fix(which)
    places = _choose_places(world, kind, which, number)
    if not places:
        return False
    edits: Edits = {}
    for place in places:
        old = world.value(line, place)
        is_new_name = kind == "rename" and bool(edits)
        new = world.value(line, places[0]) if is_new_name else _new_value(kind, place, old, number)
        edits[place] = (old, new)
        world.chains.setdefault(place, [old]).append(new)
    category = "feature" if kind == "feature" else "bugfix"
    twin = world.history.made[earlier.sha] if kind == "twin" and earlier else None
    author = twin.author if twin else (ADA, BEN)[which % 2]
    message = twin.message.partition("\n")[0] if twin else f"Repair case {number}."
    fix = Fix(number, "", line, category, edits)
    values = {place: new for place, (_, new) in edits.items()}
    files = world.fragments_of(fix, line)
    at = line
    if kind == "merged":
        at = f"topic-{number}"
        world.history.fork(at, line)
    fix.sha = _commit_at(world, at, line, (message, values, files), author, twin.authored if twin else None)
    world.fixes.append(fix)
    world.tell(f"{line}: fix {number} ({kind}): {_shown(edits)}", fix.sha)
    return True


def _choose_places(world: World, kind: str, which: int, number: int) -> list[Place]:
    """Return the places that a fix changes, or nothing if there are none for it."""
    earlier = world.pick_fix(which)
    if kind in SPECIAL:
        paths = {"mode": TOOLS, "link": LINKS, "rename": RENAMED}[kind]
        place = (paths[which % len(paths)], MODE if kind == "mode" else 0)
        new_name = [(f"almanac/new_{number}.py", 0)] if kind == "rename" else []
        return [] if place in world.chains else [place, *new_name]
    if kind == "chained" and earlier and not any(_is_special(place) for place in earlier.edits):
        return list(earlier.edits)
    places: list[Place] = [(SHARED[which % 2], (which // 2) % SLOTS * GAP)]
    if kind == "file":
        places = [(f"almanac/new_{number}.py", 0)]
    elif kind in {"two", "near"}:
        other = (which + (kind == "two")) % 2
        places.append((SHARED[other], (which // 2 + 1) % SLOTS * GAP))
    used = {place for fix in world.fixes for place in fix.edits}
    free = [(path, row * GAP) for path in SHARED for row in range(SLOTS) if (path, row * GAP) not in used]
    return [place if place not in used else free.pop() for place in places if place not in used or free]


def _new_value(kind: str, place: Place, old: str | None, number: int) -> str | None:
    """Return what a fix writes at a place."""
    if kind in SPECIAL:
        return {"mode": "100755", "link": f"{number:040x}"}.get(kind)
    stem = place[0].partition("/")[2] if old is None else old.strip()
    return f"{' ' * (4 + number)}{stem}" if kind == "space" else f"    value_{place[1] // GAP} = {number}"


def _commit_at(  # noqa: PLR0913  what a commit is made of, and where
    world: World,
    at: str,
    line: str,
    what: tuple[str, dict[Place, str | None], Files],
    author: str,
    authored: int | None,
) -> str:
    sha = world.commit(at, *what, author=author, authored=authored)
    if at != line:
        made = world.history.made[sha]
        tree = {path: world.history.read(blob) for path, (_, blob) in made.tree.items() if path not in LINKS}
        world.history.commit(line, f"Merge {at}", dict(tree), merges=sha)
    return sha


def _is_special(place: Place) -> bool:
    return place[0] in {*LINKS, *TOOLS, *RENAMED}


def _shown(edits: Edits) -> str:
    return "; ".join(f"{path}:{row} {old!r} -> {new!r}" for (path, row), (old, new) in edits.items())


def own_fix(world: World, which: int, how: int) -> bool:
    """Add a fix that only the release branch has."""
    return make_fix(world, which, how % 4, BRANCH)


def _picked(world: World, which: int, how: int, kind: str) -> bool:
    """Bring a fix to the other line, in one of many ways."""
    fix = world.pick_fix(which)
    if fix is None:
        return False
    line, source = world.target(fix), world.history.made[fix.sha]
    values = {place: new for place, (_, new) in fix.edits.items()}
    files = world.fragments_of(fix, line) if how % 3 or kind != "amended away" else {}
    extra: Place = (SHARED[how % 2], (SLOTS - 1) * GAP + 2)
    other = f"# other {len(world.story)}"
    if kind == "backported":
        values = {extra: other}
    elif kind == "amended away":
        # Where the fix would conflict, another line of the same file looks like a resolution.
        applies = all(world.value(line, place) == old for place, (old, _) in fix.edits.items())
        own = set() if applies else {path for path, _ in values}
        values = {(path, extra[1]): other for path in SHARED if path not in own}
    elif kind == "amended":
        if any(_is_special(place) for place in values):
            return False
        values = {place: f"    value_{place[1] // GAP} = -{fix.number}" for place in values}
    elif kind == "in part":
        if len(values) == 1:
            return False
        values = dict(list(values.items())[:1])
    is_there = all(world.value(line, place) == value for place, value in values.items())
    if is_there or world.is_overtaken(values, line):
        return False
    name = f"\n\n(cherry picked from commit {fix.sha})"
    named = kind in {"named", "amended away", "in part"} or (kind == "amended" and how % 2 == 0)
    message = source.message.rstrip("\n") + (name if named else "")
    sha = world.commit(line, message, values, files, author=source.author, authored=source.authored)
    world.picks.append((sha, line))
    how_named = "with -x" if named else "without -x"
    world.tell(f"{line}: fix {fix.number} picked {how_named}, {kind}: {_shown(world.edits_of(sha))}", sha)
    return True


def pick_named(world: World, which: int, how: int) -> bool:
    """Pick a fix with `-x`."""
    return _picked(world, which, how, "named")


def pick_unnamed(world: World, which: int, how: int) -> bool:
    """Pick a fix without `-x`."""
    return _picked(world, which, how, "unnamed")


def pick_amended(world: World, which: int, how: int) -> bool:
    """Pick a fix, and change the pick."""
    return _picked(world, which, how // 3, ("amended away", "amended", "in part")[how % 3])


def pick_half_resolved(world: World, which: int, how: int) -> bool:
    """Pick a fix of several places with `-x`, and resolve the conflict in one of them to the other side."""
    fix = world.pick_fix(which)
    if fix is None or len(fix.edits) == 1 or any(_is_special(place) for place in fix.edits):
        return False
    line, source = world.target(fix), world.history.made[fix.sha]
    places = list(fix.edits)
    left = places[how % len(places)]
    if any(world.value(line, place) != old for place, (old, _) in fix.edits.items()):
        return False
    other = f"    other = {len(world.story)}"
    world.commit(line, "Go another way.", {left: other})
    values = {place: new for place, (_, new) in fix.edits.items() if place != left}
    message = f"{source.message.rstrip()}\n\n(cherry picked from commit {fix.sha})"
    files = world.fragments_of(fix, line)
    sha = world.commit(line, message, values, files, author=source.author, authored=source.authored)
    world.picks.append((sha, line))
    world.left_out.append((fix.sha, line, left, other))
    world.tell(f"{line}: fix {fix.number} picked with -x, without {left[0]}:{left[1]}, which conflicts", sha)
    return True


def backport(world: World, which: int, how: int) -> bool:
    """Commit something else with the author, time and subject of a fix."""
    return _picked(world, which, how, "backported")


def squash(world: World, which: int, how: int) -> bool:
    """Bring two fixes to the other line in one commit by another author."""
    one, two = world.pick_fix(which), world.pick_fix(which + 1)
    if one is None or two is None or one is two or world.target(one) != world.target(two):
        return False
    line = world.target(one)
    values = {place: new for fix in (one, two) for place, (_, new) in fix.edits.items()}
    if world.is_overtaken(values, line):
        return False
    files = {**world.fragments_of(one, line), **world.fragments_of(two, line)} if how % 2 else {}
    sha = world.commit(line, f"Repair cases {one.number} and {two.number}.", values, files, author=BEN)
    world.picks.append((sha, line))
    world.tell(f"{line}: fixes {one.number} and {two.number} squashed: {_shown(world.edits_of(sha))}", sha)
    return True


def _undo(world: World, sha: str, line: str, message: str) -> str | None:
    """Undo a commit if the line still has its effect."""
    edits = world.edits_of(sha)
    if not edits or not world.has_whole(edits, line):
        return None
    values = {place: old for place, (old, _) in edits.items()}
    made = world.history.made[sha]
    parent = world.history.made[made.parents[0]].tree
    at = world.history.tip(line).tree
    changed = {p for p in made.tree.keys() | parent.keys() if made.tree.get(p) != parent.get(p)}
    files: Files = {}
    for path in changed:
        directory, _, rest = path.partition("/")
        place = f"{world.directories[line]}/{rest}"
        if directory in {"changes", "news"} and path in made.tree and place in at:
            files[place] = None
        elif directory in {"changes", "news"} and path not in made.tree:
            files[place] = world.history.read(parent[path][1])
    return world.commit(line, message, values, files, author=BEN)


def _landed(world: World, which: int, how: int) -> tuple[str, str, str] | None:
    """Return a fix or a pick, its line, and a name for it: its own or that of its source."""
    commits = [*world.picks, *((fix.sha, fix.line) for fix in world.fixes if fix.line)]
    if not commits:
        return None
    sha, line = commits[which % len(commits)]
    message = world.history.made[sha].message
    name = message.partition("(cherry picked from commit ")[2][:40] if how % 2 else sha
    return sha, line, (name or sha)[: 12 if how % 5 == 0 else 40]


def revert(world: World, which: int, how: int) -> bool:
    """Revert a fix or a pick with the message of git, by either name."""
    found = _landed(world, which, how)
    if found is None:
        return False
    sha, line, name = found
    subject = world.history.made[sha].message.partition("\n")[0]
    undone = _undo(world, sha, line, f'Revert "{subject}"\n\nThis reverts commit {name}.')
    if undone:
        world.reverts.append((undone, line))
        world.tell(f"{line}: {sha[:10]} reverted, by the name {name[:10]}", undone)
    return bool(undone)


def undo_by_hand(world: World, which: int, how: int) -> bool:
    """Undo a fix or a pick without the message of git."""
    found = _landed(world, which, how)
    if found is None:
        return False
    sha, line, _ = found
    undone = _undo(world, sha, line, "Count as before.")
    if undone:
        world.tell(f"{line}: {sha[:10]} undone by hand", undone)
    return bool(undone)


def revert_the_revert(world: World, which: int, how: int) -> bool:
    """Revert a revert, with the message of git or without it."""
    if not world.reverts:
        return False
    sha, line = world.reverts[which % len(world.reverts)]
    subject = world.history.made[sha].message.partition("\n")[0]
    named = f'Revert "{subject}"\n\nThis reverts commit {sha}.'
    undone = _undo(world, sha, line, named if how % 4 else "Bring it back.")
    if undone:
        world.reverts.append((undone, line))
        world.tell(f"{line}: the revert {sha[:10]} reverted {'' if how % 4 else 'by hand'}", undone)
    return bool(undone)


def land_again(world: World, which: int, how: int) -> bool:
    """Commit a fix again on its line after it was undone there."""
    fix = world.pick_fix(which)
    if fix is None or not fix.line or not world.lacks(fix.edits, fix.line):
        return False
    values = {place: new for place, (_, new) in fix.edits.items()}
    message = world.history.made[fix.sha].message.rstrip("\n") + (" Again." if how % 2 else "")
    sha = world.commit(fix.line, message, values, world.fragments_of(fix, fix.line))
    again = Fix(fix.number, sha, fix.line, fix.category, world.edits_of(sha))
    world.fixes.append(again)
    world.tell(f"{fix.line}: fix {fix.number} landed again", sha)
    return True


def move_directory(world: World, which: int, how: int) -> bool:
    """Move the directory of fragments on one line."""
    line = (MAIN, MAIN, BRANCH)[which % 3]
    if world.directories[line] == "news" or (line == BRANCH and how % 2):
        return False
    world.directories[line] = "news"
    tree = world.history.tip(line).tree
    files: Files = {"pyproject.toml": world._configuration("news")}  # noqa: SLF001  a part of the world
    for path in [path for path in tree if path.startswith("changes/")]:
        files[path] = None
        files[f"news/{path.removeprefix('changes/')}"] = world.history.text(line, path)
    sha = world.history.commit(line, "Move the fragments.", files)
    world.tell(f"{line}: fragments moved from changes to news", sha)
    return True


def edit_fragment(world: World, which: int, how: int) -> bool:
    """Change the words of a fragment."""
    fix = world.pick_fix(which)
    if fix is None or not fix.line:
        return False
    path = world.fragment_path(fix.number, fix.category, fix.line)
    if path not in world.history.tip(fix.line).tree:
        return False
    text = f"Repair case {fix.number} of the calendar, edition {how}.\n"
    sha = world.history.commit(fix.line, "Say it better.", {path: text})
    world.tell(f"{fix.line}: {path} edited", sha)
    return True


def go_on(world: World, which: int, how: int) -> bool:
    """Commit something that has nothing to do with a fix."""
    line = (MAIN, BRANCH)[which % 2]
    place: Place = (SHARED[how % 2], (which // 2) % SLOTS * GAP + 2)
    values: dict[Place, str | None] = {place: f"# note {len(world.story)}"} if how % 3 else {}
    sha = world.commit(line, "Go on.", values, {"README": f"Line {len(world.story)}.\n"})
    world.tell(f"{line}: unrelated commit", sha)
    return True


def rewrite(world: World, which: int, how: int) -> bool:
    """Rewrite the mainline from a fix on: reword the fix, or drop it."""
    fix, history = world.pick_fix(which), world.history
    if fix is None or fix.line != MAIN:
        return False
    old_tip = history.branches[MAIN]
    replayed: list[Made] = []
    at = history.made[old_tip]
    while at.sha != fix.sha and len(at.parents) == 1:
        replayed.insert(0, at)
        at = history.made[at.parents[0]]
    if at.sha != fix.sha:
        return False
    drop = how % 2 == 0
    history.move(MAIN, history.made[fix.sha].parents[0])
    renamed: dict[str, str] = {}
    for made in replayed if drop else [at, *replayed]:
        parent = history.made[made.parents[0]].tree
        changed = {p for p in made.tree.keys() | parent.keys() if made.tree.get(p) != parent.get(p)}
        files: Files = {
            path: history.read(made.tree[path][1]) if path in made.tree else None
            for path in changed
            if path not in {*SHARED, *TOOLS, *LINKS} and not path.startswith("almanac/new_")
        }
        files = {p: t for p, t in files.items() if t is not None or p in history.tip(MAIN).tree}
        values = {place: new for place, (_, new) in world.edits_of(made.sha).items()}
        message = made.message.rstrip("\n") + ("\n\nReviewed." if made.sha == fix.sha else "")
        sha = world.commit(MAIN, message, values, files, author=made.author, authored=made.authored)
        renamed[made.sha] = sha
    for one in world.fixes:
        if one.sha in renamed:
            one.sha = renamed[one.sha]
            one.edits = world.edits_of(one.sha) or one.edits
        elif one is fix:
            one.line = ""
    world.picks = [(renamed.get(sha, sha), line) for sha, line in world.picks]
    world.reverts = [(renamed.get(sha, sha), line) for sha, line in world.reverts]
    world.left_out = [one for one in world.left_out if one[1] == BRANCH and one[0] not in renamed]
    if how % 4 < 2:
        world.known_tips.append(old_tip)
    what = "without it" if drop else "with another message"
    names = ", ".join(f"{old[:10]} -> {new[:10]}" for old, new in renamed.items())
    world.tell(f"master: rewritten from fix {fix.number} on, {what}: {names}", history.branches[MAIN])
    return True


def release_patch(world: World, which: int, how: int) -> bool:
    """Release what the branch has, and integrate the section."""
    if set(world.directories.values()) != {"changes"} or not world.history.news(BRANCH):
        return False
    world.patch += 1
    version = f"1.24.{world.patch}"
    news = list(world.history.news(BRANCH))
    section = world.history.release(BRANCH, version, keep=bool(which % 2))
    world.history.integrate(version, section, gone=news if how % 2 else None)
    world.tell(f"both: {version} released with {', '.join(news)}", world.history.branches[BRANCH])
    return True


OPERATIONS: dict[str, tuple[Callable[[World, int, int], bool], int]] = {
    "fix": (make_fix, 6),
    "own fix": (own_fix, 2),
    "pick -x": (pick_named, 7),
    "pick": (pick_unnamed, 5),
    "amended pick": (pick_amended, 4),
    "half resolved pick": (pick_half_resolved, 4),
    "backport": (backport, 2),
    "squash": (squash, 2),
    "revert": (revert, 5),
    "undo": (undo_by_hand, 2),
    "revert the revert": (revert_the_revert, 4),
    "land again": (land_again, 3),
    "move the directory": (move_directory, 2),
    "edit a fragment": (edit_fragment, 1),
    "go on": (go_on, 4),
    "rewrite": (rewrite, 2),
    "release": (release_patch, 1),
}
"""The operations by their names, each with its weight."""


def draw(seed: int) -> tuple[Operation, ...]:
    """Return the operations of a history. Equal seeds give equal operations."""
    source = random.Random(seed)  # noqa: S311  no secret
    names, weights = list(OPERATIONS), [weight for _, weight in OPERATIONS.values()]
    count = source.randint(4, 14)
    chosen = ["fix"] * source.randint(1, 3) + source.choices(names, weights, k=count)
    operations = [(name, source.randrange(1000), source.randrange(1000)) for name in chosen]
    return (("sections", 0, seed % 3), *operations)


def write(operations: Sequence[Operation]) -> World:
    """Write the history of some operations. An operation that is not possible is left out."""
    world = World(with_sections=("sections", 0, 0) in operations)
    for name, which, how in operations:
        if name != "sections":
            OPERATIONS[name][0](world, which, how)
    return world


# What patchwright believes


@dataclass
class Report:
    """What was found in a history: sentences about silent wrongs, and how many verdicts were doubts."""

    wrongs: list[str] = field(default_factory=list)
    verdicts: int = 0
    doubts: int = 0

    def count(self, *, is_doubt: bool) -> None:
        """Count a verdict."""
        self.verdicts += 1
        self.doubts += is_doubt


def open_release(world: World) -> Release:
    """Return the next release of the series, with a git of its own."""
    version = f"1.24.{world.patch + 1}"
    release = history_release(world.history, Path("/memory/clone"), version, git=LineGit(world.history))
    for tip in world.known_tips[-1:]:
        release.git.local["refs/remotes/origin/master"] = tip  # type: ignore[attr-defined]
    return release


def check(world: World) -> Report:
    """Compare what patchwright believes with what is true."""
    report = Report()
    on_main = [fix for fix in world.fixes if fix.line == MAIN]
    _check_named(world, on_main, report)
    for fix in on_main:
        _check_named(world, [fix], report)
    _check_candidates(world, on_main, report)
    _check_integration(world, report)
    return report


def _check_named(world: World, fixes: list[Fix], report: Report) -> None:
    """A patch that was named is never proven present if the branch lacks its effect, or a part of it."""
    release = open_release(world)
    release.choose(tuple(fix.sha for fix in fixes))
    wanted = choice.wanted_patches(release)
    found = choice.find_presence(release, wanted)
    missing = [fix for fix in fixes if fix.sha not in found.proven]
    for fix in fixes:
        report.count(is_doubt=fix.sha in found.doubts)
        # A patch that landed twice on the mainline comes with the first of the two.
        comes_anyway = any(fix.edits.items() <= other.edits.items() for other in missing)
        is_partial = _is_left_out(world, fix.sha, BRANCH)
        if fix.sha in found.proven and (world.lacks(fix.edits, BRANCH) or is_partial) and not comes_anyway:
            report.wrongs.append(
                f"{fix.sha[:10]} (fix {fix.number}) of {len(fixes)} named patches is proven present, "
                f"but {BRANCH} lacks it: {found.proven[fix.sha]}"
            )


def _check_candidates(world: World, fixes: list[Fix], report: Report) -> None:
    """A candidate is never skipped as present if it is absent, and never proposed if it is all there."""
    release = open_release(world)
    candidates = {one.commit.sha: one for one in judge_candidates(release)}
    picks = _picks_with_yes(release)
    for fix in fixes:
        name, one = f"{fix.sha[:10]} (fix {fix.number})", candidates.get(fix.sha)
        is_absent = world.lacks(fix.edits, BRANCH)
        is_wanted = fix.is_patch and world.has_whole(fix.edits, MAIN) and world.has_fragment(fix.number, MAIN)
        if one is None:
            is_inside = release.git.is_ancestor(fix.sha, release.commits.start)
            if is_absent and is_wanted and not is_inside:
                report.wrongs.append(f"{name} is no candidate, but {BRANCH} lacks it")
            continue
        report.count(is_doubt=one.verdict == "unsure")
        if picks is not None and one.verdict == "unsure" and fix.sha not in picks:
            report.wrongs.append(f"{name} is unsure, and --yes leaves it out: {one.reason}")
        if one.verdict == "skipped" and _is_left_out(world, fix.sha, BRANCH) and "has it:" in one.reason:
            report.wrongs.append(f"{name} is skipped, but {BRANCH} has only a part of it: {one.reason}")
        if one.verdict == "skipped" and is_absent:
            # A person reads this reason: the branch does not have the file.
            is_wanted &= f"which {BRANCH} does not have" not in one.reason
            is_present = "already has it" in one.reason
            # A patch that was reverted on the mainline and landed again is a candidate by its later commit.
            comes_anyway = any(
                fix.edits.items() <= world.edits_of(sha).items() and other.verdict != "skipped"
                for sha, other in candidates.items()
            )
            if (is_present or is_wanted) and not comes_anyway:
                report.wrongs.append(f"{name} is skipped, but {BRANCH} lacks it: {one.reason}")
        is_there = world.has_whole(fix.edits, BRANCH) and world.has_fragment(fix.number, BRANCH)
        is_on_main = world.has_whole(fix.edits, MAIN)
        if one.verdict == "proposed" and not is_on_main and world.lacks(fix.edits, MAIN):
            report.wrongs.append(f"{name} is proposed, but {MAIN} has undone it: {one.reason}")
        if one.verdict == "proposed" and is_there:
            report.wrongs.append(f"{name} is proposed, but {BRANCH} has it: {one.reason}")


def _picks_with_yes(release: Release) -> tuple[str, ...] | None:
    """Return the picks that a run with `--yes` chooses, or None if it halts."""
    report = cast("terminal.Report", SimpleNamespace(candidates=lambda _candidates: None, live=True))
    try:
        patch.choose_patches(release, Request("1.24", yes=True), report)
    except BadArgument:
        return None
    return release.plan.picks


def _check_integration(world: World, report: Report) -> None:
    """A patch of the branch is never left out of the mainline silently if the mainline lacks it."""
    release = open_release(world)
    tip = world.history.branches[MAIN]
    try:
        missing = build.find_missing(release, tip)
    except BranchConflict:
        report.count(is_doubt=True)
        return
    marks = release.commits.landmarks()
    brought = {commit.sha for commit in missing.patches}
    known = {commit.sha: world.edits_of(commit.sha) for commit in marks.commits if len(commit.parents) == 1}
    noted = {commit.sha for commit in marks.commits if any(n.startswith(commit.short) for n in release.notes)}
    for commit in marks.commits:
        edits = known.get(commit.sha, {})
        if not edits:
            continue
        # The change may come with another commit, and a change that was taken back need not come.
        is_noted = any(edits.items() <= known[sha].items() for sha in (noted | brought) & known.keys())
        inverse = {place: (new, old) for place, (old, new) in edits.items()}
        is_noted |= inverse in known.values()
        # A revert that names the source of several picks reverts each of them.
        is_noted |= any(name in other.message for other in marks.commits for name in _reverted_names(commit))
        report.count(is_doubt=commit.sha in noted)
        is_there = world.has_whole(edits, BRANCH) and not world.has_whole_at(edits, release.plan.previous)
        is_absent = world.lacks(edits, MAIN) or _is_left_out(world, commit.sha, MAIN)
        if commit.sha not in brought and not is_noted and is_there and is_absent:
            report.wrongs.append(
                f"{commit.short} ({commit.subject}) is not brought to {MAIN}, which lacks it"
                + ("" if commit in marks.patches else "; it is no patch of the release")
            )


def _is_left_out(world: World, sha: str, line: str) -> bool:
    """Return whether a line of history still has something else at a place that a pick left out."""
    return any(
        (sha, line) == (source, place_line) and world.value(line, place) == value
        for source, place_line, place, value in world.left_out
    )


def _reverted_names(commit: Commit) -> list[str]:
    return [f"This reverts commit {name[:12]}" for name in commit.picked_from]


def shrink(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return operations without those that a wrong does not need."""
    kept = list(operations)
    at = 0
    while at < len(kept):
        fewer = [*kept[:at], *kept[at + 1 :]]
        if check(write(fewer)).wrongs:
            kept = fewer
        else:
            at += 1
    return tuple(kept)


def tell_story(seed: int, operations: Sequence[Operation]) -> str:
    """Return the story of a history, and what patchwright gets wrong."""
    world = write(operations)
    report = check(world)
    ends = [f"{name}: {sha[:10]}" for name, sha in world.history.branches.items()]
    return "\n  ".join([f"history {seed}", *world.story, *ends, *(f"WRONG {x}" for x in report.wrongs)])
