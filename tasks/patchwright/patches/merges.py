"""Merges of pull requests: which ones can be picked as one change, and when they are proposed as one."""

from __future__ import annotations

from dataclasses import replace

from patchwright.history import presence
from patchwright.history.adapting import Adapter
from patchwright.history.candidate import Candidate, Verdict
from patchwright.history.merges import find_merges, is_merge, merged_commits
from patchwright.releases.plan import all_series, release_branch
from patchwright.releases.release import Release
from patchwright.tools.git import Git
from patchwright.tools.git_output import Commit

# A larger merge is a branch of its own rather than one change, so its commits are judged one by one.
MAX_PULL_REQUEST = 30

Candidates = dict[str, Candidate]


def find_problem(release: Release, merge: Commit) -> str | None:
    """Return why a merge cannot be picked as one change, or None if it merges a pull request."""
    git, mainline = release.git, release.settings.mainline
    if not is_merge(merge):
        return "an octopus merge; name the commits that it merged"
    before = f"^{merge.parents[0]}"
    if merge.sha not in git.rev_list("--first-parent", release.origin.mainline_tip, before):
        return f"a merge that was not made on {mainline} itself; name the commits that it merged"
    for series in all_series(release.origin.refs, release.settings):
        branch = release_branch(series, release.settings)
        tip = release.origin.refs[f"refs/heads/{branch}"]
        if merge.parents[1] in git.rev_list("--first-parent", tip, before):
            return f"a merge of {branch} into {mainline}, and no change of {mainline}"
    return None


def find_merge(git: Git, commit: Commit, tip: str, start: str, line: set[str]) -> str | None:
    """Return the merge that brought a commit to a line of first parents, or None."""
    if commit.sha in line:
        return None
    later = ("--ancestry-path", "--merges", "--topo-order", f"{commit.sha}..{tip}", f"^{start}")
    on_line = [sha for sha in git.rev_list(*later) if sha in line]
    return on_line[-1] if on_line else None


def propose_merges(release: Release, candidates: Candidates) -> None:
    """Replace the proposed and unsure commits of a pull request by its merge, if the branch does so.

    A merge is unsure if one of its commits is unsure, or would be skipped alone.
    """
    git, tip, start = release.git, release.origin.mainline_tip, release.commits.start
    open_ones = [one for one in candidates.values() if one.verdict != "skipped"]
    line = set(git.rev_list("--first-parent", tip, f"^{start}"))
    if all(one.commit.sha in line for one in open_ones) or not _picks_merges(release):
        return
    names = [find_merge(git, one.commit, tip, start, line) for one in open_ones]
    for sha in dict.fromkeys(name for name in names if name):
        merge = git.commits("--no-walk=unsorted", sha)[0]
        merged = merged_commits(git, sha)
        if len(merged) > MAX_PULL_REQUEST or find_problem(release, merge):
            continue
        members = [candidates[one.sha] for one in merged if one.sha in candidates]
        for one in members:
            if one.verdict != "skipped":
                del candidates[one.commit.sha]
        candidates[sha] = _judge(release, merge, members)


def _picks_merges(release: Release) -> bool:
    """Return whether most of the branch's picks of merged pull requests are picks of the merges."""
    git, start, tip = release.git, release.commits.start, release.origin.mainline_tip
    base = git.merge_base(start, tip)
    since = [f"^{base}"] if base else []
    picks = git.commits("--fixed-strings", "--grep=(cherry picked from commit ", start, *since)
    names = {pick.picked_from[-1] for pick in picks if pick.picked_from}
    merges = find_merges(git, names)
    line = set(git.rev_list("--first-parent", tip, *since))
    brought = set(git.rev_list(tip, *since)) - line if merges else set()
    return len(merges.keys() & line) > len((names - merges.keys()) & brought)


def _judge(release: Release, merge: Commit, members: list[Candidate]) -> Candidate:
    """Return the candidate for the merge of some commits that were judged one by one."""
    # The fragment is the reason for the others.
    first = next((one for one in members if one.kind == "fragment"), members[0])
    reason = f"it merges {', '.join(one.commit.short for one in members)}; {first.reason}"
    doubt = _find_doubt(release, merge, members)
    verdict: Verdict = "unsure" if doubt else "proposed"
    was_passed_over = any(one.was_passed_over for one in members)
    one = Candidate(merge, verdict, reason, was_passed_over=was_passed_over, kind="merge")
    return replace(one, reason=f"{reason}; but {doubt}") if doubt else one


def _find_doubt(release: Release, merge: Commit, members: list[Candidate]) -> str | None:
    """Return why it is not clear whether a merge belongs in the release as a whole, or None."""
    git, mainline = release.git, release.settings.mainline
    adapter = Adapter(git, release.plan.version, release.commits.snapshot(release.commits.start))
    found = presence.find_presence(
        git, [merge], release.commits.start,
        adapt=adapter.adapt, code_change=adapter.code_change, only_signs=True,
    )  # fmt: skip  # what of whom, then how it is tried
    if doubt := found.doubts.get(merge.sha):
        return doubt.reason
    for one in members:
        if one.verdict != "proposed":
            return f"{one.commit.short} alone would be {one.verdict}: {one.reason}"
    onto = release.commits.snapshot(release.origin.mainline_tip)
    change = Adapter(git, release.plan.version, onto, onto_mainline=True).code_change(merge)
    if presence.find_effect(git, change, release.origin.mainline_tip) == "change":
        return f"{mainline} does not have all of it: a part was undone there"
    return None
