"""Series, tags and settings to a frozen plan: pure, no process is started here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from patchwright.halts import BadArgument, VersionConflict
from patchwright.settings import Settings
from patchwright.text import line

_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_REQUESTED = re.compile(rf"({_NUMBER}\.{_NUMBER})(\.{_NUMBER})?", re.ASCII)
_FINAL = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{1,2}}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{7,64}", re.ASCII)
SHOWN_ARGUMENT = 60


@dataclass(frozen=True)
class Request:
    """What was typed: the series, the exact next version if it was asserted, what the release is to hold.

    `patches` is None where none were named (they are then chosen by evidence), and empty for `none`.
    """

    series: str | None = None
    asserted: str | None = None
    patches: tuple[str, ...] | None = None
    message: str | None = None
    skip_check: bool = False
    yes: bool = False


@dataclass(frozen=True)
class Plan:
    """One patch release, fixed before anything happens. Commits have full names; the date is ISO 8601."""

    series: str
    version: str
    tag: str
    branch: str
    previous_version: str
    previous_tag: str
    previous: str
    date: str
    message: str | None
    picks: tuple[str, ...] | None
    skip_check: bool = False

    @property
    def fields(self) -> dict[str, str]:
        """What the settings' `{...}` fields stand for in this release; `{message}` is the tag's to know."""
        return {"version": self.version, "series": self.series, "date": self.date}


@dataclass(frozen=True)
class Released:
    """One final release of a series, by its tag on the remote."""

    version: str
    tag: str
    commit: str

    @property
    def order(self) -> tuple[int, ...]:
        """What releases of a series sort by; X.Y is X.Y.0."""
        return release_numbers(self.version)


def request(
    version: str | None,
    patches: Iterable[str] = (),
    message: str | None = None,
    *,
    skip_check: bool = False,
    yes: bool = False,
) -> Request:
    """Return what the flags ask for. Raises BadArgument, before any process is started."""
    series = asserted = None
    if version is not None:
        match = _REQUESTED.fullmatch(version)
        if not match:
            raise _refused("--version", version, "a series such as 1.24, or its next version such as 1.24.3")
        series, asserted = match[1], version if match[2] else None
    return Request(series, asserted, _patches(list(patches)), _message(message), skip_check, yes)


def flags(asked: Request) -> tuple[str, ...]:
    """Return the flags of `release.patch` that ask for the same, without the series."""
    given: list[str] = []
    if asked.patches is not None:
        given += ["--patches", ",".join(asked.patches) or "none"]
    if asked.message is not None:
        given += ["--message", asked.message]
    return (*given, *(["--skip-check"] if asked.skip_check else []), *(["--yes"] if asked.yes else []))


def whole_request(
    version: str | None,
    patches: Iterable[str] = (),
    message: str | None = None,
    *,
    skip_check: bool = False,
    yes: bool = False,
) -> Request:
    """Return what the flags ask for, as `request` does. Raises BadArgument also where no series was named."""
    asked = request(version, patches, message, skip_check=skip_check, yes=yes)
    require_series(asked)
    return asked


def require_series(asked: Request) -> None:
    """Halt where no series was named: a whole release is never a guess."""
    if asked.series is None:
        raise BadArgument(
            "--version is missing; expected is a series such as 1.24, or its next version such as 1.24.3."
        )


def _patches(given: list[str]) -> tuple[str, ...] | None:
    if not given:
        return None
    named = [name.strip() for text in given for name in text.split(",")]
    if named == ["none"]:
        return ()
    for name in named:
        if not _COMMIT.fullmatch(name):
            form = "commits of the mainline by 7 hexadecimal digits or more, as in 1a2b3c4,5d6e7f8; or none"
            raise _refused("--patches", name, form)
    return tuple(dict.fromkeys(named))


def _message(text: str | None) -> str | None:
    if text is None:
        return None
    if not text.strip() or not text.isprintable():
        raise _refused("--message", text, "one line of text such as 'Repair the index'")
    return text.strip().removesuffix(".")


def _refused(flag: str, given: str, form: str) -> BadArgument:
    shown = ascii(given if len(given) <= SHOWN_ARGUMENT else given[:SHOWN_ARGUMENT] + "...")
    return BadArgument(
        f"{flag} was given {shown}; expected is {form}.", next_command="inv --help release.patch"
    )


def release_numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of a final version X.Y or X.Y.Z."""
    numbers = tuple(int(part) for part in version.split("."))
    return numbers + (0,) * (3 - len(numbers))


def released(refs: Mapping[str, str], series: str, settings: Settings) -> list[Released]:
    """Return the final releases of a series that the remote's tags show, the highest last."""
    found = []
    before, _, after = settings.tag.partition("{version}")
    prefix = f"refs/tags/{before}{series}"
    for ref in refs:
        if not ref.startswith(prefix) or not ref.endswith(after) or ref.endswith("^{}"):
            continue
        tag = ref.removeprefix("refs/tags/")
        version = tag[len(before) : len(tag) - len(after)]
        if _FINAL.fullmatch(version) and (version == series or version.startswith(f"{series}.")):
            found.append(Released(version, tag, refs.get(f"{ref}^{{}}", refs[ref])))
    return sorted(found, key=lambda release: (release.order, release.version))


def all_series(refs: Mapping[str, str], settings: Settings) -> list[str]:
    """Return the series that have a release branch on the remote, in the order of their numbers."""
    before, _, after = settings.release_branch.partition("{series}")
    prefix = f"refs/heads/{before}"
    named = (
        ref[len(prefix) : len(ref) - len(after)]
        for ref in refs
        if ref.startswith(prefix) and ref.endswith(after)
    )
    return sorted(
        (name for name in named if re.fullmatch(rf"{_NUMBER}\.{_NUMBER}", name, re.ASCII)),
        key=release_numbers,
    )


def successor(version: str) -> str:
    """Return the next patch version after a final version."""
    major, minor, patch = release_numbers(version)
    return f"{major}.{minor}.{patch + 1}"


def require_asserted(asserted: str | None, version: str, why: str) -> None:
    """Halt where the exact version that was typed is not the one that comes next."""
    if asserted is not None and release_numbers(asserted) != release_numbers(version):
        raise VersionConflict(
            f"--version asserts {asserted}, but the next release is {version}: {why}.",
            next_command=f"inv release.patch --version {version}",
        )


def branch_of(series: str, settings: Settings) -> str:
    """Return the short name of a series' release branch."""
    return settings.release_branch.replace("{series}", series)


def tag_of(version: str, settings: Settings) -> str:
    """Return the name of a version's tag."""
    return settings.tag.replace("{version}", version)


def described(subjects: list[str]) -> str:
    """Return a brief description of a release from the subjects of its patches, for the tag's message."""
    first = line(subjects[0]).removesuffix(".") if subjects else "maintenance"
    more = len(subjects) - 1
    return first if more < 1 else f"{first}, and {more} more"
