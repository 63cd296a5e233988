"""Judges the mainline's commits as patches of a series, by what both lines of history show.

A commit is left out when the release branch has it, or its news; when it was taken back; when it brings news
of other types alone, or news that is gone or was released with a new series; when it was passed over: the
last release of the series was made without it, or a later commit was picked by hand before it; and when all
that it conflicts in is missing on the release branch. It is unsure when it brings news of both kinds, when it
applies only after a commit with other news, and when it was passed over but there is nothing else to release.
Every other commit that adds news of a patch type is picked, with what goes with it: see `companions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from patchwright.history import picking
from patchwright.history.adapting import directories
from patchwright.history.candidate import Candidate
from patchwright.history.landmarks import effective, reverted_by
from patchwright.patches import fragments as all_news, related
from patchwright.tools.git import Commit

if TYPE_CHECKING:
    from patchwright.patches.fragments import News
    from patchwright.releases.release import Release


def judged(release: Release) -> list[Candidate]:
    """Return the commits that bring news to the mainline, and what goes with them, judged, ancestors first.

    Nothing is, once the release branch has the changelog's section: then the release is prepared.
    """
    if release.landmarks(release.start).section is not None:
        return []
    search = Search(release)
    found = {commit.sha: search.judge(commit) for commit in search.carriers}
    if not search.has_something_to_release(found.values()):
        found = {sha: _reconsidered(one) for sha, one in found.items()}
    related.join(release, found, search.news)
    related.settle_conflicts(release, found, search.news)
    return [found[commit.sha] for commit in picking.ordered(release.git, list(found))]


def _reconsidered(one: Candidate) -> Candidate:
    if not one.passed_over:
        return one
    return replace(one, verdict="unsure", reason=f"{one.reason}; but there is nothing else to release")


class Search:
    """What both lines of history show of the commits that the mainline has and the release branch lacks."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.git = release.git
        self.branch = release.tree_at(release.start)
        self.mainline = release.tree_at(release.mainline_tip)
        self.places = tuple(dict.fromkeys((*directories(self.mainline), *directories(self.branch))))
        self.range = (release.mainline_tip, f"^{release.start}")

    @cached_property
    def touching(self) -> list[Commit]:
        """The commits that change something where the mainline keeps fragments, or did."""
        if not self.places:
            return []
        paths = (f":(literal,top){place}" for place in self.places)
        return self.git.commits("--no-merges", "--full-history", *self.range, "--", *paths)

    @cached_property
    def news(self) -> dict[str, list[News]]:
        """The news that each commit added."""
        return all_news.added(self.touching, self.mainline, [self.branch])

    @cached_property
    def carriers(self) -> list[Commit]:
        """The commits that added news, ancestors first."""
        return [commit for commit in self.touching if commit.sha in self.news]

    def judge(self, commit: Commit) -> Candidate:
        """Judge a commit by itself."""
        news = self.news[commit.sha]
        lacking = [one for one in news if self._is_lacking(one)]
        other = [one for one in lacking if not related.is_patch(self.release, one)]
        against = (
            self._there(commit)
            or self._taken_back(commit)
            or ("" if lacking else f"{self.release.plan.branch} has its news: {_named(news)}")
            or (f"it brings news of type {types(other)}" if len(other) == len(lacking) else "")
            or self._why_gone(lacking)
        )
        if against:
            return Candidate(commit, "left out", against)
        if commit.sha in self._passed_over:
            why = f"{self._passed_over[commit.sha]}, though it adds {_named(lacking)}"
            return Candidate(commit, "left out", why, passed_over=True)
        if other:
            return Candidate(commit, "unsure", f"it adds news of different kinds: {types(lacking)}")
        return Candidate(commit, "picked", f"it adds {_named(lacking)}")

    def has_something_to_release(self, found: Iterable[Candidate]) -> bool:
        """Tell whether there is news on the release branch, or will be by what is picked or may be."""
        return bool(self.branch.fragments.fragments) or any(one.verdict != "left out" for one in found)

    # What speaks against a commit: a sentence, or an empty one

    def _there(self, commit: Commit) -> str:
        known = self._present.get(commit.sha)
        return f"{self.release.plan.branch} has it: {known}" if known else ""

    @cached_property
    def _present(self) -> dict[str, str]:
        return picking.present(self.git, self.carriers, self.release.start, places=self.places)

    def _taken_back(self, commit: Commit) -> str:
        if commit.sha not in self._reverted:
            return ""
        return "it was taken back, or takes back what the release branch never had"

    @cached_property
    def _reverted(self) -> set[str]:
        """The commits that were reverted, and the reverts of what the release branch never had."""
        reverts = self.git.commits(
            "--no-merges", "--full-history", "--grep=^This reverts commit", *self.range
        )
        named = {sha for revert in reverts for sha in reverted_by(revert)}
        held = named - set(self.git.missing(named))
        outside = (
            set(self.git.rev_list("--no-walk=unsorted", *sorted(held), f"^{self.release.start}"))
            if held
            else set()
        )
        everything = {commit.sha for commit in (*self.touching, *reverts)} | outside
        return everything - {one.sha for one in effective(picking.ordered(self.git, sorted(everything)))}

    def _is_lacking(self, news: News) -> bool:
        """Tell whether the release branch has neither the fragment nor its words in the series' sections."""
        return news.name not in self._branch_names and not all_news.told_in(
            self._series_text, news, self.mainline
        )

    @cached_property
    def _branch_names(self) -> set[str]:
        return {path.rpartition("/")[2] for path in self.branch.fragment_files}

    @cached_property
    def _series_text(self) -> str:
        told = all_news.released_sections(self.branch)
        return "\n\n".join(text for version, text in told if _series_of(version) == self.release.plan.series)

    def _why_gone(self, news: Sequence[News]) -> str:
        """Say why none of the news counts; nothing where some is unreleased, or in a newer patch release."""
        if any(one.now for one in news):
            return ""
        versions = [version for one in news if (version := self._released_with(one))]
        if any(_is_patch_release(version) for version in versions):
            return ""
        if versions:
            return f"its news was released with {versions[0]}"
        return f"its news is gone from {self.release.settings.mainline}"

    def _released_with(self, news: News) -> str | None:
        told = self._mainline_sections
        return next((version for version, text in told if all_news.told_in(text, news, self.mainline)), None)

    @cached_property
    def _mainline_sections(self) -> list[tuple[str, str]]:
        return all_news.released_sections(self.mainline)

    # What was passed over

    @cached_property
    def _passed_over(self) -> dict[str, str]:
        """The carriers that maintainers left out when they could have taken them, each with when that was."""
        shas = [commit.sha for commit in self.carriers]
        last = self._mainline_at_last_release()
        known = {}
        if shas and last:
            outside = set(self.git.rev_list(*shas, f"^{last}"))
            why = f"{self.release.plan.previous_tag} was released without it"
            known = {sha: why for sha in shas if sha not in outside}
        picked = self._last_picked_by_hand()
        if picked:
            earlier = set(shas) - set(self.git.rev_list(*shas, f"^{picked.sha}"))
            known.update(dict.fromkeys(earlier - known.keys(), f"{picked.short} was picked without it"))
        return known

    def _mainline_at_last_release(self) -> str | None:
        """Return what the mainline was, by its dates, just before the last release of the series was made.

        Where the mainline has that release's section, what came after it is later, whatever its date.
        """
        made = self.git.ask("show", "--no-patch", "--format=%ct", self.release.plan.previous).line
        at = self._integrated() or self.release.mainline_tip
        found = self.git.rev_list("--first-parent", "--max-count=1", f"--before={int(made) - 1}", at)
        return found[0] if found else None

    def _integrated(self) -> str | None:
        """Return the commit of the mainline that brought the last release's section, where one did."""
        path, version = self.mainline.configuration.filename, self.release.plan.previous_version
        line = self.git.rev_list("--first-parent", *self.range, "--", f":(literal,top){path}")
        texts = self.git.texts(f"{sha}:{path}" for sha in line)
        having = [sha for sha in line if version in (texts[f"{sha}:{path}"] or "")]
        # The section stays once it is there, so the newest commit without it is found by halving.
        low, high = 0, len(having)
        while low < high:
            middle = (low + high) // 2
            if self.release.tree_at(having[middle]).section(version):
                low = middle + 1
            else:
                high = middle
        return having[low - 1] if low else None

    def _last_picked_by_hand(self) -> Commit | None:
        """Return the last of the carriers that came to the release branch since its last release."""
        on_branch = [commit for commit in self.carriers if commit.sha in self._present]
        before = picking.present(self.git, on_branch, self.release.plan.previous, places=self.places)
        fresh = [commit for commit in on_branch if commit.sha not in before]
        return fresh[-1] if fresh else None


def types(news: Iterable[News]) -> str:
    """Return the types of fragments, for a person."""
    return ", ".join(dict.fromkeys(one.fragment.category for one in news))


def _named(news: Iterable[News]) -> str:
    return ", ".join(one.now or one.path for one in news)


def _series_of(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _is_patch_release(version: str) -> bool:
    numbers = version.split(".")
    return len(numbers) > 2 and numbers[2].isdecimal() and int(numbers[2]) > 0  # noqa: PLR2004  X.Y.Z
