"""Settings for git that no configuration may change: how it merges, encodes and keeps messages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

# The values by key, as `git config --list` shows them.
Configuration = Mapping[str, tuple[str, ...]]

# git runs this instead of a merge driver of the project, so that each conflict is seen.
PLAIN_MERGE = "git merge-file --quiet --marker-size=%L %A %O %B"
# What no configuration may change in a question: texts are read as UTF-8, submodules are seen even if the
# project or a person ignores them, and no file with an order of paths is needed.
READING = (
    ("core.bigFileThreshold", "512m"),
    ("core.ignoreStat", "false"),
    ("diff.ignoreSubmodules", "none"),
    ("diff.orderFile", "/dev/null"),
    ("i18n.commitEncoding", "UTF-8"),
    ("i18n.logOutputEncoding", "UTF-8"),
    ("log.showSignature", "false"),
)
# What no configuration may change: which files there are, which conflicts there are, and what a message says.
FIXED = (
    ("commit.cleanup", "verbatim"),
    ("commit.verbose", "false"),
    ("core.commentChar", "#"),
    ("core.fsmonitor", "false"),
    ("core.logAllRefUpdates", "true"),
    ("core.safecrlf", "false"),
    ("core.sparseCheckout", "false"),
    ("gc.auto", "0"),
    ("i18n.commitEncoding", "UTF-8"),
    ("index.sparse", "false"),
    ("maintenance.auto", "false"),
    ("rerere.autoUpdate", "false"),
    ("rerere.enabled", "false"),
    ("submodule.recurse", "false"),
)
FIXED_MERGE = (
    ("merge.default", "text"),
    ("merge.directoryRenames", "conflict"),
    ("merge.renames", "true"),
    ("merge.union.driver", PLAIN_MERGE),
)


def merge_settings(configuration: Configuration) -> list[tuple[str, str]]:
    """Return the settings with which git merges texts line by line, whatever driver an attribute names."""
    drivers = (key for key in configuration if re.fullmatch(r"merge\..*\.driver", key))
    return [*FIXED_MERGE, *((key, PLAIN_MERGE) for key in drivers)]


def push_settings(remote: str) -> list[tuple[str, str]]:
    """Return the settings with which a push sends one ref and no options, whatever the remote has."""
    return [(f"remote.{remote}.mirror", "false"), ("push.pushOption", "")]


def settings_variables(settings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the variables that add settings to those of the environment. They override the files."""
    given = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdecimal() else 0
    rows = list(settings)
    variables = {"GIT_CONFIG_COUNT": str(first + len(rows))}
    for at, (key, value) in enumerate(rows, start=first):
        variables[f"GIT_CONFIG_KEY_{at}"] = key
        variables[f"GIT_CONFIG_VALUE_{at}"] = value
    return variables
