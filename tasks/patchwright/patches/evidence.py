"""Judge which commits of the mainline belong in a patch release.

A candidate is a commit that the release branch lacks and that adds a news fragment to the mainline. Commits
that belong to such a commit are candidates, too: `related` finds them. So are commits that only rename
fragments. The evidence comes from git's history,
from the fragments and from the changelogs of both lines. It leads to one of three verdicts.

A candidate is skipped if one of these is true:

- The release branch already has it, by proof.
- It was reverted, or it reverts a commit that the release branch never had. If the mainline has its fragment
  and its effect, it was not.
- None of its fragments is of a patch type (the setting `patch-types`).
- Its fragments no longer exist on the mainline. Those that a patch release of a newer series rendered still
  count.
- It only changes files that the release branch does not have.
- It only renames fragments that the release branch does not have.
- It only adds fragments that the changelog of the series has, and the release branch has what belongs to it.

A candidate is unsure if one of these is true:

- The release branch only seems to have it, or it was reverted there.
- Messages and effect disagree on whether it was reverted on the mainline.
- Its fragments are of patch types and of other types.
- It applies only after a commit whose fragment is not of a patch type.
- Its fragments are already in the changelog sections of the series, but the release branch does not have
  its change.
- It was passed over: the last release of the series was made without it, or a maintainer picked a later
  commit without it.
- It only seems to be the change that a fragment describes, or it belongs to an unsure commit.
- It is the merge of a pull request, and one of its commits would not be proposed alone, or the release branch
  has a part of it.

Every other candidate is proposed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from functools import cached_property

from patchwright.history import picking, presence
from patchwright.history.adapting import Adapter, directories
from patchwright.history.candidate import Candidate
from patchwright.history.landmarks import find_reverted_names, without_reverted
from patchwright.history.snapshot import Snapshot, configuration_files
from patchwright.patches import merges, related
from patchwright.patches.fragments import (
    AddedFragment,
    added_fragments,
    changelog_sections,
    find_moves,
    is_rendered_in,
    parse_fragment,
    place_on,
)
from patchwright.releases.release import Release
from patchwright.tools.git_output import Commit


def judge_candidates(release: Release) -> list[Candidate]:
    """Return the candidates with their verdicts, ancestors first.

    Return none if the release branch already has the changelog section: then the patches are settled.
    """
    if release.commits.landmarks(release.commits.start).section is not None:
        return []
    evidence = _Evidence(release)
    candidates = {commit.sha: evidence.judge(commit) for commit in evidence.adders}
    released = [commit.sha for commit in evidence.adders if evidence.is_covered(commit)]
    related.add_related(release, candidates, evidence.fragments, released)
    for commit in evidence.renamers:
        candidates.setdefault(commit.sha, evidence.judge_renames(commit))
    merges.propose_merges(release, candidates)
    related.settle_conflicts(release, candidates, evidence.fragments)
    return [candidates[commit.sha] for commit in picking.sort_commits(release.git, list(candidates))]


class _Evidence:
    """What both lines of history show about the commits that only the mainline has."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.git = release.git
        self.branch = release.commits.snapshot(release.commits.start)
        self.mainline = release.commits.snapshot(release.origin.mainline_tip)
        self.range = (release.origin.mainline_tip, f"^{release.commits.start}")
        self.others = [self.branch, *self._find_earlier_snapshots()]
        every = (place for one in (self.mainline, *self.others) for place in directories(one))
        self.places = tuple(dict.fromkeys(every))

    def _find_earlier_snapshots(self) -> list[Snapshot]:
        """Return snapshots of the mainline from before its fragment directories were moved.

        Both lines may have moved them since, but a fragment belongs to the commit that added it.
        """
        paths = configuration_files(self.git.folder)
        literal = (f":(literal,top){path}" for path in paths)
        edits = self.git.commits("--full-history", *self.range, "--", *literal)
        base = self.git.merge_base(*(name.removeprefix("^") for name in self.range))
        earlier = dict.fromkeys([*([base] if base else []), *(sha for one in edits for sha in one.parents)])
        texts = self.git.texts(f"{sha}:{path}" for sha in earlier for path in paths)
        # Many commits edit these files for other reasons, so that equal texts are read once.
        by_text = {tuple(texts[f"{sha}:{path}"] for path in paths): sha for sha in earlier}
        known = {directories(self.mainline), directories(self.branch)}
        found = []
        for snapshot in (Snapshot(self.git, sha) for sha in by_text.values()):
            if directories(snapshot) not in known:
                known.add(directories(snapshot))
                found.append(snapshot)
        return found

    @cached_property
    def touching(self) -> list[Commit]:
        """The commits that change something in the fragment directories of either line."""
        if not self.places:
            return []
        paths = (f":(literal,top){place}" for place in self.places)
        return self.git.commits("--no-merges", "--full-history", *self.range, "--", *paths)

    @cached_property
    def fragments(self) -> dict[str, list[AddedFragment]]:
        """The fragments that each commit added."""
        return added_fragments(self.touching, self.mainline, self.others)

    @cached_property
    def adders(self) -> list[Commit]:
        """The commits that added fragments, ancestors first."""
        return [commit for commit in self.touching if commit.sha in self.fragments]

    def judge(self, commit: Commit) -> Candidate:
        """Return the verdict on a commit by itself."""
        fragments = self.fragments[commit.sha]
        missing = [one for one in fragments if not self._is_released(one)]
        relevant = missing or fragments
        other = [one for one in relevant if not related.is_patch(self.release, one)]
        why_skipped = (
            self._why_present(commit)
            or self._why_reverted(commit)
            or (_why_no_patch(other) if len(other) == len(relevant) else "")
            or self._why_removed(relevant)
        )
        if why_skipped:
            return Candidate(commit, "skipped", why_skipped)
        doubt = ("" if missing else self._why_covered(fragments)) or self._why_doubtful(commit)
        if doubt:
            return Candidate(commit, "unsure", doubt)
        if commit.sha in self._passed_over:
            reason = f"{self._passed_over[commit.sha]}, although it adds {_paths(missing)}"
            return Candidate(commit, "unsure", reason, was_passed_over=True)
        if other:
            reason = f"its fragments are of patch types and of other types: {_join(_types(missing))}"
            return Candidate(commit, "unsure", reason)
        return Candidate(commit, "proposed", f"it adds {_paths(missing)}")

    @cached_property
    def renamers(self) -> list[Commit]:
        """The commits that only rename fragments which the release branch or an earlier commit added."""
        places = set(self.places)
        return [
            commit
            for commit in self.touching
            if commit.sha not in self.fragments
            and all(posixpath.dirname(path) in places for path in commit.paths)
            and find_moves(commit, (self.mainline, *self.others))
        ]

    def judge_renames(self, commit: Commit) -> Candidate:
        """Return the verdict on a commit that only renames fragments.

        It is proposed if the release branch has the fragments under their old names, and the new names are
        of patch types.
        """
        renamed = {
            new: old
            for new, old in find_moves(commit, (self.mainline, *self.others)).items()
            if posixpath.basename(new) != posixpath.basename(old)
            and place_on(self.branch, old, self.mainline) in self.branch.fragment_files
        }
        branch = self.release.plan.branch
        if not renamed:
            reason = f"it only moves or renames fragments that {branch} does not have"
            return Candidate(commit, "skipped", reason)
        what = f"it renames {', '.join(sorted(renamed.values()))}, which {branch} has"
        fragments = [parse_fragment(path, (self.mainline, *self.others)) for path in renamed]
        types = self.release.settings.patch_types
        is_patch = all(one is not None and one.category.lower() in types for one in fragments)
        is_sure = is_patch and commit.sha not in self._reverted
        return Candidate(commit, "proposed" if is_sure else "unsure", what)

    # Reasons to skip a commit: a sentence, or an empty string if the reason does not apply

    def _why_present(self, commit: Commit) -> str:
        reason = self._presence.proven.get(commit.sha)
        return f"{self.release.plan.branch} already has it: {reason}" if reason else ""

    def _why_doubtful(self, commit: Commit) -> str:
        """Return why it is not clear whether the release branch has a commit, or whether it should."""
        branch = self.release.plan.branch
        if commit.sha in self._reverted:
            return f"{self.release.settings.mainline} still has it, although a commit claims to revert it"
        if self._effect_on_mainline(commit) == "change":
            return f"{self.release.settings.mainline} no longer has all of it: it was undone there"
        doubt = self._presence.doubts.get(commit.sha)
        if doubt:
            return f"{branch} may already have it: {doubt.reason}"
        reverted = self._presence.reverted.get(commit.sha)
        if reverted:
            return f"{branch} had it, and it was reverted there: {reverted}"
        other = next(filter(None, map(self._other_fragment, self.fragments[commit.sha])), None)
        return f"{branch} has a fragment of the same name with another text: {other}" if other else ""

    def _other_fragment(self, added: AddedFragment) -> str | None:
        """Return the path at which the branch has another text than an added fragment."""
        path = place_on(self.branch, added.current_path or added.path, self.mainline)
        is_there = path in self.branch.fragment_files
        return path if path and is_there and self.branch.read(path) != added.text else None

    @cached_property
    def _presence(self) -> presence.Presence:
        """What the release branch has of the commits with fragments.

        A fragment that the series has released is a sign: the effect of its commit is tried without it. A
        commit of only fragments has no such effect.
        """
        adapter = Adapter(self.git, self.release.plan.version, self.branch)
        start = self.release.commits.start
        found = presence.find_presence(
            self.git, self.adders, start, places=self.places,
            adapt=adapter.adapt, code_change=adapter.code_change, only_signs=True,
        )  # fmt: skip  # what of whom, then how it is tried
        covered = [
            commit
            for commit in self.adders
            if commit.sha not in found.proven and self.is_covered(commit) and adapter.code_change(commit)
        ]
        code_change = adapter.code_change
        tried = presence.find_presence(self.git, covered, start, adapt=code_change, code_change=code_change)
        found.proven.update(tried.proven)
        return found

    def _why_reverted(self, commit: Commit) -> str:
        if commit.sha not in self._reverted:
            return ""
        # A rewritten revert still names what its commit had reverted before, so that it may be misunderstood.
        has_fragment = any(one.current_path for one in self.fragments[commit.sha])
        if has_fragment and self._code_change(commit) and self._effect_on_mainline(commit) == "nothing":
            return ""
        return f"it was reverted, or it reverts a commit that {self.release.plan.branch} never had"

    def _code_change(self, commit: Commit) -> Commit | None:
        plan = self.release.plan
        return Adapter(self.git, plan.version, self.mainline, onto_mainline=True).code_change(commit)

    def _effect_on_mainline(self, commit: Commit) -> presence.Effect:
        """Return what the code of a commit would change on the mainline, which had it once."""
        return presence.find_effect(self.git, self._code_change(commit), self.release.origin.mainline_tip)

    @cached_property
    def _reverted(self) -> set[str]:
        """The commits that were reverted, and the reverts of commits that the release branch never had."""
        reverts = self.git.commits(
            "--no-merges", "--full-history", "--grep=^This reverts commit", *self.range
        )
        named = {sha for names in find_reverted_names(self.git, reverts).values() for sha in names}
        existing = sorted(named - set(self.git.missing(named)))
        shas = {commit.sha for commit in (*self.touching, *reverts)}
        if existing:
            not_on_branch = ("--no-walk=unsorted", *existing, f"^{self.release.commits.start}")
            shas |= set(self.git.rev_list(*not_on_branch))
        commits = picking.sort_commits(self.git, sorted(shas))
        names = find_reverted_names(self.git, commits)
        return shas - {commit.sha for commit in without_reverted(commits, names)}

    def _why_covered(self, fragments: Sequence[AddedFragment]) -> str:
        branch, paths = self.release.plan.branch, _paths(fragments)
        covered = f"{_subject(fragments)} already in the changelog of {branch}: {paths}"
        return f"{covered}; but {branch} does not have exactly this change"

    def is_covered(self, commit: Commit) -> bool:
        """Return whether the changelog of the series has the texts of all fragments of a commit."""
        return all(self._is_released(one) for one in self.fragments[commit.sha])

    def _is_released(self, added: AddedFragment) -> bool:
        """Return whether the changelog of the series has the text of a fragment."""
        return is_rendered_in(self._series_text, added, self.mainline)

    @cached_property
    def _series_text(self) -> str:
        released = changelog_sections(self.branch)
        series = self.release.plan.series
        return "\n\n".join(text for version, text in released if _series_of(version) == series)

    def _why_removed(self, fragments: Sequence[AddedFragment]) -> str:
        if any(one.current_path for one in fragments):
            return ""
        versions = [version for one in fragments if (version := self._released_with(one))]
        if any(_is_patch_release(version) for version in versions):
            return ""
        is_one = len(fragments) == 1
        if versions:
            return f"its {'fragment was' if is_one else 'fragments were'} released with {versions[0]}"
        subject = "its fragment no longer exists" if is_one else "its fragments no longer exist"
        return f"{subject} on {self.release.settings.mainline}"

    def _released_with(self, added: AddedFragment) -> str | None:
        released = self._mainline_sections
        return next(
            (version for version, text in released if is_rendered_in(text, added, self.mainline)), None
        )

    @cached_property
    def _mainline_sections(self) -> list[tuple[str, str]]:
        return changelog_sections(self.mainline)

    # Commits that were passed over

    @cached_property
    def _passed_over(self) -> dict[str, str]:
        """The commits that an earlier release or pick could have included but did not, with the reason."""
        shas = [commit.sha for commit in self.adders]
        last = self._mainline_at_last_release()
        reasons = {}
        if shas and last:
            later = set(self.git.rev_list(*shas, f"^{last}"))
            reason = f"{self.release.plan.previous_tag} was released without it"
            reasons = {sha: reason for sha in shas if sha not in later}
        picked = self._last_manual_pick()
        if picked:
            earlier = set(shas) - set(self.git.rev_list(*shas, f"^{picked.sha}"))
            reason = f"the later commit {picked.short} was picked without it"
            reasons.update(dict.fromkeys(earlier - reasons.keys(), reason))
        return reasons

    def _mainline_at_last_release(self) -> str | None:
        """Return the last mainline commit before the last release of the series, by commit dates.

        If the mainline has the changelog section of that release, every commit after the section is later
        than the release, whatever its date.
        """
        seconds = self.git.ask("show", "--no-patch", "--format=%ct", self.release.plan.previous).line
        tip = self._integration_commit() or self.release.origin.mainline_tip
        found = self.git.rev_list("--first-parent", "--max-count=1", f"--before={int(seconds) - 1}", tip)
        return found[0] if found else None

    def _integration_commit(self) -> str | None:
        """Return the mainline commit that added the section of the last release, or None."""
        path, version = self.mainline.configuration.filename, self.release.plan.previous_version
        line = self.git.rev_list("--first-parent", *self.range, "--", f":(literal,top){path}")
        texts = self.git.texts(f"{sha}:{path}" for sha in line)
        naming = [sha for sha in line if version in (texts[f"{sha}:{path}"] or "")]
        # The section stays once it was added, so a binary search finds the first commit that has it.
        low, high = 0, len(naming)
        while low < high:
            middle = (low + high) // 2
            if self.release.commits.snapshot(naming[middle]).section(version):
                low = middle + 1
            else:
                high = middle
        return naming[low - 1] if low else None

    def _last_manual_pick(self) -> Commit | None:
        """Return the last commit that came to the release branch after the last release, or None."""
        on_branch = [
            commit
            for commit in self.adders
            if commit.sha in self._presence.proven and not self.is_covered(commit)
        ]
        before = presence.find_presence(self.git, on_branch, self.release.plan.previous, places=self.places)
        known = before.proven.keys() | before.doubts.keys()
        picked = [commit for commit in on_branch if commit.sha not in known]
        return picked[-1] if picked else None


def _why_no_patch(fragments: Sequence[AddedFragment]) -> str:
    if not fragments:
        return ""
    subject, types = _subject(fragments), _types(fragments)
    if len(types) == 1:
        return f"{subject} of type {types[0]}, which is not a patch type"
    return f"{subject} of types {_join(types)}, which are not patch types"


def _subject(fragments: Sequence[AddedFragment]) -> str:
    return "its fragment is" if len(fragments) == 1 else "its fragments are"


def _types(fragments: Iterable[AddedFragment]) -> list[str]:
    return list(dict.fromkeys(one.fragment.category for one in fragments))


def _paths(fragments: Iterable[AddedFragment]) -> str:
    return ", ".join(one.current_path or one.path for one in fragments)


def _join(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _series_of(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _is_patch_release(version: str) -> bool:
    numbers = version.split(".")
    return len(numbers) > 2 and numbers[2].isdecimal() and int(numbers[2]) > 0  # noqa: PLR2004  X.Y.Z
