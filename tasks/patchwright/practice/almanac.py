"""Almanac: the files of the project for practice, its configuration, its workflows and its changelog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CHANGELOG = "documentation/changelog.rst"
FRAGMENTS = ".auxiliary/data/towncrier"
VERSION_FILE = "almanac/__init__.py"

_PYPROJECT = """\
[build-system]
requires = [ 'hatchling' ]
build-backend = 'hatchling.build'

[project]
name = 'almanac'
dynamic = [ 'version' ]
description = 'Years and tides, roughly.'
readme = 'README.rst'
requires-python = '>= 3.11'

[tool.hatch.version]
path = 'almanac/__init__.py'

[tool.hatch.envs.develop]
installer = 'uv'
skip-install = true
dependencies = [ 'towncrier' ]

[tool.hatch.envs.develop.scripts]
linters = [
  'python -m compileall -q almanac tests',
  'python -m tabnanny almanac tests',
]
testers = 'python -m unittest discover --quiet --start-directory tests --top-level-directory .'
docsgen = 'python documentation/build.py'

[tool.towncrier]
directory = '.auxiliary/data/towncrier'
filename = 'documentation/changelog.rst'

[[tool.towncrier.type]]
directory = 'enhance'
name = 'Enhancements'
showcontent = true

[[tool.towncrier.type]]
directory = 'notify'
name = 'Notices'
showcontent = true

[[tool.towncrier.type]]
directory = 'remove'
name = 'Removals'
showcontent = true

[[tool.towncrier.type]]
directory = 'repair'
name = 'Repairs'
showcontent = true
"""

_PYPROJECT_FROM_TAG = (
    _PYPROJECT.replace("[ 'hatchling' ]", "[ 'hatchling', 'hatch-vcs' ]")
    .replace("path = 'almanac/__init__.py'", "source = 'vcs'")
    # An environment with the project knows its version.
    .replace("skip-install = true\n", "")
)

_QA = """\
name: qa
on:
  push:
    branches: [ master, 'release-*' ]
jobs:
  initialize:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
  lint:
    needs: initialize
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: hatch --env develop run linters
  test:
    needs: initialize
    strategy:
      matrix:
        python: [ '3.11', '3.12', '3.13' ]
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: hatch --env develop run testers
  document:
    needs: initialize
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: hatch --env develop run docsgen
"""

_RELEASE = """\
name: release
on:
  push:
    tags: [ 'v*' ]
jobs:
  package:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: hatch build
  publish:
    needs: package
    runs-on: ubuntu-latest
    environment: pypi
    steps:
      - name: Publish to the package index
        run: hatch publish
"""

_DOCSGEN = '''\
""" Builds the documentation: one page for each text, its titles checked. """

import html
from pathlib import Path

HERE = Path( __file__ ).parent


def build( source: Path ) -> None:
    lines = source.read_text( ).splitlines( )
    for title, rule in zip( lines, lines[ 1: ] ):
        if title and set( rule ) in ( { '*' }, { '=' }, { '-' } ) and len( rule ) < len( title ):
            raise SystemExit( f'{source.name}: the underline of {title!r} is too short.' )
    target = HERE / '_build' / f'{source.stem}.html'
    target.parent.mkdir( exist_ok = True )
    target.write_text( '<pre>' + html.escape( '\\n'.join( lines ) ) + '</pre>\\n' )


for text in sorted( HERE.glob( '*.rst' ) ): build( text )
'''

_YEARS = '''\
""" Years. """


def is_leap( year: int ) -> bool:
    """ Whether February has 29 days. """
    return year % 4 == 0
'''

_YEARS_REPAIRED = _YEARS.replace("year % 4 == 0", "year % 4 == 0 and ( year % 100 != 0 or year % 400 == 0 )")

_TIDES = '''\
""" Tides. """

HOURS_BETWEEN_HIGH_WATERS = 12.0


def high_waters( first: float, count: int ) -> list[ float ]:
    """ Hours of high waters, counted from the hour of the first. """
    return [ first + number * HOURS_BETWEEN_HIGH_WATERS for number in range( count ) ]
'''

_TIDES_REPAIRED = _TIDES.replace("12.0", "12.42")

_TEST_YEARS = """\
import unittest

from almanac.years import is_leap


class Years( unittest.TestCase ):

    def test_every_fourth_year( self ) -> None:
        self.assertTrue( is_leap( 2024 ) )
"""

_TEST_YEARS_REPAIRED = (
    _TEST_YEARS
    + """
    def test_centuries( self ) -> None:
        self.assertFalse( is_leap( 1900 ) )
        self.assertTrue( is_leap( 2000 ) )
"""
)

_TEST_TIDES = """\
import unittest

from almanac.tides import high_waters


class Tides( unittest.TestCase ):

    def test_count( self ) -> None:
        self.assertEqual( 3, len( high_waters( 1.5, 3 ) ) )
"""

_ECLIPSES = '''\
""" Eclipses. """

SAROS_IN_DAYS = 6585.32


def repeats( day: float ) -> float:
    """ The day on which an eclipse repeats itself. """
    return day + SAROS_IN_DAYS
'''

_CHANGELOG_HEAD = """\
*******************************************************************************
Release Notes
*******************************************************************************

.. towncrier release notes start
"""

Files = Mapping[str, str | None]
"""The changes of a commit: the new content of each file by path, or None if the commit deletes the file."""


def version(number: str) -> Files:
    """Return the version file for a version."""
    return {VERSION_FILE: f'""" Years and tides, roughly. """\n\n__version__ = \'{number}\'\n'}


def beginning(*, signed: bool = True, from_tag: bool = False) -> Files:
    """Return the files of the first commit, at version 1.24a0. If not `signed`, it sets `sign = false`.

    With `from_tag`, hatch-vcs reads the version from git's tags, and no file has it.
    """
    pyproject = _PYPROJECT_FROM_TAG if from_tag else _PYPROJECT
    return {
        ".gitignore": "__pycache__/\n/documentation/_build/\n",
        ".github/workflows/qa.yaml": _QA,
        ".github/workflows/release.yaml": _RELEASE,
        f"{FRAGMENTS}/.gitignore": "!.gitignore\n",
        "README.rst": "almanac\n=======\n\nYears and tides, roughly. A project made for practice.\n",
        "almanac/years.py": _YEARS,
        CHANGELOG: _CHANGELOG_HEAD,
        "documentation/build.py": _DOCSGEN,
        "documentation/index.rst": "almanac\n=======\n\nTells leap years and high waters.\n",
        "pyproject.toml": pyproject if signed else f"{pyproject}\n[tool.patchwright]\nsign = false\n",
        "tests/__init__.py": "",
        "tests/test_years.py": _TEST_YEARS,
        **({VERSION_FILE: '""" Years and tides, roughly. """\n'} if from_tag else version("1.24a0")),
    }


TIDES: Files = {
    "almanac/tides.py": _TIDES,
    "tests/test_tides.py": _TEST_TIDES,
    f"{FRAGMENTS}/401.enhance.rst": "Tell the hours of high waters.\n",
}
ECLIPSES: Files = {
    "almanac/eclipses.py": _ECLIPSES,
    f"{FRAGMENTS}/+eclipses.enhance.rst": "Tell when an eclipse repeats itself.\n",
}
INDEX: Files = {
    "documentation/index.rst": "almanac\n=======\n\nTells leap years, high waters and eclipses.\n",
}
TASKS: Files = {
    "tasks.py": '""" Tasks of this project. """\n\nfrom patchwright import ns\n',
}
# The two patches for the patch release. One fragment has a number, the other has none.
REPAIRED_YEARS: Files = {
    "almanac/years.py": _YEARS_REPAIRED,
    "tests/test_years.py": _TEST_YEARS_REPAIRED,
    f"{FRAGMENTS}/417.repair.rst": "Know that most centuries begin without a leap day.\n",
}
REPAIRED_TIDES: Files = {
    "almanac/tides.py": _TIDES_REPAIRED,
    f"{FRAGMENTS}/+tides.repair.rst": "Let high waters come 25 minutes later each time.\n",
}


def changelog(*sections: str) -> Files:
    """Return the changelog with these sections, newest first."""
    # towncrier writes two blank lines between sections and none after the last one.
    return {CHANGELOG: _CHANGELOG_HEAD + "\n" + "\n\n\n".join(sections) + "\n"}


def section(number: str, date: str, heading: str, entries: Sequence[str]) -> str:
    """Return the section of a version as towncrier 26.9 writes it with its default template."""
    title = f"almanac {number} ({date})"
    lines = [
        title,
        "=" * len(title),
        "",
        heading,
        "-" * len(heading),
        "",
        *(f"- {entry}" for entry in entries),
    ]
    return "\n".join(lines)
