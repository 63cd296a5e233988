"""What goes with a patch: its pull request, the change that its news is about, what it needs to apply."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from patchwright.history import picking
from patchwright.history.adapting import Fitting, directories
from patchwright.history.candidate import Candidate, Verdict
from patchwright.tools.git import Commit

if TYPE_CHECKING:
    from patchwright.patches.fragments import News
    from patchwright.releases.release import Release

# A pull request of more commits is a branch of its own, whose commits speak for themselves.
_REQUEST_AT_MOST = 30
# How near to news that stands alone its change is looked for, in commits; how many words must agree.
_NEAR = 8
_WORDS_IN_COMMON = 2
_WORD = re.compile(r"[^\W\d_]{4,}")

Found = dict[str, Candidate]
AllNews = Mapping[str, Sequence["News"]]


def is_patch(release: Release, news: News) -> bool:
    """Tell whether a fragment is of a type that patch releases are made of."""
    return news.fragment.category.lower() in release.settings.patch_types


def join(release: Release, found: Found, news: AllNews) -> None:
    """Add to what was found what goes with each commit that is picked or may be."""
    company = _Company(release, news)
    for one in [one for one in found.values() if one.verdict != "left out"]:
        for other in company.editors(one.commit):
            _join(release, found, other, one.verdict, f"it edits the news of {one.commit.short}")
        request = company.request(one.commit)
        for other in request:
            _join(release, found, other, one.verdict, f"it was merged together with {one.commit.short}")
        change = None if request or not company.is_news_alone(one.commit) else company.change(one.commit)
        if change:
            other, is_sure = change
            why = f"{one.commit.short} adds the news of it"
            if is_sure:
                _join(release, found, other, one.verdict, why)
            else:
                _join(
                    release, found, other, "unsure", f"{why}, it seems: it is beside it, by the same author"
                )


def _join(release: Release, found: Found, other: Commit, verdict: Verdict, reason: str) -> None:
    known = found.get(other.sha)
    if known is not None and not known.passed_over:
        return
    if not picking.present(release.git, [other], release.start):
        found[other.sha] = Candidate(other, verdict, reason)


class _Company:
    """Finds the commits that go with one that adds news."""

    def __init__(self, release: Release, news: AllNews) -> None:
        self.release = release
        self.git = release.git
        self.news = news
        self.branch = release.tree_at(release.start)
        self.places = {*directories(release.tree_at(release.mainline_tip)), *directories(self.branch)}
        self.fitting = Fitting(release.git, release.plan.version, self.branch, onto_mainline=True)
        self.line = set(self.git.rev_list("--first-parent", release.mainline_tip, f"^{release.start}"))

    def is_news_alone(self, commit: Commit) -> bool:
        """Tell whether a commit changes nothing but fragments."""
        return all(posixpath.dirname(change.path) in self.places for change in commit.changes)

    def _is_change(self, commit: Commit) -> bool:
        """Tell whether a commit may be what news is about: more than a version, a section, or fragments."""
        return len(commit.parents) == 1 and self.fitting.essence(commit) is not None

    def editors(self, commit: Commit) -> list[Commit]:
        """Return the later commits that change nothing but the fragments which a commit added."""
        mine = {path for one in self.news.get(commit.sha, ()) for path in (one.path, one.now) if path}
        shas = {sha for one in self.news.get(commit.sha, ()) for sha in one.editors}
        return [other for other in picking.ordered(self.git, sorted(shas)) if other.paths <= mine]

    def request(self, commit: Commit) -> list[Commit]:
        """Return the other changes of the merge that brought a commit to the mainline."""
        if commit.sha in self.line:
            return []
        since = (f"{commit.sha}..{self.release.mainline_tip}", f"^{self.release.start}")
        later = self.git.rev_list("--ancestry-path", "--merges", "--topo-order", *since)
        merges = [sha for sha in later if sha in self.line]
        if not merges:
            return []
        brought = self.git.commits("--no-merges", f"{merges[-1]}^2", f"^{merges[-1]}^1")
        if len(brought) > _REQUEST_AT_MOST:
            return []
        others = [other for other in brought if other.sha != commit.sha and not self._has_other_news(other)]
        return [other for other in others if self._is_change(other)]

    def _has_other_news(self, commit: Commit) -> bool:
        return any(not is_patch(self.release, one) for one in self.news.get(commit.sha, ()))

    def change(self, commit: Commit) -> tuple[Commit, bool] | None:
        """Return the change that a commit of nothing but fragments is about, and whether that is sure.

        It is, where the change names the fragment's issue or tells of it in the same words. The neighbour by
        the same author is a guess.
        """
        before, after = self._neighbours(commit)
        near = [*reversed(before), *after]
        issues = {one.fragment.issue for one in self.news[commit.sha]} - {""}
        told = {word for one in self.news[commit.sha] for word in _words(one.text)}
        naming = next((other for other in near if _names_any(other.message, issues)), None)
        if naming:
            return naming, True
        likest = max(near, key=lambda other: len(told & _words(other.message)), default=None)
        if likest and len(told & _words(likest.message)) >= _WORDS_IN_COMMON:
            return likest, True
        beside = [other for other in (*before[-1:], *after[:1]) if other.author == commit.author]
        return (beside[0], False) if beside else None

    def _neighbours(self, commit: Commit) -> tuple[list[Commit], list[Commit]]:
        """Return the changes without news that come just before a commit, and just after it."""
        limit = f"--max-count={_NEAR + 1}"
        before = self.git.commits("--no-merges", limit, commit.sha, f"^{self.release.start}")
        later = self.git.rev_list(
            "--no-merges", "--ancestry-path", "--topo-order", f"{commit.sha}..{self.release.mainline_tip}"
        )
        after = picking.ordered(self.git, later[-_NEAR:])
        without_news = [
            [other for other in side if other.sha != commit.sha and other.sha not in self.news]
            for side in (before, after)
        ]
        return (
            [other for other in without_news[0] if self._is_change(other)],
            [other for other in without_news[1] if self._is_change(other)],
        )


def settle_conflicts(release: Release, found: Found, news: AllNews) -> None:
    """Add what the picked commits do not apply without, and judge anew those that conflict nevertheless."""
    fitting = Fitting(release.git, release.plan.version, release.tree_at(release.start))
    while True:
        at = release.start
        picked = [sha for sha, one in found.items() if one.verdict == "picked" and not one.conflicting]
        for commit in picking.ordered(release.git, picked):
            fitted = fitting.fitted(commit)
            made, conflicts = release.git.picked(fitted, at) if fitted else (at, [])
            if conflicts:
                found.update(_after_conflict(release, found[commit.sha], conflicts, at, news))
                break
            at = made
        else:
            return


def _after_conflict(
    release: Release, one: Candidate, conflicts: Sequence[str], at: str, news: AllNews
) -> Found:
    """Return the candidates that a conflict brings or changes."""
    commit = one.commit
    if not set(conflicts) & set(release.git.files(release.start)):
        why = f"it changes {', '.join(conflicts)}, which {release.plan.branch} does not have"
        return {commit.sha: replace(one, verdict="left out", reason=why)}
    needed = picking.prerequisites(release.git, commit, conflicts, at)
    for other in needed:
        kinds = [n.fragment.category for n in news.get(other.sha, ()) if not is_patch(release, n)]
        if kinds:
            why = (
                f"{one.reason}; but it applies only after {other.short}, which brings news of type {kinds[0]}"
            )
            return {commit.sha: replace(one, verdict="unsure", reason=why)}
    if needed:
        why = f"{commit.short} does not apply without it"
        return {other.sha: Candidate(other, "picked", why) for other in needed}
    return {commit.sha: replace(one, conflicting=True, reason=f"{one.reason}; it will conflict")}


def _names_any(message: str, issues: set[str]) -> bool:
    return any(re.search(rf"(?<![\w.-]){re.escape(issue)}(?![\w.-]*\w)", message) for issue in issues)


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}
