"""towncrier configurations for tests."""

from __future__ import annotations

from patchwright.tools.towncrier import Config, configuration

TYPES = """
[[tool.towncrier.type]]
directory = "repair"
name = "Repairs"
showcontent = true

[[tool.towncrier.type]]
directory = "chore"
name = "Chores"
showcontent = false
"""
ALMANAC = f"""
[project]
name = "almanac"

[tool.towncrier]
directory = ".auxiliary/data/towncrier"
filename = "CHANGELOG.rst"
{TYPES}"""


def config_of(towncrier_table: str = "", project: str = "") -> Config:
    return configuration(f"[project]\n{project}\n[tool.towncrier]\n{towncrier_table}", None)
