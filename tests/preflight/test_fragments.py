"""Checks of the news fragments."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from fake_gh import Recorder
from fake_release import FILES, HEAD, PLAN, FakeCommits, fake_commit, fake_release
from patchwright.halts import Prerequisite
from patchwright.history import presence
from patchwright.patches import choice
from patchwright.preflight import fragments
from patchwright.releases import outcome
from patchwright.releases.release import Release
from patchwright.tools.git_output import Commit
from repository import PYPROJECT, START, section

WITHOUT_FRAGMENTS = {path: text for path, text in FILES.items() if not path.startswith("news/")}
SYMBOLIC_REF = ["git", "symbolic-ref", "--quiet", "HEAD"]
UNTRACKED = ["git", "ls-files", "-z", "--others", "--exclude-standard", "--", "news"]
STAGED = ["git", "diff-index", "-z", "--cached", "--name-only", "--diff-filter=A", "HEAD", "--", "news"]


def want(monkeypatch: pytest.MonkeyPatch, *patches: Commit, present: tuple[str, ...] = ()) -> None:
    """Let the release pick these patches; `present` are those that it contains already."""
    monkeypatch.setattr(choice, "wanted_patches", lambda _release: list(patches))
    monkeypatch.setattr(presence, "find_present", lambda *_: dict.fromkeys(present, "it is in the history"))


def release_with(path: Path, files: dict[str, str]) -> Release:
    return fake_release(path, commits=FakeCommits(files))


# require_fragments


def test_a_fragment_on_the_branch_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    want(monkeypatch)
    fragments.require_fragments(release_with(tmp_path, FILES))


def test_a_fragment_of_a_patch_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    want(monkeypatch, fake_commit("a" * 40, added=["news/8.repair.rst"]))
    fragments.require_fragments(release_with(tmp_path, WITHOUT_FRAGMENTS))


def test_a_prepared_release_needs_no_fragments(tmp_path: Path) -> None:
    commits = FakeCommits(WITHOUT_FRAGMENTS, section="almanac 1.24.1")
    fragments.require_fragments(fake_release(tmp_path, commits=commits))


def test_a_release_without_fragments_halts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "is_previous_closed", lambda _release: False)
    present = fake_commit("a" * 40, added=["news/8.repair.rst"])
    want(monkeypatch, present, fake_commit("b" * 40, removed=["news/9.repair.rst"]), present=(present.sha,))
    with pytest.raises(Prerequisite) as raised:
        fragments.require_fragments(release_with(tmp_path, WITHOUT_FRAGMENTS))
    assert raised.value.cause == (
        "There is nothing to release after v1.24.0: release-1.24 has no news fragments, "
        "and no patch adds one."
    )
    assert raised.value.evidence == ("looked in: news",)
    assert raised.value.remedy == (
        "Add a fragment that describes the patch, or name commits of the mainline with --patches.",
    )


def test_after_a_closed_version_the_halt_names_a_fragment_that_publishes_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "is_previous_closed", lambda _release: True)
    want(monkeypatch)
    with pytest.raises(Prerequisite) as raised:
        fragments.require_fragments(release_with(tmp_path, WITHOUT_FRAGMENTS))
    _, why, _, command = raised.value.remedy
    assert why.startswith("1.24.0 is closed. To publish the same as 1.24.1, add a fragment:")
    assert " > news/+not-published.repair.rst && git add news/+not-published.repair.rst && " in command
    assert raised.value.next_command is None


def test_a_patch_with_a_fragment_of_unknown_type_halts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    want(monkeypatch, fake_commit("a" * 40, added=["news/8.mystery.rst"]))
    with pytest.raises(Prerequisite, match=r"^towncrier would silently drop news fragments") as raised:
        fragments.require_fragments(release_with(tmp_path, WITHOUT_FRAGMENTS))
    assert raised.value.evidence == ("news/8.mystery.rst",)


# require_committed_fragments


def register_checkout(fp: FakeProcess, *, untracked: str = "", staged: str = "") -> None:
    fp.register(SYMBOLIC_REF, stdout="refs/heads/release-1.24\n")
    fp.register(UNTRACKED, stdout=untracked)
    fp.register(STAGED, stdout=staged)


def test_a_checkout_without_uncommitted_fragments_passes(tmp_path: Path, fp: FakeProcess) -> None:
    register_checkout(fp, untracked="news/notes.txt\0")
    fragments.require_committed_fragments(release_with(tmp_path, FILES))


@pytest.mark.parametrize("output", ["refs/heads/master\n", ""])
def test_a_checkout_of_another_branch_or_commit_passes(tmp_path: Path, fp: FakeProcess, output: str) -> None:
    fp.register(SYMBOLIC_REF, stdout=output, returncode=0 if output else 1)
    fragments.require_committed_fragments(release_with(tmp_path, FILES))


def test_uncommitted_fragments_halt(tmp_path: Path, fp: FakeProcess) -> None:
    register_checkout(fp, untracked="news/9.repair.rst\0news/notes.txt\0", staged="news/8.repair.rst\0")
    with pytest.raises(Prerequisite) as raised:
        fragments.require_committed_fragments(release_with(tmp_path, FILES))
    assert raised.value.cause == "Your checkout of release-1.24 has uncommitted news fragments."
    assert raised.value.evidence == ("news/8.repair.rst", "news/9.repair.rst")
    assert raised.value.remedy == (
        "Commit them together with the change that they describe, or move them away.",
    )


# require_renderable


def require_renderable(path: Path, files: dict[str, str]) -> None:
    release = release_with(path, files)
    snapshot = release.commits.snapshot(HEAD)
    fragments.require_renderable(snapshot.fragments, snapshot, release)


def test_fragments_of_known_types_pass(tmp_path: Path) -> None:
    require_renderable(tmp_path, FILES)


def test_no_fragments_halt(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match=r"^release-1\.24 has no news fragments to release\.$") as raised:
        require_renderable(tmp_path, WITHOUT_FRAGMENTS)
    assert raised.value.evidence == ("looked in: news",)
    assert raised.value.remedy == (
        "Add a fragment that describes the patch, on the release branch or in the patch itself.",
    )


def test_fragments_of_unknown_type_halt(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite) as raised:
        require_renderable(tmp_path, {**FILES, "news/9.mystery.rst": "", "news/8.mystery.rst": ""})
    assert raised.value.cause == (
        "towncrier would silently drop news fragments, because it does not know their type."
    )
    assert raised.value.evidence == ("news/8.mystery.rst", "news/9.mystery.rst")
    assert raised.value.remedy == (
        "Rename them to one of the types: repair.",
        "If they are not fragments, add their names to `ignore` in [tool.towncrier].",
    )


def test_fragments_that_towncrier_refuses_halt(tmp_path: Path) -> None:
    pyproject = PYPROJECT.replace('directory = "news"\n', 'directory = "news"\nissue_pattern = "\\\\d+"\n')
    files = {**FILES, "pyproject.toml": pyproject, "news/07.repair.rst": "X\n", "news/x.repair.rst": "X\n"}
    with pytest.raises(Prerequisite) as raised:
        require_renderable(tmp_path, files)
    assert raised.value.cause == "towncrier refuses to build with some of the news fragments."
    assert raised.value.evidence == (
        "same issue, type and number as another fragment: news/07.repair.rst",
        "same issue, type and number as another fragment: news/7.repair.rst",
        "issue does not match `issue_pattern`: news/x.repair.rst",
    )
    assert raised.value.remedy == ("Rename them on the release branch.",)


def test_fragments_without_text_halt(tmp_path: Path) -> None:
    with pytest.raises(Prerequisite, match=r"^News fragments have no text") as raised:
        require_renderable(tmp_path, {**FILES, "news/9.repair.rst": " \n"})
    assert raised.value.evidence == ("news/9.repair.rst",)


def test_fragments_in_no_section_halt(tmp_path: Path) -> None:
    commits = FakeCommits({**FILES, "news/web/9.repair.rst": "X\n"}, others={PLAN.previous: FILES})
    release = fake_release(tmp_path, commits=commits)
    snapshot = release.commits.snapshot(HEAD)
    with pytest.raises(Prerequisite, match=r"because they are in no section's directory\.$") as raised:
        fragments.require_renderable(snapshot.fragments, snapshot, release)
    assert raised.value.evidence == ("news/web/9.repair.rst",)
    assert raised.value.remedy == ("Move them to the directory of their section: news.",)


def test_several_kinds_of_problems_are_reported_together(tmp_path: Path) -> None:
    files = {**FILES, "news/8.repiar.rst": "X\n", "news/9.repair.rst": ""}
    with pytest.raises(Prerequisite) as raised:
        require_renderable(tmp_path, files)
    assert [problem.evidence for problem in raised.value.problems] == [
        ("news/8.repiar.rst",), ("news/9.repair.rst",),
    ]  # fmt: skip  # one a line


# report_repetitions


def test_news_of_an_earlier_section_are_reported(tmp_path: Path) -> None:
    changelog = f"{START}\n{section('1.24.0', 'Leap years. (#7)')}{section('1.23.9', 'Tides.')}"
    release = release_with(tmp_path, {**FILES, "CHANGES.rst": changelog})
    release.progress = shown = Recorder()
    fragments.report_repetitions(release, {"news/7": "Leap\nyears.\n", "news/8": "Tides.", "news/9": " \n"})
    assert shown.said == ["the section of 1.24.0 already has the text of news/7; 1.24.1 will repeat it"]
