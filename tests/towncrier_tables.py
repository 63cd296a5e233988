"""towncrier configurations for tests."""

from __future__ import annotations

from patchwright.tools.towncrier import Config, configuration

ALMANAC = """
[project]
name = "almanac"

[tool.towncrier]
directory = ".auxiliary/data/towncrier"
filename = "CHANGELOG.rst"

[[tool.towncrier.type]]
directory = "repair"
name = "Repairs"
showcontent = true

[[tool.towncrier.type]]
directory = "chore"
name = "Chores"
showcontent = false
"""


def config_of(towncrier_table: str = "", project: str = "") -> Config:
    return configuration(f"[project]\n{project}\n[tool.towncrier]\n{towncrier_table}", None)
