"""What the mainline lacks of a release is found, and built in commits of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fake_release import FILES, HEAD, MAINLINE, REFS, FakeCommits, blob_of, fake_commit, fake_release
from patchwright.history import picking, presence
from patchwright.history.adapting import Adapter
from patchwright.integration import build, left_out
from patchwright.integration.build import Missing
from patchwright.releases.release import Release
from patchwright.releases.workspace import Workspace
from patchwright.tools.git_output import Commit
from repository import PYPROJECT, START, section

ONE, TWO, THREE = (fake_commit(letter * 40, message=f"Fix {letter}.") for letter in "abc")
SECTION = section("1.24.1", "Leap years. (#7)")
WITHOUT_FRAGMENTS = {path: text for path, text in FILES.items() if not path.startswith("news/")}
INTEGRATED = {**WITHOUT_FRAGMENTS, "CHANGES.rst": f"{START}\n{SECTION}"}
FRAGMENTS = {"news/7.repair.rst": blob_of("Leap years.\n")}
NOTHING = Missing((), section=False, fragments=())


def released(files: dict[str, str], *patches: Commit) -> FakeCommits:
    """Return the commits of a release that rendered one fragment, and a mainline with these files."""
    return FakeCommits(others={MAINLINE: files}, section=SECTION, fragments=FRAGMENTS, patches=patches)


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The patches that the mainline has. A test adds to them."""
    shas: set[str] = set()
    monkeypatch.setattr(
        presence,
        "find_presence",
        lambda *_, **__: presence.Presence(dict.fromkeys(shas, "it is in the history")),
    )
    monkeypatch.setattr(picking, "is_empty_together", lambda *_: False)
    monkeypatch.setattr(left_out, "find_recorded", lambda *_: {})
    return shas


# Missing


@pytest.mark.parametrize(
    ("missing", "is_something"),
    [
        (NOTHING, False),
        (Missing((), section=False, fragments=(), kept={"news/7.repair.rst": "It was edited."}), False),
        (Missing((ONE,), section=False, fragments=()), True),
        (Missing((), section=True, fragments=()), True),
        (Missing((), section=False, fragments=("news/7.repair.rst",)), True),
    ],
)
def test_missing_is_true_if_something_must_be_built(missing: Missing, *, is_something: bool) -> None:
    assert bool(missing) is is_something


# find_missing


def test_an_untouched_mainline_lacks_everything(tmp_path: Path, present: set[str]) -> None:
    present.add(TWO.sha)
    release = fake_release(tmp_path, commits=released(FILES, ONE, TWO, THREE))
    assert build.find_missing(release, MAINLINE) == Missing(
        (ONE, THREE), section=True, fragments=("news/7.repair.rst",)
    )


def test_an_integrated_mainline_lacks_nothing(tmp_path: Path, present: set[str]) -> None:
    present.add(ONE.sha)
    release = fake_release(tmp_path, commits=released(INTEGRATED, ONE))
    assert build.find_missing(release, MAINLINE) == NOTHING


@pytest.mark.usefixtures("present")
def test_a_release_without_a_section_brings_none(tmp_path: Path) -> None:
    commits = FakeCommits(others={MAINLINE: FILES})
    assert build.find_missing(fake_release(tmp_path, commits=commits), MAINLINE) == NOTHING


@pytest.mark.usefixtures("present")
def test_patches_that_the_mainline_has_squashed_are_not_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[Sequence[Commit]] = []

    def is_empty_together(_git: object, sources: Sequence[Commit], *_: object) -> bool:
        compared.append(sources)
        return True

    monkeypatch.setattr(picking, "is_empty_together", is_empty_together)
    release = fake_release(tmp_path, commits=released(INTEGRATED, ONE, TWO))
    assert build.find_missing(release, MAINLINE) == NOTHING
    assert compared == [[ONE, TWO]]


# rendered_fragments


@pytest.mark.parametrize(
    ("files", "unchanged", "kept"),
    [
        (FILES, ("news/7.repair.rst",), ()),
        ({**FILES, "news/7.repair.rst": "Leap years, really.\n"}, (), ("news/7.repair.rst",)),
        (WITHOUT_FRAGMENTS, (), ()),
        ({**FILES, "news/8.repair.rst": "Leap years.\n"}, ("news/7.repair.rst",), ()),
        ({**WITHOUT_FRAGMENTS, "news/old/7.repair.rst": "Leap years.\n"}, (), ("news/old/7.repair.rst",)),
        ({**WITHOUT_FRAGMENTS, "news/8.repair.rst": "Leap years.\n"}, (), ("news/8.repair.rst",)),
        ({**WITHOUT_FRAGMENTS, "news/8.repair.rst": "The moon.\n"}, (), ()),
    ],
)
def test_rendered_fragments_are_unchanged_edited_or_removed(
    tmp_path: Path, files: dict[str, str], unchanged: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    release = fake_release(tmp_path, commits=released(files))
    found, reasons = build.rendered_fragments(release, MAINLINE)
    assert (found, tuple(reasons)) == (unchanged, kept)


def with_towncrier(*rows: str) -> str:
    """Return the configuration with another directory of fragments, and more rows."""
    return PYPROJECT.replace('directory = "news"', "\n".join(rows))


def test_a_directory_that_was_moved_as_a_whole_is_followed(tmp_path: Path) -> None:
    moved = {
        **WITHOUT_FRAGMENTS,
        "pyproject.toml": with_towncrier('directory = "changes"'),
        "changes/7.repair.rst": "Leap years.\n",
    }
    release = fake_release(tmp_path, commits=released(moved))
    assert build.rendered_fragments(release, MAINLINE) == (("changes/7.repair.rst",), {})


def test_a_fragment_of_the_same_name_in_another_section_is_kept(tmp_path: Path) -> None:
    sections = 'section = [{name = "Web", path = "web"}, {name = "", path = ""}]'
    files = {
        **FILES,
        "pyproject.toml": with_towncrier('directory = "news"', sections),
        "news/web/7.repair.rst": "Leap years.\n",
    }
    release = fake_release(tmp_path, commits=released(files))
    assert build.rendered_fragments(release, MAINLINE) == (("news/7.repair.rst",), {})
    del files["news/7.repair.rst"]
    unchanged, kept = build.rendered_fragments(release, MAINLINE)
    assert (unchanged, list(kept)) == ((), ["news/web/7.repair.rst"])


# predict_conflict


def test_a_conflict_is_predicted_for_what_would_be_picked(
    tmp_path: Path, present: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    present.add(ONE.sha)
    conflict = picking.Conflict(THREE, ("almanac.py",))
    asked: list[tuple[list[Commit], str]] = []

    def predict_conflict(_git: object, sources: list[Commit], onto: str) -> picking.Conflict:
        asked.append((sources, onto))
        return conflict

    monkeypatch.setattr(picking, "predict_conflict", predict_conflict)
    monkeypatch.setattr(Adapter, "adapt", lambda _self, source: None if source is TWO else source)
    release = fake_release(tmp_path, commits=released(FILES, ONE, TWO, THREE))
    assert build.predict_conflict(release) is conflict
    assert asked == [([THREE], MAINLINE)]


# build


@dataclass
class FakeWorktree:
    """The integration's worktree. Its HEAD moves only through `check_out`.

    `beyond` are the commits that it has on top of the mainline; `edits` are paths with uncommitted edits.
    """

    path: Path
    current: str | None = None
    beyond: tuple[Commit, ...] = ()
    edits: tuple[str, ...] = ()
    commits: list[tuple[str, str, list[str], Commit | None]] = field(default_factory=list)
    checked_out: list[str] = field(default_factory=list)
    staged: str = ""

    @property
    def exists(self) -> bool:
        return self.current is not None

    def head(self) -> str | None:
        return self.current

    def operation(self) -> None:
        return None

    def changed_paths(self) -> list[str]:
        return list(self.edits)

    def check_out(self, commit: str, *, reused: Collection[str]) -> None:
        assert set(reused) <= {one.sha for one in self.beyond}
        self.checked_out.append(commit)
        self.current = commit

    def add(self, _paths: Iterable[str]) -> None:
        self.staged = "add"

    def remove(self, _paths: Iterable[str]) -> None:
        self.staged = "remove"

    def commit(self, paths: Iterable[str], message: str, like: Commit | None = None) -> None:
        self.commits.append((self.staged, message, list(paths), like))


class Site:
    """A release whose integration is built in a fake worktree; `picked` are the commits that were picked."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        commits: FakeCommits,
        worktree: FakeWorktree,
        *,
        dry: bool = False,
    ) -> None:
        refs = {**REFS, "refs/tags/v1.24.1": HEAD}
        self.release: Release = fake_release(worktree.path, refs=refs, commits=commits, dry=dry)
        self.worktree = worktree
        self.release.workspace = cast("Workspace", SimpleNamespace(mainline=worktree))
        self.picked: list[Commit | None] = []
        monkeypatch.setattr(self.release.git, "commits", lambda *_: list(worktree.beyond))
        monkeypatch.setattr(self.release.git, "is_ancestor", lambda *_: True)
        monkeypatch.setattr(Adapter, "adapt", lambda _self, source: source)
        monkeypatch.setattr(picking, "pick", self._pick)
        skipped: set[str] = set()
        monkeypatch.setattr(left_out, "find_kept", lambda _: skipped)
        monkeypatch.setattr(
            left_out,
            "keep",
            lambda _, picks: skipped.update(n for one in picks if not one.changes for n in one.picked_from),
        )

    def _pick(
        self, _worktree: object, sources: Iterable[Commit], *, adapt: presence.Adapt, **_: object
    ) -> None:
        self.picked += [adapt(source) for source in sources]

    def build(self) -> str:
        return build.build(self.release, MAINLINE)


@pytest.mark.usefixtures("present")
def test_patches_section_and_clean_up_are_built_on_the_mainline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(monkeypatch, released(FILES, ONE, TWO), FakeWorktree(tmp_path))
    assert site.build() == MAINLINE
    assert site.worktree.checked_out == [MAINLINE]
    assert site.picked == [ONE, TWO]
    assert site.worktree.commits == [
        ("add", "Update changelog for v1.24.1 patch release.", ["CHANGES.rst"], None),
        ("remove", "Clean up news fragments.", ["news/7.repair.rst"], None),
    ]
    assert SECTION.strip() in (tmp_path / "CHANGES.rst").read_text()


@pytest.mark.usefixtures("present")
def test_commits_of_the_release_branch_are_named_as_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changelog = fake_commit("1" * 40, message="Update changelog.")
    other = fake_commit("2" * 40, message="Clean up other news.", removed=["news/6.repair.rst"])
    clean_up = fake_commit("3" * 40, message="Clean up news.", removed=["news/7.repair.rst"])
    commits = replace(released(FILES), changelog_commit=changelog, clean_ups=(clean_up, other))
    site = Site(monkeypatch, commits, FakeWorktree(tmp_path))
    site.build()
    assert site.worktree.commits == [
        ("add", f"Update changelog.\n\n(cherry picked from commit {'1' * 40})", ["CHANGES.rst"], changelog),
        (
            "remove",
            f"Clean up news.\n\n(cherry picked from commit {'3' * 40})",
            ["news/7.repair.rst"],
            clean_up,
        ),
    ]


@pytest.mark.usefixtures("present")
def test_an_integrated_mainline_gains_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(monkeypatch, released(INTEGRATED), FakeWorktree(tmp_path))
    assert site.build() == MAINLINE
    assert (site.picked, site.worktree.commits) == ([], [])


@pytest.mark.usefixtures("present")
def test_edited_fragments_stay_and_are_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edited = {**INTEGRATED, "news/7.repair.rst": "Leap years, really.\n"}
    site = Site(monkeypatch, released(edited), FakeWorktree(tmp_path))
    site.build()
    assert site.worktree.commits == []
    assert site.release.notes == [
        "news/7.repair.rst was left on master: its text is not the one in the section of 1.24.1"
    ]


def picked_as(letter: str, source: Commit, *, changes: bool = True) -> Commit:
    """Return a commit that an earlier run picked."""
    message = f"{source.message}\n\n(cherry picked from commit {source.sha})"
    return fake_commit(letter * 40, message=message, added=["leap.py"] if changes else [])


@pytest.mark.usefixtures("present")
def test_the_worktree_of_an_earlier_run_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = picked_as("9", ONE)
    commits = released(FILES, ONE, TWO)
    commits.others = {MAINLINE: FILES, earlier.sha: FILES}
    site = Site(monkeypatch, commits, FakeWorktree(tmp_path, earlier.sha, (earlier,)))
    assert site.build() == earlier.sha
    assert site.worktree.checked_out == []


@pytest.mark.parametrize(
    ("beyond", "changed"),
    [((picked_as("9", ONE),), ("almanac.py",)), ((picked_as("9", ONE), fake_commit("8" * 40)), ())],
)
@pytest.mark.usefixtures("present")
def test_resolved_picks_are_used_again_when_the_worktree_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beyond: tuple[Commit, ...], changed: tuple[str, ...]
) -> None:
    site = Site(monkeypatch, released(FILES, ONE, TWO), FakeWorktree(tmp_path, "9" * 40, beyond, changed))
    site.build()
    assert site.worktree.checked_out == [MAINLINE]
    assert site.picked == [beyond[0], TWO]


@pytest.mark.parametrize(
    ("files", "recording"),
    [
        (FILES, "Update changelog for v1.24.1 patch release."),
        ({**FILES, "CHANGES.rst": INTEGRATED["CHANGES.rst"]}, "Clean up news fragments."),
        (INTEGRATED, "Leave out patches of v1.24.1."),
    ],
)
@pytest.mark.usefixtures("present")
def test_a_patch_that_a_person_skipped_is_recorded_in_the_first_commit_that_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], recording: str
) -> None:
    empty = picked_as("9", ONE, changes=False)
    site = Site(monkeypatch, released(files, ONE, TWO), FakeWorktree(tmp_path, empty.sha, (empty,)))
    site.build()
    assert site.worktree.checked_out == [MAINLINE]
    assert site.picked == [TWO]
    messages = [message for _, message, *_ in site.worktree.commits]
    assert [one for one in messages if "Left-out" in one] == [f"{recording}\n\nLeft-out: {ONE.sha}"]
    assert messages[0].startswith(recording)


@pytest.mark.usefixtures("present")
def test_a_dry_run_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(monkeypatch, released(FILES, ONE), FakeWorktree(tmp_path), dry=True)
    assert site.build() == "<the commit above>"
    assert [staged for staged, *_ in site.worktree.commits] == ["add", "remove"]
    assert list(tmp_path.iterdir()) == []
