"""The news fragments that commits of a line of history added, and what became of each."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field

from patchwright.changelogs import sections
from patchwright.halts import Halt
from patchwright.history.adapting import directories
from patchwright.history.landmarks import reverted_by
from patchwright.history.snapshot import Tree
from patchwright.tools import towncrier
from patchwright.tools.git import Change, Commit


@dataclass(frozen=True)
class News:
    """A fragment that a commit added: as which path, as which it is there now (None: gone), its text."""

    path: str
    now: str | None
    fragment: towncrier.Fragment
    text: str
    editors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name, by which a fragment is known in whatever directory."""
        return posixpath.basename(self.now or self.path)


@dataclass
class _Life:
    """What is known of a fragment while its line of history is read."""

    adder: str
    path: str
    editors: list[str] = field(default_factory=list)


def added(commits: Sequence[Commit], tip: Tree, others: Sequence[Tree] = ()) -> dict[str, list[News]]:
    """Return the news that each of the commits added, ancestors first; `tip` is the tree that they lead to.

    A fragment that was moved or renamed stays the news of who added it. `others` are trees that may keep
    fragments in other directories.
    """
    trees = (tip, *others)
    places = {place for tree in trees for place in directories(tree)}
    lives = _lives(commits, places)
    here = {id(life): path for path, life in lives[1].items() if path in tip.fragment_files}
    texts = tip.git.texts(f"{life.adder}:{life.path}" for life in lives[0])
    found: dict[str, list[News]] = {}
    for life in lives[0]:
        fragment = _fragment(life.path, trees)
        if fragment:
            text = texts[f"{life.adder}:{life.path}"] or ""
            one = News(life.path, here.get(id(life)), fragment, text, tuple(life.editors))
            found.setdefault(life.adder, []).append(one)
    return found


def _lives(commits: Sequence[Commit], places: set[str]) -> tuple[list[_Life], dict[str, _Life]]:
    """Return every fragment that was added, and those that are there after the last commit, by path."""
    every: list[_Life] = []
    now: dict[str, _Life] = {}
    removed: dict[tuple[str, str], _Life] = {}
    for commit in commits:
        inside = [change for change in commit.changes if posixpath.dirname(change.path) in places]
        gone = {change.path: now.pop(change.path, None) for change in inside if change.after is None}
        removed.update({(commit.sha, path): life for path, life in gone.items() if life})
        for change in inside:
            if change.before is not None:
                if change.after is not None and change.path in now:
                    now[change.path].editors.append(commit.sha)
                continue
            moved = next((c.path for c in inside if c.after is None and _is_move(c, change)), None)
            life = gone.get(moved) if moved else None
            back = next(
                (removed[s, change.path] for s in reverted_by(commit) if (s, change.path) in removed), None
            )
            if life:
                life.editors.append(commit.sha)
            elif back:
                life = back
            elif not moved:
                life = _Life(commit.sha, change.path)
                every.append(life)
            if life:
                now[change.path] = life
    return every, now


def _is_move(gone: Change, new: Change) -> bool:
    return gone.before == new.after or posixpath.basename(gone.path) == posixpath.basename(new.path)


def _fragment(path: str, trees: Sequence[Tree]) -> towncrier.Fragment | None:
    for tree in trees:
        if posixpath.dirname(path) in directories(tree):
            found = towncrier.fragments(tree.configuration, [path]).fragments
            if found:
                return found[0]
    return None


def told_in(text: str, news: News, tree: Tree) -> bool:
    """Tell whether a part of a changelog has a fragment's words; of what has no words, nothing is known."""
    if not news.text.strip():
        return False
    try:
        shows = tree.configuration.shows(news.fragment.category)
    except (Halt, StopIteration):
        shows = True
    return towncrier.rendered(text, news.text, shows, news.fragment.issue)


def released_sections(tree: Tree) -> list[tuple[str, str]]:
    """Return the versions of a tree's changelog with their sections, in the order of the file."""
    found = sections.sections(tree.changelog, tree.markup, start_string=tree.start_string)
    return [(str(one.version), one.text) for one in found]
