"""Whether a change of a file only moves the version, and what the change is without it."""

from __future__ import annotations

import json

import pytest

from patchwright.history.version_files import Move, versions_in
from patchwright.tools.hatch import VersionSource

MOVE = Move("1.24.0", "1.24.1", "al-manac")
UNKNOWN = Move(None, "1.24.1", "al-manac")
LOCK = "[[package]]\nname = 'numpy'\nversion = '{}'\n[[package]]\nname = 'al.manac'\nversion = '{}'\n"
PROJECT = (
    "[tool.x]\nversion = '{}'\n[project]\nname = 'Al_manac'\nversion = '{}'\ndependencies = ['numpy=={}']\n"
)


def package(version: str, pin: str = "1.24.0", indent: int | None = None) -> str:
    return json.dumps(
        {"name": "@octo/web", "version": version, "dependencies": {"numpy": pin}}, indent=indent
    )


ONLY = [
    ("VERSION", "1.24.0\n", "1.24.1\n"),
    ("almanac.py", "__version__ = '1.24.0'\n", '__version__ = "1.24.1"\n'),
    ("almanac.py", "__version__ = '1.24.0'  # old\n", "__version__ = '1.24.1'  # new\n"),
    ("almanac.py", "__version__ = VERSION = '1.24.0'\n", "__version__ = VERSION = '1.24.1'\n"),
    ("almanac.py", "version_info = (1, 24, 0)\n", "version_info = (1, 24, 1)\n"),
    ("docs/conf.py", "version = '1.24'\nrelease = '1.24.0'\n", "version = '1.24'\nrelease = '1.24.1'\n"),
    # Somebody has forgotten this file before.
    ("docs/conf.py", "release = '1.23.7'\n", "release = '1.24.1'\n"),
    ("setup.py", "f(version='1.24.0', needs=['a==1.24.0'])\n", "f(version='1.24.1', needs=['a==1.24.0'])\n"),
    ("broken.py", "__version__ = '1.24.0'\n}\n", "__version__ = '1.24.1'\n}\n"),
    ("A.cff", "version: 1.24.0\ndate-released: 2026-01-01", "version: 1.24.1\ndate-released: 2026-02-02"),
    ("README", "Needs al_manac==1.24.0 numpy==1.24.0\n", "Needs al_manac==1.24.1 numpy==1.24.0\n"),
    ("README", "https://x.org/v1.24.0/a-1.24.0.tar.gz\n", "https://x.org/v1.24.1/a-1.24.1.tar.gz\n"),
    ("setup.cfg", "[metadata]\nversion = 1.24.0\n", "[metadata]\nversion = 1.24.1\n"),
    ("uv.lock", LOCK.format("1.24.0", "1.24.0"), LOCK.format("1.24.0", "1.24.1")),
    ("package.json", package("1.24.0", indent=2), package("1.24.1", indent=4)),
    ("pyproject.toml", PROJECT.format(1, "1.24.0", 2), PROJECT.format(1, "1.24.1", 2) + "# A comment.\n"),
    ("pyproject.toml", "tool.poetry.version = '1.24.0'\n", "[tool.poetry]\nversion = '1.24.1'\n"),
]  # fmt: skip  # one change a line
MORE = [
    ("almanac.py", "__version__ = '1.24.0'\n", "__version__ = '1.24.1'\nleap = 4\n"),
    ("almanac.py", "__version__ = '1.24.0'\n", "edition = '1.24.1'\n"),
    ("almanac.py", "__version__ = '1.24.0'\n", "__version__ = '1.24.2'\n"),
    ("almanac.py", "__version__ = '1.24.1'\n", "__version__ = '1.24.1'\n"),
    ("almanac.py", "OLDEST_NUMPY = '1.24.0'\n", "OLDEST_NUMPY = '1.24.1'\n"),
    ("almanac.py", "NEEDS = {'numpy': '1.24.0'}\n", "NEEDS = {'numpy': '1.24.1'}\n"),
    ("almanac.py", '"""New in 1.24.0."""\n', '"""New in 1.24.1."""\n'),
    ("docs/leap.rst", ".. versionadded:: 1.24.0\n", ".. versionadded:: 1.24.1\n"),
    ("setup.py", "f(version='1.24.0', needs=['a==1.24.0'])\n", "f(version='1.24.1', needs=['a==1.24.1'])\n"),
    ("needs.txt", "numpy==1.24.0\n", "numpy==1.24.1\n"),
    ("needs.txt", "numpy[x] >= 1.24.0\n", "numpy[x] >= 1.24.1\n"),
    ("needs.txt", "al-manac==1.24.0\n", "al-manac==1.25.0\n"),
    ("needs.txt", "almanac-core==1.24.0\n", "almanac-core==1.24.1\n"),
    ("environment.yml", "- numpy=1.24.0\n", "- numpy=1.24.1\n"),
    ("CITATION.cff", "version: 1.24.0\ntitle: A\n", "version: 1.24.1\ntitle: B\n"),
    ("uv.lock", LOCK.format("1.24.0", "1.24.0"), LOCK.format("1.24.1", "1.24.1")),
    ("package.json", package("1.24.0"), package("1.24.1", "1.24.1")),
    ("package.json", package("1.24.0"), package("1.24.0", indent=4)),
    ("pyproject.toml", PROJECT.format("1.24.0", "1.24.0", 2), PROJECT.format("1.24.1", "1.24.1", 2)),
    ("pyproject.toml", PROJECT.format(1, "1.24.0", "1.24.0"), PROJECT.format(1, "1.24.1", "1.24.1")),
    ("pyproject.toml", PROJECT.format(1, "1.24.0", 2), PROJECT.format(1, "1.24.1", 2) + "[tool.y]\n"),
]  # fmt: skip  # one change a line


@pytest.mark.parametrize(("path", "before", "after"), ONLY)
def test_only_the_version_moves(path: str, before: str, after: str) -> None:
    assert MOVE.is_all(path, before, after)
    assert not MOVE.is_all(path, after, before)


@pytest.mark.parametrize(("path", "before", "after"), MORE)
def test_more_than_the_version_moves(path: str, before: str, after: str) -> None:
    assert not MOVE.is_all(path, before, after)


def test_with_an_unknown_old_version_only_names_count() -> None:
    assert UNKNOWN.is_all("docs/conf.py", "release = '1.24.0'\n", "release = '1.24.1'\n")
    assert UNKNOWN.is_all("README", "al-manac==1.24.0\n", "al-manac==1.24.1\n")
    assert UNKNOWN.is_all("VERSION", "1.24.0\n", "1.24.1\n")
    assert not UNKNOWN.is_all("README", "See 1.24.0.\n", "See 1.24.1.\n")


def test_the_place_from_which_hatch_reads_counts_whatever_it_is_called() -> None:
    source = VersionSource("edition.txt", r"edition (?P<version>\S+)")
    before, after = "edition 1.24.0\nnumpy==1.24.0\n", "edition 1.24.1\nnumpy==1.24.0\n"
    assert Move("1.24.0", "1.24.1", "", source).is_all("edition.txt", before, after)
    assert not Move("1.24.0", "1.24.1", "", source).is_all(
        "edition.txt", before, after.replace("numpy==1.24.0", "numpy==1.24.1")
    )


@pytest.mark.parametrize(
    ("path", "before", "after", "rest"),
    [
        (
            "almanac.py",
            "__version__ = '1.24.0'\nversion_info = (1, 24, 0)\nleap = 4\n",
            "__version__ = '1.24.1'\nversion_info = (1, 24, 1)\nleap = 400\n",
            "__version__ = '1.24.0'\nversion_info = (1, 24, 0)\nleap = 400\n",
        ),
        (
            "pyproject.toml",
            PROJECT.format("1.24.0", "1.24.0", "1.24.0"),
            PROJECT.format("1.24.1", "1.24.1", "1.24.1"),
            PROJECT.format("1.24.1", "1.24.0", "1.24.1"),
        ),
        (
            "setup.cfg",
            "version = 1.24.0\nneeds =\n  numpy==1.24.0\n",
            "version = 1.24.1\nneeds =\n  numpy==1.24.1\n",
            "version = 1.24.0\nneeds =\n  numpy==1.24.1\n",
        ),
        ("almanac.py", "leap = 4\r\n", "leap = 400\r\n", "leap = 400\r\n"),
    ],
)
def test_the_version_is_put_back_and_the_rest_stays(path: str, before: str, after: str, rest: str) -> None:
    assert MOVE.put_back(path, before, after) == rest


def test_versions_are_found_in_a_line() -> None:
    line = "almanac v1.24.1, numpy==1.24.0rc1, in 2026, a-1.2.3.tar.gz and 1.2.3.dev0"
    assert list(versions_in(line)) == ["1.24.1", "1.24.0rc1", "1.2.3", "1.2.3.dev0"]
