"""Whose settings count: those of the checkout, or those of the mainline; and where the project is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from patchwright.engine.project_settings import find_folder, find_settings
from patchwright.settings import Settings
from patchwright.tools.git import Clone, Git

Find = Callable[..., Settings]
TOWNCRIER = "[tool.towncrier]\nname = 'almanac'\n"


def table(message: str, more: str = "") -> str:
    """Return a pyproject.toml whose settings are known by the version's subject."""
    return f'[tool.patchwright]\nversion-subject = "{message} {{version}}"\n{more}'


def subject(settings: Settings) -> str:
    return settings.version_subject.partition(" ")[0]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """Return what finds the settings of a checkout of `head` with a text, and other refs' texts."""

    def answer(
        head: str, checkout: str, *, refs: Mapping[str, str] = {}, environment: Mapping[str, str] = {}
    ) -> Settings:
        (tmp_path / "pyproject.toml").write_text(checkout)

        def texts(names: Iterable[str]) -> dict[str, str | None]:
            return {name: refs.get(name.removesuffix(":pyproject.toml")) for name in names}

        def ask(*words: str, ok: object) -> SimpleNamespace:
            assert (words, ok) == (("symbolic-ref", "--quiet", "HEAD"), (0, 1))
            return SimpleNamespace(line=f"refs/heads/{head}" if head else "")

        git = cast("Git", SimpleNamespace(ask=ask, texts=texts))
        clone = Clone(tmp_path, tmp_path / ".git", shallow=False)
        return find_settings(git, clone, {}, environment)

    return answer


@pytest.mark.parametrize(
    "ref", ["refs/heads/master", "refs/remotes/origin/master", "refs/remotes/origin/HEAD"]
)
def test_a_release_branch_takes_the_settings_of_the_mainline(find: Find, ref: str) -> None:
    found = find("release-1.24", table("Old"), refs={ref: table("New")})
    assert subject(found) == "New"


def test_the_mainline_and_a_topic_branch_keep_their_own(find: Find) -> None:
    refs = {"refs/heads/master": table("New")}
    for head in ("master", "topic", ""):
        assert subject(find(head, table("Own"), refs=refs)) == "Own"


def test_a_topic_branch_without_settings_takes_those_of_the_mainline(find: Find) -> None:
    found = find("topic", "[project]\n", refs={"refs/heads/master": table("New")})
    assert subject(found) == "New"


def test_the_clone_s_own_branch_comes_before_the_remote_s(find: Find) -> None:
    refs = {"refs/remotes/origin/master": table("Remote"), "refs/heads/master": table("Local")}
    assert subject(find("release-1.24", "", refs=refs)) == "Local"


def test_the_mainline_of_the_settings_counts_whatever_its_name_is(find: Find) -> None:
    trunk = table("New", 'mainline = "trunk"\nrelease-branch = "maint/{series}"\n')
    refs = {"refs/heads/trunk": trunk, "refs/heads/master": "[project]\n"}
    named = table("Old", 'mainline = "trunk"\n')
    assert subject(find("maint/1.24", named, refs=refs)) == "New"
    assert subject(find("release-1.24", named, refs=refs)) == "Old"


def test_without_settings_anywhere_the_defaults_count(find: Find) -> None:
    assert find("release-1.24", "") == Settings()


def test_the_environment_comes_first_in_the_settings_of_the_mainline(find: Find) -> None:
    environment = {"INVOKE_PATCHWRIGHT_VERSION_SUBJECT": "Environment {version}"}
    refs = {"refs/heads/master": table("New")}
    found = find("release-1.24", table("Old"), refs=refs, environment=environment)
    assert subject(found) == "Environment"


@pytest.mark.parametrize(
    ("files", "place", "folder"),
    [
        ({}, "", ""),
        ({"pyproject.toml": TOWNCRIER}, "almanac", ""),
        ({"gizmo/pyproject.toml": TOWNCRIER}, "gizmo", "gizmo"),
        ({"gizmo/pyproject.toml": "[tool.patchwright]\nremote = 'up'\n"}, "gizmo", "gizmo"),
        ({"gizmo/towncrier.toml": ""}, "gizmo/source/gizmo", "gizmo"),
        ({"pyproject.toml": TOWNCRIER, "a/b/pyproject.toml": TOWNCRIER}, "a/b", "a/b"),
        ({"pyproject.toml": TOWNCRIER, "a/b/pyproject.toml": TOWNCRIER}, "a", ""),
        # A folder with its own pyproject.toml is not always a project that is released.
        ({"pyproject.toml": TOWNCRIER, "docs/pyproject.toml": "[tool.ruff]\n"}, "docs", ""),
        ({"docs/pyproject.toml": "this is no TOML = ["}, "docs", ""),
        ({"docs/pyproject.toml": "tool = 1\n"}, "docs", ""),
    ],
)
def test_the_nearest_folder_that_configures_a_release_is_the_project(
    tmp_path: Path, files: dict[str, str], place: str, folder: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(TOWNCRIER)
    top = tmp_path / "top"
    (top / place).mkdir(parents=True)
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    clone = Clone(top, top / ".git", shallow=False)
    assert find_folder(clone, top / place) == folder


def test_a_link_to_the_folder_leads_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "top" / "gizmo").mkdir(parents=True)
    (tmp_path / "top" / "gizmo" / "towncrier.toml").touch()
    (tmp_path / "link").symlink_to(tmp_path / "top")
    clone = Clone(tmp_path / "link", tmp_path / "top" / ".git", shallow=False)
    assert find_folder(clone, tmp_path / "link" / "gizmo") == "gizmo"
