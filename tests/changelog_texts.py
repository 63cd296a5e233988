"""Changelogs for tests: with sections as towncrier's default templates write them."""

from __future__ import annotations

from patchwright.changelogs.headings import Markup
from patchwright.changelogs.sections import find_sections

RST = """\
Changelog
=========

.. towncrier release notes start

Almanac 1.25.0 (2026-10-01)
---------------------------

Features
~~~~~~~~

- Knows the tides. (#30)


Almanac 1.24.2 (2026-09-01)
---------------------------

Repairs
~~~~~~~

- Python 3.14 works. (#28)


"""
RST_NEW = """\
Almanac 1.24.3 (2026-11-22)
---------------------------

Repairs
~~~~~~~

- The moon no longer sets at noon. (#31)


"""
MARKDOWN = """\
# Changelog

<!-- towncrier release notes start -->

## [1.25.0](https://example.org/v1.25.0) - 2026-10-01

### Features

- Knows the tides. (#30)

## [1.24.2](https://example.org/v1.24.2) - 2026-09-01

### Repairs

- Python 3.14 works. (#28)

[1.25.0]: https://example.org/compare/v1.24.0...v1.25.0
[1.24.2]: https://example.org/compare/v1.24.1...v1.24.2
"""
MARKDOWN_NEW = (
    "## [1.24.3](https://example.org/v1.24.3) - 2026-11-22\n\n### Repairs\n\n- The moon is back. (#31)\n\n"
)


def section_of(version: str, *lines: str) -> str:
    """Return a section as towncrier's default template writes it."""
    title = f"{version} (2026-11-22)"
    return "\n".join((title, "=" * len(title), "", *(lines or ("- something",)), "", "", ""))


def versions(text: str, markup: Markup | None = None) -> list[str]:
    """Return the versions of a changelog's sections, in the order of the file."""
    return [str(section.version) for section in find_sections(text, markup)]
