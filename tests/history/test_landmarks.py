"""Which commits of a line of history still count after reverts, and what is no more than a moved version."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from patchwright.history.adapting import message_of_pick, only_moves_version
from patchwright.history.landmarks import effective
from patchwright.tools.git import Commit

SHAS = [f"{number:040x}" for number in range(1, 9)]


def commit(sha: str, message: str) -> Commit:
    return Commit(sha, (), "Ada <ada@example.org>", "2025-01-01T00:00:00Z", message, ())


@given(st.lists(st.one_of(st.none(), st.integers(0, 7)), min_size=1, max_size=8))
def test_a_commit_counts_unless_the_last_word_on_it_is_a_revert(targets: list[int | None]) -> None:
    commits = [
        commit(
            sha,
            f"Do {at}"
            if target is None or target >= at
            else f"Revert it\n\nThis reverts commit {SHAS[target]}.",
        )
        for at, (sha, target) in enumerate(zip(SHAS, targets, strict=False))
    ]
    # A revert stands when nothing that stands reverts it; looked at from the last commit to the first.
    standing: dict[int, bool] = {}
    for at in reversed(range(len(commits))):
        reverters = [later for later in range(at + 1, len(commits)) if targets[later] == at]
        standing[at] = not any(standing[later] for later in reverters)
    is_revert = [target is not None and target < at for at, target in enumerate(targets)]
    expected = [SHAS[at] for at in range(len(commits)) if standing[at] and not is_revert[at]]
    assert [one.sha for one in effective(commits)] == expected


def test_reverting_a_pick_by_the_name_of_its_source_takes_the_pick_back() -> None:
    pick = commit(SHAS[1], f"Repair it\n\n(cherry picked from commit {SHAS[0]})")
    revert = commit(SHAS[2], f"Revert it\n\nThis reverts commit {SHAS[0]}.")
    assert effective([pick, revert]) == []


@given(st.lists(st.text("abc=' .", max_size=8), max_size=5), st.sampled_from(["1.2.3", "1.2.4.dev1", "9"]))
def test_a_version_that_moves_alone_is_told(around: list[str], before: str) -> None:
    was = "\n".join([*around, f"version = '{before}'", *around])
    now = "\n".join([*around, "version = '1.2.4'", *around])
    assert only_moves_version(was, now, "1.2.4")
    assert not only_moves_version(was, f"{now}\nmore", "1.2.4")
    assert not only_moves_version(was, now.replace("version =", "edition ="), "1.2.4")
    assert not only_moves_version(now, now, "1.2.4")


def test_a_pick_names_its_source_as_git_does() -> None:
    line = f"(cherry picked from commit {SHAS[0]})"
    assert message_of_pick(commit(SHAS[0], "Repair it")) == f"Repair it\n\n{line}"
    assert message_of_pick(commit(SHAS[0], "Repair it\n\nWell.")) == f"Repair it\n\nWell.\n\n{line}"
    signed = "Repair it\n\nSigned-off-by: Ada <ada@example.org>"
    assert message_of_pick(commit(SHAS[0], signed)) == f"{signed}\n{line}"
    picked = f"Repair it\n\n(cherry picked from commit {SHAS[1]})"
    assert message_of_pick(commit(SHAS[0], picked)) == f"{picked}\n{line}"
