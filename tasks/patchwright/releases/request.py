"""Request: the flags that a person typed, checked before any process is started."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from patchwright.halts import BadArgument
from patchwright.invocation import help_command, lacks_value
from patchwright.text import escaped_line
from patchwright.versions import NUMBER, release_numbers

_VERSION = re.compile(rf"({NUMBER}\.{NUMBER})(\.{NUMBER})?", re.ASCII)
# Added to the name of a commit, this picks it even if the release branch seems to have it already.
AGAIN = ":again"
_COMMIT = re.compile(rf"[0-9a-f]{{7,64}}(?:{AGAIN})?", re.ASCII)
_COMMITS = "names of commits, with 7 hexadecimal digits or more, such as 1a2b3c4,5d6e7f8; or none"
_SHOWN_CHARACTERS = 60
_ONE_VERSION = "a series such as 1.24, or its next version such as 1.24.3"
_VERSIONS = f"{_ONE_VERSION}; several as in 1.23,1.24"


@dataclass(frozen=True)
class Flags:
    """The flags of a task as Invoke passes them on."""

    version: str | None = None
    patches: Sequence[str] = ()
    message: str | None = None
    skip_check: bool = False
    integrate_later: bool = False
    yes: bool = False
    published: bool = False


@dataclass(frozen=True)
class Request:
    """What was asked for: the series, the exact next version if it was typed, and what to release.

    `patches` is None if `--patches` is missing (evidence then decides), and empty for `--patches none`.
    A name may end in AGAIN.
    `later` are the versions that the same command releases after this one. `published` says that the version
    was published, although no release run shows it.
    """

    series: str | None = None
    asserted: str | None = None
    patches: tuple[str, ...] | None = None
    message: str | None = None
    skip_check: bool = False
    integrate_later: bool = False
    yes: bool = False
    later: tuple[str, ...] = ()
    published: bool = False

    @property
    def versions(self) -> tuple[str, ...]:
        """What `--version` must name to release this series and the later ones."""
        typed = self.asserted or self.series
        return (*((typed,) if typed else ()), *self.later)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The flags on a command line that ask for the same release, without the series."""
        flags: list[str] = []
        if self.patches is not None:
            flags += ["--patches", ",".join(self.patches) or "none"]
        if self.message is not None:
            flags += ["--message", self.message]
        switches = {
            "--skip-check": self.skip_check, "--integrate-later": self.integrate_later,
            "--yes": self.yes, "--published": self.published,
        }  # fmt: skip  # the flags without a value
        return (*flags, *(name for name, is_set in switches.items() if is_set))


def parse_request(flags: Flags, *, needs_series: bool = True) -> Request:
    """Return the request that the flags make. Raise BadArgument if a flag has the wrong form.

    With `needs_series`, raise BadArgument if `--version` is missing: a whole release is never guessed.
    """
    series, asserted = _series(flags.version, flags.version, _ONE_VERSION)
    request = Request(
        series, asserted, _patches(flags.patches), _message(flags.message),
        skip_check=flags.skip_check, integrate_later=flags.integrate_later, yes=flags.yes,
        published=flags.published,
    )  # fmt: skip  # what is released, then how
    if request.published and request.asserted is None:
        raise BadArgument(
            "--published needs the exact version that was published, as in --version 1.24.3.",
            next_command=help_command(),
        )
    if needs_series and request.series is None:
        raise BadArgument(
            "--version is missing. Give a series such as 1.24, or its next version such as 1.24.3.",
            next_command=help_command(),
        )
    return request


def parse_requests(flags: Flags) -> list[Request]:
    """Return a request for each series that `--version` names, the oldest series first.

    Raise BadArgument if a flag has the wrong form, or if `--version` names a series twice.
    """
    if not isinstance(flags.version, str) or "," not in flags.version:
        return [parse_request(flags)]
    one = parse_request(replace(flags, version=None), needs_series=False)
    parts = [_series(part.strip(), flags.version, _VERSIONS) for part in flags.version.split(",")]
    requests = [replace(one, series=series, asserted=asserted) for series, asserted in parts]
    requests.sort(key=lambda request: release_numbers(str(request.series)))
    for request, following in itertools.pairwise(requests):
        if request.series == following.series:
            raise BadArgument(
                f"--version names the series {request.series} more than once.",
                remedy=["Name each series once: a command makes one release of a series."],
                next_command=help_command(),
            )
    versions = [version for request in requests for version in request.versions]
    return [replace(request, later=tuple(versions[at:])) for at, request in enumerate(requests, start=1)]


def _series(text: str | None, typed: str | None, form: str) -> tuple[str | None, str | None]:
    """Return the series of a version, and the version if it is exact."""
    if text is None:
        return None, None
    # A task that is called as a function may be given a number: 1.10 would become 1.1.
    match = _VERSION.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise _bad_flag("--version", str(typed), form)
    return match[1], text if match[2] else None


def _patches(values: Sequence[str]) -> tuple[str, ...] | None:
    if not values:
        if lacks_value("--patches"):
            raise _bad_flag("--patches", "", _COMMITS)
        return None
    # A task that is called as a function may be given one text.
    values = [values] if isinstance(values, str) else values
    names = [name.strip() for value in values for name in value.split(",")]
    if names == ["none"]:
        return ()
    for name in names:
        if not _COMMIT.fullmatch(name):
            raise _bad_flag("--patches", name, _COMMITS)
    return tuple(dict.fromkeys(names))


def _message(text: str | None) -> str | None:
    if text is None:
        return None
    if not text.strip() or not text.isprintable():
        raise _bad_flag("--message", text, "one line of text such as 'Repair the index'")
    return text.strip().removesuffix(".")


def _bad_flag(flag: str, value: str, form: str) -> BadArgument:
    shown = ascii(value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "...")
    return BadArgument(f"{flag} was given {shown}; it must be {form}.", next_command=help_command())


def describe_patches(subjects: list[str]) -> str:
    """Return a brief description of a release from the subjects of its patches, for the tag's message."""
    first = escaped_line(subjects[0]).removesuffix(".") if subjects else "maintenance"
    more = len(subjects) - 1
    return first if more < 1 else f"{first}, and {more} more"
