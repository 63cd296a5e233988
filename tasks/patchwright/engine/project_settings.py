"""Project settings: those of the checkout, or of the mainline if the checkout is on a release branch."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from patchwright.releases.plan import all_series
from patchwright.settings import Settings, has_table, is_configured, load_settings, load_settings_of
from patchwright.tools.git import Clone, Git

_FILE = "pyproject.toml"


def find_settings(
    git: Git,
    clone: Clone,
    configured: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, str],
) -> Settings:
    """Return the settings of a project.

    A release branch has the settings of the time when it began, or none. So a checkout of it takes those of
    the mainline, as this clone has it. So does another checkout without settings.
    """
    path = clone.project / _FILE
    settings = load_settings(path, configured, environment)
    head = git.ask("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)).line
    if head == f"refs/heads/{settings.mainline}":
        return settings
    for text in _mainline_texts(git, settings, clone.folder):
        of_mainline = load_settings_of(f"{_FILE} of the mainline", text, configured, environment)
        if head == f"refs/heads/{of_mainline.mainline}":
            return settings
        if all_series({head: ""}, of_mainline) or not has_table(path):
            return of_mainline
    return settings


def find_folder(clone: Clone, place: Path) -> str:
    """Return the folder of the project below the top of the clone, or an empty text if it is the top.

    It is the nearest folder above a place that configures towncrier or patchwright.
    """
    place, top = place.resolve(), clone.top.resolve()
    for folder in (place, *place.parents):
        if folder == top or not folder.is_relative_to(top):
            break
        if (folder / "towncrier.toml").is_file() or is_configured(folder / _FILE):
            return folder.relative_to(top).as_posix()
    return ""


def _mainline_texts(git: Git, settings: Settings, folder: str) -> list[str]:
    """Return the pyproject.toml of each ref that may be the mainline, if it has settings of patchwright."""
    remote = f"refs/remotes/{settings.remote}"
    names = (settings.mainline, Settings.mainline, "main")
    refs = [*(f"refs/heads/{name}" for name in names), *(f"{remote}/{name}" for name in ("HEAD", *names))]
    path = posixpath.join(folder, _FILE)
    texts = git.texts([f"{ref}:{path}" for ref in dict.fromkeys(refs)])
    return [text for text in texts.values() if text is not None and has_table(text)]
