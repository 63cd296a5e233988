from __future__ import annotations

import tomllib

import pytest

from patchwright.tools import tag_version


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[tool.setuptools_scm]\n", "setuptools-scm"),
        ("[build-system]\nrequires = ['setuptools>=61', 'setuptools-scm[simple]>=9.2']\n", "setuptools-scm"),
        ("[build-system]\nrequires = ['Setuptools_SCM']\n", "setuptools-scm"),
        ("[tool.versioningit]\n", "versioningit"),
        ("[tool.pdm.version]\nsource = 'scm'\n", "pdm-scm"),
        ("[tool.poetry-dynamic-versioning]\nenable = true\n", "poetry-dynamic-versioning"),
        # A placeholder in pyproject.toml is replaced when the project is built.
        (
            "[project]\nversion = '0.0.0'\n[tool.poetry-dynamic-versioning]\nenable = true\n",
            "poetry-dynamic-versioning",
        ),
        ("[project]\nversion = '1.24.0'\n[tool.setuptools_scm]\n", None),
        ("[tool.poetry-dynamic-versioning]\nenable = false\n", None),
        ("[tool.pdm.version]\nsource = 'file'\n", None),
        ("[build-system]\nrequires = ['setuptools', 'setuptools-scm-git-archive']\n", None),
        ("[build-system]\nrequires = 'setuptools-scm'\n", None),
        ("", None),
    ],
)
def test_the_tool_is_found_in_the_configuration(text: str, kind: str | None) -> None:
    assert tag_version.find_kind(tomllib.loads(text), has_hatch=False) == kind


def test_the_version_table_of_hatch_decides() -> None:
    assert tag_version.find_kind(tomllib.loads("[tool.setuptools_scm]\n"), has_hatch=True) is None


@pytest.mark.parametrize(
    ("kind", "project", "names"),
    [
        ("vcs", "al-manac", {"SETUPTOOLS_SCM_PRETEND_VERSION"}),
        ("setuptools-scm", "al-manac", {"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_AL_MANAC"}),
        ("setuptools-scm", "", {"SETUPTOOLS_SCM_PRETEND_VERSION"}),
        ("pdm-scm", "almanac", {"PDM_BUILD_SCM_VERSION"}),
        ("versioningit", "almanac", set()),
        (
            None,
            "",
            {
                "PDM_BUILD_SCM_VERSION",
                "POETRY_DYNAMIC_VERSIONING_BYPASS",
                "SETUPTOOLS_SCM_PRETEND_VERSION",
                "UV_DYNAMIC_VERSIONING_BYPASS",
            },
        ),
    ],
)
def test_each_tool_gets_the_version_in_its_variable(kind: str | None, project: str, names: set[str]) -> None:
    assert tag_version.variables(kind, project, "1.24.1") == dict.fromkeys(names, "1.24.1")
