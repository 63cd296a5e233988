from __future__ import annotations

from pathlib import Path

import pytest

from patchwright.engine.project_settings import find_folder
from patchwright.tools.git import Clone

TOWNCRIER = "[tool.towncrier]\nname = 'almanac'\n"


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
