"""Find the commits that belong to a patch: its pull request, the change it describes, its prerequisites."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from patchwright.history import picking, presence
from patchwright.history.adapting import Adapter, directories
from patchwright.history.candidate import Candidate, Kind, Verdict
from patchwright.history.merges import merged_commits
from patchwright.patches.fragments import AddedFragment
from patchwright.patches.merges import MAX_PULL_REQUEST, find_merge
from patchwright.releases.release import Release
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit

# How many commits before and after a commit of only fragments are searched for the change it describes.
_NEIGHBOURS = 8
# How many words a fragment and a commit message must share to be about the same change.
_COMMON_WORDS = 2
# Why a change next to a commit of fragments may be the change that they describe.
_GUESS = "they are adjacent and by the same author"
_WORD = re.compile(r"[^\W\d_]{4,}")

Candidates = dict[str, Candidate]
FragmentsByCommit = Mapping[str, Sequence[AddedFragment]]


def is_patch(release: Release, added: AddedFragment) -> bool:
    """Return whether a fragment is of a patch type."""
    return added.fragment.category.lower() in release.settings.patch_types


def add_related(
    release: Release,
    candidates: Candidates,
    fragments: FragmentsByCommit,
    released: Collection[str] = (),
) -> None:
    """Add the commits that belong to each proposed or unsure candidate.

    The fragments of the commits in `released` are in the changelog of the series. Such a commit is skipped if
    it changes nothing else, and if the release branch has what belongs to it.
    """
    finder = _Finder(release, fragments)
    for one in [one for one in candidates.values() if one.verdict != "skipped"]:
        is_released = one.commit.sha in released and finder.is_only_fragments(one.commit)
        related = _find_related(finder, one)
        if is_released:
            # A guess is asked about once, before the fragment is released.
            related = [other for other in related if not other.reason.endswith(_GUESS)]
        for other in related:
            _add(release, candidates, other)
        known = (candidates.get(other.commit.sha) for other in related)
        if is_released and not any(other and other.verdict != "skipped" for other in known):
            reason = f"{release.plan.branch} already has it: its changelog has all of its fragments"
            candidates[one.commit.sha] = replace(one, verdict="skipped", reason=reason)


def _find_related(finder: _Finder, one: Candidate) -> list[Candidate]:
    """Return the commits that belong to a candidate."""
    short = one.commit.short
    found = [
        Candidate(other, one.verdict, f"it edits a fragment of {short}")
        for other in finder.editors(one.commit)
    ]
    pull_request = finder.pull_request(one.commit)
    together = f"it was merged together with {short}"
    found += [Candidate(other, one.verdict, together, kind="pull request") for other in pull_request]
    if not pull_request and finder.is_only_fragments(one.commit):
        described = finder.described_change(one.commit)
        if described:
            other, is_sure = described
            verdict: Verdict = one.verdict if is_sure else "unsure"
            reason = f"{short} adds its fragment" if is_sure else f"{short} may add its fragment: {_GUESS}"
            kind: Kind = "description" if is_sure else "neighbour"
            found.append(Candidate(other, verdict, reason, kind=kind))
    return found


def _add(release: Release, candidates: Candidates, new: Candidate) -> None:
    """Add a candidate unless the release branch has it, or it was judged for another reason already.

    A commit that was passed over is proposed if it belongs to a proposed one.
    """
    if not _is_in_project(release, new.commit):
        return
    known = candidates.get(new.commit.sha)
    if known is not None and not (known.was_passed_over and new.verdict == "proposed"):
        return
    adapter = Adapter(release.git, release.plan.version, release.commits.snapshot(release.commits.start))
    found = presence.find_presence(
        release.git, [new.commit], release.commits.start,
        adapt=adapter.adapt, code_change=adapter.code_change, only_signs=True,
    )  # fmt: skip  # what of whom, then how it is tried
    doubt = found.doubts.get(new.commit.sha)
    if doubt:
        new = replace(new, verdict="unsure", reason=f"{new.reason}; but {doubt.reason}")
    if new.commit.sha not in found.proven:
        candidates[new.commit.sha] = new


def _is_in_project(release: Release, commit: Commit) -> bool:
    """Return whether a commit changes something in the project's folder of the repository."""
    folder = f"{release.clone.folder}/" if release.clone.folder else ""
    return any(path.startswith(folder) for path in commit.paths)


class _Finder:
    """Finds the commits that belong to a commit with fragments."""

    def __init__(self, release: Release, fragments: FragmentsByCommit) -> None:
        self.release = release
        self.git = release.git
        self.fragments = fragments
        branch = release.commits.snapshot(release.commits.start)
        mainline = release.commits.snapshot(release.origin.mainline_tip)
        # Fragments may have been added before the directories were moved.
        added_in = {posixpath.dirname(one.path) for added in fragments.values() for one in added}
        self.places = {*directories(mainline), *directories(branch), *added_in}
        self.adapter = Adapter(release.git, release.plan.version, branch, onto_mainline=True)
        self.line = set(
            self.git.rev_list("--first-parent", release.origin.mainline_tip, f"^{release.commits.start}")
        )

    def is_only_fragments(self, commit: Commit) -> bool:
        """Return whether a commit changes nothing but fragments."""
        return all(posixpath.dirname(change.path) in self.places for change in commit.changes)

    def _is_code_change(self, commit: Commit) -> bool:
        """Return whether a commit of the project changes more than version, section and fragments."""
        is_candidate = len(commit.parents) == 1 and _is_in_project(self.release, commit)
        return is_candidate and self.adapter.code_change(commit) is not None

    def editors(self, commit: Commit) -> list[Commit]:
        """Return the later commits that change only fragments that this commit added."""
        added = self.fragments.get(commit.sha, ())
        paths = {path for one in added for path in (one.path, one.current_path) if path}
        shas = {sha for one in added for sha in one.editors}
        return [other for other in picking.sort_commits(self.git, sorted(shas)) if other.paths <= paths]

    def pull_request(self, commit: Commit) -> list[Commit]:
        """Return the other changes of the merge that brought a commit to the mainline."""
        tip, start = self.release.origin.mainline_tip, self.release.commits.start
        merge = find_merge(self.git, commit, tip, start, self.line)
        merged = merged_commits(self.git, merge) if merge else []
        if len(merged) > MAX_PULL_REQUEST:
            return []
        others = [other for other in merged if other.sha != commit.sha and not self._has_no_patch(other)]
        return [other for other in others if self._is_code_change(other)]

    def _has_no_patch(self, commit: Commit) -> bool:
        """Return whether a commit adds a fragment that is not of a patch type."""
        return any(not is_patch(self.release, one) for one in self.fragments.get(commit.sha, ()))

    def described_change(self, commit: Commit) -> tuple[Commit, bool] | None:
        """Return the change that a commit of only fragments describes, and whether that is sure.

        It is sure if the commit message of the change names the fragment's issue or shares words with the
        fragment. The neighbour by the same author is a guess.
        """
        before, after = self._neighbours(commit)
        nearest_first = [*reversed(before), *after]
        added = self.fragments[commit.sha]
        issues = {one.fragment.issue for one in added} - {""}
        naming = next((other for other in nearest_first if _names_any(other.message, issues)), None)
        if naming:
            return naming, True
        words = {word for one in added for word in _words(one.text)}
        closest = max(nearest_first, key=lambda other: len(words & _words(other.message)), default=None)
        if closest and len(words & _words(closest.message)) >= _COMMON_WORDS:
            return closest, True
        adjacent = [other for other in (*before[-1:], *after[:1]) if other.author == commit.author]
        return (adjacent[0], False) if adjacent else None

    def _neighbours(self, commit: Commit) -> tuple[list[Commit], list[Commit]]:
        """Return the changes without fragments just before a commit, and those just after it."""
        limit = f"--max-count={_NEIGHBOURS + 1}"
        before = self.git.commits("--no-merges", limit, commit.sha, f"^{self.release.commits.start}")
        later = self.git.rev_list(
            "--no-merges",
            "--ancestry-path",
            "--topo-order",
            f"{commit.sha}..{self.release.origin.mainline_tip}",
        )
        after = picking.sort_commits(self.git, later[-_NEIGHBOURS:])
        return self._changes_without_fragments(before, commit), self._changes_without_fragments(after, commit)

    def _changes_without_fragments(self, commits: list[Commit], but: Commit) -> list[Commit]:
        plain = [one for one in commits if one.sha != but.sha and one.sha not in self.fragments]
        return [one for one in plain if self._is_code_change(one)]


def settle_conflicts(release: Release, candidates: Candidates, fragments: FragmentsByCommit) -> None:
    """Add the prerequisites of proposed commits that conflict. Judge again those that still conflict.

    Skip the proposed commits that would change nothing.
    """
    adapter = Adapter(release.git, release.plan.version, release.commits.snapshot(release.commits.start))
    without_files: Candidates = {}
    while True:
        tip = release.commits.start
        shas = [sha for sha, one in candidates.items() if one.verdict == "proposed" and not one.will_conflict]
        for commit in picking.sort_commits(release.git, shas):
            adapted = adapter.adapt(commit)
            picked, conflicts = release.git.simulate_pick(adapted, tip) if adapted else (tip, [])
            if conflicts:
                one = candidates[commit.sha]
                new = _judge_conflict(release, candidates, one, conflicts, tip, fragments)
                if any(other.commit.sha != commit.sha for other in new):
                    # A prerequisite may add the files that other commits need.
                    candidates.update(without_files)
                    without_files.clear()
                elif new[0].verdict == "skipped":
                    without_files[commit.sha] = one
                candidates.update({other.commit.sha: other for other in new})
                break
            if not _would_change(release.git, adapted, tip, picked, release.commits.start):
                reason = f"{release.plan.branch} already has it: picking it would change nothing"
                candidates[commit.sha] = replace(candidates[commit.sha], verdict="skipped", reason=reason)
            tip = picked
        else:
            return


def _would_change(git: Git, adapted: Commit | None, tip: str, picked: str, start: str) -> bool:
    """Return whether a pick changes the release branch, with the picks before it or without them."""
    if adapted is None:
        return False
    if git.tree(picked) != git.tree(tip):
        return True
    alone, conflicts = git.simulate_pick(adapted, start)
    return bool(conflicts) or git.tree(alone) != git.tree(start)


def _judge_conflict(  # noqa: PLR0913  what conflicts with what
    release: Release,
    candidates: Candidates,
    one: Candidate,
    conflicts: Sequence[str],
    tip: str,
    fragments: FragmentsByCommit,
) -> list[Candidate]:
    """Return the candidates that a conflict adds or changes."""
    commit = one.commit
    if not set(conflicts) & set(release.git.files(tip)):
        return [_judge_absent_files(release, candidates, one, conflicts, tip)]
    prerequisites = picking.find_prerequisites(release.git, commit, conflicts, tip)
    for other in prerequisites:
        known = candidates.get(other.sha)
        types = [x.fragment.category for x in fragments.get(other.sha, ()) if not is_patch(release, x)]
        if types:
            which = f"whose fragment is of type {types[0]}"
            return [_unsure(one, f"it applies only after {other.short}, {which}")]
        if known and known.verdict == "unsure":
            return [_unsure(one, f"it applies only after {other.short}, which is unsure")]
    if prerequisites:
        reason = f"{commit.short} does not apply without it"
        return [Candidate(other, "proposed", reason, kind="prerequisite") for other in prerequisites]
    return [replace(one, will_conflict=True, reason=f"{one.reason}; it will conflict")]


def _judge_absent_files(
    release: Release, candidates: Candidates, one: Candidate, paths: Sequence[str], tip: str
) -> Candidate:
    """Return a candidate that conflicts only in files that the release branch does not have.

    It is skipped only if it changes nothing else, and if the files are new: a file that was moved may have
    another name on the branch.
    """
    branch, git = release.plan.branch, release.git
    literal = [f":(literal,top){path}" for path in paths]
    earlier = git.commits("--full-history", one.commit.sha, f"^{release.commits.start}", "--", *literal)
    adders = [
        other
        for other in earlier
        if other.sha != one.commit.sha
        and any(change.path in paths and change.before is None for change in other.changes)
    ]
    for adder in adders:
        known = candidates.get(adder.sha)
        if known and known.verdict == "proposed":
            return replace(one, will_conflict=True, reason=f"{one.reason}; it needs {adder.short}")
        if known and known.verdict == "unsure":
            return _unsure(one, f"it applies only after {adder.short}, which is unsure")
    lacks = f"it changes {', '.join(paths)}, which {branch} does not have"
    others = {change.path for change in one.commit.changes if change.before} - set(paths)
    if others & set(git.files(tip)):
        return _unsure(one, f"{lacks}, and {', '.join(sorted(others & set(git.files(tip))))}, which it has")
    moved = next((other for other in adders if any(change.after is None for change in other.changes)), None)
    if moved:
        return _unsure(one, f"{lacks}; {moved.short} may have moved it there")
    return replace(one, verdict="skipped", reason=lacks)


def _unsure(one: Candidate, why: str) -> Candidate:
    return replace(one, verdict="unsure", reason=f"{one.reason}; but {why}")


def _names_any(message: str, issues: set[str]) -> bool:
    return any(re.search(rf"(?<![\w.-]){re.escape(issue)}(?![\w.-]*\w)", message) for issue in issues)


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}
