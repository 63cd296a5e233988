"""Versions from tags: the tools that read a project's version from git's tags, and how to tell them one."""

from __future__ import annotations

import re
from typing import Any

from patchwright.tools.documents import value_at

# The variable that each kind of version source accepts instead of a tag. hatch-vcs 0.5 does not give the name
# of the project to setuptools-scm, so it reads the general variable only. versioningit 3.3 reads none.
_VARIABLES = {
    "pdm-scm": "PDM_BUILD_SCM_VERSION",
    "poetry-dynamic-versioning": "POETRY_DYNAMIC_VERSIONING_BYPASS",
    "setuptools-scm": "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{name}",
    "uv-dynamic-versioning": "UV_DYNAMIC_VERSIONING_BYPASS",
    "vcs": "SETUPTOOLS_SCM_PRETEND_VERSION",
    "versioningit": "",
}
KINDS = frozenset(_VARIABLES)
_REQUIREMENT = re.compile(r"\s*setuptools[-_.]scm(?![\w.-])", re.IGNORECASE)


def find_kind(pyproject: dict[str, Any], *, has_hatch: bool) -> str | None:
    """Return the tool outside Hatch that reads the version from tags, or None if there is none.

    setuptools-scm also works without a table of its own: setup.py or its extra `simple` enables it.
    poetry-dynamic-versioning replaces a version that pyproject.toml has. The others leave it alone.
    """
    if value_at(pyproject, ("tool", "poetry-dynamic-versioning", "enable")) is True:
        return "poetry-dynamic-versioning"
    if has_hatch or isinstance(value_at(pyproject, ("project", "version")), str):
        return None
    if value_at(pyproject, ("tool", "pdm", "version", "source")) == "scm":
        return "pdm-scm"
    requirements = value_at(pyproject, ("build-system", "requires"))
    required = requirements if isinstance(requirements, list) else []
    if isinstance(value_at(pyproject, ("tool", "setuptools_scm")), dict) or any(
        isinstance(one, str) and _REQUIREMENT.match(one) for one in required
    ):
        return "setuptools-scm"
    if isinstance(value_at(pyproject, ("tool", "versioningit")), dict):
        return "versioningit"
    return None


def variables(kind: str | None, project: str, version: str) -> dict[str, str]:
    """Return the variables that tell a version to a tool, for a project with a normalized name.

    If the tool is not known, return those of every tool.
    """
    known = [_VARIABLES[kind]] if kind in KINDS else list(_VARIABLES.values())
    name = re.sub(r"\W", "_", project).upper()
    general = _VARIABLES["vcs"]
    return {
        variable.format(name=name) if name or "{name}" not in variable else general: version
        for variable in known
        if variable
    }
