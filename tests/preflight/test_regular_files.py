"""Checks that nothing that a release reads or writes is a symbolic link or a submodule."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from memory_release import FRAGMENT, MAINLINE, MemoryRelease
from patchwright.halts import Prerequisite
from patchwright.patches import choice
from patchwright.preflight import regular_files

LINK, SUBMODULE, FILE, DIRECTORY = "120000", "160000", "100644", "040000"


@pytest.fixture
def odd() -> dict[tuple[str, str], str]:
    """The modes of paths, by commit and path. What is not listed is a file or a directory."""
    return {}


@pytest.fixture
def release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: dict[tuple[str, str], str]
) -> MemoryRelease:
    """A release without picks, whose git knows the odd modes."""
    release = MemoryRelease(tmp_path)

    def modes(commit: str, paths: Iterable[str]) -> dict[str, str]:
        tree = release.memory.trees[commit]
        directories = {str(parent) for path in tree for parent in Path(path).parents}
        known = dict.fromkeys(directories, DIRECTORY) | dict.fromkeys(tree, FILE)
        found = {path: odd.get((commit, path), known.get(path)) for path in paths}
        return {path: mode for path, mode in found.items() if mode}

    monkeypatch.setattr(release.memory, "modes", modes)
    monkeypatch.setattr(choice, "wanted_patches", lambda _release: [])
    return release


def test_files_and_directories_pass(release: MemoryRelease) -> None:
    regular_files.require_regular_files(release)


@pytest.mark.parametrize(
    ("path", "mode", "kind"),
    [
        ("pyproject.toml", LINK, "a symbolic link"),
        ("hatch.toml", LINK, "a symbolic link"),
        ("CHANGES.rst", LINK, "a symbolic link"),
        ("almanac.py", LINK, "a symbolic link"),
        (FRAGMENT, LINK, "a symbolic link"),
        ("news", LINK, "a symbolic link"),
        ("news", SUBMODULE, "a submodule"),
        ("CHANGES.rst", "100664", "of mode 100664"),
    ],
)
def test_each_file_of_the_release_on_its_branch_must_be_regular(
    release: MemoryRelease, odd: dict[tuple[str, str], str], path: str, mode: str, kind: str
) -> None:
    odd[release.commits.head, path] = mode
    with pytest.raises(Prerequisite) as halted:
        regular_files.require_regular_files(release)
    assert halted.value.cause == (
        f"release-1.24 has something other than a regular file where a release reads or writes: {path}."
    )
    assert halted.value.evidence == (f"{path}: {kind}",)


def test_a_link_that_the_release_does_not_touch_passes(
    release: MemoryRelease, odd: dict[tuple[str, str], str]
) -> None:
    odd[release.commits.head, "years.py"] = LINK
    regular_files.require_regular_files(release)


@pytest.mark.parametrize("path", ["CHANGES.rst", "news"])
def test_the_mainline_is_checked_as_well(
    release: MemoryRelease, odd: dict[tuple[str, str], str], path: str
) -> None:
    odd[release.memory.remote[MAINLINE], path] = LINK
    with pytest.raises(Prerequisite, match="master has something other than a regular file") as halted:
        regular_files.require_regular_files(release)
    assert halted.value.evidence == (f"{path}: a symbolic link",)


def test_a_pick_that_makes_a_file_irregular_halts(
    release: MemoryRelease, odd: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = release.memory.remote[MAINLINE]
    pick = release.memory.add_commit("Link", {"CHANGES.rst": "x\n", "years.py": "y\n"}, tip)
    (patch,) = release.git.commits("--no-walk=unsorted", pick)
    monkeypatch.setattr(choice, "wanted_patches", lambda _release: [patch])
    odd[pick, "years.py"] = LINK
    regular_files.require_regular_files(release)

    odd[pick, "CHANGES.rst"] = LINK
    with pytest.raises(
        Prerequisite, match=f"The pick {pick[:10]} has something other than a regular file"
    ) as halted:
        regular_files.require_regular_files(release)
    assert halted.value.evidence == ("CHANGES.rst: a symbolic link",)
    assert regular_files.find_in_pick(release, pick, frozenset({"years.py"})) is None
